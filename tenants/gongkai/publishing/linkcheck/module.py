"""What the link check adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.linkcheck import domains, office_views, services, unit_views
from gongkai.publishing.linkcheck.checking import check_links
from gongkai.publishing.linkcheck.cli import links
from gongkai.publishing.linkcheck.places import follow_items
from gongkai.publishing.publication import CHANGED

MODULE = Module(
    name="publishing.linkcheck",
    blueprints=(office_views.blueprint, unit_views.blueprint),
    commands=(links,),
    navigation=(
        NavigationLink("督查", "各单位链接检测", "office_links.index", Permission.SUPERVISION_READ, order=72),
        NavigationLink(
            "待办", "链接检测", "link_check.index", Permission.FINDINGS_READ, badge=unit_views.problems, order=65
        ),
    ),
    handlers={
        CHANGED: follow_items,
        domains.CHANGED: services.follow_domains,
        services.RECHECK: services.mark_asked,
    },
    schedule=(Periodic("publishing.check_links", timedelta(minutes=1), check_links),),
)
