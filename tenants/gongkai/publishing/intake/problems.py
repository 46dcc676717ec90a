"""Refusals of the interface as JSON （RFC 9457, `application/problem+json`）, in Chinese, with the fields concerned."""

from typing import Any

from gongkai.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from gongkai.core.storage.store import StorageFull
from gongkai.publishing.intake.errors import NotAuthentic, TooMany

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "请求格式有误",
    401: "身份校验未通过",
    404: "没有这份公文",
    405: "请求方法有误",
    409: "与已收到的公文不一致",
    411: "请求没有写明长度",
    413: "内容过大",
    415: "请求类型有误",
    422: "公文要素有误，未接收",
    429: "请求过于频繁",
    500: "平台故障，未接收",
    503: "平台暂时不能接收",
    507: "平台存储空间不足，未接收",
}
_STATUS: dict[type[DomainError], int] = {
    NotAuthentic: 401,
    Forbidden: 401,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    StorageFull: 507,
}


def status_of(refusal: DomainError) -> int:
    """The HTTP status of a refusal; 422 for what concerns the content."""
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 422)


def problem(status: int, detail: str) -> dict[str, Any]:
    """A problem without fields."""
    known = status if status in TITLES else (400 if status < 500 else 500)
    return {"title": TITLES[known], "status": status, "detail": detail}


def problem_of(refusal: DomainError) -> dict[str, Any]:
    """What a refusal says; `faults` name the fields."""
    told = problem(status_of(refusal), refusal.message)
    if isinstance(refusal, Invalid):
        told["faults"] = [
            {"field": fault.field, "problem": fault.problem, "remedy": fault.remedy} for fault in refusal.faults
        ]
    return told
