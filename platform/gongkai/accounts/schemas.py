"""What is written about a person: one form of each value, and what is wrong with others."""

import re
import unicodedata
from dataclasses import dataclass, field

from gongkai.accounts.permissions import Role
from gongkai.core.errors import Fault, Invalid

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_NAME = re.compile(r"[\w·.\- ]{2,30}")
_MOBILE_SEPARATORS = re.compile(r"[\s-]+")
LONGEST_IDENTITY = 254
LONGEST_SECTION = 40


def _folded(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def normal_mobile(value: str) -> str:
    """A mobile number without blanks, hyphens and the country's prefix."""
    return _MOBILE_SEPARATORS.sub("", _folded(value)).removeprefix("+86")


def normal_identity(value: str) -> str:
    """The form in which login names, mobile numbers and e-mail addresses are stored; empty when it can be none."""
    folded = _folded(value)
    if len(folded) > LONGEST_IDENTITY or any(unicodedata.category(char)[0] == "C" for char in folded):
        return ""
    mobile = normal_mobile(folded)
    return mobile if _MOBILE.fullmatch(mobile) else folded.casefold()


@dataclass(frozen=True, slots=True)
class Details:
    """Who a person is; stored in these forms. Empty `mobile` and `email` mean none."""

    username: str
    name: str
    mobile: str = ""
    email: str = ""

    @classmethod
    def clean(cls, *, username: str, name: str, mobile: str | None, email: str | None) -> "Details":
        """Validated details.

        Raises:
            Invalid: with one fault for each field that is wrong.
        """
        made = cls(
            _folded(username).casefold(), _folded(name), normal_mobile(mobile or ""), _folded(email or "").casefold()
        )
        faults = made.faults()
        if faults:
            raise Invalid(faults)
        return made

    def faults(self) -> list[Fault]:
        """What is wrong, field by field."""
        found = []
        if not _USERNAME.fullmatch(self.username):
            remedy = "请用3至32位小写字母、数字、点、下划线或者连字符，以字母开头"
            found.append(Fault("username", "登录名的格式不正确", remedy))
        if not _NAME.fullmatch(self.name):
            found.append(Fault("name", "姓名为空或者含有不能使用的字符", "请填写2至30个字的真实姓名"))
        if self.mobile and not _MOBILE.fullmatch(self.mobile):
            found.append(Fault("mobile", "手机号的格式不正确", "请填写11位手机号码，没有手机号的可以留空"))
        if self.email and (len(self.email) > LONGEST_IDENTITY or not _EMAIL.fullmatch(self.email)):
            found.append(Fault("email", "电子邮箱的格式不正确", "请核对，没有邮箱的可以留空"))
        return found


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What the form for adding or changing a person holds, as typed."""

    username: str = ""
    name: str = ""
    mobile: str = ""
    email: str = ""
    section: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)


def clean_section(value: str) -> str:
    """The section of a unit (科室) in which a person works; may be empty.

    Raises:
        Invalid: when it is too long.
    """
    folded = " ".join(_folded(value).split())
    if len(folded) > LONGEST_SECTION or any(unicodedata.category(char) == "Cc" for char in folded):
        raise Invalid([Fault("section", f"科室名称超过{LONGEST_SECTION}个字", "请填写简称")])
    return folded
