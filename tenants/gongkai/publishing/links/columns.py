"""Which columns hold documents, their interpretations, or consultations; those that a unit added below count too."""

from gongkai.publishing.checks import DOCUMENT_COLUMNS
from gongkai.publishing.consultations import COLUMNS

INTERPRETATIONS = "zcjd"
DOCUMENT, INTERPRETATION, CONSULTATION = "document", "interpretation", "consultation"


def column_kind(code: str) -> str:
    """`document`, `interpretation`, `consultation` or empty, by the code of a column."""
    family = code.partition("-")[0]
    if family == INTERPRETATIONS:
        return INTERPRETATION
    if family in COLUMNS:
        return CONSULTATION
    return DOCUMENT if family in DOCUMENT_COLUMNS else ""
