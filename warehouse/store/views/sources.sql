-- The views are the public interface for reports and researchers. Columns are added; none is renamed or removed.
-- All views are replaced whenever their text changed, so every statement is CREATE OR REPLACE.

CREATE OR REPLACE MACRO week_of(moment) AS strftime(moment, '%G-W%V');
COMMENT ON MACRO week_of IS 'Returns the ISO 8601 week of a UTC timestamp, such as 2026-W33.';

CREATE OR REPLACE VIEW sources AS
SELECT source_id, name, publisher, url, kind, region, language FROM store.sources;
COMMENT ON VIEW sources IS 'One row per feed or archive that has brought an article.';
COMMENT ON COLUMN sources.source_id IS 'Stable id from the catalog.';
COMMENT ON COLUMN sources.name IS 'Name of the feed.';
COMMENT ON COLUMN sources.publisher IS 'Publisher family, shared by all feeds of one owner.';
COMMENT ON COLUMN sources.url IS 'Address of the feed in the catalog; empty for archives without one.';
COMMENT ON COLUMN sources.kind IS 'What the publisher is: government, regulator, think_tank, news and so on.';
COMMENT ON COLUMN sources.region IS 'ISO 3166 code of the publisher''s seat, or EU, UN, INT.';
COMMENT ON COLUMN sources.language IS 'ISO 639 code of its language.';

CREATE OR REPLACE VIEW fetches AS
SELECT fetch_id, source_id, fetched_at, outcome, http_status, entries_new, elapsed_s, entries_updated,
    entries_unchanged, entries_rejected, message, entries_set_aside, entries_duplicate, entries_in_feed, was_conditional,
    validator_lied, 'feed' AS kind, NULL::BIGINT AS article_id
FROM store.fetches
UNION ALL BY NAME
SELECT fetch_id, source_id, fetched_at, outcome, http_status, elapsed_s, message, 'page' AS kind, article_id
FROM store.page_fetches;
COMMENT ON VIEW fetches IS 'One row per feed and run, and one per page and attempt: the outcome of one request.';
COMMENT ON COLUMN fetches.fetch_id IS 'Stable id, made from source or article, and time.';
COMMENT ON COLUMN fetches.source_id IS 'The feed, or the source of the article whose page it is.';
COMMENT ON COLUMN fetches.fetched_at IS 'Time of the run, UTC.';
COMMENT ON COLUMN fetches.outcome IS 'Success: ok, not_modified, unchanged. Not requested: postponed. Failed: http_error, server_error, rate_limited, gone, timeout, dns_temporary, dns_unknown, unreachable, tls_error, bad_response, bad_redirect, forbidden_address, too_large, not_a_feed, parser_stopped. Of pages only: robots_disallowed and unresolved_link, which were not requested; not_a_page, paywall, cookie_wall, captcha, soft_404, needs_script, unreadable_pdf, no_text.';
COMMENT ON COLUMN fetches.http_status IS 'Status of the last response; NULL if there was none.';
COMMENT ON COLUMN fetches.entries_new IS 'Entries that became new articles.';
COMMENT ON COLUMN fetches.elapsed_s IS 'Seconds the request took.';
COMMENT ON COLUMN fetches.entries_updated IS 'Entries whose article changed its title, text or stated date.';
COMMENT ON COLUMN fetches.entries_unchanged IS 'Entries that were stored already.';
COMMENT ON COLUMN fetches.entries_rejected IS 'Entries that could not become articles.';
COMMENT ON COLUMN fetches.message IS 'Error message for the operator; empty if there was no error.';
COMMENT ON COLUMN fetches.entries_set_aside IS 'New entries that were put in quarantine: stored but not counted.';
COMMENT ON COLUMN fetches.entries_duplicate IS 'Unchanged and rejected entries that another feed had brought or that occur twice in this feed, when first seen.';
COMMENT ON COLUMN fetches.entries_in_feed IS 'Distinct entries in the feed after this fetch; NULL before the first successful one.';
COMMENT ON COLUMN fetches.was_conditional IS 'Whether validators were sent, so that the server could respond with 304 Not Modified.';
COMMENT ON COLUMN fetches.validator_lied IS 'Whether the body had changed under an unchanged ETag or Last-Modified.';
COMMENT ON COLUMN fetches.kind IS 'feed or page; the columns on entries and validators are NULL for pages.';
COMMENT ON COLUMN fetches.article_id IS 'The article whose page it is; NULL for feeds.';

CREATE OR REPLACE MACRO page_outcomes_since(since) AS TABLE
WITH latest AS (
    SELECT article_id, arg_max(source_id, fetched_at) AS source_id, arg_max(outcome, fetched_at) AS outcome,
        max(fetched_at) AS fetched_at
    FROM store.page_fetches WHERE fetched_at > since GROUP BY article_id
)
SELECT source_id, outcome, count(*) AS articles, max(fetched_at) AS last_at FROM latest GROUP BY source_id, outcome;
COMMENT ON MACRO TABLE page_outcomes_since IS 'The view page_outcomes, of the pages asked for since a moment.';

CREATE OR REPLACE VIEW page_outcomes AS
SELECT source_id, outcome, articles, last_at FROM page_outcomes_since('-infinity'::TIMESTAMP);
COMMENT ON VIEW page_outcomes IS 'One row per source and outcome: of how many of its articles the latest attempt to have the page ended so.';
COMMENT ON COLUMN page_outcomes.source_id IS 'The source.';
COMMENT ON COLUMN page_outcomes.outcome IS 'Outcome of the latest attempt; see fetches.outcome.';
COMMENT ON COLUMN page_outcomes.articles IS 'Number of articles.';
COMMENT ON COLUMN page_outcomes.last_at IS 'When the last of these attempts was made, UTC.';

CREATE OR REPLACE MACRO feed_days(as_of) AS TABLE
WITH days AS (
    SELECT source_id, fetched_at::DATE AS day, count(*) AS polls,
        count(*) FILTER (WHERE outcome IN ('ok', 'not_modified', 'unchanged')) AS answers,
        count(*) FILTER (WHERE outcome = 'postponed') AS postponed,
        -- the first response of the day still has entries known before, so nothing between the two fetches was missed
        arg_min(outcome <> 'ok' OR entries_unchanged + entries_updated > entries_duplicate, fetched_at)
            FILTER (WHERE outcome IN ('ok', 'not_modified', 'unchanged')) AS caught_up,
        arg_max(outcome, fetched_at) AS last_outcome, arg_max(message, fetched_at) AS last_message,
        arg_max(entries_in_feed, fetched_at) AS entries_in_feed,
        sum(entries_new)::BIGINT AS entries_new, sum(entries_duplicate)::BIGINT AS entries_duplicate,
        sum(entries_rejected)::BIGINT AS entries_rejected, sum(entries_set_aside)::BIGINT AS entries_set_aside,
        bool_or(validator_lied) AS validator_lied
    FROM store.fetches WHERE fetched_at <= as_of GROUP BY ALL
),
history AS ( -- for each day, the days up to it that brought new entries
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
        -- five times the usual gap between new entries, at least a week and at most 90 days
        WHEN h.day - coalesce(h.last_new_on, f.first_success_at::DATE)
            > least(greatest(7, 5 * (h.last_new_on - h.first_new_on) / nullif(h.days_with_new - 1, 0)), 90) THEN 'stale'
        ELSE 'up'
    END AS state,
    h.polls, h.answers, coalesce(h.caught_up, FALSE) AS caught_up, h.last_outcome, h.last_message, h.entries_in_feed,
    h.entries_new, h.entries_duplicate, h.entries_rejected, h.entries_set_aside, h.last_new_on, h.validator_lied,
    h.validators_honest, h.is_latest
FROM history AS h
LEFT JOIN store.feed_states AS f ON f.source_id = h.source_id;
COMMENT ON MACRO TABLE feed_days IS 'The view feed_health as known at a moment.';

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
COMMENT ON VIEW feed_health IS 'One row per feed and day on which it was due: its state and what it brought.';
COMMENT ON COLUMN feed_health.source_id IS 'The feed.';
COMMENT ON COLUMN feed_health.day IS 'The day, UTC.';
COMMENT ON COLUMN feed_health.state IS 'up; empty: responds without any entry; stale: responds but has brought nothing new for far longer than usual; failing: no successful response that day; postponed: not requested because its server asked for a pause.';
COMMENT ON COLUMN feed_health.polls IS 'Number of times it was due.';
COMMENT ON COLUMN feed_health.answers IS 'Number of successful responses.';
COMMENT ON COLUMN feed_health.last_outcome IS 'Outcome of the last fetch of the day; see fetches.outcome.';
COMMENT ON COLUMN feed_health.last_message IS 'Its error message; empty if there was no error.';
COMMENT ON COLUMN feed_health.entries_in_feed IS 'Distinct entries in the feed at the end of the day.';
COMMENT ON COLUMN feed_health.entries_new IS 'Entries that became new articles.';
COMMENT ON COLUMN feed_health.entries_duplicate IS 'Entries that another feed had brought already.';
COMMENT ON COLUMN feed_health.entries_rejected IS 'Entries that could not become articles.';
COMMENT ON COLUMN feed_health.entries_set_aside IS 'Entries that were put in quarantine.';
COMMENT ON COLUMN feed_health.undated_share IS 'Share of the day''s new articles without a readable date, 0 to 1; NULL if there were none.';
COMMENT ON COLUMN feed_health.last_new_on IS 'The last day up to this one that brought a new entry.';
COMMENT ON COLUMN feed_health.validator_lied IS 'Whether its body changed that day under an unchanged ETag or Last-Modified.';
COMMENT ON COLUMN feed_health.validators_honest IS 'Whether that had never happened up to this day, so that its not_modified can be trusted.';
COMMENT ON COLUMN feed_health.next_attempt_at IS 'When it is due again, UTC; only on its latest day.';
COMMENT ON COLUMN feed_health.caught_up IS 'Whether the first response of the day still has an entry known before: then nothing since the last response was missed.';

CREATE OR REPLACE VIEW feeds AS
SELECT s.source_id, s.name, s.publisher, coalesce(f.moved_to, s.url) AS url, h.state, h.day AS state_on, h.last_outcome,
    h.last_message, f.failing_since, f.retired, f.failures, h.last_new_on, f.entries_per_day, h.entries_in_feed,
    f.validators_honest, f.moved_to, f.interval_s, f.first_success_at, f.last_success_at, f.next_attempt_at
FROM store.sources AS s
JOIN store.feed_states AS f ON f.source_id = s.source_id
LEFT JOIN feed_health AS h ON h.source_id = s.source_id
QUALIFY row_number() OVER (PARTITION BY s.source_id ORDER BY h.day DESC NULLS LAST) = 1;
COMMENT ON VIEW feeds IS 'One row per feed that was ever requested: its present state.';
COMMENT ON COLUMN feeds.source_id IS 'Stable id from the catalog.';
COMMENT ON COLUMN feeds.name IS 'Name of the feed.';
COMMENT ON COLUMN feeds.publisher IS 'Publisher family.';
COMMENT ON COLUMN feeds.url IS 'The address in use: that of the catalog, or where the feed has moved for good.';
COMMENT ON COLUMN feeds.state IS 'up, empty, stale, failing or postponed on the last day it was due; see feed_health.';
COMMENT ON COLUMN feeds.state_on IS 'That day, UTC.';
COMMENT ON COLUMN feeds.last_outcome IS 'Outcome of the last fetch; see fetches.outcome.';
COMMENT ON COLUMN feeds.last_message IS 'Its error message; empty if there was no error.';
COMMENT ON COLUMN feeds.failing_since IS 'First failure since the last success, UTC; NULL if the last fetch succeeded.';
COMMENT ON COLUMN feeds.retired IS 'Whether its server said that it is gone for good (HTTP 410); it is still requested once a month.';
COMMENT ON COLUMN feeds.failures IS 'Consecutive failures.';
COMMENT ON COLUMN feeds.last_new_on IS 'The last day that brought a new entry.';
COMMENT ON COLUMN feeds.entries_per_day IS 'Moving average of new entries per day.';
COMMENT ON COLUMN feeds.entries_in_feed IS 'Entries in the feed.';
COMMENT ON COLUMN feeds.validators_honest IS 'Whether its not_modified can be trusted: false once its body changed under an unchanged ETag or Last-Modified.';
COMMENT ON COLUMN feeds.moved_to IS 'Target of permanent redirects that were repeated often enough to be followed for good; NULL if the catalog''s address is in use.';
COMMENT ON COLUMN feeds.interval_s IS 'Seconds between two polls without failures; adapts to how much of the feed is new.';
COMMENT ON COLUMN feeds.first_success_at IS 'First success, UTC.';
COMMENT ON COLUMN feeds.last_success_at IS 'Last success, UTC.';
COMMENT ON COLUMN feeds.next_attempt_at IS 'When it is due again, UTC.';
