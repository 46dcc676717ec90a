"""What search adds to the product."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from gongkai.accounts.permissions import Permission
from gongkai.catalog.services import CHANGED as COLUMN_CHANGED
from gongkai.core.errors import OutOfReach
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.publishing.publication import CHANGED
from gongkai.publishing.terms.texts import READ
from gongkai.search.api import views as api_views
from gongkai.search.asked import views as asked_views
from gongkai.search.asked.services import forget_old
from gongkai.search.commands import group
from gongkai.search.elastic.backend import WRITTEN, SearchWithElastic
from gongkai.search.elastic.indexes import tidy
from gongkai.search.elastic.scratch import tidy_scratch
from gongkai.search.meaning.filling import asking_of, fill_meaning
from gongkai.search.queries import indexable_of
from gongkai.search.services import announce
from gongkai.search.suggestions import views as suggestion_views
from gongkai.search.synonyms import views as synonym_views
from gongkai.search.views import blueprint
from gongkai.tenancy.services import CHANGED as TENANT_CHANGED


def index_items(services: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Bring the search documents of changed items in line."""
    services.search.index(uow, item_ids)


def mirror_documents(services: Services, uow: UnitOfWork, item_ids: Sequence[int]) -> None:
    """Bring the search server in line with documents that were written."""
    services.search.mirror(uow, item_ids)


def tidy_server(services: Services) -> None:
    """Remove what a rebuild or an evaluation that was killed left on the search server."""
    if isinstance(services.search, SearchWithElastic):
        with suppress(OutOfReach):
            tidy(services, services.search.engine)
            tidy_scratch(services, services.search.engine)


def server_remark(services: Services) -> str | None:
    """What is wrong with the search server, where there is one; citizens get the database's results meanwhile."""
    return services.search.engine.problem() if isinstance(services.search, SearchWithElastic) else None


def embedder_remark(services: Services) -> str | None:
    """Whether this process goes without its embedding model at present; citizens get results by words meanwhile."""
    asking = asking_of(services)
    return "the embedding model does not answer" if asking is not None and asking.pause.is_on else None


def follow_units(_: Services, uow: UnitOfWork, tenant_ids: Sequence[int]) -> None:
    """Have what renamed or moved units published written anew."""
    announce(uow, item_ids=indexable_of(uow, owner=Item.tenant_id, ids=tenant_ids))


def follow_columns(_: Services, uow: UnitOfWork, column_ids: Sequence[int]) -> None:
    """Have what stands in changed columns written anew."""
    announce(uow, item_ids=indexable_of(uow, owner=Item.column_id, ids=column_ids))


MODULE = Module(
    name="search",
    blueprints=(
        blueprint,
        suggestion_views.blueprint,
        synonym_views.blueprint,
        asked_views.blueprint,
        api_views.blueprint,
        api_views.pages,
    ),
    navigation=(
        NavigationLink("设置", "检索用词", "search_words.index", Permission.SETTINGS_MANAGE, order=30),
        NavigationLink("设置", "检索情况", "search_queries.index", Permission.SETTINGS_MANAGE, order=31),
    ),
    commands=(group,),
    handlers={
        CHANGED: index_items,
        READ: index_items,
        WRITTEN: mirror_documents,
        TENANT_CHANGED: follow_units,
        COLUMN_CHANGED: follow_columns,
    },
    schedule=(
        Periodic("search.tidy", timedelta(hours=1), tidy_server),
        Periodic("search.meaning", timedelta(seconds=10), fill_meaning),
        Periodic("search.queries", timedelta(days=1), forget_old),
    ),
    remarks={"search_server": server_remark, "embedder": embedder_remark},
)
