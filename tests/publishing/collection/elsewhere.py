"""A site elsewhere, and what its feeds look like."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from sqlalchemy import select

from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.conftest import SignIn

FORM = {
    "name": "门户网站公告", "kind": "jsonl", "column_code": "gsgg", "whole": "1", "hour": "6", "stale_hours": "48",
    "responsible_person": "李四",
}  # fmt: skip


@dataclass
class Answer:
    """What a path answers with."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """A web server on this machine; `pages` is path → answer, `asked` the paths that were asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                answer = site.pages.get(self.path, Answer(status=404))
                self.send_response(answer.status)
                headers = {"Content-Length": str(len(answer.body))} | answer.headers
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self._server.server_port}{path}"

    def put(self, body: bytes | str, path: str = "/feed") -> str:
        """Answer a path with this; returns its address."""
        self.pages[path] = Answer(body.encode() if isinstance(body, str) else body)
        return self.at(path)


def entry(number: int, **changes: Any) -> dict[str, Any]:
    """An item as a site lists it; published on the 10th of March 2026, a minute apart."""
    return {
        "title": f"关于第{number}号事项的公告",
        "published_at": f"2026-03-10T01:{number % 60:02d}:00Z",
        "source_url": f"https://www.example.gov.cn/art/{number}.html",
        "body": f"现将第{number}号事项公告如下。",
        "issuing_agency": "和溪县民政局",
        "views": 17,
    } | changes


def lines(*entries: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(found, ensure_ascii=False) + "\n" for found in entries)


def set_up(world: World, sign_in: SignIn, address: str, **changes: str) -> int:
    """A source that the bureau's administrator proposed and the county office permitted; returns its id."""
    unit = sign_in("hx-mzj-unit_admin")
    unit.post("/work/collection/new", {**FORM, "address": address, **changes})
    source_id = int(unit.location.rpartition("/")[2])
    sign_in("hx-supervisor").post(f"/office/collection/{source_id}/allow")
    work_off(world.services)
    return source_id


def source_of(world: World, source_id: int) -> CollectionSource:
    """A source as it stands."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(CollectionSource, source_id)


def runs_of(world: World, source_id: int) -> list[ImportBatch]:
    """The runs of a source, the first one first."""
    with world.services.database.system_scope("test") as uow:
        query = select(ImportBatch).where(ImportBatch.source_id == source_id).order_by(ImportBatch.id)
        return list(uow.session.scalars(query))


def counts_of(run: ImportBatch) -> tuple[str, int, int, int, int, int]:
    """State, rows created, changed, unchanged, refused, missing."""
    return (
        run.state, run.rows_created, run.rows_changed, run.rows_unchanged, run.rows_refused, run.rows_missing
    )  # fmt: skip


def items_of(world: World, unit: str = "hx-mzj") -> list[Item]:
    """A unit's items by address."""
    with world.services.database.system_scope("test") as uow:
        query = select(Item).where(Item.tenant_id == world.units[unit], Item.revises_id.is_(None))
        return list(uow.session.scalars(query.order_by(Item.source_url)))
