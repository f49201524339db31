-- Whom which edition of an issue was handed to. A row is claimed before the point of no return and finished after it, so
-- that a run killed in between leaves a row that says so. Addresses and tokens stay out of the file, which is published:
-- a recipient is known by a hash, and shown masked.
CREATE TABLE store.deliveries (
    week VARCHAR NOT NULL,
    edition VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    recipient_key VARCHAR NOT NULL,
    recipient VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    is_permanent BOOLEAN NOT NULL,
    message_id VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    detail VARCHAR NOT NULL,
    PRIMARY KEY (week, edition, channel, recipient_key)
);
