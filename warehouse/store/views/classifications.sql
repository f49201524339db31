CREATE OR REPLACE MACRO desks_as_of(as_of) AS TABLE
WITH corrected AS (
    SELECT article_id, arg_max(desk, number) AS desk, arg_max(note, number) AS note
    FROM store.desk_corrections WHERE corrected_at <= as_of GROUP BY article_id
)
SELECT d.article_id, d.desk, d.score, d.is_primary AND c.article_id IS NULL AS is_primary, d.reasons
FROM store.article_desks AS d
LEFT JOIN corrected AS c ON c.article_id = d.article_id
WHERE d.is_filed AND (c.article_id IS NULL OR (c.desk <> 'off_topic' AND d.desk NOT IN (c.desk, 'off_topic')))
UNION ALL
SELECT article_id, desk, 1.0, TRUE, concat_ws(': ', 'set by an analyst', nullif(note, '')) FROM corrected;
COMMENT ON MACRO TABLE desks_as_of IS 'The desks of every article as of a moment: analysts'' corrections made by then replace the classifier''s desk, the latest one per article.';

CREATE OR REPLACE VIEW article_desks AS
SELECT article_id, desk, score, is_primary, reasons FROM desks_as_of('infinity'::TIMESTAMP);
COMMENT ON VIEW article_desks IS 'The desks of an article; an article off topic has one row, with the desk off_topic.';
COMMENT ON COLUMN article_desks.article_id IS 'The article.';
COMMENT ON COLUMN article_desks.desk IS 'A desk id, such as export_controls, or off_topic.';
COMMENT ON COLUMN article_desks.score IS 'Confidence of the classification, 0 to 1.';
COMMENT ON COLUMN article_desks.is_primary IS 'Whether this is the desk at which the article is counted; one per article.';
COMMENT ON COLUMN article_desks.reasons IS 'The lexicon terms and rules behind it, strongest first.';

CREATE OR REPLACE MACRO desk_probabilities_as_of(as_of) AS TABLE
WITH corrected AS (
    SELECT article_id, arg_max(desk, number) AS desk FROM store.desk_corrections WHERE corrected_at <= as_of GROUP BY article_id
)
SELECT d.article_id, d.desk, d.score AS probability
FROM store.article_desks AS d
WHERE d.article_id NOT IN (SELECT article_id FROM corrected)
UNION ALL
SELECT article_id, desk, 1.0 FROM corrected;
COMMENT ON MACRO TABLE desk_probabilities_as_of IS 'The probability of every label for each article, off_topic included, as of a moment: 1 for the desk that an analyst set by then.';

CREATE OR REPLACE VIEW desk_corrections AS
SELECT c.article_id, c.number, c.desk, c.corrected_at, c.note,
    c.number = max(c.number) OVER (PARTITION BY c.article_id) AS is_latest, m.desk AS machine_desk
FROM store.desk_corrections AS c
LEFT JOIN store.article_desks AS m ON m.article_id = c.article_id AND m.is_primary;
COMMENT ON VIEW desk_corrections IS 'Every desk that an analyst set; the latest one of an article holds, none is ever removed.';
COMMENT ON COLUMN desk_corrections.article_id IS 'The article.';
COMMENT ON COLUMN desk_corrections.number IS 'Number of the correction within the article, from 1.';
COMMENT ON COLUMN desk_corrections.desk IS 'The desk that the analyst set.';
COMMENT ON COLUMN desk_corrections.corrected_at IS 'When, UTC.';
COMMENT ON COLUMN desk_corrections.note IS 'The analyst''s reason; may be empty.';
COMMENT ON COLUMN desk_corrections.is_latest IS 'Whether it is the correction that holds.';
COMMENT ON COLUMN desk_corrections.machine_desk IS 'The classifier''s present desk; NULL if the article is not classified.';

CREATE OR REPLACE VIEW article_topics AS
SELECT t.article_id, t.topic, t.desk, t.score, t.reasons
FROM store.article_topics AS t
JOIN article_desks AS d ON d.article_id = t.article_id AND d.desk = t.desk;
COMMENT ON VIEW article_topics IS 'The topics of an article at its desks; an article may have none.';
COMMENT ON COLUMN article_topics.article_id IS 'The article.';
COMMENT ON COLUMN article_topics.topic IS 'Topic id, such as us_rules_lists.';
COMMENT ON COLUMN article_topics.desk IS 'The desk of the topic, a primary or secondary desk of the article.';
COMMENT ON COLUMN article_topics.score IS 'Sum of the weights of the matching lexicon terms, 2 to 6; not a probability.';
COMMENT ON COLUMN article_topics.reasons IS 'The matching lexicon terms.';

CREATE OR REPLACE VIEW article_themes AS
SELECT t.article_id, t.theme, t.score, t.reasons
FROM store.article_themes AS t
JOIN article_desks AS d ON d.article_id = t.article_id AND d.is_primary AND d.desk <> 'off_topic';
COMMENT ON VIEW article_themes IS 'The cross-cutting themes of an article on topic, at most five.';
COMMENT ON COLUMN article_themes.article_id IS 'The article.';
COMMENT ON COLUMN article_themes.theme IS 'Theme id, such as dual_use.';
COMMENT ON COLUMN article_themes.score IS 'Sum of the weights of the matching lexicon terms, 2 to 6; not a probability.';
COMMENT ON COLUMN article_themes.reasons IS 'The matching lexicon terms.';

CREATE OR REPLACE VIEW article_facets AS
SELECT f.article_id, f.facet, f.value, f.score, f.reasons
FROM store.article_facets AS f
JOIN article_desks AS d ON d.article_id = f.article_id AND d.is_primary AND d.desk <> 'off_topic';
COMMENT ON VIEW article_facets IS 'The act that an article on topic reports and the stage of it; at most one of each.';
COMMENT ON COLUMN article_facets.article_id IS 'The article.';
COMMENT ON COLUMN article_facets.facet IS 'act or stage; the genre is a column of articles.';
COMMENT ON COLUMN article_facets.value IS 'act: rule, bill, order, licence, enforcement, contract, deployment, test, treaty_step, investment, incident or statement; stage: rumoured, proposed, consultation, adopted, in_force, enforced, challenged or rescinded.';
COMMENT ON COLUMN article_facets.score IS 'Sum of the weights of the matching lexicon terms, 2 to 6; not a probability.';
COMMENT ON COLUMN article_facets.reasons IS 'The matching lexicon terms.';
