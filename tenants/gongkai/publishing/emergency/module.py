"""What emergency takedown adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.emergency.queries import count_without_paper
from gongkai.publishing.emergency.tasks import remind_papers
from gongkai.publishing.emergency.views import blueprint

MODULE = Module(
    name="publishing.emergency",
    blueprints=(blueprint,),
    navigation=(
        NavigationLink(
            "督查", "紧急撤下", "emergency.index", Permission.EMERGENCY_TAKE_DOWN, badge=count_without_paper, order=90
        ),
    ),
    schedule=(Periodic("publishing.remind_emergency_papers", timedelta(hours=1), remind_papers),),
)
