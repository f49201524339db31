-- Stories and their history. Assignments stay as they were decided; analysts' corrections are kept apart from them, and
-- neither is ever rewritten.
CREATE TABLE store.stories (
    story_id BIGINT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    creation_order BIGINT, -- counted from 0 over all stories
    successor_id BIGINT -- the story that has its articles now, if it was merged
);

CREATE TABLE store.story_members (
    article_id BIGINT PRIMARY KEY,
    story_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    similarity DOUBLE NOT NULL,
    copy_of BIGINT
);

-- The words by which an article was compared when it was assigned, as term ids: a restart need not read the text again.
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

-- Every merge and split of an existing story, by an article that fits both or by an analyst's correction.
CREATE TABLE store.story_changes (
    change_id BIGINT PRIMARY KEY,
    position BIGINT NOT NULL,
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

CREATE TABLE store.story_corrections (
    correction_id BIGINT PRIMARY KEY,
    action VARCHAR NOT NULL,
    story_id BIGINT NOT NULL,
    other_story_id BIGINT NOT NULL,
    article_ids BIGINT[] NOT NULL,
    made_at TIMESTAMP NOT NULL,
    made_by VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);

-- What a correction means for later assignments: two articles that must_link or cannot_link.
CREATE TABLE store.story_constraints (
    correction_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
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
    position INTEGER NOT NULL,
    article_id BIGINT NOT NULL,
    sentence VARCHAR NOT NULL,
    PRIMARY KEY (story_id, position)
);
