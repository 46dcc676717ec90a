"""Collects a period's data into a snapshot: what the circular quotes, live or locked."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import describe
from gongkai.supervision.circulars.snapshot import FactRow, FindingRow, Office, Snapshot, UnitFigures, add_up
from gongkai.supervision.evaluation import quantity, rectification
from gongkai.supervision.findings import of_office
from gongkai.supervision.ledger.states import STILL_WRONG
from gongkai.supervision.models import Finding, OfficeFact
from gongkai.supervision.queries import people_of, standings
from gongkai.supervision.reports_due.queries import missing_on
from gongkai.supervision.standings import Standing, Standings, Unit
from gongkai.supervision.training.circular import training_facts
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant

_AREA_ENDS = "州市县区旗盟"


def collect(uow: UnitOfWork, *, office_id: int, period: Period, coverage: str = "all", lock: bool = False) -> Snapshot:
    """The period's data of an office as they are now; with `lock`, stamped as the locked ones.

    The office's own body is in the figures only where it publishes under its own name: where its office bureau does
    that, a government is not blank.

    Raises:
        NotFound: when the office did not exist in the period.
    """
    found = standings(uow, office_id=office_id, period=period)
    rows = [row for row in found.rows if _covered(row, found.office, coverage)]
    untasked = [row for row in found.untasked if _covered(row, found.office, coverage)]
    before = _attained_before(uow, found)
    reachable = _reachable(uow, [row.id for row in rows])
    known = {row.id: row for row in (*rows, *untasked)}
    names = _distinct_names(found, list(known.values()))
    units = tuple(_unit(row, found, names[row.id], before.get(row.id), reachable=row.id in reachable) for row in rows)
    now = uow.now.astimezone(SHANGHAI).isoformat(timespec="minutes")
    return Snapshot(
        office=_office(found.office),
        period=str(period),
        coverage=coverage,
        first_day=period.first_day.isoformat(),
        last_day=period.last_day.isoformat(),
        locked_at=now if lock else None,
        taken_at=now,
        figures=add_up(units),
        units=units,
        facts=tuple(_all_facts(uow, found, known, names)),
        findings=tuple(_findings(uow, found, known, names)),
        untasked=tuple(names[row.id] for row in untasked if row.id != office_id),
    )


def _covered(row: Standing, office: Unit, coverage: str) -> bool:
    if row.id == office.id:
        return bool(row.counts.counted or row.last_counted)
    return coverage == "all" or len(row.unit.chain) <= len(office.chain) + 1


def _attained_before(uow: UnitOfWork, found: Standings) -> dict[int, bool | None]:
    """Whether each unit met its task in the month before; empty where there are no statistics of it."""
    before = found.period.previous()
    if before < found.began or not found.office.existed_in(before):
        return {}
    earlier = standings(uow, office_id=found.office.id, period=before)
    return {row.id: row.attained for row in earlier.rows}


def _reachable(uow: UnitOfWork, unit_ids: Sequence[int]) -> set[int]:
    contacts = uow.session.execute(select(Tenant.id, Tenant.contact).where(Tenant.id.in_(unit_ids)))
    with_phone = {row.id for row in contacts if row.contact.get("phone")}
    people = people_of(uow, tenant_ids=[unit for unit in unit_ids if unit not in with_phone])
    return with_phone | {unit for unit, members in people.items() if any(person.mobile for person in members)}


def _distinct_names(found: Standings, rows: Sequence[Standing]) -> dict[int, str]:
    """Short names by unit; where two counties have a 民政局 each, the county stands before them."""
    times = Counter(row.name for row in rows)
    return {row.id: row.name if times[row.name] == 1 else f"{_area_name(row, found)}{row.name}" for row in rows}


def _unit(row: Standing, found: Standings, name: str, last_attained: bool | None, *, reachable: bool) -> UnitFigures:
    flags = []
    if row.unit.established > found.period.first_day:
        flags.append("established")
    if row.unit.ended is not None and row.unit.ended <= found.period.last_day:
        flags.append("abolished")
    return UnitFigures(
        code=row.code,
        name=name,
        official_name=row.unit.official_name,
        heading=row.heading,
        task=row.task.value,
        counted=row.counts.counted,
        total=row.counts.total,
        attained=row.attained,
        area=_area_name(row, found),
        key_areas=dict(row.counts.key_areas),
        last_counted=row.last_counted,
        last_attained=last_attained,
        blank=row.blank,
        blank_months=row.blank_months,
        excused=row.excused,
        remark=row.remark,
        flags=tuple(flags),
        reachable=reachable,
    )


def _area_name(row: Standing, found: Standings) -> str:
    if row.area_id == found.office.id:
        return ""
    name = next((area.unit.short_name for area in found.areas if area.unit.id == row.area_id), "")
    return name.removesuffix("人民政府").removesuffix("政府")


def _office(unit: Unit) -> Office:
    names = (unit.short_name, unit.official_name.removesuffix("人民政府"))
    place = next((name[-1] for name in names if name and name[-1] in _AREA_ENDS), "")
    return Office(
        code=unit.code,
        name=unit.short_name,
        official_name=unit.official_name,
        place=place,
        is_prefecture=unit.tenant_type == TenantType.PREFECTURE_GOVERNMENT,
    )


def _all_facts(uow: UnitOfWork, found: Standings, known: dict[int, Standing], names: dict[int, str]) -> list[FactRow]:
    """What the office recorded, and what registers and ledger know."""
    recorded = _facts(uow, found, known, names)
    by_hand = {fact.code for fact in recorded if fact.kind == "false_rectification"}
    claims = _false_claims(uow, found, known, names, by_hand)
    absent = training_facts(uow, found=found, known=known, names=names)
    return [*absent, *recorded, *_missing_reports(uow, found, known, names), *claims]


def _facts(uow: UnitOfWork, found: Standings, known: dict[int, Standing], names: dict[int, str]) -> list[FactRow]:
    query = select(OfficeFact.id, OfficeFact.unit_id, OfficeFact.kind, OfficeFact.detail, OfficeFact.source).where(
        OfficeFact.tenant_id == found.office.id
    )
    rows = uow.session.execute(query.where(OfficeFact.period == str(found.period))).all()
    earlier = uow.session.execute(query.where(OfficeFact.period == str(found.period.previous()))).all()
    before = {(row.kind, row.unit_id) for row in earlier}
    order = {unit_id: place for place, unit_id in enumerate(known)}
    listed: list[Row[Any]] = sorted((row for row in rows if row.unit_id in known), key=lambda row: order[row.unit_id])
    return [
        FactRow(
            id=row.id,
            kind=row.kind,
            code=known[row.unit_id].code,
            name=names[row.unit_id],
            detail=row.detail,
            source=row.source,
            repeated=(row.kind, row.unit_id) in before,
        )
        for row in listed
    ]


def _false_claims(
    uow: UnitOfWork,
    found: Standings,
    known: dict[int, Standing],
    names: dict[int, str],
    recorded: Collection[str],
) -> list[FactRow]:
    """The false claims of rectification that the ledger knows of the month, one for each unit, unless the office
    recorded one of it by hand; what still stood goes before what was not looked for everywhere."""
    rows = uow.session.execute(
        select(Finding.id, Finding.tenant_id, Finding.period, Finding.object_id, Finding.evidence)
        .where(
            of_office(found.office.id), Finding.rule_code == rectification.FALSE, Finding.state != "dismissed",
            Finding.period.in_((str(found.period), str(found.period.previous()))),
        )
        .order_by(Finding.id)
    ).all()  # fmt: skip
    before = {row.tenant_id for row in rows if row.period != str(found.period)}
    first: dict[int, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: row.evidence["manner"] != STILL_WRONG):
        if row.period == str(found.period) and row.tenant_id in known and known[row.tenant_id].code not in recorded:
            first.setdefault(row.tenant_id, row)
    return [
        FactRow(
            id=row.id,
            kind="false_rectification",
            code=known[unit_id].code,
            name=names[unit_id],
            detail={
                "manner": row.evidence["manner"], "problem": row.evidence["problem"],
                "due_date": row.evidence["due"], "claim": row.evidence["measure"], "found": row.evidence["found"],
            },
            repeated=unit_id in before,
            finding_id=row.object_id,
        )
        for unit_id, row in ((unit_id, first[unit_id]) for unit_id in known if unit_id in first)
    ]  # fmt: skip


def _missing_reports(
    uow: UnitOfWork, found: Standings, known: dict[int, Standing], names: dict[int, str]
) -> list[FactRow]:
    """The annual reports that were missing when the month ended, today in one that still runs."""
    day = min(found.period.last_day, shanghai_date(uow.now))
    before = missing_on(uow, office_id=found.office.id, day=found.period.previous().last_day)
    repeated = {duty.id for duty in before}
    order = {unit_id: place for place, unit_id in enumerate(known)}
    listed = [duty for duty in missing_on(uow, office_id=found.office.id, day=day) if duty.unit_id in known]
    return [
        FactRow(
            id=duty.id,
            kind="report_missing",
            code=duty.code,
            name=names[duty.unit_id],
            detail={"due_date": duty.due_date.isoformat()},
            source=duty.basis,
            repeated=duty.id in repeated,
        )
        for duty in sorted(listed, key=lambda duty: order[duty.unit_id])
    ]


def _findings(uow: UnitOfWork, found: Standings, known: dict[int, Standing], names: dict[int, str]) -> list[FindingRow]:
    query = (
        select(
            Finding.id, Finding.tenant_id, Finding.rule_code, Finding.problem_class, Finding.evidence, Finding.state
        )
        .where(
            of_office(found.office.id), Finding.period == str(found.period), Finding.rule_code.in_(quantity.CODES),
            Finding.state != "noted",
        )
        .order_by(Finding.problem_class, Finding.id)
    )  # fmt: skip
    return [
        FindingRow(
            id=row.id,
            rule_code=row.rule_code,
            problem_class=row.problem_class,
            code=known[row.tenant_id].code,
            name=names[row.tenant_id],
            state=row.state,
            text=describe(row.rule_code, row.evidence),
        )
        for row in uow.session.execute(query)
        if row.tenant_id in known
    ]
