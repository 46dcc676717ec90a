"""Screens of the imports: a unit's own, and the office's, which allows migrations and brings them for its units.

Each screen has two addresses, one for each permission.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any, BinaryIO

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Fault, Invalid, NotFound
from gongkai.core.storage.names import content_disposition, safe_filename, size_label
from gongkai.core.storage.store import FileTooLarge
from gongkai.publishing.batches.queries import drafts_of
from gongkai.publishing.imports import batches
from gongkai.publishing.imports.batches import ImportRequest
from gongkai.publishing.imports.columns import COLUMNS, KINDS, template
from gongkai.publishing.imports.files import check_archive
from gongkai.publishing.imports.late import late_of
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.imports.rows import LIMITS
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("imports", __name__, template_folder="templates")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFRESH_SECONDS = 3
_CHUNK = 64 * 1024
View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Side:
    """From which side a screen is entered: the unit's, or the office's; only who `writes` can go on with drafts."""

    office: bool
    writes: bool

    def to(self, name: str, **values: Any) -> str:
        """Address of a screen on the same side."""
        return url_for(f"imports.{'office_' if self.office else ''}{name}", **values)

    @property
    def kinds(self) -> dict[str, str]:
        """What can be brought from here."""
        return dict(KINDS) if self.writes and not self.office else {"migration": KINDS["migration"]}

    @property
    def title(self) -> str:
        """Name of the list."""
        return "历史信息迁移" if self.office else "批量导入"


def _side(*, office: bool) -> Side:
    return Side(office, writes=current.actor().may(Permission.ITEMS_WRITE))


@dataclass(frozen=True, slots=True)
class Posted:
    """The upload form as it was filled in."""

    kind: str = "drafts"
    dry_run: bool = True
    cutoff_date: str = ""
    responsible_person: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def both(rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Register a view on the unit's side and on the office's; it gets the side as its first argument."""

    def register(view: View) -> View:
        def entered(*, office: bool) -> View:
            def enter(**values: Any) -> ResponseReturnValue:
                return view(_side(office=office), **values)

            return enter

        name = view.__name__
        own, office = entered(office=False), entered(office=True)
        route(blueprint, f"/work/imports{rule}", permission=Permission.ITEMS_IMPORT, methods=methods, endpoint=name)(
            own
        )
        route(
            blueprint, f"/work/migrations{rule}", permission=Permission.MIGRATIONS_ALLOW, methods=methods,
            endpoint=f"office_{name}",
        )(office)  # fmt: skip
        return view

    return register


@both("/")
def index(side: Side) -> ResponseReturnValue:
    """The batches: the unit's own, or the migrations of the office's subtree with those that wait on top."""
    uow, actor = current.uow(), current.actor()
    found = batches.supervised_batches(uow, actor=actor) if side.office else batches.own_batches(uow, actor=actor)
    to_decide = sum(1 for row in found if row.waits)
    return render_template(
        "publishing/imports.html",
        side=side,
        rows=found,
        to_decide=to_decide,
        kinds=KINDS,
        minute=_minute,
        crumbs=[(side.title,)],
    )


@both("/new", methods=("GET", "POST"))
def new(side: Side) -> ResponseReturnValue:
    """Upload a list."""
    first = next(iter(side.kinds))
    if request.method != "POST":
        return _form(side, Posted(kind=request.args.get("kind", first)))
    form = request.form
    kind = form.get("kind", "") if not side.office else "migration"
    given = Posted(
        kind=kind,
        dry_run=form.get("dry_run") == "1",
        cutoff_date=form.get("cutoff_date", "").strip()[:20],
        responsible_person=form.get("responsible_person", "").strip()[:200],
    )
    try:
        batch = _request(side, given)
    except Invalid as refusal:
        current.finish(commit=False)
        values = (given.kind, given.dry_run, given.cutoff_date, given.responsible_person)
        return _form(side, Posted(*values, errors=refusal.by_field())), 400
    return redirect(side.to("batch", batch_id=batch.id))


@both("/<int:batch_id>")
def batch(side: Side, batch_id: int) -> ResponseReturnValue:
    """One batch: how far it is, what became of its rows, what can be done."""
    return _batch_page(side, _load(side, batch_id), {})


@both("/<int:batch_id>/progress")
def progress(side: Side, batch_id: int) -> ResponseReturnValue:
    """The progress alone, for the page that shows it; the whole page anew when the batch has ended."""
    found = _load(side, batch_id)
    answer = Response(render_template("publishing/import_progress.html", side=side, **_facts(found)))
    if not _under_way(found):
        answer.headers["HX-Refresh"] = "true"
    return answer


@both("/<int:batch_id>/report")
def report(side: Side, batch_id: int) -> ResponseReturnValue:
    """The report of a finished batch （.xlsx）."""
    found = _load(side, batch_id)
    return _download(found.report_digest, f"导入结果-{found.id}.xlsx", SPREADSHEET)


@both("/<int:batch_id>/file")
def source(side: Side, batch_id: int) -> ResponseReturnValue:
    """The list as it was uploaded."""
    found = _load(side, batch_id)
    return _download(found.file_digest, found.filename, "application/octet-stream")


@both("/<int:batch_id>/attachments")
def files(side: Side, batch_id: int) -> ResponseReturnValue:
    """The archive of files as it was uploaded."""
    found = _load(side, batch_id)
    return _download(found.files_digest, found.files_name, "application/zip")


@both("/<int:batch_id>/start", methods=("POST",))
def start(side: Side, batch_id: int) -> ResponseReturnValue:
    """Import the list that a dry run has looked at."""
    uow, actor = current.uow(), current.actor()
    started = batches.import_for_real(uow, actor=actor, batch=_load(side, batch_id))
    if batches.waits_for_permission(started):
        flash("已报送政务公开办审批，批准后自动开始导入。", "success")
    return redirect(side.to("batch", batch_id=started.id))


@both("/template/<kind>.xlsx")
def blank(side: Side, kind: str) -> ResponseReturnValue:
    """The workbook to fill in."""
    if kind not in side.kinds:
        raise NotFound
    return attachment(BytesIO(template(kind)), f"{KINDS[kind].partition('（')[0]}模板.xlsx", SPREADSHEET)


@route(blueprint, "/work/migrations/<int:batch_id>/allow", permission=Permission.MIGRATIONS_ALLOW, methods=["POST"])
def allow(batch_id: int) -> ResponseReturnValue:
    """Let a unit's migration begin."""
    side, confirmed = _side(office=True), request.form.get("late_confirmed") == "1"
    try:
        batches.allow(current.uow(), actor=current.actor(), batch_id=batch_id, late_confirmed=confirmed)
    except Invalid as refusal:
        return _batch_page(side, _load(side, batch_id), refusal.by_field()), 400
    flash("已批准，正在导入。导入的信息按原发布时间计入当月统计。", "success")
    return redirect(side.to("batch", batch_id=batch_id))


@route(blueprint, "/work/migrations/<int:batch_id>/confirm", permission=Permission.MIGRATIONS_ALLOW, methods=["POST"])
def confirm(batch_id: int) -> ResponseReturnValue:
    """Let a migration go on that comes after issued circulars."""
    batches.confirm_late(current.uow(), actor=current.actor(), batch_id=batch_id)
    flash("已确认，正在导入。已印发通报中的数字不变，差额在通报页面列出。", "success")
    return redirect(_side(office=True).to("batch", batch_id=batch_id))


@route(blueprint, "/work/migrations/<int:batch_id>/refuse", permission=Permission.MIGRATIONS_ALLOW, methods=["POST"])
def refuse(batch_id: int) -> ResponseReturnValue:
    """Turn a unit's migration down, with the reason."""
    side = _side(office=True)
    try:
        batches.refuse(current.uow(), actor=current.actor(), batch_id=batch_id, reason=request.form.get("reason", ""))
    except Invalid as refusal:
        return _batch_page(side, _load(side, batch_id), refusal.by_field()), 400
    flash("已退回申请单位，并告知不予批准的原因。", "success")
    return redirect(side.to("batch", batch_id=batch_id))


def _request(side: Side, given: Posted) -> ImportBatch:
    """Check and keep the uploaded list and its files, and register its batch.

    Raises:
        Invalid: naming the form's fields.
    """
    upload = request.files.get("file")
    cutoff = _cutoff(given.cutoff_date)
    uow = current.uow()
    batches.check_terms(uow, kind=given.kind, cutoff_date=cutoff, responsible_person=given.responsible_person)
    if upload is None or not upload.filename:
        raise Invalid([Fault("file", "未选择文件", "请选择 .xlsx 或 .csv 文件")])
    filename = safe_filename(upload.filename)
    data = upload.read()
    batches.check_list(data, filename, kind=given.kind)
    files_name, files_digest = _archive()
    wanted = ImportRequest(
        given.kind, filename, _put("file", BytesIO(data)), given.dry_run, cutoff, given.responsible_person,
        files_name, files_digest,
    )  # fmt: skip
    return batches.request_import(uow, actor=current.actor(), request=wanted, for_subtree=side.office)


def _archive() -> tuple[str, str]:
    """Name and digest of the uploaded archive of files; empty where there is none."""
    upload = request.files.get("files")
    if upload is None or not upload.filename:
        return "", ""
    stream: BinaryIO = upload.stream  # type: ignore[assignment]
    check_archive(stream)
    return safe_filename(upload.filename), _put("files", stream)


def _put(name: str, stream: BinaryIO) -> str:
    services = current.services()
    try:
        return services.files.put(stream, limit_bytes=services.settings.upload_limit_bytes).digest_sha256
    except FileTooLarge as error:
        raise Invalid([Fault(name, error.message.rstrip("。"))]) from error


def _minute(instant: datetime) -> str:
    """An instant as tables write it: 2026-03-23 09:30, in Shanghai."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _cutoff(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid([Fault("cutoff_date", f"“{text}”不是有效日期", "请按 2023-12-31 的格式填写")]) from error


def _form(side: Side, given: Posted) -> str:
    return render_template(
        "publishing/import_new.html",
        side=side,
        given=given,
        columns=COLUMNS,
        limits={kind: limit.rows for kind, limit in LIMITS.items()},
        most=size_label(current.services().settings.upload_limit_bytes),
        crumbs=[(side.title, side.to("index")), ("上传文件",)],
    )


def _load(side: Side, batch_id: int) -> ImportBatch:
    load = batches.supervised_batch if side.office else batches.own_batch
    return load(current.uow(), actor=current.actor(), batch_id=batch_id)


def _under_way(found: ImportBatch) -> bool:
    state = batches.state_of(current.uow(), found)
    return state == "running" or (state == "waiting" and not batches.waits_for_permission(found))


def _facts(found: ImportBatch) -> dict[str, Any]:
    return {
        "batch": found,
        "state": batches.state_of(current.uow(), found),
        "under_way": _under_way(found),
        "waits": batches.waits_for_permission(found),
        "late": late_of(found),
    }


def _batch_page(side: Side, found: ImportBatch, errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    return render_template(
        "publishing/import_batch.html",
        side=side,
        kinds=KINDS,
        people=batches.people(uow, batch=found),
        unit=batches.unit_name(uow, batch=found),
        may_decide=side.office and found.created_by != actor.user_id,
        may_submit=found.kind == "drafts" and not found.dry_run and side.writes and not side.office,
        drafts_left=bool(drafts_of(uow, tenant_id=found.tenant_id, batch_id=found.id)),
        may_start=found.tenant_id == actor.tenant_id and found.kind in side.kinds,
        errors=errors,
        refresh_seconds=REFRESH_SECONDS,
        minute=_minute,
        crumbs=[(side.title, side.to("index")), (found.filename,)],
        **_facts(found),
    )


def _download(digest: str | None, filename: str, media_type: str) -> Response:
    if not digest:
        raise NotFound("这一批次没有可以下载的文件。")
    return attachment(current.services().files.open(digest), filename, media_type)


def attachment(stream: BinaryIO, filename: str, media_type: str) -> Response:
    """A stored file as a download under this name."""
    answer = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype=media_type)
    answer.call_on_close(stream.close)
    answer.headers["Content-Disposition"] = content_disposition(filename)
    return answer
