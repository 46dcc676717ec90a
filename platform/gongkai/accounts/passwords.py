"""Passwords: what is accepted, how they are hashed, and temporary ones."""

import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.pinyin import initials, pinyin_key

MIN_LENGTH = 10
MAX_LENGTH = 128
FEWEST_CHARACTERS = 5
SHORTEST_PART = 4
_TEMPORARY = "abcdefghjkmnpqrstuvwxyz23456789"
_ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


@cache
def make_hasher(cost: Literal["full", "low"]) -> PasswordHasher:
    """Argon2id with the parameters of RFC 9106, or cheap ones where nobody's secrets are kept."""
    return PasswordHasher() if cost == "full" else PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


def normal(password: str) -> str:
    """The password as it is hashed: an input method in full-width mode types the same password."""
    return unicodedata.normalize("NFKC", password)


def hash_password(hasher: PasswordHasher, password: str) -> str:
    """Argon2 hash of a password."""
    return hasher.hash(normal(password))


def matches(hasher: PasswordHasher, password: str, stored: str) -> bool:
    """Whether `password` is the one behind the hash `stored`."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return hasher.verify(stored, normal(password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def decoy(hasher: PasswordHasher) -> str:
    """A hash to check against where there is no account, so that the answer takes as long."""
    return hasher.hash(secrets.token_hex(16))


def temporary_password() -> str:
    """A password to be read out or written down: three groups of four, no characters that look alike."""
    letters = "".join(secrets.choice(_TEMPORARY) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


@cache
def _common() -> frozenset[str]:
    text = (files("gongkai.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def _is_common(password: str) -> bool:
    """In the list, made of few characters or of keys in a row, or a common word with digits and signs around it."""
    folded = password.casefold()
    core = folded.strip("0123456789!@#$%^&*()._-+=~?,;: ")
    in_row = any(folded in row * 4 or folded in row[::-1] * 4 for row in _ROWS)
    return in_row or len(set(folded)) < FEWEST_CHARACTERS or not _common().isdisjoint({folded, core})


def _parts(words: Iterable[str | None]) -> set[str]:
    """What of these words must not be in a password: the words, and the pinyin and initials of Chinese ones."""
    found = set()
    for word in filter(None, words):
        found |= {word.casefold(), pinyin_key(word).replace(" ", ""), initials(word).casefold()}
    return {part for part in found if len(part) >= SHORTEST_PART or (len(part) > 1 and not part.isascii())}


def check_password(password: str, *, field: str, personal: Iterable[str | None]) -> None:
    """Refuse a weak password; `personal` are login name, mobile, name and units of its owner.

    Raises:
        Invalid: naming `field`, what is wrong and what to do.
    """
    chosen = normal(password)
    fault = None
    if len(chosen) < MIN_LENGTH:
        fault = Fault(field, f"密码不足{MIN_LENGTH}位", f"请使用{MIN_LENGTH}位以上的密码，可用几个不相关的词语连成")
    elif len(chosen) > MAX_LENGTH:
        fault = Fault(field, f"密码超过{MAX_LENGTH}位", f"请缩短至{MAX_LENGTH}位以内")
    elif any(unicodedata.category(char) == "Cc" for char in chosen):
        fault = Fault(field, "密码中有换行等控制字符", "请只用文字、字母、数字和符号")
    elif _is_common(chosen):
        fault = Fault(field, "密码过于常见，容易被猜中", "请避开常用词、连续或者重复的字符")
    elif any(part in chosen.casefold() for part in _parts(personal)):
        fault = Fault(
            field, "密码中含有本人账号、手机号、姓名或者单位名称（包括拼音）", "请换一个与本人和单位无关的密码"
        )
    if fault is not None:
        raise Invalid([fault])
