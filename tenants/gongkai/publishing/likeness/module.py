"""What the search for near-duplicates adds to the product."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.publishing.likeness.tasks import compare_backlog, compare_changed
from gongkai.publishing.publication import CHANGED

MODULE = Module(
    name="publishing.likeness",
    handlers={CHANGED: compare_changed},
    schedule=(Periodic("publishing.compare_backlog", timedelta(minutes=10), compare_backlog),),
)
