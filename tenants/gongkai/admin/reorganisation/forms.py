"""What the pages of a plan send."""

from collections.abc import Mapping

from gongkai.admin.reorganisation.plans import Asked
from gongkai.admin.unit_forms import basis_of, day_of
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line

TERMS = ("sources", "receivers", "effective_date", "basis", "level", "grace_months")
USUAL_GRACE = "3"
MOST_LINES = 40


def terms_of(sent: Mapping[str, str]) -> dict[str, str]:
    """The fields of the first page as they were typed."""
    return {name: sent.get(name, "")[:4000].strip() for name in TERMS}


def read_terms(kind: str, values: Mapping[str, str]) -> Asked:
    """The terms of a plan.

    Raises:
        Invalid: naming each field that cannot be read.
    """
    faults = []
    months = values["grace_months"] or "0"
    if not (months.isascii() and months.isdigit() and len(months) < 4):
        faults.append(Fault("grace_months", "过渡期应为整数", "请填写月数，不设过渡期的填0"))
    try:
        day = day_of(values["effective_date"], "生效日期")
    except Invalid as refusal:
        raise Invalid([*faults, *refusal.faults]) from refusal
    if faults:
        raise Invalid(faults)
    return Asked(
        kind=kind,
        sources=_lines(values["sources"]),
        receivers=_lines(values["receivers"]),
        effective_date=day,
        basis=basis_of(values),
        level=values["level"],
        grace_months=int(months),
    )


def chosen(sent: Mapping[str, str], prefix: str) -> dict[str, int]:
    """Fields `<prefix>-<key>` whose value is a unit's id （or 0）: key → id."""
    found = {}
    for name, value in sent.items():
        kind, _, key = name.partition("-")
        if kind == prefix and key and value.isascii() and value.isdigit() and len(value) < 16:
            found[key] = int(value)
    return found


def chosen_ids(sent: Mapping[str, str], prefix: str) -> dict[int, int]:
    """As `chosen`, for keys that are ids."""
    return {int(key): value for key, value in chosen(sent, prefix).items() if key.isascii() and key.isdigit()}


def _lines(text: str) -> list[str]:
    lines = (one_line(line) for line in text.splitlines()[:MOST_LINES])
    return [line for line in lines if line]
