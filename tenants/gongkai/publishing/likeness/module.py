"""What the search for near-duplicates adds to the product."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.publishing.likeness.tasks import WANTED, compare_backlog, compare_wanted, want_comparison
from gongkai.publishing.publication import CHANGED

MODULE = Module(
    name="publishing.likeness",
    handlers={CHANGED: want_comparison, WANTED: compare_wanted},
    giving_way=frozenset({WANTED}),
    schedule=(Periodic("publishing.compare_backlog", timedelta(minutes=10), compare_backlog),),
)
