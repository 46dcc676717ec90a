"""Which columns hold documents, and which their interpretations; columns that a unit added below them count too."""

from gongkai.publishing.checks import DOCUMENT_COLUMNS

INTERPRETATIONS = "zcjd"
DOCUMENT, INTERPRETATION = "document", "interpretation"


def column_kind(code: str) -> str:
    """`document`, `interpretation`, or empty, by the code of a column."""
    family = code.partition("-")[0]
    if family == INTERPRETATIONS:
        return INTERPRETATION
    return DOCUMENT if family in DOCUMENT_COLUMNS else ""
