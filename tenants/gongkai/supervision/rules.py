"""Which monthly task holds for a unit in a month, and from which day on it is reminded (`supervision.md` section 6).

The nearest office above a unit wins: first its rule for the unit itself, then its rule for the kind of unit; where no
office has said anything, the rule profile does. Rules hold for ranges of months, so past months keep their values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import MONTH
from gongkai.supervision.catalogue import default_of
from gongkai.tenancy.kinds import PREFECTURE_BUREAU_QUOTA, TenantType, profile

TASK = "SR-Q1"
ALERT_DAY = "ALERT-DAY"
CIRCULAR_MONTHS = "CIRCULAR-MONTHS"
"""How many months the circulars of an office are usually about: one, or a quarter's three."""
VALUE = "value"
"""Parameter of the monthly task and of the reminder day, which have but one number."""
ALL = ""
"""Target of a number that holds for all units of an office."""
DEFAULT_ALERT_DAY = 20
LATEST_ALERT_DAY = 28
HIGHEST_TASK = 9999
SOURCES = {
    "unit": "督查机关为本单位设定",
    "type": "督查机关按单位类型设定",
    "default": "平台默认",
    "none": "不设月度任务",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A number that an office set for a kind of unit, one unit or all of its units.

    Attributes:
        office_id: unit that set it.
        target: a `TenantType` value, the id of one unit (of the office itself for what it sets for itself), or `ALL`.
        valid_from: first month it holds, `2023-03`; `valid_to`: first month it no longer holds, or None.
    """

    office_id: int
    code: str
    target: str | int
    value: Decimal | int
    valid_from: str
    valid_to: str | None = None
    parameter: str = VALUE

    def holds(self, period: Period) -> bool:
        """Whether the rule is in force in a month."""
        month = str(period)
        return self.valid_from <= month and (self.valid_to is None or month < self.valid_to)


@dataclass(frozen=True, slots=True)
class Task:
    """A unit's monthly task: number of items, or None where it has none, and whose word that is (`SOURCES`)."""

    value: int | None
    source: str
    office_id: int | None = None

    @property
    def source_label(self) -> str:
        """The source in words."""
        return SOURCES[self.source]


_NO_TASK = Task(None, "none")


_Key = tuple[int, str, str, str | int]


@dataclass
class RuleBook:
    """The rules of some offices, ready to be asked."""

    _found: Mapping[_Key, Sequence[Rule]] = field(default_factory=dict)
    _offices: frozenset[int] = field(init=False)
    _numbers: frozenset[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        # Few offices set rules, and a dashboard asks for thousands of tasks.
        self._offices = frozenset(office_id for office_id, *_ in self._found)
        self._numbers = frozenset((code, parameter) for _, code, parameter, _ in self._found)

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "RuleBook":
        """A book of these rules."""
        found: dict[_Key, list[Rule]] = {}
        for rule in rules:
            found.setdefault((rule.office_id, rule.code, rule.parameter, rule.target), []).append(rule)
        return cls(found)

    def value(
        self, office_id: int, code: str, target: str | int, period: Period, parameter: str = VALUE
    ) -> Decimal | int | None:
        """What an office set for a target in a month, None where it set nothing."""
        for rule in self._found.get((office_id, code, parameter, target), ()):
            if rule.holds(period):
                return rule.value
        return None

    def with_first(self, rule: Rule) -> "RuleBook":
        """This book with one more rule that goes before those for the same target, to see what it would do."""
        key = (rule.office_id, rule.code, rule.parameter, rule.target)
        return RuleBook({**self._found, key: [rule, *self._found.get(key, ())]})

    def number(self, code: str, parameter: str, *, chain: Sequence[int], tenant_type: str, period: Period) -> Decimal:
        """A parameter of a rule for a unit in a month: the nearest office's word, or the catalogue's.

        Raises:
            KeyError: when the rule has no such parameter.
        """
        found = self.set_number(code, parameter, chain=chain, tenant_type=tenant_type, period=period)
        return default_of(code, parameter) if found is None else found

    def set_number(
        self, code: str, parameter: str, *, chain: Sequence[int], tenant_type: str, period: Period
    ) -> Decimal | None:
        """What the nearest office set for a unit in a month; its word for the unit goes before that for its kind, and
        this before that for all."""
        if (code, parameter) not in self._numbers:
            return None
        for office_id in (*reversed(chain[:-1]), chain[-1]):
            for target in (chain[-1], tenant_type, ALL):
                found = self.value(office_id, code, target, period, parameter)
                if found is not None:
                    return Decimal(found)
        return None

    def task(
        self, *, chain: Sequence[int], tenant_type: str, level: str, vertically_managed: bool, period: Period
    ) -> Task:
        """The monthly task （月度发布任务, SR-Q1） of a unit.

        `chain` holds the ids from the root down to the unit itself; what an office set for its own body holds where
        no office above has spoken. No rule reaches villages （基层减负）; a vertically managed body has a task only
        where an office set one for it by name (`regulation.md` section 1).
        """
        if tenant_type == TenantType.VILLAGE_COMMITTEE:
            return _NO_TASK
        for office_id in (*reversed(chain[:-1]), chain[-1]):
            if office_id not in self._offices:
                continue
            by_name = self.value(office_id, TASK, chain[-1], period)
            if by_name is not None:
                return Task(int(by_name) or None, "unit", office_id)
            by_type = None if vertically_managed else self.value(office_id, TASK, tenant_type, period)
            if by_type is not None:
                return Task(int(by_type) or None, "type", office_id)
        return _NO_TASK if vertically_managed else _unless_set(tenant_type, level)

    def alert_day(self, *, chain: Sequence[int], period: Period) -> int:
        """Day of the month from which on a unit with nothing published is reminded."""
        for office_id in reversed(chain):
            day = self.value(office_id, ALERT_DAY, office_id, period)
            if day is not None:
                return int(day)
        return DEFAULT_ALERT_DAY

    def circular_months(self, *, office_id: int, period: Period) -> int:
        """How many months an office's circulars are about: what it decided itself, else one."""
        found = self.value(office_id, CIRCULAR_MONTHS, office_id, period)
        return MONTH if found is None else int(found)


def default_task(tenant_type: str, level: str) -> int | None:
    """The rule profile's monthly task; bureaus of the prefecture have a higher one."""
    if tenant_type == TenantType.BUREAU and level == "prefecture":
        return PREFECTURE_BUREAU_QUOTA
    return profile(tenant_type).monthly_quota


@cache
def _unless_set(tenant_type: str, level: str) -> Task:
    value = default_task(tenant_type, level)
    return _NO_TASK if value is None else Task(value, "default")
