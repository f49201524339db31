-- Copies are found by the first words of articles' texts too, and again where a text came after its article was
-- grouped. All are NULL in older rows, which had the text of the feed.
ALTER TABLE store.article_terms ADD COLUMN body INTEGER[];
ALTER TABLE store.article_terms ADD COLUMN text_hash BIGINT;
-- Whether later articles are compared with it: not with one that opens as another. NULL: if it is no copy.
ALTER TABLE store.story_members ADD COLUMN is_compared BOOLEAN;
