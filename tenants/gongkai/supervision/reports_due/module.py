"""What the annual reports due add to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.supervision.reports_due import views
from gongkai.supervision.reports_due.tasks import remind

NAVIGATION = (NavigationLink("督查", "年度报告", "reports_due.index", Permission.FACTS_WRITE, order=52),)
SCHEDULE = (Periodic("supervision.report_reminders", timedelta(hours=6), remind),)
MODULE = Module(
    name="supervision.reports_due", blueprints=(views.blueprint,), navigation=NAVIGATION, schedule=SCHEDULE
)  # fmt: skip
