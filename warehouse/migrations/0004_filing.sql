-- What filing knows of an article beyond its desk: topics, themes, facets, names, instruments, dates; and what analysts corrected.
CREATE TABLE store.extractions (
    article_id BIGINT NOT NULL,
    reader VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    PRIMARY KEY (article_id, reader)
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

CREATE TABLE store.article_entities (
    article_id BIGINT NOT NULL,
    entity_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    role VARCHAR,
    place VARCHAR,
    alias VARCHAR NOT NULL,
    times INTEGER NOT NULL,
    in_title BOOLEAN NOT NULL,
    PRIMARY KEY (article_id, entity_id)
);

CREATE TABLE store.article_instruments (
    article_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    number VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    PRIMARY KEY (article_id, kind, number)
);

CREATE TABLE store.article_dates (
    article_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    due_on DATE NOT NULL,
    year_inferred BOOLEAN NOT NULL,
    evidence VARCHAR NOT NULL,
    PRIMARY KEY (article_id, kind, due_on)
);

-- Append-only: the latest correction of an article is obeyed, the earlier ones stay on record.
CREATE TABLE store.desk_corrections (
    article_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    desk VARCHAR NOT NULL,
    corrected_at TIMESTAMP NOT NULL,
    note VARCHAR NOT NULL,
    PRIMARY KEY (article_id, number)
);
