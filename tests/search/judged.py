"""The judged sets: items and queries made from `tests/data/search/kinds.txt`, and their look-alikes.

`python -m tests.search.judged` writes the small set anew; `python -m tests.search.judged FOLDER` writes the look-alike
set into a folder: every judged item among a hundred siblings that differ only in place, year and number.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "search"
PLACES = ("槐安县", "丹浦县", "鹿岭县", "望川县", "沙塘县", "北渡区")
YEARS = (2019, 2020, 2021, 2022, 2023, 2024)
SIBLINGS = 100
OTHER_YEARS = 6
"""Siblings of the same place and other years; only of items that every query names with its year or number."""
_STEMS = "临清永新广金平安宁泰兴和东南西高长玉云龙凤虎松柏梅竹桐杨柳桂溪泉湖江河湾岭山丘峰原坪陵塘浦港"
_TRADITIONAL = str.maketrans(
    "县岭区审财预决发环监农林业务医质检规划号办务", "縣嶺區審財預決發環監農林業務醫質檢規劃號辦務"
)
_TAILS = (
    "特此公告。", "请遵照执行。", "请认真贯彻落实，执行中遇到的问题及时向我单位反映。", "联系电话：0777-5123456。",
    "本件主动公开。", "附件下载见本页末尾。", "欢迎社会各界监督。",
)  # fmt: skip
Row = dict[str, Any]
Item = dict[str, Any]
Maker = Callable[[Mapping[str, Sequence[Any]]], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: whose it is, how it reads, what citizens type when they look for it."""

    name: str
    department: str
    code: str
    title: str
    sentences: list[str] = field(default_factory=list)
    queries: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Numbers:
    """Gives each agency's papers numbers of which no two have the same code word and sequence."""

    rng: random.Random
    given: set[tuple[str, int]] = field(default_factory=set)

    def next(self, code: str) -> int:
        """A sequence not yet given under this code word."""
        for sequence in (self.rng.randrange(1, 200) for _ in range(50)):
            if (code, sequence) not in self.given:
                break
        else:
            sequence = next(number for number in count(200) if (code, number) not in self.given)
        self.given.add((code, sequence))
        return sequence


def kinds() -> list[Kind]:
    """All kinds of the file, in its order."""
    found: list[Kind] = []
    for line in (DATA / "kinds.txt").read_text(encoding="utf8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "=":
            name, department, code, title = rest.split("|")
            found.append(Kind(name, department, code, title))
        elif mark == "S":
            found[-1].sentences.append(rest)
        elif mark != "#":
            found[-1].queries.setdefault(mark, []).append(rest)
    return found


def corpus() -> list[Item]:
    """The small set's items: each kind of six places, one of the places in two years; with their `values`."""
    numbers = Numbers(random.Random(7))
    made = []
    for position, kind in enumerate(kinds()):
        years = [YEARS[(position + step) % len(YEARS)] for step in range(len(PLACES))]
        pairs = [*zip(PLACES, years, strict=True), (PLACES[position % 6], years[position % 6 - 3])]
        for number, (place, year) in enumerate(pairs):
            if number == (position + 1) % 6:
                continue
            made.append(
                item(kind, place, year, numbers, identifier=f"{kind.name}-{number}", seed=f"{kind.name}{number}")
            )
    return made


def item(kind: Kind, place: str, year: int, numbers: Numbers, *, identifier: str, seed: str) -> Item:
    """One item of a kind; `seed` decides on sentences and figures, `values` keeps what its templates were given."""
    rng = random.Random(seed)
    month, day = rng.randrange(1, 13), rng.randrange(1, 28)
    values = {
        "place": place, "year": year, "month": month, "day": day, "q": rng.randrange(1, 5),
        "n1": rng.randrange(620, 9800), "n2": rng.randrange(120, 980), "n3": rng.randrange(11, 99),
    }  # fmt: skip
    written = kind.sentences
    chosen = sorted(rng.sample(range(len(written)), k=min(len(written), max(3, len(written) - 1))))
    sentences = [written[at] for at in chosen]
    word = f"{place[0]}{kind.code}"
    sequence = numbers.next(word)
    organisation = "11" + "".join(f"{ord(sign) % 97:02d}" for sign in (place + kind.department + "委办局所")[:8])
    return {
        "id": identifier,
        "title": kind.title.format_map(values),
        "text": "\n".join([*sentences, rng.choice(_TAILS)]).format_map(values),
        "agency": f"{place}{'人民' if kind.department == '政府办公室' else ''}{kind.department}",
        "published": date(year, month, day).isoformat(),
        "document_number": f"{word}〔{year}〕{sequence}号" if sequence % 4 else None,
        "index_number": f"{organisation}/{year}-{sequence:05d}",
        "values": values,
        "kind": kind.name,
    }


def queries(items: Sequence[Item]) -> list[Row]:
    """The small set's queries, seven kinds of about thirty each."""
    of: dict[str, list[Item]] = {}
    for made in items:
        of.setdefault(made["kind"], []).append(made)
    found: list[Row] = []
    for name, share, make in _MAKERS:
        written = list(make(of))
        step = len(written) / share
        picked = [written[int(at * step)] for at in range(share)] if step > 1 else written
        found += [{"qid": f"{name}-{at}", "kind": name} | row for at, row in enumerate(picked, start=1)]
    return found


def singles() -> tuple[list[Item], list[Row]]:
    """Papers that stand alone, of `singles.txt`, and their queries."""
    items: list[Item] = []
    asked: list[Row] = []
    for line in (DATA / "singles.txt").read_text(encoding="utf8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "=":
            identifier, agency, published, number, title = rest.split("|")
            made = {"id": identifier, "title": title, "text": "", "agency": agency or None, "published": published}
            items.append(made | {"document_number": number or None, "index_number": None})
        elif mark == "S":
            items[-1]["text"] += rest + "\n"
        elif mark != "#":
            asked.append({"qid": f"s-{len(asked) + 1}", "kind": mark} | _asked(rest, items[-1:]))
    return items, asked


def look_alikes(items: Sequence[Item], asked: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
    """Siblings of every judged item: the same words, another place, year and number."""
    by_name = {kind.name: kind for kind in kinds()}
    places = _other_places()
    numbers = Numbers(random.Random(11), {_code_and_sequence(made) for made in items})
    judged: dict[str, list[str]] = {}
    for row in asked:
        for identifier in row["relevant"]:
            judged.setdefault(identifier, []).append(row["query"])
    rng = random.Random(13)
    for made in (made for made in items if made["id"] in judged):
        kind, year = by_name[made["kind"]], made["values"]["year"]
        dated = "{year}" in kind.title and all(str(year) in query for query in judged[made["id"]])
        own = [(made["values"]["place"], other) for other in range(2010, 2026) if other != year and other not in YEARS]
        pairs = own[:OTHER_YEARS] if dated else []
        pairs += [(place, rng.choice(YEARS)) for place in rng.sample(places, SIBLINGS - len(pairs))]
        for number, (place, other) in enumerate(pairs):
            seed = made["id"].replace("-", "")
            yield item(kind, place, other, numbers, identifier=f"{made['id']}/{number}", seed=seed)


def _other_places() -> list[str]:
    taken = {place[0] for place in PLACES}
    pairs = [a + b for a in _STEMS[:30] for b in _STEMS[30:] if a not in taken]
    return [name + ("县" if at % 4 else "区" if at % 8 else "市") for at, name in enumerate(pairs)]


def _code_and_sequence(made: Item) -> tuple[str, int]:
    number = made["document_number"] or ""
    return number.partition("〔")[0], int(made["index_number"].rpartition("-")[2])


def _parts_of_titles(of: Mapping[str, Sequence[Item]]) -> Iterator[Row]:
    """A piece of the title that the place and, where two years are there, the year make out."""
    for position, items in enumerate(of.values()):
        made = items[-1] if position % 2 else items[0]
        title: str = made["title"].removeprefix("关于").strip("《》")
        for ending in ("的通知", "的公告", "公告", "公示", "通告", "的通告"):
            title = title.removesuffix(ending)
        place, year = made["values"]["place"], str(made["values"]["year"])
        if position % 3 == 0:
            title = title.replace("调整", "").replace("做好", "").replace("开展", "")
        if place in title and len(title) > 8:
            yield _asked(title[:26], _same(items, place, year if year in title[:26] else None))


def _numbers(of: Mapping[str, Sequence[Item]]) -> Iterator[Row]:
    styles: tuple[Callable[[str, int, str], str], ...] = (
        lambda code, year, number: f"{code}〔{year}〕{number}号",
        lambda code, year, number: f"{code}[{year}]{number}号",
        lambda code, year, number: f"{code}（{year}）{number}",
        lambda code, year, number: f"{code} {year} {number}号",
        lambda code, year, number: f"{code}【{year}】第{number}號",
        lambda code, year, number: f"{code.translate(_TRADITIONAL)}〔{year}〕{number}號",
        lambda code, _, number: f"{code}{number}号",
        lambda code, year, number: f"{code} 〔 {year} 〕 {number} 号文件",
    )
    for position, items in enumerate(of.values()):
        made = next((made for made in items[position % 4 :] if made["document_number"]), None)
        if made is None or position % 9 == 8:
            yield _asked(items[0]["index_number"], [items[0]])
            continue
        code, _, rest = made["document_number"].partition("〔")
        year, _, number = rest.rstrip("号").partition("〕")
        yield _asked(styles[position % len(styles)](code, int(year), number), [made])


def _written(
    name: str, translate: Mapping[int, int] | None = None
) -> Callable[[Mapping[str, Sequence[Item]]], Iterator[Row]]:
    """Queries of one kind as the file has them, each filled with the values of one item."""
    templates = {kind.name: kind.queries.get(name, ()) for kind in kinds()}

    def make(of: Mapping[str, Sequence[Item]]) -> Iterator[Row]:
        for position, (kind, items) in enumerate(of.items()):
            for template in templates[kind]:
                made = items[(position + len(name)) % len(items)]
                values = made["values"]
                query = template.format_map(values)
                dated = values["year"] if "{year}" in template else None
                relevant = _same(items, values["place"] if "{place}" in template else None, dated)
                yield _asked(query.translate(translate) if translate else query, relevant)

    return make


def _agency_and_topic(of: Mapping[str, Sequence[Item]]) -> Iterator[Row]:
    topics = {kind.name: kind.queries["topic"][0] for kind in kinds()}
    for position, items in enumerate(of.values()):
        made = items[position % len(items)]
        values = made["values"]
        topic = topics[made["kind"]].format_map(values)
        agency = made["agency"] if position % 3 else made["agency"].replace("县", "").replace("区", "")
        dated = values["year"] if str(values["year"]) in topic else None
        yield _asked(f"{agency} {topic}", _same(items, values["place"], dated))


def _same(items: Sequence[Item], place: str | None, year: int | str | None) -> list[Item]:
    return [
        made
        for made in items
        if place in (None, made["values"]["place"]) and (year is None or str(year) == str(made["values"]["year"]))
    ]


def _asked(query: str, relevant: Sequence[Item]) -> Row:
    return {"query": query, "relevant": [made["id"] for made in relevant]}


_MAKERS = (
    ("标题片段", 30, _parts_of_titles),
    ("日常说法", 30, _written("everyday")),
    ("文号索引号", 28, _numbers),
    ("繁体", 25, _written("trad", _TRADITIONAL)),
    ("机构加主题", 30, _agency_and_topic),
    ("错别字", 29, _written("typo")),
    ("简称", 28, _written("abbr")),
)


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as lines of JSON, without what only their making needs."""
    with path.open("w", encoding="utf8") as out:
        for row in rows:
            kept = {
                name: value
                for name, value in row.items()
                if name != "values" and not (name == "kind" and "title" in row)
            }
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")


def main(arguments: Sequence[str]) -> None:
    """Write one of the sets."""
    items, alone = corpus(), singles()
    asked = queries(items)
    folder = Path(arguments[0]) if arguments else DATA
    others = look_alikes(items, asked) if arguments else ()
    write(folder / "corpus.jsonl", [*items, *alone[0], *others])
    write(folder / "queries.jsonl", [*asked, *alone[1]])


if __name__ == "__main__":
    main(sys.argv[1:])
