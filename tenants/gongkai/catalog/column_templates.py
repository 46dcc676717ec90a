"""Column templates by kind of unit (`catalog.md` sections 10.1–10.6), read from `column_templates.csv`."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gongkai.tenancy.kinds import TenantType

PARTS = {
    "guide": "政府信息公开指南",
    "rules": "政府信息公开制度",
    "statutory": "法定主动公开内容",
    "report": "政府信息公开年报",
    "other": "其他栏目",
}

TEMPLATES_OF: Mapping[TenantType, tuple[str, ...]] = {
    TenantType.PREFECTURE_GOVERNMENT: ("agency", "government"),
    TenantType.COUNTY_GOVERNMENT: ("agency", "government"),
    TenantType.TOWNSHIP: ("agency", "township"),
    TenantType.SUBDISTRICT_OFFICE: ("agency", "township"),
    TenantType.PUBLIC_UTILITY: ("utility",),
    TenantType.VILLAGE_COMMITTEE: ("village",),
}
DEFAULT_TEMPLATES = ("agency",)
ONLY_PREFECTURE = frozenset({"gz"})
"""规章 are made by prefecture governments and above only （立法法 art. 93）."""


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One row of a template; `code` is the same in every unit, so that the office can compare units."""

    template: str
    code: str
    parent: str
    name: str
    part: str
    statutory_item: str
    update_period: str
    rule_type: str
    key_area_group: str
    required: bool
    owner_role: str
    accepts_items: bool
    description: str


@cache
def all_columns() -> Sequence[TemplateColumn]:
    """Every row of the templates, in order."""
    with (files("gongkai.catalog") / "column_templates.csv").open(encoding="utf8") as source:
        rows = list(csv.DictReader(source))
    flags = {"required", "accepts_items"}
    return [TemplateColumn(**{k: (v == "1" if k in flags else v) for k, v in row.items()}) for row in rows]  # type: ignore[arg-type]


def template_for(tenant_type: TenantType) -> Sequence[TemplateColumn]:
    """The columns that a unit of this kind gets, parents first, in display order."""
    wanted = TEMPLATES_OF.get(tenant_type, DEFAULT_TEMPLATES)
    found = [column for column in all_columns() if column.template in wanted]
    if tenant_type is not TenantType.PREFECTURE_GOVERNMENT:
        found = [column for column in found if column.code not in ONLY_PREFECTURE]
    return sorted(found, key=lambda column: column.parent != "")


@cache
def column_names() -> Mapping[str, str]:
    """Template code → name."""
    return {column.code: column.name for column in all_columns()}


@cache
def column_parts() -> Mapping[str, str]:
    """Template code → part of the catalogue (`PARTS`)."""
    return {column.code: column.part for column in all_columns()}
