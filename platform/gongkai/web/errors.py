"""Refusals and failures as pages, mapped to HTTP in this one place."""

import structlog
from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from gongkai.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Refused
from gongkai.web import current
from gongkai.web.limits import TooMany
from gongkai.web.redirects import session_is_lost, to_sign_in
from gongkai.web.shell import Site

log = structlog.get_logger()
STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 400,
    Refused: 409,
    TooMany: 429,
}
UNAVAILABLE = (OperationalError, PoolTimeout)
"""The database does not answer, is shutting down, or has no connection left."""
WORDS = {
    405: "这个网址只用于提交表单，不能直接打开；请返回上一页，从页面上的按钮办理。",
    411: "提交的内容没有注明长度，没有保存；请在本站页面上填写后再提交，程序发送的，请加上Content-Length。",
}
SIGN_IN_AGAIN = "登录已失效，内容保留在本页，请在新窗口登录后继续"
KNOWN_PAGES = frozenset({400, 403, 404, 409, 410, 413, 429, 500, 503})


def page(status: int, message: str = "", *, refused: bool = False) -> ResponseReturnValue:
    """The error page of a status, with a sentence of its own if there is one; that of a rule where one `refused`.

    The page of a failure asks nothing of the database, which may be what failed.
    """
    shown = status if status in KNOWN_PAGES else (400 if status < 500 else 500)
    known = {"site": g.get("site", Site())} if shown >= 500 else {}
    page_id = g.get("request_id", "")
    name = "refused" if refused else str(shown)
    return render_template(f"errors/{name}.html", message=message, request_id=page_id, **known), status


def register(app: Flask) -> None:
    """Map domain errors, HTTP errors and everything else."""

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> ResponseReturnValue:
        current.finish(commit=False)
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        if isinstance(error, Invalid):
            return page(status, f"填写内容有误：{'。'.join(fault.message.rstrip('。') for fault in error.faults)}。")
        words = "" if isinstance(error, NotFound) else error.message
        return page(status, words, refused=isinstance(error, Refused))

    @app.errorhandler(CSRFError)
    def stale_form(_: CSRFError) -> ResponseReturnValue:
        current.finish(commit=False)
        if request.accept_mimetypes.best == "application/json":
            # The editor saves itself: its script keeps the content on the page until the person has signed in again.
            return jsonify(message=SIGN_IN_AGAIN), 401
        if session_is_lost(current_app.view_functions.get(request.endpoint or "")):
            return to_sign_in()
        return page(400, "页面停留时间过长或登录已失效，请返回上一页刷新后重新提交，已填写的内容不会丢失。")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is not None and error.code < 400:
            return error.get_response()
        current.finish(commit=False)
        return page(error.code or 500, WORDS.get(error.code or 500, ""))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        current.finish(commit=False)
        log.error("request.failed", exc_info=error)
        return page(503 if isinstance(error, UNAVAILABLE) else 500)
