"""What the register of proceedings adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.proceedings import views

MODULE = Module(
    name="supervision.proceedings",
    blueprints=(views.blueprint,),
    navigation=(NavigationLink("督查", "工作记录", "proceedings.index", Permission.FACTS_WRITE, order=51),),
)
