"""What search adds to the product."""

from collections.abc import Sequence

from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.search.commands import group
from gongkai.search.views import blueprint


def index_items(services: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Bring the search documents of changed items in line."""
    services.search.index(uow, item_ids)


MODULE = Module(name="search", blueprints=(blueprint,), commands=(group,), handlers={"item.changed": index_items})
