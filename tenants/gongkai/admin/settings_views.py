"""The screen of the site's data."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin import services
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Invalid
from gongkai.core.text.typed import one_line
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("settings", __name__, template_folder="templates")
HINTS = {
    "name": "显示在页面顶部和浏览器标题，例如“××州政府信息公开平台”",
    "short_name": "显示在工作页面左上角，不超过12个字",
    "phone": "显示在页脚和出错页面",
    "site_code": "10位，显示在页脚",
    "domain": "用于页面标识，以及提示将离开本网站的链接",
}


@route(blueprint, "/admin/settings/", permission=Permission.SETTINGS_MANAGE, methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The site's data with their history; change them with a reason."""
    stored = services.site_data(current.uow())
    if request.method != "POST":
        return _page(stored.values, stored.seen, "", {})
    values, reason = services.read_site(request.form), one_line(request.form.get("reason", ""))
    seen = request.form.get("seen", "")
    try:
        changed = services.change_site(current.uow(), actor=current.actor(), values=values, reason=reason, seen=seen)
    except Invalid as refusal:
        current.finish(commit=False)
        return _page(values, seen, reason, refusal.by_field()), 400
    flash(f"已保存{'、'.join(changed)}，所有页面随即按新内容显示。", "success")
    return redirect(url_for("settings.index"))


def _page(values: Mapping[str, str], seen: str, reason: str, errors: dict[str, str]) -> str:
    return render_template(
        "admin/settings/index.html",
        fields=services.SITE_FIELDS,
        hints=HINTS,
        values=values,
        seen=seen,
        reason=reason,
        errors=errors,
        history=services.history(current.uow(), actor=current.actor(), key=services.SITE),
        time_words=format_datetime,
        crumbs=[("网站信息",)],
    )
