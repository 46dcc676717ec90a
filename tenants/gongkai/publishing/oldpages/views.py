"""Screens of old pages, for the office: what came in, what is damaged and why, and what is to be done about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Fault, Invalid
from gongkai.core.storage.names import content_disposition, safe_filename
from gongkai.core.text.damage.findings import DAMAGE_LABELS
from gongkai.core.text.damage.scripts import SCRIPT_LABELS
from gongkai.publishing.columns import grouped, leaves
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.oldpages import queries, repairs, showing
from gongkai.publishing.oldpages.arrival import MOST_PAGES, Terms
from gongkai.publishing.oldpages.labels import moment
from gongkai.publishing.oldpages.models import CHOICE_LABELS, STATE_LABELS, OldPage
from gongkai.publishing.oldpages.repairs import Choice, Decision
from gongkai.publishing.oldpages.uploads import request_reading, supervised_upload
from gongkai.publishing.responses import undo
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import get_tenant
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("old_pages", __name__, template_folder="../templates")
_ADDRESS = "/work/migrations/pages"
_ALLOWED = Permission.MIGRATIONS_ALLOW
_CHOICE = re.compile(r"choice-(\d{1,5})")
_CHOICES: dict[str, Choice] = {"accept": "accept", "own": "own", "leave": "leave"}


@dataclass(frozen=True, slots=True)
class Posted:
    """The upload form as it was filled in."""

    unit: str = ""
    column: str = ""
    cutoff_date: str = ""
    responsible_person: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@route(blueprint, f"{_ADDRESS}/", permission=_ALLOWED)
def index() -> ResponseReturnValue:
    """Pages of the office's units; those that wait to be looked at unless another state is asked for.

    With `upload` the page shows above them how far that upload is; asked for by the page itself, that alone.
    """
    uow, actor = current.uow(), current.actor()
    upload_id = request.args.get("upload", 0, type=int)
    upload = supervised_upload(uow, actor=actor, batch_id=upload_id) if upload_id else None
    under_way = upload is not None and upload.state in ("waiting", "running")
    if upload is not None and request.headers.get("HX-Request"):
        return Response(
            render_template("publishing/oldpages/upload.html", upload=upload, under_way=under_way),
            headers={} if under_way else {"HX-Refresh": "true"},
        )
    state = request.args.get("state", "quarantined")
    state = state if state in STATE_LABELS or state == "" else "quarantined"
    number = page_number()
    total, rows = queries.pages(uow, actor=actor, state=state, page=number)
    return render_template(
        "publishing/oldpages/index.html", rows=rows, total=total, page=number, state=state, labels=DAMAGE_LABELS,
        states=STATE_LABELS, counts=queries.state_counts(uow, actor=actor), scripts=SCRIPT_LABELS, minute=_minute,
        last=-(-total // queries.PAGE_SIZE), upload=upload, under_way=under_way, crumbs=[("旧网页核对",)],
    )  # fmt: skip


@route(blueprint, f"{_ADDRESS}/new", permission=_ALLOWED, methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Upload pages of one unit."""
    if request.method != "POST":
        return _upload_form(Posted(unit=request.args.get("unit", "")))
    names = ("unit", "column", "cutoff_date", "responsible_person")
    given = Posted(**{name: request.form.get(name, "").strip()[:200] for name in names})  # type: ignore[arg-type]
    try:
        upload = _receive(given)
    except Invalid as refusal:
        current.finish(commit=False)
        return _upload_form(replace(given, errors=refusal.by_field())), 400
    return redirect(url_for("old_pages.index", upload=upload.id, state=""))


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>", permission=_ALLOWED)
def page(old_page_id: int) -> ResponseReturnValue:
    """One page: its text with the damaged places marked, and what is proposed for each."""
    return _page(_load(old_page_id), {})


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/file", permission=_ALLOWED)
def original(old_page_id: int) -> ResponseReturnValue:
    """The page as it was uploaded; never shown in the browser."""
    found = _load(old_page_id)
    stream = current.services().files.open(found.file_digest)
    answer = Response(stream.read(), mimetype="application/octet-stream")
    stream.close()
    answer.headers["Content-Disposition"] = content_disposition(found.filename)
    return answer


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/repairs", permission=_ALLOWED, methods=["POST"])
def decide(old_page_id: int) -> ResponseReturnValue:
    """Keep the decisions of the form."""
    chosen = _decisions(request.form)
    try:
        made = repairs.decide(current.uow(), actor=current.actor(), page_id=old_page_id, decisions=chosen)
    except Invalid as refusal:
        return _page(_load(old_page_id), undo(refusal)), 400
    flash(f"已保存{made}处决定。" if made else "没有新的决定。", "success")
    return _back(old_page_id)


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/accept", permission=_ALLOWED, methods=["POST"])
def accept(old_page_id: int) -> ResponseReturnValue:
    """Take the proposals of one kind."""
    kind = request.form.get("kind", "")
    made = repairs.accept_kind(current.uow(), actor=current.actor(), page_id=old_page_id, kind=kind)
    flash(f"已采纳{made}处建议，可以逐处更改。", "success")
    return _back(old_page_id)


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/details", permission=_ALLOWED, methods=["POST"])
def details(old_page_id: int) -> ResponseReturnValue:
    """Fill in title, time and column."""
    form = request.form
    try:
        repairs.complete(
            current.uow(), actor=current.actor(), page_id=old_page_id, title=form.get("title", ""),
            published_at=_instant(form.get("published_at", "")), column=form.get("column", ""),
        )  # fmt: skip
    except Invalid as refusal:
        return _page(_load(old_page_id), undo(refusal)), 400
    flash("已保存补充信息。", "success")
    return _back(old_page_id)


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/release", permission=_ALLOWED, methods=["POST"])
def release(old_page_id: int) -> ResponseReturnValue:
    """Hand the page to the migration."""
    try:
        repairs.release(current.uow(), actor=current.actor(), page_id=old_page_id)
    except Invalid as refusal:
        return _page(_load(old_page_id), undo(refusal)), 400
    flash("核对完成，正在迁移；完成后按原发布时间公开。", "success")
    return _back(old_page_id)


@route(blueprint, f"{_ADDRESS}/<int:old_page_id>/reject", permission=_ALLOWED, methods=["POST"])
def reject(old_page_id: int) -> ResponseReturnValue:
    """Keep the page out, with the reason."""
    reason = request.form.get("reason", "")
    try:
        repairs.reject(current.uow(), actor=current.actor(), page_id=old_page_id, reason=reason)
    except Invalid as refusal:
        return _page(_load(old_page_id), undo(refusal)), 400
    flash("已登记为不予迁移，原因已保存。", "success")
    return _back(old_page_id)


def _load(old_page_id: int) -> OldPage:
    return repairs.supervised_page(current.uow(), actor=current.actor(), page_id=old_page_id)


def _back(old_page_id: int) -> Response:
    kind = request.form.get("shown_kind", "")
    return redirect(url_for("old_pages.page", old_page_id=old_page_id, kind=kind or None))  # type: ignore[return-value]


def _receive(given: Posted) -> ImportBatch:
    """Check the form and store the pages, which a job reads.

    Raises:
        Invalid: naming the form's fields.
    """
    uow, actor, services = current.uow(), current.actor(), current.services()
    codes = {code for code, _ in queries.units(uow, actor=actor)}
    if given.unit not in codes:
        raise Invalid([Fault("unit", "未选择单位", "请选择网页所属的单位")])
    uploads = [upload for upload in request.files.getlist("files") if upload.filename]
    files = [(safe_filename(upload.filename or ""), upload.read()) for upload in uploads]
    cutoff = moment(given.cutoff_date)
    if given.cutoff_date and cutoff is None:
        raise Invalid([Fault("cutoff_date", f"“{given.cutoff_date}”不是有效日期", "请按 2023-12-31 的格式填写")])
    terms = Terms(given.column, cutoff.date() if cutoff else None, given.responsible_person)
    unit: Tenant = get_tenant(uow, code=given.unit)
    with uow.acting_for(unit.id, reason=repairs.REASON):
        return request_reading(
            uow, files=services.files, unit=unit, uploads=files, terms=terms, by=actor.user_id,
            limit_bytes=services.settings.upload_limit_bytes,
        )  # fmt: skip


def _upload_form(given: Posted) -> str:
    return render_template(
        "publishing/oldpages/new.html", given=given, units=queries.units(current.uow(), actor=current.actor()),
        most=MOST_PAGES, crumbs=[("旧网页核对", url_for("old_pages.index")), ("上传网页",)],
    )  # fmt: skip


def _decisions(form: Mapping[str, str]) -> dict[int, Decision]:
    """Finding's number → decision, for those that the form chooses something for."""
    found = {}
    for name, value in form.items():
        match = _CHOICE.fullmatch(name)
        if match and value in _CHOICES:
            number = int(match[1])
            found[number] = Decision(_CHOICES[value], form.get(f"own-{number}", "").strip())
    return found


def _instant(text: str) -> datetime | None:
    return moment(text.replace("T", " ")) if text.strip() else None


def _minute(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _page(found: OldPage, errors: dict[str, str]) -> str:
    uow = current.uow()
    findings, made = repairs.findings_of(found), repairs.repairs_of(uow, page=found)
    document = repairs.document_of(found)
    kind = request.values.get("kind", request.form.get("shown_kind", ""))
    kind = kind if kind in DAMAGE_LABELS else ""
    numbers = showing.listed_numbers(findings, made, kind)
    wanted = request.args.get("finding", 0, type=int) - 1
    number = numbers.index(wanted) // showing.PAGE_SIZE + 1 if wanted in numbers else page_number()
    number = min(number, max(1, -(-len(numbers) // showing.PAGE_SIZE)))
    listed = numbers[(number - 1) * showing.PAGE_SIZE : number * showing.PAGE_SIZE]
    parts = repairs.repaired_parts(found, made)
    about = queries.about(uow, page=found)
    title = parts.title or found.given_title
    return render_template(
        "publishing/oldpages/page.html", page=found, about=about, title=title, errors=errors, kind=kind,
        text=showing.shown_text(document, findings, made), kinds=showing.kind_lines(findings, made),
        findings=showing.shown_findings(document.text, findings, made, listed), number=number, listed=len(numbers),
        last=-(-len(numbers) // showing.PAGE_SIZE), undecided=len(findings) - len(made),
        changes=repairs.count_changes(made), missing=repairs.missing_of(found, parts.title),
        is_open=repairs.is_open(found), states=STATE_LABELS, choices=CHOICE_LABELS, minute=_minute,
        script=SCRIPT_LABELS[found.script], columns=grouped(leaves(uow, tenant_id=found.tenant_id)),  # type: ignore[index]
        crumbs=[("旧网页核对", url_for("old_pages.index")), (title or found.filename,)],
    )  # fmt: skip
