"""What no table, feed or document can hold is refused here, before a view sees it.

PostgreSQL takes no NUL in text, XML (feeds, .docx, .xlsx) no control characters, UTF-8 no lone surrogates; nobody
types them, but broken programs and hostile people send them.
"""

import re
from collections.abc import Iterator

from flask import Flask, current_app, request
from werkzeug.exceptions import LengthRequired
from werkzeug.routing import IntegerConverter, Map

from gongkai.core.errors import Fault, Invalid, NotFound

UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
"""Control characters but tab and line ends; halves of pairs; what Unicode says is no character, or stands for one."""
ENCODED = re.compile(rb"(?:%[89a-fA-F][0-9a-fA-F])+")
SHOWN_BEFORE = 10
LARGEST_ID = 2**63 - 1


class BoundedInteger(IntegerConverter):
    """Numbers in addresses that a `bigint` can hold; anything greater names nothing."""

    regex = r"\d{1,19}"

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:  # noqa: A002
        super().__init__(map, fixed_digits, min, LARGEST_ID if max is None else max)


def register(app: Flask) -> None:
    """Check the address, the query and the form of each request."""
    app.url_map.converters["int"] = BoundedInteger

    @app.before_request
    def check() -> None:
        if UNUSABLE.search(request.path):
            raise NotFound
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            # werkzeug cuts such a body at the limit and says nothing. Browsers and proxies that buffer send the length.
            raise LengthRequired
        if not (_decodes(request.query_string) and _decodes(_form_bytes())):
            raise Invalid([Fault("", "提交的内容不是UTF-8编码，无法识别", "请在本站页面上填写后再提交")])
        faults = [Fault(name, *_sentence(text)) for name, text in _texts() if UNUSABLE.search(name + text)]
        if faults:
            raise Invalid(faults)


def _form_bytes() -> bytes:
    """The form as it came, unless it came in parts: werkzeug keeps bytes that are no UTF-8 as if they were text."""
    limit = current_app.config["MAX_FORM_MEMORY_SIZE"]
    if request.mimetype != "application/x-www-form-urlencoded" or (request.content_length or 0) > limit:
        return b""
    return request.get_data(cache=True)


def _decodes(encoded: bytes) -> bool:
    try:
        for run in ENCODED.finditer(encoded):
            bytes.fromhex(run[0].replace(b"%", b"").decode()).decode()
    except UnicodeDecodeError:
        return False
    return True


def _texts() -> Iterator[tuple[str, str]]:
    for values in (request.args, request.form):
        for name, texts in values.lists():
            for text in texts:
                yield name, text
    for name, file in request.files.items(multi=True):
        yield name, file.filename or ""


def _sentence(text: str) -> tuple[str, str]:
    found = UNUSABLE.search(text)
    if found is None:
        return "提交的内容中有无法识别的栏目名", "请刷新页面后重新填写"
    code = f"编码U+{ord(found[0]):04X}"
    before = " ".join(text[: found.start()].split())[-SHOWN_BEFORE:]
    place = f"“{before}”之后" if before else "填写内容的开头"
    return f"{place}有一个看不见或无法识别的字符（{code}），不能保存", "请返回上一页，删去该处后重新填写"
