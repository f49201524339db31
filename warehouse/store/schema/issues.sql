-- Issues of the weekly digest and their deliveries. An issue is kept by its data cut-off: one made again later does not
-- replace what was printed before.
CREATE TABLE store.issues (
    week VARCHAR NOT NULL,
    watermark TIMESTAMP NOT NULL,
    generated_at TIMESTAMP NOT NULL,
    article_count BIGINT NOT NULL,
    story_count BIGINT NOT NULL,
    content_hash BIGINT NOT NULL,
    PRIMARY KEY (week, watermark)
);

CREATE TABLE store.issue_desks (
    week VARCHAR NOT NULL,
    watermark TIMESTAMP NOT NULL,
    desk VARCHAR NOT NULL,
    story_count BIGINT NOT NULL,
    PRIMARY KEY (week, watermark, desk)
);

-- A row is claimed before an edition is handed over and finished after it: a run killed in between leaves a claimed row.
-- The snapshot publishes this table, so it has no addresses or tokens: a recipient is a hash and a masked address.
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
