-- The public interface: what reports and researchers query. Columns may be added; none is renamed or removed.
-- Laid anew whenever this file changes, so every statement replaces.

CREATE OR REPLACE MACRO week_of(moment) AS strftime(moment, '%G-W%V');
COMMENT ON MACRO week_of IS 'The ISO 8601 week of a UTC timestamp, as 2026-W33.';

CREATE OR REPLACE VIEW sources AS
SELECT source_id, name, publisher, url, kind, region, language FROM store.sources;
COMMENT ON VIEW sources IS 'One row a feed or archive that ever brought an article.';
COMMENT ON COLUMN sources.source_id IS 'Stable id from the catalog.';
COMMENT ON COLUMN sources.name IS 'Name of the feed.';
COMMENT ON COLUMN sources.publisher IS 'Publisher family: all feeds of one owner share it.';
COMMENT ON COLUMN sources.url IS 'Address the feed is fetched from; empty for archives without one.';
COMMENT ON COLUMN sources.kind IS 'What the publisher is: government, regulator, think_tank, news and so on.';
COMMENT ON COLUMN sources.region IS 'ISO 3166 code of the publisher''s seat, or EU, UN, INT.';
COMMENT ON COLUMN sources.language IS 'ISO 639 code of the language it writes in.';

CREATE OR REPLACE VIEW articles AS
SELECT a.article_id, a.source_id, a.publisher, a.url, a.title, a.summary, a.language, f.genre, a.published_at,
    a.first_seen_at, a.date_status, a.updated_at, a.stated_at, a.set_aside
FROM store.articles AS a
LEFT JOIN store.classifications AS f ON f.article_id = a.article_id;
COMMENT ON VIEW articles IS 'One row an article, whatever feed brought it first.';
COMMENT ON COLUMN articles.article_id IS 'Stable id, made from the article''s address.';
COMMENT ON COLUMN articles.source_id IS 'The feed that brought it first.';
COMMENT ON COLUMN articles.publisher IS 'Publisher family of that feed.';
COMMENT ON COLUMN articles.url IS 'Canonical address, without tracking parameters; NULL if the feed gave none.';
COMMENT ON COLUMN articles.title IS 'Headline as plain text.';
COMMENT ON COLUMN articles.summary IS 'The feed''s summary as plain text, at most 1,000 characters; empty if it gave none.';
COMMENT ON COLUMN articles.language IS 'ISO 639 code, from the feed.';
COMMENT ON COLUMN articles.genre IS 'news, primary_document, official_statement, analysis, opinion, event_report, research, explainer, newsletter or vendor; NULL until filed.';
COMMENT ON COLUMN articles.published_at IS 'When the publisher first said it was published, UTC; trust it only where date_status is ok.';
COMMENT ON COLUMN articles.first_seen_at IS 'When we first saw it, UTC.';
COMMENT ON COLUMN articles.date_status IS 'ok, missing, unparsable, future or too_old; only ok dates are counted.';
COMMENT ON COLUMN articles.updated_at IS 'When its title or text last changed for us, UTC.';
COMMENT ON COLUMN articles.stated_at IS 'The date its feed states now, UTC: later than published_at if the publisher bumped it.';
COMMENT ON COLUMN articles.set_aside IS 'flood if its feed suddenly showed far more or far older entries than usual; such articles are never counted. NULL otherwise.';

CREATE OR REPLACE MACRO filed_desks(as_of) AS TABLE
WITH corrected AS (
    SELECT article_id, arg_max(desk, number) AS desk, arg_max(note, number) AS note
    FROM store.desk_corrections WHERE corrected_at <= as_of GROUP BY article_id
)
SELECT d.article_id, d.desk, d.score, d.is_primary AND c.article_id IS NULL AS is_primary, d.reasons
FROM store.article_desks AS d
LEFT JOIN corrected AS c ON c.article_id = d.article_id
WHERE c.article_id IS NULL OR (c.desk <> 'off_topic' AND d.desk NOT IN (c.desk, 'off_topic'))
UNION ALL
SELECT article_id, desk, 1.0, TRUE, concat_ws(': ', 'filed by an analyst', nullif(note, '')) FROM corrected;
COMMENT ON MACRO TABLE filed_desks IS 'The desks of every article with the corrections that had been made by a moment: the latest of an article is obeyed.';

CREATE OR REPLACE VIEW article_desks AS
SELECT article_id, desk, score, is_primary, reasons FROM filed_desks('infinity'::TIMESTAMP);
COMMENT ON VIEW article_desks IS 'The desks an article is filed to; off_topic articles have one row that says so.';
COMMENT ON COLUMN article_desks.article_id IS 'The article.';
COMMENT ON COLUMN article_desks.desk IS 'export_controls, arms_race, regulation or off_topic.';
COMMENT ON COLUMN article_desks.score IS 'How sure the filing is, 0 to 1.';
COMMENT ON COLUMN article_desks.is_primary IS 'Whether this is the one desk the article is counted at.';
COMMENT ON COLUMN article_desks.reasons IS 'The cues and rules that led here, strongest first.';

CREATE OR REPLACE VIEW desk_corrections AS
SELECT c.article_id, c.number, c.desk, c.corrected_at, c.note,
    c.number = max(c.number) OVER (PARTITION BY c.article_id) AS is_latest, m.desk AS machine_desk
FROM store.desk_corrections AS c
LEFT JOIN store.article_desks AS m ON m.article_id = c.article_id AND m.is_primary;
COMMENT ON VIEW desk_corrections IS 'Every desk an analyst gave by hand; the latest of an article is obeyed, none is ever removed.';
COMMENT ON COLUMN desk_corrections.article_id IS 'The article.';
COMMENT ON COLUMN desk_corrections.number IS 'Which correction of the article it is, from 1.';
COMMENT ON COLUMN desk_corrections.desk IS 'The desk the analyst gave.';
COMMENT ON COLUMN desk_corrections.corrected_at IS 'When, UTC.';
COMMENT ON COLUMN desk_corrections.note IS 'Why, in the analyst''s words; may be empty.';
COMMENT ON COLUMN desk_corrections.is_latest IS 'Whether it is the one that is obeyed.';
COMMENT ON COLUMN desk_corrections.machine_desk IS 'What the machine says today; NULL if the article is not filed.';

CREATE OR REPLACE VIEW article_topics AS
SELECT t.article_id, t.topic, t.desk, t.score, t.reasons
FROM store.article_topics AS t
JOIN article_desks AS d ON d.article_id = t.article_id AND d.desk = t.desk;
COMMENT ON VIEW article_topics IS 'The topics of an article at the desks it is filed to; an article may have none.';
COMMENT ON COLUMN article_topics.article_id IS 'The article.';
COMMENT ON COLUMN article_topics.topic IS 'A topic of topics.toml, as us_rules_lists.';
COMMENT ON COLUMN article_topics.desk IS 'The desk the topic belongs to, primary or secondary desk of the article.';
COMMENT ON COLUMN article_topics.score IS 'How loudly its cues speak, 2 to 6; no probability.';
COMMENT ON COLUMN article_topics.reasons IS 'The cues that told.';

CREATE OR REPLACE VIEW article_themes AS
SELECT t.article_id, t.theme, t.score, t.reasons
FROM store.article_themes AS t
JOIN article_desks AS d ON d.article_id = t.article_id AND d.is_primary AND d.desk <> 'off_topic';
COMMENT ON VIEW article_themes IS 'The cross-cutting themes of an article on topic, none to five.';
COMMENT ON COLUMN article_themes.article_id IS 'The article.';
COMMENT ON COLUMN article_themes.theme IS 'One of the sixteen themes, as dual_use.';
COMMENT ON COLUMN article_themes.score IS 'How loudly its cues speak, 2 to 6; no probability.';
COMMENT ON COLUMN article_themes.reasons IS 'The cues that told.';

CREATE OR REPLACE VIEW article_facets AS
SELECT f.article_id, f.facet, f.value, f.score, f.reasons
FROM store.article_facets AS f
JOIN article_desks AS d ON d.article_id = f.article_id AND d.is_primary AND d.desk <> 'off_topic';
COMMENT ON VIEW article_facets IS 'What is done (act) and how far it is (stage), for articles on topic; at most one of each.';
COMMENT ON COLUMN article_facets.article_id IS 'The article.';
COMMENT ON COLUMN article_facets.facet IS 'act or stage; the genre is a column of articles.';
COMMENT ON COLUMN article_facets.value IS 'act: rule, bill, order, licence, enforcement, contract, deployment, test, treaty_step, investment, incident or statement; stage: rumoured, proposed, consultation, adopted, in_force, enforced, challenged or rescinded.';
COMMENT ON COLUMN article_facets.score IS 'How loudly its cues speak, 2 to 6; no probability.';
COMMENT ON COLUMN article_facets.reasons IS 'The cues that told.';

CREATE OR REPLACE VIEW article_entities AS
SELECT article_id, entity_id, name, kind, role, place, times, in_title, alias FROM store.article_entities;
COMMENT ON VIEW article_entities IS 'The countries, offices, firms, laws, weapons and persons an article names, from a curated list.';
COMMENT ON COLUMN article_entities.article_id IS 'The article.';
COMMENT ON COLUMN article_entities.entity_id IS 'Stable id of the entity, as nvidia; a country''s is its ISO 3166 code in small letters.';
COMMENT ON COLUMN article_entities.name IS 'Name as shown.';
COMMENT ON COLUMN article_entities.kind IS 'country, us_state, bloc, government, legislature, regulator, court, military, ai_lab, chipmaker, ai_law, control_rule and so on.';
COMMENT ON COLUMN article_entities.role IS 'Role it plays: government, military, regulator, intelligence, firm, lab, academia, civil_society, criminal or international_body; NULL if none.';
COMMENT ON COLUMN article_entities.place IS 'Its jurisdiction: ISO 3166, or EU, UN; NULL if none is known.';
COMMENT ON COLUMN article_entities.times IS 'How often the article names it.';
COMMENT ON COLUMN article_entities.in_title IS 'Whether the title names it.';
COMMENT ON COLUMN article_entities.alias IS 'The words that named it first.';

CREATE OR REPLACE VIEW article_instruments AS
SELECT article_id, kind, number, evidence FROM store.article_instruments
UNION -- what a register says in fields of its own needs no reading
SELECT r.article_id, named.kind, named.number, a.title
FROM store.register_documents AS r
JOIN store.articles AS a ON a.article_id = r.article_id,
    LATERAL (
        SELECT 'fr_document' AS kind, r.document_number AS number
        UNION ALL SELECT 'docket', unnest(r.dockets)
        UNION ALL SELECT 'rin', unnest(r.rins)
        UNION ALL SELECT 'cfr_part', unnest(r.cfr_parts)
    ) AS named
WHERE named.number <> '' AND NOT EXISTS (
    FROM store.article_instruments AS i
    WHERE i.article_id = r.article_id AND i.kind = named.kind AND i.number = named.number
);
COMMENT ON VIEW article_instruments IS 'The documents of law and control that an article names by number.';
COMMENT ON COLUMN article_instruments.article_id IS 'The article.';
COMMENT ON COLUMN article_instruments.kind IS 'fr_document, fr_citation, rin, docket, cfr_part, eccn, celex, eu_proposal, us_bill, state_bill, uk_bill, uk_instrument, executive_order, un_symbol, omb_memo, public_law, directive, standard or court_case.';
COMMENT ON COLUMN article_instruments.number IS 'Its number in one canonical form, as EO 14110 or 32024R1689.';
COMMENT ON COLUMN article_instruments.evidence IS 'The sentence that names it; the title where a register''s own field does.';

CREATE OR REPLACE VIEW instruments AS
SELECT i.kind, i.number, count(DISTINCT i.article_id) AS article_count,
    list(DISTINCT i.article_id ORDER BY i.article_id) AS article_ids, min(a.first_seen_at) AS first_named_at,
    max(a.first_seen_at) AS last_named_at,
    arg_max(f.value, (coalesce(a.published_at, a.first_seen_at), a.article_id)) AS latest_stage
FROM article_instruments AS i
JOIN store.articles AS a ON a.article_id = i.article_id
LEFT JOIN store.article_facets AS f ON f.article_id = i.article_id AND f.facet = 'stage'
GROUP BY i.kind, i.number;
COMMENT ON VIEW instruments IS 'One row an instrument, with the articles that name it and how far it is.';
COMMENT ON COLUMN instruments.kind IS 'As in article_instruments.';
COMMENT ON COLUMN instruments.number IS 'Canonical number.';
COMMENT ON COLUMN instruments.article_count IS 'Articles that name it.';
COMMENT ON COLUMN instruments.article_ids IS 'Those articles.';
COMMENT ON COLUMN instruments.first_named_at IS 'When an article that names it was first seen, UTC.';
COMMENT ON COLUMN instruments.last_named_at IS 'When the latest such article was first seen, UTC.';
COMMENT ON COLUMN instruments.latest_stage IS 'Stage in the latest article that has one; NULL if none has.';

CREATE OR REPLACE VIEW deadlines AS
SELECT d.article_id, d.kind, d.due_on, d.evidence, 'text' AS origin, d.year_inferred
FROM store.article_dates AS d
WHERE NOT EXISTS (
    FROM store.register_documents AS r
    WHERE r.article_id = d.article_id
        AND ((d.kind = 'comment_closes' AND r.comments_close_on IS NOT NULL) OR (d.kind = 'takes_effect' AND r.effective_on IS NOT NULL))
)
UNION ALL
SELECT r.article_id, 'comment_closes', r.comments_close_on, a.title, 'register', FALSE
FROM store.register_documents AS r JOIN store.articles AS a ON a.article_id = r.article_id
WHERE r.comments_close_on IS NOT NULL
UNION ALL
SELECT r.article_id, 'takes_effect', r.effective_on, a.title, 'register', FALSE
FROM store.register_documents AS r JOIN store.articles AS a ON a.article_id = r.article_id
WHERE r.effective_on IS NOT NULL;
COMMENT ON VIEW deadlines IS 'Dates to act on or to watch, from texts and from a register''s own fields, which outrank the text.';
COMMENT ON COLUMN deadlines.article_id IS 'The article that gives it.';
COMMENT ON COLUMN deadlines.kind IS 'comment_closes, takes_effect, applies_from, vote, hearing, report_due or expires.';
COMMENT ON COLUMN deadlines.due_on IS 'The day.';
COMMENT ON COLUMN deadlines.evidence IS 'The sentence that gives it; the title where a register''s own field does.';
COMMENT ON COLUMN deadlines.origin IS 'text or register.';
COMMENT ON COLUMN deadlines.year_inferred IS 'Whether the year was not written but inferred from the article''s own date.';

CREATE OR REPLACE VIEW story_articles AS
SELECT story_id, article_id, similarity, copy_of IS NOT NULL AS is_copy, copy_of FROM store.story_members;
COMMENT ON VIEW story_articles IS 'Which story an article belongs to; every enriched article belongs to exactly one.';
COMMENT ON COLUMN story_articles.story_id IS 'The story.';
COMMENT ON COLUMN story_articles.article_id IS 'The article.';
COMMENT ON COLUMN story_articles.similarity IS 'Likeness to the story when it joined, 0 to 1; 1 for the article that founded it.';
COMMENT ON COLUMN story_articles.is_copy IS 'Whether its text repeats another member''s.';
COMMENT ON COLUMN story_articles.copy_of IS 'The member whose text it repeats; NULL for a text of its own.';

CREATE OR REPLACE VIEW story_desks AS
SELECT m.story_id, d.desk, sum(d.score) AS votes,
    row_number() OVER (PARTITION BY m.story_id ORDER BY sum(d.score) DESC, d.desk) = 1 AS is_primary
FROM store.story_members AS m
JOIN article_desks AS d ON d.article_id = m.article_id AND d.is_primary
WHERE m.copy_of IS NULL
GROUP BY m.story_id, d.desk;
COMMENT ON VIEW story_desks IS 'How the texts of a story vote on its desk.';
COMMENT ON COLUMN story_desks.story_id IS 'The story.';
COMMENT ON COLUMN story_desks.desk IS 'A primary desk of at least one of its texts.';
COMMENT ON COLUMN story_desks.votes IS 'Sum of the scores of the texts filed there; copies have no vote.';
COMMENT ON COLUMN story_desks.is_primary IS 'Whether it won the vote.';

CREATE OR REPLACE MACRO dormant_after() AS INTERVAL 10 DAY;
COMMENT ON MACRO dormant_after IS 'How long a story has no new text before it is dormant: a week, and some days for collecting late.';

CREATE OR REPLACE MACRO last_seen_at() AS (SELECT max(first_seen_at) FROM store.articles);
COMMENT ON MACRO last_seen_at IS 'When the warehouse last saw a new article, UTC: the present, as far as stories are concerned.';

CREATE OR REPLACE VIEW stories AS
SELECT m.story_id,
    coalesce(
        any_value(lead.title),
        arg_min(a.title, (m.copy_of IS NOT NULL, coalesce(f.genre, '') IN ('newsletter', 'opinion', 'vendor'), -m.similarity, m.position))
    ) AS title,
    min(a.first_seen_at) AS first_seen_at,
    max(a.first_seen_at) AS last_seen_at,
    count(*) AS article_count,
    count(*) FILTER (WHERE m.copy_of IS NULL) AS text_count,
    count(DISTINCT a.publisher) AS publisher_count,
    any_value(d.desk) AS desk,
    min(a.published_at) FILTER (WHERE a.date_status = 'ok') AS first_published_at,
    CASE WHEN max(a.first_seen_at) FILTER (WHERE m.copy_of IS NULL) + dormant_after() <= last_seen_at() THEN 'dormant' ELSE 'active' END AS status,
    any_value(face.article_id) AS title_article_id,
    coalesce(any_value(face.key_terms), []) AS key_terms
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
LEFT JOIN store.classifications AS f ON f.article_id = m.article_id
LEFT JOIN story_desks AS d ON d.story_id = m.story_id AND d.is_primary
LEFT JOIN store.story_summaries AS face ON face.story_id = m.story_id
LEFT JOIN store.articles AS lead ON lead.article_id = face.article_id
GROUP BY m.story_id;
COMMENT ON VIEW stories IS 'One row an event, whoever tells it; an article alone is a story too.';
COMMENT ON COLUMN stories.story_id IS 'Stable id, made from the article that founded the story.';
COMMENT ON COLUMN stories.title IS 'Headline of the member that stands for it.';
COMMENT ON COLUMN stories.first_seen_at IS 'When its first article was first seen, UTC.';
COMMENT ON COLUMN stories.last_seen_at IS 'When its latest article was first seen, UTC.';
COMMENT ON COLUMN stories.article_count IS 'Articles, copies included.';
COMMENT ON COLUMN stories.text_count IS 'Distinct texts: copies count once.';
COMMENT ON COLUMN stories.publisher_count IS 'Publisher families.';
COMMENT ON COLUMN stories.desk IS 'The desk that its texts vote for; off_topic if none; NULL until filed.';
COMMENT ON COLUMN stories.first_published_at IS 'Earliest trusted publication date among its articles, UTC; NULL if none is trusted.';

CREATE OR REPLACE VIEW story_topics AS
SELECT m.story_id, v.desk, v.topic, count(*) AS votes
FROM store.story_members AS m
JOIN article_topics AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.desk, v.topic
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_topics IS 'The topics of a story: those of at least a third of its texts.';
COMMENT ON COLUMN story_topics.story_id IS 'The story.';
COMMENT ON COLUMN story_topics.desk IS 'The desk of the topic.';
COMMENT ON COLUMN story_topics.topic IS 'The topic.';
COMMENT ON COLUMN story_topics.votes IS 'Texts of the story that say so; copies have no vote.';

CREATE OR REPLACE VIEW story_themes AS
SELECT m.story_id, v.theme, count(*) AS votes
FROM store.story_members AS m
JOIN article_themes AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.theme
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_themes IS 'The themes of a story: those of at least a third of its texts.';
COMMENT ON COLUMN story_themes.story_id IS 'The story.';
COMMENT ON COLUMN story_themes.theme IS 'The theme.';
COMMENT ON COLUMN story_themes.votes IS 'Texts of the story that say so; copies have no vote.';

CREATE OR REPLACE VIEW story_entities AS
SELECT m.story_id, v.entity_id, v.name, v.kind, count(*) AS votes
FROM store.story_members AS m
JOIN article_entities AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.entity_id, v.name, v.kind
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_entities IS 'Who and what a story is about: named by at least a third of its texts.';
COMMENT ON COLUMN story_entities.story_id IS 'The story.';
COMMENT ON COLUMN story_entities.entity_id IS 'The entity.';
COMMENT ON COLUMN story_entities.name IS 'Its name as shown.';
COMMENT ON COLUMN story_entities.kind IS 'Its kind.';
COMMENT ON COLUMN story_entities.votes IS 'Texts of the story that say so; copies have no vote.';

CREATE OR REPLACE VIEW story_instruments AS
SELECT m.story_id, v.kind, v.number, count(*) AS votes
FROM store.story_members AS m
JOIN article_instruments AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.kind, v.number;
COMMENT ON VIEW story_instruments IS 'The instruments of a story: a number is rarely printed twice, so one text is enough.';
COMMENT ON COLUMN story_instruments.story_id IS 'The story.';
COMMENT ON COLUMN story_instruments.kind IS 'Kind of the instrument.';
COMMENT ON COLUMN story_instruments.number IS 'Its canonical number.';
COMMENT ON COLUMN story_instruments.votes IS 'Texts of the story that name it; copies have no vote.';
COMMENT ON COLUMN stories.status IS 'active, or dormant after ten days without a new text.';
COMMENT ON COLUMN stories.title_article_id IS 'The article whose headline the title is; NULL until the story has its face.';
COMMENT ON COLUMN stories.key_terms IS 'Words and names that its texts share and others do not, most telling first; at most six.';

CREATE OR REPLACE VIEW story_sentences AS
SELECT story_id, place, article_id, sentence FROM store.story_sentences;
COMMENT ON VIEW story_sentences IS 'The extractive summary of a story: whole sentences of its articles, in order.';
COMMENT ON COLUMN story_sentences.story_id IS 'The story.';
COMMENT ON COLUMN story_sentences.place IS 'Place in the summary, from 1.';
COMMENT ON COLUMN story_sentences.article_id IS 'The article that says it.';
COMMENT ON COLUMN story_sentences.sentence IS 'The sentence, word for word.';

CREATE OR REPLACE VIEW story_successors AS
SELECT story_id, successor_id FROM store.stories WHERE successor_id IS NOT NULL;
COMMENT ON VIEW story_successors IS 'Every id that was merged away, and the story that its articles are in now.';
COMMENT ON COLUMN story_successors.story_id IS 'An id that was given out once.';
COMMENT ON COLUMN story_successors.successor_id IS 'The id that answers for it, itself never merged away.';

CREATE OR REPLACE MACRO current_story_id(id) AS coalesce((SELECT successor_id FROM store.stories WHERE story_id = id), id);
COMMENT ON MACRO current_story_id IS 'The id under which a story is found now: its own, or its successor''s if it was merged.';

CREATE OR REPLACE VIEW story_events AS
WITH first_moves AS (
    SELECT v.article_id, arg_min(v.from_story_id, c.place) AS story_id
    FROM store.story_moves AS v JOIN store.story_changes AS c ON c.change_id = v.change_id
    GROUP BY v.article_id
),
told AS ( -- each text in the story that it joined, wherever it was moved later
    SELECT coalesce(o.story_id, m.story_id) AS story_id, m.article_id, a.first_seen_at AS seen_at,
        lag(a.first_seen_at) OVER story AS before, lead(a.first_seen_at) OVER story AS after
    FROM store.story_members AS m
    JOIN store.articles AS a ON a.article_id = m.article_id
    LEFT JOIN first_moves AS o ON o.article_id = m.article_id
    WHERE m.copy_of IS NULL
    WINDOW story AS (PARTITION BY coalesce(o.story_id, m.story_id) ORDER BY a.first_seen_at, m.position)
),
ended AS (SELECT story_id, min(happened_at) AS merged_at FROM store.story_changes WHERE event = 'merged' GROUP BY story_id),
split_off AS (SELECT DISTINCT other_story_id AS story_id FROM store.story_changes WHERE event = 'split'),
lived AS (
    SELECT t.story_id, 'created' AS event, seen_at AS happened_at, t.article_id, 'its first text' AS reason
    FROM told AS t WHERE before IS NULL AND t.story_id NOT IN (FROM split_off)
    UNION ALL
    SELECT story_id, 'continued', seen_at, article_id, 'a new text in a new week'
    FROM told WHERE seen_at - before < dormant_after() AND week_of(seen_at) <> week_of(before)
    UNION ALL
    SELECT story_id, 'resurfaced', seen_at, article_id, format('a new text after {} days', date_diff('day', before, seen_at))
    FROM told WHERE seen_at - before >= dormant_after()
    UNION ALL
    SELECT t.story_id, 'dormant', seen_at + dormant_after(), t.article_id, 'no new text for ten days'
    FROM told AS t LEFT JOIN ended AS e ON e.story_id = t.story_id
    WHERE coalesce(after, last_seen_at()) - seen_at >= dormant_after()
        AND (e.merged_at IS NULL OR e.merged_at >= seen_at + dormant_after())
)
SELECT story_id, event, happened_at, NULL::BIGINT AS other_story_id, article_id, reason, NULL::BIGINT AS correction_id FROM lived
UNION ALL
SELECT story_id, event, happened_at, other_story_id, article_id, reason, correction_id FROM store.story_changes;
COMMENT ON VIEW story_events IS 'The life of every story, merged ones too. Filter happened_at to see it as of a moment.';
COMMENT ON COLUMN story_events.story_id IS 'The story it happened to; for merged the one that ended, for split the one that was left.';
COMMENT ON COLUMN story_events.event IS 'created, continued, dormant, resurfaced, merged or split.';
COMMENT ON COLUMN story_events.happened_at IS 'When, UTC: the time of the article that caused it, or of the correction.';
COMMENT ON COLUMN story_events.other_story_id IS 'For merged and split the story its articles went to; else NULL.';
COMMENT ON COLUMN story_events.article_id IS 'The article it began with; for dormant the last one, for merged the one that fitted both; NULL for corrections.';
COMMENT ON COLUMN story_events.reason IS 'Why, in words.';
COMMENT ON COLUMN story_events.correction_id IS 'The correction that was followed; NULL if none.';

CREATE OR REPLACE VIEW corrections AS
SELECT correction_id, action, story_id, other_story_id, article_ids, made_at, made_by, reason FROM store.corrections;
COMMENT ON VIEW corrections IS 'What analysts ruled about stories, in order; nothing is ever changed here.';
COMMENT ON COLUMN corrections.correction_id IS 'Its number, from 1.';
COMMENT ON COLUMN corrections.action IS 'merge, split or move.';
COMMENT ON COLUMN corrections.story_id IS 'The story that articles were taken from.';
COMMENT ON COLUMN corrections.other_story_id IS 'The story that they went to.';
COMMENT ON COLUMN corrections.article_ids IS 'The articles named; empty for a whole story.';
COMMENT ON COLUMN corrections.made_at IS 'When, UTC.';
COMMENT ON COLUMN corrections.made_by IS 'Who.';
COMMENT ON COLUMN corrections.reason IS 'Why.';

CREATE OR REPLACE VIEW vector_sets AS
SELECT s.model, s.name, s.revision, s.dimension, count(v.article_id) AS vector_count
FROM store.vector_sets AS s LEFT JOIN store.vectors AS v ON v.model = s.model
GROUP BY ALL;
COMMENT ON VIEW vector_sets IS 'One row a model that articles were embedded with; vectors of two sets are never compared.';
COMMENT ON COLUMN vector_sets.model IS 'Name and revision, as store.vectors has them.';
COMMENT ON COLUMN vector_sets.name IS 'The model, and how its weights are kept.';
COMMENT ON COLUMN vector_sets.revision IS 'First twelve hex digits of the SHA-256 of its weights.';
COMMENT ON COLUMN vector_sets.dimension IS 'Numbers a vector.';
COMMENT ON COLUMN vector_sets.vector_count IS 'Articles that have a vector of it.';

CREATE OR REPLACE MACRO counted_articles(as_of) AS TABLE
WITH votes AS ( -- story_desks as it stood then: an article seen later must not move a story to another desk
    SELECT m.story_id, d.desk,
        row_number() OVER (PARTITION BY m.story_id ORDER BY sum(d.score) DESC, d.desk) = 1 AS is_primary
    FROM store.story_members AS m
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= as_of
    JOIN filed_desks(as_of) AS d ON d.article_id = m.article_id AND d.is_primary
    WHERE m.copy_of IS NULL
    GROUP BY m.story_id, d.desk
)
SELECT m.story_id, a.article_id, a.source_id, a.publisher, a.published_at, week_of(a.published_at) AS week,
    m.copy_of IS NOT NULL AS is_copy, d.desk
FROM store.articles AS a
JOIN store.story_members AS m ON m.article_id = a.article_id
JOIN store.classifications AS f ON f.article_id = a.article_id
JOIN votes AS d ON d.story_id = m.story_id AND d.is_primary AND d.desk <> 'off_topic'
JOIN filed_desks(as_of) AS own ON own.article_id = a.article_id AND own.is_primary AND own.desk <> 'off_topic'
WHERE a.date_status = 'ok'
    AND a.set_aside IS NULL
    AND a.first_seen_at <= as_of
    AND f.genre NOT IN ('opinion', 'newsletter', 'vendor');
COMMENT ON MACRO TABLE counted_articles IS 'The articles that count, as known at a moment: on topic, dated, no opinion, newsletter or vendor; each at the desk of its story.';

CREATE OR REPLACE VIEW register_documents AS
SELECT article_id, document_number, type, agencies, effective_on, comments_close_on, dockets, rins, cfr_parts
FROM store.register_documents;
COMMENT ON VIEW register_documents IS 'What the Federal Register says in fields of its own of the articles that are its documents.';
COMMENT ON COLUMN register_documents.article_id IS 'The article.';
COMMENT ON COLUMN register_documents.document_number IS 'Federal Register document number, as 2026-01234.';
COMMENT ON COLUMN register_documents.type IS 'Rule, Proposed Rule, Notice or Presidential Document.';
COMMENT ON COLUMN register_documents.agencies IS 'Names of the issuing agencies, parents included.';
COMMENT ON COLUMN register_documents.effective_on IS 'The day it takes effect; NULL if none is stated.';
COMMENT ON COLUMN register_documents.comments_close_on IS 'The last day for comments; NULL if none is stated.';
COMMENT ON COLUMN register_documents.dockets IS 'Docket numbers.';
COMMENT ON COLUMN register_documents.rins IS 'Regulation identifier numbers, as 0694-AJ60.';
COMMENT ON COLUMN register_documents.cfr_parts IS 'Parts of the Code of Federal Regulations it touches, as 15 CFR 744.';

CREATE OR REPLACE VIEW fetches AS
SELECT fetch_id, source_id, fetched_at, outcome, http_status, entries_new, elapsed_s, entries_updated,
    entries_unchanged, entries_rejected, message, entries_set_aside, entries_duplicate, entries_in_feed, was_conditional,
    validator_lied
FROM store.fetches;
COMMENT ON VIEW fetches IS 'One row a feed and run: what came of asking it.';
COMMENT ON COLUMN fetches.fetch_id IS 'Stable id, made from source and time.';
COMMENT ON COLUMN fetches.source_id IS 'The feed asked.';
COMMENT ON COLUMN fetches.fetched_at IS 'The run''s time, UTC.';
COMMENT ON COLUMN fetches.outcome IS 'Answered: ok, not_modified, unchanged. Not asked: postponed. Failed: http_error, server_error, rate_limited, gone, timeout, dns_temporary, dns_unknown, unreachable, tls_error, bad_response, bad_redirect, forbidden_address, too_large, not_a_feed, parser_stopped.';
COMMENT ON COLUMN fetches.http_status IS 'Status of the last answer; NULL if there was none.';
COMMENT ON COLUMN fetches.entries_new IS 'Entries that became new articles.';
COMMENT ON COLUMN fetches.elapsed_s IS 'Seconds the request took.';
COMMENT ON COLUMN fetches.entries_updated IS 'Entries whose article changed its title, text or stated date.';
COMMENT ON COLUMN fetches.entries_unchanged IS 'Entries known already.';
COMMENT ON COLUMN fetches.entries_rejected IS 'Entries that could not become articles.';
COMMENT ON COLUMN fetches.message IS 'What went wrong, for the person on call; empty if nothing did.';
COMMENT ON COLUMN fetches.entries_set_aside IS 'Of the new, those kept but not counted as a flood.';
COMMENT ON COLUMN fetches.entries_duplicate IS 'Of the unchanged and rejected, those that another feed had brought or that stood twice in this one, when first seen.';
COMMENT ON COLUMN fetches.entries_in_feed IS 'Distinct entries the feed shows after this fetch; NULL before its first good answer.';
COMMENT ON COLUMN fetches.was_conditional IS 'Whether validators were sent, so that the server could answer not_modified.';
COMMENT ON COLUMN fetches.validator_lied IS 'Whether the body had changed though ETag or Last-Modified had not.';

CREATE OR REPLACE MACRO feed_days(as_of) AS TABLE
WITH days AS (
    SELECT source_id, fetched_at::DATE AS day, count(*) AS polls,
        count(*) FILTER (WHERE outcome IN ('ok', 'not_modified', 'unchanged')) AS answers,
        count(*) FILTER (WHERE outcome = 'postponed') AS postponed,
        -- what it showed first that day reached back to what it had shown before, so nothing between the two was missed
        arg_min(outcome <> 'ok' OR entries_unchanged + entries_updated > entries_duplicate, fetched_at)
            FILTER (WHERE outcome IN ('ok', 'not_modified', 'unchanged')) AS caught_up,
        arg_max(outcome, fetched_at) AS last_outcome, arg_max(message, fetched_at) AS last_message,
        arg_max(entries_in_feed, fetched_at) AS entries_in_feed,
        sum(entries_new)::BIGINT AS entries_new, sum(entries_duplicate)::BIGINT AS entries_duplicate,
        sum(entries_rejected)::BIGINT AS entries_rejected, sum(entries_set_aside)::BIGINT AS entries_set_aside,
        bool_or(validator_lied) AS validator_lied
    FROM store.fetches WHERE fetched_at <= as_of GROUP BY ALL
),
history AS ( -- of the days on which it brought something, all up to each day
    SELECT *, max(day) FILTER (WHERE entries_new > 0) OVER so_far AS last_new_on,
        min(day) FILTER (WHERE entries_new > 0) OVER so_far AS first_new_on,
        count(*) FILTER (WHERE entries_new > 0) OVER so_far AS days_with_new,
        NOT bool_or(validator_lied) OVER so_far AS validators_honest,
        day = max(day) OVER (PARTITION BY source_id) AS is_latest
    FROM days WINDOW so_far AS (PARTITION BY source_id ORDER BY day)
)
SELECT h.source_id, h.day,
    CASE
        WHEN h.answers = 0 AND h.postponed = h.polls THEN 'postponed'
        WHEN h.answers = 0 THEN 'failing'
        WHEN h.entries_in_feed = 0 THEN 'empty'
        -- five times its usual pause between new entries, but no sooner than a week and no later than a quarter
        WHEN h.day - coalesce(h.last_new_on, f.first_success_at::DATE)
            > least(greatest(7, 5 * (h.last_new_on - h.first_new_on) / nullif(h.days_with_new - 1, 0)), 90) THEN 'stale'
        ELSE 'up'
    END AS state,
    h.polls, h.answers, coalesce(h.caught_up, FALSE) AS caught_up, h.last_outcome, h.last_message, h.entries_in_feed,
    h.entries_new, h.entries_duplicate, h.entries_rejected, h.entries_set_aside, h.last_new_on, h.validator_lied,
    h.validators_honest, h.is_latest
FROM history AS h
LEFT JOIN store.feed_states AS f ON f.source_id = h.source_id;
COMMENT ON MACRO TABLE feed_days IS 'The view feed_health as known at a moment; caught_up tells that its first answer of the day reached back to what was known, so that nothing since its last answer was missed.';

CREATE OR REPLACE VIEW feed_health AS
WITH undated AS (
    SELECT source_id, first_seen_at::DATE AS day, avg((date_status IN ('missing', 'unparsable'))::INTEGER) AS undated_share
    FROM store.articles GROUP BY ALL
)
SELECT h.source_id, h.day, h.state, h.polls, h.answers, h.last_outcome, h.last_message, h.entries_in_feed, h.entries_new,
    h.entries_duplicate, h.entries_rejected, h.entries_set_aside, u.undated_share, h.last_new_on, h.validator_lied,
    h.validators_honest, CASE WHEN h.is_latest THEN f.next_attempt_at END AS next_attempt_at, h.caught_up
FROM feed_days('infinity'::TIMESTAMP) AS h
LEFT JOIN undated AS u ON u.source_id = h.source_id AND u.day = h.day
LEFT JOIN store.feed_states AS f ON f.source_id = h.source_id;
COMMENT ON VIEW feed_health IS 'One row a feed and day on which it was to be asked: was it up, and what was its word worth.';
COMMENT ON COLUMN feed_health.source_id IS 'The feed.';
COMMENT ON COLUMN feed_health.day IS 'The day, UTC.';
COMMENT ON COLUMN feed_health.state IS 'up; empty: answers but shows no entry; stale: answers but brought nothing new for far longer than usual; failing: never answered that day; postponed: not asked because its server wanted a pause.';
COMMENT ON COLUMN feed_health.polls IS 'Times it was to be asked.';
COMMENT ON COLUMN feed_health.answers IS 'Times it answered as a feed should.';
COMMENT ON COLUMN feed_health.last_outcome IS 'How the day''s last fetch ended; see fetches.outcome.';
COMMENT ON COLUMN feed_health.last_message IS 'What went wrong then; empty if nothing did.';
COMMENT ON COLUMN feed_health.entries_in_feed IS 'Distinct entries it showed at the end of the day.';
COMMENT ON COLUMN feed_health.entries_new IS 'Entries that became new articles.';
COMMENT ON COLUMN feed_health.entries_duplicate IS 'Entries that stood elsewhere already.';
COMMENT ON COLUMN feed_health.entries_rejected IS 'Entries that could not become articles.';
COMMENT ON COLUMN feed_health.entries_set_aside IS 'Entries set aside as a flood.';
COMMENT ON COLUMN feed_health.undated_share IS 'Share of the day''s new articles without a readable date, 0 to 1; NULL if there was none new.';
COMMENT ON COLUMN feed_health.last_new_on IS 'The last day up to this one on which it brought something new.';
COMMENT ON COLUMN feed_health.validator_lied IS 'Whether that day its body changed though ETag or Last-Modified had not.';
COMMENT ON COLUMN feed_health.validators_honest IS 'Whether that never happened up to this day, so that its not_modified can be trusted.';
COMMENT ON COLUMN feed_health.next_attempt_at IS 'When it is due again, UTC; only on its latest day.';
COMMENT ON COLUMN feed_health.caught_up IS 'Whether its first answer of the day still showed something known before: then nothing since its last answer was missed.';

CREATE OR REPLACE VIEW feeds AS
SELECT s.source_id, s.name, s.publisher, coalesce(f.moved_to, s.url) AS url, h.state, h.day AS state_on, h.last_outcome,
    h.last_message, f.failing_since, f.retired, f.failures, h.last_new_on, f.entries_per_day, h.entries_in_feed,
    f.validators_honest, f.moved_to, f.interval_s, f.first_success_at, f.last_success_at, f.next_attempt_at
FROM store.sources AS s
JOIN store.feed_states AS f ON f.source_id = s.source_id
LEFT JOIN feed_health AS h ON h.source_id = s.source_id
QUALIFY row_number() OVER (PARTITION BY s.source_id ORDER BY h.day DESC NULLS LAST) = 1;
COMMENT ON VIEW feeds IS 'One row a feed that was ever asked: how it stands now.';
COMMENT ON COLUMN feeds.source_id IS 'Stable id from the catalog.';
COMMENT ON COLUMN feeds.name IS 'Name of the feed.';
COMMENT ON COLUMN feeds.publisher IS 'Publisher family.';
COMMENT ON COLUMN feeds.url IS 'Where it is asked: the catalog''s address, or where it has moved for good.';
COMMENT ON COLUMN feeds.state IS 'up, empty, stale, failing or postponed on the last day it was to be asked; see feed_health.';
COMMENT ON COLUMN feeds.state_on IS 'That day, UTC.';
COMMENT ON COLUMN feeds.last_outcome IS 'How its last fetch ended; see fetches.outcome.';
COMMENT ON COLUMN feeds.last_message IS 'What went wrong then; empty if nothing did.';
COMMENT ON COLUMN feeds.failing_since IS 'Its first failure since it last answered, UTC; NULL if it answers.';
COMMENT ON COLUMN feeds.retired IS 'Whether its server said it is gone for good (HTTP 410); it is still asked monthly.';
COMMENT ON COLUMN feeds.failures IS 'Failures in a row.';
COMMENT ON COLUMN feeds.last_new_on IS 'The last day on which it brought something new.';
COMMENT ON COLUMN feeds.entries_per_day IS 'New entries a day, lately.';
COMMENT ON COLUMN feeds.entries_in_feed IS 'Entries it shows.';
COMMENT ON COLUMN feeds.validators_honest IS 'Whether its not_modified can be trusted: false once its body changed under an unchanged ETag or Last-Modified.';
COMMENT ON COLUMN feeds.moved_to IS 'Where permanent redirects led often enough to be believed; NULL if it stands where the catalog says.';
COMMENT ON COLUMN feeds.interval_s IS 'Seconds between two polls, as things go well; adapts to how much of the feed is new.';
COMMENT ON COLUMN feeds.first_success_at IS 'When it first answered, UTC.';
COMMENT ON COLUMN feeds.last_success_at IS 'When it last answered, UTC.';
COMMENT ON COLUMN feeds.next_attempt_at IS 'When it is due again, UTC.';

CREATE OR REPLACE VIEW issues AS
SELECT week, watermark, generated_at, article_count, story_count, content_hash,
    watermark = max(watermark) OVER (PARTITION BY week) AS is_latest
FROM store.issues;
COMMENT ON VIEW issues IS 'One row an issue of the weekly digest as it was made: a week may have several, each with its data cut-off.';
COMMENT ON COLUMN issues.week IS 'ISO week it covers, as 2026-W33.';
COMMENT ON COLUMN issues.watermark IS 'Data cut-off: nothing first seen later is in it, UTC.';
COMMENT ON COLUMN issues.generated_at IS 'When the issue as it stands was made, UTC.';
COMMENT ON COLUMN issues.article_count IS 'Articles counted in the week, as known then.';
COMMENT ON COLUMN issues.story_count IS 'Stories counted in the week, as known then.';
COMMENT ON COLUMN issues.content_hash IS 'Hash of all it prints: the same data and configuration give the same.';
COMMENT ON COLUMN issues.is_latest IS 'Whether no issue of the week has a later cut-off.';

CREATE OR REPLACE VIEW issue_desks AS
SELECT week, watermark, desk, story_count FROM store.issue_desks;
COMMENT ON VIEW issue_desks IS 'What each issue counted at each desk: the later issue restates it.';
COMMENT ON COLUMN issue_desks.week IS 'ISO week of the issue.';
COMMENT ON COLUMN issue_desks.watermark IS 'Data cut-off of the issue, UTC.';
COMMENT ON COLUMN issue_desks.desk IS 'The desk.';
COMMENT ON COLUMN issue_desks.story_count IS 'Stories counted there.';

CREATE OR REPLACE VIEW digests AS
SELECT week, generated_at, watermark, article_count, story_count FROM issues WHERE is_latest;
COMMENT ON VIEW digests IS 'One row a week that has an issue: the one with the latest data cut-off.';
COMMENT ON COLUMN digests.week IS 'ISO week it covers, as 2026-W33.';
COMMENT ON COLUMN digests.generated_at IS 'When the issue as it stands was made, UTC.';
COMMENT ON COLUMN digests.watermark IS 'Data cut-off: nothing first seen later is in it, UTC.';
COMMENT ON COLUMN digests.article_count IS 'Articles counted in the week.';
COMMENT ON COLUMN digests.story_count IS 'Stories counted in the week.';

CREATE OR REPLACE VIEW embeddings AS
SELECT article_id, model, len(vector) AS dimensions, vector FROM store.vectors;
COMMENT ON VIEW embeddings IS 'One row an article and model: the vector of its title and text. Never compare vectors of two models.';
COMMENT ON COLUMN embeddings.article_id IS 'The article.';
COMMENT ON COLUMN embeddings.model IS 'Name and version of the model.';
COMMENT ON COLUMN embeddings.dimensions IS 'Length of the vector.';
COMMENT ON COLUMN embeddings.vector IS 'The vector, of length 1. Cast it to FLOAT[384] (its dimensions) for array functions.';

CREATE OR REPLACE MACRO "similar"(of_article, k) AS TABLE
WITH own AS (
    SELECT v.model, v.vector FROM store.vectors AS v
    WHERE v.article_id = of_article
    ORDER BY (SELECT count(*) FROM store.vectors AS all_of WHERE all_of.model = v.model) DESC, v.model
    LIMIT 1
),
nearest AS (
    SELECT v.article_id, list_cosine_similarity(v.vector, own.vector) AS similarity
    FROM store.vectors AS v JOIN own ON own.model = v.model
    WHERE v.article_id <> of_article
    ORDER BY similarity DESC, v.article_id LIMIT k
)
SELECT n.article_id, n.similarity, a.title, a.publisher, a.published_at
FROM nearest AS n JOIN store.articles AS a ON a.article_id = n.article_id
ORDER BY n.similarity DESC, n.article_id;
COMMENT ON MACRO TABLE "similar" IS 'The k articles nearest in meaning to an article, nearest first, by the model that has most vectors; similarity is the cosine.';

CREATE OR REPLACE MACRO stories_in(in_week, at_desk) AS TABLE
SELECT c.story_id, any_value(s.title) AS title, count(*) AS article_count, count(*) FILTER (WHERE NOT c.is_copy) AS text_count,
    count(DISTINCT c.publisher) AS publisher_count, min(c.published_at) AS first_published_at,
    any_value(week_of(s.first_published_at) = in_week) AS is_new
FROM counted_articles('infinity'::TIMESTAMP) AS c
JOIN stories AS s ON s.story_id = c.story_id
WHERE c.week = in_week AND c.desk = at_desk
GROUP BY c.story_id
ORDER BY publisher_count DESC, article_count DESC, c.story_id;
COMMENT ON MACRO TABLE stories_in IS 'The stories of an ISO week at a desk as the digest counts them, the most widely told first; counts are of that week, is_new if no trusted date of the story is earlier.';

-- Trends: which feeds were watched, what is counted by week, and the comparisons made of it.

CREATE OR REPLACE MACRO feed_weeks(weeks, as_of) AS TABLE
WITH asked AS (
    SELECT source_id, min(fetched_at)::DATE AS since FROM store.fetches WHERE fetched_at <= as_of GROUP BY source_id
),
archived AS ( -- what was imported has no fetch log: an archive was heard on the days of its articles, up to its end
    SELECT a.source_id, a.first_seen_at::DATE AS day, f.since IS NULL AS is_never_asked
    FROM store.articles AS a LEFT JOIN asked AS f ON f.source_id = a.source_id
    WHERE a.first_seen_at <= as_of AND (f.since IS NULL OR a.first_seen_at < f.since)
    GROUP BY ALL
),
heard AS (
    SELECT source_id, day, caught_up, FALSE AS is_archive FROM feed_days(as_of)
    WHERE state IN ('up', 'stale') -- a silence that ended was no fault; one that lasts may be
    QUALIFY day <= max(day) FILTER (state = 'up') OVER (PARTITION BY source_id)
    UNION
    SELECT source_id, day, TRUE, TRUE FROM archived
    UNION
    SELECT DISTINCT source_id, (SELECT max(day) FROM archived WHERE is_never_asked), TRUE, TRUE FROM archived WHERE is_never_asked
),
spans AS ( -- an entry pinned for ever would let a feed catch up with any outage, so none is believed for more than a week
    SELECT source_id, day AS until,
        CASE WHEN caught_up
            THEN greatest(coalesce(lag(day) OVER (PARTITION BY source_id ORDER BY day) + 1, day), CASE WHEN NOT is_archive THEN day - 7 END)
            ELSE day
        END AS since
    FROM heard
),
mondays AS (SELECT week, strptime(week || '-1', '%G-W%V-%u')::DATE AS monday FROM (SELECT unnest(weeks) AS week))
SELECT s.source_id, m.week, sum(least(s.until, m.monday + 6) - greatest(s.since, m.monday) + 1)::INTEGER AS days
FROM spans AS s JOIN mondays AS m ON s.since <= m.monday + 6 AND s.until >= m.monday
GROUP BY s.source_id, m.week;
COMMENT ON MACRO TABLE feed_weeks IS 'On how many days of each of some weeks we saw what a feed published, as known at a moment: days on which it was up, and up to seven before that its next answer caught up with. At most 7; no row if none.';

CREATE OR REPLACE MACRO watched_days() AS 6;
COMMENT ON MACRO watched_days IS 'Days of a week of which we must have seen what a feed published, for it to be watched in that week.';

CREATE OR REPLACE MACRO series_articles(as_of) AS TABLE
WITH counted AS MATERIALIZED (SELECT story_id, source_id, publisher, week, desk FROM counted_articles(as_of)),
texts AS MATERIALIZED ( -- as story_topics and its like have it, but of the texts that had been seen by then
    SELECT m.story_id, m.article_id, count(*) OVER (PARTITION BY m.story_id) AS story_texts
    FROM store.story_members AS m
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= as_of
    WHERE m.copy_of IS NULL AND m.story_id IN (SELECT story_id FROM counted)
),
filed AS MATERIALIZED (FROM filed_desks(as_of) WHERE article_id IN (SELECT article_id FROM texts)),
on_topic AS (
    SELECT t.story_id, t.article_id, t.story_texts FROM texts AS t
    JOIN filed AS f ON f.article_id = t.article_id AND f.is_primary AND f.desk <> 'off_topic'
),
tagged AS (
    SELECT t.story_id, 'topic' AS kind, v.desk, v.topic AS key, v.topic AS name
    FROM texts AS t
    JOIN store.article_topics AS v ON v.article_id = t.article_id
    JOIN filed AS f ON f.article_id = t.article_id AND f.desk = v.desk
    GROUP BY t.story_id, t.story_texts, v.desk, v.topic HAVING count(*) * 3 >= t.story_texts
    UNION ALL
    SELECT t.story_id, 'theme', NULL, v.theme, v.theme
    FROM on_topic AS t JOIN store.article_themes AS v ON v.article_id = t.article_id
    GROUP BY t.story_id, t.story_texts, v.theme HAVING count(*) * 3 >= t.story_texts
    UNION ALL
    SELECT t.story_id, 'entity', NULL, v.entity_id, min(v.name)
    FROM texts AS t JOIN store.article_entities AS v ON v.article_id = t.article_id
    GROUP BY t.story_id, t.story_texts, v.entity_id HAVING count(*) * 3 >= t.story_texts
    UNION ALL
    SELECT t.story_id, 'act_share', NULL, NULL, NULL
    FROM on_topic AS t
    JOIN store.article_facets AS v ON v.article_id = t.article_id AND v.facet = 'act' AND v.value <> 'statement'
    GROUP BY t.story_id, t.story_texts HAVING count(*) * 3 >= t.story_texts
)
SELECT 'desk' AS kind, desk, desk AS key, desk AS name, week, story_id, source_id, publisher FROM counted
UNION ALL
SELECT t.kind, CASE WHEN t.kind IN ('topic', 'act_share') THEN c.desk END, coalesce(t.key, c.desk), coalesce(t.name, c.desk),
    c.week, c.story_id, c.source_id, c.publisher
FROM tagged AS t JOIN counted AS c ON c.story_id = t.story_id AND (t.kind <> 'topic' OR t.desk = c.desk);
COMMENT ON MACRO TABLE series_articles IS 'The counted articles as known at a moment, once for each series they count in: the desk of their story, its topics at that desk, its themes and entities, and act_share if it tells of an act and not only of statements.';

CREATE OR REPLACE MACRO weekly_counts(as_of) AS TABLE
SELECT kind, desk, key, min(name) AS name, week, count(DISTINCT story_id) AS stories, count(DISTINCT publisher) AS publishers,
    count(*) AS articles,
    CASE kind WHEN 'act_share' THEN max(count(DISTINCT story_id)) FILTER (kind = 'desk') OVER (PARTITION BY desk, week) END AS out_of
FROM series_articles(as_of)
GROUP BY kind, desk, key, week;
COMMENT ON MACRO TABLE weekly_counts IS 'The view weekly_series as known at a moment.';

CREATE OR REPLACE VIEW weekly_series AS
SELECT kind, desk, key, name, week, stories, publishers, articles, out_of FROM weekly_counts('infinity'::TIMESTAMP);
COMMENT ON VIEW weekly_series IS 'Stories a week of every desk, topic, theme and entity, and how many of a desk''s tell of acts; no row for a week without any.';
COMMENT ON COLUMN weekly_series.kind IS 'desk, topic, theme, entity or act_share.';
COMMENT ON COLUMN weekly_series.desk IS 'The desk of a desk, topic or act_share; NULL for themes and entities, which are counted across desks.';
COMMENT ON COLUMN weekly_series.key IS 'The desk, topic, theme or entity id; for act_share the desk.';
COMMENT ON COLUMN weekly_series.name IS 'Name of an entity as shown; else the key.';
COMMENT ON COLUMN weekly_series.week IS 'ISO week in which the stories'' articles were published.';
COMMENT ON COLUMN weekly_series.stories IS 'Stories with a counted article in the week; for act_share those that tell of an act.';
COMMENT ON COLUMN weekly_series.publishers IS 'Publisher families that tell them.';
COMMENT ON COLUMN weekly_series.articles IS 'Their articles of the week, copies included.';
COMMENT ON COLUMN weekly_series.out_of IS 'For act_share all stories of the desk in the week; else NULL.';

CREATE OR REPLACE MACRO panel_counts(weeks, steady, panel, as_of) AS TABLE
SELECT kind, desk, key, min(name) AS name, week, count(DISTINCT story_id) AS stories, count(DISTINCT publisher) AS publishers,
    count(DISTINCT story_id) FILTER (source_id IN (SELECT unnest(panel))) AS panel_stories,
    count(DISTINCT story_id) FILTER (source_id IN (SELECT unnest(steady))) AS steady_stories
FROM series_articles(as_of)
WHERE list_contains(weeks, week)
GROUP BY kind, desk, key, week;
COMMENT ON MACRO TABLE panel_counts IS 'What a trend claim counts, for feeds that are given: see trend_counts, which finds them.';

CREATE OR REPLACE MACRO panel_feeds(compared, as_of) AS TABLE
SELECT source_id, count(*) = len(compared) AS in_panel
FROM feed_weeks(compared, as_of) WHERE days >= watched_days()
GROUP BY source_id HAVING count(*) FILTER (week <> compared[-1]) = len(compared) - 1;
COMMENT ON MACRO TABLE panel_feeds IS 'The feeds watched in all of the compared weeks but perhaps the last, which is the week in question; in_panel if in that too.';

CREATE OR REPLACE MACRO trend_counts(compared, as_of) AS TABLE
FROM panel_counts(
    compared,
    (SELECT coalesce(list(source_id), []) FROM panel_feeds(compared, as_of)),
    (SELECT coalesce(list(source_id) FILTER (in_panel), []) FROM panel_feeds(compared, as_of)),
    as_of
);
COMMENT ON MACRO TABLE trend_counts IS 'What a trend claim counts: by series and week the stories and publishers, the stories told by the panel (feeds watched in all the compared weeks, the last of which is the week in question) and by the steady feeds (watched in all of them but perhaps the last).';

CREATE OR REPLACE VIEW trend_tests AS
SELECT test_id, as_of, week, kind, desk, key, name, stories, out_of, publishers, baseline_weeks, baseline, baseline_out_of, history,
    panel_history, panel_stories, panel_out_of, panel_baseline, panel_baseline_out_of, ratio, low, high, p, q, tested, dispersion, coverage,
    panel_ratio, panel_p, verdict, reason, first_before, method
FROM store.trend_tests;
COMMENT ON VIEW trend_tests IS 'The trend ledger: one comparison of a week with its baseline, as it was made. A trend sentence of the digest names its row.';
COMMENT ON COLUMN trend_tests.test_id IS 'Short id as printed, made from week and series; the same claim made again later keeps it.';
COMMENT ON COLUMN trend_tests.as_of IS 'Data cut-off, UTC: nothing first seen later was counted.';
COMMENT ON COLUMN trend_tests.week IS 'ISO week that is compared.';
COMMENT ON COLUMN trend_tests.kind IS 'desk, topic, theme, entity or act_share.';
COMMENT ON COLUMN trend_tests.desk IS 'As in weekly_series.';
COMMENT ON COLUMN trend_tests.key IS 'As in weekly_series.';
COMMENT ON COLUMN trend_tests.name IS 'Readable name of the series.';
COMMENT ON COLUMN trend_tests.stories IS 'Stories of the week.';
COMMENT ON COLUMN trend_tests.out_of IS 'For act_share all stories of the desk in the week; else NULL.';
COMMENT ON COLUMN trend_tests.publishers IS 'Publisher families that tell them.';
COMMENT ON COLUMN trend_tests.baseline_weeks IS 'The weeks compared with, oldest first: the latest eight in which most feeds were watched, none of them before a break.';
COMMENT ON COLUMN trend_tests.baseline IS 'Stories of those weeks.';
COMMENT ON COLUMN trend_tests.baseline_out_of IS 'For act_share all stories of the desk in those weeks; else empty.';
COMMENT ON COLUMN trend_tests.history IS 'Stories of the last thirteen weeks, oldest first, this one included; NULL where no feed was watched.';
COMMENT ON COLUMN trend_tests.panel_history IS 'Of those the stories told by the panel.';
COMMENT ON COLUMN trend_tests.panel_stories IS 'Stories of the week told by the panel: feeds watched in the week and in all of the baseline.';
COMMENT ON COLUMN trend_tests.panel_out_of IS 'For act_share all stories of the desk told by the panel in the week; else NULL.';
COMMENT ON COLUMN trend_tests.panel_baseline IS 'Stories of the baseline weeks told by the panel.';
COMMENT ON COLUMN trend_tests.panel_baseline_out_of IS 'For act_share all stories of the desk told by the panel in those weeks; else empty.';
COMMENT ON COLUMN trend_tests.ratio IS 'The week over the mean week of the baseline; for act_share the odds of an act over those of the baseline. NULL against nothing.';
COMMENT ON COLUMN trend_tests.low IS 'Lower bound of the 95 % interval of the ratio.';
COMMENT ON COLUMN trend_tests.high IS 'Upper bound; NULL if there is none.';
COMMENT ON COLUMN trend_tests.p IS 'Two-sided p-value of no change, allowing for the dispersion.';
COMMENT ON COLUMN trend_tests.q IS 'The same, adjusted for all series tested that week (Benjamini-Hochberg); 1 if it was not tested.';
COMMENT ON COLUMN trend_tests.tested IS 'How many series shared the adjustment.';
COMMENT ON COLUMN trend_tests.dispersion IS 'How much more than chance alone the series varies from week to week: variance over mean, 1 or more.';
COMMENT ON COLUMN trend_tests.coverage IS 'How much of the baseline''s steady feeds was watched this week, 0 to 1: by feeds or by the stories they told, whichever is less.';
COMMENT ON COLUMN trend_tests.panel_ratio IS 'The ratio as the panel alone has it; NULL against nothing.';
COMMENT ON COLUMN trend_tests.panel_p IS 'The p-value as the panel alone has it.';
COMMENT ON COLUMN trend_tests.verdict IS 'risen, fallen, possibly_risen, possibly_fallen, no_measurable_change, first_seen, baseline_forming or withheld.';
COMMENT ON COLUMN trend_tests.reason IS 'Why that and no other, in words.';
COMMENT ON COLUMN trend_tests.first_before IS 'For first_seen the last earlier week with a story; NULL if there is none.';
COMMENT ON COLUMN trend_tests.method IS 'Version of the method.';

-- Sending
CREATE OR REPLACE VIEW sends AS
SELECT week, edition, channel, recipient_key, recipient, status, is_permanent, message_id, attempts, claimed_at, finished_at, detail
FROM store.deliveries;
COMMENT ON VIEW sends IS 'One row an edition of an issue and recipient it was handed to.';
COMMENT ON COLUMN sends.week IS 'ISO week of the issue.';
COMMENT ON COLUMN sends.edition IS 'First twelve hex digits of the SHA-256 of what was sent: an issue made anew with other content is another edition.';
COMMENT ON COLUMN sends.channel IS 'email or chat.';
COMMENT ON COLUMN sends.recipient_key IS 'Hash of the address, which is not kept.';
COMMENT ON COLUMN sends.recipient IS 'The address masked, for a person to recognise.';
COMMENT ON COLUMN sends.status IS 'claimed: being handed over; sent: the server took it; failed: it surely did not; unknown: it may have, for the run or the connection died before its answer.';
COMMENT ON COLUMN sends.is_permanent IS 'Whether the server said of a failed one that trying again is no use.';
COMMENT ON COLUMN sends.message_id IS 'Message-ID of the mail, the same whenever this edition goes to this recipient; empty for chat.';
COMMENT ON COLUMN sends.attempts IS 'Times it was claimed.';
COMMENT ON COLUMN sends.claimed_at IS 'When it was last claimed, UTC; when it failed if it never was.';
COMMENT ON COLUMN sends.finished_at IS 'When its result was recorded, UTC; NULL while there is none.';
COMMENT ON COLUMN sends.detail IS 'What the server said, or what went wrong.';
-- Operation: runs and the changes of the configuration.
CREATE OR REPLACE VIEW runs AS
SELECT run_id, flow, run_key, state, started_at, heartbeat_at, ended_at, outcome, host, pid FROM store.runs;
COMMENT ON VIEW runs IS 'One row a run of a flow that ended; what runs now is named by the lease beside the live file.';
COMMENT ON COLUMN runs.run_id IS 'Stable id of the run.';
COMMENT ON COLUMN runs.flow IS 'ingest, backfill, enrich, publish, digest, maintain, backup or restore. What only reads, as the site, or has a ledger of its own, as sending, is not here.';
COMMENT ON COLUMN runs.run_key IS 'What the run was for: an hour as 2026-08-17T06, a moment for a run by hand, an ISO week for a digest.';
COMMENT ON COLUMN runs.state IS 'done, failed or killed.';
COMMENT ON COLUMN runs.started_at IS 'When it started, UTC.';
COMMENT ON COLUMN runs.heartbeat_at IS 'Its last sign of life, UTC.';
COMMENT ON COLUMN runs.ended_at IS 'When it ended, UTC; of a killed run its last sign of life.';
COMMENT ON COLUMN runs.outcome IS 'What came of it, or the error, in a line.';
COMMENT ON COLUMN runs.host IS 'Host it ran on.';
COMMENT ON COLUMN runs.pid IS 'Process it ran in.';

CREATE OR REPLACE VIEW config_changes AS
SELECT change_id, changed_at, kind, value_before, value_after, detail,
    value_before IS NOT NULL AND kind = 'model' AS is_break
FROM store.config_changes;
COMMENT ON VIEW config_changes IS 'One row a change of what makes the numbers: the model, the filing, the feed list.';
COMMENT ON COLUMN config_changes.change_id IS 'Stable id of the change.';
COMMENT ON COLUMN config_changes.changed_at IS 'From when it holds, UTC.';
COMMENT ON COLUMN config_changes.kind IS 'model, filing or catalog.';
COMMENT ON COLUMN config_changes.value_before IS 'What held before; NULL for the first entry of a kind.';
COMMENT ON COLUMN config_changes.value_after IS 'What holds from then on.';
COMMENT ON COLUMN config_changes.detail IS 'What changed, in words: the feeds that came and went, say.';
COMMENT ON COLUMN config_changes.is_break IS 'Whether nothing is compared across it: another model. Another filing files every article anew; of another feed list only the feeds on both are compared, and so many new ones that it is another list are a break of their own.';
-- Search: words become terms in one place, here, for the index as for the question.
-- What parts words is listed, rather than what makes them: the classes of letters take RE2 5 ms a query to compile, this 0.4.
CREATE OR REPLACE MACRO search_words(content) AS regexp_extract_all(
    content,
    '(?:[A-Za-z]\.){2,}|\p{Han}|[^\x00-/:-@\[-`{-\x{BF}\x{D7}\x{F7}\x{2000}-\x{303F}\x{FE00}-\x{FF0F}\x{1F000}-\x{1FAFF}\p{Han}]+'
);
COMMENT ON MACRO search_words IS 'The words of a text in order: runs of letters and digits, U.S. as one, every Chinese character by itself.';

CREATE OR REPLACE MACRO search_fold(word) AS lower(strip_accents(replace(word, '.', '')));
COMMENT ON MACRO search_fold IS 'A word without case, accents and full stops.';

CREATE OR REPLACE MACRO search_singular(word) AS CASE
    WHEN length(word) < 4 OR NOT suffix(word, 's') THEN word
    WHEN suffix(word, 'ies') AND NOT suffix(word, 'eies') AND NOT suffix(word, 'aies') THEN left(word, length(word) - 3) || 'y'
    WHEN suffix(word, 'us') OR suffix(word, 'ss') OR suffix(word, 'aes') OR suffix(word, 'ees') OR suffix(word, 'oes') THEN word
    ELSE left(word, length(word) - 1)
END;
COMMENT ON MACRO search_singular IS 'A folded word without its plural s, by Harman''s S stemmer (How effective is suffixing?, JASIS 42, 1991).';

CREATE OR REPLACE MACRO search_terms(content) AS list_transform(
    list_transform(search_words(content), lambda word: search_fold(word)), lambda folded: search_singular(folded)
);
COMMENT ON MACRO search_terms IS 'The terms under which the words of a text are indexed and looked up, in order.';

CREATE OR REPLACE MACRO search_stop_words() AS
    ['a', 'an', 'and', 'are', 'as', 'at', 'be', 'been', 'but', 'by', 'for', 'from', 'had', 'has', 'have', 'in', 'into', 'is', 'it',
     'its', 'of', 'on', 'or', 's', 'than', 'that', 'the', 'their', 'these', 'they', 'thi', 'to', 'was', 'we', 'were', 'which',
     'will', 'with'];
COMMENT ON MACRO search_stop_words IS 'Terms (this is thi) that are not indexed: they stand in every text. Their places are counted.';

CREATE OR REPLACE VIEW search_documents AS SELECT doc, article_id FROM store.search_documents;
COMMENT ON VIEW search_documents IS 'One row an indexed article: the number it has in search_postings.';
COMMENT ON COLUMN search_documents.doc IS 'Its number there; another one once its text has changed.';
COMMENT ON COLUMN search_documents.article_id IS 'The article.';

CREATE OR REPLACE VIEW search_postings AS
SELECT p.term, m.doc, m.weight / 100 AS weight, m.places
FROM store.search_postings AS p, LATERAL (SELECT unnest(p.docs) AS doc, unnest(p.weights) AS weight, unnest(p.places) AS places) AS m
WHERE m.doc NOT IN (SELECT doc FROM store.search_deleted);
COMMENT ON VIEW search_postings IS 'One row a term and article that has it: the inverted index. Ask for one term or a few.';
COMMENT ON COLUMN search_postings.term IS 'A term as search_terms makes it, or @ and the id of an entity that the article names.';
COMMENT ON COLUMN search_postings.doc IS 'The article''s number in search_documents.';
COMMENT ON COLUMN search_postings.weight IS 'How often, weighed by field and by the length of the field: the wtf of BM25F (Robertson, Zaragoza and Taylor, CIKM 2004).';
COMMENT ON COLUMN search_postings.places IS 'Where: the title from 0, the summary from 200, the text from 1000 on, a place a word; empty for entities.';

CREATE OR REPLACE MACRO search_ranked(wanted) AS TABLE
WITH asked AS (SELECT unnest(wanted::STRUCT(term VARCHAR, factor DOUBLE)[], max_depth := 2)),
found AS (
    SELECT p.term, a.factor, p.documents, p.docs, p.weights
    FROM store.search_postings AS p JOIN asked AS a ON a.term = p.term
),
rarity AS ( -- idf as in Lucene's BM25: never negative
    SELECT term, factor * ln(1 + (n - least(df, n) + 0.5) / (df + 0.5)) AS idf
    FROM (SELECT term, any_value(factor) AS factor, sum(documents) AS df FROM found GROUP BY term),
        (SELECT count(*) AS n FROM store.search_documents)
),
matches AS (SELECT term, unnest(docs) AS doc, unnest(weights) / 100 AS weight FROM found)
SELECT m.doc, sum(r.idf * m.weight / (0.6 + m.weight)) AS score
FROM matches AS m JOIN rarity AS r ON r.term = m.term
WHERE m.doc NOT IN (SELECT doc FROM store.search_deleted)
GROUP BY m.doc;
COMMENT ON MACRO TABLE search_ranked IS 'The BM25F score of every document with any of the terms in a list of {term, factor}; no order.';

CREATE OR REPLACE MACRO search_phrase(parts, low, high) AS TABLE
WITH asked AS (SELECT unnest(parts::STRUCT(term VARCHAR, place INTEGER)[], max_depth := 2)),
found AS (
    SELECT a.place, unnest(p.docs) AS doc, unnest(p.places) AS places
    FROM store.search_postings AS p JOIN asked AS a ON a.term = p.term
),
starts AS (SELECT doc, unnest(places)::INTEGER - place AS start FROM found)
SELECT DISTINCT doc FROM starts
WHERE start BETWEEN low AND high GROUP BY doc, start HAVING count(*) = (SELECT count(*) FROM asked);
COMMENT ON MACRO TABLE search_phrase IS 'The documents in which the parts, a list of {term, place}, stand so to each other, beginning between two places (title: 0 to 199).';

CREATE OR REPLACE MACRO search(query, k) AS TABLE
WITH best AS (
    SELECT doc, score FROM search_ranked([
        {'term': term, 'factor': 1.0} for term in list_distinct(search_terms(query)) if term NOT IN search_stop_words()
    ])
    ORDER BY score DESC, doc LIMIT k
)
SELECT a.article_id, r.score, a.title, a.publisher, a.published_at, m.story_id
FROM best AS r
JOIN store.search_documents AS d ON d.doc = r.doc
JOIN store.articles AS a ON a.article_id = d.article_id
LEFT JOIN store.story_members AS m ON m.article_id = a.article_id
ORDER BY r.score DESC, a.article_id;
COMMENT ON MACRO TABLE search IS 'The k articles with the words of a query in title, summary or text, best first by BM25F. Phrases, filters, typos and meaning: `watchfloor search`.';

CREATE OR REPLACE MACRO cooccurrence(entity, since) AS TABLE
WITH named AS (
    SELECT e.article_id, m.story_id
    FROM store.article_entities AS e
    JOIN store.articles AS a ON a.article_id = e.article_id
    LEFT JOIN store.story_members AS m ON m.article_id = e.article_id
    WHERE e.entity_id = entity AND coalesce(a.published_at, a.first_seen_at) >= since::TIMESTAMP
)
SELECT o.entity_id, any_value(o.name) AS name, any_value(o.kind) AS kind, count(*) AS articles,
    count(DISTINCT n.story_id) AS stories, count(*) / (SELECT count(*) FROM named) AS share
FROM named AS n
JOIN store.article_entities AS o ON o.article_id = n.article_id AND o.entity_id <> entity
GROUP BY o.entity_id ORDER BY stories DESC, articles DESC, o.entity_id;
COMMENT ON MACRO TABLE cooccurrence IS 'The entities that articles since a day name beside an entity, in most stories first; share is of the articles that name it.';
