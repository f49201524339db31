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
    a.first_seen_at, a.date_status, a.updated_at
FROM store.articles AS a
LEFT JOIN store.filings AS f ON f.article_id = a.article_id;
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

CREATE OR REPLACE VIEW article_desks AS
SELECT article_id, desk, score, is_primary, reasons FROM store.article_desks;
COMMENT ON VIEW article_desks IS 'The desks an article is filed to; off_topic articles have one row that says so.';
COMMENT ON COLUMN article_desks.article_id IS 'The article.';
COMMENT ON COLUMN article_desks.desk IS 'export_controls, arms_race, regulation or off_topic.';
COMMENT ON COLUMN article_desks.score IS 'How sure the filing is, 0 to 1.';
COMMENT ON COLUMN article_desks.is_primary IS 'Whether this is the one desk the article is counted at.';
COMMENT ON COLUMN article_desks.reasons IS 'The cues and rules that led here, strongest first.';

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
JOIN store.article_desks AS d ON d.article_id = m.article_id AND d.is_primary
WHERE m.copy_of IS NULL
GROUP BY m.story_id, d.desk;
COMMENT ON VIEW story_desks IS 'How the texts of a story vote on its desk.';
COMMENT ON COLUMN story_desks.story_id IS 'The story.';
COMMENT ON COLUMN story_desks.desk IS 'A primary desk of at least one of its texts.';
COMMENT ON COLUMN story_desks.votes IS 'Sum of the scores of the texts filed there; copies have no vote.';
COMMENT ON COLUMN story_desks.is_primary IS 'Whether it won the vote.';

CREATE OR REPLACE MACRO quiet_after() AS INTERVAL 10 DAY;
COMMENT ON MACRO quiet_after IS 'How long a story has no new text before it is dormant: a week, and some days for collecting late.';

CREATE OR REPLACE MACRO heard_until() AS (SELECT max(first_seen_at) FROM store.articles);
COMMENT ON MACRO heard_until IS 'When the warehouse last saw a new article, UTC: the present, as far as stories are concerned.';

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
    CASE WHEN max(a.first_seen_at) FILTER (WHERE m.copy_of IS NULL) + quiet_after() <= heard_until() THEN 'dormant' ELSE 'active' END AS status,
    any_value(face.article_id) AS title_article_id,
    coalesce(any_value(face.key_terms), []) AS key_terms
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
LEFT JOIN store.filings AS f ON f.article_id = m.article_id
LEFT JOIN story_desks AS d ON d.story_id = m.story_id AND d.is_primary
LEFT JOIN store.story_faces AS face ON face.story_id = m.story_id
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

CREATE OR REPLACE MACRO story_now(id) AS coalesce((SELECT successor_id FROM store.stories WHERE story_id = id), id);
COMMENT ON MACRO story_now IS 'The id under which a story is found now: its own, or its successor''s if it was merged.';

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
    FROM told WHERE seen_at - before < quiet_after() AND week_of(seen_at) <> week_of(before)
    UNION ALL
    SELECT story_id, 'resurfaced', seen_at, article_id, format('a new text after {} days', date_diff('day', before, seen_at))
    FROM told WHERE seen_at - before >= quiet_after()
    UNION ALL
    SELECT t.story_id, 'dormant', seen_at + quiet_after(), t.article_id, 'no new text for ten days'
    FROM told AS t LEFT JOIN ended AS e ON e.story_id = t.story_id
    WHERE coalesce(after, heard_until()) - seen_at >= quiet_after()
        AND (e.merged_at IS NULL OR e.merged_at >= seen_at + quiet_after())
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
    JOIN store.article_desks AS d ON d.article_id = m.article_id AND d.is_primary
    WHERE m.copy_of IS NULL
    GROUP BY m.story_id, d.desk
)
SELECT m.story_id, a.article_id, a.source_id, a.publisher, a.published_at, week_of(a.published_at) AS week,
    m.copy_of IS NOT NULL AS is_copy, d.desk
FROM store.articles AS a
JOIN store.story_members AS m ON m.article_id = a.article_id
JOIN store.filings AS f ON f.article_id = a.article_id
JOIN votes AS d ON d.story_id = m.story_id AND d.is_primary AND d.desk <> 'off_topic'
JOIN store.article_desks AS own ON own.article_id = a.article_id AND own.is_primary AND own.desk <> 'off_topic'
WHERE a.date_status = 'ok'
    AND a.first_seen_at <= as_of
    AND f.genre NOT IN ('opinion', 'newsletter', 'vendor');
COMMENT ON MACRO TABLE counted_articles IS 'The articles that count, as known at a moment: on topic, dated, no opinion, newsletter or vendor; each at the desk of its story.';

CREATE OR REPLACE VIEW fetches AS
SELECT fetch_id, source_id, fetched_at, outcome, http_status, entries_new, elapsed_s, entries_updated,
    entries_unchanged, entries_rejected, message
FROM store.fetches;
COMMENT ON VIEW fetches IS 'One row a request to a feed.';
COMMENT ON COLUMN fetches.fetch_id IS 'Stable id, made from source and time.';
COMMENT ON COLUMN fetches.source_id IS 'The feed asked.';
COMMENT ON COLUMN fetches.fetched_at IS 'The run''s time, UTC.';
COMMENT ON COLUMN fetches.outcome IS 'ok, not_modified, unchanged, http_error, rate_limited, gone, timeout, unreachable, too_large, bad_redirect or not_a_feed.';
COMMENT ON COLUMN fetches.http_status IS 'Status of the answer; NULL if there was none.';
COMMENT ON COLUMN fetches.entries_new IS 'Entries that became new articles.';
COMMENT ON COLUMN fetches.elapsed_s IS 'Seconds the request took.';
COMMENT ON COLUMN fetches.entries_updated IS 'Entries whose article changed its title or text.';
COMMENT ON COLUMN fetches.entries_unchanged IS 'Entries known already, word for word.';
COMMENT ON COLUMN fetches.entries_rejected IS 'Entries that could not become articles.';
COMMENT ON COLUMN fetches.message IS 'What went wrong, for the person on call; empty if nothing did.';

CREATE OR REPLACE VIEW digests AS
SELECT week, generated_at, watermark, article_count, story_count FROM store.digests;
COMMENT ON VIEW digests IS 'One row an issue of the weekly digest.';
COMMENT ON COLUMN digests.week IS 'ISO week it covers, as 2026-W33.';
COMMENT ON COLUMN digests.generated_at IS 'When the issue as it stands was made, UTC.';
COMMENT ON COLUMN digests.watermark IS 'Data cut-off: nothing first seen later is in it, UTC.';
COMMENT ON COLUMN digests.article_count IS 'Articles counted in the week.';
COMMENT ON COLUMN digests.story_count IS 'Stories counted in the week.';
