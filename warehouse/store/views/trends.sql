CREATE OR REPLACE MACRO feed_weeks(weeks, as_of) AS TABLE
WITH asked AS (
    SELECT source_id, min(fetched_at)::DATE AS since FROM store.fetches WHERE fetched_at <= as_of GROUP BY source_id
),
archived AS ( -- an import has no fetch log: an archive counts as seen on the days of its articles, up to its end
    SELECT a.source_id, a.first_seen_at::DATE AS day, f.since IS NULL AS was_never_requested
    FROM store.articles AS a LEFT JOIN asked AS f ON f.source_id = a.source_id
    WHERE a.first_seen_at <= as_of AND (f.since IS NULL OR a.first_seen_at < f.since)
    GROUP BY ALL
),
silent AS ( -- and an archive has no failures either: a day without any article, among days of many, was not seen
    SELECT day FROM (
        SELECT d.day, count(a.article_id) AS articles,
            median(count(a.article_id)) OVER (ORDER BY d.day ROWS BETWEEN 14 PRECEDING AND 14 FOLLOWING) AS usual
        FROM (
            SELECT unnest(generate_series(min(day), max(day), INTERVAL 1 DAY))::DATE AS day FROM archived WHERE was_never_requested
        ) AS d
        LEFT JOIN store.articles AS a ON a.first_seen_at::DATE = d.day AND a.first_seen_at <= as_of
            AND a.source_id IN (SELECT source_id FROM archived WHERE was_never_requested)
        GROUP BY d.day
    )
    WHERE articles = 0 AND usual >= 8
),
seen AS (
    SELECT source_id, day, caught_up, FALSE AS is_archive FROM feed_days(as_of)
    WHERE state IN ('up', 'stale') -- a pause that ended was no fault; one that lasts may be
    QUALIFY day <= max(day) FILTER (state = 'up') OVER (PARTITION BY source_id)
    UNION
    SELECT source_id, day, TRUE, TRUE FROM archived
    UNION
    SELECT DISTINCT source_id, (SELECT max(day) FROM archived WHERE was_never_requested), TRUE, TRUE FROM archived WHERE was_never_requested
),
spans AS ( -- a pinned entry would let a feed catch up with any outage, so a response covers a week at most
    SELECT source_id, is_archive, day AS until,
        CASE WHEN caught_up
            THEN greatest(coalesce(lag(day) OVER (PARTITION BY source_id ORDER BY day) + 1, day), CASE WHEN NOT is_archive THEN day - 7 END)
            ELSE day
        END AS since
    FROM seen
),
mondays AS (SELECT week, strptime(week || '-1', '%G-W%V-%u')::DATE AS monday FROM (SELECT unnest(weeks::VARCHAR[]) AS week))
SELECT source_id, week, sum(days - CASE WHEN is_archive THEN (SELECT count(*) FROM silent WHERE day BETWEEN first_day AND last_day) ELSE 0 END)::INTEGER AS days
FROM (
    SELECT s.source_id, s.is_archive, m.week, greatest(s.since, m.monday) AS first_day, least(s.until, m.monday + 6) AS last_day,
        last_day - first_day + 1 AS days
    FROM spans AS s JOIN mondays AS m ON s.since <= m.monday + 6 AND s.until >= m.monday
)
GROUP BY source_id, week;
COMMENT ON MACRO TABLE feed_weeks IS 'Returns on how many days of each week the articles of a feed were seen, as known at a moment: days on which it was up, and up to seven days before that its next response covers. Of an archive, which has no fetch log, all days from its first article on, but those on which no archive has any article among days of eight or more. At most 7; no row for 0.';

CREATE OR REPLACE MACRO watched_feeds(weeks, as_of) AS TABLE
SELECT source_id, week, days, max(days) OVER (PARTITION BY week) AS days_watched FROM feed_weeks(weeks, as_of)
QUALIFY days_watched >= 4 AND days >= days_watched - 1;
COMMENT ON MACRO TABLE watched_feeds IS 'Returns the feeds watched in each week, as known at a moment: those seen on at most one day less than any feed was. days_watched, the most days that any was seen, is 7 but after an outage of ours; a week of fewer than four is not watched.';

CREATE OR REPLACE MACRO series_articles(as_of) AS TABLE
WITH counted AS MATERIALIZED (SELECT story_id, source_id, publisher, week, desk FROM counted_articles(as_of)),
texts AS MATERIALIZED ( -- as in story_topics, but only texts seen by then
    SELECT m.story_id, m.article_id, count(*) OVER (PARTITION BY m.story_id) AS story_texts
    FROM store.story_members AS m
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= as_of
    WHERE m.copy_of IS NULL AND m.story_id IN (SELECT story_id FROM counted)
),
desks AS MATERIALIZED (FROM desks_as_of(as_of) WHERE article_id IN (SELECT article_id FROM texts)),
on_topic AS (
    SELECT t.story_id, t.article_id, t.story_texts FROM texts AS t
    JOIN desks AS f ON f.article_id = t.article_id AND f.is_primary AND f.desk <> 'off_topic'
),
tagged AS (
    SELECT t.story_id, 'topic' AS kind, v.desk, v.topic AS key, v.topic AS name
    FROM texts AS t
    JOIN store.article_topics AS v ON v.article_id = t.article_id
    JOIN desks AS f ON f.article_id = t.article_id AND f.desk = v.desk
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
COMMENT ON MACRO TABLE series_articles IS 'The counted articles as known at a moment, one row per series in which they count: the desk of their story, its topics at that desk, its themes and entities, and act_share if it reports an act other than a statement.';

CREATE OR REPLACE MACRO weekly_counts(as_of) AS TABLE
SELECT kind, desk, key, min(name) AS name, week, count(DISTINCT story_id) AS stories, count(DISTINCT publisher) AS publishers,
    count(*) AS articles,
    CASE kind WHEN 'act_share' THEN max(count(DISTINCT story_id)) FILTER (kind = 'desk') OVER (PARTITION BY desk, week) END AS out_of
FROM series_articles(as_of)
GROUP BY kind, desk, key, week;
COMMENT ON MACRO TABLE weekly_counts IS 'The view weekly_series as known at a moment.';

CREATE OR REPLACE VIEW weekly_series AS
SELECT kind, desk, key, name, week, stories, publishers, articles, out_of FROM weekly_counts('infinity'::TIMESTAMP);
COMMENT ON VIEW weekly_series IS 'Stories per week of every desk, topic, theme and entity, and how many of a desk report acts; no row for a week without any.';
COMMENT ON COLUMN weekly_series.kind IS 'desk, topic, theme, entity or act_share.';
COMMENT ON COLUMN weekly_series.desk IS 'The desk of a desk, topic or act_share; NULL for themes and entities, which are counted across desks.';
COMMENT ON COLUMN weekly_series.key IS 'The desk, topic, theme or entity id; for act_share the desk.';
COMMENT ON COLUMN weekly_series.name IS 'Display name of an entity; otherwise the key.';
COMMENT ON COLUMN weekly_series.week IS 'ISO week in which the stories'' articles were published.';
COMMENT ON COLUMN weekly_series.stories IS 'Stories with a counted article in the week; for act_share those that report an act.';
COMMENT ON COLUMN weekly_series.publishers IS 'Publisher families of the stories.';
COMMENT ON COLUMN weekly_series.articles IS 'Their articles of the week, copies included.';
COMMENT ON COLUMN weekly_series.out_of IS 'For act_share all stories of the desk in the week; otherwise NULL.';

CREATE OR REPLACE MACRO panel_counts(weeks, steady, panel, as_of) AS TABLE
SELECT kind, desk, key, min(name) AS name, week, count(DISTINCT story_id) AS stories, count(DISTINCT publisher) AS publishers,
    count(DISTINCT story_id) FILTER (source_id IN (SELECT unnest(panel))) AS panel_stories,
    count(DISTINCT publisher) FILTER (source_id IN (SELECT unnest(panel))) AS panel_publishers,
    count(DISTINCT story_id) FILTER (source_id IN (SELECT unnest(steady))) AS steady_stories
FROM series_articles(as_of)
WHERE list_contains(weeks, week)
GROUP BY kind, desk, key, week;
COMMENT ON MACRO TABLE panel_counts IS 'The counts of a trend test for given feeds; trend_counts selects the feeds itself.';

CREATE OR REPLACE MACRO panel_feeds(compared, as_of) AS TABLE
SELECT source_id, count(*) = len(compared) AS in_panel
FROM watched_feeds(compared, as_of)
GROUP BY source_id HAVING count(*) FILTER (week <> compared[-1]) = len(compared) - 1;
COMMENT ON MACRO TABLE panel_feeds IS 'The feeds that were watched in all compared weeks before the last one, which is the tested week; in_panel if they were watched in that too.';

CREATE OR REPLACE MACRO trend_counts(compared, as_of) AS TABLE
FROM panel_counts(
    compared,
    (SELECT coalesce(list(source_id), []) FROM panel_feeds(compared, as_of)),
    (SELECT coalesce(list(source_id) FILTER (in_panel), []) FROM panel_feeds(compared, as_of)),
    as_of
);
COMMENT ON MACRO TABLE trend_counts IS 'The counts of a trend test, by series and week: stories and publishers, stories of the panel (feeds watched in all compared weeks, of which the last is the tested week) and stories of the steady feeds (watched in all of them, perhaps not in the last).';

CREATE OR REPLACE MACRO driver_counts(of_series, compared, panel, as_of) AS TABLE
WITH counted AS MATERIALIZED (FROM series_articles(as_of) WHERE list_contains(compared, week) AND source_id IN (SELECT unnest(panel))),
told AS (
    SELECT DISTINCT kind || ':' || key AS of_series, story_id FROM counted WHERE list_contains(of_series, kind || ':' || key)
)
SELECT t.of_series, c.kind, c.key, min(c.name) AS name, c.week, count(DISTINCT c.story_id) AS panel_stories
FROM told AS t JOIN counted AS c ON c.story_id = t.story_id AND c.kind IN ('topic', 'entity')
GROUP BY t.of_series, c.kind, c.key, c.week;
COMMENT ON MACRO TABLE driver_counts IS 'How many stories of each series (as desk:regulation) have each topic and entity, by week, as the feeds of the panel tell them: what drives a trend.';

CREATE OR REPLACE VIEW trend_tests AS -- what a row of ledger-2 lacks follows from its other columns, but the feeds
SELECT test_id, as_of, week, kind, desk, key, name, stories, out_of, publishers,
    coalesce(span_weeks, [week]) AS span_weeks, coalesce(span_stories, [stories]) AS span_stories,
    baseline_weeks, baseline, baseline_out_of, history, panel_history,
    days_watched, coalesce(panel_feeds, 0) AS panel_feeds, coalesce(watched_feeds, 0) AS watched_feeds, panel_stories, panel_out_of,
    coalesce(panel_span, [panel_stories]) AS panel_span,
    coalesce(panel_span_out_of, CASE WHEN panel_out_of IS NULL THEN [] ELSE [panel_out_of] END) AS panel_span_out_of,
    panel_baseline, panel_baseline_out_of, ratio, low, high,
    CASE WHEN error_share IS NULL THEN ratio ELSE level END AS level,
    coalesce(level_low, low) AS level_low,
    CASE WHEN error_share IS NULL THEN high ELSE level_high END AS level_high,
    p, q, tested, coalesce(error_share, 0) AS error_share, dispersion, coverage, panel_ratio, panel_p, verdict, reason, first_before, method
FROM store.trend_tests;
COMMENT ON VIEW trend_tests IS 'One row per comparison of a week with its baseline, as it was made. A trend sentence of the digest names its row.';
COMMENT ON COLUMN trend_tests.test_id IS 'Short id as printed, made from week and series; a later test of the same series and week keeps it.';
COMMENT ON COLUMN trend_tests.as_of IS 'Data cut-off, UTC: nothing first seen later was counted.';
COMMENT ON COLUMN trend_tests.week IS 'The tested ISO week.';
COMMENT ON COLUMN trend_tests.kind IS 'desk, topic, theme, entity or act_share.';
COMMENT ON COLUMN trend_tests.desk IS 'As in weekly_series.';
COMMENT ON COLUMN trend_tests.key IS 'As in weekly_series.';
COMMENT ON COLUMN trend_tests.name IS 'Display name of the series.';
COMMENT ON COLUMN trend_tests.stories IS 'Stories of the week.';
COMMENT ON COLUMN trend_tests.out_of IS 'For act_share all stories of the desk in the week; otherwise NULL.';
COMMENT ON COLUMN trend_tests.publishers IS 'Publisher families of the stories.';
COMMENT ON COLUMN trend_tests.span_weeks IS 'The weeks of the span that speaks, oldest first, the tested week last: one, two or four.';
COMMENT ON COLUMN trend_tests.span_stories IS 'Stories of those weeks.';
COMMENT ON COLUMN trend_tests.baseline_weeks IS 'The weeks of the baseline, oldest first: those before the span in which most feeds were watched, up to 26.';
COMMENT ON COLUMN trend_tests.baseline IS 'Stories of those weeks.';
COMMENT ON COLUMN trend_tests.baseline_out_of IS 'For act_share all stories of the desk in those weeks; otherwise empty.';
COMMENT ON COLUMN trend_tests.history IS 'Stories of the last thirteen weeks, oldest first, this one included; NULL where no feed was watched.';
COMMENT ON COLUMN trend_tests.panel_history IS 'The same for stories of the panel.';
COMMENT ON COLUMN trend_tests.days_watched IS 'Days of the weeks of baseline and span on which feeds were watched: 7 but after an outage. Means are those of whole weeks. NULL until ledger-2.';
COMMENT ON COLUMN trend_tests.panel_feeds IS 'Feeds of the panel; 0 until ledger-2.';
COMMENT ON COLUMN trend_tests.watched_feeds IS 'Feeds watched in the tested week; 0 until ledger-2.';
COMMENT ON COLUMN trend_tests.panel_stories IS 'Stories of the week from the panel: feeds watched in all weeks of the span and of the baseline.';
COMMENT ON COLUMN trend_tests.panel_out_of IS 'For act_share all stories of the desk from the panel in the week; otherwise NULL.';
COMMENT ON COLUMN trend_tests.panel_span IS 'Stories of the span''s weeks from the panel.';
COMMENT ON COLUMN trend_tests.panel_span_out_of IS 'For act_share all stories of the desk from the panel in those weeks; otherwise empty.';
COMMENT ON COLUMN trend_tests.panel_baseline IS 'Stories of the baseline weeks from the panel.';
COMMENT ON COLUMN trend_tests.panel_baseline_out_of IS 'For act_share all stories of the desk from the panel in those weeks; otherwise empty.';
COMMENT ON COLUMN trend_tests.ratio IS 'The mean week of the span over the mean week of the baseline, both on the panel; for act_share the odds ratio of an act. NULL if the baseline is zero. Until ledger-2 on all feeds.';
COMMENT ON COLUMN trend_tests.low IS 'Lower bound of the 95 % interval of the ratio.';
COMMENT ON COLUMN trend_tests.high IS 'Upper bound; NULL if there is none.';
COMMENT ON COLUMN trend_tests.level IS 'The tested week over the mean of all compared weeks before it, on the panel: the level that is printed when no change is called.';
COMMENT ON COLUMN trend_tests.level_low IS 'Lower bound of the 95 % interval of the level.';
COMMENT ON COLUMN trend_tests.level_high IS 'Upper bound; NULL if there is none.';
COMMENT ON COLUMN trend_tests.p IS 'Two-sided p-value of no change over all spans, allowing for the dispersion.';
COMMENT ON COLUMN trend_tests.q IS 'p over error_share: at 0.1 fewer than one week in ten calls anything when nothing has changed. 1 if it was not tested. Until ledger-2 the p-value adjusted by Benjamini-Hochberg.';
COMMENT ON COLUMN trend_tests.tested IS 'Number of series that shared the error of the week.';
COMMENT ON COLUMN trend_tests.error_share IS 'The part of the error of the week that the series may use: 0.5 for the desks together, 0.35 for topics, and so on; a desk that changed leaves its part to its topics.';
COMMENT ON COLUMN trend_tests.dispersion IS 'Variance over mean of the weekly counts, at least 1.';
COMMENT ON COLUMN trend_tests.coverage IS 'Share of the steady feeds of the baseline that was watched this week, 0 to 1: by feeds or by their stories, whichever is less.';
COMMENT ON COLUMN trend_tests.panel_ratio IS 'As ratio; until ledger-2 the ratio of the week on the panel.';
COMMENT ON COLUMN trend_tests.panel_p IS 'As p; until ledger-2 the p-value of the panel.';
COMMENT ON COLUMN trend_tests.verdict IS 'risen, fallen, possibly_risen, possibly_fallen, no_measurable_change, first_seen, baseline_forming or withheld.';
COMMENT ON COLUMN trend_tests.reason IS 'The reason for the verdict as text.';
COMMENT ON COLUMN trend_tests.first_before IS 'For first_seen the last earlier week with a story; NULL if there is none.';
COMMENT ON COLUMN trend_tests.method IS 'Version of the method.';
