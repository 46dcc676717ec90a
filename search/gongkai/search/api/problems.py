"""Refusals as JSON （RFC 9457, `application/problem+json`）, in Chinese, naming the parameters concerned."""

from gongkai.core.errors import DomainError, Invalid, NotFound
from gongkai.portal.ended import DisplayEnded
from gongkai.portal.errors import Gone
from gongkai.search.api.errors import Ambiguous
from gongkai.search.api.schemas import FaultOf, Problem
from gongkai.web.limits import TooMany

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "请求参数有误",
    404: "没有找到",
    405: "请求方法有误",
    409: "编号对应多条信息",
    410: "已不再公开",
    429: "请求过于频繁",
    500: "平台故障",
    503: "平台暂时不能应答",
}
_STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Ambiguous: 409,
    Gone: 410,
    DisplayEnded: 410,
    TooMany: 429,
}


def problem(status: int, detail: str, *, request_id: str) -> Problem:
    """A problem that concerns no parameter."""
    known = status if status in TITLES else (400 if status < 500 else 500)
    return Problem(title=TITLES[known], status=status, detail=detail, request_id=request_id)


def problem_of(refusal: DomainError, *, request_id: str) -> Problem:
    """What a refusal says; `faults` name the parameters."""
    status = next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 400)
    if isinstance(refusal, Invalid):
        faults = [FaultOf(parameter=f.field, problem=f.problem, remedy=f.remedy) for f in refusal.faults]
        detail = "；".join(f"参数{f.field}{f.problem}，{f.remedy}" for f in refusal.faults)
        told = problem(status, f"{detail}。", request_id=request_id)
        return told.model_copy(update={"faults": faults})
    detail = "没有这个单位、栏目或者这条信息，请核对代码、编号。" if status == 404 else refusal.message
    told = problem(status, detail, request_id=request_id)
    return told.model_copy(update={"choices": refusal.choices}) if isinstance(refusal, Ambiguous) else told
