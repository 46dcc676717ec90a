"""Screens of deputies: a person names their own, or the administrator names one for them."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts import deputies, people
from gongkai.accounts.deputies import DeputyForm
from gongkai.accounts.permissions import ROLE_LABELS, Permission, Role
from gongkai.admin.places import at_both, place_of
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Invalid
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("deputies", __name__, template_folder="templates")
both = partial(at_both, blueprint, "people")
OWN = Permission.ACCOUNT_MANAGE


@route(blueprint, "/account/deputies", permission=OWN, methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """Whom one stands in for, who stands in for oneself; name somebody."""
    actor = current.actor()
    return _screen(
        tenant_id=actor.tenant_id,
        principal_id=actor.user_id,
        name="",
        here=url_for("deputies.own"),
        end=lambda naming_id: url_for("deputies.end_own", naming_id=naming_id),
        crumbs=[("账号与密码", url_for("security.change_password")), ("代理",)],
    )


@route(blueprint, "/account/deputies/<int:naming_id>/end", permission=OWN, methods=["POST"])
def end_own(naming_id: int) -> ResponseReturnValue:
    """End what one has named oneself, or somebody for oneself."""
    actor = current.actor()
    return _end(actor.tenant_id, naming_id, actor.user_id, url_for("deputies.own"))


@both("/<int:user_id>/deputies", methods=("GET", "POST"))
def person(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """The deputies of a person of the unit; name one."""
    place = place_of(unit_id)
    member = people.person_of(current.uow(), unit=place.unit, user_id=user_id)
    return _screen(
        tenant_id=place.unit.id,
        principal_id=user_id,
        name=member.name,
        here=place.to("deputies.person", user_id=user_id),
        end=lambda naming_id: place.to("deputies.end", user_id=user_id, naming_id=naming_id),
        crumbs=[*place.crumbs, (member.name, place.to("person", user_id=user_id)), ("代理",)],
    )


@both("/<int:user_id>/deputies/<int:naming_id>/end", methods=("POST",))
def end(user_id: int, naming_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """End a deputy of a person of the unit."""
    place = place_of(unit_id)
    people.person_of(current.uow(), unit=place.unit, user_id=user_id)
    return _end(place.unit.id, naming_id, user_id, place.to("deputies.person", user_id=user_id))


def _end(tenant_id: int, naming_id: int, principal_id: int, back: str) -> ResponseReturnValue:
    uow = current.uow()
    found = deputies.get_deputy(uow, tenant_id=tenant_id, deputy_id=naming_id, principal_id=principal_id)
    deputies.end_deputy(uow, deputy=found, by=current.actor().user_id)
    flash("代理已结束，代理人即日起不再有该岗位的权限；双方将收到通知。", "success")
    return redirect(back)


def _screen(
    *,
    tenant_id: int,
    principal_id: int,
    name: str,
    here: str,
    end: Callable[[int], str],
    crumbs: list[tuple[str, ...]],
) -> ResponseReturnValue:
    """The screen, or the answer to its form; `name` is the person's, empty for oneself."""
    uow, errors, status = current.uow(), dict[str, str](), 200
    today = shanghai_date(uow.now)
    form = DeputyForm(valid_from=today.isoformat())
    if request.method == "POST":
        form = DeputyForm.read(request.form)
        try:
            made = deputies.name_deputy(
                uow, tenant_id=tenant_id, principal_id=principal_id, by=current.actor().user_id, form=form
            )
        except Invalid as refusal:
            current.finish(commit=False)
            errors, status = refusal.by_field(), 400
        else:
            days = f"{format_date(made.valid_from)}至{format_date(made.valid_to)}"
            flash(f"已指定代理人，{days}有效，到期自动结束；双方将收到通知。", "success")
            return redirect(here)
    offered = deputies.offer(uow, tenant_id=tenant_id, principal_id=principal_id)
    page = render_template(
        "admin/deputies.html",
        name=name,
        here=here,
        end=end,
        principal_id=principal_id,
        rows=deputies.deputies_of(uow, tenant_id=tenant_id, user_id=principal_id),
        label=lambda role: ROLE_LABELS[Role(role)],
        day=format_date,
        roles=[(role, ROLE_LABELS[role]) for role in offered.roles],
        people=[
            (m.user_id, f"{m.name}（{'，'.join(filter(None, (m.section, m.role_labels)))}）") for m in offered.people
        ],
        form=form,
        errors=errors,
        today=today,
        crumbs=crumbs,
    )
    return page, status
