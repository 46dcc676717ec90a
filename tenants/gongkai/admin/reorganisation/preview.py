"""What a reorganisation will do, in sentences and numbers, before it is done. Nothing is changed here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from gongkai.accounts.people import Unit
from gongkai.accounts.queries import Member, members, posts_everywhere
from gongkai.admin.abolition import published_count, published_since
from gongkai.admin.reorganisation.cases import BY_COLUMN, WITH_GRACE, Case, below_sources, case_faults
from gongkai.catalog.adoption import lacking, template_columns
from gongkai.catalog.models import IndexNumber
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Fault
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.passing import DECIDED, IN_CHAIN, Waiting, passing, places_in_use, waiting_items
from gongkai.publishing.states import ItemState
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import ancestors, below, former_bodies
from gongkai.tenancy.services import listed
from gongkai.tenancy.succession import grace_end

LOOK = "机构调整前核对未办结的信息"
NAMED = 6


@dataclass(frozen=True, slots=True)
class Effects:
    """What will happen: `faults` keep it from being done, `warnings` are for thought, `sections` tell the rest."""

    faults: Sequence[Fault] = ()
    warnings: Sequence[str] = ()
    sections: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(slots=True)
class _Found:
    """What is collected about one source."""

    unit: Tenant
    waiting: list[Waiting]
    passing: list[Waiting]
    decided: list[Waiting] = field(default_factory=list)


def effects(uow: UnitOfWork, case: Case) -> Effects:
    """Look at what carrying the plan out would do now."""
    faults = case_faults(uow, case)
    sections: list[tuple[str, Sequence[str]]] = [("机构", list(_bodies(uow, case)))]
    warnings: list[str] = []
    if case.plan.kind == "move":
        sections.append(("督查和统计", list(_moved_duties(uow, case))))
        return Effects(faults, warnings, sections)
    found = [_look(uow, case, unit) for unit in case.sources]
    for one in found:
        faults += _decided_faults(uow, case, one)
        warnings += _warnings(uow, case, one)
    tellers: tuple[tuple[str, Callable[[UnitOfWork, Case, Sequence[_Found]], Iterator[str]]], ...] = (
        ("已公开的信息", _published),
        ("未办结的信息", _open_work),
        ("栏目", _columns),
        ("下级单位", _units_below),
        ("人员", _people),
        ("督查和统计", _duties),
    )
    for heading, tell in tellers:
        if sentences := list(tell(uow, case, found)):
            sections.append((heading, sentences))
    return Effects(faults, warnings, sections)


def passing_codes(uow: UnitOfWork, case: Case, source: Tenant, waiting: Sequence[Waiting]) -> dict[int, list[str]]:
    """Receiver → template columns that come to it: those allotted, or those in which the source has something."""
    held = places_in_use(uow, tenant_id=source.id, items=waiting)
    found: dict[int, list[str]] = {}
    for column in template_columns(uow, tenant_id=source.id):
        receiver = case.of_column(column.code)
        if receiver is not None and (case.plan.kind in BY_COLUMN or column.code in held):
            found.setdefault(receiver, []).append(column.code)
    return found


def stays_without_post(uow: UnitOfWork, case: Case, source: Tenant) -> tuple[list[Member], list[Member]]:
    """People of a source whose posts end there without new ones: all of them, and those with no post anywhere else."""
    leaving = [one for one in members(uow, tenant_id=source.id) if not new_roles(case, one)]
    ending = {unit.id for unit in case.sources}
    bare = []
    for one in leaving:
        others = [post for post in posts_everywhere(uow, user_id=one.user_id) if post.tenant_id not in ending]
        if not others and case.of_person(one.user_id) is None:
            bare.append(one)
    return leaving, bare


def new_roles(case: Case, member: Member) -> frozenset[str]:
    """The posts that a person of a source gets in the receiver: the same, as far as they exist there."""
    receiver_id = case.of_person(member.user_id)
    if receiver_id is None:
        return frozenset()
    unit = next(unit for unit in case.receivers if unit.id == receiver_id)
    place = Unit(unit.id, unit.path, unit.tenant_type, unit.official_name, unit.short_name, from_above=True)
    return frozenset(member.roles & frozenset(place.grantable()))


def names(units: Sequence[Tenant]) -> str:
    """Official names in quotation marks for a sentence."""
    return "".join(f"“{unit.official_name}”" for unit in units)


def _look(uow: UnitOfWork, case: Case, unit: Tenant) -> _Found:
    with uow.acting_for(unit.id, reason=LOOK):
        waiting = waiting_items(uow, tenant_id=unit.id)
    going = passing(waiting, case.of_column, whole=case.ends)
    leaving = waiting if case.ends else going
    return _Found(unit, waiting, going, [item for item in leaving if item.state in DECIDED])


def _decided_faults(uow: UnitOfWork, case: Case, found: _Found) -> Iterator[Fault]:
    """Approved items block a plan that is due, unless they are to pass; nobody returns what they wrote."""
    plan, name = case.plan, found.unit.official_name
    if plan.passes_decided and any(plan.planned_by in item.author_ids for item in found.decided):
        problem = f"“{name}”已批准的信息中有方案拟定人参与编写的，不能由其退回"
        yield Fault("passes_decided", problem, "请由其他市级管理员拟定方案，或者由该单位先行办结")
    elif found.decided and not plan.passes_decided and plan.effective_date <= shanghai_date(uow.now):
        problem = f"“{name}”还有{len(found.decided)}条信息已批准或者已定时，尚未发布"
        yield Fault("passes_decided", problem, "请由该单位发布或者退回，或者在方案中选择转入承接单位重新办理")


def _warnings(uow: UnitOfWork, case: Case, found: _Found) -> Iterator[str]:
    day, name = case.plan.effective_date, found.unit.official_name
    if case.ends and (after := published_since(uow, found.unit.id, day)):
        yield f"“{name}”在{format_date(day)}以后仍发布了{after}条信息，这些信息保留原索引号和发布机构。请核对生效日期。"
    if found.decided and not case.plan.passes_decided and day > shanghai_date(uow.now):
        yield (
            f"“{name}”有{len(found.decided)}条信息已批准或者已定时。到{format_date(day)}仍未发布的，方案不能执行，"
            "请提醒该单位按时办结。"
        )


def _bodies(uow: UnitOfWork, case: Case) -> Iterator[str]:
    plan = case.plan
    day, givers, takers = format_date(plan.effective_date), names(case.sources), names(case.receivers)
    if plan.kind == "move":
        for unit in case.sources:
            number = len(uow.session.scalars(select(Tenant.id).where(below(unit.path))).all()) - 1
            with_it = f"，下级单位{number}家一并划归" if number else ""
            yield f"自{day}起，“{unit.official_name}”的上级单位为{takers}{with_it}。"
        yield "各单位的名称、网址、索引号、信息和人员不变。"
        return
    if plan.kind == "function":
        yield f"自{day}起，{givers}所列栏目的职能由{takers}承接；{givers}继续存在。"
        return
    yield f"自{day}起撤销{givers}，职能由{takers}{'分别' if len(case.receivers) > 1 else ''}承接。"
    for unit in case.sources:
        former = [row.official_name for row in former_bodies(uow, tenant_id=unit.id)]
        too = f"此前并入该单位的{listed(former)}的信息一并列出。" if former else ""
        yield f"“{unit.official_name}”的公开页面网址不变，页面上注明撤销日期和承接单位。{too}"


def _published(uow: UnitOfWork, case: Case, found: Sequence[_Found]) -> Iterator[str]:
    shown = f"并在{names(case.receivers)}的页面上标明原单位名称" if case.ends else "有关栏目的页面上注明承接单位"
    for one in found:
        name, total = one.unit.official_name, published_count(uow, one.unit.id)
        given = select(func.count()).select_from(IndexNumber).where(IndexNumber.tenant_id == one.unit.id)
        if total:
            kept = f"网址和{uow.session.scalar(given)}个索引号不变"
            yield f"“{name}”已公开的{total}条信息保留在原单位名下，{kept}，{shown}。"
        else:
            yield f"“{name}”没有已公开的信息。"


def _open_work(_: UnitOfWork, case: Case, found: Sequence[_Found]) -> Iterator[str]:
    for one in found:
        sentences = [*_passing_work(case, one), *_staying_work(case, one)]
        yield from sentences or [f"“{one.unit.official_name}”没有需要转出的未办结信息。"]


def _passing_work(case: Case, one: _Found) -> Iterator[str]:
    name = one.unit.official_name
    drafts = [item for item in one.passing if item.state == ItemState.DRAFT]
    chain = [item for item in one.passing if item.state in IN_CHAIN]
    if drafts:
        yield f"“{name}”的草稿{len(drafts)}条连同附件转为承接单位的草稿（{_by_receiver(case, drafts)}）。"
    if chain:
        split = _by_receiver(case, chain)
        kept = "须重新送审；原审查记录保留，承办人收到通知。"
        yield f"“{name}”审查、审批中的{len(chain)}条转为承接单位的草稿（{split}），{kept}"
    decided = [item for item in one.passing if item.state in DECIDED]
    if decided and case.plan.passes_decided:
        split = _by_receiver(case, decided)
        yield f"“{name}”已批准、已定时的{len(decided)}条不再发布，转为承接单位的草稿（{split}），须重新送审。"


def _staying_work(case: Case, one: _Found) -> Iterator[str]:
    name = one.unit.official_name
    if case.ends and (revisions := [item for item in one.waiting if item.revises]):
        going = sum(item.state != ItemState.DRAFT for item in revisions)
        ended = f"其中审查、审批中和已批准的{going}条停止办理，" if going else ""
        yield (
            f"“{name}”有{len(revisions)}条已公开信息的修改稿不能转入，{ended}作为草稿保留在原单位名下，"
            "列在承接单位的“草稿和退回”页面；仍须更正的，由承接单位另行公开。"
        )
    kept = [item for item in one.waiting if item.submitted and case.of_column(item.place) is not None]
    if not case.ends and kept:
        yield f"“{name}”在所列栏目中已经送审过的{len(kept)}条，由该单位继续办结。"


def _by_receiver(case: Case, items: Sequence[Waiting]) -> str:
    numbers: dict[int, int] = {}
    for item in items:
        receiver = case.of_column(item.place)
        if receiver is not None:
            numbers[receiver] = numbers.get(receiver, 0) + 1
    return "，".join(f"{case.name_of(unit)}{number}条" for unit, number in numbers.items())


def _columns(uow: UnitOfWork, case: Case, found: Sequence[_Found]) -> Iterator[str]:
    for one in found:
        named = {column.code: column for column in template_columns(uow, tenant_id=one.unit.id)}
        for receiver, codes in passing_codes(uow, case, one.unit, one.waiting).items():
            taker = case.name_of(receiver)
            if case.plan.kind in BY_COLUMN:
                yield f"“{taker}”承接{len(codes)}个栏目：{_some([named[code].name for code in codes])}。"
            if new := lacking(uow, tenant_id=receiver, codes=codes):
                yield f"“{taker}”增设或者恢复{len(new)}个栏目：{_some([named[code].name for code in new])}。"
        if case.plan.kind == "function":
            passed = [column for code, column in named.items() if case.of_column(code) is not None]
            if closed := [column.name for column in passed if not column.required]:
                yield f"“{one.unit.official_name}”的{'、'.join(closed)}停用，此前的信息继续提供查阅。"
            if kept := [column.name for column in passed if column.required]:
                yield f"{'、'.join(kept)}是每个单位都应当有的栏目，“{one.unit.official_name}”继续保留。"


def _some(words: Sequence[str]) -> str:
    return "、".join(words[:NAMED]) + ("等" if len(words) > NAMED else "")


def _units_below(uow: UnitOfWork, case: Case, _: Sequence[_Found]) -> Iterator[str]:
    if not case.ends:
        return
    taken: dict[int, list[str]] = {}
    for unit in below_sources(uow, case):
        taken.setdefault(case.of_unit(unit.id), []).append(unit.official_name)
    for receiver, units in taken.items():
        yield f"{listed(units)}的上级单位改为“{case.name_of(receiver)}”，信息、网址和索引号不变。"


def _people(uow: UnitOfWork, case: Case, found: Sequence[_Found]) -> Iterator[str]:
    for one in found if case.ends else ():
        everybody = members(uow, tenant_id=one.unit.id)
        leaving, bare = stays_without_post(uow, case, one.unit)
        passed: dict[int, int] = {}
        for member in everybody:
            receiver = case.of_person(member.user_id)
            if receiver is not None and new_roles(case, member):
                passed[receiver] = passed.get(receiver, 0) + 1
        for receiver, number in passed.items():
            yield f"“{one.unit.official_name}”的{number}人转到“{case.name_of(receiver)}”，岗位不变。"
        if leaving:
            who = _some([member.name for member in leaving])
            yield f"“{one.unit.official_name}”的{len(leaving)}人（{who}）岗位终止，账号和办理记录保留。"
        if bare:
            yield f"其中{len(bare)}人在其他单位也没有岗位，此后不能办理任何事项；需要任职的，请另行添加。"
        if not everybody:
            yield f"“{one.unit.official_name}”没有在岗人员。"


def _duties(uow: UnitOfWork, case: Case, found: Sequence[_Found]) -> Iterator[str]:
    plan, day = case.plan, format_date(case.plan.effective_date)
    if case.ends:
        yield f"{day}以前的月份按当时机构统计和通报，也可以按现机构查看；此后不再对被撤销单位下达月度任务。"
        for one in found:
            still = select(func.count()).where(Finding.tenant_id == one.unit.id, Finding.state.in_(OPEN_STATES))
            if number := uow.session.execute(still).scalar_one():
                yield f"“{one.unit.official_name}”未销号的{number}项督查问题和已登记的事项留在该单位名下。"
    if plan.kind == "split":
        yield "原单位的统计数不能分摊到各承接单位，按现机构查看时仍按原单位列示。"
    if plan.kind in WITH_GRACE and plan.grace_months:
        until = format_date(grace_end(plan.effective_date, plan.grace_months))
        yield f"{names(case.receivers)}设立过渡期至{until}，其间不考核月度任务，不催报空白月。"


def _moved_duties(uow: UnitOfWork, case: Case) -> Iterator[str]:
    office = ancestors(uow, tenant_id=case.receivers[0].id)[-1]
    for unit in case.sources:
        before = ancestors(uow, tenant_id=unit.id)[:-1]
        old, new = before[-1].official_name, office.official_name
        yield f"“{unit.official_name}”原列在“{old}”之下，此后由“{new}”督查；以前月份的统计和通报不变。"
        yield f"“{old}”以前生成的督查问题仍由“{old}”查看、销号，“{new}”只生成此后月份的问题。"
