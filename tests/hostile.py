"""Hostile input and the ground on which it is tried: the application over one connection that is always rolled back."""

import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import Connection, Engine, text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, stream_encode_multipart

from gongkai.core.db import Base
from gongkai.core.ports import Services
from gongkai.core.uow import Database
from gongkai.run.compose import make_app
from tests.walking import Form, Walker

LONG = "长" * 10_000
HUGE = "<p>" + "文" * 500 + "</p>"
SCRIPT = "<script>alert(1)"
_TEXTS: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \u3000\t\r\n",
    "long": LONG,
    "script": f"{SCRIPT}</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE item; --",
    "formula": "=cmd|' /C calc'!A0",
    "right to left": "公告\u202efdp.exe",
    "huge number": str(10**30),
    "big number": str(2**63),
    "negative": "-1",
    "zero": "0",
    "fraction": "1.5",
    "exponent": "1e400",
    "digits of another script": "١٢٣",
    "no such day": "2023-02-30",
    "no such month": "2023-13",
    "far year": "99999-12-31",
    "year zero": "0000-00-00",
    "last day": "9999-12-31",
    "first day": "0001-01-01",
    "no such time": "2023-02-28T25:61",
    "braces": "%s%d{0}{{7*7}}${x}\\",
    "no such choice": "no-such-choice",
    "path": "../../../etc/passwd",
    "nul": "公告\x00续",
    "control": "公告\x1b[31m\x0b续",
    "surrogate": b"\xed\xa0\x80",
    "no utf-8": "公告".encode("gbk"),
    "emoji": "\U0001f600" * 50,
    "combining": "a" + "\u0301" * 500,
}
TEXTS = {name: value if isinstance(value, bytes) else value.encode() for name, value in _TEXTS.items()}
REFUSED_AT_THE_EDGE = ("nul", "control", "surrogate", "no utf-8")
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空.xlsx"),
    "program": (b"MZ\x90\x00" + b"\x00" * 500, "名单.xlsx"),
    "broken archive": (b"PK\x03\x04" + b"\xff" * 200, "正文.docx"),
    "text as pdf": ("不是版式文件".encode(), "文件.pdf"),
    "no utf-8": (b"\xff\xfe\xfd" * 100, "清单.csv"),
    "nul bytes": (b"a,b\n\x00\x00,1\n", "清单.csv"),
    "quotes": (b'"' * 1000, "清单.csv"),
    "header only": ("单位,栏目,标题,发布时间,正文\n".encode(), "清单.csv"),
    "path": (b"a", "../../etc/passwd"),
    "long name": (b"a", "长" * 300 + ".pdf"),
    "right to left": (b"a", "公告\u202efdp.exe"),
    "no name": (b"a", ""),
    "zip bomb name": (b"PK\x05\x06" + b"\x00" * 18, "清单.xlsx"),
}


class Ground:
    """The application as the role `gongkai_app`, within a transaction of the server's own role."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self.connection = connection
        database = Database(connection, services.database.clock)  # type: ignore[arg-type]
        self.app: Flask = make_app(replace(services, database=database))
        self.before = self.contents()
        self.last_event = self._events(0)[-1][0]

    def changed(self) -> set[str]:
        """Tables that are not as they were in the beginning; of the audit the new actions, each for itself."""
        after = self.contents()
        tables = {table for table in after if after[table] != self.before[table]}
        if "audit_event" not in tables:
            return tables
        return tables - {"audit_event"} | {f"audit {action}" for _, action in self._events(self.last_event)}

    def _events(self, after: int) -> list[tuple[int, str]]:
        self.connection.execute(text("RESET ROLE"))
        query = text("SELECT id, action FROM audit_event WHERE id > :after ORDER BY id")
        found = [(row.id, row.action) for row in self.connection.execute(query, {"after": after})]
        self.connection.execute(text("SET ROLE gongkai_app"))
        return found

    def contents(self) -> dict[str, int]:
        """Table → a sum over its rows, whoever may see them."""
        sums = " UNION ALL ".join(
            f"SELECT '{name}' AS name, coalesce(sum(hashtext(row::text)::bigint), 0) AS sum FROM \"{name}\" AS row"
            for name in sorted(Base.metadata.tables)
        )
        self.connection.execute(text("RESET ROLE"))
        found = {row.name: int(row.sum) for row in self.connection.execute(text(sums))}
        self.connection.execute(text("SET ROLE gongkai_app"))
        return found

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens within is undone."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.connection.execute(text("SET ROLE gongkai_app"))


@contextmanager
def ground(services: Services, superuser: Engine) -> Iterator[Ground]:
    """The application over one connection; the database is as it was afterwards."""
    with superuser.connect() as connection, connection.begin() as outer:
        connection.execute(text("SET ROLE gongkai_app"))
        yield Ground(services, connection)
        outer.rollback()


def encoded(values: Mapping[str, Any]) -> bytes:
    """A form's body, with bytes as they are."""
    return urlencode(values, doseq=True).encode()


def send(
    walker: Walker, form: Form, values: Mapping[str, Any], files: Mapping[str, tuple[bytes, str]] = {}
) -> TestResponse:
    """Send a form's fields; in parts when there is a file."""
    if not files:
        return walker.open(
            form.action, method="POST", data=encoded(values), content_type="application/x-www-form-urlencoded"
        )
    parts: MultiDict[str, Any] = MultiDict()
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            parts.add(name, one.decode() if isinstance(one, bytes) else one)
    for name, (content, filename) in files.items():
        parts.add(name, FileStorage(io.BytesIO(content), filename))
    # The client itself would leave a temporary file of every large body behind.
    body, _, boundary = stream_encode_multipart(parts, use_tempfile=False)
    media_type = f'multipart/form-data; boundary="{boundary}"'
    return walker.open(form.action, method="POST", data=body.read(), content_type=media_type)


CHINESE = re.compile(r"[一-鿿]")
ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")
NAMES_NOTHING = "页面可能停留过久，或者网址、表单内容不完整"


def complaint(answer: TestResponse) -> str:
    """What is wrong with an answer as such; empty when nothing is."""
    status = answer.status_code
    if status >= 500:
        return f"{status}"
    source = answer.get_data(as_text=True) if answer.mimetype in ("text/html", "application/json") else ""
    if SCRIPT in source and not answer.is_json:
        return f"{status} with a script that was typed into a form"
    if status < 400:
        return ""
    if answer.is_json:
        source = str(answer.get_json())
    page = html.unescape(re.sub(r"<(script|style|textarea|option)\b.*?</\1>|<[^>]+>", " ", source, flags=re.DOTALL))
    if not CHINESE.search(page):
        return f"{status} without a Chinese sentence: {page.strip()[:80]!r}"
    if NAMES_NOTHING in page:
        return f"{status} names nothing"
    if (
        status == 400
        and answer.mimetype == "text/html"
        and not re.search(r'role="alert"|field-error|错误编号 400', source)
    ):
        return "400 without a message"
    return ""
