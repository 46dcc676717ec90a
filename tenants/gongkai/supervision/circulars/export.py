"""A circular as plain data, for the command line and for whoever checks the figures from outside."""

from typing import Any

from gongkai.supervision.circulars.checks import hints
from gongkai.supervision.circulars.document import Circulate, body_text
from gongkai.supervision.circulars.problem_text import fact_of, figures_of
from gongkai.supervision.circulars.problems import BLANK, FALSE_CLAIM, QUOTA, REPORT, TRAINING, Named, manner, problems
from gongkai.supervision.circulars.snapshot import Figures
from gongkai.supervision.circulars.text import commended_units, draft


def as_data(given: Circulate, *, stored: bool, state: str) -> dict[str, Any]:
    """The circular's figures, units and text with JSON types only.

    Keys: office, period, coverage, stored, state, locked_at, title, figures, classes, months, blank, below_task,
    training_absent, report_missing, false_rectification, problems, last_problems, commended, hints, notes, text. Rates
    are `{"numerator": …, "denominator": …}`; units are `{"code", "name", …}` in the order of the text.
    """
    snapshot = given.snapshot
    groups = problems(snapshot, given.details.left_out)
    found = {group.code: [unit for unit in group.named if unit.figures or unit.fact] for group in groups}
    return {
        "office": {"code": snapshot.office.code, "name": snapshot.office.official_name},
        "period": snapshot.period,
        "coverage": snapshot.coverage,
        "stored": stored,
        "state": state,
        "locked_at": snapshot.locked_at,
        "title": draft(snapshot, given.details).title,
        "figures": _figures(snapshot.figures),
        "classes": [{"class": heading, **_figures(figures)} for heading, figures in snapshot.classes()],
        "months": [{"period": month.period, **_figures(month.figures)} for month in snapshot.months],
        "blank": [{**_unit(unit), "months": figures_of(unit).blank_months} for unit in found.get(BLANK, ())],
        "below_task": [_below(unit) for unit in found.get(QUOTA, ())],
        "training_absent": [_fact(unit) for unit in found.get(TRAINING, ())],
        "report_missing": [_fact(unit) for unit in found.get(REPORT, ())],
        "false_rectification": [
            {**_fact(unit), "manner": manner(fact_of(unit))} for unit in found.get(FALSE_CLAIM, ())
        ],
        "problems": [
            {"class": group.code, "title": group.title, "units": [_lines(unit) for unit in group.named]}
            for group in groups
            if group.named
        ],
        "last_problems": [
            {"code": problem.code, "name": problem.name, "problem": problem.problem, "outcome": problem.outcome}
            for problem in snapshot.last
        ],
        "commended": [
            {"code": unit.code, "name": unit.name, "class": unit.heading}
            for unit in commended_units(snapshot, given.details)
        ],
        "hints": [{"code": hint.code, "level": hint.level, "text": hint.text} for hint in hints(given)],
        "notes": list(given.notes),
        "text": body_text(given),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "units": figures.units,
        "assessed": figures.assessed,
        "attained": figures.attained,
        "below": figures.below,
        "blank": figures.blank,
        "excused": figures.excused,
        "published": figures.counted,
        "last_month": figures.last_counted,
        "change": figures.change,
        "key_areas": figures.key_total,
        "key_area_groups": dict(figures.key_areas),
        "attainment": {"numerator": figures.attained, "denominator": figures.assessed},
        "key_area_share": {"numerator": figures.key_total, "denominator": figures.counted},
    }


def _unit(unit: Named) -> dict[str, Any]:
    return {"code": unit.code, "name": unit.name, "repeated": unit.repeated}


def _lines(unit: Named) -> dict[str, Any]:
    return {
        **_unit(unit),
        "lines": [line.text for line in unit.lines],
        "findings": [finding.id for finding in unit.findings],
    }


def _below(unit: Named) -> dict[str, Any]:
    figures = figures_of(unit)
    return {**_unit(unit), "class": figures.heading, "task": figures.task, "published": figures.counted}


def _fact(unit: Named) -> dict[str, Any]:
    return {**_unit(unit), **fact_of(unit).detail}
