"""The floor under a page: the same template, filled by bare Flask from bare psycopg over one warm connection.

The connection is the application role's, each request one transaction that begins with the same `set_config`. What
the templates call (addresses, days, crumbs) is the same; sessions, forms, permissions, logs and layers are not there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader
from markupsafe import Markup
from psycopg.rows import namedtuple_row

from gongkai.core.uow import PUBLIC, Scope
from gongkai.portal import helpers
from tests.benchmarks.environment import BASE_URL
from tests.benchmarks.load import connect
from tests.benchmarks.plan import NOW

TOKEN = "csrf-token-of-the-floor"
FIELD = Markup('<input type="hidden" name="csrf_token" value="{}">').format(TOKEN)
_SETTINGS = ("user_id", "tenant_ids", "subtree", "manages")
SET_SCOPE = "SELECT " + ", ".join(f"set_config('gongkai.{key}', %({key})s, true) AS {key}" for key in _SETTINGS)
SITE = "SELECT value FROM site_setting WHERE key = 'site'"
SITE_KEYS = (
    "name", "short_name", "host", "sponsor", "operator", "phone", "site_code", "icp", "police_record", "domain",
    "error_report_url",
)  # fmt: skip


class Database:
    """One warm connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    @contextmanager
    def transaction(self, scope: Scope = PUBLIC) -> Iterator[psycopg.Connection[Any]]:
        """A transaction in `scope`, committed when the block ends well."""
        with self.connection.transaction():
            self.connection.execute(SET_SCOPE, scope.settings())
            yield self.connection


@contextmanager
def floor_database(url: str) -> Iterator[Database]:
    """The connection, for as long as something is measured."""
    with connect(url, row_factory=namedtuple_row) as connection:
        yield Database(connection)


def make_floor(app: Flask, views: Mapping[str, Any]) -> Flask:
    """A bare Flask with the addresses and templates of `app`; only `views` (endpoint → function) can be called."""
    floor = Flask("tests.benchmarks.floor", static_folder=None)
    floor.jinja_env.trim_blocks = floor.jinja_env.lstrip_blocks = True
    loaders = [app.jinja_loader, *(blueprint.jinja_loader for blueprint in app.blueprints.values())]
    floor.jinja_env.loader = ChoiceLoader([loader for loader in loaders if loader is not None])
    filters = ("shanghai_day", "chinese_day")
    floor.jinja_env.filters.update({name: app.jinja_env.filters[name] for name in filters})
    floor.jinja_env.globals.update(
        trail_crumbs=helpers.trail_crumbs,
        part_name=helpers.part_name,
        display_ended=lambda item: item.display_until is not None and item.display_until <= NOW.date(),
        absolute=lambda path: BASE_URL + path,
        csrf_token=lambda: TOKEN,
        csrf_field=lambda: FIELD,
    )
    for rule in app.url_map.iter_rules():
        view = views.get(rule.endpoint, _unreachable)
        floor.add_url_rule(rule.rule, rule.endpoint, view, methods=rule.methods)
    return floor


def site_of(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What header and footer say about the deployment."""
    found = connection.execute(SITE).fetchone()
    stored = found.value if found else {}
    return {key: stored.get(key, "") for key in SITE_KEYS}


def portal_shell(path: str, site: Mapping[str, str]) -> dict[str, Any]:
    """Context of the public shell."""
    nav = (("首页", "/"), ("公开单位", "/units/"), ("信息检索", "/search"))
    return {
        "home_url": "/",
        "search_url": "/search",
        "suggest_url": "/search/suggest",
        "query": "",
        "nav": [{"label": label, "href": href, "current": path == href} for label, href in nav],
        "footer_links": [{"label": "开放接口", "href": "/api/"}, {"label": "工作人员入口", "href": "/sign-in"}],
        "error_report_url": site["error_report_url"],
    }


def _unreachable(**_: Any) -> ResponseReturnValue:
    raise NotImplementedError
