"""What the portal adds to the product."""

from gongkai.core.module import Module
from gongkai.portal import front_views, item_views, sitemap_views, unit_views

MODULE = Module(
    name="portal",
    blueprints=(front_views.blueprint, unit_views.blueprint, item_views.blueprint, sitemap_views.blueprint),
)
