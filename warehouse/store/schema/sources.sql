-- Sources and what is known of their feeds. Feed states hold what the next request needs; fetches are a log.
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
    catalog_url VARCHAR NOT NULL DEFAULT '',
    moved_to VARCHAR,
    moving_to VARCHAR,
    moving_held INTEGER NOT NULL DEFAULT 0, -- how often in a row a permanent redirect led to moving_to
    etag VARCHAR,
    last_modified VARCHAR,
    body_sha256 VARCHAR,
    validators_honest BOOLEAN NOT NULL DEFAULT TRUE,
    entry_hashes BIGINT[],
    entries_per_day DOUBLE NOT NULL DEFAULT 0,
    interval_s BIGINT,
    failures INTEGER NOT NULL,
    failure_weight DOUBLE NOT NULL DEFAULT 0,
    failing_since TIMESTAMP,
    retired BOOLEAN NOT NULL DEFAULT FALSE,
    first_success_at TIMESTAMP,
    last_success_at TIMESTAMP,
    next_attempt_at TIMESTAMP
);

CREATE TABLE store.fetches (
    fetch_id BIGINT PRIMARY KEY,
    source_id VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    was_conditional BOOLEAN NOT NULL DEFAULT FALSE,
    validator_lied BOOLEAN NOT NULL DEFAULT FALSE,
    entries_in_feed INTEGER,
    entries_new INTEGER NOT NULL,
    entries_updated INTEGER NOT NULL,
    entries_unchanged INTEGER NOT NULL,
    entries_rejected INTEGER NOT NULL,
    entries_set_aside INTEGER NOT NULL DEFAULT 0,
    entries_duplicate INTEGER NOT NULL DEFAULT 0,
    elapsed_s DOUBLE NOT NULL,
    message VARCHAR NOT NULL
);
