"""Screens of the sections: how each stands, for everybody of the unit; renaming, for its administrator."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.errors import Invalid, NotFound
from gongkai.publishing.responses import undo
from gongkai.publishing.sections.queries import sections_of
from gongkai.publishing.sections.services import rename_section
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("sections", __name__, template_folder="../templates")


@route(blueprint, "/work/sections/", permission=Permission.ITEMS_READ)
def index() -> ResponseReturnValue:
    """Each section with its people, what it published this month and last, and what it has under way."""
    uow, actor = current.uow(), current.actor()
    month = Period.of(shanghai_date(uow.now))
    return render_template(
        "publishing/sections/index.html",
        sections=sections_of(uow, tenant_id=actor.tenant_id),
        month=month,
        last_month=month.previous(),
        may_manage=actor.may(Permission.PEOPLE_MANAGE),
    )


@route(blueprint, "/work/sections/rename", permission=Permission.PEOPLE_MANAGE, methods=["GET", "POST"])
def rename() -> ResponseReturnValue:
    """Rename a section, or merge it into another."""
    uow, actor = current.uow(), current.actor()
    old = request.values.get("old", "")
    if request.method != "POST":
        return _rename_page(old, {})
    try:
        made = rename_section(
            uow, tenant_id=actor.tenant_id, by=actor.user_id, old=old, new=request.form.get("section", ""),
            merge=request.form.get("merge") == "1",
        )  # fmt: skip
    except Invalid as refusal:
        return _rename_page(old, undo(refusal), 400)
    deed = "并入" if made.merged else "改名为"
    followed = f"{made.people}人次岗位、{made.columns}个栏目、{made.items}条未发布信息随之调整"
    flash(f"已将“{old}”{deed}“{made.name}”，{followed}；已发布的信息保持原样。", "success")
    return redirect(url_for("sections.index"))


def _rename_page(old: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    found = sections_of(current.uow(), tenant_id=current.actor().tenant_id)
    section = next((one for one in found if one.name == old and old), None)
    if section is None:
        raise NotFound
    page = render_template(
        "publishing/sections/rename.html",
        section=section,
        others=[one.name for one in found if one.name not in ("", old)],
        values=request.form,
        errors=errors,
        crumbs=[("科室", url_for("sections.index")), ("改名、合并",)],
    )
    return page, status
