"""Screens of a unit's disclosure guide: what is in force, writing the next version, earlier versions."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.catalog import guide, guide_content
from gongkai.catalog.guide import PublishedGuide
from gongkai.catalog.queries import guides, unit
from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.errors import Fault, Invalid
from gongkai.tenancy.kinds import profile
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("guide", __name__, template_folder="templates")
CRUMB = "公开指南"


@route(blueprint, "/work/guide/", permission=Permission.GUIDE_WRITE)
def index() -> ResponseReturnValue:
    """The guide in force, and the versions."""
    uow, tenant_id = current.uow(), current.actor().tenant_id
    shown = guide.current_guide(uow, tenant_id=tenant_id)
    latest = guide.latest_guide(uow, tenant_id=tenant_id)
    return _show(shown or latest, coming=latest if latest != shown else None, crumbs=[(CRUMB,)])


@route(blueprint, "/work/guide/versions/<int(max=100000):version>", permission=Permission.GUIDE_WRITE)
def version(version: int) -> ResponseReturnValue:
    """A version as it was published."""
    shown = guide.get_guide(current.uow(), tenant_id=current.actor().tenant_id, version=version)
    return _show(shown, coming=None, crumbs=[(CRUMB, url_for("guide.index")), (f"第{version}版",)])


@route(blueprint, "/work/guide/edit", permission=Permission.GUIDE_WRITE, methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Write the next version from the last one: fill in, look at it, publish."""
    if request.method != "POST":
        return _form_page(*_draft(), {})
    fields = {name: value for name, value in request.form.items() if name not in ("csrf_token", "step")}
    if request.form.get("step") == "edit":
        return _form_page(fields, _based_on(), {})
    try:
        return _publish() if request.form.get("step") == "publish" else _preview(fields)
    except Invalid as refusal:
        current.finish(commit=False)
        return _form_page(fields, _based_on(), refusal.by_field()), 400


def _preview(fields: Mapping[str, str]) -> str:
    uow = current.uow()
    content, effective = guide_content.read_content(request.form), _effective_date()
    tenant = unit(uow, tenant_id=current.actor().tenant_id)
    guide.check_guide(uow, tenant=tenant, content=content, effective_date=effective)
    return render_template(
        "catalog/guide_preview.html",
        content=content,
        channels=guide_content.CHANNELS,
        fields=fields,
        effective=format_date(effective),
        next_version=(_based_on() or 0) + 1,
        crumbs=[(CRUMB, url_for("guide.index")), ("发布前核对",)],
    )


def _publish() -> ResponseReturnValue:
    actor = current.actor()
    made = guide.publish_guide(
        current.uow(),
        tenant_id=actor.tenant_id,
        content=guide_content.read_content(request.form),
        effective_date=_effective_date(),
        published_by=actor.user_id,
        based_on=_based_on(),
    )
    words = f"已发布公开指南第{made.version}版，自{format_date(made.effective_date)}起在公开页面显示。"
    flash(words + "指南应当及时更新，至少每年核对一次。", "success")
    return redirect(url_for("guide.index"))


def _draft() -> tuple[dict[str, str], int]:
    """The controls of the form as they begin: the newest version, or the regulation's words."""
    uow, tenant_id = current.uow(), current.actor().tenant_id
    latest = guide.latest_guide(uow, tenant_id=tenant_id)
    content = latest.content if latest else guide_content.first_draft(unit(uow, tenant_id=tenant_id))
    fields = guide_content.form_fields(content)
    fields["effective_date"] = max(shanghai_date(uow.now), latest.effective_date if latest else date.min).isoformat()
    return fields, latest.version if latest else 0


def _based_on() -> int | None:
    return request.form.get("based_on", type=int)


def _effective_date() -> date:
    try:
        return date.fromisoformat(request.form.get("effective_date", "").strip())
    except ValueError as error:
        fault = Fault("effective_date", "生效日期为空或者格式不正确", "请按“2026-03-31”的格式填写")
        raise Invalid([fault]) from error


def _form_page(fields: Mapping[str, str], based_on: int | None, errors: dict[str, str]) -> str:
    tenant = unit(current.uow(), tenant_id=current.actor().tenant_id)
    return render_template(
        "catalog/guide_edit.html",
        fields=fields,
        based_on=based_on or 0,
        errors=errors,
        places=range(guide_content.PLACES),
        channels=guide_content.CHANNELS,
        receives_requests=profile(tenant.tenant_type).receives_requests,
        crumbs=[(CRUMB, url_for("guide.index")), ("编写新版",)],
    )


def _show(
    shown: PublishedGuide | None, *, coming: PublishedGuide | None, crumbs: list[tuple[str, ...]]
) -> ResponseReturnValue:
    uow, tenant_id = current.uow(), current.actor().tenant_id
    in_force = guide.current_guide(uow, tenant_id=tenant_id)
    return render_template(
        "catalog/guide.html",
        guide=shown,
        in_force=in_force.version if in_force else 0,
        coming=coming,
        versions=guides(uow, tenant_id=tenant_id),
        channels=guide_content.CHANNELS,
        date_words=format_date,
        time_words=format_datetime,
        crumbs=crumbs,
    )
