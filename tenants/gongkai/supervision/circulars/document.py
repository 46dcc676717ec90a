"""Builds the official document of a circular: text, tables and annexes 1 to 3 (`supervision.md` 7.1)."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date

from gongkai.core.calendar.periods import Period
from gongkai.core.officialdoc.model import (
    Annex,
    Block,
    Cell,
    Column,
    Heading,
    OfficialDocument,
    Paragraph,
    Run,
    Table,
)
from gongkai.core.text.numerals import percent
from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.problem_text import fact_of
from gongkai.supervision.circulars.problems import FALSE_CLAIM, Named, ProblemClass, manner, problems, unit_path
from gongkai.supervision.circulars.prose import Draft, DraftSection, Part, Prose, current_text, fill
from gongkai.supervision.circulars.requirements import day_words
from gongkai.supervision.circulars.snapshot import Figures, LastProblem, Snapshot, UnitFigures
from gongkai.supervision.circulars.text import draft
from gongkai.supervision.circulars.words import compared_words, period_words
from gongkai.supervision.ledger.states import MANNERS

FIGURES, PROBLEMS, CLAIMS = "各单位{period}信息发布情况表", "问题清单", "上期问题整改复查情况表"
CONCLUSIONS = {"closed": "已销号", "open": "未销号", "false": "整改不实"}


@dataclass(frozen=True)
class Issue:
    """How a circular is issued, as far as that is known: number, dates, note on disclosure."""

    document_number: str = ""
    formed_date: date | None = None
    printed_date: date | None = None
    disclosure_note: str = ""


@dataclass(frozen=True)
class Circulate:
    """What a circular consists of, and how it is rendered.

    Attributes:
        base_url: address before the paths of the pages behind each name, without a trailing slash.
        public: names no unit and carries no annex.
        notes: paragraphs before the text: that it is withdrawn, what it corrects.
    """

    snapshot: Snapshot
    details: Details
    prose: Prose
    issue: Issue = Issue()
    base_url: str = ""
    public: bool = False
    notes: tuple[str, ...] = ()


def build(given: Circulate) -> OfficialDocument:
    """The circular as an official document.

    Raises:
        ValueError: when `base_url` is no http(s) address.
    """
    snapshot, details = given.snapshot, given.details
    drafted = draft(snapshot, details)
    annexes = () if given.public else tuple(_annexes(given))
    return OfficialDocument(
        agency_banner=details.banner or f"{snapshot.office.official_name}文件",
        title=drafted.title,
        main_addressees=details.addressees or None,
        blocks=tuple(_body(given, drafted)),
        signature_agency=details.signature or snapshot.office.official_name,
        document_number=given.issue.document_number or None,
        formed_date=given.issue.formed_date,
        attachment_note=tuple(annex.title for annex in annexes),
        disclosure_note=given.issue.disclosure_note or None,
        copied_to=details.copied_to or None,
        printed_by=details.signature if given.issue.printed_date else None,
        printed_date=given.issue.printed_date,
        annexes=annexes,
    )


def body_text(given: Circulate) -> str:
    """The body as plain text, a line for each heading and paragraph, without tables: for counting and the terminal."""
    lines = []
    for block in _body(given, draft(given.snapshot, given.details)):
        match block:
            case Heading(_, text):
                lines.append(text)
            case Paragraph(runs):
                lines.append("".join(run.text for run in runs))
    return "\n".join(lines)


def _body(given: Circulate, drafted: Draft) -> Iterator[Block]:
    for note in given.notes:
        yield Paragraph((Run(note),))
    for section in drafted.sections:
        if given.public and section.id == "good":
            continue
        shown = list(_section(given, drafted, section))
        if section.title and shown:
            yield Heading(1, section.title)
        yield from shown
        if section.id == "overall":
            yield table_1(given.snapshot)
            if given.snapshot.months:
                yield table_2(given.snapshot)


def _section(given: Circulate, drafted: Draft, section: DraftSection) -> Iterator[Block]:
    for paragraph in section.paragraphs:
        text = current_text(given.prose, paragraph)
        if not text:
            continue
        if paragraph.heading:
            yield Heading(2, paragraph.heading)
        for line in text.split("\n"):
            parts = fill(line, drafted.tokens, public=given.public)
            yield Paragraph(tuple(_run(part, given.base_url) for part in parts))


def _run(part: Part, base_url: str) -> Run:
    return Run(part.text, f"{base_url}{part.path}" if part.path and base_url else None)


def table_1(snapshot: Snapshot) -> Table:
    """Table 1: the classes of units with their figures, and the sum."""
    titles = ("单位数", "发布数", compared_words(snapshot), "重点领域", *_task_titles(snapshot))
    rows = [(heading, *_class_cells(figures)) for heading, figures in snapshot.classes()]
    rows.append(("合计", *_class_cells(snapshot.figures)))
    columns = (Column("类别", 22), *(Column(title, 11, "right") for title in titles))
    return Table(f"表1　各类单位{period_words(snapshot)}信息发布情况", columns, tuple(rows))


def table_2(snapshot: Snapshot) -> Table:
    """Table 2 of a longer period: its months with their figures; their items add up to the period's."""
    titles = ("单位数", "发布数", "重点领域", "完成任务", "未完成", "空白月")
    columns = (Column("月份", 16), *(Column(title, 14, "right") for title in titles))
    rows = [(f"{Period.parse(month.period).month}月", *_month_cells(month.figures)) for month in snapshot.months]
    whole = snapshot.figures
    rows.append(("合计", "—", str(whole.counted), str(whole.key_total), "—", "—", "—"))
    return Table(f"表2　{period_words(snapshot)}各月信息发布情况", columns, tuple(rows))


def _month_cells(figures: Figures) -> tuple[str, ...]:
    numbers = (figures.units, figures.counted, figures.key_total, figures.attained, figures.below, figures.blank)
    return tuple(map(str, numbers))


def _task_titles(snapshot: Snapshot) -> tuple[str, ...]:
    if snapshot.is_month:
        return "完成任务", "未完成", "空白月"
    return "各月均完成", "有月份未完成", "出现空白月"


def _class_cells(figures: Figures) -> tuple[str, ...]:
    change = "—" if figures.change is None else f"{figures.change:+d}" if figures.change else "0"
    numbers = (figures.key_total, figures.attained, figures.below, figures.blank)
    return str(figures.units), str(figures.counted), change, *map(str, numbers)


def _annexes(given: Circulate) -> Iterator[Annex]:
    found = [group for group in problems(given.snapshot, given.details.left_out) if group.named]
    yield Annex(FIGURES.format(period=period_words(given.snapshot)), (_figures_table(given),))
    if found:
        yield Annex(PROBLEMS, (_problem_table(given, found),), landscape=True)
    claims = [unit for group in found if group.code == FALSE_CLAIM for unit in group.named]
    if claims or given.snapshot.last:
        yield Annex(CLAIMS, (_claims_table(given, claims),), landscape=True)


def _figures_table(given: Circulate) -> Table:
    span = given.snapshot.span
    if given.snapshot.is_month:
        titles: tuple[str, ...] = ("月度任务", "本月发布", "完成率", "重点领域", "上月发布", "连续空白月")
    else:
        titles = ("任务合计", f"{span.this}发布", "完成率", "完成月数", "重点领域", f"{span.before}发布", "空白月数")
    columns = (
        Column("序号", 7, "center"),
        Column("单位", 20),
        *(Column(title, 60 // len(titles), "right") for title in titles),
        Column("备注", 16),
    )
    units = enumerate(given.snapshot.units, start=1)
    return Table(None, columns, tuple(_unit_cells(given, number, unit) for number, unit in units))


def _unit_cells(given: Circulate, number: int, unit: UnitFigures) -> tuple[Cell, ...]:
    met = () if given.snapshot.is_month else (f"{unit.judged - len(unit.missed)}/{unit.judged}",)
    return (
        str(number),
        _linked(given, unit.name, unit_path(unit.code, given.snapshot.month_of(unit))),
        str(unit.task or "—"),
        str(unit.counted),
        percent(unit.counted, unit.task) if unit.task else "—",
        *met,
        str(unit.key_total),
        "—" if unit.last_counted is None else str(unit.last_counted),
        str(unit.blank_months),
        unit.remark,
    )


def _problem_table(given: Circulate, found: list[ProblemClass]) -> Table:
    columns = (
        Column("序号", 7, "center"),
        Column("责任单位", 18),
        Column("问题类别", 20),
        Column("具体表现", 50),
        Column("依据", 30),
        Column("整改时限", 16, "center"),
    )
    named = [(group, unit, line) for group in found for unit in group.named for line in unit.lines]
    deadline = day_words(given.details.deadline, given.snapshot)
    rows = (
        (str(number), _linked(given, unit.name, line.evidence), group.title, line.text, line.basis, deadline)
        for number, (group, unit, line) in enumerate(named, start=1)
    )
    return Table(None, columns, tuple(rows))


def _claims_table(given: Circulate, units: list[Named]) -> Table:
    columns = (
        Column("责任单位", 18),
        Column("上期问题", 34),
        Column("整改时限", 16, "center"),
        Column("自报情况", 30),
        Column("复查情况", 34),
        Column("结论", 14, "center"),
    )
    known = {fact_of(unit).finding_id for unit in units if unit.fact} - {0}
    claims = [_claim_cells(given, unit) for unit in units if unit.fact]
    named = {unit.code for unit in units if unit.fact}
    last = [problem for problem in given.snapshot.last if problem.finding_id not in known]
    return Table(None, columns, (*claims, *(_last_cells(given, problem, named) for problem in last)))


def _claim_cells(given: Circulate, unit: Named) -> tuple[Cell, ...]:
    fact = fact_of(unit)
    detail = fact.detail
    return (
        _linked(given, unit.name, unit.evidence),
        str(detail.get("problem") or "整改通知所列问题"),
        day_words(str(detail.get("due_date") or ""), given.snapshot) or "—",
        str(detail.get("claim") or "已整改"),
        str(detail.get("found") or MANNERS[manner(fact)]),
        CONCLUSIONS["false"],
    )


def _last_cells(given: Circulate, problem: LastProblem, named: Container[str]) -> tuple[Cell, ...]:
    """A false claim is called so only where the unit is named for it."""
    outcome = "open" if problem.outcome == "false" and problem.code not in named else problem.outcome
    return (
        _linked(given, problem.name, f"/office/findings/{problem.finding_id}"),
        problem.problem,
        day_words(problem.due, given.snapshot) or "—",
        problem.claim,
        problem.recheck,
        CONCLUSIONS[outcome],
    )


def _linked(given: Circulate, text: str, path: str) -> Cell:
    return Run(text, f"{given.base_url}{path}") if given.base_url else text
