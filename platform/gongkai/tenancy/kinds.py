"""Kinds of units and the rules each is under (`regulation.md` section 1): data, not branches."""

from dataclasses import dataclass
from enum import StrEnum


class TenantType(StrEnum):
    """Kinds of units, named as in the glossary (section 1)."""

    PREFECTURE_GOVERNMENT = "prefecture_government"
    COUNTY_GOVERNMENT = "county_government"
    BUREAU = "bureau"
    DISPATCHED_AGENCY = "dispatched_agency"
    TOWNSHIP = "township"
    SUBDISTRICT_OFFICE = "subdistrict_office"
    DEVELOPMENT_ZONE = "development_zone"
    AUTHORIZED_ORGANIZATION = "authorized_organization"
    PUBLIC_UTILITY = "public_utility"
    VILLAGE_COMMITTEE = "village_committee"


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """What a kind of unit is bound by.

    Attributes:
        label: Chinese name of the kind.
        group: heading under which the office counts it (市直单位, 乡镇（街道） …).
        publication_limit: whether the 20 working days of 条例 art. 26 bind it.
        receives_requests: whether it answers requests (arts. 27, 55).
        report_due: `MM-DD` by which its own annual report is due (art. 49), or None.
        monthly_quota: default of SR-Q1, None where no task may be set （基层减负, section 11）.
    """

    label: str
    group: str
    publication_limit: bool
    receives_requests: bool
    report_due: str | None
    monthly_quota: int | None


PROFILES: dict[TenantType, RuleProfile] = {
    TenantType.PREFECTURE_GOVERNMENT: RuleProfile("市（州）人民政府", "政府", True, True, "03-31", None),
    TenantType.COUNTY_GOVERNMENT: RuleProfile("县（市、区）人民政府", "县（市、区）", True, True, "03-31", 100),
    TenantType.BUREAU: RuleProfile("政府部门", "部门", True, True, "01-31", 20),
    TenantType.DISPATCHED_AGENCY: RuleProfile("派出机构", "部门", True, True, None, None),
    TenantType.TOWNSHIP: RuleProfile("乡镇人民政府", "乡镇（街道）", True, True, None, 20),
    TenantType.SUBDISTRICT_OFFICE: RuleProfile("街道办事处", "乡镇（街道）", True, True, None, 20),
    TenantType.DEVELOPMENT_ZONE: RuleProfile("开发区管委会", "部门", True, True, "01-31", 20),
    TenantType.AUTHORIZED_ORGANIZATION: RuleProfile("法律法规授权组织", "部门", True, True, "01-31", 20),
    TenantType.PUBLIC_UTILITY: RuleProfile("公共企事业单位", "公共企事业单位", False, False, None, 4),
    TenantType.VILLAGE_COMMITTEE: RuleProfile("村（居）民委员会", "村（社区）", False, False, None, None),
}
_BY_NAME = {str(kind): rules for kind, rules in PROFILES.items()}
PREFECTURE_BUREAU_QUOTA = 30
"""Default monthly task of a bureau directly under the prefecture (SR-Q1)."""

LEVELS = {"prefecture": "市（州）级", "county": "县级", "township": "乡级", "village": "村级"}
SECTORS = {
    "education": "教育",
    "health": "卫生健康",
    "water": "供水",
    "power": "供电",
    "gas": "供气",
    "heating": "供热",
    "environment": "环境保护",
    "public_transport": "公共交通",
    "other": "其他",
}
GROUP_ORDER = ("政府", "县（市、区）", "部门", "乡镇（街道）", "公共企事业单位", "村（社区）")
SUPERVISING_TYPES = (TenantType.PREFECTURE_GOVERNMENT, TenantType.COUNTY_GOVERNMENT)
HALL_TYPES = (TenantType.AUTHORIZED_ORGANIZATION, TenantType.PUBLIC_UTILITY)
"""Kinds that an archive or a public library is entered as; their people can receive what others hand over."""


def profile(tenant_type: str) -> RuleProfile:
    """Rules of a kind of unit.

    Raises:
        ValueError: for a kind that does not exist.
    """
    found = _BY_NAME.get(tenant_type)
    if found is None:
        raise ValueError(f"no such kind of unit: {tenant_type}")
    return found
