"""What deciding on batches adds to the product."""

from gongkai.core.module import Module
from gongkai.publishing.batches.services import REQUESTED
from gongkai.publishing.batches.tasks import run_deeds
from gongkai.publishing.batches.views import blueprint

MODULE = Module(name="publishing.batches", blueprints=(blueprint,), handlers={REQUESTED: run_deeds})
