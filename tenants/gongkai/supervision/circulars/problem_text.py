"""The paragraphs on problems: one for each class that occurred, with all its units and their numbers."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import TypeVar

from gongkai.supervision.circulars.problems import (
    BLANK,
    FALSE_CLAIM,
    QUOTA,
    REPORT,
    TASK,
    TRAINING,
    Named,
    ProblemClass,
    has_veto,
    manner,
    month_list,
)
from gongkai.supervision.circulars.prose import DraftParagraph, Part, Token
from gongkai.supervision.circulars.snapshot import FactRow, Snapshot, UnitFigures
from gongkai.supervision.circulars.words import NAMES_LEFT_OUT, degree, joined, names, period_token, prose_heading
from gongkai.supervision.evaluation import rectification
from gongkai.supervision.ledger.states import LISTED_ONLY, STILL_WRONG

Key = TypeVar("Key")
Written = tuple[str, str, dict[str, Token]]
"""Heading, text with tokens, values of the tokens."""


def problem_paragraphs(snapshot: Snapshot, group: ProblemClass) -> tuple[DraftParagraph, dict[str, Token]]:
    """The paragraph of a class under its second-level heading, and its tokens."""
    known = [unit for unit in group.named if unit.figures or unit.fact]
    found = [unit for unit in group.named if unit.others]
    heading, text, tokens = _WRITERS[group.code](snapshot, known) if known else (group.title, "", {})
    if found and group.code == FALSE_CLAIM:
        more, values = _not_rectified(found)
        heading, text, tokens = (
            group.title,
            f"{text.removesuffix('。')}；{more}" if known else more,
            {**tokens, **values},
        )
    elif found:
        more, values = _by_findings(group.title, found)
        text, tokens = text + (f"另{more}" if known else more), {**tokens, **values}
    return DraftParagraph(f"problems.{group.code}", text, heading), tokens


def _by_findings(title: str, units: Sequence[Named]) -> tuple[str, dict[str, Token]]:
    """涉及3家单位5项问题：司法局3项（含单项否决问题），财政局、审计局各1项; in the order of the class."""
    groups: list[list[Part]] = []
    for veto, members in groupby(units, key=has_veto):
        mark = "（含单项否决问题）" if veto else ""
        groups.extend(_counted([(unit, len(unit.others)) for unit in members], mark))
    tokens = {
        f"{title}家数": _plain(str(len(units))),
        f"{title}项数": _plain(str(sum(len(unit.others) for unit in units))),
        f"{title}单位": Token(joined(groups, "，"), public=NAMES_LEFT_OUT),
    }
    return f"涉及{{{title}家数}}家单位{{{title}项数}}项问题：{{{title}单位}}。", tokens


def _counted(units: Sequence[tuple[Named, int]], mark: str = "") -> list[list[Part]]:
    """司法局3项，财政局、审计局各1项: neighbours with the same number together."""
    groups: list[list[Part]] = []
    for number, members in groupby(units, key=lambda pair: pair[1]):
        listed = [unit for unit, _ in members]
        groups.append([*names(listed), Part(f"{'各' if len(listed) > 1 else ''}{number}项{mark}")])
    return groups


_NOT_RECTIFIED = {rectification.OVERDUE: "超过整改时限未销号", rectification.AGAIN: "销号后同一问题再次出现"}


def _not_rectified(units: Sequence[Named]) -> tuple[str, dict[str, Token]]:
    """超过整改时限未销号的2家：司法局3项，财政局1项；销号后同一问题再次出现的1家：审计局1项."""
    kinds: dict[str, dict[str, tuple[Named, int]]] = {}
    for unit in units:
        for finding in unit.others:
            words = _NOT_RECTIFIED.get(finding.rule_code, "存在其他整改问题")
            number = kinds.setdefault(words, {}).get(unit.code, (unit, 0))[1]
            kinds[words][unit.code] = unit, number + 1
    sentences: list[str] = []
    tokens: dict[str, Token] = {}
    for words, found in kinds.items():
        tokens[f"{words}家数"] = _plain(str(len(found)))
        tokens[f"{words}单位"] = Token(joined(_counted(list(found.values())), "，"), public=NAMES_LEFT_OUT)
        sentences.append(f"{words}的{{{words}家数}}家：{{{words}单位}}")
    return "；".join(sentences) + "。", tokens


def _blank(snapshot: Snapshot, units: Sequence[Named]) -> Written:
    """供电公司本月未发布信息，已连续2个月空白; those blank for longest first."""
    if not snapshot.is_month:
        return _blank_months(snapshot, units)
    groups: list[list[Part]] = []
    public: list[str] = []
    for months, members in groupby(units, key=lambda unit: figures_of(unit).blank_months):
        listed = list(members)
        words = "本月未发布信息" + (f"，已连续{months}个月空白" if months > 1 else "")
        groups.append([*names(listed), Part(words)])
        public.append(f"{len(listed)}家单位{words}")
    token = Token(joined(groups, "；"), public="；".join(public))
    heading = (
        "空白月仍未消除"
        if any(unit.repeated for unit in units)
        else f"{degree(len(units), snapshot.figures.assessed)}单位出现空白月"
    )
    return heading, "{空白月单位}。", {"空白月单位": token}


def _blank_months(snapshot: Snapshot, units: Sequence[Named]) -> Written:
    """出现空白月的单位：供电公司（1月、2月），宗教局、残联（3月）; those with most blank months first."""
    groups: list[list[Part]] = []
    public: list[str] = []

    def key(unit: Named) -> tuple[int, tuple[str, ...]]:
        return -len(figures_of(unit).blanks), figures_of(unit).blanks

    for (_, blanks), members in groupby(sorted(units, key=key), key):
        listed = list(members)
        months = "各月均空白" if len(blanks) == snapshot.span.length else month_list(blanks)
        groups.append([*names(listed), Part(f"（{months}）")])
        public.append(f"{len(listed)}家单位（{months}）")
    heading = f"{degree(len(units), snapshot.figures.assessed)}单位出现空白月"
    token = Token(joined(groups, "，"), public="，".join(public))
    return heading, "出现空白月的有：{空白月单位}。", {"空白月单位": token}


def _below(snapshot: Snapshot, units: Sequence[Named]) -> Written:
    """市直部门（每月9条）：残联1条，宗教局、信访局、供销社各5条; twice running first, then by number.

    Of a longer period the number of months: 市直部门：残联3个月，宗教局、信访局各2个月.
    """
    groups: list[list[Part]] = []
    public: list[str] = []
    always = all(unit.repeated for unit in units)
    places = {heading: place for place, (heading, _) in enumerate(snapshot.classes())}

    def key(unit: Named) -> tuple[int, int]:
        return places[figures_of(unit).heading], figures_of(unit).task or 0 if snapshot.is_month else 0

    for (place, task), members in groupby(sorted(units, key=key), key):
        listed = list(members)
        label = prose_heading(list(places)[place]) + (f"（每月{task}条）" if snapshot.is_month else "")
        groups.append([Part(f"{label}："), *_by_number(listed, snapshot, mark=not always)])
        public.append(f"{label}{len(listed)}家")
    tokens = {
        "未完成单位数": Token((Part(str(len(units))),)),
        "未完成单位": Token(joined(groups, "；"), public="；".join(public)),
    }
    beside = "除空白月单位外，还有" if snapshot.figures.blank else "有"
    done = "未完成" if snapshot.is_month else "有月份未完成"
    text = f"{{{period_token(snapshot)}}}，{beside}{{未完成单位数}}家单位{done}月度任务。{{未完成单位}}。"
    if always:
        text += f"上述单位{snapshot.span.before}也未完成月度任务。"
    heading = f"{degree(snapshot.figures.below, snapshot.figures.assessed)}单位未完成月度任务"
    return heading, text, tokens


def _by_number(units: Sequence[Named], snapshot: Snapshot, *, mark: bool) -> list[Part]:
    """残联1条，宗教局、信访局各5条; with `mark`, those that failed in the period before too stand apart."""
    runs: list[list[Part]] = []
    for repeated, same in groupby(units, key=lambda unit: unit.repeated):
        numbers: list[list[Part]] = []
        for number, members in groupby(same, key=lambda unit: _shortfall(figures_of(unit))):
            listed = list(members)
            numbers.append([*names(listed), Part(f"{'各' if len(listed) > 1 else ''}{number}")])
        run = list(joined(numbers, "，"))
        runs.append([*run, Part(f"（以上单位{snapshot.span.before}也未完成）")] if repeated and mark else run)
    return list(joined(runs, "，"))


def _shortfall(unit: UnitFigures) -> str:
    """Items of a month, or the months of a longer period in which the task was not met."""
    return f"{len(unit.missed)}个月" if unit.missed else f"{unit.counted}条"


def _absent(snapshot: Snapshot, units: Sequence[Named]) -> Written:
    """3月23日组织的3场培训，应参训46家，未参加4家：公安局、林业局 …"""
    sentences: list[str] = []
    tokens: dict[str, Token] = {}
    for number, (training, members) in enumerate(_grouped(units, _training), start=1):
        held_on, held_to, sessions, invited = training
        suffix = "" if number == 1 else str(number)
        times = f"{sessions}场" if sessions > 1 else ""
        until = f"至{_day(held_to, snapshot)}" if held_to else ""
        tokens[f"培训情况{suffix}"] = _plain(f"{_day(held_on, snapshot)}{until}组织的{times}培训")
        tokens[f"缺训家数{suffix}"] = _plain(str(len(members)))
        tokens[f"缺训单位{suffix}"] = Token(tuple(names(members)), public=NAMES_LEFT_OUT)
        asked = ""
        if invited:
            tokens[f"应参训家数{suffix}"] = _plain(str(invited))
            asked = f"应参训{{应参训家数{suffix}}}家，"
        sentences.append(f"{{培训情况{suffix}}}，{asked}未参加{{缺训家数{suffix}}}家：{{缺训单位{suffix}}}")
    return "培训组织不到位", "；".join(sentences) + "。", tokens


def _training(fact: FactRow) -> tuple[str, str, int, int]:
    days = str(fact.detail.get("held_on") or ""), str(fact.detail.get("held_to") or "")
    return *days, int(fact.detail.get("sessions") or 1), int(fact.detail.get("invited") or 0)


def _due(fact: FactRow) -> str:
    return str(fact.detail.get("due_date") or "")


def _reports(snapshot: Snapshot, units: Sequence[Named]) -> Written:
    """年度报告应于2月28日前发布，截至3月31日，仍有7家未发布：…"""
    sentences: list[str] = []
    tokens: dict[str, Token] = {}
    for number, (due, members) in enumerate(_grouped(units, _due), start=1):
        suffix = "" if number == 1 else str(number)
        tokens[f"年报时限{suffix}"] = _plain(_day(due, snapshot))
        tokens[f"年报截至{suffix}"] = _plain(_day(snapshot.last_day, snapshot))
        tokens[f"年报家数{suffix}"] = _plain(str(len(members)))
        tokens[f"年报单位{suffix}"] = Token(tuple(names(members)), public=NAMES_LEFT_OUT)
        sentences.append(
            f"应于{{年报时限{suffix}}}前发布的，截至{{年报截至{suffix}}}仍有{{年报家数{suffix}}}家未发布：{{年报单位{suffix}}}"
        )
    if len(sentences) == 1:
        sentences = [sentences[0].replace("前发布的，", "前发布，", 1)]
    return "年度报告发布不及时", f"年度报告{'；'.join(sentences)}。", tokens


def _overdue_tasks(_: Snapshot, units: Sequence[Named]) -> Written:
    """2家单位逾期未办结上级任务3项：残联2项，宗教局1项; those with most first."""
    counted = [(unit, len(fact_of(unit).detail["tasks"])) for unit in units]
    tokens = {
        "任务逾期家数": _plain(str(len(units))),
        "任务逾期项数": _plain(str(sum(number for _, number in counted))),
        "任务逾期单位": Token(joined(_counted(counted), "，"), public=NAMES_LEFT_OUT),
    }
    text = "{任务逾期家数}家单位逾期未办结上级任务{任务逾期项数}项：{任务逾期单位}。"
    return "上级部署任务未落实", text, tokens


_CLAIMS = {
    STILL_WRONG: ("虚假反馈", "反馈已整改、经复查仍存在问题的"),
    LISTED_ONLY: ("排查不全", "仅处理通知所列栏目、未全面排查的"),
}


def _false_claims(_: Snapshot, units: Sequence[Named]) -> Written:
    """反馈已整改、经复查仍存在问题的3家：…；仅处理通知所列栏目、未全面排查的1家：统计局."""
    sentences: list[str] = []
    tokens: dict[str, Token] = {}
    for kind, members in _grouped(units, manner):
        name, words = _CLAIMS[kind]
        tokens[f"{name}家数"] = _plain(str(len(members)))
        tokens[f"{name}单位"] = Token(tuple(names(members)), public=NAMES_LEFT_OUT)
        sentences.append(f"{words}{{{name}家数}}家：{{{name}单位}}")
    return "整改不实", "；".join(sentences) + "。", tokens


_WRITERS: dict[str, Callable[[Snapshot, Sequence[Named]], Written]] = {
    BLANK: _blank,
    QUOTA: _below,
    TRAINING: _absent,
    REPORT: _reports,
    TASK: _overdue_tasks,
    FALSE_CLAIM: _false_claims,
}


def figures_of(unit: Named) -> UnitFigures:
    """The figures of a unit that is named for its counts."""
    if unit.figures is None:
        raise ValueError(f"{unit.code} is not named for its counts")
    return unit.figures


def fact_of(unit: Named) -> FactRow:
    """The fact for which a unit is named."""
    if unit.fact is None:
        raise ValueError(f"{unit.code} is not named for a fact")
    return unit.fact


def _grouped(units: Sequence[Named], key: Callable[[FactRow], Key]) -> list[tuple[Key, list[Named]]]:
    """Units by what their facts share, in order of first appearance."""
    found: dict[Key, list[Named]] = {}
    for unit in units:
        found.setdefault(key(fact_of(unit)), []).append(unit)
    return list(found.items())


def _plain(text: str) -> Token:
    return Token((Part(text),))


def _day(iso: str, snapshot: Snapshot) -> str:
    """A date without its year where that is the period's: 3月23日, 2022年12月28日."""
    if not iso:
        return "规定期限"
    day = date.fromisoformat(iso)
    year = "" if day.year == snapshot.span.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"
