"""Screens of collection: a unit's own sources, and the office's, which permits them and has its own.

Each screen has two addresses, one for each permission.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Invalid, NotFound
from gongkai.publishing.collection import queries, services
from gongkai.publishing.collection.models import KINDS, LEAST_STALE_HOURS, STALE_HOURS, STATES, CollectionSource
from gongkai.publishing.collection.queries import Sync
from gongkai.publishing.collection.schemas import SourceForm, mapping_text, read_source
from gongkai.publishing.collection.tasks import sync_of
from gongkai.publishing.imports.views import SPREADSHEET, attachment
from gongkai.publishing.queries import names_of
from gongkai.publishing.responses import undo
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("collection", __name__, template_folder="templates")
View = Callable[..., ResponseReturnValue]
_NEW = {"kind": "jsonl", "whole": "0", "hour": "6", "stale_hours": str(STALE_HOURS)}


@dataclass(frozen=True, slots=True)
class Side:
    """From which side a screen is entered: the unit's, or the office's."""

    office: bool

    def to(self, name: str, **values: Any) -> str:
        """Address of a screen on the same side."""
        return url_for(f"collection.{'office_' if self.office else ''}{name}", **values)


def both(rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Register a view on the unit's side and on the office's; it gets the side as its first argument."""

    def register(view: View) -> View:
        for office, prefix, permission in (
            (False, "/work/collection", Permission.INTAKE_MANAGE),
            (True, "/office/collection", Permission.MIGRATIONS_ALLOW),
        ):
            name = f"office_{view.__name__}" if office else view.__name__
            route(blueprint, prefix + rule, permission=permission, methods=methods, endpoint=name)(_enter(view, office))
        return view

    return register


def _enter(view: View, office: bool) -> View:
    def enter(**values: Any) -> ResponseReturnValue:
        return view(Side(office), **values)

    return enter


@both("/")
def index(side: Side) -> ResponseReturnValue:
    """The sources: the unit's own, or those of the office's subtree with those that wait on top."""
    uow, actor = current.uow(), current.actor()
    if side.office:
        rows = queries.supervised_sources(uow, actor=actor)
    else:
        rows = queries.sources_of(uow, tenant_id=actor.tenant_id)
    stale = {row.id for row in rows if row.state == "allowed" and row.active and _is_stale(row, uow.now)}
    return render_template(
        "publishing/collection/index.html", side=side, rows=rows, stale=stale,
        proposed=sum(row.state == "proposed" for row in rows), kinds=KINDS, states=STATES, minute=_minute,
        crumbs=[("信息采集",)],
    )  # fmt: skip


@both("/new", methods=("GET", "POST"))
def new(side: Side) -> ResponseReturnValue:
    """Set a source up."""
    if request.method != "POST":
        return _form(side, dict(_NEW), {})
    values = dict(request.form.items())
    try:
        form = read_source(values)
    except Invalid as refusal:
        return _form(side, values, undo(refusal)), 400
    source = services.propose(current.uow(), actor=current.actor(), form=form, for_subtree=side.office)
    flash(
        "来源已建立，将每日采集；也可以立即采集一次。" if side.office else "已报送政务公开办审批，批准后每日自动采集。",
        "success",
    )
    return redirect(side.to("source", source_id=source.id))


@both("/<int:source_id>")
def source(side: Side, source_id: int) -> ResponseReturnValue:
    """One source: whether it is in step, its runs, what it does not list any more."""
    return _page(side, _load(side, source_id), {})


@both("/<int:source_id>/edit", methods=("GET", "POST"))
def edit(side: Side, source_id: int) -> ResponseReturnValue:
    """Change a source; what was permitted needs permission again."""
    found = _load(side, source_id)
    services.expect_holder(current.actor(), found)
    if request.method != "POST":
        return _form(side, _values(found), {}, found)
    values = dict(request.form.items())
    try:
        form = read_source(values)
    except Invalid as refusal:
        errors = undo(refusal)
        return _form(side, values, errors, _load(side, source_id)), 400
    waits = services.change(current.uow(), actor=current.actor(), source=found, form=form)
    flash("已保存。来源的内容有变化，已重新报送政务公开办审批，批准前暂停采集。" if waits else "已保存。", "success")
    return redirect(side.to("source", source_id=source_id))


@both("/<int:source_id>/run", methods=("POST",))
def run(side: Side, source_id: int) -> ResponseReturnValue:
    """Collect now."""
    services.request_run(current.uow(), actor=current.actor(), source=_load(side, source_id))
    flash("已开始采集，稍后刷新页面查看结果。", "success")
    return redirect(side.to("source", source_id=source_id))


@both("/<int:source_id>/pause", methods=("POST",))
def pause(side: Side, source_id: int) -> ResponseReturnValue:
    """Stop collecting for the time being."""
    services.set_active(current.uow(), actor=current.actor(), source=_load(side, source_id), active=False)
    flash("已暂停采集。暂停期间，按平台上已有的信息统计和考核。", "success")
    return redirect(side.to("source", source_id=source_id))


@both("/<int:source_id>/resume", methods=("POST",))
def resume(side: Side, source_id: int) -> ResponseReturnValue:
    """Go on collecting."""
    services.set_active(current.uow(), actor=current.actor(), source=_load(side, source_id), active=True)
    flash("已恢复采集，正在采集一次。", "success")
    return redirect(side.to("source", source_id=source_id))


@both("/<int:source_id>/runs/<int:run_id>/report")
def report(side: Side, source_id: int, run_id: int) -> ResponseReturnValue:
    """The report of a run （.xlsx）."""
    found = _load(side, source_id)
    runs = queries.runs_of(current.uow(), tenant_id=found.tenant_id, source_id=found.id)
    digest = next((row.report_digest for row in runs if row.id == run_id), None)
    if digest is None:
        raise NotFound("这一次采集没有可以下载的结果清单。")
    answer: Response = attachment(current.services().files.open(digest), f"采集结果-{run_id}.xlsx", SPREADSHEET)
    return answer


@route(blueprint, "/office/collection/<int:source_id>/allow", permission=Permission.MIGRATIONS_ALLOW, methods=["POST"])
def allow(source_id: int) -> ResponseReturnValue:
    """Permit a unit's source."""
    services.allow(current.uow(), actor=current.actor(), source_id=source_id)
    flash("已批准，正在采集一次，以后每日自动采集。", "success")
    return redirect(Side(office=True).to("source", source_id=source_id))


@route(blueprint, "/office/collection/<int:source_id>/refuse", permission=Permission.MIGRATIONS_ALLOW, methods=["POST"])
def refuse(source_id: int) -> ResponseReturnValue:
    """Turn a unit's source down, with the reason."""
    side = Side(office=True)
    try:
        services.refuse(
            current.uow(), actor=current.actor(), source_id=source_id, reason=request.form.get("reason", "")
        )  # fmt: skip
    except Invalid as refusal:
        return _page(side, _load(side, source_id), undo(refusal)), 400
    flash("已退回申请单位，并告知不予批准的原因。", "success")
    return redirect(side.to("source", source_id=source_id))


def _load(side: Side, source_id: int) -> CollectionSource:
    load = services.supervised_source if side.office else services.own_source
    return load(current.uow(), actor=current.actor(), source_id=source_id)


def _page(side: Side, found: CollectionSource, errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    runs = queries.runs_of(uow, tenant_id=found.tenant_id, source_id=found.id)
    return render_template(
        "publishing/collection/source.html",
        side=side,
        source=found,
        unit=uow.session.get_one(Tenant, found.tenant_id),
        stale=found.state == "allowed" and found.active and sync_of(found).is_stale(uow.now),
        runs=runs,
        running=bool(runs) and runs[0].state == "running",
        missing=queries.missing_of(uow, unit_ids=found.unit_ids, source_id=found.id),
        names=names_of(uow, filter(None, (found.created_by, found.decided_by))),
        mine=found.tenant_id == actor.tenant_id,
        may_decide=side.office and found.state == "proposed" and found.created_by != actor.user_id,
        kinds=KINDS,
        states=STATES,
        errors=errors,
        mapping=mapping_text(found.mapping).replace("\n", "；"),
        minute=_minute,
        crumbs=[("信息采集", side.to("index")), (found.name,)],
    )


def _form(side: Side, values: dict[str, str], errors: dict[str, str], found: CollectionSource | None = None) -> str:
    return render_template(
        "publishing/collection/form.html",
        side=side,
        source=found,
        values=values,
        errors=errors,
        kinds=KINDS,
        least_stale=LEAST_STALE_HOURS,
        unit_code=current.uow().session.get_one(Tenant, current.actor().tenant_id).code,
        crumbs=[
            ("信息采集", side.to("index")),
            (found.name, side.to("source", source_id=found.id)) if found else ("新建来源",),
            *([("修改",)] if found else []),
        ],
    )


def _values(found: CollectionSource) -> dict[str, str]:
    plain = {name: str(getattr(found, name)) for name in SourceForm.__dataclass_fields__}
    return plain | {"mapping": mapping_text(found.mapping), "whole": "1" if found.whole else "0"}


def _is_stale(row: Any, now: datetime) -> bool:
    return Sync(row.began_at, row.last_success_at, row.stale_hours).is_stale(now)


def _minute(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
