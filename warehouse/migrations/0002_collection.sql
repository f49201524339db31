-- What a collector must remember to be trusted: where a feed moved, whether its word holds, how much it usually brings.
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

ALTER TABLE store.articles ADD COLUMN stated_at TIMESTAMP;
UPDATE store.articles SET stated_at = published_at;
ALTER TABLE store.articles ADD COLUMN set_aside VARCHAR;

ALTER TABLE store.feed_states ADD COLUMN catalog_url VARCHAR DEFAULT '';
UPDATE store.feed_states AS f SET catalog_url = coalesce((SELECT url FROM store.sources AS s WHERE s.source_id = f.source_id), '');
ALTER TABLE store.feed_states ADD COLUMN moved_to VARCHAR;
ALTER TABLE store.feed_states ADD COLUMN moving_to VARCHAR;
ALTER TABLE store.feed_states ADD COLUMN moving_held INTEGER DEFAULT 0;
ALTER TABLE store.feed_states ADD COLUMN validators_honest BOOLEAN DEFAULT TRUE;
ALTER TABLE store.feed_states ADD COLUMN entry_hashes BIGINT[]; -- DEFAULT [] would be a call of a function, on which the replay of a log stumbles
UPDATE store.feed_states SET entry_hashes = [];
ALTER TABLE store.feed_states ADD COLUMN entries_per_day DOUBLE DEFAULT 0;
ALTER TABLE store.feed_states ADD COLUMN interval_s BIGINT;
ALTER TABLE store.feed_states ADD COLUMN failure_weight DOUBLE DEFAULT 0;
ALTER TABLE store.feed_states ADD COLUMN failing_since TIMESTAMP;
ALTER TABLE store.feed_states ADD COLUMN retired BOOLEAN DEFAULT FALSE;
ALTER TABLE store.feed_states ADD COLUMN first_success_at TIMESTAMP;
ALTER TABLE store.feed_states ADD COLUMN last_success_at TIMESTAMP;

ALTER TABLE store.fetches ADD COLUMN entries_set_aside INTEGER DEFAULT 0;
ALTER TABLE store.fetches ADD COLUMN entries_duplicate INTEGER DEFAULT 0;
ALTER TABLE store.fetches ADD COLUMN entries_in_feed INTEGER;
ALTER TABLE store.fetches ADD COLUMN was_conditional BOOLEAN DEFAULT FALSE;
ALTER TABLE store.fetches ADD COLUMN validator_lied BOOLEAN DEFAULT FALSE;
