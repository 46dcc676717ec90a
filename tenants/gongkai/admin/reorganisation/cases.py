"""A plan with its units: who receives what, and what keeps the plan from being carried out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from gongkai.admin.reorganisation.models import KINDS, LONGEST_GRACE, Reorganisation
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Fault
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.history import first_day, place_faults
from gongkai.tenancy.kinds import LEVELS
from gongkai.tenancy.models import Tenant, TenantPeriod
from gongkai.tenancy.queries import OFFICIAL_ORDER
from gongkai.tenancy.services import LONGEST_BASIS

ENDING = frozenset({"merge", "split", "abolish"})
"""Kinds in which the sources end."""
BY_COLUMN = frozenset({"split", "function"})
"""Kinds in which columns pass to different units."""
WITH_GRACE = frozenset({*ENDING, "function"})
MOST_UNITS = 20
FURTHEST = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Case:
    """A plan with its units; `sources` in the order in which they are dealt with, the lowest in the tree first."""

    plan: Reorganisation
    sources: Sequence[Tenant]
    receivers: Sequence[Tenant]

    @property
    def ends(self) -> bool:
        """Whether the sources do not exist any more afterwards."""
        return self.plan.kind in ENDING

    @property
    def label(self) -> str:
        """What it is called: 合并, 分设 …"""
        return KINDS[self.plan.kind]

    def of_column(self, code: str) -> int | None:
        """The receiver of a template column; None where it stays."""
        given = self._given("columns", code)
        if given is not None or self.plan.kind == "function":
            return given
        return self.receivers[0].id

    def of_unit(self, unit_id: int) -> int:
        """The receiver under which a unit below a source stands afterwards."""
        return self._given("units", str(unit_id)) or self.receivers[0].id

    def of_person(self, user_id: int) -> int | None:
        """The receiver in which a person of a source holds the same posts; None where the posts end."""
        given = self._given("people", str(user_id))
        if given is None:
            given = self.receivers[0].id if len(self.receivers) == 1 else 0
        return given or None

    def name_of(self, unit_id: int) -> str:
        """Official name of a receiver."""
        return next(unit.official_name for unit in self.receivers if unit.id == unit_id)

    def _given(self, what: str, key: str) -> int | None:
        return self.plan.allotments.get(what, {}).get(key)


def load_case(uow: UnitOfWork, plan: Reorganisation) -> Case:
    """The plan with its units as they are now."""
    wanted = {*plan.source_ids, *plan.receiver_ids}
    found = {unit.id: unit for unit in uow.session.scalars(select(Tenant).where(Tenant.id.in_(wanted)))}
    sources = sorted((found[unit] for unit in plan.source_ids), key=lambda unit: -unit.path.count("."))
    return Case(plan, sources, [found[unit] for unit in plan.receiver_ids])


def case_faults(uow: UnitOfWork, case: Case) -> list[Fault]:
    """What is wrong with a plan as such: its units, its date, its basis; fields are those of the plan's form."""
    faults = [*_number_faults(case), *_unit_faults(case), *_term_faults(uow, case)]
    if not faults:
        faults += [*_date_faults(uow, case), *_other_plans(uow, case)]
    return faults


def _number_faults(case: Case) -> Iterator[Fault]:
    kind = case.plan.kind
    if kind in {"split", "abolish", "function"} and len(case.sources) > 1:
        yield Fault("sources", f"{case.label}方案一次只能办理一个单位", "请为每个单位分别拟定方案")
    if kind == "split" and len(case.receivers) < 2:
        yield Fault("receivers", "分设至少需要两个承接单位", "职能全部归入一个单位的，请选择“合并”")
    if kind in {"merge", "move", "abolish"} and len(case.receivers) > 1:
        yield Fault("receivers", f"{case.label}方案只能有一个承接单位", "职能归入多个单位的，请选择“分设”")
    if max(len(case.sources), len(case.receivers)) > MOST_UNITS:
        yield Fault("sources", f"一个方案最多办理{MOST_UNITS}个单位", "请分成几个方案")


def _unit_faults(case: Case) -> Iterator[Fault]:
    kind = case.plan.kind
    for unit in case.sources:
        if unit.status != "active":
            yield Fault("sources", f"“{unit.official_name}”已经撤销", "请核对单位")
        elif unit.parent_id is None and kind != "function":
            yield Fault("sources", f"“{unit.official_name}”没有上级单位，不能{case.label}", "请核对单位")
    for unit in case.receivers:
        if unit.status != "active":
            yield Fault("receivers", f"“{unit.official_name}”已经撤销", "请改选在用的单位")
        yield from _place_faults(case, unit)


def _place_faults(case: Case, receiver: Tenant) -> Iterator[Fault]:
    if any(receiver.id == source.id for source in case.sources):
        yield Fault("receivers", f"“{receiver.official_name}”不能承接自己的职能", "保留的单位只填在承接单位中")
    elif case.ends and any(receiver.path.startswith(f"{source.path}.") for source in case.sources):
        yield Fault("receivers", f"“{receiver.official_name}”是被撤销单位的下级单位", "请先调整其隶属关系")
    elif case.plan.kind == "move":
        for source in case.sources:
            for fault in place_faults(source, receiver):
                yield Fault("receivers", f"“{source.official_name}”：{fault.problem}", fault.remedy)


def _term_faults(uow: UnitOfWork, case: Case) -> Iterator[Fault]:
    plan = case.plan
    if not plan.basis:
        yield Fault("basis", "未填写依据", "请填写作出决定的文件名称和文号")
    elif len(plan.basis) > LONGEST_BASIS:
        yield Fault("basis", f"依据超过{LONGEST_BASIS}个字", "请只填写文件名称和文号")
    if plan.effective_date > shanghai_date(uow.now) + FURTHEST:
        yield Fault("effective_date", "生效日期不能晚于两年以后", "请核对日期")
    if not 0 <= plan.grace_months <= LONGEST_GRACE:
        yield Fault("grace_months", f"过渡期应为0至{LONGEST_GRACE}个月", "不设过渡期的填0")
    if plan.level and plan.level not in LEVELS:
        yield Fault("level", "没有这种层级", "请从列表中选择")


def _date_faults(uow: UnitOfWork, case: Case) -> Iterator[Fault]:
    day = case.plan.effective_date
    changed = [*case.sources] if case.plan.kind != "function" else []
    if case.ends:
        changed += below_sources(uow, case)
    for unit in changed:
        since = _current_since(uow, unit.id)
        if since is None or day <= since:
            started = format_date(since) if since else "—"
            problem = f"生效日期须晚于“{unit.official_name}”最近一次变动的日期（{started}）"
            yield Fault("effective_date", problem, "请核对日期")
    for unit in case.receivers:
        began = first_day(uow, tenant_id=unit.id)
        if began is not None and day < began:
            problem = f"生效日期早于“{unit.official_name}”的成立日期（{format_date(began)}）"
            yield Fault("effective_date", problem, "请核对日期")


def _current_since(uow: UnitOfWork, tenant_id: int) -> date | None:
    query = select(TenantPeriod.valid_from).where(TenantPeriod.tenant_id == tenant_id, TenantPeriod.valid_to.is_(None))
    return uow.session.scalar(query)


def _other_plans(uow: UnitOfWork, case: Case) -> Iterator[Fault]:
    """A unit ends or moves in one plan at a time; functions may leave it in several."""
    plan = case.plan
    query = select(Reorganisation).where(
        Reorganisation.tenant_id == plan.tenant_id,
        Reorganisation.state == "planned",
        Reorganisation.source_ids.overlap(plan.source_ids),
        Reorganisation.id != (plan.id or 0),
    )
    for other in uow.session.scalars(query):
        if plan.kind == other.kind == "function":
            continue
        names = "、".join(unit.official_name for unit in case.sources if unit.id in other.source_ids)
        problem = f"“{names}”已列入{format_date(other.effective_date)}生效的{KINDS[other.kind]}方案"
        yield Fault("sources", problem, "请先取消该方案")


def below_sources(uow: UnitOfWork, case: Case) -> list[Tenant]:
    """The units directly below a source that do not end themselves, in official order."""
    ending = case.plan.source_ids
    query = (
        select(Tenant)
        .where(Tenant.parent_id.in_(ending), Tenant.status == "active", Tenant.id.not_in(ending))
        .order_by(*OFFICIAL_ORDER)
    )
    return list(uow.session.scalars(query))
