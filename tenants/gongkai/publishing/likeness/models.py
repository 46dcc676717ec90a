"""Tables of the near-duplicates: the fingerprint of each public item, what it is like, and bands to find it by."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base
from gongkai.core.models import Instant


class ItemFingerprint(Base):
    """The fingerprint of a public item's current version, and the earlier item of the unit that it is like, if any.

    Attributes:
        published_at: of the item, by which two are earlier and later.
        signature, bands: those of `fingerprint`; empty where the text is too short, or its column is not compared.
        like_id: the most similar of the unit's public items of the twelve months before; `shared` pieces of `total`.
    """

    __tablename__ = "item_fingerprint"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[datetime] = mapped_column(Instant)
    signature: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    bands: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    like_id: Mapped[int | None] = mapped_column(BigInteger)
    shared: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        CheckConstraint("(like_id IS NULL) = (total = 0)", name="like_measured"),
        CheckConstraint("shared BETWEEN 0 AND total", name="shared"),
        Index("ix_item_fingerprint_item_id", "item_id"),
        Index("ix_item_fingerprint_like", "tenant_id", "like_id", postgresql_where="like_id IS NOT NULL"),
    )


class FingerprintBand(Base):
    """A band of an item's fingerprint: items of a unit that share one may be nearly equal."""

    __tablename__ = "fingerprint_band"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    band: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
