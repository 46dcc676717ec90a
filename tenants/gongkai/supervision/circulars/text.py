"""Drafts the text of a circular from its snapshot: a pure function (`supervision.md` 7.1).

Style: 单位用家, 信息用条; 截至; 个别 for one or two units, 部分 for three or more but not over half; 分别为 only where
parts sum, otherwise 其中; no change against last month where that is unknown; percentages with one decimal; a class
without a case is left out, but 本月无空白月单位 is stated; no adjectives of praise.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.instants import SHANGHAI, format_date
from gongkai.core.calendar.spans import Span
from gongkai.core.text.numerals import percent
from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.problem_text import problem_paragraphs
from gongkai.supervision.circulars.problems import ProblemClass, all_named, problems, unit_path
from gongkai.supervision.circulars.prose import Draft, DraftParagraph, DraftSection, Part, Token
from gongkai.supervision.circulars.requirements import requirement_paragraphs
from gongkai.supervision.circulars.snapshot import Figures, Office, Snapshot, UnitFigures
from gongkai.supervision.circulars.words import compared_words, period_token, period_words, prose_heading

NAMED_GROUPS = tuple(group for group in KEY_AREA_GROUPS if group != "other_key_area")
"""Key-area groups that the text names; what is left over is a hint beside the draft."""
BODY_LIMIT = 2000


@dataclass
class _Text:
    """Paragraphs in the making, with their tokens."""

    tokens: dict[str, Token] = field(default_factory=dict)

    def put(self, name: str, value: object) -> str:
        """Lock a value under a name; returns the token as the text holds it."""
        self.tokens[name] = Token((Part(str(value)),))
        return f"{{{name}}}"


def draft(snapshot: Snapshot, details: Details) -> Draft:
    """The drafted circular: title, sections, values of its tokens."""
    text = _Text()
    found = [group for group in problems(snapshot, details.left_out) if group.named]
    sections = [
        DraftSection("opening", "", (_opening(snapshot, text),)),
        DraftSection("overall", "总体情况", (_overall(snapshot, text),)),
    ]
    good = _commended(snapshot, details, text)
    if good is not None:
        sections.append(DraftSection("good", "工作较好的单位", (good,)))
    if found:
        sections.append(DraftSection("problems", "存在的主要问题", _problems(snapshot, found, text)))
    demands, tokens = requirement_paragraphs(snapshot, found, details)
    text.tokens.update(tokens)
    sections.append(DraftSection("requirements", "下一步工作要求", demands))
    return Draft(title(snapshot.span, snapshot.office, snapshot.coverage), tuple(sections), text.tokens)


def title(span: Span, office: Office, coverage: str) -> str:
    """Title of the circular: 关于2023年3月份全市政府信息公开工作情况的通报, 关于2023年第二季度全市…."""
    return f"关于{span.title}{whole_area(office, coverage)}政府信息公开工作情况的通报"


def whole_area(office: Office, coverage: str) -> str:
    """全市, 全县, 全州; 本级 where only the office's own bodies are covered."""
    place = office.place or ("市" if office.is_prefecture else "县")
    return f"{place}本级" if coverage == "direct" else f"全{place}"


def commended_units(snapshot: Snapshot, details: Details) -> list[UnitFigures]:
    """The commended units in official order: those chosen, or at first those of the facts."""
    codes = details.commended
    chosen = {fact.code for fact in snapshot.facts if fact.kind == "commended"} if codes is None else set(codes)
    return [unit for unit in snapshot.units if unit.code in chosen]


def deserves(snapshot: Snapshot, details: Details, units: Iterable[UnitFigures]) -> bool:
    """Whether the figures bear out what the text says of commended units: task met, named for nothing."""
    named = all_named(snapshot, details.left_out)
    return all(unit.attained and unit.code not in named for unit in units)


def _opening(snapshot: Snapshot, text: _Text) -> DraftParagraph:
    month = text.put(period_token(snapshot), period_words(snapshot))
    span = text.put("统计时段", _span(snapshot))
    taken = datetime.fromisoformat(snapshot.locked_at or snapshot.taken_at).astimezone(SHANGHAI)
    year = "" if taken.year == snapshot.span.year else f"{taken.year}年"
    minutes = f"{taken.minute}分" if taken.minute else ""
    at = text.put("数据时间", f"{year}{taken.month}月{taken.day}日{taken.hour}时{minutes}")
    locked = f"数据锁定时间为{at}" if snapshot.locked_at else f"数据截至{at}，尚未锁定"
    area = whole_area(snapshot.office, snapshot.coverage)
    sentence = f"现将{month}{area}政府信息公开工作情况通报如下（统计时段为{span}，{locked}）。"
    return DraftParagraph("opening.opening", sentence)


def _span(snapshot: Snapshot) -> str:
    first, last = date.fromisoformat(snapshot.first_day), date.fromisoformat(snapshot.last_day)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.month}月{first.day}日至{last.day}日"
    end = format_date(last) if first.year != last.year else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日至{end}"


def _overall(snapshot: Snapshot, text: _Text) -> DraftParagraph:
    tables = "各类单位情况见表1。" if snapshot.is_month else "各类单位情况见表1，各月情况见表2。"
    sentences = (
        _volume(snapshot, text), _key_areas(snapshot, text), _tasks(snapshot, text), _closed(snapshot, text), tables
    )  # fmt: skip
    return DraftParagraph("overall.total", "".join(sentences))


def _volume(snapshot: Snapshot, text: _Text) -> str:
    figures = snapshot.figures
    units, total = text.put("单位数", figures.units), text.put("发布总数", figures.counted)
    sentence = f"{{{period_token(snapshot)}}}，纳入统计的{units}家单位共发布政府信息{total}条"
    change = figures.change
    if change is None:
        return f"{sentence}。"
    if change == 0:
        return f"{sentence}，与{snapshot.span.before}持平。"
    word, compared = "增加" if change > 0 else "减少", compared_words(snapshot)
    return f"{sentence}，{compared}{word}{text.put(f'{compared}条数', abs(change))}条。"


def _key_areas(snapshot: Snapshot, text: _Text) -> str:
    """The key areas with their named groups: 分别为 where these are all, otherwise 其中."""
    figures = snapshot.figures
    if not figures.counted or not figures.key_total:
        return ""
    total = text.put("重点领域条数", figures.key_total)
    share = text.put("重点领域占比", percent(figures.key_total, figures.counted))
    sentence = f"重点领域信息{total}条，占{share}"
    groups = [group for group in NAMED_GROUPS if figures.key_areas.get(group)]
    if not groups:
        return f"{sentence}。"
    names = [KEY_AREA_GROUPS[group] for group in groups]
    numbers = [text.put(f"{KEY_AREA_GROUPS[group]}条数", figures.key_areas[group]) for group in groups]
    if len(groups) > 1 and sum(figures.key_areas[group] for group in groups) == figures.key_total:
        listed = "、".join(f"{number}条" for number in numbers)
        return f"{sentence}，{_listed(names)}分别为{listed}。"
    parts = "，".join(f"{name}{number}条" for name, number in zip(names, numbers, strict=True))
    return f"{sentence}，其中{parts}。"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{'、'.join(names[:-1])}和{names[-1]}"


def _tasks(snapshot: Snapshot, text: _Text) -> str:
    figures = snapshot.figures
    if not figures.assessed:
        return _excused(figures, text)
    rate = f"{percent(figures.attained, figures.assessed)}（{figures.attained}/{figures.assessed}）"
    done, share = text.put("完成家数", figures.attained), text.put("完成率", rate)
    who = ""
    if figures.assessed != figures.units:
        who = f"{snapshot.span.this}应考核{text.put('考核家数', figures.assessed)}家，"
    if not snapshot.is_month:
        return who + _tasks_of_months(snapshot, text, done, share)
    sentence = f"{who}完成月度任务的{done}家，占{share}"
    if figures.below:
        sentence += f"；未完成的{text.put('未完成家数', figures.below)}家"
    blank = "本月无空白月单位"
    if figures.blank:
        blank = f"其中本月未发布信息的{text.put('空白家数', figures.blank)}家"
    return f"{sentence}，{blank}。{_excused(figures, text)}"


def _excused(figures: Figures, text: _Text) -> str:
    """Those that had nothing to publish are counted apart (`supervision.md` 7.2)."""
    if not figures.excused:
        return ""
    return f"无应公开信息{text.put('无应公开信息家数', figures.excused)}家，经审核不计为空白月。"


def _tasks_of_months(snapshot: Snapshot, text: _Text, done: str, share: str) -> str:
    """The same over several months: units that met the task of each month, and how often tasks were met in all."""
    figures = snapshot.figures
    sentence = f"各月均完成月度任务的{done}家，占{share}"
    if figures.below:
        sentence += f"；有月份未完成的{text.put('未完成家数', figures.below)}家"
    if figures.blank:
        times = text.put("空白月数", sum(unit.blank_months for unit in snapshot.units))
        sentence += f"，其中出现空白月的{text.put('空白家数', figures.blank)}家，共{times}个空白月"
    else:
        sentence += f"，{snapshot.span.this}无空白月单位"
    asked = sum(unit.judged for unit in snapshot.units)
    met = asked - sum(len(unit.missed) for unit in snapshot.units)
    rate = text.put("按月完成率", f"{percent(met, asked)}（{met}/{asked}）")
    months, times = text.put("应完成家次", asked), text.put("完成家次", met)
    return f"{sentence}。按月计算，应完成月度任务{months}家次，完成{times}家次，占{rate}。{_excused(figures, text)}"


def _closed(snapshot: Snapshot, text: _Text) -> str:
    """How many of the last circular's problems that were due are closed; nothing where none was due."""
    due = [problem for problem in snapshot.last if problem.matured]
    if not due:
        return ""
    closed = sum(problem.outcome == "closed" for problem in due)
    asked, done = text.put("应销号项数", len(due)), text.put("已销号项数", closed)
    rate = text.put("销号率", f"{percent(closed, len(due))}（{closed}/{len(due)}）")
    return f"上期通报问题到期应销号{asked}项，已销号{done}项，销号率{rate}。"


def _commended(snapshot: Snapshot, details: Details, text: _Text) -> DraftParagraph | None:
    units = commended_units(snapshot, details)
    if not units:
        return None
    text.tokens["工作较好单位"] = Token(tuple(_by_class(snapshot, units)), public=f"{len(units)}家单位")
    sentence = "{工作较好单位}。"
    if deserves(snapshot, details, units):
        each = "" if snapshot.is_month else "各月"
        sentence += f"上述单位{each}均完成月度任务，且未列入本期存在问题的单位。"
    return DraftParagraph("good.units", sentence)


def _by_class(snapshot: Snapshot, units: Sequence[UnitFigures]) -> Iterator[Part]:
    places = {heading: place for place, (heading, _) in enumerate(snapshot.classes())}
    listed = sorted(units, key=lambda unit: places[unit.heading])
    for index, (heading, members) in enumerate(groupby(listed, key=lambda unit: unit.heading)):
        yield Part(f"{'；' if index else ''}{prose_heading(heading)}：")
        for place, unit in enumerate(members):
            if place:
                yield Part("、")
            yield Part(unit.name, unit_path(unit.code, snapshot.month_of(unit)))


def _problems(snapshot: Snapshot, found: Sequence[ProblemClass], text: _Text) -> tuple[DraftParagraph, ...]:
    paragraphs = []
    for group in found:
        paragraph, tokens = problem_paragraphs(snapshot, group)
        paragraphs.append(paragraph)
        text.tokens.update(tokens)
    return tuple(paragraphs)
