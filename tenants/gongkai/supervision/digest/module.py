"""What the daily mail adds to the product."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.supervision.digest import views
from gongkai.supervision.digest.tasks import HANDLERS, plan_digests

MODULE = Module(
    name="supervision.digest",
    blueprints=(views.blueprint,),
    handlers=HANDLERS,
    schedule=(Periodic("supervision.daily_mail", timedelta(minutes=30), plan_digests),),
)
