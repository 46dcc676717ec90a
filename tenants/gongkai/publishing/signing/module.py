"""What signatures on paper add to the product."""

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.signing import chain_views, office_views, queries, views


def own_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Signatures of the unit that this person can check."""
    return queries.count_checkable(uow, actor=actor)


def office_badge(uow: UnitOfWork, actor: Actor) -> int:
    """Signatures of units below that wait for the office's check."""
    return queries.count_for_office(uow, actor=actor)


MODULE = Module(
    name="publishing.signing",
    blueprints=(views.blueprint, office_views.blueprint, chain_views.blueprint),
    navigation=(
        NavigationLink("审查", "线下签批", "signing.index", Permission.ITEMS_READ, own_badge, order=30),
        NavigationLink(
            "督查", "线下签批核对", "office_signing.index", Permission.PAPER_CONFIRM, office_badge, order=85
        ),
        NavigationLink("设置", "审批流程", "review_chain.index", Permission.CHAIN_MANAGE, order=30),
    ),
)
