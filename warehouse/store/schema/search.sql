-- The full-text index: an inverted index in plain tables, so that the snapshot carries it and DuckDB alone can query it.
-- A document is one version of an article's text: changed text makes a new document and marks the old one deleted.
CREATE TABLE store.search_documents (
    doc INTEGER NOT NULL,
    article_id BIGINT PRIMARY KEY,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL
);

CREATE TABLE store.search_deleted (doc INTEGER NOT NULL);

-- One row a term and run. A run is what was indexed or merged at once; its number is that of its first document.
CREATE TABLE store.search_postings (
    run INTEGER NOT NULL,
    term VARCHAR NOT NULL,
    documents INTEGER NOT NULL,
    docs INTEGER[] NOT NULL,
    weights USMALLINT[] NOT NULL,
    places USMALLINT[][] NOT NULL
);

-- Vectors with one byte a number: their signs find the candidates, the bytes rank them.
CREATE TABLE store.search_codes (
    article_id BIGINT NOT NULL,
    model VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (article_id, model)
);
