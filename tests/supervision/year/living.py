"""The bodies of the prefecture live through the year: they publish, forget, state, claim, and write down what they did.

At ten in the morning the units work, at four the jobs of the schedule run, at five the office works.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import Row, select

from gongkai.catalog.guide import publish_guide
from gongkai.catalog.guide_content import read_content
from gongkai.catalog.models import ContentColumn
from gongkai.publishing.chain import decide, submit, take_down
from gongkai.publishing.drafts import create_draft, override_warnings
from gongkai.run.modules import MODULES
from gongkai.supervision.assignments.models import Assignment, AssignmentShare
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding
from gongkai.supervision.statements.models import BlankStatement
from gongkai.workers.schedule import Ticker, entries
from tests.accounts.browsing import send
from tests.admin.reorganising import answer_page, begun, press
from tests.admin.test_calendar import token
from tests.catalog.test_guide import FORM
from tests.conftest import AdjustableClock
from tests.factories.items import item_form, work_off
from tests.factories.world import World
from tests.supervision.assignments.desk import handed_out
from tests.supervision.slips.desk import Desk
from tests.supervision.trainings import held
from tests.supervision.year.history import (
    MADE_UP_2026,
    OFF_2026,
    Claim,
    History,
    Publication,
    Recheck,
    Share,
    month_of,
)
from tests.supervision.year.prefecture import KEY, MAIN, MONTHLY, NEWS, OFFICE, Body

SEED = 2025
GOOD, FAIR, LAZY = "good", "fair", "lazy"
ANSWERS_ON, LOOKS_ON = 21, 22
"""Days of a month on which units report what they put right, and on which the office looks again."""
FALSE_MONTHS = (3, 6, 10)
"""Months in which lazy units report what they did not do."""
BLANK = {("b3", "2025-02"), ("b3", "2025-03"), ("b8", "2025-06"), ("u1", "2025-08"), ("t0x2", "2025-10")}
STATED = {("u0", "2025-03"), ("u1", "2025-05"), ("t0x4", "2025-11")}
"""Months without a thing: blank, or with the statement that there was nothing."""
RETURNED = ("t0x2", "2025-10")
"""The statement that the office did not accept."""
TRAININGS = {"2025-03-12": ("b1", "b3"), "2025-06-18": ("b2",), "2025-10-22": ("b3", "b6", "b11")}
TASKS = (("公开重点项目进展", 4, ("b0", "b1", "b3", "t0x1")), ("公开防汛信息", 9, ("t0x0", "t0x2", "t0x3", "b8")),
         ("公开年度总结", 12, ("b2", "b4", "b8")))  # fmt: skip
"""Title, month whose 15th is the last day, units; a good unit does it in time, a fair one late, a lazy one never."""
GUIDES_ON = {date(2025, 1, 20): GOOD, date(2025, 4, 8): FAIR}
"""Who publishes a guide when; lazy ones never do."""
TAKEN_DOWN = {("b0", "2025-04"): 20, ("b1", "2025-08"): 20}
"""An item of this month is taken down on the 20th of the month after, when its circular is out."""
LEFT_OUT = {
    "accounts.tidy", "pdf.forget_old", "publishing.check_links", "publishing.collect_due", "publishing.compare_backlog",
    "publishing.intake_folder", "publishing.intake_nonces", "publishing.read_backlog",
    "publishing.remind_emergency_papers", "publishing.retry_texts", "publishing.sweep_terms", "search.meaning",
    "search.queries", "search.tidy",
}  # fmt: skip
"""Jobs of rooms in which nothing happens this year."""
REPEATED = {("b2", "2025-02"), ("b2", "2025-05"), ("b4", "2025-08")}
"""Months in which a unit publishes an old item once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a unit wants to publish on a day."""

    day: date
    unit: str
    purpose: str


def habit(body: Body) -> str:
    """How diligent a body is."""
    place = int(body.code[-1])
    return LAZY if place in (3, 8) else FAIR if place in (2, 6, 1) and body.code != "b1" else GOOD


def plans(found: Sequence[Body], history: History, month: str) -> Iterator[Plan]:
    """What is published in a month."""
    first = date.fromisoformat(f"{month}-01")
    for body in found:
        if (body.code, month) in BLANK | STATED:
            continue
        chance, how = random.Random(f"{SEED} {body.code} {month}"), habit(body)
        wanted = body.task + {GOOD: chance.choice((0, 0, 0, 1)), FAIR: chance.choice((-1, 0, 0, 1)),
                              LAZY: chance.choice((-2, -1, -1, 0))}[how]  # fmt: skip
        purposes = []
        if how == GOOD or chance.random() > (0.25 if how == FAIR else 0.5):
            purposes.append(MONTHLY)
        if (how != LAZY and first.month == 1) or chance.random() < 0.15:
            purposes.append(KEY)
        purposes += [MAIN] * max(wanted - len(purposes), 0)
        days = sorted(chance.randint(1, 15) for _ in purposes)
        if NEWS in body.columns:
            late = first.month in (4, 9)
            days += [10] if late else [2, 12, 23]
            purposes += [NEWS] * (1 if late else 3)
        for day, purpose in zip(days, purposes, strict=True):
            plan = Plan(first.replace(day=day), body.code, purpose)
            if body.code not in history.merger.sources or plan.day < history.merger.day:
                yield plan


class Prefecture:
    """The people at work."""

    def __init__(
        self, app: Flask, world: World, clock: AdjustableClock, found: Sequence[Body], history: History
    ) -> None:
        self.app, self.world, self.clock, self.history = app, world, clock, history
        self.bodies = {body.code: body for body in found}
        self.desks: dict[str, Desk] = {}
        schedule = [entry for entry in entries(MODULES) if entry.name not in LEFT_OUT]
        assert len(entries(MODULES)) - len(schedule) == len(LEFT_OUT)
        jobs = {entry.name: entry.task for entry in schedule}
        self.ticker = Ticker(schedule, lambda name: jobs[name](world.services))
        self.titles: dict[str, list[str]] = {code: [] for code in self.bodies}
        self.today = date(2025, 1, 1)
        self.plans: list[Plan] = []

    def desk(self, login: str) -> Desk:
        """Somebody at the browser."""
        if login not in self.desks:
            self.desks[login] = Desk(self.app, self.world, login)
        return self.desks[login]

    def begin(self, day: date) -> None:
        """A day begins."""
        self.today = day

    def morning(self) -> None:
        """What the units do on a day."""
        day = self.today
        self._at(10)
        if day.day == 1:
            self.plans = list(plans(list(self.bodies.values()), self.history, month_of(day)))
        for plan in self.plans:
            if plan.day == day:
                self.publish(plan.unit, plan.purpose)
        for (unit, month), last in TAKEN_DOWN.items():
            if day.day == last and month_of(day.replace(day=1) - timedelta(days=1)) == month:
                self._take_down(unit, month)
        if day.day == 14:
            self._repeat()
        if day.day == 28:
            self._state()
        if day.day == ANSWERS_ON:
            self._answer()
        if day.day == LOOKS_ON:
            self._look_again()
        self._do_tasks()
        self._publish_guides()

    def jobs(self) -> None:
        """What the product does by itself."""
        self._at(16)
        self.ticker.tick(self.clock.now)

    def evening(self) -> None:
        """What the office does beside the circulars."""
        self._at(17)
        day = self.today.isoformat()
        if day in TRAININGS:
            self._train(TRAININGS[day])
        for title, month, units in TASKS:
            if self.today == date(2025, month, 1):
                self._hand_out(title, units)
        if day == "2025-07-01":
            self._plan_merger()
        if day == "2025-11-10":
            self._enter_holidays()

    def _at(self, hour: int) -> None:
        self.clock.now = datetime.combine(self.today, time(hour - 8), UTC)

    def publish(self, unit: str, purpose: str, *, title: str = "") -> int:
        """Take an item through the unit's chain; one that was published before counts no more."""
        again = bool(title)
        title = title or f"{self.bodies[unit].name}{self.today:%m月%d日}第{len(self.titles[unit]) + 1}号信息"
        with self.world.services.database.transaction() as uow:
            writer = self.world.actor(uow, f"{unit}-contributor")
            form = item_form(
                self.world, uow, unit, self.bodies[unit].columns[purpose], title=title, formed_date=self.today,
                body_html=f"<p>{title}的内容如下。</p>",
            )  # fmt: skip
            item = create_draft(uow, actor=writer, form=form)
            if again:
                override_warnings(uow, actor=writer, item_id=item.id, reasons={"duplicate": "再次提醒公众"})
            submit(uow, actor=writer, item_id=item.id)
            decide(uow, actor=self.world.actor(uow, f"{unit}-confidentiality_reviewer"), item_id=item.id)
            decide(uow, actor=self.world.actor(uow, f"{unit}-approver"), item_id=item.id)
            assert item.state == "published"
            item_id = item.id
        self.titles[unit].append(title)
        counts = purpose != NEWS and not again
        self.history.publications.append(Publication(item_id, unit, purpose, self.today, counts))
        return item_id

    def _publish_guides(self) -> None:
        for body in self.bodies.values():
            if GUIDES_ON.get(self.today) != habit(body) or body.group == "utility":
                continue
            with self.world.services.database.transaction() as uow:
                writer = self.world.actor(uow, f"{body.code}-contributor")
                publish_guide(
                    uow, tenant_id=writer.tenant_id, content=read_content(FORM), effective_date=self.today,
                    published_by=writer.user_id,
                )  # fmt: skip
            self.history.guides[body.code] = self.today

    def _repeat(self) -> None:
        for unit, month in sorted(REPEATED):
            if month == month_of(self.today):
                self.publish(unit, MAIN, title=self.titles[unit][0])

    def _take_down(self, unit: str, month: str) -> None:
        item_id = next(
            one.item_id
            for one in self.history.publications
            if (one.unit, month_of(one.day), one.purpose) == (unit, month, MAIN)
        )
        with self.world.services.database.transaction() as uow:
            take_down(uow, actor=self.world.actor(uow, f"{unit}-approver"), item_id=item_id, reason="内容有误")
        self.history.removed[item_id] = self.today

    def _state(self) -> None:
        month = month_of(self.today)
        for unit, wanted in sorted({*STATED, RETURNED}):
            if wanted != month:
                continue
            reason = "本月未制作应主动公开的信息。"
            place = self.desk(f"{unit}-contributor").send("/work/statements/", period=month, reason=reason)
            own = int(place.rsplit("/", 1)[1])
            self.desk(f"{unit}-approver").send(f"/work/statements/{own}/sign", deed="sign")
            office = self.desk(self._office_of(unit))
            if (unit, month) == RETURNED:
                office.send(f"/office/statements/{own}", deed="return", reason="本月有应公开的工程信息")
            else:
                office.send(f"/office/statements/{own}", deed="accept")
                self.history.stated.add((unit, month))
            with self.world.services.database.system_scope("test") as uow:
                assert uow.session.get_one(BlankStatement, own).state in ("accepted", "returned")

    def _office_of(self, unit: str) -> str:
        area = self.bodies[unit].area
        return f"{area or OFFICE}-supervisor"

    def _mine(self, unit: str) -> list[Row[tuple[int, str, str, str, str, int, str]]]:
        """The open problems of a unit: id, rule, month, state, type and id of the object, code of the column."""
        with self.world.services.database.system_scope("test") as uow:
            query = (
                select(
                    Finding.id, Finding.rule_code, Finding.period, Finding.state, Finding.object_type,
                    Finding.object_id, ContentColumn.code,
                )
                .outerjoin(ContentColumn, ContentColumn.id == Finding.object_id)
                .where(Finding.tenant_id == self.world.units[unit], Finding.state.in_(OPEN_STATES))
                .order_by(Finding.id)
            )  # fmt: skip
            return list(uow.session.execute(query))

    def _answer(self) -> None:
        """Good units put right and report, lazy ones report in some months what they did not do."""
        for body in self.bodies.values():
            how = habit(body)
            false = how == LAZY and self.today.month in FALSE_MONTHS
            gone = body.code in self.history.merger.sources and self.today >= self.history.merger.day
            nothing = not false and (body.code, month_of(self.today)) in BLANK | STATED
            if gone or nothing or (how != GOOD and not false and self.today.month % 2):
                continue
            if how == LAZY and not false:
                continue
            for found in self._mine(body.code):
                if found.rule_code in ("SR-U2", "SR-U4", "SR-U5"):
                    purpose = next(one for one, code in body.columns.items() if code == found.code)
                    if not false:
                        self.publish(body.code, purpose)
                    self._claim(body.code, found, purpose)
                elif found.rule_code in ("SR-Q1", "SR-Q2", "SR-Q3"):
                    self._claim(body.code, found, found.period)

    def _claim(self, unit: str, found: Row[tuple[int, str, str, str, str, int, str]], about: str) -> None:
        feedback = {
            "measure": "已补充公开", "url": "https://www.example.gov.cn/items/1", "fixed_on": self.today.isoformat(),
            "person": "李四", "leader": "王五",
        }  # fmt: skip
        self.desk(f"{unit}-contributor").send("/work/findings/claim", finding=str(found.id), **feedback)
        self.history.claims.append(Claim(self.today, unit, found.rule_code, about))

    def _look_again(self) -> None:
        """The office rechecks what no rule can: whether a month's shortfall was made up for."""
        for body in self.bodies.values():
            for found in self._mine(body.code):
                if found.state != "claimed_fixed":
                    continue
                passed = habit(body) != LAZY
                fields = {"decision": "yes"} if passed else {"decision": "no", "note": "未见补充公开的信息"}
                self.desk(self._office_of(body.code)).send(f"/office/findings/{found.id}/decide", **fields)
                look = Recheck(self.today, body.code, found.rule_code, found.period, passed)
                self.history.rechecks.append(look)

    def _train(self, absent: Sequence[str]) -> None:
        day, invited = self.today, [code for code, body in self.bodies.items() if body.group == "bureau"]
        invited = [code for code in invited if code not in self.history.merger.sources or day < self.history.merger.day]
        came = {code: ["张三"] for code in invited if code not in absent}
        with self.world.services.database.system_scope("test") as uow:
            held(uow, self.world, day.isoformat(), invited=invited, came=came, office=OFFICE)
        self.history.absent[month_of(day)] = tuple(absent)

    def _hand_out(self, title: str, units: Sequence[str]) -> None:
        task = {"kind": "special", "title": title, "source": "省政府办公厅", "due_date": self._due().isoformat()}
        handed_out(self.desk(f"{OFFICE}-supervisor"), self.world, task, *units)
        self.history.shares += [Share(unit, title, self._due(), None) for unit in units]

    def _due(self) -> date:
        return self.today.replace(day=15)

    def _do_tasks(self) -> None:
        """In time on the 10th, late on the 25th."""
        for place, share in enumerate(self.history.shares):
            on = {GOOD: 10, FAIR: 25, LAZY: 0}[habit(self.bodies[share.unit])]
            if share.done is not None or self.today != share.due.replace(day=on or 1) or not on:
                continue
            item_id = self.publish(share.unit, MAIN)
            with self.world.services.database.system_scope("test") as uow:
                query = (
                    select(AssignmentShare.id)
                    .join(Assignment, Assignment.id == AssignmentShare.assignment_id)
                    .where(Assignment.title == share.title, AssignmentShare.tenant_id == self.world.units[share.unit])
                )
                share_id = uow.session.scalars(query).one()
            self.desk(f"{share.unit}-contributor").send(f"/work/assignments/{share_id}", link=f"/items/{item_id}")
            self.history.shares[place] = Share(share.unit, share.title, share.due, self.today)

    def _plan_merger(self) -> None:
        merger = self.history.merger
        admin = self.desk(f"{OFFICE}-prefecture_admin").client
        sources = "\n".join(self.bodies[code].name for code in merger.sources)
        terms = {"effective_date": merger.day.isoformat(), "grace_months": "1", "basis": "云编发〔2025〕7号"}
        plan = begun(admin, "merge", sources, self.bodies[merger.receiver].name, **terms)
        answer_page(admin, f"{plan}/work", {"passes_decided": "1"})
        press(admin, plan, "confirm")

    def _enter_holidays(self) -> None:
        desk = self.desk(f"{OFFICE}-prefecture_admin")
        desk.page("/admin/calendar/")
        notice = {
            "days_off": "\n".join(OFF_2026), "make_up_days": "\n".join(MADE_UP_2026), "source": "国办发明电〔2025〕7号",
        }  # fmt: skip
        answer = send(desk.client, "/admin/calendar/2026", notice)
        assert answer.status_code == 302, answer.get_data(as_text=True)[:3000]
        work_off(self.world.services)
        put = send(desk.client, "/admin/calendar/2026/preview", {"token": token(desk.client, 2026)})
        assert put.status_code == 302, put.get_data(as_text=True)[:3000]
        work_off(self.world.services)
