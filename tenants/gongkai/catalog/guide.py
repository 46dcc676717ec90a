"""What happens to a unit's disclosure guide: versions are published and never changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select

from gongkai.catalog.guide_content import GuideContent, content_faults
from gongkai.catalog.models import DisclosureGuide
from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.tenancy.kinds import profile
from gongkai.tenancy.models import Tenant

LONGEST_NOTICE = timedelta(days=366)
_LOCK = 0x67756964
"""Class of the advisory lock under which a unit's versions are numbered."""


@dataclass(frozen=True, slots=True)
class PublishedGuide:
    """A version of a unit's guide."""

    id: int
    tenant_id: int
    version: int
    effective_date: date
    published_at: datetime
    published_by: int | None
    content: GuideContent


def current_guide(uow: UnitOfWork, *, tenant_id: int) -> PublishedGuide | None:
    """The guide in force today; None while the unit has none."""
    query = _of(tenant_id).where(DisclosureGuide.effective_date <= shanghai_date(uow.now))
    return _first(uow, query.order_by(DisclosureGuide.version.desc()))


def latest_guide(uow: UnitOfWork, *, tenant_id: int) -> PublishedGuide | None:
    """The newest version, in force already or not; None while there is none."""
    return _first(uow, _of(tenant_id).order_by(DisclosureGuide.version.desc()))


def get_guide(uow: UnitOfWork, *, tenant_id: int, version: int) -> PublishedGuide:
    """One version of a unit's guide.

    Raises:
        NotFound: when there is no such version.
    """
    found = _first(uow, _of(tenant_id).where(DisclosureGuide.version == version))
    if found is None:
        raise NotFound("公开指南没有这一版。")
    return found


def publish_guide(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    content: GuideContent,
    effective_date: date,
    published_by: int | None,
    based_on: int | None = None,
) -> PublishedGuide:
    """Publish the next version of a unit's guide, in force from `effective_date` on.

    `based_on` is the version that the person had before them (0 for none); None asks for no such check.

    Raises:
        NotFound: when the unit is missing.
        Invalid: naming each field; also when nothing differs from the newest version.
        Conflict: when somebody published another version in the meantime.
    """
    tenant = uow.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("单位不存在。")
    check_guide(uow, tenant=tenant, content=content, effective_date=effective_date)
    uow.session.execute(select(func.pg_advisory_xact_lock(_LOCK, tenant_id % 2**31)))
    latest = latest_guide(uow, tenant_id=tenant_id)
    newest = latest.version if latest else 0
    if latest and (latest.content, latest.effective_date) == (content, effective_date):
        raise Invalid([Fault("", f"内容和生效日期与第{newest}版相同，没有发布新版", "")])
    if based_on is not None and based_on != newest:
        raise Conflict(f"他人已发布公开指南第{newest}版，您的内容没有发布。请打开最新一版，合并修改后重新发布。")
    made = DisclosureGuide(
        tenant_id=tenant_id,
        version=newest + 1,
        effective_date=effective_date,
        content=content.model_dump(mode="json"),
        published_at=uow.now,
        published_by=published_by,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.audit(
        "guide.publish",
        tenant_id=tenant_id,
        object_type="disclosure_guide",
        object_id=made.id,
        detail={"version": made.version, "effective_date": effective_date.isoformat()},
    )
    return _guide(made)


def check_guide(uow: UnitOfWork, *, tenant: Tenant, content: GuideContent, effective_date: date) -> None:
    """Refuse a guide that could not be published.

    Raises:
        Invalid: naming each field.
    """
    faults = content_faults(content, receives_requests=profile(tenant.tenant_type).receives_requests)
    latest = latest_guide(uow, tenant_id=tenant.id)
    if effective_date > shanghai_date(uow.now) + LONGEST_NOTICE:
        faults.append(Fault("effective_date", "生效日期在一年以后", "请核对日期"))
    if latest and effective_date < latest.effective_date:
        problem = f"生效日期不能早于上一版的生效日期（{format_date(latest.effective_date)}）"
        faults.append(Fault("effective_date", problem, "请核对日期"))
    if faults:
        raise Invalid(faults)


def _of(tenant_id: int) -> Select[DisclosureGuide]:
    return select(DisclosureGuide).where(DisclosureGuide.tenant_id == tenant_id).limit(1)


def _first(uow: UnitOfWork, query: Select[DisclosureGuide]) -> PublishedGuide | None:
    found = uow.session.scalar(query)
    return None if found is None else _guide(found)


def _guide(row: DisclosureGuide) -> PublishedGuide:
    return PublishedGuide(
        id=row.id,
        tenant_id=row.tenant_id,
        version=row.version,
        effective_date=row.effective_date,
        published_at=row.published_at,
        published_by=row.published_by,
        content=GuideContent.model_validate(row.content),
    )
