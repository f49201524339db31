-- Tables live in the schema `store`; what users query are the views of views.sql. Portable on purpose (no ENUM, no
-- sequence, no foreign key, no generated column): ids are made by us, times are naive UTC.
CREATE SCHEMA store;

CREATE TABLE store.sources (
    source_id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    language VARCHAR NOT NULL
);

CREATE TABLE store.feed_states (
    source_id VARCHAR PRIMARY KEY,
    etag VARCHAR,
    last_modified VARCHAR,
    body_sha256 VARCHAR,
    failures INTEGER NOT NULL,
    next_attempt_at TIMESTAMP
);

CREATE TABLE store.fetches (
    fetch_id BIGINT PRIMARY KEY,
    source_id VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    entries_new INTEGER NOT NULL,
    entries_updated INTEGER NOT NULL,
    entries_unchanged INTEGER NOT NULL,
    entries_rejected INTEGER NOT NULL,
    elapsed_s DOUBLE NOT NULL,
    message VARCHAR NOT NULL
);

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
    date_status VARCHAR NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    text_hash BIGINT NOT NULL
);

CREATE TABLE store.vectors (
    article_id BIGINT NOT NULL,
    model VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    vector FLOAT[] NOT NULL,
    PRIMARY KEY (article_id, model)
);

CREATE TABLE store.stories (
    story_id BIGINT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE store.story_members (
    article_id BIGINT PRIMARY KEY,
    story_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    similarity DOUBLE NOT NULL,
    copy_of BIGINT
);

CREATE TABLE store.classifications (
    article_id BIGINT PRIMARY KEY,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    genre VARCHAR NOT NULL
);

CREATE TABLE store.article_desks (
    article_id BIGINT NOT NULL,
    desk VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    is_primary BOOLEAN NOT NULL,
    reasons VARCHAR NOT NULL,
    PRIMARY KEY (article_id, desk)
);

CREATE TABLE store.digests (
    week VARCHAR PRIMARY KEY,
    generated_at TIMESTAMP NOT NULL,
    watermark TIMESTAMP NOT NULL,
    article_count BIGINT NOT NULL,
    story_count BIGINT NOT NULL,
    content_hash BIGINT NOT NULL
);
