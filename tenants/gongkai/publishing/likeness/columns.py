"""Which columns are compared: papers of enforcement rightly differ in names and numbers only (SR-Q5)."""

from sqlalchemy import and_, func

from gongkai.catalog.models import ContentColumn

ENFORCEMENT = "enforcement_and_power"
"""Group of key areas: permits, penalties, coercion, inspections, lists of powers (`catalog.md` section 10)."""
ENFORCEMENT_COLUMNS = ("xzxk", "xzcf", "xzqz", "jdjc", "qzqd")
"""The columns of that group by their templates, whatever group an office has put them into since."""
IS_COMPARED = and_(
    ContentColumn.key_area_group != ENFORCEMENT,
    func.coalesce(ContentColumn.template_code, "").not_in(ENFORCEMENT_COLUMNS),
)


def is_compared(column: ContentColumn) -> bool:
    """The same of a column at hand."""
    return column.key_area_group != ENFORCEMENT and column.template_code not in ENFORCEMENT_COLUMNS
