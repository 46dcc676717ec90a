"""Screens for the people of a unit: the unit's own administrator, or the prefecture's for any unit below.

Each screen has two addresses, one for each permission; the rest is the same.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gongkai.accounts import people
from gongkai.accounts.passwords import make_hasher
from gongkai.accounts.people import Unit
from gongkai.accounts.permissions import ROLE_LABELS, Permission, Role
from gongkai.accounts.queries import UNITS_PER_PAGE, Member, members, units_with_people
from gongkai.accounts.schemas import PersonForm
from gongkai.accounts.services import Temporary
from gongkai.admin.places import Place, at_both, place_of
from gongkai.core.calendar.instants import SHANGHAI, format_date, shanghai_date
from gongkai.core.errors import Fault, Invalid
from gongkai.publishing.handover.queries import count_in_hand, in_hand
from gongkai.publishing.sections.queries import section_names
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("people", __name__, template_folder="templates")
ROLE_HINTS = {
    Role.CONTRIBUTOR: "起草、送审、修改本单位的政府信息",
    Role.REVIEWER: "对送审信息作保密审查",
    Role.APPROVER: "批准发布、定时发布",
    Role.UNIT_ADMIN: "管理本单位人员、栏目和公开指南",
    Role.SUPERVISOR: "督查本级和下级单位，印发通报",
    Role.PREFECTURE_ADMIN: "管理全市（州）的单位、人员和设置",
    Role.SECTION_HEAD: "对本科室的信息进行初审",
    Role.LEGAL_REVIEWER: "对送审信息进行合法性审查",
    Role.DUTY_OFFICER: "夜间和节假日紧急撤下信息",
    Role.RECEIVER: "代表档案馆、图书馆核对和接收各单位送交的政府信息",
}


both = partial(at_both, blueprint, "people")


@both("/")
def index(unit_id: int | None = None) -> ResponseReturnValue:
    """Who works for the unit, in which posts, and who has left."""
    place, uow = place_of(unit_id), current.uow()
    found, former = (members(uow, tenant_id=place.unit.id, former=gone) for gone in (False, True))
    return render_template(
        "admin/people/index.html",
        place=place,
        minute=_minute,
        members=found,
        former=former,
        left_behind=count_in_hand(uow, tenant_id=place.unit.id) if former else {},
        missing=_missing_posts(found),
        crumbs=_crumbs(place.crumbs[:-1], f"{place.unit.short_name}人员") if unit_id else [],
    )


@both("/new", methods=("GET", "POST"))
def add(unit_id: int | None = None) -> ResponseReturnValue:
    """Add a person: an account that exists, or a new one with a temporary password."""
    place = place_of(unit_id)
    if request.method != "POST":
        return _add_page(place, PersonForm(roles=frozenset({Role.CONTRIBUTOR})), {})
    form = _form()
    try:
        user_id, temporary = people.add_person(current.uow(), unit=place.unit, hasher=_hasher(), form=form)
    except Invalid as refusal:
        current.finish(commit=False)
        return _add_page(place, form, refusal.by_field()), 400
    if temporary is not None:
        return _show_once(place, temporary, "已新建账号，请当面或者电话告知本人登录名和临时密码")
    flash(f"已将{form.name.strip()}加入本单位，本人用原有账号和密码登录后，在页面顶部切换到本单位即可办理。", "success")
    return redirect(place.to("person", user_id=user_id))


@both("/<int:user_id>")
def person(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """One person: posts, account, and what can be done."""
    return _person_page(place_of(unit_id), user_id)


@both("/<int:user_id>/roles", methods=("POST",))
def roles(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Give and take posts."""
    place, form = place_of(unit_id), _form()

    def change() -> str:
        people.set_roles(
            current.uow(), actor=current.actor(), unit=place.unit, user_id=user_id, roles=form.roles,
            section=form.section,
        )  # fmt: skip
        return "岗位和科室已保存，本人下次打开页面时生效。"

    return _attempt(place, user_id, change, posts=form)


@both("/<int:user_id>/details", methods=("POST",))
def details(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Correct name, login name, mobile number, e-mail."""
    place, form = place_of(unit_id), _form()

    def change() -> str:
        changed = people.edit_person(current.uow(), actor=current.actor(), unit=place.unit, user_id=user_id, form=form)
        return "账号信息已保存，登录名、手机号、邮箱均可用于登录。" if changed else "账号信息没有变化。"

    return _attempt(place, user_id, change, account=form)


@both("/<int:user_id>/end", methods=("POST",))
def end(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """End all posts of a person in the unit, or take back an end set for later."""
    place = place_of(unit_id)

    def change() -> str:
        day = None if request.form.get("keep") else _date(request.form.get("ended_date", ""))
        people.end_membership(current.uow(), actor=current.actor(), unit=place.unit, user_id=user_id, ended_date=day)
        if day is None:
            return "已撤销离任，岗位继续有效。"
        return f"已办理离任，自{format_date(day)}起不能再以本单位名义办理；其办理记录全部保留。"

    return _attempt(place, user_id, change, gone="index")


@both("/<int:user_id>/password", methods=("POST",))
def password(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Give a temporary password, shown once."""
    place = place_of(unit_id)
    made = people.reset_password(
        current.uow(), actor=current.actor(), unit=place.unit, hasher=_hasher(), user_id=user_id
    )
    return _show_once(place, made, "密码已重置，其已登录的设备全部退出；请当面或者电话告知本人临时密码")


@both("/<int:user_id>/unlock", methods=("POST",))
def unlock(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Open the lock after failed sign-ins."""
    place = place_of(unit_id)
    people.unlock_person(current.uow(), unit=place.unit, user_id=user_id)
    flash("已解除锁定，本人现在可以登录。", "success")
    return redirect(place.to("person", user_id=user_id))


@both("/<int:user_id>/active", methods=("POST",))
def active(user_id: int, unit_id: int | None = None) -> ResponseReturnValue:
    """Close or open an account."""
    place, opened = place_of(unit_id), request.form.get("active") == "1"
    people.set_active(current.uow(), actor=current.actor(), unit=place.unit, user_id=user_id, active=opened)
    flash("账号已启用，本人可以登录。" if opened else "账号已停用，其已登录的设备全部退出。", "success")
    return redirect(place.to("person", user_id=user_id))


@route(blueprint, "/work/people/units", permission=Permission.PREFECTURE_PEOPLE_MANAGE)
def units() -> ResponseReturnValue:
    """The units under the prefecture with their people: choose one, or find a person."""
    q, page = request.args.get("q", "").replace("\0", "")[:60], page_number()
    rows, total = units_with_people(current.uow(), path=current.actor().tenant_path, q=q, page=page)
    return render_template(
        "admin/people/units.html",
        q=q,
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // UNITS_PER_PAGE)),
    )


def _hasher() -> Any:
    return make_hasher(current.services().settings.password_hash_cost)


def _form() -> PersonForm:
    sent = request.form
    known = {role.value for role in Role}
    return PersonForm(
        username=sent.get("username", ""),
        name=sent.get("name", ""),
        mobile=sent.get("mobile", ""),
        email=sent.get("email", ""),
        section=sent.get("section", ""),
        roles=frozenset(Role(value) for value in sent.getlist("roles") if value in known),
    )


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        fault = Fault("ended_date", "离任日期为空或者格式不正确", "请按“2026-03-31”的格式填写")
        raise Invalid([fault]) from error


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _crumbs(above: list[tuple[str, str]], here: str) -> list[tuple[str, ...]]:
    return [*above, (here,)]


def _missing_posts(found: list[Member]) -> str:
    """The posts of the chain that nobody who can sign in holds."""
    held = frozenset[Role]().union(*(member.roles for member in found if member.state != "disabled"))
    chain = (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER)
    return "、".join(ROLE_LABELS[role] for role in chain if role not in held)


def _role_options(unit: Unit) -> list[tuple[str, str, str]]:
    return [(role.value, ROLE_LABELS[role], ROLE_HINTS[role]) for role in unit.grantable()]


def _add_page(place: Place, form: PersonForm, errors: dict[str, str]) -> str:
    return render_template(
        "admin/people/add.html",
        place=place,
        form=form,
        errors=errors,
        role_options=_role_options(place.unit),
        sections=section_names(current.uow(), tenant_id=place.unit.id),
        crumbs=_crumbs(place.crumbs, "添加人员"),
    )


def _person_page(
    place: Place,
    user_id: int,
    errors: dict[str, str] | None = None,
    posts: PersonForm | None = None,
    account: PersonForm | None = None,
) -> str:
    uow, actor = current.uow(), current.actor()
    member = people.person_of(uow, unit=place.unit, user_id=user_id)
    grantable = frozenset(place.unit.grantable())
    return render_template(
        "admin/people/person.html",
        place=place,
        minute=_minute,
        member=member,
        errors=errors or {},
        posts=posts or PersonForm(section=member.section, roles=member.roles),
        account=account or member,
        obstacle=people.obstacle(uow, actor=actor, unit=place.unit, user_id=user_id),
        reserved="、".join(ROLE_LABELS[role] for role in member.roles - grantable),
        is_self=user_id == actor.user_id,
        in_hand=in_hand(uow, tenant_id=place.unit.id, user_id=user_id),
        sections=section_names(uow, tenant_id=place.unit.id),
        role_options=_role_options(place.unit),
        ended_date=request.form.get("ended_date", shanghai_date(uow.now).isoformat())[:20],
        crumbs=_crumbs(place.crumbs, member.name),
    )


def _attempt(
    place: Place,
    user_id: int,
    change: Callable[[], str],
    gone: str = "",
    posts: PersonForm | None = None,
    account: PersonForm | None = None,
) -> ResponseReturnValue:
    """Make a change: say what happened, or show the page again with what was typed and what is wrong with it."""
    try:
        words = change()
    except Invalid as refusal:
        current.finish(commit=False)
        return _person_page(place, user_id, refusal.by_field(), posts, account), 400
    flash(words, "success")
    return redirect(place.to(gone) if gone else place.to("person", user_id=user_id))


def _show_once(place: Place, made: Temporary, words: str) -> ResponseReturnValue:
    """The temporary password, on this answer and nowhere else."""
    page = render_template(
        "admin/people/temporary.html", place=place, made=made, words=words, crumbs=_crumbs(place.crumbs, "临时密码")
    )
    return page, 200, {"Cache-Control": "no-store"}
