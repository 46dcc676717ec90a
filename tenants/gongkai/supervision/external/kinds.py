"""Kinds of external data: their figures, the words found in offices' tables, what has to add up, rates with their base.

Sources: `supervision.md` 1.2 （陇县23Q2: the rate on time is of the closed cases）, 1.3 and 7.2; 网站找错 within three
working days and messages over three months: 国办秘函〔2019〕19号.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gongkai.core.errors import Fault

LARGEST = 9_999_999
Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a kind: its key, its word, and other headings that people use for it."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of figures, some taken away."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    def of(self, figures: Figures) -> int:
        """Its value; a figure that is not there counts nothing."""
        return sum(figures.get(key, 0) for key in self.plus) - sum(figures.get(key, 0) for key in self.minus)


@dataclass(frozen=True, slots=True)
class Limit:
    """Parts that cannot be more than a whole."""

    parts: tuple[str, ...]
    whole: str


@dataclass(frozen=True, slots=True)
class RateRule:
    """A rate: what is counted, of what, and how the base is said."""

    label: str
    part: Sum
    base: Sum
    base_words: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as two integers, with its base in words; the base can be 0, then there is no percentage."""

    label: str
    numerator: int
    denominator: int
    base_words: str

    @property
    def words(self) -> str:
        """99.9%（1474/1475）; a dash where there is nothing to divide by."""
        if not self.denominator:
            return "—"
        # Rounded half up on integers; 100% and 0% are only said of all and of none.
        tenths = (self.numerator * 2000 + self.denominator) // (2 * self.denominator)
        if tenths == 1000 and self.numerator < self.denominator:
            tenths = 999
        if tenths == 0 and self.numerator:
            tenths = 1
        return f"{tenths // 10}.{tenths % 10}%（{self.numerator}/{self.denominator}）"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of external data.

    Attributes:
        note: label of the free text beside the numbers, empty where there is none.
        note_with: figure that needs the text when it is not 0.
        late: what SR-M1 counts; `over_three_months`: figure that SR-M2 reads.
    """

    code: str
    label: str
    figures: tuple[Figure, ...]
    limits: tuple[Limit, ...]
    rates: tuple[RateRule, ...]
    note: str = ""
    note_aliases: tuple[str, ...] = ()
    note_with: str = ""
    late: Sum | None = None
    over_three_months: str = ""

    def label_of(self, key: str) -> str:
        """The word of a figure."""
        return next(figure.label for figure in self.figures if figure.key == key)

    def rates_of(self, figures: Figures) -> list[Rate]:
        """The rates of one body, or of sums."""
        return [Rate(rule.label, rule.part.of(figures), rule.base.of(figures), rule.base_words) for rule in self.rates]

    def late_in(self, figures: Figures) -> int:
        """Letters, messages and cases answered or closed late, or still unanswered after the limit （SR-M1）."""
        return self.late.of(figures) if self.late is not None else 0

    def faults(self, figures: Figures, note: str) -> list[Fault]:
        """What does not add up, on the figure that is too large."""
        found = []
        for limit in self.limits:
            parts, whole = Sum(limit.parts).of(figures), figures[limit.whole]
            if parts > whole:
                words = "与".join(f"“{self.label_of(key)}”" for key in limit.parts)
                together = "之和" if len(limit.parts) > 1 else ""
                problem = f"{words}{together}{parts}，大于“{self.label_of(limit.whole)}”{whole}"
                found.append(Fault(limit.parts[-1], problem, "请核对这几个数"))
        if self.note_with and figures[self.note_with] and not note:
            found.append(
                Fault("note", f"“{self.note}”没有填写", f"“{self.label_of(self.note_with)}”不为0的，请写明{self.note}")
            )
        return found


_ON_TIME_OR_LATE = Sum(("on_time", "late"))
_KINDS = (
    Kind(
        "site_check", "网站检测",
        (
            Figure("checks", "检测次数", ("检测次", "监测次数", "抽查次数")),
            Figure("problems", "发现问题", ("发现问题数", "问题数", "问题个数")),
            Figure("fixed", "已整改", ("已整改数", "整改数", "完成整改")),
        ),
        (Limit(("fixed",), "problems"),),
        (RateRule("整改率", Sum(("fixed",)), Sum(("problems",)), "以发现问题数为基数"),),
    ),
    Kind(
        "media_check", "政务新媒体检测",
        (
            Figure("accounts", "账号数", ("账号", "检测账号", "政务新媒体账号数", "账号个数")),
            Figure("failed", "不合格", ("不合格数", "不合格账号", "不合格账号数")),
        ),
        (Limit(("failed",), "accounts"),),
        (RateRule("合格率", Sum(("accounts",), ("failed",)), Sum(("accounts",)), "以检测账号数为基数"),),
        note="不合格原因", note_aliases=("原因", "存在问题", "问题描述"), note_with="failed",
    ),
    Kind(
        "hotline", "12345转办",
        (
            Figure("received", "转办", ("转办数", "转办件", "转办件数", "受理", "受理数", "交办")),
            Figure("closed", "办结", ("办结数", "办结件", "办结件数", "已办结")),
            Figure("on_time", "按期办结", ("按期", "按期数", "按时办结", "按时办结数", "按期办结数")),
        ),
        (Limit(("closed",), "received"), Limit(("on_time",), "closed")),
        (
            RateRule("办结率", Sum(("closed",)), Sum(("received",)), "以转办数为基数"),
            RateRule("按期办结率", Sum(("on_time",)), Sum(("closed",)), "以办结数为基数"),
        ),
        late=Sum(("closed",), ("on_time",)),
    ),
    Kind(
        "mailbox", "领导信箱",
        (
            Figure("received", "收到", ("收到数", "来信", "来信数", "收到来信", "收件")),
            Figure("on_time", "按期办理", ("按期", "按期数", "按期答复", "按时办结")),
            Figure("late", "超期", ("超期数", "超期办理", "超期答复", "逾期")),
        ),
        (Limit(("on_time", "late"), "received"),),
        (RateRule("按期率", Sum(("on_time",)), _ON_TIME_OR_LATE, "以按期与超期之和为基数"),),
        late=Sum(("late",)),
    ),
    Kind(
        "correction", "网站找错",
        (
            Figure("received", "收到", ("收到数", "收到留言", "受理", "受理数", "找错数")),
            Figure("on_time", "3个工作日内答复", ("三个工作日内答复", "按期答复", "按期", "3日内答复")),
            Figure("late", "超期", ("超期数", "超期答复", "逾期", "超期未答复")),
        ),
        (Limit(("on_time", "late"), "received"),),
        (RateRule("按期答复率", Sum(("on_time",)), _ON_TIME_OR_LATE, "以按期与超期之和为基数"),),
        late=Sum(("late",)),
    ),
    Kind(
        "message", "网民留言",
        (
            Figure("received", "收到", ("收到数", "收到留言", "留言数", "有效留言")),
            Figure("replied", "答复", ("答复数", "已答复", "办结", "回复", "回复数")),
            Figure("late", "超期", ("超期数", "超期未答复", "逾期", "逾期未答复")),
            Figure("over_three_months", "超过三个月未答复", ("超过3个月未答复", "三个月以上未答复", "超三个月未答复")),
        ),
        (Limit(("replied",), "received"), Limit(("over_three_months",), "late")),
        (RateRule("答复率", Sum(("replied",)), Sum(("received",)), "以收到数为基数"),),
        late=Sum(("late",)), over_three_months="over_three_months",
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = MappingProxyType({kind.code: kind for kind in _KINDS})
