CREATE OR REPLACE VIEW articles AS
SELECT a.article_id, a.source_id, a.publisher, a.url, a.title, a.summary, a.language, f.genre, a.published_at,
    a.first_seen_at, a.date_status, a.updated_at, a.stated_at, a.set_aside
FROM store.articles AS a
LEFT JOIN store.classifications AS f ON f.article_id = a.article_id;
COMMENT ON VIEW articles IS 'One row per article; feeds that bring the same article share the row.';
COMMENT ON COLUMN articles.article_id IS 'Stable id, made from the article''s address.';
COMMENT ON COLUMN articles.source_id IS 'The feed that brought it first; of several in one hour one that dates it, then the first by id.';
COMMENT ON COLUMN articles.publisher IS 'Publisher family of that feed.';
COMMENT ON COLUMN articles.url IS 'Canonical address, without tracking parameters; NULL if the feed gave none.';
COMMENT ON COLUMN articles.title IS 'Headline as plain text.';
COMMENT ON COLUMN articles.summary IS 'The feed''s summary as plain text, at most 1,000 characters; empty if it gave none.';
COMMENT ON COLUMN articles.language IS 'ISO 639 code, from the feed.';
COMMENT ON COLUMN articles.genre IS 'news, primary_document, official_statement, analysis, opinion, event_report, research, explainer, newsletter or vendor; NULL until classified.';
COMMENT ON COLUMN articles.published_at IS 'The first publication date that the publisher gave, UTC; only reliable where date_status is ok.';
COMMENT ON COLUMN articles.first_seen_at IS 'When Watchfloor first saw it, UTC.';
COMMENT ON COLUMN articles.date_status IS 'ok, missing, unparsable, future or too_old; only ok dates are counted.';
COMMENT ON COLUMN articles.updated_at IS 'When its title or text last changed, as Watchfloor saw it, UTC.';
COMMENT ON COLUMN articles.stated_at IS 'The date in its feed now, UTC: later than published_at if the publisher moved it.';
COMMENT ON COLUMN articles.set_aside IS 'flood if it is in quarantine because its feed suddenly had far more or far older entries than usual; such articles are never counted. NULL otherwise.';

CREATE OR REPLACE MACRO is_whole_text(text) AS (
    length(text) > 1200 AND NOT regexp_matches(right(text, 120), '(?i)(…|\.\.\.)\W*$|\[\W*\]\W*$|(read more|continue reading|read the (full|rest))[^.]*$')
);
COMMENT ON MACRO is_whole_text IS 'Returns whether the text of a feed''s entry seems to be the whole article: some 200 words, and not cut off.';

-- A feed's summary that breaks off or is a few words says less than the first lines of the article.
CREATE OR REPLACE MACRO store.lead_of(summary, text) AS (
    CASE
        WHEN text = '' THEN summary
        WHEN summary = '' OR regexp_matches(summary, '(…|\.\.\.)\W*$') THEN left(text, 1000)
        WHEN len(string_split(summary, ' ')) >= 12 THEN summary
        WHEN starts_with(text, summary) THEN left(text, 1000)
        ELSE left(rtrim(summary, '.') || '. ' || text, 1000)
    END
);

-- More than 1,000 characters harm the grouping, and summaries that may choose among more choose what is beside the
-- point; a line of its own keeps a lead without a full stop apart.
CREATE OR REPLACE MACRO store.opening_of(lead, text) AS (
    CASE
        WHEN text = '' OR length(lead) >= 500 THEN lead
        WHEN starts_with(text, left(lead, 60)) THEN left(text, 1000)
        ELSE left(lead || chr(10) || text, 1000)
    END
);

-- What is read of an article: its page's text where there is one, else that of its feed. Both change text_hash.
CREATE OR REPLACE VIEW store.read_articles AS
SELECT a.article_id, a.source_id, a.publisher, a.url, a.title, a.summary, a.language, a.published_at, a.date_status,
    a.set_aside, a.first_seen_at, a.updated_at, coalesce(nullif(t.text, ''), a.text) AS text,
    store.lead_of(a.summary, coalesce(nullif(t.text, ''), a.text)) AS lead,
    store.opening_of(lead, coalesce(nullif(t.text, ''), a.text)) AS opening,
    xor(a.text_hash, coalesce(t.text_hash, 0)) AS text_hash
FROM store.articles AS a
LEFT JOIN store.article_texts AS t ON t.article_id = a.article_id AND t.is_latest;
COMMENT ON VIEW store.read_articles IS 'What classifiers, extractors, grouping and search read of each article.';

CREATE OR REPLACE VIEW article_text_versions AS
SELECT article_id, version, is_latest, nullif(text, '') AS text, words, fetched_at, final_url, 'ok' AS outcome, extractor,
    canonical_url, title, author, published_at, language, is_paywalled
FROM store.article_texts
UNION ALL BY NAME
SELECT a.article_id, 0 AS version, t.article_id IS NULL AS is_latest, a.text, len(string_split(a.text, ' '))::INTEGER AS words,
    a.first_seen_at AS fetched_at, a.url AS final_url, 'feed' AS outcome, 'feed' AS extractor, a.url AS canonical_url, a.title,
    '' AS author, a.published_at, a.language, FALSE AS is_paywalled
FROM store.articles AS a LEFT JOIN store.article_texts AS t ON t.article_id = a.article_id AND t.is_latest
WHERE is_whole_text(a.text);
COMMENT ON VIEW article_text_versions IS 'One row per article and version of its whole text. A page that changed is a new version: corrections can be compared.';
COMMENT ON COLUMN article_text_versions.article_id IS 'The article.';
COMMENT ON COLUMN article_text_versions.version IS 'From 1 for the texts of its page; 0 for the text that its feed brought.';
COMMENT ON COLUMN article_text_versions.is_latest IS 'Whether it is the version that is read and quoted.';
COMMENT ON COLUMN article_text_versions.text IS 'Its paragraphs as plain text, one a line; NULL once it is older than the setting keep_texts_months; a text of a feed then has no row.';
COMMENT ON COLUMN article_text_versions.words IS 'Number of words.';
COMMENT ON COLUMN article_text_versions.fetched_at IS 'When the page was fetched, or the feed brought it, UTC.';
COMMENT ON COLUMN article_text_versions.final_url IS 'Address after redirects, canonical.';
COMMENT ON COLUMN article_text_versions.outcome IS 'ok for the text of a page, feed for a feed''s. Pages without a text are in fetches.';
COMMENT ON COLUMN article_text_versions.extractor IS 'The library that read the page, with its version; feed for a feed''s text.';
COMMENT ON COLUMN article_text_versions.canonical_url IS 'Address that the page states for itself; NULL if none.';
COMMENT ON COLUMN article_text_versions.title IS 'Headline on the page; empty if none was found.';
COMMENT ON COLUMN article_text_versions.author IS 'Authors as the page names them; empty if none was found.';
COMMENT ON COLUMN article_text_versions.published_at IS 'Date on the page, UTC. It completes a missing date of the article and never overrules one.';
COMMENT ON COLUMN article_text_versions.language IS 'ISO 639 code that the page states; empty if none.';
COMMENT ON COLUMN article_text_versions.is_paywalled IS 'Whether the page states that it is not free.';

CREATE OR REPLACE VIEW article_texts AS
SELECT article_id, text, words, fetched_at, final_url, outcome, extractor, version, canonical_url, title, author, published_at,
    language, is_paywalled
FROM article_text_versions WHERE is_latest AND text IS NOT NULL;
COMMENT ON VIEW article_texts IS 'One row per article whose whole text is had: the latest version, of its page or of its feed. Texts are their publishers'': they are not exported unless the source says so.';
COMMENT ON COLUMN article_texts.article_id IS 'The article.';
COMMENT ON COLUMN article_texts.text IS 'Its paragraphs as plain text, one a line.';
COMMENT ON COLUMN article_texts.words IS 'Number of words.';
COMMENT ON COLUMN article_texts.fetched_at IS 'When the page was fetched, or the feed brought it, UTC.';
COMMENT ON COLUMN article_texts.final_url IS 'Address after redirects, canonical.';
COMMENT ON COLUMN article_texts.outcome IS 'ok for the text of a page, feed for a feed''s.';
COMMENT ON COLUMN article_texts.extractor IS 'The library that read the page, with its version; feed for a feed''s text.';
COMMENT ON COLUMN article_texts.version IS 'Number of the version; above 1 the page was changed since it was first read.';
COMMENT ON COLUMN article_texts.canonical_url IS 'Address that the page states for itself; NULL if none.';
COMMENT ON COLUMN article_texts.title IS 'Headline on the page; empty if none was found.';
COMMENT ON COLUMN article_texts.author IS 'Authors as the page names them; empty if none was found.';
COMMENT ON COLUMN article_texts.published_at IS 'Date on the page, UTC.';
COMMENT ON COLUMN article_texts.language IS 'ISO 639 code that the page states; empty if none.';
COMMENT ON COLUMN article_texts.is_paywalled IS 'Whether the page states that it is not free.';

CREATE OR REPLACE VIEW register_documents AS
SELECT article_id, document_number, type, agencies, effective_on, comments_close_on, dockets, rins, cfr_parts
FROM store.register_documents;
COMMENT ON VIEW register_documents IS 'The structured fields of the articles that are documents of the Federal Register.';
COMMENT ON COLUMN register_documents.article_id IS 'The article.';
COMMENT ON COLUMN register_documents.document_number IS 'Federal Register document number, such as 2026-01234.';
COMMENT ON COLUMN register_documents.type IS 'Rule, Proposed Rule, Notice or Presidential Document.';
COMMENT ON COLUMN register_documents.agencies IS 'Names of the issuing agencies, parents included.';
COMMENT ON COLUMN register_documents.effective_on IS 'The day it takes effect; NULL if none is stated.';
COMMENT ON COLUMN register_documents.comments_close_on IS 'The last day for comments; NULL if none is stated.';
COMMENT ON COLUMN register_documents.dockets IS 'Docket numbers.';
COMMENT ON COLUMN register_documents.rins IS 'Regulation identifier numbers, such as 0694-AJ60.';
COMMENT ON COLUMN register_documents.cfr_parts IS 'Parts of the Code of Federal Regulations that it affects, such as 15 CFR 744.';

CREATE OR REPLACE VIEW embedding_models AS
SELECT s.model, s.name, s.revision, s.dimension, count(v.article_id) AS vector_count
FROM store.embedding_models AS s LEFT JOIN store.vectors AS v ON v.model = s.model
GROUP BY ALL;
COMMENT ON VIEW embedding_models IS 'One row per model that articles were embedded with; vectors of two models are never compared.';
COMMENT ON COLUMN embedding_models.model IS 'Name and revision; embeddings.model.';
COMMENT ON COLUMN embedding_models.name IS 'The model, and the format of its weights.';
COMMENT ON COLUMN embedding_models.revision IS 'First twelve hex digits of the SHA-256 of its weights.';
COMMENT ON COLUMN embedding_models.dimension IS 'Length of its vectors.';
COMMENT ON COLUMN embedding_models.vector_count IS 'Articles that have a vector of it.';

CREATE OR REPLACE VIEW embeddings AS
SELECT article_id, model, len(vector) AS dimensions, vector FROM store.vectors;
COMMENT ON VIEW embeddings IS 'One row per article and model: the vector of its title and text. Never compare vectors of two models.';
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
COMMENT ON MACRO TABLE "similar" IS 'Returns the k articles that are nearest in meaning to an article, nearest first, by the model that has the most vectors; similarity is the cosine.';
