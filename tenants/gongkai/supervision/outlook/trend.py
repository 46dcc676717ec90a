"""Whether it is getting better: an office's last twelve months, each as its own dashboard page has it （变化趋势)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import NotFound
from gongkai.core.text.numerals import percent
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.findings import LISTS, OVERDUE, of_office
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import standings
from gongkai.supervision.standings import Totals, ratio

MONTHS = 12
_ESTABLISHED = (*OPEN_STATES, "closed")


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems established of a month, and of these the closed ones, those overdue today, those falsely claimed."""

    found: int = 0
    closed: int = 0
    overdue: int = 0
    false: int = 0

    @property
    def settled(self) -> str:
        """`87.5%（7/8）`."""
        return ratio(self.closed, self.found)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of an office; `ended` is false for the running one, whose rates are not final."""

    period: Period
    ended: bool
    sums: Totals
    problems: Problems

    @property
    def attained(self) -> Decimal | None:
        """Percentage of units that met their task as it is printed; None where nobody is judged."""
        if not self.sums.assessed:
            return None
        return Decimal(percent(self.sums.attained, self.sums.assessed).rstrip("%"))


def trend_of(uow: UnitOfWork, *, office_id: int, last: Period) -> list[Month]:
    """The twelve months up to `last`, the newest first; as many as there are statistics of.

    Each month is judged in its own structure and by its own numbers, as the dashboard of the month shows it.

    Raises:
        NotFound: when the office did not exist in the last one.
    """
    running, problems = Period.of(shanghai_date(uow.now)), _problems(uow, office_id, last)
    months: list[Month] = []
    for period in (last.minus(number) for number in range(MONTHS)):
        try:
            found = standings(uow, office_id=office_id, period=period)
        except NotFound:
            if not months:
                raise
            break
        if period < found.began and months:
            break
        months.append(Month(period, period < running, found.totals, problems.get(str(period), Problems())))
    return months


def _problems(uow: UnitOfWork, office_id: int, last: Period) -> dict[str, Problems]:
    def number(*conditions: Any) -> Any:
        return func.count().filter(*conditions)

    late = (Finding.state.in_(LISTS[OVERDUE].states), Finding.due_date < shanghai_date(uow.now))
    query = (
        select(
            Finding.period, number(), number(Finding.state == "closed"), number(*late), number(Finding.false_claim)
        )
        .where(
            of_office(office_id), Finding.period.between(str(last.minus(MONTHS - 1)), str(last)),
            Finding.state.in_(_ESTABLISHED),
        )
        .group_by(Finding.period)
    )  # fmt: skip
    return {row[0]: Problems(*row[1:]) for row in uow.session.execute(query)}


def headline(months: Sequence[Month]) -> tuple[str, str]:
    """Whether the last month that has ended was better than the one before it, and the tone of that."""
    ended = [month for month in months if month.ended and month.attained is not None]
    if not ended:
        return "还没有结束的考核月份，月份结束后显示变化情况。", "plain"
    now = ended[0]
    said = f"{now.period.label}{now.sums.attained}家单位完成月度任务，完成率{now.sums.attainment}"
    if len(ended) < 2 or ended[1].period != now.period.previous():
        return f"{said}；空白月单位{now.sums.blank}家。", "plain"
    before = ended[1]
    points = (now.attained or Decimal(0)) - (before.attained or Decimal(0))
    blank = now.sums.blank - before.sums.blank
    rate = f"比上月{'提高' if points > 0 else '下降'}{abs(points)}个百分点" if points else "与上月持平"
    number = f"比上月{'增加' if blank > 0 else '减少'}{abs(blank)}家" if blank else "与上月持平"
    worse, better = points < 0 or blank > 0, points > 0 or blank < 0
    tone = "warn" if worse else "good" if better else "plain"
    return f"{said}，{rate}；空白月单位{now.sums.blank}家，{number}。", tone
