"""Each unit of the prefecture has published its disclosure guide."""

from sqlalchemy import select

from gongkai.catalog.guide import publish_guide
from gongkai.catalog.guide_content import GuideContent, ReadingPlace, RequestChannel, first_draft
from gongkai.catalog.models import DisclosureGuide
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.units import UnitRow, units
from gongkai.tenancy.kinds import profile
from gongkai.tenancy.models import Tenant


def publish_guides(uow: UnitOfWork) -> int:
    """Publish a guide, in force today, for each unit in use that has none; returns how many."""
    with_guide = select(DisclosureGuide.tenant_id)
    waiting = select(Tenant).where(Tenant.status == "active", Tenant.id.not_in(with_guide)).order_by(Tenant.id)
    rows = {row.code: row for row in units()}
    done = 0
    for tenant in uow.session.scalars(waiting).all():
        if row := rows.get(tenant.code):
            content = _content(tenant, row)
            day = shanghai_date(uow.now)
            publish_guide(uow, tenant_id=tenant.id, content=content, effective_date=day, published_by=None)
            done += 1
    return done


def _content(tenant: Tenant, row: UnitRow) -> GuideContent:
    """The words of the regulation with the unit's own addresses; utilities answer no requests （条例 art. 55）."""
    whole = row.office_name.startswith(row.official_name)
    office = row.office_name if whole else f"{row.official_name}{row.office_name}"
    channels = (
        RequestChannel(kind="mail", detail=f"寄送至{row.address}，收件人为{office}，信封上注明“政府信息公开申请”。"),
        RequestChannel(kind="in_person", detail=f"到{office}当面提交，{row.hours}受理。"),
    )
    requests = profile(row.tenant_type).receives_requests
    given = {
        "office_name": row.office_name,
        "hours": (row.hours,),
        "fax": row.phone,
        "reading_places": (ReadingPlace(name=f"{row.office_name}查阅点", address=row.address, hours=row.hours),),
        "request_channels": channels if requests else (),
    }
    return first_draft(tenant).model_copy(update=given)
