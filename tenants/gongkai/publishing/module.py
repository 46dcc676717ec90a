"""What publishing adds to the product."""

from datetime import timedelta

from gongkai.core.module import Module, Periodic
from gongkai.publishing.tasks import publish_due

MODULE = Module(
    name="publishing",
    schedule=(Periodic("publishing.publish_due", timedelta(seconds=30), publish_due),),
)
