-- What the classifier says of an article, and what analysts corrected. Topics, themes and facets are written by extractors.
CREATE TABLE store.classifications (
    article_id BIGINT PRIMARY KEY,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    genre VARCHAR NOT NULL
);

CREATE TABLE store.article_desks (
    article_id BIGINT NOT NULL,
    desk VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    is_primary BOOLEAN NOT NULL,
    reasons VARCHAR NOT NULL,
    PRIMARY KEY (article_id, desk)
);

-- Append-only: the latest correction of an article holds, the earlier ones stay on record.
CREATE TABLE store.desk_corrections (
    article_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    desk VARCHAR NOT NULL,
    corrected_at TIMESTAMP NOT NULL,
    note VARCHAR NOT NULL,
    PRIMARY KEY (article_id, number)
);

CREATE TABLE store.article_topics (
    article_id BIGINT NOT NULL,
    desk VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    reasons VARCHAR NOT NULL,
    PRIMARY KEY (article_id, topic)
);

CREATE TABLE store.article_themes (
    article_id BIGINT NOT NULL,
    theme VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    reasons VARCHAR NOT NULL,
    PRIMARY KEY (article_id, theme)
);

CREATE TABLE store.article_facets (
    article_id BIGINT NOT NULL,
    facet VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    reasons VARCHAR NOT NULL,
    PRIMARY KEY (article_id, facet)
);
