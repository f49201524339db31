CREATE OR REPLACE MACRO thread_dormant_after() AS INTERVAL 60 DAY;
COMMENT ON MACRO thread_dormant_after IS 'Returns how long a thread has no new article before it is dormant.';

CREATE OR REPLACE MACRO current_thread_id(id) AS coalesce((SELECT successor_id FROM store.threads WHERE thread_id = id), id);
COMMENT ON MACRO current_thread_id IS 'Returns the present id of a thread: its own, or that of its successor if it was joined to another.';

CREATE OR REPLACE MACRO thread_stories_as_of(as_of) AS TABLE
WITH linked AS (
    SELECT coalesce(s.successor_id, l.story_id) AS story_id, l.thread_id, l.relation, l.reason, l.other_story_id, l.score, l.since
    FROM store.thread_links AS l LEFT JOIN store.stories AS s ON s.story_id = l.story_id
    WHERE l.since <= as_of AND (l.until IS NULL OR l.until > as_of)
    QUALIFY row_number() OVER (PARTITION BY coalesce(s.successor_id, l.story_id) ORDER BY l.since, l.story_id) = 1
),
dated AS (
    SELECT m.story_id, min(CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at ELSE a.first_seen_at END) AS happened_at,
        min(a.first_seen_at) AS first_seen_at, max(a.first_seen_at) AS last_seen_at, count(*) AS article_count
    FROM store.story_members AS m JOIN store.articles AS a ON a.article_id = m.article_id
    WHERE m.story_id IN (SELECT story_id FROM linked) AND a.first_seen_at <= as_of
    GROUP BY m.story_id
),
known AS (SELECT * FROM linked JOIN dated USING (story_id) QUALIFY count(*) OVER (PARTITION BY thread_id) > 1)
SELECT thread_id, story_id, row_number() OVER (PARTITION BY thread_id ORDER BY happened_at, story_id) AS step,
    relation, reason, happened_at, first_seen_at, last_seen_at, article_count, other_story_id, score, since
FROM known;
COMMENT ON MACRO TABLE thread_stories_as_of IS 'The stories of each thread as known at a moment, in order of what happened. A thread has two stories at least.';

CREATE OR REPLACE VIEW thread_stories AS
SELECT thread_id, story_id, step, relation, reason, happened_at, first_seen_at, last_seen_at, article_count, other_story_id, score, since
FROM thread_stories_as_of('infinity'::TIMESTAMP);
COMMENT ON VIEW thread_stories IS 'The stories of each thread, one row a story; a story without a thread has none.';
COMMENT ON COLUMN thread_stories.thread_id IS 'The thread.';
COMMENT ON COLUMN thread_stories.story_id IS 'The story.';
COMMENT ON COLUMN thread_stories.step IS 'Its place in the thread by date, from 1.';
COMMENT ON COLUMN thread_stories.relation IS 'The strongest evidence for the link: instrument, citation, names (two at least in both titles that are no places), words, or correction.';
COMMENT ON COLUMN thread_stories.reason IS 'The evidence in words.';
COMMENT ON COLUMN thread_stories.happened_at IS 'The earliest trusted date of its articles, else when it was first seen, UTC.';
COMMENT ON COLUMN thread_stories.first_seen_at IS 'When its first article was first seen, UTC.';
COMMENT ON COLUMN thread_stories.last_seen_at IS 'When its latest article was first seen, UTC.';
COMMENT ON COLUMN thread_stories.article_count IS 'Its articles, copies included.';
COMMENT ON COLUMN thread_stories.other_story_id IS 'The story of the thread that the reason names; NULL after a correction.';
COMMENT ON COLUMN thread_stories.score IS 'Log-odds that both are of one matter; NULL after a correction.';
COMMENT ON COLUMN thread_stories.since IS 'When both were known, UTC: from then on the story belongs to the thread.';

CREATE OR REPLACE MACRO thread_notes_as_of(as_of) AS TABLE
SELECT c.correction_id, c.action, c.title,
    CASE WHEN c.thread_id IN (SELECT thread_id FROM store.thread_links WHERE since <= as_of AND (until IS NULL OR until > as_of))
        THEN c.thread_id ELSE current_thread_id(c.thread_id) END AS thread_id
FROM store.thread_corrections AS c
WHERE c.action IN ('rename', 'follow', 'unfollow') AND c.made_at <= as_of;
COMMENT ON MACRO TABLE thread_notes_as_of IS 'The titles that analysts gave, and what they follow, by the thread they are of at a moment: of a thread that was joined to another by then, that other.';

CREATE OR REPLACE MACRO followed_threads_as_of(as_of) AS TABLE
SELECT thread_id FROM thread_notes_as_of(as_of) WHERE action <> 'rename'
GROUP BY thread_id HAVING arg_max(action, correction_id) = 'follow';
COMMENT ON MACRO TABLE followed_threads_as_of IS 'The threads that an analyst followed at a moment.';

CREATE OR REPLACE MACRO threads_as_of(as_of) AS TABLE
WITH steps AS MATERIALIZED (FROM thread_stories_as_of(as_of)),
faces AS (
    SELECT s.story_id, coalesce(any_value(lead.title), arg_min(a.title, (m.copy_of IS NOT NULL, m.position))) AS title,
        arg_max(f.value, (a.first_seen_at, a.article_id)) FILTER (f.value IS NOT NULL) AS stage
    FROM steps AS s
    JOIN store.story_members AS m ON m.story_id = s.story_id
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= as_of
    LEFT JOIN store.article_facets AS f ON f.article_id = a.article_id AND f.facet = 'stage'
    LEFT JOIN store.story_summaries AS y ON y.story_id = s.story_id
    LEFT JOIN store.articles AS lead ON lead.article_id = y.article_id AND lead.first_seen_at <= as_of
    GROUP BY s.story_id
),
named AS (
    SELECT thread_id, arg_max(title, correction_id) AS title
    FROM thread_notes_as_of(as_of) WHERE action = 'rename' GROUP BY thread_id
),
desks AS (
    SELECT s.thread_id, s.story_id, d.desk
    FROM steps AS s JOIN story_desks_as_of(as_of) AS d ON d.story_id = s.story_id AND d.is_primary
),
filed AS (
    SELECT thread_id, arg_max(desk, (desk <> 'off_topic', stories, desk)) AS desk
    FROM (SELECT thread_id, desk, count(*) AS stories FROM desks GROUP BY thread_id, desk) GROUP BY thread_id
),
threads AS (
    SELECT s.thread_id, arg_max(f.title, (coalesce(d.desk, 'off_topic') <> 'off_topic', s.article_count, -s.step)) AS title,
        min(s.first_seen_at) AS first_seen_at, max(s.last_seen_at) AS last_seen_at, count(*) AS story_count,
        sum(s.article_count) AS article_count, min(s.happened_at) AS first_step_at, max(s.happened_at) AS last_step_at,
        arg_max(f.stage, s.step) FILTER (f.stage IS NOT NULL) AS stage, arg_max(f.stage, s.step) AS last_stage
    FROM steps AS s JOIN faces AS f ON f.story_id = s.story_id
    LEFT JOIN desks AS d ON d.story_id = s.story_id
    GROUP BY s.thread_id
)
SELECT t.thread_id, coalesce(n.title, t.title) AS title, coalesce(d.desk, 'off_topic') AS desk,
    CASE WHEN t.last_stage IN ('in_force', 'rescinded') THEN 'concluded'
        WHEN t.last_seen_at + thread_dormant_after() <= least(as_of, last_seen_at()) THEN 'dormant'
        ELSE 'open' END AS state,
    t.first_seen_at, t.last_seen_at, t.story_count, t.article_count::BIGINT AS article_count, t.first_step_at, t.last_step_at,
    t.stage, w.thread_id IS NOT NULL AS is_followed
FROM threads AS t
LEFT JOIN named AS n ON n.thread_id = t.thread_id
LEFT JOIN filed AS d ON d.thread_id = t.thread_id
LEFT JOIN followed_threads_as_of(as_of) AS w ON w.thread_id = t.thread_id;
COMMENT ON MACRO TABLE threads_as_of IS 'The threads as known at a moment: columns as in threads.';

CREATE OR REPLACE VIEW threads AS
SELECT thread_id, title, desk, state, first_seen_at, last_seen_at, story_count, article_count, first_step_at, last_step_at, stage, is_followed
FROM threads_as_of('infinity'::TIMESTAMP);
COMMENT ON VIEW threads IS 'One row per matter that is followed over time: the stories of one bill, rule, case, licence, contract or dispute.';
COMMENT ON COLUMN threads.thread_id IS 'Stable id, made from the story that founded it.';
COMMENT ON COLUMN threads.title IS 'Headline of its largest story on topic, or the title that an analyst gave it.';
COMMENT ON COLUMN threads.desk IS 'The desk of most of its stories, or off_topic.';
COMMENT ON COLUMN threads.state IS 'open; dormant after sixty days without a new article; concluded if its latest story is of something in force or rescinded.';
COMMENT ON COLUMN threads.first_seen_at IS 'When its first article was first seen, UTC.';
COMMENT ON COLUMN threads.last_seen_at IS 'When its latest article was first seen, UTC.';
COMMENT ON COLUMN threads.story_count IS 'Its stories: at least two.';
COMMENT ON COLUMN threads.article_count IS 'Their articles, copies included.';
COMMENT ON COLUMN threads.first_step_at IS 'The date of its first story, UTC.';
COMMENT ON COLUMN threads.last_step_at IS 'The date of its latest story, UTC.';
COMMENT ON COLUMN threads.stage IS 'The latest known stage; NULL if none is known.';
COMMENT ON COLUMN threads.is_followed IS 'Whether an analyst follows it.';

CREATE OR REPLACE MACRO sure_from() AS 0.7;
COMMENT ON MACRO sure_from IS 'Returns the probability from which on a story is surely on topic.';

CREATE OR REPLACE MACRO inherited_desks_as_of(as_of) AS TABLE
WITH steps AS MATERIALIZED (FROM thread_stories_as_of(as_of)),
filed AS MATERIALIZED (
    SELECT story_id, desk, on_topic FROM story_desks_as_of(as_of) WHERE is_primary AND story_id IN (SELECT story_id FROM steps)
),
surely_linked AS ( -- names and words are not enough: of three stories by names one was of its thread's desk
    SELECT story_id FROM steps WHERE relation IN ('instrument', 'citation', 'correction')
    UNION
    SELECT other_story_id FROM steps WHERE relation IN ('instrument', 'citation')
),
perhaps AS (
    SELECT s.thread_id, s.story_id, f.on_topic
    FROM steps AS s JOIN filed AS f ON f.story_id = s.story_id
    WHERE f.on_topic >= near_topic_from() AND f.on_topic < on_topic_from() AND s.story_id IN (FROM surely_linked)
)
SELECT p.story_id, p.thread_id, min(f.desk) FILTER (f.on_topic >= sure_from()) AS desk, p.on_topic
FROM perhaps AS p
JOIN steps AS s ON s.thread_id = p.thread_id AND s.story_id <> p.story_id
LEFT JOIN filed AS f ON f.story_id = s.story_id
GROUP BY p.story_id, p.thread_id, p.on_topic
HAVING count(DISTINCT f.desk) FILTER (f.on_topic >= sure_from()) = 1
    AND count(*) FILTER (f.on_topic >= sure_from()) >= 2
    AND count(*) FILTER (f.on_topic >= sure_from()) * 2 > count(*);
COMMENT ON MACRO TABLE inherited_desks_as_of IS 'The stories perhaps on topic that have the desk of their thread, as known at a moment: columns as in inherited_desks.';

CREATE OR REPLACE VIEW inherited_desks AS
SELECT story_id, thread_id, desk, on_topic FROM inherited_desks_as_of('infinity'::TIMESTAMP);
COMMENT ON VIEW inherited_desks IS 'The stories perhaps on topic that have the desk of their thread: an instrument, a citation or an analyst links them, and at least two of its other stories, and most, are surely of that one desk. They are told, and counted nowhere: for stories and story_desks they are off topic.';
COMMENT ON COLUMN inherited_desks.story_id IS 'The story.';
COMMENT ON COLUMN inherited_desks.thread_id IS 'The thread that it has the desk of.';
COMMENT ON COLUMN inherited_desks.desk IS 'The desk.';
COMMENT ON COLUMN inherited_desks.on_topic IS 'Probability that the story is on topic by its own texts, 0.1 to 0.5.';

CREATE OR REPLACE VIEW thread_desks AS
SELECT s.thread_id, d.desk, count(*) AS story_count
FROM thread_stories AS s JOIN story_desks AS d ON d.story_id = s.story_id AND d.is_primary
GROUP BY s.thread_id, d.desk;
COMMENT ON VIEW thread_desks IS 'The desks of the stories of a thread.';
COMMENT ON COLUMN thread_desks.thread_id IS 'The thread.';
COMMENT ON COLUMN thread_desks.desk IS 'A desk id, or off_topic.';
COMMENT ON COLUMN thread_desks.story_count IS 'Its stories there.';

CREATE OR REPLACE VIEW thread_entities AS
SELECT s.thread_id, e.entity_id, any_value(e.name) AS name, any_value(e.kind) AS kind, count(*) AS story_count
FROM thread_stories AS s JOIN story_entities AS e ON e.story_id = s.story_id
GROUP BY s.thread_id, e.entity_id
HAVING count(*) * 3 >= (SELECT count(*) FROM thread_stories AS t WHERE t.thread_id = s.thread_id);
COMMENT ON VIEW thread_entities IS 'The entities of at least a third of the stories of a thread.';
COMMENT ON COLUMN thread_entities.thread_id IS 'The thread.';
COMMENT ON COLUMN thread_entities.entity_id IS 'The entity.';
COMMENT ON COLUMN thread_entities.name IS 'Its display name.';
COMMENT ON COLUMN thread_entities.kind IS 'Its kind.';
COMMENT ON COLUMN thread_entities.story_count IS 'The stories that name it.';

CREATE OR REPLACE VIEW thread_instruments AS
SELECT s.thread_id, i.kind, i.number, count(*) AS story_count
FROM thread_stories AS s JOIN story_instruments AS i ON i.story_id = s.story_id
GROUP BY s.thread_id, i.kind, i.number;
COMMENT ON VIEW thread_instruments IS 'The instruments that the stories of a thread cite.';
COMMENT ON COLUMN thread_instruments.thread_id IS 'The thread.';
COMMENT ON COLUMN thread_instruments.kind IS 'Kind of the instrument.';
COMMENT ON COLUMN thread_instruments.number IS 'Its canonical number.';
COMMENT ON COLUMN thread_instruments.story_count IS 'The stories that cite it.';

CREATE OR REPLACE VIEW thread_successors AS
SELECT thread_id, successor_id FROM store.threads WHERE successor_id IS NOT NULL;
COMMENT ON VIEW thread_successors IS 'Every thread that was joined to another, and the id to use instead.';
COMMENT ON COLUMN thread_successors.thread_id IS 'The former id.';
COMMENT ON COLUMN thread_successors.successor_id IS 'The thread that has its stories now; never a former one itself.';

CREATE OR REPLACE VIEW thread_corrections AS
SELECT correction_id, action, thread_id, other_thread_id, story_ids, title, made_at, made_by, reason FROM store.thread_corrections;
COMMENT ON VIEW thread_corrections IS 'Analysts'' corrections of threads, in order. Append-only.';
COMMENT ON COLUMN thread_corrections.correction_id IS 'Number of the correction, from 1.';
COMMENT ON COLUMN thread_corrections.action IS 'join, split, rename, follow or unfollow.';
COMMENT ON COLUMN thread_corrections.thread_id IS 'The thread that was corrected.';
COMMENT ON COLUMN thread_corrections.other_thread_id IS 'For join the thread that received the stories; otherwise NULL.';
COMMENT ON COLUMN thread_corrections.story_ids IS 'The stories that went.';
COMMENT ON COLUMN thread_corrections.title IS 'For rename the new title; otherwise NULL.';
COMMENT ON COLUMN thread_corrections.made_at IS 'When, UTC.';
COMMENT ON COLUMN thread_corrections.made_by IS 'Who.';
COMMENT ON COLUMN thread_corrections.reason IS 'Why.';
