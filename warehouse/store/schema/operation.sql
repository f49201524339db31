-- Every run of a flow, and every change of the configuration that may break a series. Both tables are append-only.
CREATE TABLE store.runs (
    run_id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL, -- the order in which runs ended; their times may be simulated
    flow VARCHAR NOT NULL,
    run_key VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    heartbeat_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    pid INTEGER NOT NULL
);

CREATE TABLE store.config_changes (
    change_id BIGINT PRIMARY KEY,
    changed_at TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    value_before VARCHAR,
    value_after VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    source_ids VARCHAR[] NOT NULL
);
