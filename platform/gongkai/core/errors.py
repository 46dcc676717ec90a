"""The refusals of the domain, mapped to HTTP once (`gongkai.web.errors`) and to exit codes once (`gongkai.run.cli`).

Messages are written for the person who gets them: Chinese, what is wrong, what to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


class DomainError(Exception):
    """Base of all refusals; `message` is shown to the person as it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """The object is missing, or belongs to somebody else: the two answer alike."""

    def __init__(self, message: str = "未找到您要的内容，可能已被删除，或您所在单位无权查看。") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The actor's roles do not allow the operation at all."""

    def __init__(self, message: str = "您的岗位没有办理此事项的权限，请联系本单位管理员。") -> None:
        super().__init__(message)


class Conflict(DomainError):
    """The object changed in the meantime, or is in a state that forbids the operation."""


class Refused(DomainError):
    """A rule forbids the operation."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: the field, what is wrong, and what to do about it."""

    field: str
    problem: str
    remedy: str = ""
    level: Literal["block", "warn"] = "block"
    code: str = ""

    @property
    def message(self) -> str:
        """The sentence a form shows beside the field."""
        return f"{self.problem}；{self.remedy}" if self.remedy else self.problem


class OutOfReach(Exception):
    """A service beside the database does not answer, or not in time; what was asked of it can be asked again."""


class Invalid(DomainError):
    """An input with faults; nothing was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("填写内容有误：" + "；".join(fault.problem for fault in self.faults))

    def by_field(self) -> dict[str, str]:
        """Field name → messages, for the form that is shown again."""
        found: dict[str, str] = {}
        for fault in self.faults:
            found[fault.field] = "。".join(filter(None, (found.get(fault.field), fault.message)))
        return found
