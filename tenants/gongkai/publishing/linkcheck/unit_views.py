"""The unit's screen: links in its public items that do not lead where they should, with the way to the item."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Conflict, Refused
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.linkcheck import queries
from gongkai.publishing.linkcheck.models import KINDS, PROBLEMS, RESULTS
from gongkai.publishing.linkcheck.services import OFF, request_recheck
from gongkai.publishing.responses import say, undo
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("link_check", __name__, template_folder="../templates")


@route(blueprint, "/work/link-check/", permission=Permission.FINDINGS_READ)
def index() -> ResponseReturnValue:
    """What has to be put right."""
    return _page({})


@route(blueprint, "/work/link-check/again", permission=Permission.ITEMS_WRITE, methods=["POST"])
def again() -> ResponseReturnValue:
    """Have the links with problems looked at again now."""
    try:
        number = request_recheck(current.uow(), services=current.services(), actor=current.actor())
    except (Refused, Conflict) as refusal:
        return _page(undo(refusal)), 409
    say(f"已安排复检{number}个网址，一般几分钟内完成，请稍后刷新本页查看结果。")
    return redirect(url_for("link_check.index"))


def _page(errors: dict[str, str]) -> str:
    unit = current.uow().session.get_one(Tenant, current.actor().tenant_id)
    return problem_list(unit, office=False, errors=errors)


def problem_list(unit: Any, *, office: bool, errors: dict[str, str]) -> str:
    """A unit's links with problems, all or those of one result; `unit` has id and short_name."""
    result = request.args.get("result", "")
    result = result if result in PROBLEMS else ""
    page = page_number()
    rows, total, counts = queries.unit_problems(current.uow(), tenant_id=unit.id, page=page, result=result)
    return render_template(
        "publishing/linkcheck/unit.html",
        unit=unit,
        office=office,
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // queries.PAGE) or 1,
        counts=counts,
        result=result,
        problems=PROBLEMS,
        results=RESULTS,
        kinds=KINDS,
        errors=errors,
        moment=format_datetime,
        switched_on=current.services().settings.linkcheck,
        off=OFF,
        may_write=not office and current.actor().may(Permission.ITEMS_WRITE),
    )


def problems(uow: UnitOfWork, actor: Actor) -> int:
    """Links of the unit with problems."""
    return queries.count_problems(uow, tenant_id=actor.tenant_id)
