"""Where the rooms' scenes are played: a clock that can be set, units and people by their codes, papers to attach."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.models import SiteSetting
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.checks import unresolved
from gongkai.publishing.drafts import create_draft, findings, override_warnings
from gongkai.publishing.links.plans import PlanForm, save_plan
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import ItemForm
from gongkai.run.demo.chain import REASON, actor_of
from gongkai.run.demo.days import workdays_before
from gongkai.run.demo.moments import MovingClock
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant

PLAYED_KEY = "demonstration_rooms"
INTERNAL = PlanForm(None, "", "", "仅规范机关内部管理，不涉及公众办事，不需要解读。")
FILE_LIMIT = 10 * 1024 * 1024
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Text:
    """An item to be written: a column's code, the title, the paragraphs; `changes` are other fields of the form.

    `plan` says when a document is interpreted, or why it is not.
    """

    column: str
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    changes: dict[str, Any] = field(default_factory=dict)
    plan: PlanForm | None = None


@dataclass(frozen=True)
class Stage:
    """The demonstration's services with a clock of their own; `today` is the day on which it is loaded."""

    services: Services
    clock: MovingClock
    today: date
    present: datetime

    @classmethod
    def over(cls, services: Services) -> "Stage":
        """A stage whose clock stands at the present."""
        present = services.database.clock().astimezone(SHANGHAI)
        clock = MovingClock(present)
        moved = replace(services, database=replace(services.database, clock=clock))
        return cls(moved, clock, present.date(), present)

    def at(self, working_days_back: int, hour: int = 10, minute: int = 0) -> datetime:
        """An instant so many working days ago, never one that is still to come."""
        return self.on(workdays_before(self.today, working_days_back), hour, minute)

    def on(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """An instant on a day, never one that is still to come."""
        return min(datetime.combine(day, time(hour, minute), SHANGHAI), self.present)

    def once(
        self, name: str, moment: datetime, deed: Callable[Concatenate[UnitOfWork, P], object],
        *args: P.args, **kwargs: P.kwargs,
    ) -> None:  # fmt: skip
        """Do something at a moment in one transaction, unless an earlier start of the demonstration has done it."""
        self.clock.now = moment
        with self.services.database.system_scope("demonstration") as uow:
            played = uow.session.scalar(select(SiteSetting.value).where(SiteSetting.key == PLAYED_KEY)) or []
            if name in played:
                return
            row = insert(SiteSetting).values(
                key=PLAYED_KEY, value=[*played, name], changed_at=self.present, reason="演示数据"
            )
            uow.session.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))
            deed(uow, *args, **kwargs)

    def write(self, uow: UnitOfWork, writer: str, text: Text) -> Item:
        """A draft by a person of the demonstration, whose scope is entered."""
        actor = actor_of(uow, writer)
        unit = uow.session.get_one(Tenant, actor.tenant_id)
        values: dict[str, Any] = {
            "column_id": column_of(uow, unit.id, text.column),
            "title": text.title,
            "issuing_agency": unit.official_name,
            "formed_date": self.clock.now.astimezone(SHANGHAI).date(),
            "summary": text.summary,
            "body_html": "".join(f"<p>{paragraph}</p>" for paragraph in text.paragraphs),
            "subject_class": "财政、金融、审计",
            "genre_class": "通知",
            "responsible_unit": "办公室",
            "secrecy_cleared": True,
            "optional": {"publication_channels": "网站", "disclosure_time_limit": "长期公开"},
        }
        item = create_draft(uow, actor=actor, form=ItemForm(**values | text.changes))
        if text.plan is not None:
            save_plan(uow, item=item, form=text.plan)
        return item

    def send(self, uow: UnitOfWork, writer: str, item: Item) -> None:
        """Submit a draft; what the checks warn of is explained."""
        actor = actor_of(uow, writer)
        found = unresolved(findings(uow, item), {})
        reasons = {fault.code: REASON for fault in found if fault.level == "warn"}
        if reasons:
            override_warnings(uow, actor=actor, item_id=item.id, reasons=reasons)
        submit(uow, actor=actor, item_id=item.id)

    def publish(self, uow: UnitOfWork, unit: str, text: Text) -> Item:
        """An item of a unit through the usual chain of two steps."""
        item = self.write(uow, f"{unit}-xxy", text)
        self.send(uow, f"{unit}-xxy", item)
        self.agree(uow, item, f"{unit}-bms", f"{unit}-ld")
        return item

    def agree(self, uow: UnitOfWork, item: Item, *logins: str) -> None:
        """Let these people agree, one after another."""
        for login in logins:
            decide(uow, actor=actor_of(uow, login), item_id=item.id)

    def attach(self, uow: UnitOfWork, actor: Actor, item: Item, filename: str, data: bytes) -> int:
        """Attach a file to a draft; returns its id."""
        return add_attachment(
            uow, actor=actor, item_id=item.id, files=self.services.files, filename=filename, stream=BytesIO(data),
            limit_bytes=FILE_LIMIT,
        ).id  # fmt: skip


def unit_id(uow: UnitOfWork, code: str) -> int:
    """Id of a unit."""
    return get_tenant(uow, code=code).id


def person_id(uow: UnitOfWork, username: str) -> int:
    """Id of a person of the demonstration."""
    return uow.session.execute(select(User.id).where(User.username == username)).scalar_one()


def column_of(uow: UnitOfWork, tenant_id: int, code: str) -> int:
    """Id of a unit's column."""
    query = select(ContentColumn.id).where(ContentColumn.tenant_id == tenant_id, ContentColumn.code == code)
    return uow.session.execute(query).scalar_one()


def item_id(uow: UnitOfWork, unit: str, title: str) -> int:
    """Id of the item of a unit with a title; the newest where there are more."""
    query = select(Item.id).where(Item.tenant_id == unit_id(uow, unit), Item.title == title, Item.revises_id.is_(None))
    return uow.session.scalars(query.order_by(Item.id.desc()).limit(1)).one()
