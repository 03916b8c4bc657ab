"""The Device Inspector: history and state of devices, and the administrator logs, in SQLite.

    inspector = Inspector(storage, wall_ms)
    with storage.unit() as work:
        inspector.store(event, work)             # an envelope of the Cloud Integrator
    inspector.history(iccid)[0].value            # newest first
    inspector.state(iccid, "COAP")               # {"message": {...}, "topic": "gps"}

Messages and logs are kept for 7 days by the world's clock: older ones are never shown, and `purge`
drops them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from nce_sim.services.identifiers import iso_time
from nce_sim.services.inspector.tables import ADMIN_LOG, DEVICE, HISTORY, STATE
from nce_sim.storage import Storage, Work, upsert

Event = Mapping[str, Any]

# One object per statement: it writes all rows of a batch together.
_ADD_MESSAGE = insert(HISTORY)
_PUT_STATE = upsert(STATE)
_ADD_DEVICE = upsert(DEVICE)
_ADD_LOG = insert(ADMIN_LOG)
_PURGE_HISTORY = delete(HISTORY).where(HISTORY.c.received_ms < bindparam("oldest_ms"))
_PURGE_LOGS = delete(ADMIN_LOG).where(ADMIN_LOG.c.logged_ms < bindparam("oldest_ms"))


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
    """History, state and logs of all devices, in the database; `wall_ms()` is the world's time."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        *,
        history_max_bytes: int = 2_048,
        state_max_bytes: int = 8_192,
        retention_ms: int = 7 * 86_400_000,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._history_max_bytes = history_max_bytes
        self._state_max_bytes = state_max_bytes
        self._retention_ms = retention_ms
        self._known = {row.device_id for row in storage.read(select(DEVICE.c.device_id))}

    # -- writing ---------------------------------------------------------------------------

    def store(self, event: Event, work: Work) -> list[str]:
        """Store a TELEMETRY_DATA event in history and state; returns why a part was not stored."""
        if event["type"] != "TELEMETRY_DATA":
            return []
        payload = event["payload"]
        is_json = payload["type"] == "JSON"
        text = _json_text(payload["value"]) if is_json else payload["value"]
        iccid, received_ms = event["device"]["iccid"], int(event["received"])
        topic = payload.get("topic")
        skipped = []
        size = len(text.encode())
        if size <= self._history_max_bytes:
            row = {
                "event_id": event["id"],
                "device_id": iccid,
                "iccid": iccid,
                "protocol": event["source"],
                "topic": topic,
                "received_ms": received_ms,
                "is_json": is_json,
                "payload": text,
            }
            work.write(_ADD_MESSAGE, row)
        else:
            skipped.append(f"history: {size} bytes; at most {self._history_max_bytes} are kept")
        state = {"message": payload["value"]}
        if topic is not None:
            state["topic"] = topic
        state_text = _json_text(state)
        size = len(state_text.encode())
        if size <= self._state_max_bytes:
            row = {
                "device_id": iccid,
                "protocol": event["source"],
                "updated_ms": received_ms,
                "state": state_text,
            }
            work.write(_PUT_STATE, row)
        else:
            skipped.append(f"state: {size} bytes; at most {self._state_max_bytes} are kept")
        return skipped

    def first_contact(self, device_id: str, at_ms: int, work: Work) -> bool:
        """Note that a device was in contact; True the first time ever."""
        if device_id in self._known:
            return False
        self._known.add(device_id)
        work.on_rollback(lambda: self._known.discard(device_id))
        work.write(_ADD_DEVICE, {"device_id": device_id, "first_contact_ms": at_ms})
        return True

    def log(self, item: LogItem, work: Work) -> None:
        """Add an administrator log."""
        work.write(_ADD_LOG, vars(item))

    def purge(self, work: Work) -> None:
        """Drop expired items; reading never shows them."""
        oldest = {"oldest_ms": self._oldest_kept_ms()}
        work.write(_PURGE_HISTORY, oldest)
        work.write(_PURGE_LOGS, oldest)

    def purge_due_ms(self) -> int | None:
        """When the next item expires, in ms since 1970; None when nothing is stored."""
        queries = (
            select(func.min(HISTORY.c.received_ms)),
            select(func.min(ADMIN_LOG.c.logged_ms)),
        )
        oldest = [self._storage.read(query)[0][0] for query in queries]
        kept = [at_ms for at_ms in oldest if at_ms is not None]
        return min(kept) + self._retention_ms + 1 if kept else None

    def _oldest_kept_ms(self) -> int:
        return self._wall_ms() - self._retention_ms

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
        query = (
            select(HISTORY)
            .where(HISTORY.c.received_ms >= self._oldest_kept_ms())
            .order_by(HISTORY.c.number.desc())
        )
        for column, wanted in (
            (HISTORY.c.device_id, device_id),
            (HISTORY.c.protocol, protocol),
            (HISTORY.c.topic, topic),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if start_ms is not None:
            query = query.where(HISTORY.c.received_ms >= start_ms)
        if end_ms is not None:
            query = query.where(HISTORY.c.received_ms <= end_ms)
        return [HistoryItem(*row[1:]) for row in self._storage.read(query.limit(page_size))]

    def message_count(self) -> int:
        """How many messages the history holds."""
        query = select(func.count()).where(HISTORY.c.received_ms >= self._oldest_kept_ms())
        return int(self._storage.read(query)[0][0])

    def state(self, device_id: str, protocol: str) -> dict[str, Any] | None:
        """The last state by one protocol, or None."""
        query = select(STATE.c.state).where(
            STATE.c.device_id == device_id, STATE.c.protocol == protocol
        )
        rows = self._storage.read(query)
        return json.loads(rows[0][0]) if rows else None

    def admin_logs(self, iccid: str | None = None, page_size: int | None = 10) -> list[LogItem]:
        """Administrator logs, newest first."""
        query = (
            select(ADMIN_LOG)
            .where(ADMIN_LOG.c.logged_ms >= self._oldest_kept_ms())
            .order_by(ADMIN_LOG.c.number.desc())
        )
        if iccid is not None:
            query = query.where(ADMIN_LOG.c.iccid == iccid)
        return [LogItem(*row[1:]) for row in self._storage.read(query.limit(page_size))]


# The platform writes keys in alphabetical order.
_json_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
