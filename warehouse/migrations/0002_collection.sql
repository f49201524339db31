-- What a collector must remember to be trusted: a register's own fields beside the articles that carry them.
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
