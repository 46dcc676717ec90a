"""Notices of transfers: to the unit when a hall objects. What is to be sent and what is late tells `tasks`."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gongkai.core.calendar.instants import format_date
from gongkai.core.calendar.periods import Period
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.transfers.models import TransferList
from gongkai.supervision.transfers.services import DISPUTED
from gongkai.supervision.transfers.tasks import TRANSFER_NOTICE
from gongkai.tenancy.models import Tenant


def tell_dispute(_: Services, uow: UnitOfWork, list_ids: Sequence[int]) -> None:
    """Handler of `transfer.disputed`: the unit learns that what arrived differs, and by when it has to answer."""
    rows = uow.session.execute(
        select(
            TransferList.id, TransferList.tenant_id, TransferList.period, TransferList.due_date,
            Tenant.official_name.label("hall"),
        )
        .join(Tenant, Tenant.id == TransferList.hall_id)
        .where(TransferList.id.in_(list_ids))
    )  # fmt: skip
    for row in rows:
        label = Period.parse(row.period).label
        notify(
            uow,
            tenant_id=row.tenant_id,
            kind=TRANSFER_NOTICE,
            key=f"transfer-dispute:{row.id}",
            subject=f"{label}送交的政府信息有出入",
            body=f"{row.hall}收到的{label}政府信息与清单有出入，请于{format_date(row.due_date)}前核对、补送并答复。",
            link=f"/work/transfers/{row.id}",
        )


HANDLERS: Mapping[str, EventHandler] = {DISPUTED: tell_dispute}
