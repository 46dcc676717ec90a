"""The two shells around every page: site data for the public, unit, navigation and badges for officials."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from gongkai.accounts.permissions import Permission
from gongkai.core.module import NavigationLink
from gongkai.web import current
from gongkai.web.routing import ACTING_KEY, route

blueprint = Blueprint("shell", __name__)
_SITE = text("SELECT value FROM site_setting WHERE key = 'site'")
DUTIES = ("待办", "发布", "审查", "督查", "单位与人员", "设置")


@dataclass(frozen=True, slots=True)
class Site:
    """What header, footer and meta tags say about the deployment (`regulation.md` section 12)."""

    name: str = "政府信息公开平台"
    short_name: str = "信息公开"
    host: str = ""
    sponsor: str = ""
    operator: str = ""
    phone: str = ""
    site_code: str = ""
    icp: str = ""
    police_record: str = ""
    domain: str = ""
    error_report_url: str = ""


def site() -> Site:
    """The site's data, from the setting `site`."""
    if "site" not in g:
        stored = current.uow().session.scalar(_SITE) or {}
        g.site = Site(**{key: str(value) for key, value in stored.items() if key in Site.__slots__})
    found: Site = g.site
    return found


@route(blueprint, "/work/act", permission=Permission.ACCOUNT_MANAGE, methods=["POST"])
def switch() -> ResponseReturnValue:
    """Act for another of one's units; anything else is ignored."""
    wanted = request.form.get("unit", type=int)
    if wanted in {post.tenant_id for post in g.posts}:
        session[ACTING_KEY] = wanted
    return redirect("/work/")


def _link(link: NavigationLink) -> dict[str, Any]:
    waiting = link.badge(current.uow(), current.actor()) if link.badge else 0
    return {
        "label": link.label,
        "href": url_for(link.endpoint),
        "badge": waiting,
        "icon": "",
        "current": request.endpoint == link.endpoint,
    }


def navigation() -> list[dict[str, Any]]:
    """The officials' navigation by duty: what this person may open, with what waits there."""
    actor = g.get("actor")
    if actor is None:
        return []
    links = [link for module in current.modules() for link in module.navigation]
    shown = [link for link in links if Permission(link.permission) in actor.permissions]
    groups = []
    for duty in DUTIES:
        items = [_link(link) for link in sorted(shown, key=lambda link: link.order) if link.duty == duty]
        if items:
            groups.append({"label": duty, "items": items})
    return groups


def workspace() -> dict[str, Any]:
    """Context of `workspace.html`."""
    posts = g.get("posts", [])
    actor = g.get("actor")
    return {
        "home_url": "/work/",
        "unit_name": next((p.tenant_name for p in posts if actor and p.tenant_id == actor.tenant_id), ""),
        "unit_id": actor.tenant_id if actor else None,
        "units": [(post.tenant_id, post.tenant_name) for post in posts],
        "switch_url": url_for("shell.switch"),
        "user_name": current_user.name if current_user.is_authenticated else "",
        "account_url": url_for("security.change_password"),
        "signout_url": url_for("security.logout"),
        "nav": navigation(),
    }


def portal() -> dict[str, Any]:
    """Context of `portal.html`."""
    nav = [("首页", "/"), ("公开单位", "/units/"), ("信息检索", "/search")]
    return {
        "home_url": "/",
        "search_url": "/search",
        "suggest_url": "/search/suggest",
        "query": "",
        "nav": [{"label": label, "href": href, "current": request.path == href} for label, href in nav],
        "footer_links": [
            {"label": "开放接口", "href": "/api/"},
            {"label": "工作人员入口", "href": url_for("security.login")},
        ],
        "error_report_url": site().error_report_url,
    }


class Lazily:
    """A context value that is computed when a template first reads it, so that public pages do not pay for it."""

    def __init__(self, compute: Any) -> None:
        self._compute = compute
        self._value: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._value is None:
            self._value = self._compute()
        if not isinstance(self._value, dict):
            return getattr(self._value, name)
        if name not in self._value:
            raise AttributeError(name)
        return self._value[name]


def register(app: Flask) -> None:
    """Give every template its shell."""

    @app.context_processor
    def shells() -> dict[str, Any]:
        return {"site": Lazily(site), "workspace": Lazily(workspace), "portal": Lazily(portal)}
