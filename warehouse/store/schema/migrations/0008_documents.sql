-- Primary documents: with which report each was joined, and which of them heads its story.
CREATE TABLE store.document_comparisons (
    article_id BIGINT PRIMARY KEY, -- the document
    compared_until BIGINT NOT NULL, -- position of the latest article it was compared with
    report_id BIGINT, -- the article that reports it, if one was found
    reason VARCHAR -- what shows it, in words
);

ALTER TABLE store.story_summaries ADD COLUMN document_id BIGINT;
