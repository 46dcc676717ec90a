"""The page of recurring demands on grass-roots units."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.supervision.burdens.demands import BASIS_LABELS, DEMANDS, GRASS_ROOTS
from gongkai.supervision.burdens.queries import Asked, asked_in, grass_roots
from gongkai.supervision.queries import rule_book
from gongkai.supervision.rules import TASK
from gongkai.tenancy.kinds import profile
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("burdens", __name__, template_folder="templates")


@route(blueprint, "/office/burdens/", permission=Permission.RULES_MANAGE)
def index() -> ResponseReturnValue:
    """Every recurring demand with its basis, and how often it was made this year."""
    work, actor = current.uow(), current.actor()
    year = shanghai_date(work.now).year
    asked = asked_in(work, office_id=actor.tenant_id, year=year)
    rows = [(demand, asked.get(demand.counted, Asked())) for demand in DEMANDS]
    return render_template(
        "burdens/index.html",
        year=year,
        rows=rows,
        units=grass_roots(work, path=actor.tenant_path),
        times=sum(one.times for one in asked.values()),
        own=[demand for demand in DEMANDS if demand.nature == "own"],
        tasks=_tasks(),
        natures=BASIS_LABELS,
    )


def _tasks() -> list[tuple[str, int | None]]:
    """Kind of grass-roots unit → the monthly task that holds for it where nothing else is set for a unit."""
    work, actor = current.uow(), current.actor()
    book = rule_book(work, path=actor.tenant_path, codes=[TASK])
    chain, period = [*map(int, actor.tenant_path.split(".")), 0], Period.of(shanghai_date(work.now))
    found = []
    for kind in GRASS_ROOTS:
        task = book.task(chain=chain, tenant_type=kind, level="township", vertically_managed=False, period=period)
        found.append((profile(kind).label, task.value))
    return found
