"""What the portal adds to the product."""

from gongkai.core.module import Module
from gongkai.portal.views import blueprint

MODULE = Module(name="portal", blueprints=(blueprint,))
