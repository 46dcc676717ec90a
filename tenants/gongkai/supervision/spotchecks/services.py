"""Drawing a sample and recording what was found; a problem enters the ledger as any other that a person records."""

import secrets
from collections.abc import Sequence

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.ledger.entering import Entry, enter_all
from gongkai.supervision.picking import expect_units
from gongkai.supervision.spotchecks import queries
from gongkai.supervision.spotchecks.drawing import draw
from gongkai.supervision.spotchecks.models import CheckRecord, SpotCheck
from gongkai.supervision.spotchecks.schemas import CheckForm, Found

POPULATION_LIMIT = 50_000
SAMPLE_LIMIT = 500
_SEED_BYTES = 8


def draw_check(uow: UnitOfWork, *, actor: Actor, form: CheckForm, unit_ids: Sequence[int]) -> SpotCheck:
    """Draw a sample of what units of the office have published; seed and population stay on record.

    Raises:
        Invalid: on `units`; on `columns`, when a name is no column's; on `first`, when there is nothing to draw from or
            too much; on `size`, when more would be drawn than can be checked.
    """
    units = expect_units(uow, path=actor.tenant_path, office_id=actor.tenant_id, unit_ids=unit_ids)
    unknown = set(form.columns) - queries.known_columns(uow, unit_ids=units, columns=form.columns)
    if unknown:
        names = "、".join(sorted(unknown)[:5])
        raise Invalid([Fault("columns", f"所选单位没有“{names}”栏目", "请填写栏目的全称，不填则不限栏目")])
    rows = queries.population(
        uow, unit_ids=units, first=form.first, last=form.last, columns=form.columns, limit=POPULATION_LIMIT + 1
    )
    if not rows:
        raise Invalid([Fault("first", "所选范围内没有已公开的信息", "请扩大日期、栏目或者单位的范围")])
    if len(rows) > POPULATION_LIMIT:
        raise Invalid([Fault("first", f"所选范围内的信息超过{POPULATION_LIMIT}条", "请缩小日期、栏目或者单位的范围")])
    seed = secrets.token_hex(_SEED_BYTES)
    drawn = draw(((row.item_id, row.unit_id) for row in rows), seed=seed, size=form.size, each_unit=form.each_unit)
    if len(drawn) > SAMPLE_LIMIT:
        raise Invalid([Fault("size", f"共抽取{len(drawn)}条，超过{SAMPLE_LIMIT}条", "请减少每家单位的条数")])
    check = SpotCheck(
        tenant_id=actor.tenant_id, title=form.title, first_date=form.first, last_date=form.last, unit_ids=units,
        column_names=list(form.columns), size=form.size, each_unit=form.each_unit, seed=seed,
        population=[row.item_id for row in rows], drawn_at=uow.now, drawn_by=actor.user_id, drawn_by_name=actor.name,
    )  # fmt: skip
    uow.session.add(check)
    uow.session.flush()
    about = {row.id: row for row in queries.described(uow, item_ids=drawn)}
    uow.session.add_all(
        CheckRecord(
            tenant_id=actor.tenant_id, check_id=check.id, position=place, unit_id=about[item_id].tenant_id,
            item_id=item_id, title=about[item_id].title, column_name=about[item_id].column_name,
            published_date=shanghai_date(about[item_id].published_at),
        )
        for place, item_id in enumerate(drawn, 1)
    )  # fmt: skip
    uow.session.flush()
    detail = {"title": form.title, "seed": seed, "population": len(rows), "drawn": drawn}
    uow.audit("check.draw", tenant_id=actor.tenant_id, object_type="spot_check", object_id=check.id, detail=detail)
    return check


def get_check(uow: UnitOfWork, *, actor: Actor, check_id: int) -> SpotCheck:
    """A spot check of this office.

    Raises:
        NotFound: when it is missing or another office's.
    """
    found = uow.session.scalar(
        select(SpotCheck).where(SpotCheck.id == check_id, SpotCheck.tenant_id == actor.tenant_id)
    )
    if found is None:
        raise NotFound
    return found


def get_record(uow: UnitOfWork, *, actor: Actor, record_id: int, lock: bool = False) -> CheckRecord:
    """A record of one of this office's spot checks.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(CheckRecord).where(CheckRecord.id == record_id, CheckRecord.tenant_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def record(uow: UnitOfWork, *, actor: Actor, record_id: int, found: Found) -> CheckRecord:
    """Record what a check of one item found; a problem becomes a finding of its unit at once.

    What was recorded as sound, or as gone, can be recorded anew; a problem goes on in the ledger.

    Raises:
        NotFound: when it is missing or another office's.
        Conflict: when a problem was recorded already.
        Invalid: as `ledger.entering.enter_all`.
    """
    one = get_record(uow, actor=actor, record_id=record_id, lock=True)
    if one.finding_id is not None:
        raise Conflict("这条信息的问题已经登记，请在问题清单中办理。")
    one.text, one.rule_code = "", ""
    if found.result == "problem":
        today = shanghai_date(uow.now)
        entry = Entry(
            one.unit_id, found.rule, found.problem_class, found.text, f"/items/{one.item_id}", "inspector", today,
            found.due,
        )  # fmt: skip
        (one.finding_id,) = enter_all(uow, office_id=actor.tenant_id, entries=[entry])
        one.text, one.rule_code = found.text, found.rule
    one.result, one.looked_at = found.result, found.looked_at
    one.checked_at, one.checked_by, one.checked_by_name = uow.now, actor.user_id, actor.name
    uow.session.flush()
    detail = {"result": found.result, "item_id": one.item_id, "finding_id": one.finding_id}
    uow.audit("check.record", tenant_id=actor.tenant_id, object_type="check_record", object_id=one.id, detail=detail)
    return one
