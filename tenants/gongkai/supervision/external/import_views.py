"""Bringing a table of external data: faults by cell, else what would change, then as the official decides."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Fault, Invalid, NotFound, Refused
from gongkai.core.storage.names import content_disposition, safe_filename
from gongkai.core.tables.cells import CellFault
from gongkai.core.tables.reading import read_table
from gongkai.supervision.external import services
from gongkai.supervision.external.importing import columns_of, read_entries
from gongkai.supervision.external.kinds import KINDS
from gongkai.supervision.external.services import Entry, Source
from gongkai.supervision.external.views import asked_kind, asked_period, month_choices
from gongkai.supervision.facts.units import units_of_office
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("external_import", __name__, template_folder="templates")
LIMIT_BYTES = 20 * 1024 * 1024


@route(blueprint, "/office/external/import", permission=Permission.FACTS_WRITE, methods=["GET", "POST"])
def start() -> ResponseReturnValue:
    """Choose the table; it is checked, and kept until the official has decided."""
    period = asked_period()
    if request.method != "POST":
        return _form(period, {})
    try:
        kind = asked_kind()
        source = _uploaded(services.read_source(request.form.get("words", "")))
        entries, faults = _read(period, kind, source)
    except Invalid as error:
        return _form(period, error.by_field()), 400
    except Refused as refusal:
        return _form(period, {"file": refusal.message}), 400
    if faults:
        return _form(period, {"file": f"文件中有{len(faults)}处需要修改，未导入任何数据"}, faults), 400
    return _preview(period, kind, source, entries)


@route(blueprint, "/office/external/import/apply", permission=Permission.FACTS_WRITE, methods=["POST"])
def apply() -> ResponseReturnValue:
    """Enter what was looked at; bodies whose figures differ are replaced only when that was chosen."""
    actor, period, kind = current.actor(), asked_period(), asked_kind()
    source = _kept(services.read_source(request.form.get("words", "")))
    entries, faults = _read(period, kind, source)
    if faults:
        return _form(period, {"file": f"文件中有{len(faults)}处需要修改，未导入任何数据"}, faults), 400
    replace = request.form.get("replace") == "1"
    found = services.enter(
        current.uow(), office_id=actor.tenant_id, entered_by=actor.user_id, period=period, kind=kind,
        entries=entries, source=source, replace=replace,
    )  # fmt: skip
    changed = f"更正{len(found.differing)}家" if replace else f"保留原数据{len(found.differing)}家"
    flash(
        f"{period.label}{KINDS[kind].label}：新登记{len(found.added)}家，{changed}，相同{len(found.same)}家。",
        "success",
    )
    return redirect(url_for("external.index", period=period, kind=kind))


@route(blueprint, "/office/external/sources/<int:external_source_id>", permission=Permission.FACTS_WRITE)
def file(external_source_id: int) -> ResponseReturnValue:
    """A table as it was brought, under its own name."""
    found = services.get_source(
        current.uow(), office_id=current.actor().tenant_id, source_id=external_source_id
    )  # fmt: skip
    with current.services().files.open(found.digest) as stored:
        answer = Response(stored.read(), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition(found.filename)
    return answer


def _uploaded(words: str) -> Source:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    stored = current.services().files.put(cast("BinaryIO", upload.stream), limit_bytes=LIMIT_BYTES)
    return Source(words, stored.digest_sha256, safe_filename(upload.filename), stored.size)


def _kept(words: str) -> Source:
    digest, filename = request.form.get("digest", ""), safe_filename(request.form.get("filename", ""))
    try:
        with current.services().files.open(digest) as stored:
            size = stored.seek(0, 2)
    except ValueError as error:
        raise NotFound from error
    return Source(words, digest, filename, size)


def _read(period: Period, kind: str, source: Source) -> tuple[dict[int, Entry], list[CellFault]]:
    with current.services().files.open(source.digest) as stored:
        data = BytesIO(stored.read()).getvalue()
    table = read_table(data, source.filename, columns=columns_of(kind))
    return read_entries(
        current.uow(), office_id=current.actor().tenant_id, period=period, kind=kind, table=table
    )  # fmt: skip


def _form(period: Period, errors: dict[str, str], faults: Sequence[CellFault] = ()) -> str:
    return render_template(
        "external/import.html",
        period=period,
        choices=month_choices(period),
        kinds=KINDS,
        columns={kind: columns_of(kind) for kind in KINDS},
        values=request.values,
        errors=errors,
        faults=faults,
    )


def _preview(period: Period, kind: str, source: Source, entries: dict[int, Entry]) -> str:
    work, office_id = current.uow(), current.actor().tenant_id
    found = services.compare(work, office_id=office_id, period=period, kind=kind, entries=entries)
    names = {row.id: row.name for row in units_of_office(work, office_id=office_id, period=period).rows}
    return render_template(
        "external/preview.html",
        period=period,
        kind=KINDS[kind],
        source=source,
        outcome=found,
        names=names,
        changes=[(names[one.unit_id], _changes(kind, one.before, one.after)) for one in found.differing],
    )


def _changes(kind: str, before: Entry, after: Entry) -> list[tuple[str, Any, Any]]:
    """What is different in a body's figures: word, before, after."""
    found: list[tuple[str, Any, Any]] = [
        (figure.label, before.figures[figure.key], after.figures[figure.key])
        for figure in KINDS[kind].figures
        if before.figures[figure.key] != after.figures[figure.key]
    ]
    if before.note != after.note:
        found.append((KINDS[kind].note, before.note or "（空）", after.note or "（空）"))
    return found
