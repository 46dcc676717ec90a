"""The prefecture's archive as receiving hall: last month's lists, sent by three units, one confirmed, one disputed."""

from sqlalchemy import select

from gongkai.accounts.passwords import hash_password, make_hasher
from gongkai.accounts.permissions import Role
from gongkai.accounts.services import add_membership, create_user
from gongkai.catalog.services import provision_columns
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.people import PASSWORD, POSTS
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.transfers.halls import appoint
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.schemas import Sending
from gongkai.supervision.transfers.services import confirm, dispute, send
from gongkai.supervision.transfers.states import Hall, Medium
from gongkai.supervision.transfers.tasks import make_lists
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.services import NewTenant, create_tenant

OFFICE, ARCHIVE = "yl-zf-zwgk", "yl-dag"
RECEIVER = f"{ARCHIVE}-jsy"
SENT = ("yl-czj", "yl-mzj", "yl-rsj")
MISSING = "清单列明的纸质文本缺第二页，请补送"


def play(stage: Stage) -> None:
    """The archive is entered with its people and appointed; lists are made, sent, taken on or questioned."""
    stage.once("transfers.archive", stage.at(4, 9), _enter, stage)
    stage.once("transfers.appoint", stage.at(3, 9), _appoint)
    stage.once("transfers.lists", stage.at(3, 10), make_lists)
    for hour, code in enumerate(SENT, 9):
        stage.once(f"transfers.send.{code}", stage.at(2, hour), _send, code)
    stage.once("transfers.confirm", stage.at(1, 10), _confirm, SENT[0])
    stage.once("transfers.dispute", stage.at(1, 11), _dispute, SENT[1])


def _enter(uow: UnitOfWork, stage: Stage) -> None:
    new = NewTenant(
        code=ARCHIVE, official_name="云岭州档案馆", short_name="州档案馆",
        tenant_type=TenantType.AUTHORIZED_ORGANIZATION, level="prefecture", sort_order=8900,
        established_date=shanghai_date(uow.now), parent_id=unit_id(uow, "yl-zf"),
    )  # fmt: skip
    tenant = create_tenant(uow, new=new)
    provision_columns(uow, tenant_id=tenant.id)
    hashed = hash_password(make_hasher(stage.services.settings.password_hash_cost), PASSWORD)
    for key, label, roles in (*POSTS, ("jsy", "接收员", frozenset({Role.RECEIVER}))):
        user = create_user(
            uow, username=f"{ARCHIVE}-{key}", name=f"州档案馆{label}", mobile=None, email=None, password_hash=hashed,
            must_change_password=False,
        )  # fmt: skip
        add_membership(uow, user_id=user.id, tenant_id=tenant.id, roles=roles, section="办公室")


def _appoint(uow: UnitOfWork) -> None:
    hall_id, last = unit_id(uow, ARCHIVE), Period.of(shanghai_date(uow.now)).previous()
    appoint(uow, actor=actor_of(uow, OFFICE), hall_id=hall_id, kind=Hall.ARCHIVE, from_period=last)


def _send(uow: UnitOfWork, code: str) -> None:
    form = Sending(Medium.BOTH, "办公室", "0840-3000000")
    send(uow, actor=actor_of(uow, f"{code}-xxy"), transfer_id=_list(uow, code), form=form)


def _confirm(uow: UnitOfWork, code: str) -> None:
    confirm(uow, actor=actor_of(uow, RECEIVER), transfer_id=_list(uow, code))


def _dispute(uow: UnitOfWork, code: str) -> None:
    dispute(uow, actor=actor_of(uow, RECEIVER), transfer_id=_list(uow, code), problems={}, text=MISSING)


def _list(uow: UnitOfWork, code: str) -> int:
    query = select(TransferList.id).where(TransferList.tenant_id == unit_id(uow, code))
    return uow.session.scalars(query.order_by(TransferList.id.desc()).limit(1)).one()
