"""Loads the demonstration through the product's own services, and finishes what an interrupted start began.

Every step can be repeated: units, people and rules are made where they are missing, items are known by their keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.models import User
from gongkai.accounts.passwords import hash_password, make_hasher
from gongkai.accounts.services import add_membership, create_user
from gongkai.catalog.services import provision_columns
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period, period_range
from gongkai.core.models import SiteSetting
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.publishing.models import MODES, VALIDITIES
from gongkai.run.demo.chain import publish_current
from gongkai.run.demo.guides import publish_guides
from gongkai.run.demo.history import history
from gongkai.run.demo.march import CITY_CODE, CITY_NAME, MARCH, MONTHS, march_items, march_units
from gongkai.run.demo.march_circular import issue_march_circular
from gongkai.run.demo.moments import first_morning
from gongkai.run.demo.months import close_months, close_months_of
from gongkai.run.demo.old_page import old_page
from gongkai.run.demo.people import PASSWORD, people_of
from gongkai.run.demo.rooms.play import play_rooms
from gongkai.run.demo.rows import ItemRow, channels
from gongkai.run.demo.units import MONTHLY_TASK, UnitRow, units
from gongkai.supervision.rules import TASK
from gongkai.supervision.services import Change, set_task
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import NewTenant, abolish_tenant, create_tenant

Report = Callable[[str], None]
STATE_KEY = "demonstration"
SITE = {
    "name": "云岭州政府信息公开平台",
    "short_name": "云岭州信息公开",
    "host": "云岭州人民政府",
    "sponsor": "云岭州人民政府办公室",
    "operator": "云岭州政务公开办公室",
    "phone": "0840-3000000",
    "site_code": "5900000001",
    "icp": "演示备案号",
    "police_record": "演示备案号",
    "domain": "127.0.0.1",
    "error_report_url": "https://www.example.gov.cn/jiucuo.html?site_code=5900000001",
}
ROOT_CODE = "yl-zf"
DEMONSTRATION_LOGINS = (
    f"yl-czj-xxy     信息员（州财政局，起草）          密码 {PASSWORD}",
    f"yl-czj-bms     保密审查员（州财政局，审查）      密码 {PASSWORD}",
    f"yl-czj-ld      分管领导（州财政局，审批发布）    密码 {PASSWORD}",
    f"yl-czj-gly     单位管理员（州财政局）            密码 {PASSWORD}",
    f"yl-czj-xxy2    国库科信息员（登记线下签批）      密码 {PASSWORD}",
    f"yl-mzj-jzkz    科室负责人（州民政局，四级审签）  密码 {PASSWORD}",
    f"yl-zf-zwgk     州政务公开办督查员（全州）        密码 {PASSWORD}",
    f"yl-zf-zb       州政府值班员（紧急撤下）          密码 {PASSWORD}",
    f"sf-zwgk        示范市政务公开办督查员            密码 {PASSWORD}",
    f"admin          市级管理员（单位、人员、设置）    密码 {PASSWORD}",
)
TASK_MONTHS = 12


def needs_demonstration(services: Services) -> bool:
    """Whether there is no unit yet, or the loading of a demonstration was interrupted."""
    with services.database.unit_of_work() as uow:
        state = uow.session.scalar(select(SiteSetting.value).where(SiteSetting.key == STATE_KEY))
        if state == "loading":
            return True
        return uow.session.scalar(select(func.count()).select_from(Tenant)) == 0


def load_demonstration(services: Services, modules: Sequence[Module], *, report: Report) -> None:
    """Load the invented prefecture, the March city first; about two minutes on two cores."""
    report("正在载入演示数据（约需两分钟，可随时按 Ctrl-C 中断，下次启动会接着载入）……")
    today = services.database.clock().astimezone(SHANGHAI).date()
    with services.database.system_scope("demonstration") as uow:
        _remember(uow, "loading")
        make_units(uow)
    with first_morning(services, _first_task(today)) as uow:
        make_people(uow, services)
    make_tasks(services, today)
    with first_morning(services, _first_task(today)) as uow:
        publish_guides(uow)
    report("[1/5] 单位、人员、栏目、公开指南和月度任务已就绪")
    _migrate(services, [_migration_row(row) for row in march_items()], CITY_CODE, f"{CITY_NAME}2023年1—3月信息", report)
    close_months_of(services, CITY_CODE, MONTHS)
    issue_march_circular(services, modules)
    report(f"[2/5] {CITY_NAME}2023年3月通报已印发")
    rows = [old_page(today), *(_migration_row(row) for row in history(today, units()))]
    _migrate(services, rows, ROOT_CODE, "三年历史信息", report)
    close_months(services, list(period_range(_first_task(today), Period.of(today).previous())))
    report("[3/5] 三年历史信息已迁移，以前各月的问题已生成")
    published = publish_current(services, today)
    report(f"[4/5] 本月{published}条信息已按流程起草、审查、审批、发布")
    play_rooms(services, modules)
    with services.database.system_scope("demonstration") as uow:
        _remember(uow, "complete")
    report("[5/5] 审签、更正、应急处置、采集等办理情形和检索已就绪")


def _remember(uow: UnitOfWork, state: str) -> None:
    for key, value in ((STATE_KEY, state), ("site", SITE)):
        stored = insert(SiteSetting).values(key=key, value=value, changed_at=uow.now, reason="演示数据")
        uow.session.execute(stored.on_conflict_do_update(index_elements=["key"], set_={"value": stored.excluded.value}))


def make_units(uow: UnitOfWork) -> None:
    """The prefecture's units and the March city's, with their columns and the one succession."""
    ids = {row.code: row.id for row in uow.session.execute(select(Tenant.code, Tenant.id))}
    for row in units():
        if row.code not in ids:
            ids[row.code] = _make_unit(uow, _new_unit(row, ids))
    for new in march_city(ids[ROOT_CODE]):
        if new.code not in ids:
            ids[new.code] = _make_unit(uow, replace(new, parent_id=new.parent_id or ids[CITY_CODE]))
    for row in units():
        tenant = uow.session.get_one(Tenant, ids[row.code])
        if row.abolished_date and row.successor_code and tenant.status == "active":
            abolish_tenant(
                uow, tenant_id=tenant.id, successor_id=ids[row.successor_code], effective_date=row.abolished_date,
                basis="机构改革方案",
            )  # fmt: skip


def _make_unit(uow: UnitOfWork, new: NewTenant) -> int:
    tenant = create_tenant(uow, new=new)
    provision_columns(uow, tenant_id=tenant.id)
    return tenant.id


def _short_name(row: UnitRow) -> str:
    """A name that tells eight finance bureaus apart in lists of the whole prefecture."""
    if row.tenant_type == TenantType.BUREAU and row.level == "prefecture":
        return f"州{row.short_name}"
    if row.tenant_type in (TenantType.BUREAU, TenantType.PUBLIC_UTILITY) and row.level == "county":
        return f"{row.place}{row.short_name}"
    return row.short_name


def _new_unit(row: UnitRow, ids: dict[str, int]) -> NewTenant:
    return NewTenant(
        code=row.code,
        official_name=row.official_name,
        short_name=_short_name(row),
        tenant_type=TenantType(row.tenant_type),
        level=row.level,
        sort_order=row.sort_order,
        established_date=row.established_date,
        parent_id=ids[row.parent_code] if row.parent_code else None,
        sector=row.sector,
        uscc=row.uscc,
        area_code=row.area_code,
        contact={
            "office_name": row.office_name,
            "address": row.address,
            "hours": row.hours,
            "phone": row.phone,
            "email": row.email,
        },
    )


def march_city(root_id: int) -> list[NewTenant]:
    """The March city and its bodies; those below it have no parent yet, because its id is not known."""
    city = NewTenant(
        code=CITY_CODE, official_name=f"{CITY_NAME}人民政府", short_name=CITY_NAME,
        tenant_type=TenantType.COUNTY_GOVERNMENT, level="county", sort_order=9000,
        established_date=date(2010, 1, 1), parent_id=root_id, area_code="599900",
    )  # fmt: skip
    bodies = [
        NewTenant(
            code=unit.code, official_name=unit.official_name, short_name=unit.name,
            tenant_type=TenantType(unit.tenant_type), level="county", sort_order=9000 + position,
            established_date=date(2010, 1, 1), area_code=f"5999{position:02d}",
            sector="other" if unit.tenant_type == "public_utility" else None,
        )
        for position, unit in enumerate(march_units(), start=1)
    ]  # fmt: skip
    return [city, *bodies]


def make_people(uow: UnitOfWork, services: Services) -> None:
    """Somebody in each post of each unit in use; the password is hashed once."""
    hashed = hash_password(make_hasher(services.settings.password_hash_cost), PASSWORD)
    taken = set(uow.session.scalars(select(User.username)))
    governments = (TenantType.PREFECTURE_GOVERNMENT, TenantType.COUNTY_GOVERNMENT)
    in_use = select(Tenant).where(Tenant.status == "active").order_by(Tenant.id)
    for number, tenant in enumerate(uow.session.scalars(in_use).all()):
        office = tenant.tenant_type in governments
        for person in people_of(tenant.code, tenant.short_name, number, office=office, root=tenant.parent_id is None):
            if person.username in taken:
                continue
            user = create_user(
                uow, username=person.username, name=person.name, mobile=person.mobile, email=None,
                password_hash=hashed, must_change_password=False,
            )  # fmt: skip
            add_membership(uow, user_id=user.id, tenant_id=tenant.id, roles=person.roles, section="办公室")


def make_tasks(services: Services, today: date) -> None:
    """Monthly tasks of the two offices, each set at its own time: past months keep their values.

    The city's are those that its circular implies, and nothing is asked of it after its three months; the
    prefecture's fit its own size and begin a year ago.
    """
    by_type = {unit.tenant_type: unit.task for unit in march_units()}
    start = _first_task(today)
    with first_morning(services, MONTHS[0]) as uow:
        city, root = _id(uow, CITY_CODE), _id(uow, ROOT_CODE)
        _task(uow, root, 0, MONTHS[0], unit_id=city)
        for tenant_type, task in by_type.items():
            _task(uow, city, task, MONTHS[0], tenant_type=tenant_type)
    with first_morning(services, MARCH.next()) as uow:
        for tenant_type in by_type:
            _task(uow, city, 0, MARCH.next(), tenant_type=tenant_type)
    with first_morning(services, start) as uow:
        for (tenant_type, level), task in MONTHLY_TASK.items():
            # A rule for a kind of unit cannot tell the prefecture's own from the counties'.
            if level == "prefecture" and tenant_type in ("bureau", "public_utility"):
                for unit in (unit for unit in units() if (unit.tenant_type, unit.level) == (tenant_type, level)):
                    _task(uow, root, task, start, unit_id=_id(uow, unit.code))
            else:
                _task(uow, root, task, start, tenant_type=tenant_type)


def _first_task(today: date) -> Period:
    """The month from which the prefecture's own tasks hold."""
    return Period.of(today).minus(TASK_MONTHS)


def _id(uow: UnitOfWork, code: str) -> int:
    return uow.session.execute(select(Tenant.id).where(Tenant.code == code)).scalar_one()


def _task(
    uow: UnitOfWork, office_id: int, task: int, start: Period, *, tenant_type: str | None = None,
    unit_id: int | None = None,
) -> None:  # fmt: skip
    change = Change(TASK, task, start, "演示数据：按实际规模设定", tenant_type=tenant_type, unit_id=unit_id)
    set_task(uow, office_id=office_id, change=change)


def _migrate(services: Services, rows: Sequence[MigrationRow], unit_code: str, what: str, report: Report) -> None:
    """Bring rows in through the migration import, with a line of progress for every fifth part."""
    shown = 0

    def progress(done: int, _total: int) -> None:
        nonlocal shown
        if done >= shown + max(1, len(rows) // 5) or done == len(rows) > shown:
            shown = done
            report(f"      {what}：{done}/{len(rows)}条")

    result = migrate_rows(
        services,
        rows=rows,
        unit_code=unit_code,
        cutoff=max(row.published_at for row in rows if row.published_at).date(),
        responsible="政务公开办",
        allowed_by=f"{unit_code}-zwgk",
        source=what,
        on_progress=progress,
    )
    if result.refused:
        report(f"      {what}：有{result.refused}条未导入，例如：{result.faults[0].message}")


def _migration_row(row: ItemRow) -> MigrationRow:
    values = {name: getattr(row, name) for name in ItemRow.__dataclass_fields__}
    values["disclosure_mode"] = _code(MODES, row.disclosure_mode, "proactive")
    values["validity"] = _code(VALIDITIES, row.validity, "in_force")
    values["optional"] = channels(row)
    return MigrationRow(**values)


def _code(labels: Mapping[str, str], word: str, default: str) -> str:
    return next((code for code, label in labels.items() if word in (code, label)), default)
