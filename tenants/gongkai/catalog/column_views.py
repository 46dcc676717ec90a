"""Screens of a unit's catalogue: what is due, and the columns that the unit adds to the common template."""

from collections.abc import Callable
from typing import Any, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.accounts.queries import members
from gongkai.catalog import services
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.queries import catalogue
from gongkai.catalog.schemas import ColumnForm
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import NAMED_UPDATE_PERIODS, Period, UpdatePeriod
from gongkai.core.errors import Invalid, Refused
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("columns", __name__, template_folder="templates")
PERIODS = [*((period.code, period.label) for period in NAMED_UPDATE_PERIODS), ("days", "按天数更新（在右侧填写天数）")]
CRUMB = "栏目目录"
ID = "int(max=9223372036854775807)"
"""Larger numbers are no ids, and the database refuses to look for them."""
ITEMS_PATH = "/work/items/"
"""The unit's list of items; publishing stands above this package."""


@route(blueprint, "/work/columns/", permission=Permission.COLUMNS_READ)
def index() -> ResponseReturnValue:
    """The catalogue as a tree, or only what is due, most urgent first."""
    uow, actor = current.uow(), current.actor()
    entries = catalogue(uow, tenant_id=actor.tenant_id)
    pressing = sorted(
        (entry for entry in entries if entry.freshness.state in ("overdue", "due_soon")),
        key=lambda entry: (entry.freshness.due, entry.id),
    )
    only_due = request.args.get("view") == "due"
    return render_template(
        "catalog/columns.html",
        entries=pressing if only_due else [entry for entry in entries if entry.active],
        closed=[entry for entry in entries if not entry.active],
        overdue=sum(entry.freshness.state == "overdue" for entry in pressing),
        soon=sum(entry.freshness.state == "due_soon" for entry in pressing),
        only_due=only_due,
        may_manage=actor.may(Permission.COLUMNS_MANAGE),
        may_write_guide=actor.may(Permission.GUIDE_WRITE),
        items_path=ITEMS_PATH,
        month=Period.of(shanghai_date(uow.now)).label,
        crumbs=[(CRUMB,)],
    )


@route(blueprint, f"/work/columns/<{ID}:column_id>/add", permission=Permission.COLUMNS_MANAGE, methods=["GET", "POST"])
def add(column_id: int) -> ResponseReturnValue:
    """Add a column below this one."""
    uow, tenant_id = current.uow(), current.actor().tenant_id
    parent = services.get_column(uow, tenant_id=tenant_id, column_id=column_id)
    services.refuse_below(parent)
    if request.method != "POST":
        return _add_page(parent, ColumnForm("", parent.update_period, "", parent.responsible_section), {})
    form = ColumnForm.read(request.form)
    try:
        made = services.add_column(uow, tenant_id=tenant_id, parent_id=column_id, form=form)
    except Invalid as refusal:
        current.finish(commit=False)
        return _add_page(parent, form, refusal.by_field()), 400
    flash(f"已在“{parent.name}”下增设“{made.name}”，起草信息时即可选用。", "success")
    return redirect(url_for("columns.index", _anchor=f"column-{made.id}"))


@route(blueprint, f"/work/columns/<{ID}:column_id>/edit", permission=Permission.COLUMNS_MANAGE, methods=["GET", "POST"])
def edit(column_id: int) -> ResponseReturnValue:
    """Change a column of one's own, or the responsible section of one from the template."""
    uow, tenant_id = current.uow(), current.actor().tenant_id
    column = services.get_column(uow, tenant_id=tenant_id, column_id=column_id)
    if request.method != "POST":
        return _edit_page(column, _form_of(column), {})
    form = ColumnForm.read(request.form)
    try:
        services.edit_column(uow, tenant_id=tenant_id, column_id=column_id, form=form)
    except Invalid as refusal:
        current.finish(commit=False)
        return _edit_page(column, form, refusal.by_field()), 400
    flash(f"已保存“{column.name}”，公开页面上的栏目随即更新。", "success")
    return redirect(url_for("columns.index", _anchor=f"column-{column_id}"))


@route(blueprint, f"/work/columns/<{ID}:column_id>/move", permission=Permission.COLUMNS_MANAGE, methods=["POST"])
def move(column_id: int) -> ResponseReturnValue:
    """Move a column of one's own up or down."""
    direction: Literal["up", "down"] = "down" if request.form.get("direction") == "down" else "up"
    word = "下移" if direction == "down" else "上移"

    def act() -> str:
        moved = services.move_column(
            current.uow(), tenant_id=current.actor().tenant_id, column_id=column_id, direction=direction
        )
        return f"已将“{moved.name}”{word}一位。"

    return _attempt(column_id, act)


@route(blueprint, f"/work/columns/<{ID}:column_id>/close", permission=Permission.COLUMNS_MANAGE, methods=["POST"])
def close(column_id: int) -> ResponseReturnValue:
    """Close a column that the template does not require."""

    def act() -> str:
        closed = services.close_column(current.uow(), tenant_id=current.actor().tenant_id, column_id=column_id)
        return f"已关闭“{closed.name}”，已发布的信息仍可查看；该栏目的草稿请改选其他栏目后再送审。"

    return _attempt(column_id, act)


@route(blueprint, f"/work/columns/<{ID}:column_id>/reopen", permission=Permission.COLUMNS_MANAGE, methods=["POST"])
def reopen(column_id: int) -> ResponseReturnValue:
    """Open a closed column again."""

    def act() -> str:
        opened = services.reopen_column(current.uow(), tenant_id=current.actor().tenant_id, column_id=column_id)
        return f"已恢复“{opened.name}”，起草信息时可以选用。"

    return _attempt(column_id, act)


def _attempt(column_id: int, act: Callable[[], str]) -> ResponseReturnValue:
    """Make a change and go back to the tree: the sentence there says what happened, or why it could not."""
    try:
        flash(act(), "success")
    except Refused as refusal:
        current.finish(commit=False)
        flash(refusal.message, "error")
    return redirect(url_for("columns.index", _anchor=f"column-{column_id}"))


def _form_of(column: ContentColumn) -> ColumnForm:
    return ColumnForm(
        column.name, column.update_period, column.description, column.responsible_section, column.responsible_user_id
    )


def _period_fields(form: ColumnForm) -> dict[str, Any]:
    """What the two controls of the update period show."""
    by_days = form.update_period.startswith("days:")
    return {
        "periods": PERIODS,
        "period": "days" if by_days else form.update_period,
        "days": form.update_period.removeprefix("days:") if by_days else "",
    }


def _people() -> list[tuple[int, str]]:
    """Who of the unit can answer for a column."""
    found = members(current.uow(), tenant_id=current.actor().tenant_id)
    return [(member.user_id, member.name) for member in found]


def _crumbs(words: str) -> list[tuple[str, ...]]:
    return [(CRUMB, url_for("columns.index")), (words,)]


def _add_page(parent: ContentColumn, form: ColumnForm, errors: dict[str, str]) -> str:
    return render_template(
        "catalog/column_add.html",
        parent=parent,
        form=form,
        people=_people(),
        errors=errors,
        crumbs=_crumbs("增设栏目"),
        **_period_fields(form),
    )


def _edit_page(column: ContentColumn, form: ColumnForm, errors: dict[str, str]) -> str:
    return render_template(
        "catalog/column_edit.html",
        column=column,
        own=column.template_code is None,
        period_words=UpdatePeriod(column.update_period).label,
        form=form,
        people=_people(),
        errors=errors,
        crumbs=_crumbs(column.name),
        **_period_fields(form),
    )
