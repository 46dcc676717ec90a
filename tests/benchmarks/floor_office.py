"""Floor of the office's dashboard: four statements, one pass over the units, the same template."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template, request, url_for

from gongkai.accounts.permissions import Permission, Role, permissions_of
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.text.numerals import group_digits, percent
from gongkai.core.uow import Scope
from gongkai.supervision.outlook.duties import KINDS, Duty
from gongkai.tenancy.kinds import PREFECTURE_BUREAU_QUOTA, TenantType, profile
from gongkai.web.shell import DUTIES
from tests.benchmarks.floor import Database, site_of
from tests.benchmarks.plan import NOW

USER = 1
SCOPE = Scope(user_id=USER, tenant_ids=(1,), subtree="1", acting_tenant_id=1)
LONGEST_CHOICE, NAMED = 60, 24
STEPS, AREA_STEPS = (1.0, 1.5, 2.0, 3.0, 5.0), (0.0, 0.6, 0.85, 1.05, 1.3)
KEYS = ("platform_key_area", "fiscal_funds", "enforcement_and_power", "other_key_area")
GROUPS = ("政府", "县（市、区）", "部门", "乡镇（街道）", "公共企事业单位", "村（社区）")
HEADER = """
SELECT u.name, t.short_name, (SELECT min(period) FROM period_count WHERE total > 0) AS began,
    (SELECT count(*) FROM finding WHERE office_id IN (
            SELECT o.id FROM tenant AS o JOIN tenant AS top ON o.path <@ top.path WHERE top.id = 1
                AND (o.tenant_type IN ('prefecture_government', 'county_government') OR o.id = 1))
        AND state IN ('open', 'in_progress', 'disputed', 'claimed_fixed', 'reopened')) AS waiting,
    (SELECT count(*) FROM notice WHERE tenant_id = 1 AND kind <> 'mail' AND read_at IS NULL) AS notices,
    (SELECT count(*) FROM import_batch WHERE kind = 'migration' AND state = 'waiting') AS imports
FROM user_account AS u, tenant AS t WHERE u.id = %(user)s AND t.id = 1
"""
# A unit's area is its county, or the prefecture (NULL); the office's own come first, then county by county.
UNITS = """
SELECT t.id, t.code, p.short_name, p.tenant_type, p.level, c.id AS area, c.code AS area_code, c.short_name AS area_name,
    coalesce(n.counted, 0)::int AS counted, coalesce(n.last_counted, 0)::int AS last_counted, coalesce(n.keys, 0)::int
        AS keys,
    CASE WHEN coalesce(n.counted, 0) = 0 THEN (SELECT max(b.period) FROM period_count AS b
        WHERE b.tenant_id = t.id AND b.period < %(period)s AND b.counted > 0) END AS last_active
FROM tenant AS t
JOIN tenant_period AS p ON p.tenant_id = t.id AND p.valid_from <= %(day)s
    AND (p.valid_to IS NULL OR p.valid_to > %(day)s)
LEFT JOIN tenant AS c ON c.tenant_type = 'county_government' AND c.id IN (t.id, t.parent_id)
LEFT JOIN (SELECT tenant_id, sum(counted) FILTER (WHERE period = %(period)s) AS counted,
        sum(counted) FILTER (WHERE period = %(period)s AND key_area_group <> '') AS keys,
        sum(counted) FILTER (WHERE period = %(previous)s) AS last_counted
    FROM period_count WHERE period IN (%(period)s, %(previous)s) GROUP BY tenant_id) AS n ON n.tenant_id = t.id
WHERE t.path <@ '1' AND p.tenant_type <> 'village_committee'
ORDER BY c.id IS NOT NULL, c.sort_order, array_position(%(types)s, p.tenant_type), p.sort_order, t.id
"""
HEAT = """
SELECT coalesce(-c.id, t.id) AS line, n.period, sum(n.counted)::int AS counted,
    coalesce(sum(n.counted) FILTER (WHERE n.key_area_group <> ''), 0)::int AS keys
FROM period_count AS n
JOIN tenant AS t ON t.id = n.tenant_id AND t.path <@ '1'
LEFT JOIN tenant AS c ON c.tenant_type = 'county_government' AND c.id IN (t.id, t.parent_id)
WHERE n.period BETWEEN %(first)s AND %(last)s AND t.id <> 1
GROUP BY 1, 2
"""
TO_DO = """
SELECT * FROM (
    SELECT 'disputed' AS kind, count(*) AS number FROM finding WHERE office_id = 1 AND state = 'disputed'
    UNION ALL SELECT 'contested', count(*) FROM verification_line
        WHERE office_id = 1 AND answer = 'contest' AND decision = ''
    UNION ALL SELECT 'claimed_fixed', count(*) FROM finding WHERE office_id = 1 AND state = 'claimed_fixed'
    UNION ALL SELECT 'candidate', count(*) FROM finding WHERE office_id = 1 AND state = 'candidate'
    UNION ALL SELECT 'statements', count(*) FROM blank_statement WHERE office_id = 1 AND state = 'signed'
    UNION ALL SELECT 'replied', count(*) FROM slip_delivery WHERE office_id = 1 AND state = 'replied'
    UNION ALL SELECT 'circulars', count(*) FROM circular
        WHERE tenant_id = 1 AND state IN ('collecting', 'frozen', 'draft', 'in_review', 'signed')
) AS found WHERE number > 0
"""
TYPES = sorted(TenantType, key=lambda kind: GROUPS.index(profile(kind).group))
BADGES = {"supervised.notices": "notices", "imports.office_index": "imports"}


def office_views(database: Database, app: Flask) -> dict[str, Callable[..., str]]:
    """Endpoint → view; `app` tells the navigation, of which only the numbers differ between requests."""
    links = _links(app)

    def dashboard() -> str:
        today = NOW.date()
        period = Period.of(today)
        months = list(period_range(period.minus(11), period))
        values = {
            "user": USER, "period": str(period), "previous": str(period.previous()), "day": period.last_day,
            "first": str(months[0]), "last": str(period), "types": [str(kind) for kind in TYPES],
        }  # fmt: skip
        with database.transaction(SCOPE) as connection:
            header: Any = connection.execute(HEADER, values).fetchone()
            units = connection.execute(UNITS, values).fetchall()
            heat = connection.execute(HEAT, values).fetchall()
            to_do = [Duty(KINDS[row.kind], row.number, None) for row in connection.execute(TO_DO).fetchall()]
            site = site_of(connection)
        began = Period.parse(header.began)
        rows = [_row(unit, period, began) for unit in units]
        listed = [row for row in rows if row.task.value is not None]
        return render_template(
            "supervision/dashboard.html",
            site=site,
            workspace=_workspace(links, header),
            to_do=to_do,
            **_context(listed, rows, heat, months, period, began, header.waiting),
        )

    return {"supervision.dashboard": dashboard}


def _row(unit: Any, period: Period, began: Period) -> SimpleNamespace:
    kind = profile(unit.tenant_type)
    own = unit.area is None and unit.tenant_type == TenantType.BUREAU
    task = PREFECTURE_BUREAU_QUOTA if own else kind.monthly_quota
    judged, counted = task is not None and began <= period, unit.counted
    blank, months = judged and counted == 0, 0
    if blank:
        first = Period.parse(unit.last_active).next() if unit.last_active else began
        months = (period.year - first.year) * 12 + period.month - first.month + 1
    place = "县" if unit.area else "州"
    return SimpleNamespace(
        id=unit.id, code=unit.code, name=unit.short_name, area=unit.area, area_code=unit.area_code,
        area_name=unit.area_name, heading=f"{place}直部门" if kind.group == "部门" else kind.group,
        task=SimpleNamespace(value=task), counts=SimpleNamespace(counted=counted), judged=judged, blank=blank,
        below=judged and counted < task, blank_months=months, key_total=unit.keys,
        last_counted=unit.last_counted if period.previous() >= began else None,
        rate=percent(counted, task) if task else "",
    )  # fmt: skip


def _sums(rows: Sequence[SimpleNamespace]) -> SimpleNamespace:
    assessed = sum(row.judged for row in rows)
    below = sum(row.below for row in rows)
    counted, keys = sum(row.counts.counted for row in rows), sum(row.key_total for row in rows)
    last = sum(row.last_counted or 0 for row in rows) if rows[0].last_counted is not None else None
    return SimpleNamespace(
        units=len(rows), assessed=assessed, attained=assessed - below, below=below, counted=counted, key_total=keys,
        blank=sum(row.blank for row in rows), last_counted=last, change=None if last is None else counted - last,
        attainment=_ratio(assessed - below, assessed), key_share=_ratio(keys, counted),
    )  # fmt: skip


def _ratio(numerator: int, denominator: int) -> str:
    return f"{percent(numerator, denominator)}（{numerator}/{denominator}）" if denominator else "—"


def _context(
    listed: Sequence[SimpleNamespace], rows: Sequence[SimpleNamespace], heat: Iterable[Any], months: Sequence[Period],
    period: Period, began: Period, waiting: int,
) -> dict[str, Any]:  # fmt: skip
    counted: dict[tuple[int, str], int] = {}
    by_month: dict[str, list[int]] = {}
    for cell in heat:
        counted[cell.line, cell.period] = cell.counted
        month = by_month.setdefault(cell.period, [0, 0])
        month[0] += cell.counted
        month[1] += cell.keys
    sums = _sums(listed)
    classes: dict[str, list[SimpleNamespace]] = {}
    for row in listed:
        classes.setdefault(row.heading, []).append(row)
    first = max(min(began, period), period.minus(LONGEST_CHOICE - 1))
    found = SimpleNamespace(
        blank=sorted((row for row in listed if row.blank), key=lambda row: -row.blank_months),
        below=[row for row in listed if row.below and not row.blank],
        untasked=[row for row in rows if row.task.value is None],
        classes=lambda: [(heading, _sums(members)) for heading, members in classes.items()],
    )
    return {
        "found": found, "period": period, "months": months, "headline": _headline(sums, period),
        "filters": SimpleNamespace(search="", heading="", only_problems=False, opened="", picks=False),
        "figures": _figures(sums, period, waiting), "named": NAMED, "left_out": 0, "may_call": True,
        "groups": _groups(listed, counted, months, began), "trend": _trend(by_month, months, began),
        "choices": [(str(month), month.label) for month in reversed(list(period_range(first, period)))],
        "kinds": [(heading, heading) for heading in classes],
        "unit_base": url_for("supervision.dashboard") + "units/", "structure": None, "apart": (), "unstaffed": (),
        "structures": {"then": "按当时机构", "now": "按现机构"},
    }  # fmt: skip


def _groups(
    rows: Sequence[SimpleNamespace], counted: dict[tuple[int, str], int], months: Sequence[Period], began: Period
) -> list[SimpleNamespace]:
    """The folded counties first, then the prefecture's own bodies by class."""
    areas: dict[int, list[SimpleNamespace]] = {}
    own: dict[str, list[SimpleNamespace]] = {}
    for row in rows:
        if row.area:
            areas.setdefault(row.area, []).append(row)
        else:
            own.setdefault(row.heading, []).append(row)
    shown = []
    if areas:
        lines = [_area_line(area, members, counted, months) for area, members in areas.items()]
        every = [row for members in areas.values() for row in members]
        shown.append(SimpleNamespace(id="areas", name="县（市、区）", note=_note(every), lines=lines))
    for place, (heading, members) in enumerate(own.items()):
        lines = [_unit_line(row, counted, months, began) for row in members]
        shown.append(SimpleNamespace(id=f"u00001-{place}", name=heading, note=_note(members), lines=lines))
    return shown


def _note(rows: Sequence[SimpleNamespace]) -> str:
    blank, below = sum(row.blank for row in rows), sum(row.below for row in rows)
    return f"{len(rows)}家，未完成{below}家" + (f"，其中未发布{blank}家" if blank else "")


def _unit_line(
    row: SimpleNamespace, counted: dict[tuple[int, str], int], months: Sequence[Period], began: Period
) -> SimpleNamespace:
    cells, task = [], row.task.value
    for month in months:
        number = counted.get((row.id, str(month)), 0)
        if month < began:
            cells.append(SimpleNamespace(period=month, count=number or None, step=0, state=""))
        elif number < task:
            cells.append(SimpleNamespace(period=month, count=number, step=0, state="below" if number else "blank"))
        else:
            step = sum(1 for share in STEPS if number >= share * task)
            cells.append(SimpleNamespace(period=month, count=number, step=step, state=""))
    return SimpleNamespace(name=row.name, code=row.code, cells=cells, standing=row, totals=None, note="")


def _area_line(
    area: int, rows: Sequence[SimpleNamespace], counted: dict[tuple[int, str], int], months: Sequence[Period]
) -> SimpleNamespace:
    numbers = [counted.get((-area, str(month)), 0) for month in months]
    usual = sum(numbers) / len(numbers)
    cells = []
    for month, number in zip(months, numbers, strict=True):
        step = sum(1 for share in AREA_STEPS if number and number >= share * usual)
        cells.append(SimpleNamespace(period=month, count=number, step=step, state=""))
    name, code = rows[0].area_name, rows[0].area_code
    return SimpleNamespace(name=name, code=code, cells=cells, standing=None, totals=_sums(rows), note="")


def _trend(by_month: dict[str, list[int]], months: Sequence[Period], began: Period) -> list[SimpleNamespace]:
    shown = []
    for place in range(len(months) - 1, -1, -1):
        month = months[place]
        if month < began:
            break
        counted, keys = by_month.get(str(month), (0, 0))
        known = place > 0 and months[place - 1] >= began
        before = by_month.get(str(months[place - 1]), (0, 0))[0] if known else None
        share = percent(keys, counted) if counted else ""
        change = None if before is None else counted - before
        shown.append(SimpleNamespace(period=month, counted=counted, key_area=keys, change=change, key_share=share))
    return shown


def _headline(sums: SimpleNamespace, period: Period) -> tuple[str, str]:
    first = f"本月{sums.blank}家单位尚未发布信息" if sums.blank else "本月无空白月单位"
    with_blank = f"（含尚未发布的{sums.blank}家）" if sums.blank else ""
    second = f"{sums.below}家未完成月度任务{with_blank}" if sums.below else f"{sums.assessed}家单位全部完成月度任务"
    left = (period.last_day - NOW.date()) // timedelta(days=1)
    tone = "danger" if sums.blank else "warn" if sums.below else "good"
    return f"{first}，{second}，距月底还有{left}天。", tone


def _figures(sums: SimpleNamespace, period: Period, waiting: int) -> list[dict[str, object]]:
    every = url_for("supervision.dashboard", open="all", period=str(period))
    only = url_for("supervision.dashboard", period=str(period), only=1)
    change = ""
    if sums.change is not None:
        change = f"环比{'增加' if sums.change > 0 else '减少'}{abs(sums.change)}条" if sums.change else "与上月持平"
    flagged = f"其中{sums.units - sums.assessed}家不计考核" if sums.units > sums.assessed else ""
    shown = (
        ("纳入统计", sums.units, "家", flagged, every),
        ("计入任务", group_digits(sums.counted), "条", change, "#trend"),
        ("重点领域", group_digits(sums.key_total), "条", f"占{sums.key_share}", "#trend"),
        ("完成任务", sums.attained, "家", sums.attainment, only),
        ("未发布", sums.blank, "家", "", only),
        ("未销号问题", waiting, "项", "", url_for("supervision.findings", state="open")),
    )
    return [
        {"label": label, "value": value, "unit": unit, "note": note, "href": href}
        for label, value, unit, note, href in shown
    ]


def _links(app: Flask) -> list[tuple[str, list[tuple[str, str]]]]:
    """Duty → (label, endpoint) of what a supervisor may open."""
    links = [link for module in app.extensions["gongkai.modules"] for link in module.navigation]
    may = permissions_of(frozenset({Role.SUPERVISOR}))
    mine = sorted((link for link in links if Permission(link.permission) in may), key=lambda link: link.order)
    groups = [(duty, [(link.label, link.endpoint) for link in mine if link.duty == duty]) for duty in DUTIES]
    return [group for group in groups if group[1]]


def _workspace(links: list[tuple[str, list[tuple[str, str]]]], header: Any) -> dict[str, Any]:
    nav = []
    for duty, entries in links:
        items = [
            {
                "label": label, "href": url_for(endpoint), "icon": "", "current": endpoint == request.endpoint,
                "badge": getattr(header, BADGES[endpoint]) if endpoint in BADGES else 0,
            }
            for label, endpoint in entries
        ]  # fmt: skip
        nav.append({"label": duty, "items": items})
    return {
        "home_url": "/work/", "unit_name": header.short_name, "unit_id": 1, "units": [(1, header.short_name)],
        "switch_url": url_for("shell.switch"), "user_name": header.name, "nav": nav,
        "account_url": url_for("security.change_password"), "signout_url": url_for("security.logout"),
    }  # fmt: skip
