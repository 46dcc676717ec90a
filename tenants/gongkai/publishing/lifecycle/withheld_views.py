"""What the unit does not publish, assessed each year （不予公开信息动态调整）, and form D04."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Invalid
from gongkai.core.tables.writing import write_xlsx
from gongkai.core.text.typed import read_ids
from gongkai.publishing.lifecycle import queries, withheld
from gongkai.publishing.lifecycle.models import RESULTS
from gongkai.publishing.lifecycle.responses import workbook
from gongkai.publishing.models import MODES
from gongkai.publishing.responses import say, undo
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("withheld", __name__)
WRITE = Permission.ITEMS_WRITE
SHOWN = 200


@route(blueprint, "/work/withheld/", permission=WRITE)
def index() -> ResponseReturnValue:
    """What is not public, what is overdue for assessment on top."""
    return _index({})


def _index(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, tenant_id = current.uow(), current.actor().tenant_id
    today = shanghai_date(work.now)
    return render_template(
        "publishing/lifecycle/withheld.html",
        rows=queries.withheld(work, tenant_id=tenant_id, limit=SHOWN),
        total=queries.count_withheld(work, tenant_id=tenant_id),
        due=queries.count_withheld(work, tenant_id=tenant_id, due=today),
        year=withheld.year_count(work, tenant_id=tenant_id, year=today.year),
        today=today,
        modes=MODES,
        results=RESULTS,
        shown=SHOWN,
        errors=errors,
        values=request.form,
        chosen=set(request.form.getlist("items")),
        day=lambda at: shanghai_date(at).isoformat() if at else "",
    ), status


@route(blueprint, "/work/withheld/", permission=WRITE, methods=["POST"])
def assess() -> ResponseReturnValue:
    """Assess one or several alike."""
    ids = read_ids(request.form.getlist("items"))
    result = request.form.get("result", "")
    try:
        done, refused = withheld.assess_many(
            current.uow(), actor=current.actor(), item_ids=ids, result=result, reason=request.form.get("reason", "")
        )
    except Invalid as refusal:
        return _index(undo(refusal), 400)
    for message in refused.values():
        say(message, "warning")
    if not done:
        return redirect(url_for("withheld.index"))
    if result == "keep":
        say(f"已评估{len(done)}条，继续不公开，一年后再次评估。")
        return redirect(url_for("withheld.index"))
    say(f"已评估{len(done)}条，转为公开的草稿已建立，请核对后送审；公开期限自今天起计算。")
    if len(done) == 1 and done[0].draft_id is not None:
        return redirect(url_for("work_editor.edit", item_id=done[0].draft_id))
    return redirect(url_for("work_items.unsubmitted"))


@route(blueprint, "/work/withheld/form.xlsx", permission=WRITE)
def export() -> ResponseReturnValue:
    """Form D04 as a workbook."""
    rows = queries.withheld(current.uow(), tenant_id=current.actor().tenant_id, limit=withheld.MOST)
    return workbook(write_xlsx([withheld.form_sheet(rows)]), "不予公开信息动态调整评估表.xlsx")


@route(blueprint, "/work/withheld/print", permission=WRITE)
def print_view() -> ResponseReturnValue:
    """Form D04 for the printer, with room for the signatures."""
    work, tenant_id = current.uow(), current.actor().tenant_id
    return render_template(
        "publishing/lifecycle/withheld_print.html",
        unit=work.session.get_one(Tenant, tenant_id).official_name,
        header=withheld.HEADER,
        rows=withheld.form_rows(queries.withheld(work, tenant_id=tenant_id, limit=withheld.MOST)),
        today=format_date(shanghai_date(work.now)),
    )
