"""Notices to single people: a deputy was named or ended, somebody's work passed to a successor."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from gongkai.accounts.deputies import ENDED, NAMED
from gongkai.accounts.models import Deputy
from gongkai.accounts.permissions import ROLE_LABELS, Role
from gongkai.core.calendar.instants import format_date
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.publishing import queries
from gongkai.publishing.handover.models import Handover
from gongkai.publishing.handover.services import DONE
from gongkai.supervision.alerts import notify

DEPUTY_NOTICE = "deputy"
HANDOVER_NOTICE = "handover"
DEPUTIES_PATH = "/account/deputies"
Words = Callable[[str, str, str, str], tuple[str, str, str]]
"""Names of principal and deputy, post, dates → subject, what the principal reads, what the deputy reads."""


def deputy_named(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
    """Handler of `deputy.named`: principal and deputy are told."""
    _tell(uow, ids, "named", _named_words)


def deputy_ended(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
    """Handler of `deputy.ended`: principal and deputy are told."""
    _tell(uow, ids, "ended", _ended_words)


def handed_over(_: Services, uow: UnitOfWork, ids: Sequence[int]) -> None:
    """Handler of `handover.done`: the successor is told what came to them."""
    for done in uow.session.scalars(select(Handover).where(Handover.id.in_(ids)).order_by(Handover.id)):
        names = queries.names_of(uow, (done.leaver_id,))
        number = sum(len(passed) for passed in done.detail["items"].values())
        roles = "、".join(ROLE_LABELS[Role(role)] for role in done.detail["roles"])
        posts = f"，您新任{roles}" if roles else ""
        notify(
            uow,
            tenant_id=done.tenant_id,
            user_id=done.successor_id,
            kind=HANDOVER_NOTICE,
            key=f"handover:{done.id}",
            subject=f"接办{names[done.leaver_id]}的工作",
            body=f"{names[done.leaver_id]}名下的{number}条未办结信息已交由您办理{posts}。请在“我的待办”中查看。",
            link="/work/",
        )


def _tell(uow: UnitOfWork, ids: Sequence[int], deed: str, words: Words) -> None:
    for deputy in uow.session.scalars(select(Deputy).where(Deputy.id.in_(ids)).order_by(Deputy.id)):
        names = queries.names_of(uow, (deputy.principal_id, deputy.deputy_id))
        days = f"{format_date(deputy.valid_from)}至{format_date(deputy.valid_to)}"
        post = ROLE_LABELS[Role(deputy.role)]
        subject, *bodies = words(names[deputy.principal_id], names[deputy.deputy_id], post, days)
        for user_id, body in zip((deputy.principal_id, deputy.deputy_id), bodies, strict=True):
            notify(
                uow,
                tenant_id=deputy.tenant_id,
                user_id=user_id,
                kind=DEPUTY_NOTICE,
                key=f"deputy:{deputy.id}:{deed}:{user_id}",
                subject=subject,
                body=body,
                link=DEPUTIES_PATH,
            )


def _named_words(principal: str, deputy: str, post: str, days: str) -> tuple[str, str, str]:
    return (
        f"{post}岗位由{deputy}代理",
        f"{days}，您的{post}岗位由{deputy}代理，到期自动结束；提前返岗的，可以提前结束代理。",
        f"{days}，由您代理{principal}的{post}岗位，到期自动结束。您自己编写的信息仍由其他同志审查、批准。",
    )


def _ended_words(principal: str, deputy: str, post: str, days: str) -> tuple[str, str, str]:
    return (
        f"{post}岗位的代理已结束",
        f"{deputy}代理您{post}岗位（{days}）已提前结束，该岗位的信息由您本人办理。",
        f"您代理{principal}的{post}岗位（{days}）已提前结束，不再办理该岗位的信息。",
    )


HANDLERS = {NAMED: deputy_named, ENDED: deputy_ended, DONE: handed_over}
