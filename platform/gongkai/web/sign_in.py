"""The door: signing in and out, changing and resetting a password."""

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gongkai.accounts.actors import posts_of
from gongkai.accounts.models import User
from gongkai.accounts.passwords import make_hasher
from gongkai.accounts.permissions import ROLE_LABELS, Permission, Role
from gongkai.accounts.reset_links import DeadLink, user_of
from gongkai.accounts.security import begin_session, end_session
from gongkai.accounts.services import choose_password, request_reset, unit_names
from gongkai.accounts.sign_in import SignInRefused, Welcome, confirm_password, may_request, sign_in
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Fault, Invalid
from gongkai.web import current
from gongkai.web.redirects import HOME, safe_path, to_sign_in
from gongkai.web.routing import ACTING_KEY, AFTER_PASSWORD_KEY, route

blueprint = Blueprint("security", __name__)


def register(app: Flask) -> None:
    """Add the door, and send everybody to it who is not signed in."""
    app.register_blueprint(blueprint)
    app.extensions["security"].unauthn_handler(lambda *_, **__: to_sign_in())


def _hasher() -> Any:
    return make_hasher(current.services().settings.password_hash_cost)


def _address() -> str:
    return request.remote_addr or ""


@route(blueprint, "/sign-in", permission=Permission.PUBLIC_READ, methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Sign in by login name, mobile number or e-mail, and go on to where one wanted to be."""
    wanted = safe_path(request.values.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted or HOME)
    if request.method != "POST":
        return _sign_in_page(wanted)
    identity, password = request.form.get("username", ""), request.form.get("password", "")
    if not identity.strip() or not password:
        errors = {} if identity.strip() else {"username": "请填写账号"}
        return _sign_in_page(wanted, errors | ({} if password else {"password": "请填写密码"})), 400
    try:
        welcome = sign_in(current.uow(), hasher=_hasher(), identity=identity, password=password, address=_address())
    except SignInRefused as refusal:
        # The page is rendered here and not by the error handler, which would undo the failure counter.
        return _sign_in_page(wanted, {"": refusal.message}), 429 if refusal.until else 400
    return _enter(welcome, wanted or HOME)


def _sign_in_page(wanted: str, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "security/sign_in.html",
        errors=errors or {},
        identity=request.form.get("username", "")[:100],
        wanted=wanted,
        came_back=bool(wanted) and wanted != HOME,
    )


def _enter(welcome: Welcome, wanted: str) -> ResponseReturnValue:
    begin_session(welcome.user, now=current.uow().now)
    if welcome.user.must_change_password:
        session[AFTER_PASSWORD_KEY] = wanted
        return redirect(url_for("security.change_password"))
    if welcome.previous_at is not None:
        words = f"上次登录时间：{format_datetime(welcome.previous_at)}。"
        if welcome.failures:
            words += f"此后有{welcome.failures}次登录失败，如非本人操作，请尽快修改密码。"
        flash(words, "warning" if welcome.failures else "info")
    return redirect(wanted)


@route(blueprint, "/sign-out", permission=Permission.PUBLIC_READ, methods=["POST"])
def logout() -> ResponseReturnValue:
    """Sign out."""
    if current_user.is_authenticated:
        current.uow().audit("account.sign_out", object_type="user", object_id=current_user.id)
        end_session()
        flash("您已退出登录。", "success")
    return redirect(url_for("security.login"))


@route(blueprint, "/account/password", permission=Permission.ACCOUNT_MANAGE, methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    """Change one's own password; the only page open to a person with a temporary one."""
    if request.method != "POST":
        return _password_page({})
    uow = current.uow()
    user = uow.session.get_one(User, current_user.id)
    try:
        if not confirm_password(uow, hasher=_hasher(), user=user, password=request.form.get("password", "")):
            return _password_page({"password": "原密码不正确，请重新填写"}), 400
        _choose(user, [post.tenant_id for post in g.posts], "self")
    except SignInRefused as refusal:
        return _password_page({"password": refusal.message}), 429
    except Invalid as refusal:
        return _password_page(refusal.by_field()), 400
    acting, wanted = session.get(ACTING_KEY), session.get(AFTER_PASSWORD_KEY)
    begin_session(user, now=uow.now)
    if acting is not None:
        session[ACTING_KEY] = acting
    flash("密码已修改，您在其他电脑和浏览器上的登录已全部退出。", "success")
    return redirect(safe_path(wanted) or HOME)


def _choose(user: User, tenant_ids: list[int], reason: str) -> None:
    uow = current.uow()
    choose_password(
        uow,
        hasher=_hasher(),
        user=user,
        password=request.form.get("new_password", ""),
        again=request.form.get("again", ""),
        units=unit_names(uow, tenant_ids=tenant_ids),
        reason=reason,
    )


def _password_page(errors: dict[str, str]) -> str:
    forced = bool(current_user.must_change_password)
    order = list(Role)
    posts = []
    for post in (post for post in g.get("posts", []) if post.receiver_id is None):
        words = "、".join(ROLE_LABELS[role] for role in sorted(post.roles, key=order.index))
        deputed = "、".join(f"{ROLE_LABELS[one.role]}（代{one.principal}）" for one in post.deputed)
        posts.append((post.tenant_name, "、".join(filter(None, (words, deputed)))))
    return render_template("security/change_password.html", errors=errors, forced=forced, posts=posts)


@route(blueprint, "/reset-password", permission=Permission.PUBLIC_READ, methods=["GET", "POST"])
def forgot_password() -> ResponseReturnValue:
    """Ask for a reset link; the answer is the same for every name."""
    if request.method != "POST":
        return render_template("security/forgot_password.html", errors={}, sent=False)
    identity = request.form.get("username", "")
    if not identity.strip():
        faults = Invalid([Fault("username", "请填写账号", "可填登录名、手机号或者邮箱")])
        return render_template("security/forgot_password.html", errors=faults.by_field(), sent=False), 400
    uow = current.uow()
    if may_request(uow, identity=identity, address=_address()):
        request_reset(uow, identity=identity)
    return render_template("security/forgot_password.html", errors={}, sent=True)


@route(blueprint, "/reset-password/<token>", permission=Permission.PUBLIC_READ, methods=["GET", "POST"])
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password through the link of a mail."""
    uow = current.uow()
    try:
        user = user_of(uow, settings=current.services().settings, token=token)
    except DeadLink as refusal:
        return render_template("security/reset_password.html", errors={}, dead=refusal.message), 410
    if request.method != "POST":
        return _reset_page({})
    posts = posts_of(uow, user_id=user.id)
    try:
        _choose(user, [post.tenant_id for post in posts], "link")
    except Invalid as refusal:
        return _reset_page(refusal.by_field()), 400
    end_session()
    flash("新密码已设置，请用新密码登录。", "success")
    return redirect(url_for("security.login"))


def _reset_page(errors: dict[str, str]) -> str:
    return render_template("security/reset_password.html", errors=errors, dead="")
