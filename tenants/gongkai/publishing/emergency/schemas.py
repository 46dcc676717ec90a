"""What the forms of emergency takedowns send."""

from werkzeug.datastructures import MultiDict

from gongkai.core.text.typed import read_id, read_ids
from gongkai.publishing.emergency.release import Ruling
from gongkai.publishing.emergency.services import Call, Picks

_DIGEST = 64


def read_picks(form: MultiDict[str, str]) -> Picks:
    """The ticked lines: `item-5`, `column-7`, `file-5-<sha256>`; anything else is left out."""
    items: set[int] = set()
    files: set[tuple[int, str]] = set()
    columns: set[int] = set()
    for value in form.getlist("pick"):
        kind, _, rest = value.partition("-")
        written, _, digest = rest.partition("-")
        number = read_id(written)
        if number is None:
            continue
        if kind == "item" and not digest:
            items.add(number)
        elif kind == "column" and not digest:
            columns.add(number)
        elif kind == "file" and len(digest) == _DIGEST:
            files.add((number, digest))
    return Picks(frozenset(items), frozenset(files), frozenset(columns))


def read_call(form: MultiDict[str, str]) -> Call:
    """Who asked, on what basis, and what was looked for."""
    return Call(form.get("caller", ""), form.get("basis", ""), form.get("q", ""))


def read_ruling(form: MultiDict[str, str]) -> Ruling:
    """The office's decision."""
    return Ruling(form.get("outcome", ""), form.get("count", ""), form.get("reason", ""))


def read_measures(form: MultiDict[str, str]) -> set[int]:
    """Ids of the measures that are ruled on."""
    return set(read_ids(form.getlist("measure")))
