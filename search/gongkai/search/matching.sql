-- Finds, counts and ranks the documents of one page of results.
-- Rows (kind, key, label, number): `hit` with its place, `matched`, `total`, `key`, and the facets `unit`, `column`, `year`.
WITH matches AS (
    SELECT item_id, tenant_id, column_code, year, published_at, cardinality(CAST(:keys AS text[])) AS reading
    FROM search_document
    WHERE cardinality(CAST(:required AS text[])) > 0
        AND grams @> CAST(:required AS text[])
        AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))
    UNION ALL
    -- The fuller the key, the earlier the reading.
    SELECT item_id, tenant_id, column_code, year, published_at,
        (SELECT min(place) - 1 FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS asked (key, place)
        WHERE key = ANY (number_keys))
    FROM search_document
    WHERE cardinality(CAST(:keys AS text[])) > 0
        AND number_keys && CAST(:keys AS text[])
),
-- Which of the three filters a document passes.
judged AS MATERIALIZED (
    SELECT item_id, tenant_id, column_code, year, published_at, reading,
        :unit = '' OR tenant_id = (SELECT id FROM tenant WHERE code = :unit) AS in_unit,
        :column = '' OR column_code = :column AS in_column,
        :year = 0 OR year = :year AS in_year
    FROM matches
),
filtered AS NOT MATERIALIZED (
    SELECT item_id, reading, published_at FROM judged WHERE in_unit AND in_column AND in_year
),
-- Only the newest, and those with the terms in their titles, are ranked by their texts.
chosen AS (
    (SELECT item_id, reading FROM filtered
    WHERE NOT :by_date
    ORDER BY reading, published_at DESC, item_id DESC LIMIT :ranked)
    UNION
    (SELECT item_id, reading FROM filtered
    -- IS TRUE makes it a hashed look-up; as a join it would be a nested loop over what the planner thinks few rows.
    WHERE NOT :by_date AND cardinality(CAST(:in_title AS text[])) > 0
        AND (item_id IN (SELECT item_id FROM search_document WHERE grams @> CAST(:in_title AS text[]))) IS TRUE
    ORDER BY published_at DESC, item_id DESC LIMIT :ranked_by_title)
),
-- BM25 of title and text, each by its own length, and what whole phrases add.
scored AS (
    SELECT chosen.item_id, chosen.reading, document.published_at, (
        SELECT coalesce(sum(weight * (
            :title_weight * in_title * (:k1 + 1)
                / (in_title + :k1 * (1 - :b + :b * length(document.title_folded) / :title_pivot))
            + in_text * (:k1 + 1) / (in_text + :k1 * (1 - :b + :b * document.length / :text_pivot))
        )), 0)
        FROM unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS asked (term, weight),
        LATERAL (SELECT
            (octet_length(document.title_folded) - octet_length(replace(document.title_folded, term, '')))
                / octet_length(term)::float8 AS in_title,
            (octet_length(unpacked.body) - octet_length(replace(unpacked.body, term, '')))
                / octet_length(term)::float8 AS in_text
        OFFSET 0) AS times
    ) + (
        SELECT coalesce(sum(
            :phrase_in_title * (strpos(document.title_folded, phrase) > 0)::int
            + :phrase_in_text * (strpos(unpacked.body, phrase) > 0)::int
        ), 0)
        FROM unnest(CAST(:phrases AS text[])) AS asked (phrase)
    ) AS score
    FROM chosen
    JOIN search_document AS document USING (item_id),
    -- The text is unpacked once for all terms: OFFSET keeps the planner from repeating the expression.
    LATERAL (SELECT CASE WHEN :only_titles THEN '' ELSE document.text_folded || '' END AS body OFFSET 0) AS unpacked
),
ranked AS (
    SELECT item_id, row_number() OVER (
        ORDER BY reading, floor(score / :grade) DESC, published_at DESC, item_id DESC
    ) AS place
    FROM scored
    UNION ALL
    SELECT item_id, row_number() OVER (ORDER BY published_at DESC, item_id DESC)
    FROM filtered WHERE :by_date
),
units AS (
    SELECT tenant_id, count(*) AS documents FROM judged WHERE in_column AND in_year GROUP BY tenant_id
)
SELECT 'hit' AS kind, item_id::text AS key, '' AS label, place AS number
FROM ranked WHERE place > :skipped AND place <= least(:skipped + :size, :ranked)
UNION ALL
SELECT 'matched', '', '', count(*) FROM judged
UNION ALL
SELECT 'total', '', '', count(*) FROM filtered
UNION ALL
SELECT 'key', '', '', min(reading) FROM judged
UNION ALL
-- Short names repeat: every county has its 财政局.
(SELECT 'unit', tenant.code, tenant.official_name, units.documents
FROM units JOIN tenant ON tenant.id = units.tenant_id
ORDER BY tenant.code = :unit DESC, units.documents DESC, tenant.sort_order, tenant.id LIMIT :shown_units)
UNION ALL
SELECT 'column', column_code, '', count(*) FROM judged WHERE in_unit AND in_year GROUP BY column_code
UNION ALL
SELECT 'year', year::text, '', count(*) FROM judged WHERE in_unit AND in_column GROUP BY year
