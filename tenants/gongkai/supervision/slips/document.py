"""A reminder slip as an official document (form D11): number, matter, basis, text, time to reply, units."""

from collections.abc import Sequence

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.officialdoc.layout import date_text
from gongkai.core.officialdoc.model import Annex, Block, Column, OfficialDocument, Run, Table, paragraph
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.slips.models import ReminderSlip
from gongkai.supervision.slips.states import label_of
from gongkai.tenancy.models import Tenant

NAMED = 5
"""So many units are named in the line of addressees; more of them stand in an annex."""


def title_of(slip: ReminderSlip) -> str:
    """The document's title, which is also its file's name."""
    return f"关于{slip.matter}的工作提示单"


def build(uow: UnitOfWork, *, slip: ReminderSlip, units: Sequence[AnyRow]) -> OfficialDocument:
    """The slip to these units (rows of `deliveries_of`), with their state where an annex lists them."""
    office = uow.session.get_one(Tenant, slip.tenant_id)
    annexes = () if len(units) <= NAMED else (_annex(units, uow),)
    addressees = "、".join(row.official_name for row in units) if not annexes else "各有关单位"
    return OfficialDocument(
        agency_banner="工作提示单",
        title=title_of(slip),
        document_number=slip.number,
        main_addressees=addressees,
        blocks=tuple(_blocks(slip)),
        signature_agency=office.official_name,
        formed_date=slip.issued_date,
        attachment_note=tuple(annex.title for annex in annexes),
        annexes=annexes,
    )


def _blocks(slip: ReminderSlip) -> list[Block]:
    found: list[Block] = [paragraph(f"依据：{slip.basis.rstrip('。')}。")]
    found += [paragraph(line) for line in slip.body.split("\n")]
    if slip.about or slip.about_url:
        parts = [Run(slip.about or slip.about_url, slip.about_url or None)]
        found.append(paragraph("涉及内容：", *parts, "。"))
    found.append(
        paragraph(
            f"请于{date_text(slip.due_date)}前（{slip.working_days}个工作日内）通过政府信息公开平台回复办理情况。"
            f"联系人：{slip.contact}，联系电话：{slip.phone}。"
        )
    )
    return found


def _annex(units: Sequence[AnyRow], uow: UnitOfWork) -> Annex:
    today = shanghai_date(uow.now)
    columns = (Column("序号", 8, "center"), Column("单位", 40), Column("回复时限", 20), Column("办理情况", 20))
    rows = tuple(
        (str(number), row.official_name, date_text(row.due_date), label_of(row.state, row.due_date, today))
        for number, row in enumerate(units, 1)
    )
    return Annex("工作提示单印发单位名单", (Table(None, columns, rows),))
