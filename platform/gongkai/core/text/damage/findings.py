"""What is found in a damaged text, and the names that it is compared with."""

from dataclasses import dataclass
from enum import StrEnum


class Damage(StrEnum):
    """Kinds of damage, by what a person has to do about them."""

    FOREIGN = "foreign"
    LEFTOVER = "leftover"
    READING = "reading"
    ENCODING = "encoding"
    HIDDEN = "hidden"
    MIXED = "mixed"
    DROPPED = "dropped"
    CUT = "cut"


class Certainty(StrEnum):
    """How sure the finding is that something is wrong there."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


DAMAGE_LABELS = {
    Damage.FOREIGN: "混入无关文字",
    Damage.LEFTOVER: "网页残留文字",
    Damage.READING: "混入读音",
    Damage.ENCODING: "乱码",
    Damage.HIDDEN: "不可见字符",
    Damage.MIXED: "字形混用",
    Damage.DROPPED: "文字缺失",
    Damage.CUT: "内容中断",
}
CERTAINTY_LABELS = {Certainty.CERTAIN: "确定", Certainty.LIKELY: "很可能", Certainty.POSSIBLE: "待核实"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One damaged place: `text[start:end] == excerpt`.

    Attributes:
        reason: for the person who decides, a Chinese sentence without full stop.
        repair: what should stand there instead, empty for nothing at all; None where it cannot be known.
    """

    kind: Damage
    start: int
    end: int
    excerpt: str
    certainty: Certainty
    reason: str
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names that a page of a unit may hold.

    Attributes:
        names: official names of bodies （和溪县民政局）, the unit's own, those above it and beside it.
        areas: names of the places in which the unit lies （和溪县）, which spam has been put in place of.
    """

    names: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


def finding(
    text: str, kind: Damage, span: tuple[int, int], certainty: Certainty, reason: str, repair: str | None = None
) -> Finding:
    """The finding at `span` of `text`."""
    start, end = span
    return Finding(kind, start, end, text[start:end], certainty, reason, repair)
