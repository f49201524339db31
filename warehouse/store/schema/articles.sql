-- Articles, the fields that only the Federal Register has, and the vectors of the texts.
CREATE TABLE store.articles (
    article_id BIGINT PRIMARY KEY,
    source_id VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    url VARCHAR,
    title VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    published_at TIMESTAMP,
    stated_at TIMESTAMP,
    date_status VARCHAR NOT NULL,
    set_aside VARCHAR,
    first_seen_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    text_hash BIGINT NOT NULL
);

CREATE TABLE store.register_documents (
    article_id BIGINT PRIMARY KEY,
    document_number VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    agencies VARCHAR[] NOT NULL,
    effective_on DATE,
    comments_close_on DATE,
    dockets VARCHAR[] NOT NULL,
    rins VARCHAR[] NOT NULL,
    cfr_parts VARCHAR[] NOT NULL
);

CREATE TABLE store.embedding_models (
    model VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    dimension INTEGER NOT NULL
);

CREATE TABLE store.vectors (
    article_id BIGINT NOT NULL,
    model VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    vector FLOAT[] NOT NULL,
    PRIMARY KEY (article_id, model)
);
