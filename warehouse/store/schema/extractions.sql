-- What extractors find in an article. store.extractions says which text each extractor read, and in which version.
CREATE TABLE store.extractions (
    article_id BIGINT NOT NULL,
    extractor VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    PRIMARY KEY (article_id, extractor)
);

CREATE TABLE store.article_entities (
    article_id BIGINT NOT NULL,
    entity_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    role VARCHAR,
    jurisdiction VARCHAR,
    alias VARCHAR NOT NULL,
    mentions INTEGER NOT NULL,
    in_title BOOLEAN NOT NULL,
    PRIMARY KEY (article_id, entity_id)
);

CREATE TABLE store.article_instruments (
    article_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    number VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    PRIMARY KEY (article_id, kind, number)
);

CREATE TABLE store.article_dates (
    article_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    due_on DATE NOT NULL,
    year_inferred BOOLEAN NOT NULL,
    evidence VARCHAR NOT NULL,
    PRIMARY KEY (article_id, kind, due_on)
);
