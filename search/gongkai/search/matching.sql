-- Finds, counts and orders the candidates of one search; those at the head are weighed again in `ranking`.
-- Rows (kind, key, label, number): `hit` with its reading and place, `whole`, `total`, `ordered`, `key`, and `counts` of
-- each dimension, value → documents; by date `end`, item and milliseconds of the page's last, where others follow it. A path
-- is a list of terms parted by blanks. `columns`, `missed` and `counts` in braces are put in by
-- `matching.py`.
WITH first AS MATERIALIZED (
    -- The largest path of several; an only one is read further down, without keeping its rows twice.
    SELECT {columns}, cardinality(CAST(:keys AS text[])) AS reading
    FROM search_document
    WHERE :first <> '' AND grams @> string_to_array(:first, ' ')
        AND published_at >= :looked_since AND published_at < :looked_until
        AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))
),
judged AS MATERIALIZED (
    -- Whole matches, and which of the filters each passes.
    SELECT {columns}, reading,
        {missed} AS missed
    FROM (
        SELECT {columns}, cardinality(CAST(:keys AS text[])) AS reading
        FROM search_document
        WHERE :alone <> '' AND grams @> string_to_array(:alone, ' ')
            AND published_at >= :looked_since AND published_at < :looked_until
            AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))
        UNION ALL
        SELECT * FROM first
        UNION ALL
        SELECT DISTINCT found.*, cardinality(CAST(:keys AS text[]))
        FROM unnest(CAST(:others AS text[])) AS asked (path),
        -- OFFSET keeps the planner from beginning with the documents.
        LATERAL (SELECT {columns} FROM search_document
            WHERE grams @> string_to_array(asked.path, ' ')
                AND published_at >= :looked_since AND published_at < :looked_until
                AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT number_keys && CAST(:keys AS text[]))
            OFFSET 0) AS found
        WHERE found.item_id NOT IN (SELECT item_id FROM first)
        UNION ALL
        -- The fuller the key, the earlier the reading.
        SELECT {columns},
            (SELECT min(place) - 1 FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS asked (key, place)
            WHERE key = ANY (number_keys))
        FROM search_document
        WHERE cardinality(CAST(:keys AS text[])) > 0
            AND number_keys && CAST(:keys AS text[])
    ) AS whole
),
-- Only where few match in all parts, and none by its number.
near AS MATERIALIZED (
    SELECT DISTINCT found.*,
        {missed} AS missed
    FROM unnest(CAST(:near AS text[])) AS asked (path),
    LATERAL (SELECT {columns} FROM search_document
        WHERE grams @> string_to_array(asked.path, ' ') LIMIT :near_each) AS found
    WHERE (SELECT count(*) < :enough AND coalesce(min(reading), cardinality(CAST(:keys AS text[])))
            >= cardinality(CAST(:keys AS text[])) FROM judged)
        AND found.item_id NOT IN (SELECT item_id FROM judged)
),
filtered AS NOT MATERIALIZED (
    SELECT item_id, reading, published_at FROM judged WHERE missed = 0
),
-- Of whole matches only the newest, and those with the terms in their titles, are weighed by their texts.
chosen AS (
    (SELECT item_id, reading, published_at, true AS whole, true AS shown FROM filtered
    WHERE NOT :by_date
    ORDER BY reading, published_at DESC, item_id DESC LIMIT :newest)
    UNION
    (SELECT item_id, reading, published_at, true, true FROM filtered
    -- IS TRUE makes it a hashed look-up; as a join it would be a nested loop over what the planner thinks few rows.
    WHERE NOT :by_date AND (item_id IN (SELECT found.item_id FROM unnest(CAST(:titles AS text[])) AS asked (path),
        LATERAL (SELECT item_id FROM search_document
            WHERE grams @> string_to_array(asked.path, ' ') OFFSET 0) AS found)) IS TRUE
    ORDER BY published_at DESC, item_id DESC LIMIT :newest_by_title)
    UNION ALL
    -- What is near is told by the best of all, whatever the filters and the order.
    SELECT item_id, reading, published_at, true, false FROM judged
    WHERE (:by_date OR missed > 0) AND EXISTS (SELECT FROM near)
    UNION ALL
    SELECT item_id, cardinality(CAST(:keys AS text[])), published_at, false, missed = 0 FROM near
),
-- What each part of the query gains in its best wording, and how much of the query is there at all.
scored AS (
    SELECT chosen.*, parts.score, parts.covered, parts.on_topic
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
    SELECT item_id, reading, published_at, whole, shown, score FROM scored
    WHERE whole OR (covered > 0 AND covered >= :near_share * (SELECT max(covered) FROM scored)
        AND (on_topic OR NOT true = ANY (CAST(:topics AS boolean[]))))
),
close AS (
    SELECT near.* FROM near WHERE item_id IN (SELECT item_id FROM kept WHERE NOT whole)
),
ordered AS (
    SELECT item_id, reading, published_at,
        row_number() OVER (ORDER BY reading, score DESC, published_at DESC, item_id DESC) AS place
    FROM kept WHERE NOT :by_date AND shown
    UNION ALL
    -- To the millisecond, which is what a search server keeps: a place is the same for both.
    SELECT item_id, reading, published_at, row_number() OVER (ORDER BY published_at DESC, item_id DESC)
    FROM (
        SELECT item_id, reading, date_trunc('milliseconds', published_at) AS published_at FROM filtered
        UNION ALL
        SELECT item_id, 0, date_trunc('milliseconds', published_at) FROM close WHERE missed = 0
    ) AS dated
    WHERE :by_date AND (CAST(:after_at AS timestamptz) IS NULL
        OR (published_at, item_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS bigint)))
),
counted AS NOT MATERIALIZED (
    SELECT {columns}, missed FROM judged
    UNION ALL
    SELECT {columns}, missed FROM close
)
SELECT 'hit' AS kind, item_id::text AS key, reading::text AS label, place AS number
FROM ordered WHERE place > :skipped AND place <= :last
UNION ALL
SELECT 'end', item_id::text, '', (extract(epoch FROM published_at) * 1000)::bigint FROM ordered
WHERE :by_date AND place = :last AND place > :skipped AND EXISTS (SELECT FROM ordered WHERE place > :last)
UNION ALL
SELECT 'whole', '', '', count(*) FROM judged
UNION ALL
SELECT 'total', '', '', (SELECT count(*) FROM filtered) + (SELECT count(*) FROM close WHERE missed = 0)
UNION ALL
SELECT 'ordered', '', '', count(*) FROM ordered
UNION ALL
SELECT 'key', '', '', min(reading) FROM judged
UNION ALL
-- Each dimension under the filters of the others.
{counts}
