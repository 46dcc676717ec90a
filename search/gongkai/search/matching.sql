-- Finds, counts and orders the candidates of one search; those at the head are weighed again in `ranking`.
-- Rows (kind, key, label, number): `hit` with its place, `whole`, `near`, `total`, `ordered`, `key`, and the facets
-- `unit`, `column`, `year`. A path is a list of terms parted by blanks.
WITH whole AS (
    SELECT item_id, tenant_id, column_code, year, published_at, cardinality(CAST(:keys AS text[])) AS reading
    FROM search_document
    WHERE :first <> '' AND grams @> string_to_array(:first, ' ')
        AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))
    UNION ALL
    SELECT DISTINCT other.item_id, other.tenant_id, other.column_code, other.year, other.published_at,
        cardinality(CAST(:keys AS text[]))
    FROM unnest(CAST(:others AS text[])) AS asked (path),
    LATERAL (SELECT * FROM search_document
        WHERE grams @> string_to_array(asked.path, ' ')
            AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))) AS other
    WHERE other.item_id NOT IN (SELECT item_id FROM search_document WHERE grams @> string_to_array(:first, ' '))
    UNION ALL
    -- The fuller the key, the earlier the reading.
    SELECT item_id, tenant_id, column_code, year, published_at,
        (SELECT min(place) - 1 FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS asked (key, place)
        WHERE key = ANY (number_keys))
    FROM search_document
    WHERE cardinality(CAST(:keys AS text[])) > 0
        AND number_keys && CAST(:keys AS text[])
),
-- Only where few match in all parts, and none by its number.
near AS (
    SELECT DISTINCT found.item_id, found.tenant_id, found.column_code, found.year, found.published_at,
        cardinality(CAST(:keys AS text[])) AS reading
    FROM unnest(CAST(:near AS text[])) AS asked (path),
    LATERAL (SELECT item_id, tenant_id, column_code, year, published_at FROM search_document
        WHERE grams @> string_to_array(asked.path, ' ')
        ORDER BY published_at DESC, item_id DESC LIMIT :near_each) AS found
    WHERE (SELECT count(*) < :enough AND coalesce(min(reading), cardinality(CAST(:keys AS text[])))
        >= cardinality(CAST(:keys AS text[])) FROM whole)
        AND found.item_id NOT IN (SELECT item_id FROM whole)
),
matched AS (
    SELECT *, true AS whole FROM whole UNION ALL SELECT *, false FROM near
),
-- Which of the three filters a document passes.
judged AS MATERIALIZED (
    SELECT item_id, reading, whole, tenant_id, column_code, year, published_at,
        :unit = '' OR tenant_id = (SELECT id FROM tenant WHERE code = :unit) AS in_unit,
        :column = '' OR column_code = :column AS in_column,
        :year = 0 OR year = :year AS in_year
    FROM matched
),
filtered AS NOT MATERIALIZED (
    SELECT item_id, reading, published_at FROM judged WHERE whole AND in_unit AND in_column AND in_year
),
-- Of whole matches only the newest, and those with the terms in their titles, are weighed by their texts.
chosen AS (
    (SELECT item_id, reading, true AS whole FROM filtered
    WHERE NOT :by_date
    ORDER BY reading, published_at DESC, item_id DESC LIMIT :newest)
    UNION
    (SELECT item_id, reading, true FROM filtered
    -- IS TRUE makes it a hashed look-up; as a join it would be a nested loop over what the planner thinks few rows.
    WHERE NOT :by_date AND (item_id IN (SELECT found.item_id FROM unnest(CAST(:titles AS text[])) AS asked (path),
        LATERAL (SELECT item_id FROM search_document WHERE grams @> string_to_array(asked.path, ' ')) AS found)) IS TRUE
    ORDER BY published_at DESC, item_id DESC LIMIT :newest_by_title)
    UNION ALL
    SELECT item_id, reading, false FROM judged WHERE NOT whole
),
-- What each part of the query gains in its best wording, and how much of the query is there at all.
scored AS (
    SELECT chosen.item_id, chosen.reading, chosen.whole, parts.score, parts.covered, parts.on_topic
    FROM chosen
    JOIN search_document AS document USING (item_id),
    -- The text is unpacked once for all terms: OFFSET keeps the planner from repeating the expression.
    LATERAL (SELECT CASE WHEN :only_titles THEN '' ELSE document.text_folded || '' END AS body,
        concat_ws(' ', document.shown ->> 'agency', document.shown ->> 'document_number') AS agency OFFSET 0) AS unpacked,
    LATERAL (SELECT coalesce(sum(gain), 0) AS score, coalesce(sum(there), 0) AS covered,
        coalesce(bool_or(topic AND there > 0), false) AS on_topic FROM (
        SELECT max(weight * (:title_share * times.in_title + times.in_text)) AS gain,
            max(weight * greatest(times.in_title, times.in_text)) AS there, bool_or(is_topic) AS topic
        FROM unnest(CAST(:part AS integer[]), CAST(:needles AS text[]), CAST(:weights AS float8[]),
            CAST(:topics AS boolean[])) AS asked (part, needle, weight, is_topic),
        LATERAL (SELECT
            (strpos(document.title_folded, needle) > 0 OR strpos(unpacked.agency, needle) > 0)::int AS in_title,
            (strpos(unpacked.body, needle) > 0)::int AS in_text
        OFFSET 0) AS times
        GROUP BY part
    ) AS gains) AS parts
),
-- Near matches count when they are about its topic and have nearly as much of the query as the best has.
kept AS (
    SELECT item_id, reading, whole, score FROM scored
    WHERE whole OR (covered > 0 AND covered >= :near_share * (SELECT max(covered) FROM scored)
        AND (on_topic OR NOT true = ANY (CAST(:topics AS boolean[]))))
),
counted AS (
    SELECT judged.* FROM judged WHERE whole
    UNION ALL
    SELECT judged.* FROM judged JOIN kept USING (item_id) WHERE NOT judged.whole
),
ordered AS (
    SELECT item_id, row_number() OVER (
        ORDER BY kept.reading, score DESC, published_at DESC, item_id DESC
    ) AS place
    FROM kept JOIN counted USING (item_id)
    WHERE NOT :by_date AND in_unit AND in_column AND in_year
    UNION ALL
    SELECT item_id, row_number() OVER (ORDER BY published_at DESC, item_id DESC)
    FROM counted WHERE :by_date AND in_unit AND in_column AND in_year
),
units AS (
    SELECT tenant_id, count(*) AS documents FROM counted WHERE in_column AND in_year GROUP BY tenant_id
)
SELECT 'hit' AS kind, ordered.item_id::text AS key, counted.reading::text AS label, place AS number
FROM ordered JOIN counted USING (item_id) WHERE place > :skipped AND place <= :last
UNION ALL
SELECT 'whole', '', '', count(*) FROM whole
UNION ALL
SELECT 'near', '', '', count(*) FROM counted WHERE NOT whole
UNION ALL
SELECT 'total', '', '', count(*) FROM counted WHERE in_unit AND in_column AND in_year
UNION ALL
SELECT 'ordered', '', '', count(*) FROM ordered
UNION ALL
SELECT 'key', '', '', min(reading) FROM counted
UNION ALL
-- Short names repeat: every county has its 财政局.
(SELECT 'unit', tenant.code, tenant.official_name, units.documents
FROM units JOIN tenant ON tenant.id = units.tenant_id
ORDER BY tenant.code = :unit DESC, units.documents DESC, tenant.sort_order, tenant.id LIMIT :shown_units)
UNION ALL
SELECT 'column', column_code, '', count(*) FROM counted WHERE in_unit AND in_year GROUP BY column_code
UNION ALL
SELECT 'year', year::text, '', count(*) FROM counted WHERE in_unit AND in_column GROUP BY year
