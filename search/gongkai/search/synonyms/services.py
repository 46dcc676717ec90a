"""The list is checked, compared with the one in force, tried on queries, and saved as a new version."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.ports import SearchHit, SearchQuery, Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.lexicon import Synonyms, read_synonyms
from gongkai.search.query import LONGEST_QUERY
from gongkai.search.services import find
from gongkai.search.synonyms.models import SearchWords
from gongkai.search.vocabulary import trying

MOST_LINES, LONGEST_WORD, LONGEST_REASON = 2_000, 30, 200
MOST_FAULTS, MOST_TRIED, SHOWN, SHOWN_VERSIONS = 5, 8, 5, 50


@dataclass(frozen=True, slots=True)
class Changes:
    """How one list differs from another: words that gain, lose or change their equivalents, sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.added, *self.changed, *self.removed)


@dataclass(frozen=True, slots=True)
class Trial:
    """The first results of a query by the list in force, and by the new one."""

    query: str
    before: Sequence[SearchHit]
    after: Sequence[SearchHit]
    totals: tuple[int, int]

    @property
    def moves(self) -> bool:
        """Whether anything changes."""
        return [hit.item_id for hit in self.before] != [hit.item_id for hit in self.after] or len(set(self.totals)) > 1


def words_in_force(uow: UnitOfWork) -> SearchWords | None:
    """The newest version, None before the first."""
    return uow.session.scalar(select(SearchWords).order_by(SearchWords.version.desc()).limit(1))


def get_version(uow: UnitOfWork, *, version: int) -> SearchWords:
    """One version.

    Raises:
        NotFound: there is none of this number.
    """
    found = uow.session.get(SearchWords, version)
    if found is None:
        raise NotFound("没有这一版检索用词。")
    return found


def versions(uow: UnitOfWork) -> Sequence[SearchWords]:
    """The versions, the newest first, at most SHOWN_VERSIONS."""
    return uow.session.scalars(select(SearchWords).order_by(SearchWords.version.desc()).limit(SHOWN_VERSIONS)).all()


def read_lines(text: str) -> Synonyms:
    """The list that a text says.

    Raises:
        Invalid: with a fault （field `lines`） for each of the first lines that cannot be read.
    """
    lines = text.splitlines()
    faults = [fault for number, line in enumerate(lines, start=1) if (fault := _fault(line, number))]
    if len(lines) > MOST_LINES:
        faults.append(Fault("lines", f"共{len(lines)}行，最多{MOST_LINES}行", "请删去不用的行"))
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    return read_synonyms(lines)


def compare(before: Synonyms, after: Synonyms) -> Changes:
    """What a new list changes."""
    both = before.keys() & after.keys()
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(word for word in both if before[word] != after[word])),
    )


def preview(
    services: Services, uow: UnitOfWork, *, lines: str, reason: str, queries: Sequence[str]
) -> tuple[Changes, Sequence[Trial]]:
    """What saving would change: in the list, and in the results of these queries （else of changed words）.

    Raises:
        Invalid: as `read_lines`; without a reason.
    """
    known = words_in_force(uow)
    changes = compare(read_lines(known.lines) if known else {}, read_lines(lines))
    _expect_reason(reason)
    tried = [query[:LONGEST_QUERY] for query in queries if query.strip()] or list(changes.words)
    return changes, [_trial(services, uow, query, lines) for query in tried[:MOST_TRIED]]


def save(uow: UnitOfWork, *, actor: Actor, lines: str, reason: str, seen: int) -> int:
    """Put a new version in force at once; returns its number. `seen` is the version that was edited.

    Raises:
        Invalid: as `read_lines`; without a reason.
        Conflict: another version was saved meanwhile.
    """
    read_lines(lines)
    _expect_reason(reason)
    known = words_in_force(uow)
    current = known.version if known else 0
    if current != seen:
        raise Conflict(f"检索用词已由{known.changed_name if known else '他人'}修改，请重新打开页面，在新版本上修改。")
    values = {
        "version": current + 1, "lines": lines, "reason": reason, "changed_by": actor.user_id,
        "changed_name": actor.name, "changed_at": uow.now,
    }  # fmt: skip
    uow.session.execute(insert(SearchWords).values(values))
    uow.audit("search_words.change", object_type="search_words", object_id=current + 1, detail={"reason": reason})
    return current + 1


def _expect_reason(reason: str) -> None:
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid([Fault("reason", f"请用{LONGEST_REASON}字以内写明修改原因", "例如“群众常用说法查不到结果”")])


def _fault(line: str, number: int) -> Fault | None:
    try:
        words = [*read_synonyms([line])]
    except ValueError:
        remedy = "请写成“日常说法 > 规范用语”，符号两侧和各词之间都用空格隔开；两者互查的用“=”"
        return Fault("lines", f"第{number}行“{line.strip()[:20]}”无法识别", remedy)
    for word in words:
        if not 1 < len(word) <= LONGEST_WORD:
            return Fault("lines", f"第{number}行的“{word[:20]}”应当是2至{LONGEST_WORD}个字", "请改写或者删去")
    return None


def _trial(services: Services, uow: UnitOfWork, query: str, lines: str) -> Trial:
    wanted = SearchQuery(query, size=SHOWN)
    before = find(services, uow, wanted)
    with trying(uow, read_lines(lines)):
        after = find(services, uow, wanted)
    return Trial(query, before.hits, after.hits, (before.total, after.total))
