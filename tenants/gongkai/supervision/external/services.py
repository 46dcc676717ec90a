"""Entering external data: several bodies from a table or one by hand; what held before stays as a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.external.kinds import KINDS, LARGEST, Figures
from gongkai.supervision.external.models import ExternalFigure, ExternalSource

TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from: in words, and the stored file where there is one."""

    words: str
    digest: str = ""
    filename: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A body's figures of a kind."""

    figures: Figures
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A body whose figures hold already and are others than those brought."""

    unit_id: int
    before: Entry
    after: Entry


@dataclass(slots=True)
class Outcome:
    """What entering does, or would do: bodies that had none, those that are the same, those that differ."""

    added: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)


def read_source(text: str) -> str:
    """The source in words.

    Raises:
        Invalid: when it is missing or too long.
    """
    words = " ".join(text.split())
    if not words:
        raise Invalid([Fault("words", "数据来源没有填写", "请写明由哪个部门、以什么形式提供")])
    if len(words) > TEXT_LIMIT:
        raise Invalid([Fault("words", f"数据来源过长（{len(words)}字）", f"请控制在{TEXT_LIMIT}字以内")])
    return words


def read_entry(kind: str, values: Mapping[str, str]) -> Entry:
    """The figures of one body from a form.

    Raises:
        Invalid: naming each figure that is missing, no number, or does not add up with the others.
    """
    faults: list[Fault] = []
    figures: dict[str, int] = {}
    for figure in KINDS[kind].figures:
        found = values.get(figure.key, "").strip()
        if found.isascii() and found.isdigit() and int(found[:9]) <= LARGEST:
            figures[figure.key] = int(found)
        else:
            problem = f"“{figure.label}”应为整数" if found else f"“{figure.label}”没有填写"
            faults.append(Fault(figure.key, problem, "没有发生的填0"))
    note = " ".join(values.get("note", "").split()) if KINDS[kind].note else ""
    if len(note) > TEXT_LIMIT:
        faults.append(Fault("note", f"“{KINDS[kind].note}”过长（{len(note)}字）", f"请控制在{TEXT_LIMIT}字以内"))
    if not faults:
        faults = KINDS[kind].faults(figures, note)
    if faults:
        raise Invalid(faults)
    return Entry(figures, note)


def compare(
    uow: UnitOfWork, *, office_id: int, period: Period, kind: str, entries: Mapping[int, Entry]
) -> Outcome:  # fmt: skip
    """What entering figures would do, by unit's id; nothing is written."""
    held = _held(uow, office_id=office_id, period=period, kind=kind, unit_ids=list(entries))
    found = Outcome()
    for unit_id, entry in entries.items():
        before = held.get(unit_id)
        if before is None:
            found.added.append(unit_id)
        elif Entry(dict(before.figures), before.note) == Entry(dict(entry.figures), entry.note):
            found.same.append(unit_id)
        else:
            found.differing.append(Difference(unit_id, Entry(dict(before.figures), before.note), entry))
    return found


def enter(
    uow: UnitOfWork,
    *,
    office_id: int,
    entered_by: int | None,
    period: Period,
    kind: str,
    entries: Mapping[int, Entry],
    source: Source,
    replace: bool,
) -> Outcome:
    """Enter figures of bodies of the office; those that differ from what holds are replaced only when asked.

    What is replaced stays as a version. Where nothing is new, nothing is written, so that a second run is harmless.
    """
    found = compare(uow, office_id=office_id, period=period, kind=kind, entries=entries)
    changed = [difference.unit_id for difference in found.differing] if replace else []
    wanted = [*found.added, *changed]
    if not wanted:
        return found
    stored = ExternalSource(
        tenant_id=office_id, period=str(period), kind=kind, words=source.words, digest=source.digest,
        filename=source.filename, size_bytes=source.size_bytes, entered_by=entered_by, entered_at=uow.now,
    )  # fmt: skip
    uow.session.add(stored)
    held = _held(uow, office_id=office_id, period=period, kind=kind, unit_ids=changed)
    for before in held.values():
        before.replaced_at, before.replaced_by = uow.now, entered_by
    # One row holds at a time, so what was there has to give way before the next comes.
    uow.session.flush()
    last = _last_versions(uow, office_id=office_id, period=period, kind=kind, unit_ids=wanted)
    for unit_id in wanted:
        entry = entries[unit_id]
        uow.session.add(
            ExternalFigure(
                tenant_id=office_id, period=str(period), kind=kind, unit_id=unit_id,
                version=last.get(unit_id, 0) + 1, figures=dict(entry.figures), note=entry.note, source_id=stored.id,
            )
        )  # fmt: skip
    uow.session.flush()
    detail = {
        "period": str(period), "kind": kind, "words": source.words, "digest": source.digest,
        "added": found.added, "replaced": changed,
    }  # fmt: skip
    uow.audit(
        "external.enter", tenant_id=office_id, object_type="external_source", object_id=stored.id, detail=detail
    )  # fmt: skip
    return found


def get_figure(uow: UnitOfWork, *, office_id: int, figure_id: int) -> ExternalFigure:
    """A body's figures in some version.

    Raises:
        NotFound: when they are missing or another office's.
    """
    query = select(ExternalFigure).where(ExternalFigure.id == figure_id, ExternalFigure.tenant_id == office_id)
    return uow.one(query)


def get_source(uow: UnitOfWork, *, office_id: int, source_id: int) -> ExternalSource:
    """A source that was brought as a file.

    Raises:
        NotFound: when it is missing, another office's, or was typed.
    """
    query = select(ExternalSource).where(
        ExternalSource.id == source_id, ExternalSource.tenant_id == office_id, ExternalSource.digest != ""
    )
    return uow.one(query)


def withdraw(uow: UnitOfWork, *, office_id: int, figure_id: int, withdrawn_by: int | None) -> ExternalFigure:
    """Take back figures that were entered for the wrong body or month; they stay in the history.

    Raises:
        NotFound: when they are missing or another office's.
        Conflict: when they do not hold any more.
    """
    figure = get_figure(uow, office_id=office_id, figure_id=figure_id)
    if figure.replaced_at is not None:
        raise Conflict("这一版数据已被更正或撤销，请查看当前数据。")
    figure.replaced_at, figure.replaced_by = uow.now, withdrawn_by
    uow.session.flush()
    detail = {"period": figure.period, "kind": figure.kind, "unit_id": figure.unit_id, "figures": dict(figure.figures)}
    uow.audit(
        "external.withdraw", tenant_id=office_id, object_type="external_figure", object_id=figure.id, detail=detail
    )  # fmt: skip
    return figure


def _held(
    uow: UnitOfWork, *, office_id: int, period: Period, kind: str, unit_ids: Sequence[int]
) -> dict[int, ExternalFigure]:
    query = select(ExternalFigure).where(
        ExternalFigure.tenant_id == office_id,
        ExternalFigure.period == str(period),
        ExternalFigure.kind == kind,
        ExternalFigure.unit_id.in_(unit_ids),
        ExternalFigure.replaced_at.is_(None),
    )
    return {figure.unit_id: figure for figure in uow.session.scalars(query)}


def _last_versions(
    uow: UnitOfWork, *, office_id: int, period: Period, kind: str, unit_ids: Sequence[int]
) -> dict[int, int]:
    query = (
        select(ExternalFigure.unit_id, func.max(ExternalFigure.version))
        .where(
            ExternalFigure.tenant_id == office_id, ExternalFigure.period == str(period), ExternalFigure.kind == kind,
            ExternalFigure.unit_id.in_(unit_ids),
        )
        .group_by(ExternalFigure.unit_id)
    )  # fmt: skip
    return {unit_id: version for unit_id, version in uow.session.execute(query)}  # noqa: C416 - rows are no pairs
