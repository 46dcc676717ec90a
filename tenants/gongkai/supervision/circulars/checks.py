"""校核提示: what the office should look at beside a draft. Never printed (`supervision.md` 7, point 8)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.supervision.circulars.document import Circulate, body_text
from gongkai.supervision.circulars.problems import all_named, problems
from gongkai.supervision.circulars.prose import outdated
from gongkai.supervision.circulars.snapshot import Figures, add_up
from gongkai.supervision.circulars.text import BODY_LIMIT, NAMED_GROUPS, commended_units, draft
from gongkai.supervision.circulars.words import compared_words


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at: `info` explains, `warn` should be settled before issue."""

    code: str
    text: str
    level: str = "info"


def hints(given: Circulate) -> list[Hint]:
    """Everything to look at, what should be settled first."""
    found = [hint for check in _CHECKS for hint in check(given)]
    return sorted(found, key=lambda hint: hint.level != "warn")


def _key_areas(given: Circulate) -> Iterator[Hint]:
    figures = given.snapshot.figures
    groups = [group for group in NAMED_GROUPS if figures.key_areas.get(group)]
    named = sum(figures.key_areas[group] for group in groups)
    rest = figures.key_total - named
    if groups and rest:
        listed = "、".join(f"{KEY_AREA_GROUPS[group]}{figures.key_areas[group]}条" for group in groups)
        text = (
            f"正文列出的{len(groups)}类重点领域信息（{listed}）合计{named}条，与重点领域信息总数{figures.key_total}条相差{rest}条，"
            "差额为其他重点领域信息，正文以“其中”引出，不要求各项相加等于总数。"
        )  # fmt: skip
        yield Hint("key_area_remainder", text)


_SUMS = {
    "units": "单位数",
    "counted": "发布数",
    "key_total": "重点领域",
    "attained": "完成任务",
    "below": "未完成",
    "blank": "空白月",
    "excused": "无应公开信息",
}


def _sums(given: Circulate) -> Iterator[Hint]:
    snapshot = given.snapshot
    classes = [figures for _, figures in snapshot.classes()]
    for name, label in _SUMS.items():
        summed, total = sum(getattr(figures, name) for figures in classes), getattr(snapshot.figures, name)
        if summed != total:
            text = f"表1“{label}”各类相加为{summed}，与合计{total}不一致，相差{abs(total - summed)}，请核对锁定的数据。"
            yield Hint("table_sum", text, "warn")
    figures: Figures = snapshot.figures
    if figures.attained + figures.below != figures.assessed:
        parts = f"完成{figures.attained}家与未完成{figures.below}家"
        text = f"{parts}相加，不等于应考核的{figures.assessed}家，请核对锁定的数据。"
        yield Hint("assessed_sum", text, "warn")
    months = sum(month.figures.counted for month in snapshot.months)
    if snapshot.months and months != figures.counted:
        text = f"各月发布数相加为{months}，与合计{figures.counted}不一致，请核对锁定的数据。"
        yield Hint("table_sum", text, "warn")
    if add_up(snapshot.units).total != figures.counted:
        other = figures.total - figures.counted
        text = f"另有工作动态、转载、重复等不计入月度任务的信息{other}条，未计入正文的发布总数{figures.counted}条。"
        yield Hint("not_counted", text)


def _range(given: Circulate) -> Iterator[Hint]:
    snapshot = given.snapshot
    figures = snapshot.figures
    if figures.last_counted is None:
        words = f"{snapshot.span.before}没有统计数据，正文未写{compared_words(snapshot)}。"
        yield Hint("no_last_month", words)
    if figures.assessed != figures.units:
        listed = [unit.name for unit in snapshot.units if unit.attained is None]
        shown = "、".join(listed[:10])
        text = f"纳入统计的单位中，{shown}等{len(listed)}家{snapshot.span.this}不计考核，原因见附件1备注。"
        yield Hint("not_assessed", text)
    if snapshot.untasked:
        shown = "、".join(snapshot.untasked[:10])
        more = f"等{len(snapshot.untasked)}家" if len(snapshot.untasked) > 10 else ""
        yield Hint("untasked", f"{shown}{more}未设月度任务，未纳入统计。")
    if snapshot.locked_at is None:
        yield Hint("live", "以下为实时数据，尚未锁定；印发前须先锁定本期数据。", "warn")


def _length(given: Circulate) -> Iterator[Hint]:
    length = len(body_text(given).replace("\n", ""))
    if length > BODY_LIMIT:
        text = f"正文约{length}字，超过{BODY_LIMIT}字；可缩小通报范围，或由各县（市、区）分别通报。"
        yield Hint("length", text, "warn")


def _missing(given: Circulate) -> Iterator[Hint]:
    details = given.details
    missing = [
        label
        for label, value in (
            ("整改时限", details.deadline),
            ("复查日期", details.recheck_date),
            ("联系人", details.contact),
            ("联系电话", details.phone),
            ("主送机关", details.addressees),
        )
        if not value
    ]
    if missing:
        yield Hint("missing", f"尚未填写{'、'.join(missing)}，请在“要求和联系方式”步骤中补充。", "warn")
    if details.deadline and details.recheck_date and details.recheck_date <= details.deadline:
        yield Hint("recheck", "复查日期不晚于整改时限，请核对。", "warn")


def _people(given: Circulate) -> Iterator[Hint]:
    named = all_named(given.snapshot, given.details.left_out)
    silent = [unit.name for unit in given.snapshot.units if unit.code in named and not unit.reachable]
    if silent:
        more = f"等{len(silent)}家" if len(silent) > 10 else ""
        text = f"{'、'.join(silent[:10])}{more}没有登记联系电话，通报前的核实和印发后的催办无法电话联系。"
        yield Hint("no_phone", text)


def _commended(given: Circulate) -> Iterator[Hint]:
    snapshot, details = given.snapshot, given.details
    units = commended_units(snapshot, details)
    named = all_named(snapshot, details.left_out)
    for unit in units:
        if unit.code in named:
            yield Hint("commended_named", f"{unit.name}既列为工作较好的单位，又在存在问题中被点名，请核对。", "warn")
        elif not unit.attained:
            yield Hint("commended_below", f"{unit.name}列为工作较好的单位，但没有完成月度任务的记录，请核对。", "warn")
    wanted = {fact.code: fact.name for fact in snapshot.facts if fact.kind == "commended"}
    outside = [name for code, name in wanted.items() if code not in snapshot.by_code]
    if outside:
        yield Hint("commended_outside", f"{'、'.join(outside)}未纳入本期统计，没有列入工作较好的单位。", "warn")


def _history(given: Circulate) -> Iterator[Hint]:
    snapshot = given.snapshot
    named = all_named(snapshot, given.details.left_out)
    for unit in snapshot.units:
        if unit.flags and unit.code in named:
            yield Hint("changed_body", f"{unit.name}：{unit.remark}，点名前请核实责任单位。", "warn")
    disputed = {unit.name for group in problems(snapshot, given.details.left_out) for unit in group.named
        if any(finding.state == "disputed" for finding in unit.findings)}  # fmt: skip
    if disputed:
        shown = "、".join(sorted(disputed)[:10])
        text = f"{shown}等{len(disputed)}家单位对所列问题有异议，尚未处理，请在问题清单中先作决定。"
        yield Hint("disputed", text, "warn")


def _left_out(given: Circulate) -> Iterator[Hint]:
    for group in problems(given.snapshot, given.details.left_out):
        for unit in group.units:
            if unit.left_out:
                yield Hint("left_out", f"“{group.title}”未点名{unit.name}，理由：{unit.left_out}。")


def _prose(given: Circulate) -> Iterator[Hint]:
    drafted = draft(given.snapshot, given.details)
    for paragraph_id, edit in outdated(drafted, given.prose):
        place = drafted.paragraph(paragraph_id)
        where = place[1].heading or place[0].title if place else "已不出现的段落"
        yield Hint(
            "outdated_edit",
            f"“{where or '开头'}”的修改稿与现在的数据不符，已恢复为系统起草的文字；原修改稿：{edit.text}",
            "warn",
        )
    for paragraph_id, reason in given.prose.removed.items():
        place = drafted.paragraph(paragraph_id)
        if place:
            yield Hint(
                "removed",
                f"“{place[1].heading or place[0].title or '开头'}”有一段未采用，理由：{reason.rstrip('。')}。",
            )


_CHECKS: tuple[Callable[[Circulate], Iterator[Hint]], ...] = (
    _key_areas,
    _sums,
    _range,
    _length,
    _missing,
    _people,
    _commended,
    _history,
    _left_out,
    _prose,
)
