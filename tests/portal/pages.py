"""Pages as a visitor gets them, and worlds with something to see."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event, insert

from gongkai.core.models import SiteSetting
from gongkai.core.ports import Services
from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import override_warnings, save_draft, start_revision
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.publishing.imports.tasks import migrate_rows
from gongkai.publishing.publication import mark_validity, take_down
from gongkai.tenancy.services import abolish_tenant, rename_tenant
from tests.factories.items import draft, item_form, work_off
from tests.factories.world import World

TITLE = "关于做好春季防火工作的通知"
LOOKED_THROUGH = {"attachment_unread": "已人工核对"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.pairs: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.links.append((values.get("href") or "", ""))
        if tag in ("dt", "dd"):
            self._open.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1][0]:
            words = self._open.pop()[1].strip()
            if tag == "dt":
                self._label = words
            else:
                self.pairs.append((self._label, words))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._open:
            tag, words = self._open[-1]
            self._open[-1] = (tag, words + data)


class Seen:
    """A page that was fetched: status, headers, words, links, label–value pairs."""

    def __init__(self, client: FlaskClient, path: str, **headers: str) -> None:
        self.answer = client.get(path, headers=headers)
        self.status = self.answer.status_code
        self.headers = self.answer.headers
        self.html = self.answer.get_data(as_text=True)
        reader = _Reader()
        reader.feed(self.html)
        self.text = re.sub(r"\s+", " ", "".join(reader.words))
        self.links = [href for href, _ in reader.links]
        self.pairs = reader.pairs

    def value(self, label: str) -> str:
        """The value beside a label of a metadata table."""
        return dict(self.pairs)[label]


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """The SQL statements that the application runs in the block, without the setting of the scope."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "set_config" not in statement:
            seen.append(statement)

    engine: Engine = services.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def setting(services: Services, key: str, value: object) -> None:
    """Store a setting of the site."""
    with services.database.system_scope("test") as uow:
        uow.session.execute(insert(SiteSetting).values(key=key, value=value, changed_at=uow.now, reason=""))


def with_files(world: World, files: Sequence[tuple[str, bytes]], unit: str = "hx-mzj", **changes: Any) -> int:
    """A published item with these files, which are read in the background; what cannot be read was looked through."""
    item_id = draft(world, unit, **changes)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{unit}-contributor")
        for name, content in files:
            add_attachment(
                uow, actor=writer, item_id=item_id, files=world.services.files, filename=name,
                stream=io.BytesIO(content), limit_bytes=10_000_000,
            )  # fmt: skip
        override_warnings(uow, actor=writer, item_id=item_id, reasons=LOOKED_THROUGH)
    work_off(world.services)
    through_the_chain(world, item_id, unit)
    return item_id


def through_the_chain(world: World, item_id: int, unit: str) -> None:
    """Have the files read, submit, review, approve."""
    work_off(world.services)
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{unit}-contributor")
        override_warnings(uow, actor=writer, item_id=item_id, reasons={"attachment_unread": "已人工核对。"})
        submit(uow, actor=writer, item_id=item_id)
        item = decide(uow, actor=world.actor(uow, f"{unit}-confidentiality_reviewer"), item_id=item_id)
        if item.step:
            decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
    work_off(world.services)


def revise(
    world: World, item_id: int, unit: str = "hx-mzj", *, kind: str = "content", reason: str, **changes: Any
) -> None:
    """Put a changed version on a published item."""
    with world.services.database.transaction() as uow:
        writer = world.actor(uow, f"{unit}-contributor")
        revision = start_revision(uow, actor=writer, item_id=item_id, change_kind=kind, reason=reason)
        save_draft(uow, actor=writer, item_id=revision.id, form=item_form(world, uow, unit, "gsgg", **changes))
        override_warnings(uow, actor=writer, item_id=revision.id, reasons=LOOKED_THROUGH)
    through_the_chain(world, revision.id, unit)


def remove(world: World, item_id: int, unit: str = "hx-mzj") -> None:
    """Take an item down."""
    with world.services.database.transaction() as uow:
        world.actor(uow, f"{unit}-approver")
        take_down(uow, tenant_id=world.units[unit], item_id=item_id, reason="含有个人信息，依据条例第十五条撤下")
    work_off(world.services)


def repeal(world: World, item_id: int, unit: str = "hx-mzj", *, reason: str = "和政规〔2026〕1号") -> None:
    """Mark a document as repealed on the original."""
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{unit}-approver")
        mark_validity(
            uow, tenant_id=world.units[unit], item_id=item_id, validity="repealed", reason=reason,
            changed_by=actor.user_id,
        )  # fmt: skip


def bring(world: World, rows: Sequence[MigrationRow]) -> None:
    """Migrate rows, allowed by the prefecture's office."""
    result = migrate_rows(
        world.services, rows=list(rows), unit_code="yl", cutoff=date(2025, 12, 31), responsible="李四",
        allowed_by="yl-supervisor",
    )  # fmt: skip
    assert result.created == len(rows), result
    work_off(world.services)


def abolish(world: World, unit: str, successor: str, on: date) -> None:
    """Let one unit take over another."""
    with world.services.database.system_scope("test") as uow:
        abolish_tenant(
            uow, tenant_id=world.units[unit], successor_id=world.units[successor], effective_date=on,
            basis="机构改革方案",
        )  # fmt: skip


def rename(world: World, unit: str, official: str, short: str, on: date) -> None:
    """Give a unit a new name."""
    with world.services.database.system_scope("test") as uow:
        rename_tenant(
            uow,
            tenant_id=world.units[unit],
            official_name=official,
            short_name=short,
            effective_date=on,
            basis="编办批复",
        )
