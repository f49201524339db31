-- Threads: the stories of one matter. A row of thread_links is never rewritten but for the moment it ends: a
-- story that goes to another thread gets a new row.
CREATE TABLE store.threads (
    thread_id BIGINT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL, -- when its second story was first seen
    successor_id BIGINT -- the thread that has its stories now, if it was joined to another
);

CREATE TABLE store.thread_links (
    story_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    since TIMESTAMP NOT NULL,
    until TIMESTAMP,
    other_story_id BIGINT, -- the story of the thread that it is most surely linked with
    score DOUBLE,
    relation VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    correction_id BIGINT
);

-- The stories that were compared, each with the articles that it had then.
CREATE TABLE store.thread_comparisons (
    story_id BIGINT PRIMARY KEY,
    members_hash BIGINT NOT NULL
);

CREATE TABLE store.thread_corrections (
    correction_id BIGINT PRIMARY KEY,
    action VARCHAR NOT NULL,
    thread_id BIGINT NOT NULL,
    other_thread_id BIGINT,
    story_ids BIGINT[] NOT NULL, -- that went to the other thread, or stand alone
    stayed_ids BIGINT[] NOT NULL, -- the other stories of the thread
    title VARCHAR,
    made_at TIMESTAMP NOT NULL,
    made_by VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
