CREATE OR REPLACE VIEW article_entities AS
SELECT article_id, entity_id, name, kind, role, jurisdiction, mentions, in_title, alias FROM store.article_entities;
COMMENT ON VIEW article_entities IS 'The countries, authorities, firms, laws, weapons and persons that an article names in title or lead, or three times in its text, from a curated list.';
COMMENT ON COLUMN article_entities.article_id IS 'The article.';
COMMENT ON COLUMN article_entities.entity_id IS 'Stable id of the entity, such as nvidia; a country has its ISO 3166 code in lower case.';
COMMENT ON COLUMN article_entities.name IS 'Display name.';
COMMENT ON COLUMN article_entities.kind IS 'country, us_state, bloc, government, legislature, regulator, court, military, ai_lab, chipmaker, ai_law, control_rule and so on.';
COMMENT ON COLUMN article_entities.role IS 'Role: government, military, regulator, intelligence, firm, lab, academia, civil_society, criminal or international_body; NULL if none.';
COMMENT ON COLUMN article_entities.jurisdiction IS 'Jurisdiction: ISO 3166 code, or EU, UN; NULL if none is known.';
COMMENT ON COLUMN article_entities.mentions IS 'Number of mentions in the article.';
COMMENT ON COLUMN article_entities.in_title IS 'Whether the title names it.';
COMMENT ON COLUMN article_entities.alias IS 'The words of the first mention.';

CREATE OR REPLACE VIEW article_instruments AS
SELECT article_id, kind, number, evidence FROM store.article_instruments
UNION -- the structured fields of the Federal Register
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
COMMENT ON VIEW article_instruments IS 'The legal documents and control list entries that an article cites by number.';
COMMENT ON COLUMN article_instruments.article_id IS 'The article.';
COMMENT ON COLUMN article_instruments.kind IS 'fr_document, fr_citation, rin, docket, cfr_part, eccn, celex, eu_proposal, us_bill, state_bill, uk_bill, uk_instrument, executive_order, un_symbol, omb_memo, public_law, directive, standard or court_case.';
COMMENT ON COLUMN article_instruments.number IS 'Number in canonical form, such as EO 14110 or 32024R1689.';
COMMENT ON COLUMN article_instruments.evidence IS 'The sentence that cites it; the title if it comes from a structured field.';

CREATE OR REPLACE VIEW instruments AS
SELECT i.kind, i.number, count(DISTINCT i.article_id) AS article_count,
    list(DISTINCT i.article_id ORDER BY i.article_id) AS article_ids, min(a.first_seen_at) AS first_named_at,
    max(a.first_seen_at) AS last_named_at,
    arg_max(f.value, (coalesce(a.published_at, a.first_seen_at), a.article_id)) AS latest_stage
FROM article_instruments AS i
JOIN store.articles AS a ON a.article_id = i.article_id
LEFT JOIN store.article_facets AS f ON f.article_id = i.article_id AND f.facet = 'stage'
GROUP BY i.kind, i.number;
COMMENT ON VIEW instruments IS 'One row per instrument, with the articles that cite it and its stage.';
COMMENT ON COLUMN instruments.kind IS 'As in article_instruments.';
COMMENT ON COLUMN instruments.number IS 'Canonical number.';
COMMENT ON COLUMN instruments.article_count IS 'Number of articles that cite it.';
COMMENT ON COLUMN instruments.article_ids IS 'Those articles.';
COMMENT ON COLUMN instruments.first_named_at IS 'When the first article that cites it was seen, UTC.';
COMMENT ON COLUMN instruments.last_named_at IS 'When the latest article that cites it was seen, UTC.';
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
COMMENT ON VIEW deadlines IS 'Future dates that articles announce, from texts and from structured fields of the Federal Register, which take precedence.';
COMMENT ON COLUMN deadlines.article_id IS 'The article that announces it.';
COMMENT ON COLUMN deadlines.kind IS 'comment_closes, takes_effect, applies_from, vote, hearing, report_due or expires.';
COMMENT ON COLUMN deadlines.due_on IS 'The day.';
COMMENT ON COLUMN deadlines.evidence IS 'The sentence that announces it; the title if it comes from a structured field.';
COMMENT ON COLUMN deadlines.origin IS 'text or register.';
COMMENT ON COLUMN deadlines.year_inferred IS 'Whether the year, or the day of words such as "on Friday", was inferred from the date of the article.';
