"""Tables of the Device Inspector and the administrator logs, for SQLAlchemy.

Times are milliseconds since 1970 by the world's clock. Payloads are text: the JSON of a translated
message, or the base64 of a raw one.
"""

from __future__ import annotations

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    """Root of the tables."""


class Message(Table):
    """One message in the history of a device."""

    __tablename__ = "history"
    __table_args__ = (Index("history_by_device", "device_id", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(String(35))
    device_id: Mapped[str] = mapped_column(String(64))
    iccid: Mapped[str] = mapped_column(String(19))
    protocol: Mapped[str] = mapped_column(String(5))
    topic: Mapped[str | None] = mapped_column(String(253))
    received_ms: Mapped[int] = mapped_column(index=True)
    is_json: Mapped[bool]
    payload: Mapped[str] = mapped_column(Text)


class State(Table):
    """The last known state of a device by one protocol."""

    __tablename__ = "state"

    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    protocol: Mapped[str] = mapped_column(String(5), primary_key=True)
    updated_ms: Mapped[int]
    state: Mapped[str] = mapped_column(Text)


class Device(Table):
    """A device that has been in contact at least once."""

    __tablename__ = "device"

    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_contact_ms: Mapped[int]


class AdminLog(Table):
    """One administrator log."""

    __tablename__ = "admin_log"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    log_id: Mapped[str] = mapped_column(String(27))
    logged_ms: Mapped[int] = mapped_column(index=True)
    type: Mapped[str] = mapped_column(String(11))
    category: Mapped[str] = mapped_column(String(5))
    message: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    trace_id: Mapped[str] = mapped_column(String(35))
    iccid: Mapped[str | None] = mapped_column(String(19))
    payload: Mapped[str | None] = mapped_column(Text)
