-- The search index: an inverted file in plain tables, so that it travels in the snapshot and DuckDB alone can ask it.
-- A document is one reading of an article: changed text makes a new one, and the old number is struck off.
CREATE TABLE store.search_documents (
    doc INTEGER NOT NULL,
    article_id BIGINT PRIMARY KEY,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL
);
CREATE TABLE store.search_deleted (doc INTEGER NOT NULL);

-- One row a term and run; a run is what was indexed, or merged, at one go, and is numbered by its first document.
CREATE TABLE store.search_postings (
    run INTEGER NOT NULL,
    term VARCHAR NOT NULL,
    documents INTEGER NOT NULL,
    docs INTEGER[] NOT NULL,
    weights USMALLINT[] NOT NULL,
    places USMALLINT[][] NOT NULL
);

-- The signs of a vector's numbers, eight a byte: near vectors agree in most, and 48 bytes are soon compared.
CREATE TABLE store.search_codes (
    article_id BIGINT NOT NULL,
    model VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    code BLOB NOT NULL,
    PRIMARY KEY (article_id, model)
);
