-- The feed's own identity of an article, as the id that an article without a link would have: it tells the
-- next entry of a page that is rewritten under one link from a correction of the last one.
ALTER TABLE store.articles ADD COLUMN guid_id BIGINT;
