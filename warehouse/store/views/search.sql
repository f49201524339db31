-- Words become terms here and only here, for the index as for queries.
-- The pattern lists separators: the Unicode classes of letters take RE2 5 ms per query to compile, this 0.4 ms.
CREATE OR REPLACE MACRO search_words(content) AS regexp_extract_all(
    content,
    '(?:[A-Za-z]\.){2,}|\p{Han}|[^\x00-/:-@\[-`{-\x{BF}\x{D7}\x{F7}\x{2000}-\x{303F}\x{FE00}-\x{FF0F}\x{1F000}-\x{1FAFF}\p{Han}]+'
);
COMMENT ON MACRO search_words IS 'Returns the words of a text in order: runs of letters and digits, U.S. as one word, each Chinese character as one.';

CREATE OR REPLACE MACRO search_fold(word) AS lower(strip_accents(replace(word, '.', '')));
COMMENT ON MACRO search_fold IS 'Returns a word in lower case without accents and full stops.';

CREATE OR REPLACE MACRO search_singular(word) AS CASE
    WHEN length(word) < 4 OR NOT suffix(word, 's') THEN word
    WHEN suffix(word, 'ies') AND NOT suffix(word, 'eies') AND NOT suffix(word, 'aies') THEN left(word, length(word) - 3) || 'y'
    WHEN suffix(word, 'us') OR suffix(word, 'ss') OR suffix(word, 'aes') OR suffix(word, 'ees') OR suffix(word, 'oes') THEN word
    ELSE left(word, length(word) - 1)
END;
COMMENT ON MACRO search_singular IS 'Returns a folded word without its plural s, by Harman''s S stemmer (How effective is suffixing?, JASIS 42, 1991).';

CREATE OR REPLACE MACRO search_terms(content) AS list_transform(
    list_transform(search_words(content), lambda word: search_fold(word)), lambda folded: search_singular(folded)
);
COMMENT ON MACRO search_terms IS 'Returns the terms by which the words of a text are indexed and looked up, in order.';

CREATE OR REPLACE MACRO search_stop_words() AS
    ['a', 'an', 'and', 'are', 'as', 'at', 'be', 'been', 'but', 'by', 'for', 'from', 'had', 'has', 'have', 'in', 'into', 'is', 'it',
     'its', 'of', 'on', 'or', 's', 'than', 'that', 'the', 'their', 'these', 'they', 'thi', 'to', 'was', 'we', 'were', 'which',
     'will', 'with'];
COMMENT ON MACRO search_stop_words IS 'Returns the terms (this becomes thi) that are not indexed, as every text has them. They still take a position.';

CREATE OR REPLACE VIEW search_documents AS SELECT doc, article_id FROM store.search_documents;
COMMENT ON VIEW search_documents IS 'One row per indexed article: its document number in search_postings.';
COMMENT ON COLUMN search_documents.doc IS 'Document number; a new one if the text changes.';
COMMENT ON COLUMN search_documents.article_id IS 'The article.';

CREATE OR REPLACE VIEW search_postings AS
SELECT p.term, m.doc, m.weight / 100 AS weight, m.places
FROM store.search_postings AS p, LATERAL (SELECT unnest(p.docs) AS doc, unnest(p.weights) AS weight, unnest(p.places) AS places) AS m
WHERE m.doc NOT IN (SELECT doc FROM store.search_deleted);
COMMENT ON VIEW search_postings IS 'The inverted index, one row per term and article. Filter by one term or a few.';
COMMENT ON COLUMN search_postings.term IS 'A term as search_terms makes it, or @ and the id of an entity that the article names.';
COMMENT ON COLUMN search_postings.doc IS 'The article''s number in search_documents.';
COMMENT ON COLUMN search_postings.weight IS 'Term frequency weighted by field and field length: the wtf of BM25F (Robertson, Zaragoza and Taylor, CIKM 2004).';
COMMENT ON COLUMN search_postings.places IS 'Positions of the term, one per word: the title from 0, the summary from 200, the text from 1000; empty for entities.';

CREATE OR REPLACE MACRO search_ranked(wanted) AS TABLE
WITH asked AS (SELECT unnest(wanted::STRUCT(term VARCHAR, factor DOUBLE)[], max_depth := 2)),
found AS MATERIALIZED (
    SELECT p.term, a.factor, p.documents, p.docs, p.weights
    FROM store.search_postings AS p JOIN asked AS a ON a.term = p.term
),
rarity AS ( -- idf as in Lucene's BM25: never negative
    SELECT term, factor * ln(1 + (n - least(df, n) + 0.5) / (df + 0.5)) AS idf
    FROM (SELECT term, any_value(factor) AS factor, sum(documents) AS df FROM found GROUP BY term),
        (SELECT count(*) AS n FROM store.search_documents)
),
matches AS ( -- joined before the lists are unnested: there are few terms, and up to a million postings
    SELECT idf, unnest(docs) AS doc, unnest(weights) / 100 AS weight FROM found JOIN rarity USING (term)
)
SELECT doc, sum(idf * weight / (0.6 + weight)) AS score
FROM matches
WHERE doc NOT IN (SELECT doc FROM store.search_deleted)
GROUP BY doc;
COMMENT ON MACRO TABLE search_ranked IS 'Returns the BM25F score of every document with any of the terms in a list of {term, factor}, in no order.';

CREATE OR REPLACE MACRO search_phrase(parts, low, high) AS TABLE
WITH asked AS (SELECT unnest(parts::STRUCT(term VARCHAR, place INTEGER)[], max_depth := 2)),
found AS (
    SELECT a.place, unnest(p.docs) AS doc, unnest(p.places) AS places
    FROM store.search_postings AS p JOIN asked AS a ON a.term = p.term
),
starts AS (SELECT doc, unnest(places)::INTEGER - place AS start FROM found)
SELECT DISTINCT doc FROM starts
WHERE start BETWEEN low AND high GROUP BY doc, start HAVING count(*) = (SELECT count(*) FROM asked);
COMMENT ON MACRO TABLE search_phrase IS 'Returns the documents with a phrase, given as a list of {term, place}, that begins between two positions (title: 0 to 199).';

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
COMMENT ON MACRO TABLE search IS 'Returns the k best articles for the words of a query in title, summary or text, by BM25F. `watchfloor search` has phrases, filters, spelling and meaning.';
