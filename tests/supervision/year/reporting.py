"""The office's circulars of the year: locked, drafted, verified, reviewed, signed, issued, on its pages."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from gongkai.supervision.models import Circular
from gongkai.supervision.rounds.models import VerificationRound
from tests.supervision.slips.desk import Desk
from tests.supervision.year.history import SPANS, History, Issue, month_of, working_days_after, works
from tests.supervision.year.living import Prefecture
from tests.supervision.year.prefecture import OFFICE

DEADLINE_DAY = 25
REQUIREMENTS = {
    "contact": "王明", "phone": "0550-1234567", "addressees": "各县（市、区）人民政府，州直各部门：",
    "banner": "云岭州人民政府办公室文件", "signature": "云岭州人民政府办公室",
}  # fmt: skip


class Reporting:
    """The office at its circulars: on the first working day from the 6th on the figures are locked and the named units
    asked; when their two working days are over, it goes to the leader, is signed and issued."""

    def __init__(self, prefecture: Prefecture, history: History) -> None:
        self.prefecture, self.history = prefecture, history
        self.open: dict[str, int] = {}
        self.issue_on = date.max
        self.number = 0

    def work(self, day: date) -> None:
        """What is done on a day."""
        before = month_of(date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1))
        if not self.open and before not in self.history.issues and day.day >= 6 and works(day):
            due = [period for period, months in SPANS.items() if months[-1] == before]
            for period in due:
                self._draft(period)
            if due:
                self.issue_on = working_days_after(working_days_after(day, 2), 1)
        elif day == self.issue_on:
            for period, circular_id in self.open.items():
                self._issue(period, circular_id, day)
            self.open, self.issue_on = {}, date.max

    @property
    def _desk(self) -> Desk:
        return self.prefecture.desk(f"{OFFICE}-supervisor")

    def _draft(self, period: str) -> None:
        day = self.prefecture.today
        self._desk.send("/office/circulars/new", period=period, coverage="all")
        with self.prefecture.world.services.database.system_scope("test") as uow:
            circular_id = uow.session.scalars(select(Circular.id).where(Circular.period == period)).one()
        base = f"/office/circulars/{circular_id}"
        self._desk.send(f"{base}/lock")
        deadline = day.replace(day=DEADLINE_DAY)
        dates = {"deadline": deadline.isoformat(), "recheck_date": deadline.replace(day=28).isoformat()}
        self._desk.send(f"{base}/requirements", **REQUIREMENTS, **dates)
        self._desk.page(f"{base}/text")
        if "/verification/start" in self._desk.page(f"{base}/verification"):
            self._desk.send(f"{base}/verification/start", working_days="2")
            self._check_round(circular_id, working_days_after(day, 2))
        self.open[period] = circular_id
        self.history.issues[period] = Issue(period, day, date.max, deadline)

    def _check_round(self, circular_id: int, due: date) -> None:
        """Units have the two working days of the calendar in force, the notice of November included."""
        with self.prefecture.world.services.database.system_scope("test") as uow:
            query = select(VerificationRound.due_date).where(VerificationRound.circular_id == circular_id)
            assert uow.session.scalars(query).one() == due

    def _issue(self, period: str, circular_id: int, day: date) -> None:
        base = f"/office/circulars/{circular_id}"
        self._desk.send(f"{base}/submit")
        self.prefecture.desk(f"{OFFICE}-leader").send(f"{base}/sign", opinion="同意印发")
        self.number += 1
        number = f"云政办公开〔{day.year}〕{self.number}号"
        self._desk.send(f"{base}/issue", issued_date=day.isoformat(), document_number=number)
        drafted = self.history.issues[period]
        self.history.issues[period] = Issue(period, drafted.locked, day, drafted.deadline)

    def issued(self) -> Sequence[Circular]:
        """The rows of the circulars."""
        with self.prefecture.world.services.database.system_scope("test") as uow:
            return uow.session.scalars(select(Circular).order_by(Circular.id)).all()
