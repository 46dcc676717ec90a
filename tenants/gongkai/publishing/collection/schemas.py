"""The form of a source: what people fill in, validated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gongkai.core.errors import Fault, Invalid, Refused
from gongkai.core.tables.columns import HeaderMatcher
from gongkai.publishing.collection.fetching import INBOX, split_address
from gongkai.publishing.collection.models import KINDS, LEAST_STALE_HOURS, MOST_STALE_HOURS, STALE_HOURS
from gongkai.publishing.imports.columns import COLUMNS, TITLES

_LENGTHS = {"name": ("名称", 100), "responsible_person": ("责任人", 50), "column_code": ("固定栏目", 200)}
_LONGEST_ADDRESS = 1000
_DAILY = 24


@dataclass(frozen=True, slots=True)
class SourceForm:
    """What a source is set up with; fields as in `CollectionSource`."""

    name: str
    kind: str
    address: str
    responsible_person: str
    column_code: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    hour: int = 6
    stale_hours: int = STALE_HOURS


def read_source(values: Mapping[str, str]) -> SourceForm:
    """A source from a form; `mapping` is one line for each field: `标题=articleTitle`.

    Raises:
        Invalid: with each faulty field.
    """
    given = {name: value.strip() for name, value in values.items()}
    faults: list[Fault] = []
    for name, (label, limit) in _LENGTHS.items():
        if len(given.get(name, "")) > limit:
            faults.append(Fault(name, f"{label}超过{limit}字", "请删减"))
    if not given.get("name"):
        faults.append(Fault("name", "未填写名称", "请填写便于辨认的名称，如“门户网站公告”"))
    if given.get("kind") not in KINDS:
        faults.append(Fault("kind", "未选择类型", "请选择表格、JSON 文本或 Atom 订阅源"))
    if not given.get("responsible_person"):
        faults.append(Fault("responsible_person", "未填写责任人", "请填写对采集内容的真实、准确负责的人员姓名"))
    if problem := _address_problem(given.get("address", "")):
        faults.append(problem)
    hour = _number(given.get("hour", ""), 0, _DAILY - 1)
    if hour is None:
        faults.append(Fault("hour", "采集时间无效", "请填写0至23之间的整点"))
    stale_hours = _number(given.get("stale_hours", ""), LEAST_STALE_HOURS, MOST_STALE_HOURS)
    if stale_hours is None:
        remedy = f"请填写{LEAST_STALE_HOURS}至{MOST_STALE_HOURS}之间的小时数"
        faults.append(Fault("stale_hours", "未同步的时限无效", remedy))
    mapping = _mapping(given.get("mapping", ""), faults)
    if faults or hour is None or stale_hours is None:
        raise Invalid(faults)
    return SourceForm(
        name=given["name"], kind=given["kind"], address=given["address"],
        responsible_person=given["responsible_person"], column_code=given.get("column_code", ""), mapping=mapping,
        whole=given.get("whole") == "1", hour=hour, stale_hours=stale_hours,
    )  # fmt: skip


def mapping_text(mapping: Mapping[str, str]) -> str:
    """A mapping as the form shows it."""
    return "\n".join(f"{TITLES[key]}={name}" for key, name in mapping.items() if key in TITLES)


def _address_problem(address: str) -> Fault | None:
    if not address:
        return Fault("address", "未填写来源地址", "请填写网址，或“inbox/文件名”")
    if len(address) > _LONGEST_ADDRESS:
        return Fault("address", f"来源地址超过{_LONGEST_ADDRESS}字", "请核对地址")
    if address.startswith(INBOX):
        name = address.removeprefix(INBOX)
        bad = not name or name.startswith(".") or any(mark in name for mark in "/\\") or not name.isprintable()
        return Fault("address", "收件文件夹中的文件名无效", "请只填写文件名，如 inbox/gongkai.xlsx") if bad else None
    try:
        split_address(address)
    except Refused as refusal:
        return Fault("address", refusal.message.rstrip("。"))
    return None


def _number(text: str, least: int, most: int) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if least <= number <= most else None


def _mapping(text: str, faults: list[Fault]) -> dict[str, str]:
    matcher = HeaderMatcher(COLUMNS["migration"])
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        ours, mark, theirs = (part.strip() for part in line.replace("＝", "=").partition("="))
        column = matcher.find(ours)
        if not mark or not theirs or column is None:
            faults.append(Fault("mapping", f"“{line[:40]}”无法识别", "请每行填写一项，如“标题=articleTitle”"))
        elif column.key in found:
            faults.append(Fault("mapping", f"“{column.title}”填写了两次", "请只保留一行"))
        else:
            found[column.key] = theirs[:100]
    return found
