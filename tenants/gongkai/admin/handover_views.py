"""Screens of the hand-over: choose who follows, see all that passes, confirm, read again what passed."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import ROLE_LABELS, Role
from gongkai.admin.places import Place, at_both, place_of
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Invalid
from gongkai.core.text.typed import read_id
from gongkai.publishing import queries
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.handover.queries import column_names, handovers_of, in_hand
from gongkai.publishing.handover.services import Preview, hand_over, handover_of, leaver_of, preview, successors
from gongkai.publishing.steps import state_words
from gongkai.web import current

blueprint = Blueprint("handover", __name__, template_folder="templates")
both = partial(at_both, blueprint, "people")
REASON = "人员交接"
EMPTY = "（未填写标题）"


@both("/<int:user_id>/handover")
def choose(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Choose the successor, and see what would pass to them."""
    place = place_of(unit_id)
    with place.inside(REASON):
        return _page(place, user_id, request.args.get("successor_id", ""), {})


@both("/<int:user_id>/handover", methods=("POST",))
def confirm(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Let it pass."""
    place = place_of(unit_id)
    chosen = request.form.get("successor_id", "")
    try:
        with place.inside(REASON):
            made = hand_over(
                current.uow(), actor=current.actor(), unit=place.unit, user_id=user_id, successor_id=_id(chosen),
                roles=_roles(),
            )  # fmt: skip
    except Invalid as refusal:
        current.finish(commit=False)
        # The transaction began anew, and with it the scope of the request.
        with place.inside(REASON):
            return _page(place, user_id, chosen, refusal.by_field()), 400
    flash("交接已办理，接任人下次打开页面时即可继续办理。", "success")
    return redirect(place.to("handover.show", handover_id=made.id))


@both("/handovers/")
def index(unit_id: int | None = None) -> ResponseReturnValue:
    """The hand-overs of the unit."""
    place = place_of(unit_id)
    with place.inside(REASON):
        rows = handovers_of(current.uow(), tenant_id=place.unit.id)
    return render_template(
        "admin/handover/index.html",
        place=place,
        rows=[(row, format_datetime(row.done_at), _counted(row.detail)) for row in rows],
        crumbs=[*place.crumbs, ("交接记录",)],
    )


@both("/handovers/<int:handover_id>")
def show(handover_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """What passed from whom to whom."""
    place, uow = place_of(unit_id), current.uow()
    with place.inside(REASON):
        found = handover_of(uow, tenant_id=place.unit.id, handover_id=handover_id)
        names = queries.names_of(uow, (found.leaver_id, found.successor_id, found.done_by))
        items = _items(place, found)
        columns = column_names(uow, tenant_id=place.unit.id, ids=found.detail["columns"])
    return render_template(
        "admin/handover/show.html",
        place=place,
        done=found,
        leaver=names.get(found.leaver_id, ""),
        successor=names.get(found.successor_id, ""),
        by=names.get(found.done_by, ""),
        at=format_datetime(found.done_at),
        given=_labels(found.detail["roles"]),
        kept=_labels(found.detail["kept_roles"]),
        items=items,
        columns=columns,
        crumbs=[*place.crumbs, ("交接记录", place.to("handover.index")), (names.get(found.leaver_id, ""),)],
    )


def _page(place: Place, user_id: int, chosen: str, errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    leaver = leaver_of(uow, unit=place.unit, user_id=user_id)
    shown: Preview | None = None
    if chosen:
        try:
            shown = preview(uow, unit=place.unit, user_id=user_id, successor_id=_id(chosen))
        except Invalid as refusal:
            errors = refusal.by_field() | errors
    grantable = frozenset(place.unit.grantable())
    beyond = frozenset[Role]() if leaver.former else leaver.member.roles - grantable
    passing = shown.in_hand if shown else in_hand(uow, tenant_id=place.unit.id, user_id=user_id)
    return render_template(
        "admin/handover/choose.html",
        place=place,
        leaver=leaver,
        is_self=user_id == actor.user_id,
        reserved=_labels(sorted(beyond)),
        people=[(member.user_id, _described(member.name, member.section, member.role_labels)) for member in
                successors(uow, unit=place.unit, user_id=user_id)],
        chosen=chosen,
        shown=shown,
        passing=passing,
        ticked=_roles() if request.method == "POST" else _advised(shown),
        role_labels=ROLE_LABELS,
        where=state_words,
        empty=EMPTY,
        errors=errors,
        crumbs=[*place.crumbs, (leaver.member.name, place.to("person", user_id=user_id))
                if not leaver.former else (leaver.member.name,), ("人员交接",)],
    )  # fmt: skip


def _advised(shown: Preview | None) -> frozenset[Role]:
    return frozenset(post.role for post in shown.posts if post.advised) if shown else frozenset()


def _described(name: str, section: str, roles: str) -> str:
    return f"{name}（{'，'.join(filter(None, (section, roles)))}）"


def _roles() -> frozenset[Role]:
    known = {role.value for role in Role}
    return frozenset(Role(value) for value in request.form.getlist("roles") if value in known)


def _id(text: str) -> int:
    """The id that a form names; 0, which nobody has, for anything else."""
    return read_id(text) or 0


def _labels(roles: list[str]) -> str:
    return "、".join(ROLE_LABELS[Role(role)] for role in roles)


def _counted(detail: dict[str, dict[str, list[int]]]) -> int:
    return sum(len(ids) for ids in detail["items"].values())


def _items(place: Place, found: Handover) -> list[tuple[str, list[tuple[int, str]]]]:
    """The items that passed by kind: (words, [(id, title today)]); an item that was deleted since is left out."""
    kinds = {"drafts": "草稿和退回修改的信息", "under_way": "审查、审批中的信息", "scheduled": "定时发布的信息"}
    passed = found.detail["items"]
    ids = [item_id for kind in kinds for item_id in passed[kind]]
    titles = queries.titles_of(current.uow(), tenant_id=place.unit.id, item_ids=ids)
    return [
        (words, [(item_id, titles[item_id] or EMPTY) for item_id in passed[kind] if item_id in titles])
        for kind, words in kinds.items()
        if passed[kind]
    ]
