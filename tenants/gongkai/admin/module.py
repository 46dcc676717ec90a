"""What administration adds to the product."""

from gongkai.accounts.permissions import Permission
from gongkai.admin.people_views import blueprint as people
from gongkai.admin.unit_import_views import blueprint as unit_import
from gongkai.admin.units_views import blueprint as units
from gongkai.core.module import Module, NavigationLink

DUTY = "单位与人员"

MODULE = Module(
    name="admin",
    blueprints=(people, units, unit_import),
    navigation=(
        NavigationLink(DUTY, "本单位人员", "people.index", Permission.PEOPLE_MANAGE, order=10),
        NavigationLink(DUTY, "各单位人员", "people.units", Permission.PREFECTURE_PEOPLE_MANAGE, order=20),
        NavigationLink(DUTY, "单位管理", "units.index", Permission.UNITS_MANAGE, order=30),
    ),
)
