"""Reads a corpus and judged queries, a JSON object a line; the first bad line is refused with its number and field."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from gongkai.core.errors import Fault, Invalid
from gongkai.search.query import LONGEST_QUERY

LARGEST_GRADE = 10


@dataclass(frozen=True, slots=True)
class Paper:
    """A row of the corpus; the last four may be unknown."""

    id: str
    title: str
    text: str
    agency: str
    published: date | None
    document_number: str
    index_number: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and its relevant papers: id → grade, 1 where no grade is given."""

    qid: str
    query: str
    relevant: Mapping[str, float]
    kind: str


def read_corpus(path: Path) -> list[Paper]:
    """The papers of a corpus file.

    Raises:
        Invalid: the file cannot be read, a row lacks a field or has a wrong one, an id stands twice.
    """
    seen: set[str] = set()
    papers = []
    for where, row in _rows(path):
        paper = Paper(
            id=_unique(row, "id", seen, where),
            title=_text(row, "title", where),
            text=_text(row, "text", where, empty=True),
            agency=_text(row, "agency", where, empty=True),
            published=_date(row, where),
            document_number=_text(row, "document_number", where, empty=True),
            index_number=_text(row, "index_number", where, empty=True),
        )
        papers.append(paper)
    if not papers:
        _refuse(path.name, "", "文件中没有一行数据", "请核对文件是否完整")
    return papers


def read_queries(path: Path, known: set[str]) -> list[Judged]:
    """The queries of a file, judged by papers whose ids are `known`.

    Raises:
        Invalid: as `read_corpus`; a query is too long, has nothing relevant, or names a paper that is not there.
    """
    seen: set[str] = set()
    found = []
    for where, row in _rows(path):
        query = _text(row, "query", where)
        if len(query) > LONGEST_QUERY:
            _refuse(where, "query", f"检索词有{len(query)}个字，最多{LONGEST_QUERY}个字", "请缩短检索词")
        kind = _text(row, "kind", where, empty=True) or "未分类"
        found.append(Judged(_unique(row, "qid", seen, where), query, _relevant(row, known, where), kind))
    if not found:
        _refuse(path.name, "", "文件中没有一行数据", "请核对文件是否完整")
    return found


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file and line in words, object) of each line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    where = f"{path.name}第{number}行"
                    yield where, _object(line, where)
    except UnicodeDecodeError:
        _refuse(path.name, "", "文件不是UTF-8编码", "请转换为UTF-8后重试")
    except OSError as error:
        _refuse(path.name, "", f"文件无法读取（{error.strerror}）", "请核对路径和权限")


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        _refuse(where, "", "不是合法的JSON", "每行应当是一个完整的JSON对象")
    if not isinstance(row, dict):
        _refuse(where, "", "不是JSON对象", "每行应当是一个完整的JSON对象")
    return row


def _text(row: Mapping[str, Any], name: str, where: str, *, empty: bool = False) -> str:
    value = row.get(name)
    if value is None and empty:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name in ("id", "qid"):
        value = str(value)
    if not isinstance(value, str):
        _refuse(where, name, f"字段“{name}”缺失或不是文字", "请补上，或改为字符串")
    if not value.strip() and not empty:
        _refuse(where, name, f"字段“{name}”为空", "请填写")
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _unique(row: Mapping[str, Any], name: str, seen: set[str], where: str) -> str:
    value = _text(row, name, where)
    if value in seen:
        _refuse(where, name, f"“{value}”与前面的行重复", f"字段“{name}”应当各不相同")
    seen.add(value)
    return value


def _date(row: Mapping[str, Any], where: str) -> date | None:
    value = _text(row, "published", where, empty=True)
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        _refuse(where, "published", f"日期“{value[:40]}”无法识别", "请写成“2023-07-01”的形式")


def _relevant(row: Mapping[str, Any], known: set[str], where: str) -> dict[str, float]:
    value = row.get("relevant")
    graded = dict.fromkeys(map(str, value), 1) if isinstance(value, list) else value
    if not isinstance(graded, dict):
        _refuse(where, "relevant", "字段“relevant”缺失或格式有误", "应当是编号的列表，或者编号到等级的对象")
    for identifier, grade in graded.items():
        if identifier not in known:
            _refuse(where, "relevant", f"编号“{identifier}”不在语料中", "请核对编号，或把这条信息加入语料")
        if not isinstance(grade, int | float) or not 0 <= grade <= LARGEST_GRADE:
            _refuse(where, "relevant", f"编号“{identifier}”的等级有误", f"等级应当是0到{LARGEST_GRADE}的数")
    relevant = {identifier: float(grade) for identifier, grade in graded.items() if grade > 0}
    if not relevant:
        _refuse(where, "relevant", "没有一条相关信息", "请至少列出一条")
    return relevant


def _refuse(where: str, name: str, problem: str, remedy: str) -> NoReturn:
    raise Invalid([Fault(name, f"{where}：{problem}", remedy)])
