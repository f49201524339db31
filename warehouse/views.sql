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
COMMENT ON COLUMN articles.stated_at IS 'The date its feed states now, UTC: later than published_at if the publisher bumped it.';
COMMENT ON COLUMN articles.set_aside IS 'flood if its feed suddenly showed far more or far older entries than usual; such articles are never counted. NULL otherwise.';

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

CREATE OR REPLACE VIEW stories AS
SELECT m.story_id,
    arg_min(a.title, (m.copy_of IS NOT NULL, coalesce(f.genre, '') IN ('newsletter', 'opinion', 'vendor'), -m.similarity, m.position)) AS title,
    min(a.first_seen_at) AS first_seen_at,
    max(a.first_seen_at) AS last_seen_at,
    count(*) AS article_count,
    count(*) FILTER (WHERE m.copy_of IS NULL) AS text_count,
    count(DISTINCT a.publisher) AS publisher_count,
    any_value(d.desk) AS desk,
    min(a.published_at) FILTER (WHERE a.date_status = 'ok') AS first_published_at
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
LEFT JOIN store.filings AS f ON f.article_id = m.article_id
LEFT JOIN story_desks AS d ON d.story_id = m.story_id AND d.is_primary
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

CREATE OR REPLACE VIEW feed_health AS
WITH days AS (
    SELECT source_id, fetched_at::DATE AS day, count(*) AS polls,
        count(*) FILTER (WHERE outcome IN ('ok', 'not_modified', 'unchanged')) AS answers,
        count(*) FILTER (WHERE outcome = 'postponed') AS postponed,
        arg_max(outcome, fetched_at) AS last_outcome, arg_max(message, fetched_at) AS last_message,
        arg_max(entries_in_feed, fetched_at) AS entries_in_feed,
        sum(entries_new)::BIGINT AS entries_new, sum(entries_duplicate)::BIGINT AS entries_duplicate,
        sum(entries_rejected)::BIGINT AS entries_rejected, sum(entries_set_aside)::BIGINT AS entries_set_aside,
        bool_or(validator_lied) AS validator_lied
    FROM store.fetches GROUP BY ALL
),
history AS ( -- of the days on which it brought something, all up to each day
    SELECT *, max(day) FILTER (WHERE entries_new > 0) OVER so_far AS last_new_on,
        min(day) FILTER (WHERE entries_new > 0) OVER so_far AS first_new_on,
        count(*) FILTER (WHERE entries_new > 0) OVER so_far AS days_with_new,
        NOT bool_or(validator_lied) OVER so_far AS validators_honest,
        day = max(day) OVER (PARTITION BY source_id) AS is_latest
    FROM days WINDOW so_far AS (PARTITION BY source_id ORDER BY day)
),
undated AS (
    SELECT source_id, first_seen_at::DATE AS day, avg((date_status IN ('missing', 'unparsable'))::INTEGER) AS undated_share
    FROM store.articles GROUP BY ALL
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
    h.polls, h.answers, h.last_outcome, h.last_message, h.entries_in_feed, h.entries_new, h.entries_duplicate,
    h.entries_rejected, h.entries_set_aside, u.undated_share, h.last_new_on, h.validator_lied, h.validators_honest,
    CASE WHEN h.is_latest THEN f.next_attempt_at END AS next_attempt_at
FROM history AS h
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

CREATE OR REPLACE VIEW digests AS
SELECT week, generated_at, watermark, article_count, story_count FROM store.digests;
COMMENT ON VIEW digests IS 'One row an issue of the weekly digest.';
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
