"""Floors of the public pages: item, unit, column."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from gongkai.core.calendar.periods import UpdatePeriod
from gongkai.portal.metadata import wide_labels
from gongkai.tenancy.kinds import SUPERVISING_TYPES, profile
from tests.benchmarks.environment import BASE_URL
from tests.benchmarks.floor import Database, portal_shell, site_of
from tests.benchmarks.plan import NOW

PAGE = 30
TODAY = NOW.date()
PARTS = {
    "guide": "政府信息公开指南", "rules": "政府信息公开制度", "statutory": "法定主动公开内容",
    "report": "政府信息公开年报", "other": "其他栏目",
}  # fmt: skip
CONTACT_LABELS = {
    "office_name": "工作机构", "address": "办公地址", "postcode": "邮政编码", "hours": "办公时间",
    "phone": "联系电话", "fax": "传真", "email": "电子邮箱",
}  # fmt: skip
CHANNELS = {"mail": "信函申请", "in_person": "当面申请", "fax": "传真申请", "email": "电子邮件申请"}
MODES = {"proactive": "主动公开"}
VALIDITIES = {"in_force": "有效"}
_TRAIL = """(SELECT jsonb_agg(jsonb_build_array(a.code, a.short_name) ORDER BY nlevel(a.path)) FROM tenant AS a
    WHERE a.id = ANY (string_to_array(t.path::text, '.')::bigint[])) AS trail"""
_GUIDE = """(SELECT g.content FROM disclosure_guide AS g WHERE g.tenant_id = t.id AND g.effective_date <= %(today)s
    ORDER BY g.version DESC LIMIT 1) AS guide"""
_SUCCESSORS = """(SELECT jsonb_agg(jsonb_build_array(n.code, n.short_name) ORDER BY n.sort_order)
    FROM tenant_succession AS s JOIN tenant AS n ON n.id = s.successor_id WHERE s.tenant_id = t.id) AS successors"""
ITEM = f"""
SELECT i.id, i.published_at, v.version, v.content, x.body_html, x.erased_at, t.code AS unit_code, t.official_name,
    t.contact, c.code AS column_code, c.name AS column_name, c.part,
    (SELECT p.official_name FROM tenant_period AS p WHERE p.tenant_id = i.tenant_id
        AND (p.valid_to IS NULL OR p.valid_to > i.formed_date) ORDER BY p.valid_from LIMIT 1) AS name_then,
    (SELECT count(*) FROM item_version AS o WHERE o.item_id = i.id) AS versions, {_GUIDE}, {_TRAIL}, {_SUCCESSORS}
FROM item AS i
JOIN item_version AS v ON v.id = i.current_version_id
JOIN version_text AS x ON x.version_id = v.id
JOIN tenant AS t ON t.id = i.tenant_id
JOIN content_column AS c ON c.id = i.column_id
WHERE i.id = %(item_id)s AND i.is_public
"""
_UNIT = f"""t.id, t.code, t.official_name, t.short_name, t.tenant_type, t.status, t.abolished_date, t.contact,
    up.code AS parent_code, up.official_name AS parent_name,
    (SELECT jsonb_agg(jsonb_build_array(k.code, k.name, k.part) ORDER BY k.sort_order) FROM content_column AS k
        WHERE k.tenant_id = t.id AND k.parent_id IS NULL AND k.active) AS tops, {_GUIDE}, {_TRAIL}, {_SUCCESSORS}"""
UNIT = f"SELECT {_UNIT} FROM tenant AS t LEFT JOIN tenant AS up ON up.id = t.parent_id WHERE t.code = %(code)s"
NAMES = """SELECT official_name, valid_to FROM tenant_period
WHERE tenant_id = %(id)s AND valid_to IS NOT NULL ORDER BY valid_from DESC"""
FORMER = """SELECT t.code, t.official_name, s.effective_date FROM tenant_succession AS s JOIN tenant AS t
ON t.id = s.tenant_id WHERE s.successor_id = %(id)s ORDER BY s.effective_date DESC"""
CATALOGUE = """
SELECT c.id, c.parent_id, c.code, c.name, c.part, c.accepts_items, c.active,
    (SELECT coalesce(sum(k.total), 0)::int FROM column_count AS k
        WHERE k.tenant_id = c.tenant_id AND k.column_id = c.id) AS total,
    (SELECT i.published_at FROM item AS i WHERE i.tenant_id = c.tenant_id AND i.column_id = c.id AND i.is_public
        ORDER BY i.published_at DESC LIMIT 1) AS last_at
FROM content_column AS c WHERE c.tenant_id = %(id)s AND c.active ORDER BY c.level, c.sort_order, c.id
"""
NEWEST = """
SELECT i.id, i.tenant_id, i.title, i.validity, i.published_at, i.display_until, c.code AS column_code,
    c.name AS column_name
FROM item AS i JOIN content_column AS c ON c.id = i.column_id
WHERE i.tenant_id = %(id)s AND i.is_public ORDER BY i.published_at DESC, i.id DESC LIMIT 10
"""
BELOW = """SELECT code, short_name FROM tenant WHERE parent_id = %(id)s AND status = 'active'
ORDER BY sort_order, pinyin_key, id"""
COLUMN = f"""
SELECT {_UNIT}, c.id AS column_id, c.code AS column_code, c.name AS column_name, c.part, c.description,
    c.update_period, c.accepts_items, c.active, above.code AS above,
    (SELECT jsonb_agg(jsonb_build_array(b.code, b.name) ORDER BY b.sort_order) FROM content_column AS b
        WHERE b.tenant_id = c.tenant_id AND b.parent_id = c.id AND b.active) AS below
FROM tenant AS t
JOIN content_column AS c ON c.tenant_id = t.id AND c.code = %(column_code)s
LEFT JOIN content_column AS above ON above.id = c.parent_id
LEFT JOIN tenant AS up ON up.id = t.parent_id
WHERE t.code = %(code)s
"""
YEARS = """
SELECT left(period, 4)::int AS year, sum(total)::int AS total FROM column_count
WHERE tenant_id = %(id)s AND column_id = %(column_id)s AND total > 0 GROUP BY 1 ORDER BY 1 DESC
"""
LISTED = """
SELECT id, tenant_id, title, validity, published_at, display_until FROM item
WHERE tenant_id = %(id)s AND column_id = %(column_id)s AND is_public ORDER BY published_at DESC, id DESC LIMIT 30
"""


def portal_views(database: Database) -> dict[str, Callable[..., str]]:
    """Endpoint → view."""

    def item(item_id: int) -> str:
        with database.transaction() as connection:
            row = connection.execute(ITEM, {"item_id": item_id, "today": TODAY}).fetchone()
            site = site_of(connection)
        return _page("portal/item.html", site, item=_item(row))

    def unit(code: str) -> str:
        with database.transaction() as connection:
            row: Any = connection.execute(UNIT, {"code": code, "today": TODAY}).fetchone()
            key = {"id": row.id}
            names, former = connection.execute(NAMES, key).fetchall(), connection.execute(FORMER, key).fetchall()
            columns, latest = connection.execute(CATALOGUE, key).fetchall(), connection.execute(NEWEST, key).fetchall()
            governs = row.tenant_type in SUPERVISING_TYPES
            below = connection.execute(BELOW, key).fetchall() if governs else []
            site = site_of(connection)
        nodes = _tree(code, columns)
        shown = SimpleNamespace(
            head=_head(row), former=former, names=names, nodes=nodes, latest=latest, marks={}, below=below,
            complaints=next((node for node in nodes if node.code == "jdts"), None),
        )  # fmt: skip
        return _page("portal/unit.html", site, unit=shown)

    def column(code: str, column_code: str) -> str:
        with database.transaction() as connection:
            values = {"code": code, "column_code": column_code, "today": TODAY}
            row: Any = connection.execute(COLUMN, values).fetchone()
            key = {"id": row.id, "column_id": row.column_id}
            years, items = connection.execute(YEARS, key).fetchall(), connection.execute(LISTED, key).fetchall()
            site = site_of(connection)
        total = sum(year.total for year in years)
        shown = SimpleNamespace(
            head=_head(row, part=row.part, column=row.above or row.column_code), column=row,
            update=UpdatePeriod(row.update_period).label, last=items[0].published_at.date() if items else None,
            nodes=[], items=items, marks={}, years=[(year.year, year.total) for year in years], year=None, total=total,
            page=1, pages=max(1, -(-total // PAGE)),
        )  # fmt: skip
        return _page("portal/column.html", site, column=shown)

    return {"portal_items.item": item, "portal_units.unit": unit, "portal_units.column": column}


def _page(template: str, site: Mapping[str, str], **context: Any) -> str:
    return render_template(template, site=site, portal=portal_shell(request.path, site), **context)


def _item(row: Any) -> SimpleNamespace:
    content = row.content
    published = row.published_at.date()
    url = f"{BASE_URL}/items/{row.id}"
    rows = _metadata(row, content, published.isoformat())
    title, agency, day = content["title"], content["issuing_agency"], content["formed_date"].split("-")
    number = f"（{content['document_number']}）" if content["document_number"] else ""
    quoted = title.replace("《", "〈").replace("》", "〉")
    formed = f"{int(day[0])}年{int(day[1])}月{int(day[2])}日"
    return SimpleNamespace(
        id=row.id, title=title, summary=content["summary"], keywords=content["optional"].get("keywords", ""),
        version=row.version, earlier=False, rows=rows, added=(), wide=wide_labels(rows), validity=content["validity"],
        validity_note="", source=None, body=Markup(row.body_html), erased=row.erased_at is not None, files=(),
        changes=(), citation=f"{agency}：《{quoted}》{number}，{formed}，索引号：{content['index_number']}，{url}",
        url=url, published_at=row.published_at, unit_code=row.unit_code, unit_name=row.official_name, agency=agency,
        column_code=row.column_code, column_name=row.column_name, part=PARTS[row.part], trail=row.trail,
        contact=_contact(row), day=published,
    )  # fmt: skip


def _metadata(row: Any, content: Mapping[str, Any], published: str) -> list[tuple[str, str, str]]:
    optional = content["optional"]
    name = row.name_then if row.name_then == row.official_name else f"{row.name_then}（现名：{row.official_name}）"
    head = [
        ("索引号", content["index_number"], ""),
        ("公开形式", optional.get("publication_channels", ""), ""),
        ("文号", content["document_number"], ""),
        ("公开时限", optional.get("disclosure_time_limit", ""), ""),
        ("发布机构", content["issuing_agency"], ""),
        ("生成日期", content["formed_date"], ""),
    ]
    rest = (
        ("发布日期", published, ""),
        ("主题分类", content["subject_class"], ""),
        ("体裁分类", content["genre_class"], ""),
        ("公开方式", MODES[content["disclosure_mode"]], ""),
        ("有效性", VALIDITIES[content["validity"]], ""),
        ("生效日期", content["effective_date"], ""),
        ("关键词", optional.get("keywords"), ""),
        ("信息来源", name, f"/units/{row.unit_code}/"),
        ("内容概述", content["summary"], ""),
    )
    return head + [line for line in rest if line[1]]


def _contact(row: Any) -> SimpleNamespace:
    guide, kept = row.guide or {}, row.contact
    found = {key: guide.get(key) or kept.get(key, "") for key in CONTACT_LABELS}
    if found["hours"]:
        found["hours"] = "；".join(found["hours"])
    channels = [(CHANNELS[way["kind"]], way["detail"]) for way in guide.get("request_channels", ())]
    return SimpleNamespace(
        rows=[(label, found[key]) for key, label in CONTACT_LABELS.items() if found[key]],
        phone=found["phone"], email=found["email"], address=found["address"], office=found["office_name"],
        channels=channels,
    )  # fmt: skip


def _head(row: Any, part: str = "statutory", column: str = "") -> SimpleNamespace:
    rules = profile(row.tenant_type)
    here = f"/units/{row.code}/"
    if rules.receives_requests:
        hrefs = {"guide": f"{here}guide/", "statutory": here}
        for code, _, of in row.tops:
            hrefs.setdefault(of, f"{here}columns/{code}/")
        shown = ("guide", "rules", "statutory", "report")
        parts = [{"name": PARTS[key], "href": hrefs[key], "current": key == part} for key in shown if key in hrefs]
    else:
        parts = [
            {"name": name, "href": f"{here}columns/{code}/", "current": code == column} for code, name, _ in row.tops
        ]
    return SimpleNamespace(
        unit=row, trail=row.trail, parts=parts, successors=row.successors or (), contact=_contact(row), rules=rules,
        abolished=row.status == "abolished",
    )  # fmt: skip


def _tree(code: str, columns: list[Any]) -> list[SimpleNamespace]:
    nodes: dict[int, SimpleNamespace] = {}
    for row in columns:
        nodes[row.id] = SimpleNamespace(
            code=row.code, name=row.name, part=row.part, href=f"/units/{code}/columns/{row.code}/",
            last=row.last_at.date() if row.last_at else None, accepts=row.accepts_items, open=row.active, below=[],
            in_all=row.total,
        )  # fmt: skip
    tops: list[SimpleNamespace] = []
    for row in reversed(columns):
        above = nodes.get(row.parent_id)
        if above is None:
            tops.insert(0, nodes[row.id])
        else:
            above.below.insert(0, nodes[row.id])
            above.in_all += nodes[row.id].in_all
    return tops
