-- A story has a life: it is found, goes quiet, comes back, and may turn out to be another's. What was decided is kept
-- as it was decided; what analysts ruled is kept apart from what was computed, and nothing of either is ever rewritten.
CREATE TABLE store.vector_sets (
    model VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    dimension INTEGER NOT NULL
);
INSERT INTO store.vector_sets
SELECT model, split_part(model, '@', 1), split_part(model, '@', 2), any_value(len(vector)) FROM store.vectors GROUP BY model;

-- The words an article was compared by when it was assigned, as term ids, so that a restart need not read it again.
CREATE TABLE store.article_terms (
    article_id BIGINT PRIMARY KEY,
    headline INTEGER[] NOT NULL,
    "all" INTEGER[] NOT NULL,
    text INTEGER[] NOT NULL,
    headline_words INTEGER[] NOT NULL,
    headline_numbers INTEGER[] NOT NULL,
    codes INTEGER[] NOT NULL,
    text_numbers INTEGER[] NOT NULL
);

ALTER TABLE store.stories ADD COLUMN age BIGINT; -- its place among all stories, in the order in which they were founded
ALTER TABLE store.stories ADD COLUMN successor_id BIGINT; -- where its articles are now, if it was merged
UPDATE store.stories AS s SET age = o.age FROM (
    SELECT st.story_id, row_number() OVER (ORDER BY min(m.position), st.story_id) - 1 AS age
    FROM store.stories AS st LEFT JOIN store.story_members AS m USING (story_id) GROUP BY st.story_id
) AS o WHERE o.story_id = s.story_id;

-- Each change of a story that was assigned before: by a bridging article, or by an analyst's correction.
CREATE TABLE store.story_changes (
    change_id BIGINT PRIMARY KEY,
    place BIGINT NOT NULL,
    event VARCHAR NOT NULL,
    story_id BIGINT NOT NULL,
    other_story_id BIGINT NOT NULL,
    article_id BIGINT,
    correction_id BIGINT,
    happened_at TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL
);
CREATE TABLE store.story_moves (
    change_id BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    from_story_id BIGINT NOT NULL,
    to_story_id BIGINT NOT NULL
);

CREATE TABLE store.corrections (
    correction_id BIGINT PRIMARY KEY,
    action VARCHAR NOT NULL,
    story_id BIGINT NOT NULL,
    other_story_id BIGINT NOT NULL,
    article_ids BIGINT[] NOT NULL,
    made_at TIMESTAMP NOT NULL,
    made_by VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
CREATE TABLE store.story_constraints (
    correction_id BIGINT NOT NULL,
    ruling VARCHAR NOT NULL,
    article_id BIGINT NOT NULL,
    other_article_id BIGINT NOT NULL
);

CREATE TABLE store.story_summaries (
    story_id BIGINT PRIMARY KEY,
    members_hash BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    key_terms VARCHAR[] NOT NULL
);
CREATE TABLE store.story_sentences (
    story_id BIGINT NOT NULL,
    place INTEGER NOT NULL,
    article_id BIGINT NOT NULL,
    sentence VARCHAR NOT NULL,
    PRIMARY KEY (story_id, place)
);
