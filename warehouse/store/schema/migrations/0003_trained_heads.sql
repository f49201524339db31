-- What the encoder's trained heads say of an article, the probability of every label, and the significance.
ALTER TABLE store.vectors ADD COLUMN head_outputs FLOAT[];
ALTER TABLE store.article_desks ADD COLUMN is_filed BOOLEAN DEFAULT TRUE;
ALTER TABLE store.classifications ADD COLUMN significance DOUBLE DEFAULT 0;
