"""Jobs of what happens afterwards. Pages go by the date themselves; the jobs tell search, feeds and the units."""

from sqlalchemy import text, update

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.ports import Services
from gongkai.publishing.lifecycle.terms import soon_until
from gongkai.publishing.models import DISPLAY_DUE, TERM_DUE, Item
from gongkai.publishing.publication import CHANGED, GOES_ON

TERM_ENDS = "item.term_ends"


def end_displays(services: Services) -> None:
    """Have search and feeds follow each item whose display has ended; a day that is set anew is told anew."""
    with services.database.system_scope("end of displays") as uow:
        ended = uow.session.scalars(
            update(Item)
            .where(text(DISPLAY_DUE), Item.display_until <= shanghai_date(uow.now))
            .values(display_told_date=Item.display_until)
            .returning(Item.id)
            .execution_options(synchronize_session=False)
        ).all()
        for item_id in sorted(ended):
            uow.emit(CHANGED, item_id)


def tell_terms(services: Services) -> None:
    """Have the unit told of each document whose term ends within six months, once for each end."""
    with services.database.system_scope("ends of terms") as uow:
        ending = uow.session.scalars(
            update(Item)
            .where(
                text(TERM_DUE),
                Item.valid_until <= soon_until(shanghai_date(uow.now)),
                Item.validity.in_(GOES_ON),
            )
            .values(term_told_date=Item.valid_until)
            .returning(Item.id)
            .execution_options(synchronize_session=False)
        ).all()
        for item_id in sorted(ending):
            uow.emit(TERM_ENDS, item_id)
