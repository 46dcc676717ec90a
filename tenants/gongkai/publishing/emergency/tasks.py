"""Jobs of emergency takedowns."""

from gongkai.core.ports import Services
from gongkai.publishing.emergency.queries import papers_due

PAPER_DUE = "emergency.paper_due"
"""Event with the id of a case whose paper is due today or late; whoever tells people does it once a day at most."""


def remind_papers(services: Services) -> None:
    """Announce every case that still lacks its paper on the day it is due and after."""
    with services.database.system_scope("emergency papers") as uow:
        for takedown_id in papers_due(uow):
            uow.emit(PAPER_DUE, takedown_id)
