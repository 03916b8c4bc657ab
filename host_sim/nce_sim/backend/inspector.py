"""The Device Inspector: history and state of devices, and the administrator logs, in SQLite.

    inspector = Inspector("world.db")
    inspector.store(event)                       # an envelope of the Cloud Integrator
    inspector.history(iccid)[0].value            # newest first
    inspector.state(iccid, "COAP")               # {"message": {...}, "topic": "gps"}
    inspector.close()

Writes are committed in batches; whoever reads, and `close`, commits first. `commit` is public so
that a clock can bound how long a batch waits.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from . import models
from .identifiers import iso_time

IN_MEMORY = ":memory:"

Event = Mapping[str, Any]

_BATCH = 64


@dataclass(frozen=True)
class HistoryItem:
    """One stored message; `value` is the decoded object, or the raw bytes."""

    event_id: str
    device_id: str
    iccid: str
    protocol: str
    topic: str | None
    received_ms: int
    is_json: bool
    payload: str

    @property
    def value(self) -> Any:
        return json.loads(self.payload) if self.is_json else base64.b64decode(self.payload)

    def as_json(self) -> dict[str, Any]:
        """The item as the history API gives it."""
        item = {
            "time": iso_time(self.received_ms),
            "payload": self.payload,
            "iccid": self.iccid,
            "deviceId": self.device_id,
            "protocol": self.protocol,
        }
        return item if self.topic is None else {**item, "topic": self.topic}


@dataclass(frozen=True)
class LogItem:
    """One administrator log."""

    log_id: str
    logged_ms: int
    type: str
    category: str
    message: str
    description: str
    trace_id: str
    iccid: str | None
    payload: str | None


class Inspector:
    """What is known of every device; one SQLite file, or memory."""

    def __init__(
        self,
        db_path: str = IN_MEMORY,
        *,
        history_max_bytes: int = 2_048,
        state_max_bytes: int = 8_192,
        retention_ms: int = 7 * 86_400_000,
    ) -> None:
        # One connection, kept: a database in memory lives as long as it does.
        self._engine = create_engine(
            "sqlite://" if db_path == IN_MEMORY else f"sqlite:///{db_path}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
        models.Table.metadata.create_all(self._engine)
        self._session = Session(self._engine)
        self._history_max_bytes = history_max_bytes
        self._state_max_bytes = state_max_bytes
        self._retention_ms = retention_ms
        self._known = set(self._session.scalars(select(models.Device.device_id)))
        self._states: dict[tuple[str, str], tuple[int, str]] = {}
        self._pending = 0
        self._latest_ms = 0
        self._is_closed = False

    # -- writing ---------------------------------------------------------------------------

    def store(self, event: Event) -> list[str]:
        """Keep a TELEMETRY_DATA event in history and state; returns why a part was not kept."""
        if event["type"] != "TELEMETRY_DATA":
            return []
        payload = event["payload"]
        is_json = payload["type"] == "JSON"
        text = _json_text(payload["value"]) if is_json else payload["value"]
        iccid, received_ms = event["device"]["iccid"], int(event["received"])
        topic = payload.get("topic")
        skipped = []
        if len(text.encode()) <= self._history_max_bytes:
            self._session.add(
                models.Message(
                    event_id=event["id"],
                    device_id=iccid,
                    iccid=iccid,
                    protocol=event["source"],
                    topic=topic,
                    received_ms=received_ms,
                    is_json=is_json,
                    payload=text,
                )
            )
        else:
            skipped.append(
                f"history: {len(text.encode())} bytes; {self._history_max_bytes} at most are kept"
            )
        state = {"message": payload["value"]}
        if topic is not None:
            state["topic"] = topic
        state_text = _json_text(state)
        if len(state_text.encode()) <= self._state_max_bytes:
            # Only the last of a batch is written.
            self._states[iccid, event["source"]] = (received_ms, state_text)
        else:
            skipped.append(
                f"state: {len(state_text.encode())} bytes; "
                f"{self._state_max_bytes} at most are kept"
            )
        self._written(received_ms)
        return skipped

    def first_contact(self, device_id: str, at_ms: int) -> bool:
        """Note that a device was in contact; True the first time ever."""
        if device_id in self._known:
            return False
        self._known.add(device_id)
        self._session.add(models.Device(device_id=device_id, first_contact_ms=at_ms))
        self._written(at_ms)
        return True

    def log(self, item: LogItem) -> None:
        """Add an administrator log."""
        self._session.add(models.AdminLog(**vars(item)))
        self._written(item.logged_ms)

    def commit(self) -> None:
        """Write what waits, and drop what is past its retention."""
        if not self._pending:
            return
        for (device_id, protocol), (updated_ms, text) in self._states.items():
            self._session.merge(
                models.State(
                    device_id=device_id, protocol=protocol, updated_ms=updated_ms, state=text
                )
            )
        self._states.clear()
        oldest_ms = self._latest_ms - self._retention_ms
        self._session.execute(delete(models.Message).where(models.Message.received_ms < oldest_ms))
        self._session.execute(delete(models.AdminLog).where(models.AdminLog.logged_ms < oldest_ms))
        self._session.commit()
        self._pending = 0

    def close(self) -> None:
        """Commit and let the database go; closing twice is harmless."""
        if self._is_closed:
            return
        self._is_closed = True
        self.commit()
        self._session.close()
        self._engine.dispose()

    @property
    def has_uncommitted(self) -> bool:
        return self._pending > 0

    def _written(self, at_ms: int) -> None:
        self._latest_ms = max(self._latest_ms, at_ms)
        self._pending += 1
        if self._pending >= _BATCH:
            self.commit()

    # -- reading ---------------------------------------------------------------------------

    def history(
        self,
        device_id: str | None = None,
        *,
        protocol: str | None = None,
        topic: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        page_size: int | None = 10,
    ) -> list[HistoryItem]:
        """Stored messages, newest first; `page_size=None` for all. Times in ms since 1970."""
        self.commit()
        query = select(models.Message).order_by(models.Message.number.desc())
        for column, wanted in (
            (models.Message.device_id, device_id),
            (models.Message.protocol, protocol),
            (models.Message.topic, topic),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if start_ms is not None:
            query = query.where(models.Message.received_ms >= start_ms)
        if end_ms is not None:
            query = query.where(models.Message.received_ms <= end_ms)
        return [
            HistoryItem(
                row.event_id,
                row.device_id,
                row.iccid,
                row.protocol,
                row.topic,
                row.received_ms,
                row.is_json,
                row.payload,
            )
            for row in self._session.scalars(query.limit(page_size))
        ]

    def message_count(self) -> int:
        """How many messages the history holds."""
        self.commit()
        return self._session.scalar(select(func.count()).select_from(models.Message)) or 0

    def state(self, device_id: str, protocol: str) -> dict[str, Any] | None:
        """The last state by one protocol, or None."""
        self.commit()
        row = self._session.get(models.State, (device_id, protocol))
        return None if row is None else json.loads(row.state)

    def admin_logs(self, iccid: str | None = None, page_size: int | None = 10) -> list[LogItem]:
        """Administrator logs, newest first."""
        self.commit()
        query = select(models.AdminLog).order_by(models.AdminLog.number.desc()).limit(page_size)
        if iccid is not None:
            query = query.where(models.AdminLog.iccid == iccid)
        return [
            LogItem(
                row.log_id,
                row.logged_ms,
                row.type,
                row.category,
                row.message,
                row.description,
                row.trace_id,
                row.iccid,
                row.payload,
            )
            for row in self._session.scalars(query)
        ]


def _json_text(value: Any) -> str:
    # The platform writes keys in alphabetical order.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
