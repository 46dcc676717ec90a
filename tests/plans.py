"""What the database does for a list: each statement a function runs, explained as the application's role ran it.

A database of its own is filled like a prefecture after some years, so that a plan that reads too much shows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from gongkai.run.modules import METADATA

SMALL = {
    "tenant", "tenant_period", "tenant_succession", "disclosure_guide",  # as many as there are units, or a few each
    "local_holiday", "calendar_version",  # an office enters a notice a year
    "site_setting", "calendar_year", "office_rule", "circular",  # set or written by an office, one at a time
    "validity_list",  # a unit cleans its documents up once a year or two
    "reorganisation", "tenant_grace", "column_succession",  # a few a year
    "intake_sender",  # a unit has one document system, or a few
    "import_batch",  # a unit brings its history once, and a list of drafts now and then
    "report_list",  # an office makes one a year
    "receiving_hall",  # an office appoints an archive and a library
    "slip_counter",  # a row a year for each office
    "verification_round",  # one or two for each circular of an office
    "rule_exemption",  # an office decides on a few in a year
    "emergency_takedown",  # an office takes down at once a few times in a year
    "chain_template", "term_sweep",  # a few chains that a unit has set, the times that an office had all read again
    "collection_source",  # a unit has one or two, permitted by an office
    "link_domain",  # the sites elsewhere that an office allows
}  # fmt: skip
BIG = set(METADATA.tables) - SMALL
"""Tables that grow with items, people, days or deeds; a new table is one of them until it is said to be small."""
MOST_ROWS = 1_000
"""So many rows of a big table a list may look at: a page, a queue, what is on a unit's desk, a month of a unit."""
MOST_PAGES = 50
"""So many pages a walk along an index may touch when it does not begin at a value of its first column."""
_SETTINGS = "SELECT set_config('gongkai."
_LEADING = text("""
SELECT c.relname, a.attname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
""")


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT that was run, with its parameters and those of the scope that it ran in."""

    sql: str
    parameters: Any
    scope: Any


@dataclass
class Watched:
    """What an engine was asked; `scope` sets the settings that row-level security read last."""

    scope: tuple[str, Any] = ("SELECT 1", None)
    statements: list[Statement] = field(default_factory=list)


@contextmanager
def watching(engine: Engine) -> Iterator[Watched]:
    """Note every SELECT that is run on `engine`."""
    seen = Watched()

    def note(_c: object, _cursor: object, sql: str, parameters: Any, _context: object, many: bool) -> None:
        if sql.startswith(_SETTINGS):
            seen.scope = (sql, parameters)
        elif sql.lstrip().startswith(("SELECT", "WITH")) and not many:
            seen.statements.append(Statement(sql, parameters, seen.scope))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def faults(engine: Engine, statement: Statement, *, whole: Mapping[str, str]) -> list[str]:
    """What is wrong with the plan of a statement, run again in its scope; `whole` are tables that it may read through.

    Wrong is to read a big table from end to end, to walk an index without its first column, and to look at more
    than MOST_ROWS rows, whether they are kept or thrown away.
    """
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar_one() == "gongkai_app"
        connection.exec_driver_sql(*statement.scope)
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS, FORMAT JSON) {statement.sql}"
        (plan,) = connection.exec_driver_sql(explain, statement.parameters).scalar_one()
        first = _first_columns(connection)
    read: dict[str, float] = {}
    found = []
    for node in _nodes(plan["Plan"]):
        table = node.get("Relation Name", "")
        if table not in BIG or table in whole:
            continue
        read[table] = read.get(table, 0) + _looked_at(node)
        if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
            found.append(f"reads {table} from end to end")
        index, condition = node.get("Index Name", ""), node.get("Index Cond", "")
        pages = node["Shared Hit Blocks"] + node["Shared Read Blocks"]
        if condition and first[index] not in condition and pages > MOST_PAGES:
            found.append(f"walks {index} without its first column: {condition}")
    found += [f"looks at {rows:.0f} rows of {table}" for table, rows in read.items() if rows > MOST_ROWS]
    return found and [*found, statement.sql, *_outline(plan["Plan"])]


def _first_columns(connection: Connection) -> dict[str, str]:
    return {row.relname: row.attname for row in connection.execute(_LEADING)}


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _looked_at(node: Mapping[str, Any]) -> float:
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = node["Actual Rows"] + sum(node.get(key, 0) for key in removed)
    return float(rows * node["Actual Loops"])


def _outline(plan: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """A plan as lines, as `EXPLAIN` shows it to people."""
    names = ("Node Type", "Index Name", "Relation Name", "Index Cond", "Filter", "Actual Rows", "Actual Loops")
    removed = plan.get("Rows Removed by Filter")
    shown = "  ".join(str(plan[name]) for name in names if name in plan)
    yield "  " * depth + shown + (f"  removed {removed}" if removed else "")
    for below in plan.get("Plans", ()):
        yield from _outline(below, depth + 1)
