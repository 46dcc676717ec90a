"""What the agenda adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.supervision.agenda import views

MODULE = Module(
    name="supervision.agenda",
    blueprints=(views.blueprint,),
    navigation=(NavigationLink("待办", "今日事项", "agenda.show", Permission.FINDINGS_READ, order=20),),
)
