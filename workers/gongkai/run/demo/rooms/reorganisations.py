"""Two bodies merged into a bureau over a year ago, and a merger that is planned for the next month."""

from datetime import date

from gongkai.admin.reorganisation.plans import Asked, begin, confirm
from gongkai.catalog.services import provision_columns
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.places import prefecture
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.run.demo.units import unified_code
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, create_tenant

ROOT, RECEIVER = "yl-zf", "yl-swuj"
FORMER = (
    ("yl-zsj", "云岭州招商局", "州招商局", "招商引资项目"),
    ("yl-kab", "云岭州口岸管理办公室", "州口岸办", "口岸通关便利化措施"),
)
MONTHS_BACK = 13
"""When the two were merged; before the months that the prefecture's tasks ask of."""
FIRST_NUMBER = 190_000
"""Beyond the numbers of the other units' credit codes."""
COMING = ("hx-tjj", "hx-fgj")
ITEMS = 4


def play(stage: Stage) -> None:
    """The old merger with what its bodies had published, and the coming one."""
    merged = Period.of(stage.today).minus(MONTHS_BACK)
    stage.once("merger.units", stage.on(date(2019, 3, 1)), _found)
    for code, name, _, matter in FORMER:
        _published_before(stage, code, name, matter, merged)
    stage.once("merger", stage.on(merged.first_day, 9), _merge, merged.first_day)
    stage.once("merger.coming", stage.at(4, 15), _plan, stage.today)


def _found(uow: UnitOfWork) -> None:
    root = unit_id(uow, ROOT)
    for place, (code, official_name, short_name, _) in enumerate(FORMER):
        new = NewTenant(
            code=code, official_name=official_name, short_name=short_name, tenant_type=TenantType.BUREAU,
            level="prefecture", sort_order=9990 + place, established_date=date(2019, 3, 1), parent_id=root,
            uscc=unified_code("11", prefecture().area_code, FIRST_NUMBER + place), area_code=prefecture().area_code,
        )  # fmt: skip
        provision_columns(uow, tenant_id=create_tenant(uow, new=new).id)


def _published_before(stage: Stage, code: str, name: str, matter: str, merged: Period) -> None:
    """A few items of a body from the months before it ended, through the migration import."""
    rows = []
    for number in range(1, ITEMS + 1):
        month = merged.minus(number)
        day = month.first_day.replace(day=10 + number)
        rows.append(
            MigrationRow(
                unit_code=code, column_code="gsgg", title=f"{name}关于{month.year}年{month.month}月{matter}情况的公告",
                issuing_agency=name, formed_date=day,
                published_at=stage.on(day, 10),
                summary=f"公布{month.year}年{month.month}月{matter}情况。",
                body_html=f"<p>现将{month.year}年{month.month}月{matter}有关情况公告如下。</p><p>本月各项工作按计划推进，详情可向本单位咨询。</p>",
                genre_class="公告", external_id=f"{code}-{month}", responsible_unit="办公室",
                source_url=f"http://www.example.gov.cn/{code}/{month}/1.html",
            )
        )  # fmt: skip
    stage.clock.now = stage.present
    migrate_rows(
        stage.services, rows=rows, unit_code=code, cutoff=merged.first_day, responsible="州政务公开办",
        allowed_by=f"{ROOT}-zwgk", source=f"{name}历史信息",
    )  # fmt: skip


def _merge(uow: UnitOfWork, day: date) -> None:
    asked = Asked("merge", [code for code, *_ in FORMER], [RECEIVER], day, f"云编发〔{day.year}〕11号", grace_months=3)
    _confirmed(uow, asked)


def _plan(uow: UnitOfWork, today: date) -> None:
    """Confirmed and announced: the preview says what will happen on the day."""
    source, receiver = COMING
    day = Period.of(today).next().first_day
    _confirmed(uow, Asked("merge", [source], [receiver], day, f"鹤编发〔{today.year}〕6号", grace_months=2))


def _confirmed(uow: UnitOfWork, asked: Asked) -> None:
    actor = actor_of(uow, "admin")
    plan = begin(uow, actor=actor, asked=asked)
    confirm(uow, actor=actor, plan_id=plan.id)
