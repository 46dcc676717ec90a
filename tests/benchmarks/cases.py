"""What is measured: for each page its addresses, for the publishing step its items."""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import chain, cycle, islice, repeat
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import text

from gongkai.core.uow import Scope
from gongkai.publishing.ledger import verify_chain
from gongkai.supervision.queries import HEAT_MAP
from tests.benchmarks import publishing
from tests.benchmarks.environment import Environment
from tests.benchmarks.floor import Database, floor_database, make_floor
from tests.benchmarks.floor_office import SCOPE, office_views
from tests.benchmarks.floor_portal import portal_views
from tests.benchmarks.floor_search import meanings, search_views
from tests.benchmarks.load import SUPERVISOR
from tests.benchmarks.measure import Call, Pair, alternate, differences, getter
from tests.benchmarks.plan import MONTHS
from tests.benchmarks.texts import QUERIES, TYPED
from tests.factories.world import PASSWORD

DIFFERENT = 24
"""Addresses of a page that take turns, so that no single row is measured."""
WARM_UP = 2
HEAT_MONTHS = 24
HEAT_TURNS = 20
PAGES = ("item", "unit", "column", "search", "dashboard")
PUBLISHING, HEAT, SUGGESTIONS = "publishing", "heat map", "suggestions"
_ITEMS = text("SELECT id FROM item WHERE is_public ORDER BY id")
# Columns with more than a page of items and a bureau's usual ones alike.
_COLUMNS = text(
    "SELECT t.code, c.code FROM column_count AS n JOIN content_column AS c ON c.id = n.column_id"
    " JOIN tenant AS t ON t.id = n.tenant_id GROUP BY 1, 2 HAVING sum(n.total) > 0 ORDER BY 1, 2"
)
_PUBLISHED = text("""
SELECT i.state, i.period, i.published_at, i.updated_at, i.lock_version, i.is_public, i.scheduled_at,
    i.index_number_seq IS NOT NULL AS numbered, i.counts_to_quota = (i.counted_out_reason = '') AS counted,
    (SELECT array_agg(s.action || s.from_state || s.to_state || s.opinion ORDER BY s.id) FROM item_step AS s
        WHERE s.item_id = i.id) AS steps,
    (SELECT array_agg(n.generated) FROM index_number AS n
        WHERE n.item_id = i.id AND n.number = i.index_number) AS numbers,
    (SELECT array_agg(a.action) FROM audit_event AS a WHERE a.object_type = 'item' AND a.object_id = i.id) AS audit,
    (SELECT array_agg(o.kind) FROM outbox_event AS o WHERE o.object_id = i.id) AS events,
    (SELECT array_agg(k ORDER BY k) FROM item_version AS v, jsonb_object_keys(v.content) AS k
        WHERE v.id = i.current_version_id) AS said
FROM item AS i WHERE i.id = :item
""")


class Mismatch(Exception):
    """A page and its floor do not say the same, so that their times cannot be compared."""


def measure_page(env: Environment, name: str, rounds: int) -> tuple[Pair, int]:
    """Seconds of a page and its floor, `rounds` times each, and the usual size of the page in bytes.

    Raises:
        Mismatch: when the two differ in more than the tokens of their forms.
    """
    known = meanings(env.services, QUERIES) if name == "search" else {}
    cookie = sign_in(env.app) if name == "dashboard" else ""
    with floor_database(env.url) as database:
        views = portal_views(database) | search_views(database, known) | office_views(database, env.app)
        floor = make_floor(env.app, views)
        turns = [(getter(env.app, path, cookie), getter(floor, path)) for path in paths(env, name, list(known))]
        for ours, other in turns:
            found = differences(ours(), other())
            if found:
                raise Mismatch(f"{name}: {found}")
        pair, size = Pair(), sorted(len(ours()) for ours, _ in turns)[len(turns) // 2]
        alternate(islice(chain.from_iterable(repeat(turns)), rounds), pair)
    return pair, size


def paths(env: Environment, name: str, queries: Sequence[str]) -> list[str]:
    """Addresses of a page that take turns."""
    rng = random.Random(name)

    def some(found: Sequence[Any]) -> list[Any]:
        return rng.sample(found, min(DIFFERENT, len(found)))

    with env.services.database.unit_of_work() as uow:
        if name == "item":
            return [f"/items/{number}" for number in some(uow.session.scalars(_ITEMS).all())]
        if name == "unit":
            return [f"/units/{unit.code}/" for unit in some(env.units)]
        if name == "column":
            return [f"/units/{unit}/columns/{code}/" for unit, code in some(uow.session.execute(_COLUMNS).all())]
    return [f"/search?q={words}" for words in queries] if name == "search" else ["/office/"]


def sign_in(app: Flask, login: str = SUPERVISOR) -> str:
    """A person's cookie, got through the sign-in page."""
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert token is not None
    answer = client.post("/sign-in", data={"username": login, "password": PASSWORD, "csrf_token": token[1]})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    client.get("/work/")
    cookie = client.get_cookie("gongkai")
    assert cookie is not None
    return f"gongkai={cookie.value}"


def items_needed(rounds: int) -> int:
    """How many items must wait for approval."""
    return 2 * (rounds + WARM_UP)


def measure_publishing(env: Environment, rounds: int) -> Pair:
    """Seconds of the approver's last step and its floor, turn by turn within the same units.

    Raises:
        Mismatch: when they leave different rows behind, or a broken chain.
    """
    units = {unit.id: unit for unit in env.units}
    actors = {one.tenant_id: publishing.actor_for(one, units) for one in env.waiting}

    def turns(database: Database, first: int, count: int) -> Iterator[tuple[Call, Call]]:
        for ours, other in zip(*(iter(env.waiting[2 * first : 2 * (first + count)]),) * 2, strict=True):
            yield (
                publishing.by_service(env.services, actors[ours.tenant_id], ours),
                publishing.by_hand(database, actors[other.tenant_id], other),
            )

    pair = Pair()
    with floor_database(env.url) as database:
        alternate(turns(database, 0, WARM_UP), Pair())
        alternate(turns(database, WARM_UP, rounds), pair)
    _expect_the_same(env)
    return pair


def _expect_the_same(env: Environment) -> None:
    """Both leave the same rows behind, and links of one whole chain."""
    ours, other = env.waiting[:2]
    with env.services.database.unit_of_work(Scope(tenant_ids=(ours.tenant_id, other.tenant_id))) as uow:
        left, right = (uow.session.execute(_PUBLISHED, {"item": one.item_id}).one() for one in (ours, other))
        if left != right:
            raise Mismatch(f"publishing: {left} is {right} on the floor")
        for tenant_id in (ours.tenant_id, other.tenant_id):
            if broken := verify_chain(uow, tenant_id=tenant_id):
                raise Mismatch(f"publishing: {broken}")


def measure_heat_map(env: Environment) -> list[float]:
    """Seconds in the database of the supervision's heat map, every unit on a line of its own, as the application."""
    months = MONTHS[-HEAT_MONTHS:]
    ids = [unit.id for unit in env.units]
    values = {"units": ids, "lines": ids, "first": str(months[0]), "last": str(months[-1])}
    explained = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {HEAT_MAP.text}")
    with env.services.database.unit_of_work(SCOPE) as uow:
        plans = [uow.session.execute(explained, values).scalar_one()[0] for _ in range(HEAT_TURNS + 1)]
    return [plan["Execution Time"] / 1000 for plan in plans[1:]]


def measure_suggestions(env: Environment, rounds: int) -> list[float]:
    """Seconds of a request for suggestions, the beginnings of what citizens type taking turns."""
    asked = [getter(env.app, f"/search/suggest?q={typed}") for typed in TYPED]
    for ask in asked:
        ask()
    seconds = []
    for ask in islice(cycle(asked), max(rounds, len(asked))):
        began = perf_counter()
        ask()
        seconds.append(perf_counter() - began)
    return seconds
