"""Tables of the link check: addresses with what was found there, where they stand, the offices' lists of domains."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

KINDS = {"link": "正文链接", "image": "正文图片", "source": "来源网址"}
VERDICTS = {
    "waiting": "待检测",
    "fine": "正常",
    "failing": "待复核",
    "unsure": "不能确定",
    "dead": "不能打开",
    "certificate": "证书无效",
    "inner": "内部网络地址",
}
"""What is known of an address. `failing` has failed, but not yet on as many days as it takes to call it dead."""
RESULTS = VERDICTS | {"malformed": "网址有误", "outside": "不在政府网站域名名单内"}
"""What a link is to its unit: the verdict on its address, unless it is no address or leads off the list."""
PROBLEMS = ("dead", "outside", "inner", "malformed", "certificate")
"""Results that a unit has to work off, in the order in which they are listed."""
FOUND_BY_ASKING = ("dead", "inner", "certificate")
"""Those of them that an answer, or none, has shown; the others show in the address itself."""
IS_PROBLEM = one_of("result", PROBLEMS)


class CheckedLink(Base):
    """An address that public items link to; one row whatever the number of links, so that it is asked for once.

    Attributes:
        address: in the spelling of `addresses.target_of`; of this platform the path.
        host: empty on this platform, whose addresses are looked up and never asked for.
        target_item_id: the item of this platform that the address names, if any.
        words: what was found, for people; `status` the last answer's.
        final_host: where redirects led in the end, if elsewhere.
        failed_at: when it failed first of the times in a row; on `failed_days` different days, the last of them
            `last_failed_date`; `gone_days` of these, to the end, said that the page is gone.
        due_at: when it is asked for next; empty for what is never asked for. A claimed one is due again after a while.
        asked_at: when somebody asked for it to be looked at now.
    """

    __tablename__ = "checked_link"

    id: Mapped[int] = big_id()
    address: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    target_item_id: Mapped[int | None] = mapped_column(BigInteger)
    verdict: Mapped[str] = mapped_column(Text, default="waiting")
    words: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[int | None] = mapped_column(Integer)
    final_host: Mapped[str] = mapped_column(Text, default="")
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_days: Mapped[int] = mapped_column(Integer, default=0)
    gone_days: Mapped[int] = mapped_column(Integer, default=0)
    last_failed_date: Mapped[date | None] = mapped_column(Date)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("verdict", tuple(VERDICTS)), name="verdict"),
        CheckConstraint("(failed_days > 0) = (failed_at IS NOT NULL)", name="failed"),
        UniqueConstraint("address"),
        Index(None, "host", "due_at"),
        Index("ix_checked_link_due_at", "due_at", postgresql_where="due_at IS NOT NULL"),
        Index("ix_checked_link_asked", "due_at", postgresql_where="asked_at IS NOT NULL"),
        Index("ix_checked_link_checked_at", "checked_at", postgresql_where="checked_at IS NOT NULL"),
        Index("ix_checked_link_target", "target_item_id", postgresql_where="target_item_id IS NOT NULL"),
    )


class LinkPlace(Base):
    """A link of a public item: where it stands in it, its words, and what it is to its unit.

    Attributes:
        position: in the order of the page, from 0.
        written: the address as it stands; `link_id` is empty where that is none.
        since: when the result became what it is.
    """

    __tablename__ = "link_place"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    written: Mapped[str] = mapped_column(Text)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("checked_link.id"))
    result: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(KINDS)), name="kind"),
        CheckConstraint(one_of("result", tuple(RESULTS)), name="result"),
        CheckConstraint("(result = 'malformed') = (link_id IS NULL)", name="malformed"),
        Index(None, "item_id"),
        Index(None, "link_id"),
        Index("ix_link_place_problem", "tenant_id", "item_id", "position", postgresql_where=IS_PROBLEM),
    )


class LinkDomain(Base):
    """A domain that an office put on the list for its subtree, with the reason; a removed one lives in the audit."""

    __tablename__ = "link_domain"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    domain: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int | None] = mapped_column(BigInteger)
    added_name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        UniqueConstraint("tenant_id", "domain"),
    )
