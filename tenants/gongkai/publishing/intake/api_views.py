"""The interface for document systems: signed requests, JSON answers; no session, no cookie, no form token."""

import json
from hashlib import sha256
from typing import Any

import structlog
from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import DomainError, Fault, Invalid, NotFound
from gongkai.publishing.intake import problems
from gongkai.publishing.intake.errors import NotAuthentic
from gongkai.publishing.intake.keys import expect_in_time, expect_signature, signed_text
from gongkai.publishing.intake.models import IntakeSender
from gongkai.publishing.intake.openapi import description
from gongkai.publishing.intake.receipts import ROOT, receipt
from gongkai.publishing.intake.schemas import DOCUMENT_LIMIT, SentDocument, read_document
from gongkai.publishing.intake.senders import admit, enter_sender, secret_for
from gongkai.publishing.intake.services import (
    Package,
    SentFile,
    digest_of,
    document_of,
    noting_refusal,
    receive,
)
from gongkai.web import current
from gongkai.web.errors import UNAVAILABLE
from gongkai.web.routing import route

log = structlog.get_logger()
blueprint = Blueprint("intake_api", __name__)
HEADERS = {name: f"X-Intake-{name.title()}" for name in ("key", "timestamp", "nonce", "signature")}
NONCE_LENGTHS = range(16, 65)
FILES_LIMIT = 4
"""A document with its files may have so many times the size of the largest single file."""
Part = tuple[str, FileStorage]


# Whoever signs each request needs no token against requests that a browser sends on its own.
blueprint.record_once(lambda state: state.app.extensions["csrf"].exempt(blueprint))


@blueprint.url_value_preprocessor
def before_the_body(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """Whose key nobody knows is refused unread; a sender may send more than a form of a page holds."""
    if endpoint == "intake_api.send":
        g.intake_sender = _claimed(_headers())
        request.max_content_length = FILES_LIMIT * current.services().settings.upload_limit_bytes + DOCUMENT_LIMIT


@route(blueprint, f"{ROOT}/openapi.json", permission=Permission.PUBLIC_READ)
def openapi() -> ResponseReturnValue:
    """The interface as an OpenAPI document."""
    return _answer(description(current.services().settings.base_url))


@route(blueprint, f"{ROOT}/documents", permission=Permission.PUBLIC_READ, methods=["POST"])
def send() -> ResponseReturnValue:
    """Take a document in: 201 with its receipt, 200 with the first receipt when it came before."""
    services, work = current.services(), current.uow()
    limit = services.settings.upload_limit_bytes
    given, sender = _headers(), g.intake_sender
    data, digest, parts = _parts()
    digests = {id(file): digest_of(file.stream) for _, file in parts}  # type: ignore[arg-type]
    _expect_signed(sender, given, [("document", digest), *((name, digests[id(file)]) for name, file in parts)])
    admit(work, sender=sender, nonce=given["nonce"])
    try:
        with noting_refusal(work, sender):
            document = read_document(data, today=shanghai_date(work.now))
            package = _package(document, parts, digests)
            received, is_new = receive(
                work, sender=sender, package=package, channel="interface", files=services.files, limit_bytes=limit
            )
    except DomainError as refusal:
        # Answered here and not by the handler below: the nonce stays used, the refusal stays on the sender's page.
        return _problem(problems.problem_of(refusal))
    told = receipt(work, document=received, base_url=services.settings.base_url)
    return _answer(told, 201 if is_new else 200)


@route(blueprint, f"{ROOT}/documents/<external_id>", permission=Permission.PUBLIC_READ)
def state(external_id: str) -> ResponseReturnValue:
    """Where a document stands that this sender sent."""
    work, given = current.uow(), _headers()
    sender = _claimed(given)
    _expect_signed(sender, given, [])
    admit(work, sender=sender, nonce=given["nonce"])
    found = document_of(work, sender=sender, external_id=external_id)
    if found is None:
        return _problem(problems.problem_of(NotFound(f"没有收到过标识为“{external_id[:100]}”的公文。")))
    return _answer(receipt(work, document=found, base_url=current.services().settings.base_url))


@blueprint.errorhandler(DomainError)
def refused(refusal: DomainError) -> ResponseReturnValue:
    """A refusal before anything was let in."""
    current.finish(commit=False)
    return _problem(problems.problem_of(refusal))


@blueprint.errorhandler(HTTPException)
def unreadable(error: HTTPException) -> ResponseReturnValue:
    """A request that the server itself cannot read."""
    current.finish(commit=False)
    status = error.code or 400
    limit = current.services().settings.upload_limit_bytes * FILES_LIMIT // (1024 * 1024)
    words = {413: f"公文连同附件不能超过{limit} MB，请压缩或减少附件后再发。"}
    return _problem(problems.problem(status, words.get(status, "请求不能读取，请按接口说明组织后再发。")))


@blueprint.errorhandler(Exception)
def failed(error: Exception) -> ResponseReturnValue:
    """A failure of ours."""
    current.finish(commit=False)
    log.error("request.failed", exc_info=error)
    status = 503 if isinstance(error, UNAVAILABLE) else 500
    number = g.get("request_id", "")
    return _problem(problems.problem(status, f"请稍后原样重发；多次失败的，请将编号{number}告知平台运维人员。"))


def _headers() -> dict[str, str]:
    """The four headers of a signed request.

    Raises:
        NotAuthentic: when one is missing or cannot be what it should.
    """
    given = {name: request.headers.get(header, "").strip() for name, header in HEADERS.items()}
    missing = [HEADERS[name] for name, value in given.items() if not value]
    if missing:
        raise NotAuthentic(f"请求缺少标头{'、'.join(missing)}。")
    plain = given["nonce"].replace("-", "").replace("_", "")
    if len(given["nonce"]) not in NONCE_LENGTHS or not (plain.isascii() and plain.isalnum()):
        raise NotAuthentic("随机串应为16至64位的字母、数字、-和_。")
    return given


def _claimed(given: dict[str, str]) -> IntakeSender:
    """The sender that a request says to be of; nothing of the body is read before."""
    expect_in_time(given["timestamp"], now=current.uow().now)
    return enter_sender(current.uow(), key_id=given["key"][:100])


def _expect_signed(sender: IntakeSender, given: dict[str, str], digests: list[tuple[str, str]]) -> None:
    signed = signed_text(request.method, request.path, given["timestamp"], given["nonce"], digests)
    expect_signature(given["signature"], secret=secret_for(current.services().settings, sender), signed=signed)


def _parts() -> tuple[bytes, str, list[Part]]:
    """The document's fields as bytes, at most one more than they may have, with the digest of all of them; the files
    in the order in which they are signed."""
    if request.mimetype != "multipart/form-data":
        raise Invalid([Fault("document", "请求不是multipart/form-data", "请按接口说明分部分发送")])
    as_file, as_field = request.files.get("document"), request.form.get("document")
    if as_file is not None:
        digest = digest_of(as_file.stream)  # type: ignore[arg-type]
        data = as_file.stream.read(DOCUMENT_LIMIT + 1)
    elif as_field is not None:
        data = as_field.encode()
        digest = sha256(data).hexdigest()
    else:
        raise Invalid([Fault("document", "没有公文要素", "请发送名为document的部分")])
    files = [("text", file) for file in request.files.getlist("text")]
    files += [("attachment", file) for file in request.files.getlist("attachment")]
    return data, digest, files


def _package(document: SentDocument, parts: list[Part], digests: dict[int, str]) -> Package:
    """The document with its files, named as the document names them."""
    texts = [file for name, file in parts if name == "text"]
    attachments = [file for name, file in parts if name == "attachment"]
    faults = []
    if len(texts) != 1:
        faults.append(Fault("text", f"应有1个名为text的部分，收到{len(texts)}个", "请把正文文件放在这一部分"))
    if len(attachments) != len(document.attachments):
        told = f"要素中列出{len(document.attachments)}个附件，收到{len(attachments)}个"
        faults.append(Fault("attachments", told, "请按列出的顺序逐个发送名为attachment的部分"))
    if faults:
        raise Invalid(faults)
    return Package(
        document,
        _file(document.text, texts[0], digests),
        [_file(name, file, digests) for name, file in zip(document.attachments, attachments, strict=True)],
    )


def _file(name: str, sent: FileStorage, digests: dict[int, str]) -> SentFile:
    return SentFile(name, sent.stream, digests[id(sent)])  # type: ignore[arg-type]


def _answer(told: dict[str, Any], status: int = 200, media_type: str = "application/json") -> Response:
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return Response(text, status, mimetype=media_type, headers={"Cache-Control": "no-store"})


def _problem(told: dict[str, Any]) -> Response:
    if number := g.get("request_id", ""):
        told = told | {"request_id": number}
    answer = _answer(told, told["status"], problems.MEDIA_TYPE)
    if told["status"] == 429:
        answer.headers["Retry-After"] = "60"
    return answer
