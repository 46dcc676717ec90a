"""The unit's screen: its published items in which a term of the lists stands, to be corrected or explained."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Conflict, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.responses import say, undo
from gongkai.publishing.terms import queries
from gongkai.publishing.terms.hits import justify_hit
from gongkai.publishing.terms.office_views import hit_list
from gongkai.tenancy.models import Tenant
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("term_hits", __name__, template_folder="../templates")


@route(blueprint, "/work/term-hits/", permission=Permission.FINDINGS_READ)
def index() -> ResponseReturnValue:
    """What waits, forbidden words first."""
    return _page({})


@route(blueprint, "/work/term-hits/<int:hit_id>/justify", permission=Permission.ITEMS_WRITE, methods=["POST"])
def justify(hit_id: int) -> ResponseReturnValue:
    """Say why the words may stay."""
    try:
        hit = justify_hit(
            current.uow(), actor=current.actor(), hit_id=hit_id, reason=request.form.get(f"reason-{hit_id}", "")
        )
    except (Invalid, Conflict) as refusal:
        return _page(undo(refusal)), 409 if isinstance(refusal, Conflict) else 400
    say(f"已记录“{hit.place}”中该表述的保留理由，可在“已说明理由”中查看。")
    return redirect(url_for("term_hits.index"))


def _page(errors: dict[str, str]) -> str:
    unit = current.uow().session.get_one(Tenant, current.actor().tenant_id)
    return hit_list(unit, office=False, errors=errors)


def open_hits(uow: UnitOfWork, actor: Actor) -> int:
    """Hits of the unit that wait."""
    return queries.count_open(uow, tenant_id=actor.tenant_id)
