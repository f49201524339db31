-- The texts of articles' pages, apart from the articles: a page that changed is a new version, none is overwritten.
CREATE TABLE store.article_texts (
    article_id BIGINT NOT NULL,
    version INTEGER NOT NULL, -- from 1
    is_latest BOOLEAN NOT NULL,
    text VARCHAR NOT NULL, -- empty once it is older than texts are kept
    words INTEGER NOT NULL,
    text_hash BIGINT NOT NULL,
    page_hash BIGINT NOT NULL, -- of the text as the page had it, before lines that its site repeats were cut
    lines_cut VARCHAR[] NOT NULL DEFAULT [], -- which the site repeats: they still count on the pages to come
    fetched_at TIMESTAMP NOT NULL,
    final_url VARCHAR NOT NULL,
    canonical_url VARCHAR,
    title VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    published_at TIMESTAMP,
    language VARCHAR NOT NULL,
    is_paywalled BOOLEAN NOT NULL,
    extractor VARCHAR NOT NULL,
    PRIMARY KEY (article_id, version)
);

-- Every request for a page, and every page that was not requested for a reason. retry_at is NULL where none is tried again.
CREATE TABLE store.page_fetches (
    fetch_id BIGINT PRIMARY KEY,
    article_id BIGINT NOT NULL,
    source_id VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    attempt INTEGER NOT NULL,
    retry_at TIMESTAMP,
    elapsed_s DOUBLE NOT NULL,
    message VARCHAR NOT NULL
);

CREATE TABLE store.robots_files (
    origin VARCHAR PRIMARY KEY,
    fetched_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    rules VARCHAR NOT NULL
);

-- An entry of an aggregator, or behind a redirector, whose page turned out to be that of another article.
CREATE TABLE store.article_aliases (
    article_id BIGINT PRIMARY KEY,
    same_as BIGINT NOT NULL
);
