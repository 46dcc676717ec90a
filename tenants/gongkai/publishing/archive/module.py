"""What archive copies add to the product."""

from gongkai.core.module import Module
from gongkai.publishing.archive.views import blueprint

MODULE = Module(name="publishing.archive", blueprints=(blueprint,))
