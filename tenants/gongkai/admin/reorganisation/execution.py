"""Carrying a reorganisation out: everything in one transaction, on its day or later."""

from collections.abc import Mapping, Sequence

from gongkai.accounts.models import User
from gongkai.accounts.permissions import Role
from gongkai.accounts.queries import members
from gongkai.accounts.services import add_membership
from gongkai.admin.abolition import end_posts
from gongkai.admin.reorganisation.cases import BY_COLUMN, WITH_GRACE, Case, below_sources, load_case
from gongkai.admin.reorganisation.models import Reorganisation
from gongkai.admin.reorganisation.preview import effects, new_roles, passing_codes
from gongkai.catalog.adoption import adopt_columns, pass_column
from gongkai.catalog.models import ColumnSuccession
from gongkai.catalog.services import provision_columns
from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.passing import DECIDED, Handover, Passed, pass_on, passing, stop, waiting_items
from gongkai.supervision.alerts import notify
from gongkai.tenancy.history import move_tenant
from gongkai.tenancy.models import Tenant, TenantSuccession
from gongkai.tenancy.services import abolish_tenant, hold_tree
from gongkai.tenancy.succession import give_grace, grace_end

NOTICE = "reorganisation"
TITLES = 20


def carry_out(uow: UnitOfWork, plan: Reorganisation) -> None:
    """Do what a plan says; its row is locked by the caller. Nothing is written when it is refused.

    Raises:
        Invalid: naming what stands in the way now.
    """
    hold_tree(uow)
    case = load_case(uow, plan)
    found = effects(uow, case)
    if found.faults:
        raise Invalid(found.faults)
    passed: list[tuple[Tenant, Passed]] = []
    for source in case.sources:
        if plan.kind == "move":
            _move(uow, case, source)
        else:
            passed.append((source, _give(uow, case, source)))
    if plan.kind in WITH_GRACE and plan.grace_months:
        for unit in case.receivers:
            give_grace(
                uow, tenant_id=unit.id, effective_date=plan.effective_date, months=plan.grace_months, basis=plan.basis
            )
    plan.state, plan.ended_at, plan.failure, plan.failed_at = "done", uow.now, "", None
    plan.outcome = [[heading, list(sentences)] for heading, sentences in found.sections]
    uow.session.flush()
    record(uow, plan, "reorganisation.carry_out")
    _tell_units(uow, case, [one for _, one in passed])
    for source, one in passed:
        _tell_owners(uow, case, source, one)


def record(uow: UnitOfWork, plan: Reorganisation, action: str) -> None:
    """Write a deed on a plan to the audit, with its terms."""
    detail = {
        "kind": plan.kind,
        "effective_date": plan.effective_date.isoformat(),
        "basis": plan.basis,
        "sources": plan.source_ids,
        "receivers": plan.receiver_ids,
        "planned_by": plan.planned_by,
    }
    uow.audit(action, tenant_id=plan.tenant_id, object_type="reorganisation", object_id=plan.id, detail=detail)


def announce(uow: UnitOfWork, case: Case) -> None:
    """Tell all units of a plan for a day to come what will happen, so that they finish what they can."""
    day = format_date(case.plan.effective_date)
    body = f"{_what(case)}请在此之前办结已批准、已定时的信息。"
    for unit in (*case.sources, *case.receivers):
        _tell(uow, case, unit, key="planned", subject=f"机构调整（{case.label}）将于{day}执行", body=body)


def call_off(uow: UnitOfWork, case: Case) -> None:
    """Tell all units of a plan that had been announced that it is cancelled."""
    for unit in (*case.sources, *case.receivers):
        subject = f"机构调整（{case.label}）已取消"
        _tell(uow, case, unit, key="cancelled", subject=subject, body=f"原定方案已取消：{_what(case)}")


def _what(case: Case) -> str:
    givers = "、".join(unit.official_name for unit in case.sources)
    takers = "、".join(unit.official_name for unit in case.receivers)
    verb = {"move": "的上级单位调整为", "function": "的所列职能划入", "split": "分设，职能由"}.get(
        case.plan.kind, "并入"
    )
    end = "承接" if case.plan.kind == "split" else ""
    return f"自{format_date(case.plan.effective_date)}起，{givers}{verb}{takers}{end}（依据：{case.plan.basis}）。"


def _tell(uow: UnitOfWork, case: Case, unit: Tenant, *, key: str, subject: str, body: str) -> None:
    notify(
        uow, tenant_id=unit.id, kind=NOTICE, key=f"reorganisation:{case.plan.id}:{key}", subject=subject, body=body,
        link="/work/",
    )  # fmt: skip


def _move(uow: UnitOfWork, case: Case, source: Tenant) -> None:
    move_tenant(
        uow,
        tenant_id=source.id,
        parent_id=case.receivers[0].id,
        level=case.plan.level or source.level,
        effective_date=case.plan.effective_date,
        basis=case.plan.basis,
    )


def _give(uow: UnitOfWork, case: Case, source: Tenant) -> Passed:
    passed = _columns_and_work(uow, case, source)
    if case.ends:
        _units_below(uow, case, source)
        _people(uow, case, source)
        _end(uow, case, source)
    return passed


def _columns_and_work(uow: UnitOfWork, case: Case, source: Tenant) -> Passed:
    plan = case.plan
    takers = "、".join(unit.official_name for unit in case.receivers)
    by = Handover(
        user_id=plan.planned_by,
        user_name=uow.session.get_one(User, plan.planned_by).name,
        note=f"{source.official_name}{case.label}，自{format_date(plan.effective_date)}起由{takers}承接",
    )
    for unit in case.receivers:
        # A unit that was set up a moment ago may still wait for its columns.
        provision_columns(uow, tenant_id=unit.id)
    with uow.acting_for(source.id, *(unit.id for unit in case.receivers), reason=f"机构调整：{by.note}"):
        waiting = waiting_items(uow, tenant_id=source.id)
        codes = passing_codes(uow, case, source, waiting)
        for receiver, taken in codes.items():
            adopt_columns(uow, tenant_id=receiver, from_id=source.id, codes=taken)
        going = passing(waiting, case.of_column, whole=case.ends)
        going = [item for item in going if plan.passes_decided or item.state not in DECIDED]
        passed = pass_on(uow, items=going, receivers=case.of_column, by=by)
        if case.ends:
            passed.stopped = stop(uow, items=[item for item in waiting if item.id not in passed.ids], by=by)
        if plan.kind in BY_COLUMN:
            _pass_columns(uow, case, source, codes)
    return passed


def _pass_columns(uow: UnitOfWork, case: Case, source: Tenant, codes: Mapping[int, list[str]]) -> None:
    for receiver, taken in codes.items():
        for code in taken:
            row = ColumnSuccession(
                tenant_id=source.id, successor_id=receiver, column_code=code,
                effective_date=case.plan.effective_date, basis=case.plan.basis,
            )  # fmt: skip
            pass_column(uow, passed=row, close=not case.ends)


def _units_below(uow: UnitOfWork, case: Case, source: Tenant) -> None:
    for unit in below_sources(uow, case):
        if unit.parent_id == source.id:
            move_tenant(
                uow,
                tenant_id=unit.id,
                parent_id=case.of_unit(unit.id),
                level=unit.level,
                effective_date=case.plan.effective_date,
                basis=case.plan.basis,
            )


def _people(uow: UnitOfWork, case: Case, source: Tenant) -> None:
    for member in members(uow, tenant_id=source.id):
        receiver = case.of_person(member.user_id)
        roles = [Role(role) for role in new_roles(case, member)]
        if receiver is not None and roles:
            add_membership(uow, user_id=member.user_id, tenant_id=receiver, roles=roles, section=member.section)
    end_posts(uow, tenant_id=source.id, day=case.plan.effective_date, reason=f"单位{case.label}")


def _end(uow: UnitOfWork, case: Case, source: Tenant) -> None:
    first, *others = case.receivers
    terms = {"effective_date": case.plan.effective_date, "basis": case.plan.basis}
    abolish_tenant(uow, tenant_id=source.id, successor_id=first.id, **terms)  # type: ignore[arg-type]
    for unit in others:
        uow.session.add(TenantSuccession(tenant_id=source.id, successor_id=unit.id, **terms))
    uow.session.flush()


def _tell_units(uow: UnitOfWork, case: Case, passed: Sequence[Passed]) -> None:
    plan = case.plan
    stopped = [title for one in passed for title in one.stopped]
    for unit in case.receivers if case.ends else (*case.receivers, *case.sources):
        parts = [_what(case)]
        if titles := [title for one in passed for title in one.titles.get(unit.id, ())]:
            parts.append(f"转入本单位的草稿{len(titles)}条：{_titles(titles)}，请核对发布机构等内容后送审。")
        if stopped:
            parts.append(
                f"原单位{len(stopped)}条信息不能转入，已停止办理：{_titles(stopped)}，"
                "列在“草稿和退回”页面的“原单位留下的草稿”中。"
            )
        if plan.kind in WITH_GRACE and plan.grace_months and unit in case.receivers:
            until = format_date(grace_end(plan.effective_date, plan.grace_months))
            parts.append(f"本单位设立过渡期至{until}，其间不考核月度任务，不催报空白月。")
        _tell(uow, case, unit, key="done", subject=f"机构调整（{case.label}）已执行", body="".join(parts))


def _tell_owners(uow: UnitOfWork, case: Case, source: Tenant, passed: Passed) -> None:
    """Tell who carried on what was in its chain or approved: it is a draft now, to be submitted again."""
    for (receiver, user_id), titles in passed.owners.items():
        notify(
            uow,
            tenant_id=receiver,
            user_id=user_id,
            kind=NOTICE,
            key=f"reorganisation:{case.plan.id}:{source.id}:owner:{user_id}",
            subject="您送审的信息已转入承接单位",
            body=f"{_what(case)}您在{source.official_name}承办、尚未发布的{len(titles)}条信息：{_titles(titles)}，"
            f"已转为{case.name_of(receiver)}的草稿，须核对后重新送审；原审查意见保留在办理过程中。",
            link="/work/items/drafts",
        )


def _titles(titles: Sequence[str]) -> str:
    return "、".join(f"《{title}》" for title in titles[:TITLES]) + ("等" if len(titles) > TITLES else "")
