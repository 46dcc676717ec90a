"""Who wants the daily mail, and what each person was told; alerts are told once."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gongkai.core.db import Base
from gongkai.core.models import Instant


class MailChoice(Base):
    """A person's word about the daily mail, and the day on which it was last looked whether there is one to send.

    Attributes:
        wanted: None as long as the person has said nothing: then contributors and supervisors get it.
    """

    __tablename__ = "mail_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    wanted: Mapped[bool | None] = mapped_column(Boolean)
    looked_date: Mapped[date | None] = mapped_column(Date)


class AlertTold(Base):
    """That a person was told of something by mail: a notice, or a matter of a unit's agenda with its day.

    Attributes:
        kind: `notice`, or a kind of the agenda; `object_id` its id there.
        due_date: the day by which it was due; a matter that has got another day is told anew.
    """

    __tablename__ = "alert_told"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    object_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    due_date: Mapped[date] = mapped_column(Date, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "told_at"),)
