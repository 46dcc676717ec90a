"""Years of a prefecture's rows, written by the database itself: 150 bodies beside the world's, one unit with many.

The rows are what lists are measured against; they need not be true to the chain, so triggers and keys are passed over.
"""

from sqlalchemy import Engine, text

from tests.factories.world import World

BODIES = 150
MANY = 8_000
"""Items of the unit that has many, its newest ones in work; every other body has `FEW`."""
FEW = 120
_BODIES = """
INSERT INTO tenant (code, parent_id, path, tenant_type, level, official_name, short_name, aliases, pinyin_key,
    initials, sort_order, index_pattern, vertically_managed, status, contact, created_at)
SELECT 'n' || n, up.id, up.path, 'bureau', 'county', '单位' || n, '单位' || n, '{}',
    'd', 'd', n, 'USCC_YEAR_SEQ', false, 'active', '{}', :now
FROM generate_series(1, :bodies) AS n
JOIN tenant AS up ON up.code = CASE n % 2 WHEN 0 THEN 'hx' ELSE 'qs' END;
UPDATE tenant SET path = path || id::text WHERE initials = 'd';
INSERT INTO tenant_succession (tenant_id, successor_id, effective_date, basis)
SELECT id, :unit, date '2026-01-01', '' FROM tenant WHERE code = 'n2';
UPDATE tenant SET status = 'abolished', abolished_date = date '2026-01-01' WHERE code = 'n2';
INSERT INTO tenant_period (tenant_id, parent_id, tenant_type, level, official_name, short_name, sort_order, valid_from,
    basis)
SELECT id, parent_id, tenant_type, level, official_name, short_name, sort_order, date '2015-01-01', ''
FROM tenant WHERE initials = 'd';
INSERT INTO content_column (tenant_id, code, name, level, part, statutory_item, update_period, rule_type,
    key_area_group, required, owner_role, responsible_section, description, sort_order, accepts_items, active,
    created_at)
SELECT t.id, c.code || copy, c.name, c.level, c.part, '', c.update_period, c.rule_type, c.key_area_group, c.required,
    c.owner_role, '', '', c.sort_order, c.accepts_items AND copy = '', c.active, c.created_at
FROM tenant AS t JOIN content_column AS c ON c.tenant_id = :unit CROSS JOIN unnest(ARRAY['', '-1', '-2', '-3']) AS copy
WHERE t.initials = 'd';
"""
_PEOPLE = """
INSERT INTO user_account (username, name, mobile, email, password, active, fs_uniquifier, must_change_password,
    failed_logins, created_at)
SELECT 'p' || t.id || '-' || n, '某人' || n, t.id || '-' || n, 'p' || n || '@' || t.id, '', true,
    'p' || t.id || '-' || n, false, 0, :now
FROM tenant AS t, generate_series(1, 10) AS n WHERE t.initials = 'd'
UNION ALL
SELECT 'q' || n, '某人' || n, NULL, NULL, '', true, 'q' || n, false, 0, :now FROM generate_series(1, 10000) AS n;
INSERT INTO membership (tenant_id, user_id, role, section, active, started_date)
SELECT split_part(email, '@', 2)::bigint, id, CASE id % 4 WHEN 0 THEN 'unit_admin' ELSE 'contributor' END, '', true,
    date '2020-01-01'
FROM user_account WHERE email IS NOT NULL;
INSERT INTO deputy (tenant_id, principal_id, deputy_id, role, valid_from, valid_to, reason, named_by, named_at)
SELECT m.tenant_id, m.user_id, m.user_id + 1, 'approver', day::date, day::date + 5, '', 0, :now
FROM membership AS m, generate_series(date '2023-01-01', date '2026-03-23', interval '90 days') AS day
WHERE m.section = '';
INSERT INTO handover (tenant_id, leaver_id, successor_id, detail, done_by, done_at)
SELECT tenant_id, user_id, user_id + 1, '{}', 0, :now FROM membership WHERE section = '';
INSERT INTO former_section (tenant_id, former_name, name, renamed_by, renamed_at)
SELECT tenant_id, user_id, '办公室', 0, :now FROM membership WHERE section = '';
"""
# The newest twentieth of a body's items is in work, the next ones were taken down or are published revisions.
_ITEMS = """
CREATE TEMPORARY TABLE place ON COMMIT DROP AS
SELECT t.id AS tenant_id, t.id = :unit AS many, count(*) AS columns, array_agg(c.id ORDER BY c.id) AS column_ids,
    array_agg(c.key_area_group ORDER BY c.id) AS groups, min(m.user_id) AS user_id
FROM tenant AS t JOIN content_column AS c ON c.tenant_id = t.id AND c.accepts_items
JOIN (SELECT tenant_id, min(user_id) AS user_id FROM membership GROUP BY tenant_id) AS m ON m.tenant_id = t.id
GROUP BY t.id;
INSERT INTO item (id, current_version_id, tenant_id, column_id, revises_id, state, entry_route, lock_version,
    title, summary, body_html, document_number, document_number_original, issuing_agency, formed_date, validity,
    disclosure_mode, withheld_reason, subject_class, genre_class, origin, is_reprint, secrecy_cleared,
    responsible_unit, optional, author_ids, check_overrides, change_reason, publish_due_date, scheduled_at,
    published_at, period, index_number, taken_down_reason, counts_to_quota, counted_out_reason, is_news,
    key_area_group, text_digest, batch_id, external_key, source_url, created_by, created_at, updated_at, changed_at,
    refreshed_at, valid_until, chain_steps, step)
SELECT row_number() OVER (ORDER BY a.at), row_number() OVER (ORDER BY a.at), tenant_id, column_ids[place],
    CASE WHEN step = 40 THEN 1 END, state, CASE n % 2 WHEN 0 THEN 'chain' ELSE 'migrated' END, 1,
    '关于第' || n || '号事项的通知', '', '', '', '', '', at::date,
    'in_force', 'proactive', '', '', '', 'produced', false, true, '', '{}', ARRAY[author], '{}', '', at::date + 20,
    CASE state WHEN 'scheduled' THEN timestamptz '2027-01-01' END, shown, CASE WHEN shown IS NOT NULL THEN
    to_char(at, 'YYYY-MM') END, CASE WHEN shown IS NOT NULL THEN tenant_id || '-' || n END,
    CASE state WHEN 'taken_down' THEN '有误' ELSE '' END, n % 5 > 0, '', false, groups[place], md5(n::text), NULL,
    n::text, '', author, at, at, CASE WHEN n % 50 = 0 THEN shown + interval '1 day' END,
    CASE WHEN n % 50 = 0 THEN shown + interval '1 day' END, CASE WHEN n % 20 = 0 THEN at::date + 1826 END,
    ARRAY['confidentiality_review', 'final_approval'],
    CASE state WHEN 'in_review' THEN 'confidentiality_review' WHEN 'in_approval' THEN 'final_approval' ELSE '' END
FROM place, generate_series(1, CASE WHEN many THEN :many ELSE :few END) AS n,
    LATERAL (SELECT 1 + n % columns AS place,
        CASE WHEN many THEN timestamptz '2026-03-20 00:00+08' - n * interval '5 hours'
            ELSE timestamptz '2026-03-20 00:00+08' - n * interval '14 days' END AS at,
        CASE WHEN many THEN n / 10 ELSE n END AS step,
        CASE WHEN n % 500 = 0 OR n < 80 THEN user_id ELSE 0 END AS author) AS a,
    LATERAL (SELECT CASE step WHEN 0 THEN 'draft' WHEN 1 THEN 'draft' WHEN 2 THEN 'draft' WHEN 3 THEN 'in_review'
        WHEN 4 THEN 'in_approval' WHEN 5 THEN 'approved' WHEN 6 THEN 'scheduled' WHEN 7 THEN 'taken_down'
        WHEN 60 THEN 'taken_down' ELSE 'published' END AS state) AS s,
    LATERAL (SELECT CASE WHEN state IN ('published', 'taken_down') AND step <> 40 THEN at END AS shown) AS p
ORDER BY a.at;
"""
_OF_ITEMS = """
INSERT INTO item_version (id, tenant_id, item_id, version, position, content, previous_hash, hash, published_at)
SELECT id, tenant_id, id, 1, row_number() OVER (PARTITION BY tenant_id ORDER BY published_at), '{"attachments": []}',
    '', '', published_at
FROM item WHERE published_at IS NOT NULL;
INSERT INTO version_text (version_id, tenant_id, item_id, body_html)
SELECT id, tenant_id, item_id, '<p>正文。</p>' FROM item_version;
INSERT INTO index_number (tenant_id, item_id, number, generated, year, given_at)
SELECT tenant_id, id, index_number, false, 2020, published_at FROM item WHERE published_at IS NOT NULL;
INSERT INTO item_step
    (tenant_id, item_id, action, step, from_state, to_state, actor_id, actor_name, author_ids, opinion, at)
SELECT tenant_id, id, CASE WHEN state = 'draft' AND id % 3 = 0 THEN 'return' ELSE 'submit' END, '', 'draft',
    'in_review', 0, '某人', '{}', '', updated_at
FROM item WHERE state <> 'draft' OR id % 3 < 2;
INSERT INTO attachment (tenant_id, item_id, digest, filename, media_type, size_bytes, sort_order, uploaded_at)
SELECT tenant_id, id, md5(id::text), '附件.pdf', 'application/pdf', 1, 0, updated_at FROM item WHERE id % 2 = 0;
INSERT INTO item_link (tenant_id, item_id, target_id, kind, linked_by, linked_at)
SELECT tenant_id, id, next, 'interprets', 0, updated_at
FROM (SELECT *, lead(id) OVER (PARTITION BY tenant_id ORDER BY id) AS next FROM item) AS i
WHERE next IS NOT NULL AND id % 5 = 0;
INSERT INTO interpretation_plan (tenant_id, item_id, planned_date, form, person, reason, due_date, told_at, set_at)
SELECT tenant_id, id, updated_at::date, '图解', '某人', CASE WHEN id % 2 = 0 THEN '不需要' ELSE '' END,
    CASE WHEN id % 40 = 1 THEN updated_at::date END, CASE WHEN id % 40 = 1 THEN updated_at END, updated_at
FROM item WHERE id % 10 < 2;
INSERT INTO joint_reprint (tenant_id, source_tenant_id, source_id, item_id, declined_reason, created_at)
SELECT t.id, i.tenant_id, i.id, NULL, '', i.updated_at
FROM item AS i JOIN tenant AS t ON t.initials = 'd' AND t.id <> i.tenant_id AND t.id % 7 = i.id % 7
WHERE i.is_public AND i.id % 50 = 0;
INSERT INTO search_document (item_id, tenant_id, version_id, column_code, published_at, year, title, text,
    title_folded, text_folded, grams, number_keys, length, shown)
SELECT id, tenant_id, id, 'gsgg', published_at, 2020, title, '', title, '', '{}', '{}', 0, '{}' FROM item
WHERE is_public;
INSERT INTO search_query (day, query, searches, without_results)
SELECT date '2025-01-01' + n / 100, '检索词' || n, 1 + n % 9, n % 2 FROM generate_series(0, 39999) AS n;
INSERT INTO search_start (key, item_id)
SELECT DISTINCT substr(title, at, 24), id FROM item, generate_series(1, 3) AS at WHERE is_public;
"""
_COUNTS = """
INSERT INTO column_count (tenant_id, column_id, period, total, counted)
SELECT tenant_id, column_id, period, count(*), count(*) FROM item WHERE is_public GROUP BY 1, 2, 3;
INSERT INTO period_count (tenant_id, period, key_area_group, total, counted, news)
SELECT tenant_id, period, key_area_group, count(*), count(*), 0 FROM item WHERE is_public GROUP BY 1, 2, 3;
"""
_DEEDS = """
CREATE TEMPORARY TABLE month ON COMMIT DROP AS
SELECT day, to_char(day, 'YYYY-MM') AS period
FROM generate_series(timestamptz '2022-01-31', timestamptz '2026-02-28', interval '1 month') AS day;
INSERT INTO audit_event (tenant_id, at, user_id, action, object_type, object_id, detail)
SELECT CASE n % 4 WHEN 0 THEN :office WHEN 1 THEN :unit END, :now - n * interval '10 minutes', 1,
    CASE n % 5 WHEN 0 THEN 'membership.add' ELSE 'item.edit' END, CASE n % 5 WHEN 0 THEN 'user' ELSE 'item' END, n / 5,
    '{"key": "other"}'
FROM generate_series(1, 30000) AS n;
INSERT INTO outbox_event (kind, object_id, created_at, not_before, attempts)
SELECT CASE n % 1000 WHEN 1 THEN 'notice.created' ELSE 'item.published' END, n, :now - interval '1 hour',
    :now - interval '1 hour' + n * interval '10 milliseconds', 0
FROM generate_series(1, 20000) AS n;
INSERT INTO finding (tenant_id, office_id, rule_code, problem_class, period, object_type, object_id, evidence, state,
    found_at, lasting, object_url, found_by, responsible_person, claim, reopened_count, false_claim, closed_at)
SELECT t.id, office, 'SR-F1' || office, '空白', month.period, '', 0, '{}',
    CASE WHEN month.period > '2026-01' THEN 'open' ELSE 'closed' END, month.day, false, '', 'system', '',
    '{}', 0, false, CASE WHEN month.period > '2026-01' THEN NULL ELSE month.day END
FROM tenant AS t, month, unnest(ARRAY[:office, :county]::bigint[]) AS office WHERE t.initials = 'd';
INSERT INTO finding_event (tenant_id, finding_id, event, at, note, detail)
SELECT f.tenant_id, f.id, 'changed', f.found_at, '', '{}' FROM finding AS f, generate_series(1, 3);
INSERT INTO unit_score (tenant_id, period, version, score, grade, detail, reason, computed_at)
SELECT t.id, month.period, 1, 100, 'excellent', '{"vetoed": false, "parts": []}', '', month.day FROM tenant AS t, month;
INSERT INTO notice (tenant_id, user_id, kind, key, subject, body, link, created_at, read_at)
SELECT t.id, CASE n % 2 WHEN 0 THEN 1 + (n * 157 + t.id) % 1500 END,
    CASE n % 2 WHEN 0 THEN 'mail' ELSE 'blank_month' END, n::text, '提醒', '', '',
    :now - n * interval '7 days', CASE WHEN n > 3 THEN :now END
FROM tenant AS t, generate_series(1, CASE WHEN t.id = :unit THEN 3000 ELSE 100 END) AS n;
INSERT INTO withheld_assessment (tenant_id, item_id, assessed_date, result, reason, assessor_name)
SELECT tenant_id, id, date '2022-01-01' + CAST(id % 1500 AS integer), 'keep', '', '某人' FROM item WHERE id % 10 = 0;
INSERT INTO office_fact (tenant_id, unit_id, period, kind, detail, source, entered_at)
SELECT office, t.id, month.period, 'commended', '{}', '', month.day
FROM tenant AS t, month, unnest(ARRAY[:office, :county]::bigint[]) AS office WHERE t.id % 10 = 0;
INSERT INTO external_source (tenant_id, period, kind, words, digest, filename, size_bytes, entered_at)
SELECT office, month.period, kind, '月报', '', '', 0, month.day
FROM month, unnest(ARRAY[:office, :county]::bigint[]) AS office, unnest(ARRAY['hotline', 'message']) AS kind;
INSERT INTO external_figure (tenant_id, period, kind, unit_id, version, figures, note, source_id, replaced_at)
SELECT s.tenant_id, s.period, s.kind, t.id, version, '{"received": 3, "closed": 2, "on_time": 1}', '', s.id,
    CASE version WHEN 1 THEN s.entered_at END
FROM external_source AS s, tenant AS t, generate_series(1, 2) AS version WHERE t.id % 5 = 0 OR t.id = :unit;
INSERT INTO report_list (tenant_id, report_year, title, document_number, notice_date, made_at)
SELECT office, year, '', '', make_date(year, 12, 20), :now
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(2012, 2025) AS year;
INSERT INTO report_duty (tenant_id, list_id, unit_id, due_date, basis, exempt_reason, published_url, changed_at)
SELECT l.tenant_id, l.id, t.id, make_date(l.report_year + 1, 1, 31), '', '', '', :now
FROM report_list AS l, tenant AS t;
INSERT INTO training_session (tenant_id, period, held_date, topic, organiser, online, place, hours, times, source, note,
    closed_at, created_at)
SELECT office, month.period, month.day::date, '业务培训' || n, '', false, '会议室', 3, 1, '', '', month.day, month.day
FROM month, unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 3) AS n;
INSERT INTO training_unit (tenant_id, session_id, unit_id, invited, excuse, added_at)
SELECT s.tenant_id, s.id, t.id, true, '', s.created_at FROM training_session AS s, tenant AS t
WHERE t.initials = 'd' OR t.id = :unit;
INSERT INTO training_attendance (tenant_id, session_id, unit_id, name, section, recorded_at)
SELECT tenant_id, session_id, unit_id, '某人' || n, '', added_at FROM training_unit, generate_series(1, 2) AS n
WHERE id % 10 > 0;
INSERT INTO import_batch (tenant_id, kind, state, dry_run, covers_subtree, filename, file_digest, files_name,
    files_digest, responsible_person, created_at, rows_total, rows_done,
    rows_created, rows_changed, rows_unchanged, rows_refused, rows_missing, note)
SELECT t.id, 'migration', CASE n WHEN 1 THEN 'waiting' ELSE 'done' END, false, false, '', '', '', '', '', :now, 1, 1, 1,
    0, 0, 0, 0, ''
FROM tenant AS t, generate_series(1, 5) AS n;
INSERT INTO circular (tenant_id, period, coverage, state, title, document_number, details, prose, drafter_ids,
    signatory, disclosure_mode, correction, withdrawn_reason, lock_version, created_at)
SELECT :office, period, 'all', 'withdrawn', '通报', '', '{}', '{}', '{}', '', 'withheld', '', '', 1, :now FROM month;
INSERT INTO circular (tenant_id, period, coverage, state, title, document_number, details, prose, drafter_ids,
    signatory, disclosure_mode, correction, withdrawn_reason, frozen_at, lock_version, created_at)
SELECT office, period, 'direct', 'withdrawn', '通报', '', '{}', '{}', '{}', '', 'withheld', '', '', :now, 1, :now
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, month;
"""
# Each body collects daily; one source of the unit with many brought half its items, and one batch is under review.
_COLLECTED = """
INSERT INTO collection_source (tenant_id, covers_subtree, name, kind, address, column_code, mapping, whole, hour,
    stale_hours, responsible_person, state, active, note, unit_ids, office_id, created_at, began_at, last_success_at)
SELECT id, false, '网站', 'atom', 'https://a.example/', 'gsgg', '{}', true, 6, 48, '某人', 'allowed', true, '',
    ARRAY[id], :office, :now, :now, :now
FROM tenant;
INSERT INTO import_batch (tenant_id, kind, state, dry_run, covers_subtree, filename, file_digest, files_name,
    files_digest, responsible_person, created_at, finished_at, rows_total, rows_done,
    rows_created, rows_changed, rows_unchanged, rows_refused,
    rows_missing, note, source_id, late)
SELECT s.tenant_id, 'collection', 'done', false, false, '网站', '', '', '', '', day, day, 40, 40, 0, 0, 40, 0, 0, '',
    s.id, '[]'
FROM collection_source AS s, generate_series(:now - interval '400 days', :now, interval '1 day') AS day;
INSERT INTO collected_entry (item_id, tenant_id, source_id, digest, seen_at, missing_since)
SELECT i.id, i.tenant_id, s.id, '', :now, CASE WHEN i.id % 1000 = 0 THEN :now END
FROM item AS i JOIN collection_source AS s USING (tenant_id) WHERE i.is_public AND i.id % 2 = 0;
UPDATE item SET batch_id = 1, review_batch_id = 1 WHERE tenant_id = :unit AND step <> '' AND id % 10 = 0;
INSERT INTO batch_deed (tenant_id, batch_id, deed, step, actor_id, actor_name, opinion, seen, state, rows_total,
    rows_done, refused, findings, note, created_at)
SELECT t.id, 1 + n, 'submit', '', 1, '某人', '', '{}', 'done', 1, 1, '[]', '{}', '', :now
FROM tenant AS t, generate_series(1, 100) AS n;
INSERT INTO batch_opening (tenant_id, batch_id, step, user_id, item_id, lock_version, opened_at)
SELECT t.id, 1 + n / 10, 'final_approval', 1, n, 1, :now FROM tenant AS t, generate_series(1, 300) AS n;
"""

# Every tenth body has one clerk: the office above checks its signatures on paper.
_ROOMS = """
INSERT INTO paper_signature (tenant_id, item_id, step, round, digest, title, author_ids, signatory_id, signatory_name,
    signed_date, decision, opinion, scan_digest, scan_filename, scan_media_type, scan_size_bytes, registered_by,
    registered_at, for_superior, state, checked_by, checked_by_name, checked_at, refusal_reason, objection)
SELECT i.tenant_id, i.id, 'final_approval', 1, md5(i.id::text), i.title, ARRAY[0], 2, '某人', i.created_at::date,
    'agree', '', md5(i.id::text), '审批单.pdf', 'application/pdf', 1, 1, i.created_at, i.tenant_id % 10 = 0,
    CASE WHEN i.step <> '' THEN 'registered' ELSE 'confirmed' END, CASE WHEN i.step = '' THEN 3 END, '',
    CASE WHEN i.step = '' THEN i.created_at END, '', ''
FROM item AS i WHERE i.id % 3 = 0;
INSERT INTO emergency_takedown (tenant_id, caller, basis, wanted, taken_at, taken_by, taken_by_name, paper_due_date,
    paper_digest, paper_name, paper_received_at, paper_by_name)
SELECT CASE n % 2 WHEN 0 THEN :office ELSE :county END, '网信办', '电话', '', :now - n * interval '3 days', 1, '某人',
    CAST(:now AS date), CASE WHEN n > 3 THEN md5(n::text) ELSE '' END, '', CASE WHEN n > 3 THEN :now END, ''
FROM generate_series(1, 600) AS n;
INSERT INTO emergency_measure (tenant_id, takedown_id, kind, item_id, digest, title, index_number, items, counted,
    stopped, at, outcome, ended_at, ended_by_name, end_reason)
SELECT i.tenant_id, t.id, 'attachment', i.id, md5(i.id::text), i.title, '', 1, 0, 0, t.taken_at,
    CASE WHEN t.id > 50 THEN 'withdrawn' ELSE '' END, CASE WHEN t.id > 50 THEN :now END, '',
    CASE WHEN t.id > 50 THEN '有误' ELSE '' END
FROM emergency_takedown AS t, generate_series(0, 7) AS n JOIN item AS i ON true WHERE i.id = (t.id * 8 + n) * 5;
INSERT INTO emergency_block (tenant_id, measure_id, kind, digest)
SELECT tenant_id, id, block, digest FROM emergency_measure, unnest(ARRAY['file', 'hidden_file']) AS block
WHERE id % 4 = 0;
INSERT INTO old_page (tenant_id, batch_id, column_id, item_id, state, filename, file_digest, source_url, script, title,
    given_title, trail, labels, body_html, findings, notes, problem, created_at)
SELECT p.tenant_id, (SELECT min(id) FROM import_batch AS b WHERE b.tenant_id = p.tenant_id), p.column_ids[1],
    CASE WHEN n > 4 THEN n END, CASE WHEN n > 4 THEN 'migrated' WHEN n > 2 THEN 'repaired' ELSE 'quarantined' END,
    n || '.html', md5(n::text), '', 'simplified', '旧信息' || n, '', '[]', '[]', '', '[{"kind": "mojibake"}]', '[]', '',
    :now - n * interval '1 minute'
FROM place AS p, generate_series(1, CASE WHEN p.many THEN 3000 ELSE 150 END) AS n ORDER BY n DESC;
INSERT INTO held_row (tenant_id, batch_id, key, title, "row", files, concerns, state, problem, late_confirmed, reason,
    created_at)
SELECT tenant_id, batch_id, 'id:' || id, title, '{}', '[]', '[]',
    CASE WHEN id % 50 = 0 THEN 'waiting' ELSE 'brought' END, '', false, '', created_at
FROM old_page;
INSERT INTO old_page_repair (tenant_id, page_id, finding, choice, before, after, decided_by, decided_by_name,
    decided_at)
SELECT tenant_id, id, 0, 'accept', '锟', '', 1, '某人', :now FROM old_page;
INSERT INTO term_entry (tenant_id, kind, wrong, "right", level, note, version, changed_at)
SELECT office, 'typo', '错词' || n, '正词' || n, 'warn', '', 2, :now - n * interval '1 day'
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 800) AS n
UNION ALL SELECT tenant_id, 'outdated', '旧词' || n, '', 'warn', '', 2, :now FROM place, generate_series(1, 50) AS n;
INSERT INTO term_change (tenant_id, entry_id, version, action, content, reason, changed_name, changed_at)
SELECT tenant_id, id, n, CASE n WHEN 1 THEN 'add' ELSE 'change' END, '{}', '年度修订', '某人', :now
FROM term_entry, generate_series(1, 2) AS n;
INSERT INTO extracted_text (tenant_id, digest, parts, unread, read_at, tries)
SELECT DISTINCT tenant_id, digest, '[]'::jsonb, '[]'::jsonb, :now, 1 FROM attachment;
INSERT INTO term_hit (tenant_id, item_id, rule_key, place, kind, level, problem, remedy, excerpt, state, reason,
    found_at, settled_at)
SELECT tenant_id, id, 'term_1', '正文', 'typo', CASE id % 3 WHEN 0 THEN 'block' ELSE 'warn' END, '', '', '',
    CASE WHEN id % 100 = 0 THEN 'open' WHEN id % 10 = 0 THEN 'justified' ELSE 'corrected' END, '引用原文', :now,
    CASE WHEN id % 100 > 0 THEN :now END
FROM item WHERE is_public AND id % 2 = 0;
INSERT INTO checked_link (address, host, verdict, words, final_host, failed_days, gone_days, failed_at, due_at)
SELECT 'http://a' || n || '.example.cn/', 'a' || n || '.example.cn', CASE n % 50 WHEN 0 THEN 'dead' ELSE 'fine' END,
    '', '', CASE n % 50 WHEN 0 THEN 2 ELSE 0 END, 0, CASE n % 50 WHEN 0 THEN :now END, :now + n * interval '1 minute'
FROM generate_series(1, 20000) AS n;
INSERT INTO link_place (tenant_id, item_id, position, kind, words, written, link_id, result, since)
SELECT i.tenant_id, i.id, at, 'link', '通知', l.address, l.id, l.verdict, :now
FROM item AS i, generate_series(0, 1) AS at, checked_link AS l
WHERE i.is_public AND l.id = 1 + (i.id * 2 + at) % 20000;
INSERT INTO item_fingerprint (tenant_id, item_id, version_id, published_at, signature, bands, like_id, shared, total)
SELECT tenant_id, id, current_version_id, published_at, array_fill(id::int, ARRAY[64]),
    ARRAY(SELECT (id / 3 * 8 + n)::int FROM generate_series(0, 7) AS n),
    CASE WHEN id % 100 = 0 THEN id - 1 END, CASE WHEN id % 100 = 0 THEN 95 ELSE 0 END,
    CASE WHEN id % 100 = 0 THEN 100 ELSE 0 END
FROM item WHERE is_public;
INSERT INTO fingerprint_band (tenant_id, band, item_id)
SELECT DISTINCT tenant_id, band, item_id FROM item_fingerprint, unnest(bands) AS band;
INSERT INTO link_domain (tenant_id, domain, reason, added_name, added_at)
SELECT office, 'a' || n || '.com', '转载来源', '某人', :now
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 100) AS n;
INSERT INTO term_sweep (tenant_id, requested_at, last_item_id, items_done, finished_at)
SELECT :office, :now - n * interval '1 day', 0, 0, :now FROM generate_series(1, 200) AS n;
INSERT INTO masked_copy (tenant_id, item_id, copy_name, copy_digest, original_name, original_digest,
    original_media_type, original_size, counts, replaced, made_at)
SELECT tenant_id, id, '名单.csv', md5(id::text), '名单.csv', md5(id::text), 'text/csv', 1, '{}', false, :now
FROM item WHERE id % 5 = 0;
"""

_INTAKE = """
INSERT INTO intake_sender (tenant_id, name, key_id, salt, covers_subtree, active, created_by, created_at,
    secret_set_at, last_refusal)
SELECT id, '公文系统', 'oa-' || id, '', false, true, 1, :now, :now, '' FROM tenant;
UPDATE item SET entry_route = 'intake' WHERE id % 4 = 0;
INSERT INTO intake_document (tenant_id, sender_id, external_id, fingerprint, channel, item_id, document, files,
    signatory, signed_date, signing_opinion, notes, received_at)
SELECT i.tenant_id, s.id, i.id::text, '', 'interface', i.id, '{"title": "通知"}', '[]', '某人', i.formed_date, '', '{}',
    i.created_at
FROM item AS i JOIN intake_sender AS s ON s.tenant_id = i.tenant_id WHERE i.entry_route = 'intake';
"""

# Ten years of what two offices asked: a slip a week, a task every three days, each to thirty bodies.
_DEMANDS = """
INSERT INTO slip_counter (tenant_id, year, last_sequence)
SELECT office, year, 26 FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(2016, 2026) AS year;
INSERT INTO reminder_slip (id, tenant_id, year, sequence, number, matter, basis, body, about, about_url, working_days,
    issued_date, due_date, contact, phone, issued_by_name, issued_at)
SELECT n * 2 + CASE office WHEN :office THEN 0 ELSE 1 END, office, extract(year FROM day), n, n || '号', '提示' || n,
    '依据', '内容', '', '', 5, day, day + 7, '某人', '1', '某人', day
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 530) AS n,
    LATERAL (SELECT date '2026-03-20' - n * 7 AS day) AS d;
INSERT INTO slip_delivery (id, tenant_id, office_id, slip_id, state, issued_date, due_date, replied_at, ended_at,
    returns, late, told)
SELECT row_number() OVER (), t.id, s.tenant_id, s.id, CASE WHEN t.id % 5 = 0 AND s.issued_date > '2026-01-10'
    THEN CASE t.id % 2 WHEN 0 THEN 'replied' ELSE 'issued' END ELSE 'closed' END, s.issued_date, s.due_date,
    s.issued_at, CASE WHEN t.id % 5 = 0 AND s.issued_date > '2026-01-10' THEN NULL ELSE s.issued_at END, 0, false,
    CASE WHEN s.issued_date < '2026-03-10' THEN 'overdue' ELSE '' END
FROM reminder_slip AS s JOIN tenant AS t ON (t.initials = 'd' AND t.id % 5 = s.sequence % 5) OR t.id = :unit;
INSERT INTO slip_event (tenant_id, office_id, delivery_id, event, at, actor_name, text, link, file_digest, filename)
SELECT tenant_id, office_id, id, event, replied_at, '某人', '已办', '', '', ''
FROM slip_delivery, unnest(ARRAY['read', 'reply', 'close']) AS event;
INSERT INTO assignment (id, tenant_id, kind, title, source, source_url, body, column_code, column_name, received_at,
    hours, due_at, handed_out_at, handed_out_by_name, withdrawn_reason)
SELECT n * 2 + CASE office WHEN :office THEN 0 ELSE 1 END, office, CASE WHEN n % 2 = 0 THEN 'repost' ELSE 'yearly' END,
    '任务' || n, '要点', 'https://a.example/', '', '', '', at, CASE WHEN n % 2 = 0 THEN 24 END, at + interval '3 days',
    at, '某人', ''
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 600) AS n,
    LATERAL (SELECT :now - n * interval '6 days' AS at) AS a;
INSERT INTO assignment_share (id, tenant_id, office_id, assignment_id, handed_out_at, due_at, withdrawn, receipt_at,
    receipt_name, item_id, link, note, done_at, done_by_name, told)
SELECT row_number() OVER (), t.id, a.tenant_id, a.id, a.handed_out_at, a.due_at, false, a.handed_out_at, '某人',
    CASE WHEN a.id > 20 THEN i.item_id END, CASE WHEN a.id > 20 THEN '1' ELSE '' END, '',
    CASE WHEN a.id > 20 THEN a.handed_out_at END, '', CASE WHEN a.id > 10 AND a.id < 21 THEN 'overdue' ELSE '' END
FROM assignment AS a JOIN tenant AS t ON (t.initials = 'd' AND t.id % 5 = a.id % 5) OR t.id = :unit
JOIN (SELECT tenant_id, max(id) AS item_id FROM item WHERE is_public GROUP BY tenant_id) AS i ON i.tenant_id = t.id;
INSERT INTO blank_statement (id, tenant_id, office_id, period, state, reason, filed_at, filed_by, filed_by_name,
    signed_at, signed_by, signed_by_name, decided_at, note)
SELECT row_number() OVER (), t.id, CASE t.id % 2 WHEN 0 THEN :office ELSE :county END, to_char(month, 'YYYY-MM'),
    CASE WHEN month > :now - interval '2 months' AND t.id % 5 = 0 THEN 'signed' ELSE 'accepted' END, '无', month, 1,
    '某人', month, 2, '某人', month, ''
FROM tenant AS t, generate_series(timestamptz '2016-01-01', :now, interval '1 month') AS month
WHERE t.initials = 'd' OR t.id = :unit;
INSERT INTO blank_statement_event (tenant_id, office_id, statement_id, event, at, actor_name, text)
SELECT tenant_id, office_id, id, event, filed_at, '某人', '无'
FROM blank_statement, unnest(ARRAY['file', 'sign', 'accept']) AS event;
INSERT INTO mail_choice (user_id, wanted, looked_date)
SELECT id, CASE id % 10 WHEN 0 THEN true END, date '2026-03-22' FROM user_account;
INSERT INTO alert_told (user_id, tenant_id, kind, object_id, due_date, told_at)
SELECT m.user_id, m.tenant_id, 'item', n, day::date, day
FROM membership AS m, generate_series(1, 3) AS n,
    generate_series(timestamptz '2026-01-01', :now, interval '7 days') AS day;
"""
# Each month both offices asked thirty bodies before naming them, and each of these has what named it.
_ROUNDS = """
INSERT INTO verification_round (id, tenant_id, circular_id, frozen_at, due_date, skip_reason, started_at,
    started_by_name)
SELECT row_number() OVER (), tenant_id, id, :now, date '2026-03-20', '', :now, '某人'
FROM circular WHERE coverage = 'direct';
INSERT INTO verification_sheet (id, tenant_id, office_id, round_id, circular_id, title, state, sent_date, due_date,
    contact, phone, answered_at, answered_by_name)
SELECT row_number() OVER (), t.id, r.tenant_id, r.id, r.circular_id, '通报',
    CASE WHEN t.id = :unit AND r.id < 5 THEN 'sent' ELSE 'answered' END, (c.period || '-03')::date,
    (c.period || '-06')::date, '', '', CASE WHEN t.id = :unit AND r.id < 5 THEN NULL ELSE :now END, '某人'
FROM verification_round AS r JOIN circular AS c ON c.id = r.circular_id
JOIN tenant AS t ON (t.initials = 'd' AND t.id % 5 = r.id % 5) OR t.id = :unit;
INSERT INTO verification_line (tenant_id, office_id, sheet_id, problem_class, problem_title, text, basis, finding_ids,
    answer, note, link, file_digest, filename, decision, decision_reason)
SELECT tenant_id, office_id, id, class, '问题', '表现', '依据', '{}', CASE WHEN state = 'sent' THEN '' ELSE 'agree' END,
    '', '', '', '', '', ''
FROM verification_sheet, unnest(ARRAY['PB-QUOTA', 'PB-TRAIN']) AS class;
INSERT INTO circular_receipt (tenant_id, office_id, circular_id, title, document_number, correction, issued_date,
    deadline, contact, phone, lines, withdrawn_reason, confirmed_at, confirmed_by_name)
SELECT tenant_id, office_id, circular_id, '通报', '', '', sent_date + 5, sent_date + 15, '', '', '[]', '',
    CASE WHEN id % 100 = 0 THEN NULL ELSE :now END, CASE WHEN id % 100 = 0 THEN '' ELSE '某人' END
FROM verification_sheet;
"""

# Five years of lists for the county as archive and the office as library, the last month's in every state.
_TRANSFERS = """
INSERT INTO receiving_hall (tenant_id, hall_id, kind, from_period, appointed_at)
SELECT :office, id, 'archive', '2021-01', :now FROM tenant WHERE initials = 'd' ORDER BY id LIMIT 3;
INSERT INTO transfer_list (id, tenant_id, hall_id, office_id, kind, period, version, state, made_at, due_date, items,
    medium, contact, phone, late, sent_at, sent_by_name, received_at, received_by_name)
SELECT row_number() OVER (ORDER BY n DESC, t.id), t.id, hall, :office,
    CASE hall WHEN :county THEN 'archive' ELSE 'library' END,
    to_char(month, 'YYYY-MM'), 1, state, month, month::date + 35, CASE WHEN state <> 'prepared' THEN 3 END, 'both',
    '某人', '1', false, CASE WHEN state <> 'prepared' THEN month + interval '32 days' END, '某人',
    CASE WHEN state = 'confirmed' THEN month + interval '34 days' END, ''
FROM tenant AS t, unnest(ARRAY[:office, :county]::bigint[]) AS hall, generate_series(0, 59) AS n,
    LATERAL (SELECT timestamptz '2026-02-01 00:00+08' - n * interval '1 month' AS month) AS m,
    LATERAL (SELECT CASE WHEN n > 0 THEN 'confirmed' WHEN t.id % 20 = 0 THEN 'prepared' WHEN t.id % 20 = 1
        THEN 'mismatch' WHEN t.id % 4 = 2 THEN 'sent' ELSE 'confirmed' END AS state) AS s
WHERE t.initials = 'd' OR t.id = :unit;
INSERT INTO transfer_row (tenant_id, hall_id, list_id, position, item_id, version_id, version, index_number, title,
    document_number, published_date, attachments, digest, problem, problem_note, answer, answer_note)
SELECT tenant_id, hall_id, id, n, 1, 1, 1, '', '通知', '', due_date, 0, '', '', '', '', ''
FROM transfer_list, generate_series(1, 3) AS n WHERE items IS NOT NULL;
INSERT INTO transfer_event (tenant_id, hall_id, list_id, event, at, actor_name, text)
SELECT tenant_id, hall_id, id, 'send', sent_at, '某人', '' FROM transfer_list WHERE sent_at IS NOT NULL;
"""
# A spot check a week of the office and the county, twenty items each; the newest is not checked yet.
_CHECKS = """
INSERT INTO spot_check (id, tenant_id, title, first_date, last_date, unit_ids, column_names, size, each_unit, seed,
    population, drawn_at, drawn_by_name)
SELECT n * 2 + CASE office WHEN :office THEN 0 ELSE 1 END, office, '抽查' || n, '2025-01-01', '2026-01-01', '{}', '{}',
    20, false, n::text, '{1,2,3}', :now - n * interval '7 days', '某人'
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 520) AS n;
INSERT INTO check_record (tenant_id, check_id, position, unit_id, item_id, title, column_name, published_date, result,
    looked_at, text, rule_code, checked_at, checked_by_name)
SELECT tenant_id, id, n, :unit, n, '通知', '公示公告', '2026-01-01', CASE WHEN id < 4 THEN '' ELSE 'ok' END, '要素', '',
    '', CASE WHEN id < 4 THEN NULL ELSE drawn_at END, ''
FROM spot_check, generate_series(1, 20) AS n;
"""
# A proceeding every five days of the office and the county, with three units each.
_PROCEEDINGS = """
INSERT INTO proceeding (id, tenant_id, kind, held_date, subject, led_by, document_number, outcome, persons,
    file_digest, filename, entered_by_name, entered_at, void_reason)
SELECT n * 2 + CASE office WHEN :office THEN 0 ELSE 1 END, office, CASE WHEN n % 2 = 0 THEN 'talk' ELSE 'meeting' END,
    date '2026-03-20' - n * 5, '事由' || n, '某人', '', '', NULL, '', '', '某人', :now, ''
FROM unnest(ARRAY[:office, :county]::bigint[]) AS office, generate_series(1, 730) AS n;
INSERT INTO proceeding_unit (tenant_id, proceeding_id, unit_id)
SELECT p.tenant_id, p.id, t.id FROM proceeding AS p
JOIN tenant AS t ON t.initials = 'd' AND t.id % 50 = p.id % 50;
"""
_PARTS = (
    _BODIES, _PEOPLE, _ITEMS, _OF_ITEMS, _COUNTS, _DEEDS, _ROOMS, _COLLECTED, _INTAKE, _DEMANDS, _TRANSFERS,
    _CHECKS, _PROCEEDINGS, _ROUNDS,
)  # fmt: skip


def fill(superuser: Engine, world: World) -> None:
    """Write the rows beside the world's own and tell the planner of them; `superuser` passes over triggers."""
    values = {
        "unit": world.units["hx-mzj"], "office": world.units["yl"], "county": world.units["hx"], "bodies": BODIES,
        "many": MANY, "few": FEW, "now": world.services.database.clock(),
    }  # fmt: skip
    with superuser.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for part in _PARTS:
            for statement in part.split(";\n"):
                if statement.strip():
                    wanted = {name: value for name, value in values.items() if f":{name}" in statement}
                    connection.execute(text(statement), wanted)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
