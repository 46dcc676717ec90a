"""Tables of intake: who may send, what was received, and the nonces of the last minutes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base, big_id, one_of
from gongkai.core.models import Instant

CHANNELS = {"interface": "接口", "folder": "文件夹"}


class IntakeSender(Base):
    """A document system that may send to its unit, or with `covers_subtree` to the units below as well.

    Its secret is kept nowhere: it is derived from the application's secret key, `key_id` and `salt` (`keys`).

    Attributes:
        last_refusal: why the last refused document was refused, at `last_refused_at`.
    """

    __tablename__ = "intake_sender"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(Text, unique=True)
    salt: Mapped[str] = mapped_column(Text)
    covers_subtree: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    secret_set_at: Mapped[datetime] = mapped_column(Instant)
    last_received_at: Mapped[datetime | None] = mapped_column(Instant)
    last_refused_at: Mapped[datetime | None] = mapped_column(Instant)
    last_refusal: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "tenant_id"),)


class IntakeDocument(Base):
    """A document as it was received, and the draft that it became; never changed.

    Attributes:
        external_id: the sender's id of the document; a second one with it is the same or is refused.
        fingerprint: SHA-256 of content and files, 64 hex digits.
        item_id: the draft; a number without a foreign key, as a draft may be thrown away.
        document: the fields as sent; `files`: role, name, digest, media_type and size of each file.
        notes: what to check against the original, from the reading of the text.
    """

    __tablename__ = "intake_document"

    id: Mapped[int] = big_id()
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    sender_id: Mapped[int] = mapped_column(ForeignKey("intake_sender.id"))
    external_id: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    signatory: Mapped[str] = mapped_column(Text)
    signed_date: Mapped[date] = mapped_column(Date)
    signing_opinion: Mapped[str] = mapped_column(Text)
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    received_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(one_of("channel", tuple(CHANNELS)), name="channel"),
        UniqueConstraint("sender_id", "external_id"),
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "received_at", "id"),
    )


class IntakeNonce(Base):
    """A nonce that a sender has used; kept for as long as its time stamp would be believed."""

    __tablename__ = "intake_nonce"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("intake_sender.id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "tenant_id", "sender_id", "seen_at"),)
