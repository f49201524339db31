"""A synthetic warehouse of any size and of real shape, written by SQL. The same on every machine.

A year of articles, one in twenty on topic, in stories of one to some ten; copies, opinion, unusable dates;
topics, themes, acts and names as classification leaves them; feeds asked eight times a day, some of them
down for a week. What is measured with it reads the store as a year's work left it; no text means anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from reports.week import Week
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.store.db import to_db, transaction

LAST_WEEK = Week.parse("2026-W33")
DAYS = 365
POLLS_A_DAY = 8
ARTICLES_A_FEED = 1_000
FEWEST_FEEDS = 233  # as many as the catalog has
AS_OF = LAST_WEEK.end + timedelta(hours=6)
START = datetime(2026, 8, 17, tzinfo=UTC) - timedelta(days=DAYS)

# A number in [0, 1) that its arguments choose: chance without a state, so that every
# table can be made by itself.
_CHANCE = """
CREATE OR REPLACE TEMP MACRO chance(which, salt)
    AS (hash(which::VARCHAR || salt) >> 11)::DOUBLE / 9007199254740992.0;
CREATE OR REPLACE TEMP MACRO pick(items, which, salt)
    AS items[1 + (chance(which, salt) * len(items))::INTEGER % len(items)];
CREATE OR REPLACE TEMP MACRO words(many, which, salt) AS
    list_aggregate([format('w{:x}', (5000 * chance(which, salt || place) ** 3)::INTEGER)
        FOR place IN range(many)], 'string_agg', ' ')
"""
_FEEDS = """
CREATE TEMP TABLE feeds AS
SELECT i AS feed, format('feed-{:04d}', i) AS source_id,
    format('publisher {}', i * 17 % (1 + $feeds * 4 // 5)) AS publisher,
    CASE WHEN chance(i, 'down') < 0.1 THEN $start + to_days(250 + i % 100) END AS down_from
FROM range($feeds) AS r(i);
"""
_SOURCES = """
INSERT INTO store.sources SELECT source_id, source_id, publisher, 'https://' || source_id || '.example/feed',
    'news', 'INT', 'en' FROM feeds
"""
_FETCHES = """
INSERT INTO store.fetches (fetch_id, source_id, fetched_at, outcome, http_status, entries_new,
    entries_updated, entries_unchanged, entries_rejected, elapsed_s, message, entries_in_feed)
SELECT row_number() OVER (), source_id, moment,
    CASE WHEN moment BETWEEN down_from AND down_from + INTERVAL 7 DAY THEN 'timeout'
        WHEN chance(feed, moment::VARCHAR) < 0.7 THEN 'not_modified' ELSE 'ok' END,
    200, 1, 0, 20, 0, 0.3, '', 21
FROM feeds, range($start, $as_of, to_seconds(86400 // $polls)) AS polls(moment)
"""
_ARTICLES = """
CREATE TEMP TABLE made AS
SELECT i AS article_id, f.source_id, f.publisher,
    $start + to_seconds(chance(i, 'when') * $days * 86400) AS published_at,
    chance(i, 'topical') < 0.05 AS topical
FROM range(1, 1 + $size) AS r(i)
    JOIN feeds AS f ON f.feed = (chance(i, 'feed') ** 2 * $feeds)::INTEGER % $feeds;
CREATE TEMP TABLE placed AS
SELECT *, sum((chance(article_id, 'founds') < 0.6 OR place = 1)::INTEGER)
    OVER (PARTITION BY topical ORDER BY place)::BIGINT * 2 + topical::INTEGER AS story_id
FROM (SELECT *, row_number() OVER (PARTITION BY topical ORDER BY published_at, article_id) AS place
    FROM made);
"""
_STORE_ARTICLES = """
INSERT INTO store.articles (article_id, source_id, publisher, url, title, summary, text, language,
    published_at, date_status, first_seen_at, updated_at, text_hash)
SELECT article_id, source_id, publisher, format('https://{}.example/{}', source_id, article_id),
    words(8, article_id, 'title'),
    format('{0} {1}. {1} {0}.', words(8, article_id, 'title'), words(8, story_id, 'text')), '', 'en',
    published_at, CASE WHEN chance(article_id, 'date') < 0.97 THEN 'ok' ELSE 'too_old' END,
    published_at + INTERVAL 2 HOUR, published_at + INTERVAL 2 HOUR, article_id
FROM placed ORDER BY published_at, article_id
"""
_STORIES = """
CREATE TEMP TABLE founders AS SELECT story_id, min(article_id) AS article_id, min(published_at) AS since
FROM placed GROUP BY story_id;
INSERT INTO store.stories (story_id, created_at, creation_order)
SELECT story_id, since, row_number() OVER (ORDER BY story_id) FROM founders;
INSERT INTO store.story_summaries (story_id, members_hash, article_id, key_terms)
SELECT story_id, story_id, article_id, ['one', 'two'] FROM founders;
INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of)
SELECT t.article_id, t.story_id, row_number() OVER (ORDER BY t.published_at, t.article_id), 0.8,
    CASE WHEN t.article_id <> f.article_id AND chance(t.article_id, 'copy') < 0.15 THEN f.article_id END
FROM placed AS t JOIN founders AS f ON f.story_id = t.story_id
"""
_CLASSIFICATIONS = """
INSERT INTO store.classifications (article_id, text_hash, method, significance, genre)
SELECT article_id, article_id, 'synthetic', 2 * chance(article_id, 'significance'),
    pick(['news', 'news', 'news', 'news', 'news', 'primary_document', 'official_statement', 'analysis',
    'opinion', 'newsletter'], article_id, 'genre')
FROM placed;
CREATE TEMP TABLE desks AS SELECT article_id, story_id, pick($desks, story_id, 'desk') AS desk FROM placed
WHERE topical;
INSERT INTO store.article_desks (article_id, desk, score, is_primary, is_filed, reasons)
SELECT article_id, 'off_topic', 0.97, TRUE, TRUE, '' FROM placed WHERE NOT topical
UNION ALL SELECT article_id, unnest($desks), 0.03 / len($desks), FALSE, FALSE, ''
FROM placed WHERE NOT topical
UNION ALL SELECT article_id, desk, 0.6 + 0.4 * chance(article_id, 'score'), TRUE, TRUE, 'a term' FROM desks
UNION ALL SELECT article_id, 'off_topic', 0.1, FALSE, FALSE, '' FROM desks
UNION ALL SELECT article_id, pick($desks, article_id, 'other'), 0.5, FALSE, TRUE, 'a term' FROM desks
WHERE chance(article_id, 'has other') < 0.2 AND pick($desks, article_id, 'other') <> desk
"""
_EXTRACTIONS = """
INSERT INTO store.article_topics
SELECT DISTINCT article_id, desk, pick(MAP($desks, $topics)[desk], story_id, 'topic' || n), 3.0, 'a term'
FROM desks, range(2) AS r(n);
INSERT INTO store.article_themes
SELECT DISTINCT article_id, pick($themes, story_id, 'theme' || n), 3.0, 'a term' FROM desks, range(2) AS r(n);
INSERT INTO store.article_facets
SELECT article_id, 'act', pick(['rule', 'contract', 'enforcement', 'statement', 'statement'], story_id,
    'act'), 3.0, 'a term'
FROM desks
WHERE chance(story_id, 'has act') < 0.7;
INSERT INTO store.article_entities
SELECT DISTINCT ON (article_id, e) article_id, format('entity-{}', e), format('Entity {}', e), 'firm', 'firm',
    'US', 'Entity', 1, FALSE
FROM (SELECT article_id, (800 * chance(story_id, 'entity' || n) ** 3)::INTEGER AS e
    FROM placed, range(2) AS r(n))
"""


def fill(con: duckdb.DuckDBPyConnection, size: int) -> None:
    """Fills an empty warehouse with so many articles of the year up to `AS_OF`."""
    feeds = max(FEWEST_FEEDS, size // ARTICLES_A_FEED)
    values = {
        "size": size,
        "feeds": feeds,
        "start": to_db(START),
        "as_of": to_db(AS_OF),
        "days": DAYS,
        "polls": POLLS_A_DAY,
    }
    taxonomy = load_taxonomy()
    topics = [
        [topic.id for topic in taxonomy.topics.values() if topic.desk == desk] for desk in taxonomy.desks
    ]
    values |= {"desks": list(taxonomy.desks), "themes": list(taxonomy.themes), "topics": topics}
    with transaction(con):
        for script in (
            _CHANCE,
            _FEEDS,
            _SOURCES,
            _FETCHES,
            _ARTICLES,
            _STORE_ARTICLES,
            _STORIES,
            _CLASSIFICATIONS,
            _EXTRACTIONS,
        ):
            for statement in filter(str.strip, script.split(";\n")):
                con.execute(
                    statement, {name: value for name, value in values.items() if f"${name}" in statement}
                )
        for table in ("feeds", "made", "placed", "founders", "desks"):
            con.execute(f"DROP TABLE temp.{table}")
