"""Plans of reorganisations: begun, completed with their receivers, confirmed, cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.accounts.queries import members
from gongkai.admin.reorganisation.cases import BY_COLUMN, Case, below_sources, case_faults, load_case
from gongkai.admin.reorganisation.execution import announce, call_off, carry_out, record
from gongkai.admin.reorganisation.models import KINDS, STATES, Reorganisation
from gongkai.admin.reorganisation.preview import effects
from gongkai.catalog.adoption import template_columns
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.text.folding import fold
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.queries import units_in_use


@dataclass(frozen=True, slots=True)
class Asked:
    """What the first page of a plan asks for: units by full name, short name or code; `grace_months` 0–12."""

    kind: str
    sources: Sequence[str]
    receivers: Sequence[str]
    effective_date: date
    basis: str
    level: str = ""
    grace_months: int = 0


def begin(uow: UnitOfWork, *, actor: Actor, asked: Asked, plan_id: int | None = None) -> Reorganisation:
    """Begin a plan, or change the terms of one that is not confirmed; who receives what starts from the usual.

    Raises:
        NotFound: when the plan is missing.
        Conflict: when it is confirmed.
        Invalid: naming each field.
    """
    if asked.kind not in KINDS:
        raise Invalid([Fault("kind", "没有这种调整方式", "请从列表中选择")])
    plan = Reorganisation(tenant_id=actor.tenant_id, state="drafting", created_at=uow.now, outcome=[], failure="")
    if plan_id is not None:
        plan = get_plan(uow, actor=actor, plan_id=plan_id, lock=True)
        _expect(plan, "drafting")
    sources, wrong = named_units(uow, actor=actor, names=asked.sources, field="sources")
    receivers, more = named_units(uow, actor=actor, names=asked.receivers, field="receivers")
    if wrong or more:
        raise Invalid([*wrong, *more])
    plan.kind, plan.effective_date, plan.basis = asked.kind, asked.effective_date, asked.basis
    plan.source_ids, plan.receiver_ids = sources, receivers
    plan.level = asked.level if asked.kind == "move" else ""
    plan.grace_months = 0 if asked.kind == "move" else asked.grace_months
    plan.planned_by, plan.allotments, plan.passes_decided = actor.user_id, {}, False
    with uow.session.no_autoflush:
        if faults := case_faults(uow, load_case(uow, plan)):
            raise Invalid(faults)
    uow.session.add(plan)
    uow.session.flush()
    record(uow, plan, "reorganisation.begin")
    return plan


def get_plan(uow: UnitOfWork, *, actor: Actor, plan_id: int, lock: bool = False) -> Reorganisation:
    """A plan of the actor's office, locked for the transaction if asked.

    Raises:
        NotFound: when it is missing or another office's.
    """
    query = select(Reorganisation).where(Reorganisation.id == plan_id, Reorganisation.tenant_id == actor.tenant_id)
    return uow.one(query, lock=lock)


def named_units(uow: UnitOfWork, *, actor: Actor, names: Sequence[str], field: str) -> tuple[list[int], list[Fault]]:
    """Ids of the units in use that bear these names （full, short, code）, and what is wrong with the names."""
    known: dict[str, set[int]] = {}
    for placed in units_in_use(uow, path=actor.tenant_path):
        for name in (placed.unit.code, placed.unit.official_name, placed.unit.short_name):
            known.setdefault(fold(name), set()).add(placed.unit.id)
    found: list[int] = []
    faults = [] if names else [Fault(field, "未填写单位", "请填写单位全称、简称或代码，每行一个")]
    for name in names:
        ids = known.get(fold(name), set())
        if len(ids) == 1:
            found += [unit for unit in ids if unit not in found]
        elif ids:
            faults.append(Fault(field, f"有{len(ids)}个在用单位都叫“{name[:40]}”", "请填写单位代码"))
        else:
            faults.append(
                Fault(field, f"没有名为“{name[:40]}”的在用单位", "请核对；新组建的单位请先在“新设单位”中设立")
            )
    return found, faults


def set_columns(uow: UnitOfWork, *, actor: Actor, plan_id: int, columns: Mapping[str, int]) -> Reorganisation:
    """Say which receiver takes each template column: code → id; left out, it stays （职能划转） or goes to the first.

    Raises:
        NotFound, Conflict: as `begin`.
        Invalid: when a receiver is none of the plan's, or no column passes at all.
    """
    plan = get_plan(uow, actor=actor, plan_id=plan_id, lock=True)
    _expect(plan, "drafting")
    case = load_case(uow, plan)
    open_codes = {column.code for source in case.sources for column in template_columns(uow, tenant_id=source.id)}
    wanted = {code: unit for code, unit in columns.items() if code in open_codes}
    faults = _foreign(case, wanted.values(), "columns")
    if plan.kind == "function" and not wanted:
        faults.append(Fault("columns", "没有选择划转的栏目", "请至少为一个栏目选择承接单位"))
    if plan.kind in BY_COLUMN and not faults:
        idle = [unit.official_name for unit in case.receivers if unit.id not in wanted.values()]
        if idle:
            faults.append(
                Fault("columns", f"“{'、'.join(idle)}”没有承接任何栏目", "请为其选择栏目，或者重新填写承接单位")
            )
    if faults:
        raise Invalid(faults)
    plan.allotments = {**plan.allotments, "columns": wanted}
    return plan


def set_people(
    uow: UnitOfWork,
    *,
    actor: Actor,
    plan_id: int,
    people: Mapping[int, int],
    units: Mapping[int, int],
    passes_decided: bool,
) -> Reorganisation:
    """Say where people （id → receiver, 0: the posts end） and units below go, and whether approved items pass.

    Raises:
        NotFound, Conflict: as `begin`.
        Invalid: when a receiver is none of the plan's.
    """
    plan = get_plan(uow, actor=actor, plan_id=plan_id, lock=True)
    _expect(plan, "drafting")
    case = load_case(uow, plan)
    here = {member.user_id for source in case.sources for member in members(uow, tenant_id=source.id)}
    under = {unit.id for unit in below_sources(uow, case)}
    wanted_people = {str(user): unit for user, unit in people.items() if user in here}
    wanted_units = {str(unit): receiver for unit, receiver in units.items() if unit in under}
    faults = _foreign(case, [unit for unit in wanted_people.values() if unit], "people")
    faults += _foreign(case, wanted_units.values(), "units")
    if faults:
        raise Invalid(faults)
    plan.allotments = {**plan.allotments, "people": wanted_people, "units": wanted_units}
    plan.passes_decided = passes_decided
    return plan


def confirm(uow: UnitOfWork, *, actor: Actor, plan_id: int) -> Reorganisation:
    """Confirm a plan: it is carried out now, or on its day when that has not come.

    Raises:
        NotFound; Conflict: when it is confirmed already.
        Invalid: naming what stands in the way.
    """
    plan = get_plan(uow, actor=actor, plan_id=plan_id, lock=True)
    _expect(plan, "drafting")
    case = load_case(uow, plan)
    if plan.kind in BY_COLUMN and "columns" not in plan.allotments:
        raise Invalid([Fault("columns", "还没有划分栏目", "请先为栏目选择承接单位")])
    plan.state, plan.planned_at, plan.planned_by = "planned", uow.now, actor.user_id
    record(uow, plan, "reorganisation.plan")
    if plan.effective_date <= shanghai_date(uow.now):
        carry_out(uow, plan)
        return plan
    if faults := effects(uow, case).faults:
        raise Invalid(faults)
    announce(uow, case)
    return plan


def cancel(uow: UnitOfWork, *, actor: Actor, plan_id: int) -> Reorganisation:
    """Cancel a plan that is not carried out; its units are told when they had been told of it.

    Raises:
        NotFound; Conflict: when it is carried out or cancelled.
    """
    plan = get_plan(uow, actor=actor, plan_id=plan_id, lock=True)
    _expect(plan, "drafting", "planned")
    told = plan.state == "planned"
    plan.state, plan.ended_at = "cancelled", uow.now
    uow.session.flush()
    record(uow, plan, "reorganisation.cancel")
    if told:
        call_off(uow, load_case(uow, plan))
    return plan


def _expect(plan: Reorganisation, *states: str) -> None:
    if plan.state not in states:
        raise Conflict(f"该方案{STATES[plan.state]}，不能进行此操作。请刷新页面查看最新状态。")


def _foreign(case: Case, receivers: Iterable[int], field: str) -> list[Fault]:
    own = {unit.id for unit in case.receivers}
    wrong = [unit for unit in receivers if unit not in own]
    return [Fault(field, "选择了方案以外的承接单位", "请从列表中选择")] if wrong else []
