-- An issue is kept by its data cut-off, so that one made again later does not hide what was printed then.
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
INSERT INTO store.issues SELECT week, watermark, generated_at, article_count, story_count, content_hash FROM store.digests;
DROP TABLE store.digests;
