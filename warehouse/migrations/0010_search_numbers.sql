-- The numbers of a vector in a byte each: their signs find the candidates, they themselves the nearest of these.
DROP TABLE store.search_codes;
CREATE TABLE store.search_codes (
    article_id BIGINT NOT NULL,
    model VARCHAR NOT NULL,
    text_hash BIGINT NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (article_id, model)
);
