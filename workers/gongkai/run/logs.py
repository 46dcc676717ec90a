"""Structured logs: static event names with key-value ids, as JSON lines or for a person's terminal.

Nobody's telephone or identity number stands in a log: a failure of the database would quote the row that it refused.
"""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[1-9]\d{5}(?:19|20)\d{9}[\dXx]|(?:\+?86[- ]?)?1[3-9]\d{9})(?![0-9A-Za-z])")
MASK = "***"


def mask_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put `***` in the place of identity and mobile numbers, also within the text of an exception."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _PERSONAL.sub(MASK, value)
    return event


def configure_logs(log_format: str, level: str = "INFO") -> None:
    """Send every event of `level` and above to standard error, and what libraries say from warnings on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        mask_personal,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        # The renderer's own way with exceptions would print the variables of every function.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
