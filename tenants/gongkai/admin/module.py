"""What administration adds to the product."""

from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.admin.calendar_versions import CHANGED, PROPOSED
from gongkai.admin.calendar_views import blueprint as calendar
from gongkai.admin.deputy_views import blueprint as deputies
from gongkai.admin.handover_views import blueprint as handover
from gongkai.admin.local_calendar_views import blueprint as local_calendar
from gongkai.admin.people_views import blueprint as people
from gongkai.admin.reorganisation.tasks import carry_out_due
from gongkai.admin.reorganisation.views import blueprint as reorganisations
from gongkai.admin.settings_views import blueprint as settings
from gongkai.admin.tasks import calendar_changed, calendar_proposed
from gongkai.admin.unit_import_views import blueprint as unit_import
from gongkai.admin.units_views import blueprint as units
from gongkai.core.module import Module, NavigationLink, Periodic

DUTY = "单位与人员"

MODULE = Module(
    name="admin",
    blueprints=(people, handover, deputies, units, unit_import, reorganisations, settings, calendar, local_calendar),
    schedule=(Periodic("admin.reorganise", timedelta(minutes=30), carry_out_due),),
    handlers={PROPOSED: calendar_proposed, CHANGED: calendar_changed},
    navigation=(
        NavigationLink(DUTY, "本单位人员", "people.index", Permission.PEOPLE_MANAGE, order=10),
        NavigationLink(DUTY, "各单位人员", "people.units", Permission.PREFECTURE_PEOPLE_MANAGE, order=20),
        NavigationLink(DUTY, "单位管理", "units.index", Permission.UNITS_MANAGE, order=30),
        NavigationLink(DUTY, "机构调整", "reorganisations.index", Permission.UNITS_MANAGE, order=40),
        NavigationLink("设置", "网站信息", "settings.index", Permission.SETTINGS_MANAGE, order=10),
        NavigationLink("设置", "工作日历", "calendar.index", Permission.SETTINGS_MANAGE, order=20),
        NavigationLink("督查", "地方节假日", "local_calendar.index", Permission.RULES_MANAGE, order=67),
    ),
)
