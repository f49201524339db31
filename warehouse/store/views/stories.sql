CREATE OR REPLACE MACRO on_topic_from() AS 0.5;
COMMENT ON MACRO on_topic_from IS 'Returns the probability from which on a story is on topic.';

-- Below it one story in a hundred is on topic (docs/decisions/0046), of 34 unseen articles on topic three are by title
-- and summary (0054), and of 298 stories of labelled matters six are.
CREATE OR REPLACE MACRO near_topic_from() AS 0.1;
COMMENT ON MACRO near_topic_from IS 'Returns the probability from which on an article or a story is perhaps on topic: its page is fetched, it can be part of a thread, and an issue lists it.';

CREATE OR REPLACE MACRO dormant_after() AS INTERVAL 10 DAY;
COMMENT ON MACRO dormant_after IS 'Returns how long a story has no new text before it is dormant: a week, and some days for late collection.';

CREATE OR REPLACE MACRO last_seen_at() AS (SELECT max(first_seen_at) FROM store.articles);
COMMENT ON MACRO last_seen_at IS 'Returns when the warehouse last saw a new article, UTC. A story''s status is relative to it.';

CREATE OR REPLACE VIEW story_articles AS
SELECT story_id, article_id, similarity, copy_of IS NOT NULL AS is_copy, copy_of FROM store.story_members;
COMMENT ON VIEW story_articles IS 'The story of each article; every enriched article belongs to exactly one.';
COMMENT ON COLUMN story_articles.story_id IS 'The story.';
COMMENT ON COLUMN story_articles.article_id IS 'The article.';
COMMENT ON COLUMN story_articles.similarity IS 'Similarity to the story when it was assigned, 0 to 1; 1 for the first article.';
COMMENT ON COLUMN story_articles.is_copy IS 'Whether its text repeats that of another article of the story.';
COMMENT ON COLUMN story_articles.copy_of IS 'The article whose text it repeats, by the whole texts where both are there; NULL for an original text.';

CREATE OR REPLACE MACRO story_desks_as_of(as_of) AS TABLE
WITH known AS ( -- a text seen later must not move a story to another desk
    SELECT m.story_id, m.article_id
    FROM store.story_members AS m
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= as_of
    WHERE m.copy_of IS NULL
),
candidates AS ( -- most stories have no text that is perhaps on topic, and need no more work
    SELECT DISTINCT k.story_id
    FROM known AS k JOIN desk_probabilities_as_of(as_of) AS d ON d.article_id = k.article_id
    WHERE d.desk <> 'off_topic' AND d.probability > 0.03
),
labels AS (
    SELECT k.story_id, k.article_id, d.desk, d.probability
    FROM known AS k
    JOIN candidates AS c ON c.story_id = k.story_id
    JOIN desk_probabilities_as_of(as_of) AS d ON d.article_id = k.article_id
),
texts AS (
    SELECT story_id, article_id, round(coalesce(sum(probability) FILTER (desk <> 'off_topic'), 0), 6) AS on_topic
    FROM labels GROUP BY story_id, article_id
),
clearest AS (
    SELECT story_id, count(*) AS texts, min({'below': -on_topic, 'article_id': article_id}).article_id AS article_id
    FROM texts GROUP BY story_id
),
pooled AS ( -- half by all texts, half by the clearest of them: the others are often bare headlines
    SELECT l.story_id, l.desk,
        round((sum(l.probability) / c.texts + coalesce(any_value(l.probability) FILTER (l.article_id = c.article_id), 0)) / 2, 6)
            AS probability
    FROM labels AS l JOIN clearest AS c ON c.story_id = l.story_id
    GROUP BY l.story_id, l.desk, c.texts
),
filed AS (
    SELECT story_id, round(coalesce(sum(probability) FILTER (desk <> 'off_topic'), 0), 6) AS on_topic,
        min({'below': -probability, 'desk': desk}) FILTER (desk <> 'off_topic').desk AS best_desk
    FROM pooled GROUP BY story_id
)
SELECT p.story_id, p.desk, p.probability, f.on_topic,
    p.desk = CASE WHEN f.on_topic >= on_topic_from() THEN f.best_desk ELSE 'off_topic' END AS is_primary
FROM pooled AS p JOIN filed AS f ON f.story_id = p.story_id
UNION ALL
SELECT k.story_id, 'off_topic', round(avg(d.probability), 6), round(1 - avg(d.probability), 6), TRUE
FROM known AS k JOIN desk_probabilities_as_of(as_of) AS d ON d.article_id = k.article_id
WHERE d.desk = 'off_topic' AND k.story_id NOT IN (FROM candidates)
GROUP BY k.story_id;
COMMENT ON MACRO TABLE story_desks_as_of IS 'The probability of every label for each story as of a moment: the mean of that of its clearest text and of the mean over its texts; copies do not count. Of a story without any text that is perhaps on topic, off_topic alone.';

CREATE OR REPLACE VIEW story_desks AS
SELECT story_id, desk, probability, on_topic, is_primary FROM story_desks_as_of('infinity'::TIMESTAMP);
COMMENT ON VIEW story_desks IS 'The desks of a story, from all its texts together.';
COMMENT ON COLUMN story_desks.story_id IS 'The story.';
COMMENT ON COLUMN story_desks.desk IS 'A desk id, or off_topic.';
COMMENT ON COLUMN story_desks.probability IS 'Probability of the label, 0 to 1, from all its texts; copies do not count.';
COMMENT ON COLUMN story_desks.on_topic IS 'Probability that the story is on topic: that of all desks together.';
COMMENT ON COLUMN story_desks.is_primary IS 'Whether the story is filed there: at its most probable desk from an on-topic probability of on_topic_from() on, else at off_topic.';

CREATE OR REPLACE VIEW story_documents AS
SELECT m.story_id, d.article_id, d.report_id, d.reason
FROM store.document_comparisons AS d
JOIN store.story_members AS m ON m.article_id = d.article_id
JOIN store.story_members AS r ON r.article_id = d.report_id AND r.story_id = m.story_id;
COMMENT ON VIEW story_documents IS 'The primary documents that a text of their own story reports: documents of registers and authorities'' own pages of their acts.';
COMMENT ON COLUMN story_documents.story_id IS 'The story.';
COMMENT ON COLUMN story_documents.article_id IS 'The document.';
COMMENT ON COLUMN story_documents.report_id IS 'The first text of another publisher that was seen to report it.';
COMMENT ON COLUMN story_documents.reason IS 'What shows it, in words: a number or address, or what both tell of and name, and the days between.';

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
    coalesce(any_value(face.key_terms), []) AS key_terms,
    any_value(face.document_id) AS document_id
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
LEFT JOIN store.classifications AS f ON f.article_id = m.article_id
LEFT JOIN story_desks AS d ON d.story_id = m.story_id AND d.is_primary
LEFT JOIN store.story_summaries AS face ON face.story_id = m.story_id
LEFT JOIN store.articles AS lead ON lead.article_id = face.article_id
GROUP BY m.story_id;
COMMENT ON VIEW stories IS 'One row per event in the news. A single article is a story too.';
COMMENT ON COLUMN stories.story_id IS 'Stable id, made from the first article of the story.';
COMMENT ON COLUMN stories.title IS 'The title of the primary document that it reports, if it has one; else the headline of its most representative article.';
COMMENT ON COLUMN stories.first_seen_at IS 'When its first article was first seen, UTC.';
COMMENT ON COLUMN stories.last_seen_at IS 'When its latest article was first seen, UTC.';
COMMENT ON COLUMN stories.article_count IS 'Articles, copies included.';
COMMENT ON COLUMN stories.text_count IS 'Distinct texts: copies count once.';
COMMENT ON COLUMN stories.publisher_count IS 'Publisher families.';
COMMENT ON COLUMN stories.desk IS 'The most probable desk of its texts together, or off_topic; NULL until classified.';
COMMENT ON COLUMN stories.first_published_at IS 'Earliest trusted publication date among its articles, UTC; NULL if none is trusted.';
COMMENT ON COLUMN stories.status IS 'active, or dormant after ten days without a new text.';
COMMENT ON COLUMN stories.title_article_id IS 'The article of the title; NULL until the story has a summary.';
COMMENT ON COLUMN stories.document_id IS 'The primary document that its other texts report, of several the first seen; NULL if it has none (see story_documents).';
COMMENT ON COLUMN stories.key_terms IS 'Words and names that are frequent in its texts and rare in others, most distinctive first; at most six.';

CREATE OR REPLACE VIEW story_topics AS
SELECT m.story_id, v.desk, v.topic, count(*) AS votes
FROM store.story_members AS m
JOIN article_topics AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.desk, v.topic
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_topics IS 'The topics of at least a third of the texts of a story.';
COMMENT ON COLUMN story_topics.story_id IS 'The story.';
COMMENT ON COLUMN story_topics.desk IS 'The desk of the topic.';
COMMENT ON COLUMN story_topics.topic IS 'The topic.';
COMMENT ON COLUMN story_topics.votes IS 'Number of its texts; copies have no vote.';

CREATE OR REPLACE VIEW story_themes AS
SELECT m.story_id, v.theme, count(*) AS votes
FROM store.story_members AS m
JOIN article_themes AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.theme
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_themes IS 'The themes of at least a third of the texts of a story.';
COMMENT ON COLUMN story_themes.story_id IS 'The story.';
COMMENT ON COLUMN story_themes.theme IS 'The theme.';
COMMENT ON COLUMN story_themes.votes IS 'Number of its texts; copies have no vote.';

CREATE OR REPLACE VIEW story_entities AS
SELECT m.story_id, v.entity_id, v.name, v.kind, count(*) AS votes
FROM store.story_members AS m
JOIN article_entities AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.entity_id, v.name, v.kind
HAVING count(*) * 3 >= (SELECT count(*) FROM store.story_members AS t WHERE t.story_id = m.story_id AND t.copy_of IS NULL);
COMMENT ON VIEW story_entities IS 'The entities that at least a third of the texts of a story name.';
COMMENT ON COLUMN story_entities.story_id IS 'The story.';
COMMENT ON COLUMN story_entities.entity_id IS 'The entity.';
COMMENT ON COLUMN story_entities.name IS 'Its display name.';
COMMENT ON COLUMN story_entities.kind IS 'Its kind.';
COMMENT ON COLUMN story_entities.votes IS 'Number of its texts; copies have no vote.';

CREATE OR REPLACE VIEW story_instruments AS
SELECT m.story_id, v.kind, v.number, count(*) AS votes
FROM store.story_members AS m
JOIN article_instruments AS v ON v.article_id = m.article_id
WHERE m.copy_of IS NULL
GROUP BY m.story_id, v.kind, v.number;
COMMENT ON VIEW story_instruments IS 'The instruments that a text of a story cites; one text suffices, as few repeat a number.';
COMMENT ON COLUMN story_instruments.story_id IS 'The story.';
COMMENT ON COLUMN story_instruments.kind IS 'Kind of the instrument.';
COMMENT ON COLUMN story_instruments.number IS 'Its canonical number.';
COMMENT ON COLUMN story_instruments.votes IS 'Number of its texts; copies have no vote.';

CREATE OR REPLACE VIEW story_sentences AS
SELECT story_id, position, article_id, sentence FROM store.story_sentences;
COMMENT ON VIEW story_sentences IS 'The extractive summary of a story: whole sentences of its articles, in order.';
COMMENT ON COLUMN story_sentences.story_id IS 'The story.';
COMMENT ON COLUMN story_sentences.position IS 'Position in the summary, from 1.';
COMMENT ON COLUMN story_sentences.article_id IS 'The article of the sentence.';
COMMENT ON COLUMN story_sentences.sentence IS 'The sentence, verbatim.';

CREATE OR REPLACE VIEW story_successors AS
SELECT story_id, successor_id FROM store.stories WHERE successor_id IS NOT NULL;
COMMENT ON VIEW story_successors IS 'Every id that was merged into another story, and the id to use instead.';
COMMENT ON COLUMN story_successors.story_id IS 'The merged id.';
COMMENT ON COLUMN story_successors.successor_id IS 'The story that has its articles now; never a merged one itself.';

CREATE OR REPLACE MACRO current_story_id(id) AS coalesce((SELECT successor_id FROM store.stories WHERE story_id = id), id);
COMMENT ON MACRO current_story_id IS 'Returns the present id of a story: its own, or that of its successor if it was merged.';

CREATE OR REPLACE VIEW story_events AS
WITH first_moves AS (
    SELECT v.article_id, arg_min(v.from_story_id, c.position) AS story_id
    FROM store.story_moves AS v JOIN store.story_changes AS c ON c.change_id = v.change_id
    GROUP BY v.article_id
),
texts AS ( -- each text in the story that it was first assigned to
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
computed AS (
    SELECT t.story_id, 'created' AS event, seen_at AS happened_at, t.article_id, 'its first text' AS reason
    FROM texts AS t WHERE before IS NULL AND t.story_id NOT IN (FROM split_off)
    UNION ALL
    SELECT story_id, 'continued', seen_at, article_id, 'a new text in a new week'
    FROM texts WHERE seen_at - before < dormant_after() AND week_of(seen_at) <> week_of(before)
    UNION ALL
    SELECT story_id, 'resurfaced', seen_at, article_id, format('a new text after {} days', date_diff('day', before, seen_at))
    FROM texts WHERE seen_at - before >= dormant_after()
    UNION ALL
    SELECT t.story_id, 'dormant', seen_at + dormant_after(), t.article_id, 'no new text for ten days'
    FROM texts AS t LEFT JOIN ended AS e ON e.story_id = t.story_id
    WHERE coalesce(after, last_seen_at()) - seen_at >= dormant_after()
        AND (e.merged_at IS NULL OR e.merged_at >= seen_at + dormant_after())
)
SELECT story_id, event, happened_at, NULL::BIGINT AS other_story_id, article_id, reason, NULL::BIGINT AS correction_id FROM computed
UNION ALL
SELECT story_id, event, happened_at, other_story_id, article_id, reason, correction_id FROM store.story_changes;
COMMENT ON VIEW story_events IS 'The history of every story, merged ones included. Filter by happened_at to see it as of a moment.';
COMMENT ON COLUMN story_events.story_id IS 'The story. For merged the one that ended, for split the one that lost articles.';
COMMENT ON COLUMN story_events.event IS 'created, continued, dormant, resurfaced, merged or split.';
COMMENT ON COLUMN story_events.happened_at IS 'Time of the article that caused it, or of the correction, UTC.';
COMMENT ON COLUMN story_events.other_story_id IS 'For merged and split the story that received the articles; otherwise NULL.';
COMMENT ON COLUMN story_events.article_id IS 'The article that caused it; for dormant the last one, for merged the one that fits both stories; NULL for corrections.';
COMMENT ON COLUMN story_events.reason IS 'The reason as text.';
COMMENT ON COLUMN story_events.correction_id IS 'The correction that caused it; NULL if none did.';

CREATE OR REPLACE VIEW story_corrections AS
SELECT correction_id, action, story_id, other_story_id, article_ids, made_at, made_by, reason FROM store.story_corrections;
COMMENT ON VIEW story_corrections IS 'Analysts'' corrections of stories, in order. Append-only.';
COMMENT ON COLUMN story_corrections.correction_id IS 'Number of the correction, from 1.';
COMMENT ON COLUMN story_corrections.action IS 'merge, split or move.';
COMMENT ON COLUMN story_corrections.story_id IS 'The story that lost articles.';
COMMENT ON COLUMN story_corrections.other_story_id IS 'The story that received them.';
COMMENT ON COLUMN story_corrections.article_ids IS 'The articles that were moved; empty for a whole story.';
COMMENT ON COLUMN story_corrections.made_at IS 'When, UTC.';
COMMENT ON COLUMN story_corrections.made_by IS 'Who.';
COMMENT ON COLUMN story_corrections.reason IS 'Why.';

CREATE OR REPLACE MACRO counted_articles(as_of) AS TABLE
SELECT m.story_id, a.article_id, a.source_id, a.publisher, a.published_at, week_of(a.published_at) AS week,
    m.copy_of IS NOT NULL AS is_copy, d.desk, d.on_topic
FROM store.articles AS a
JOIN store.story_members AS m ON m.article_id = a.article_id
JOIN store.classifications AS f ON f.article_id = a.article_id
JOIN story_desks_as_of(as_of) AS d ON d.story_id = m.story_id AND d.is_primary AND d.desk <> 'off_topic'
WHERE a.date_status = 'ok'
    AND a.set_aside IS NULL
    AND a.first_seen_at <= as_of
    AND f.genre NOT IN ('opinion', 'newsletter', 'vendor');
COMMENT ON MACRO TABLE counted_articles IS 'The articles that count, as known at a moment: on topic, dated, not opinion, newsletter or vendor text; each at the desk of its story; on_topic is the probability that the story is on topic.';

CREATE OR REPLACE MACRO stories_in(in_week, at_desk) AS TABLE
SELECT c.story_id, any_value(s.title) AS title, count(*) AS article_count, count(*) FILTER (WHERE NOT c.is_copy) AS text_count,
    count(DISTINCT c.publisher) AS publisher_count, min(c.published_at) AS first_published_at,
    any_value(week_of(s.first_published_at) = in_week) AS is_new
FROM counted_articles('infinity'::TIMESTAMP) AS c
JOIN stories AS s ON s.story_id = c.story_id
WHERE c.week = in_week AND c.desk = at_desk
GROUP BY c.story_id
ORDER BY publisher_count DESC, article_count DESC, c.story_id;
COMMENT ON MACRO TABLE stories_in IS 'Returns the stories of an ISO week at a desk as the digest counts them, those of most publishers first. Counts are of that week; is_new if no trusted date of the story is earlier.';

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
COMMENT ON MACRO TABLE cooccurrence IS 'Returns the entities that are named together with an entity in articles since a day, those of most stories first; share is the share of the articles that name the entity.';
