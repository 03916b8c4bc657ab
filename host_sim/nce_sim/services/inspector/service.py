"""The Device Inspector: what devices sent, their last state, and which there are.

    inspector = Inspector(storage, wall_ms, devices, token_key=key, organisation_id=8_000_001)
    with storage.unit() as work:
        inspector.store(event, work)             # an envelope of the Cloud Integrator
    inspector.history(iccid)[0].value            # newest first, for the world's owner
    inspector.state(iccid, "COAP")               # {"message": {...}, "topic": "gps"}
    inspector.historian.page(organisation_id, wanted)       # for a customer

Messages are kept for 7 days by the world's clock: older ones are never shown, and `purge` drops
them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from nce_sim.problems import Invalid
from nce_sim.services.devices import Device, Devices, of_organisation
from nce_sim.services.inspector.history import COLUMNS, Historian, HistoryItem
from nce_sim.services.inspector.tables import DEVICE, HISTORY, STATE
from nce_sim.services.inspector.tokens import PageTokens
from nce_sim.services.json_text import json_text
from nce_sim.services.ownership import adopt
from nce_sim.storage import Plain, Storage, Work, upsert

Event = Mapping[str, Any]

# One object per statement: it writes all rows of a batch together.
_ADD_MESSAGE = Plain(insert(HISTORY))
# Of the states of one device that are committed together the last one stays.
_PUT_STATE = Plain(
    upsert(STATE),
    lambda rows: list({(row["device_id"], row["protocol"]): row for row in rows}.values()),
)
_ADD_DEVICE = upsert(DEVICE)
_PURGE_HISTORY = delete(HISTORY).where(HISTORY.c.received_ms < bindparam("oldest_ms"))

# What a list of devices may be sorted by, and where a Device has it.
SORT_KEYS = {"id": "iccid", "iccid": "iccid", "imsi1": "imsi", "ip": "address"}


@dataclass(frozen=True)
class DevicePage:
    """A page of an organisation's devices, and how many pages there are."""

    items: list[Device]
    page: int
    page_amount: int


@dataclass(frozen=True)
class DeviceStatistics:
    """How many devices an organisation has, and how many were in contact at least once."""

    total: int
    activated: int


class Inspector:
    """History and state of all devices, in the database; `wall_ms()` is the world's time."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        devices: Devices,
        *,
        organisation_id: int,
        token_key: bytes,
        history_max_bytes: int = 2_048,
        state_max_bytes: int = 8_192,
        retention_ms: int = 7 * 86_400_000,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._devices = devices
        self._history_max_bytes = history_max_bytes
        self._state_max_bytes = state_max_bytes
        self._retention_ms = retention_ms
        self._known = {row.device_id for row in storage.read(select(DEVICE.c.device_id))}
        self.historian = Historian(storage, wall_ms, PageTokens(token_key), retention_ms)
        for table in (HISTORY, STATE):
            adopt(storage, table, organisation_id)

    # -- writing ---------------------------------------------------------------------------

    def store(
        self,
        event: Event,
        work: Work,
        organisation_id: int,
        text: str | None = None,
        message: str | None = None,
    ) -> list[str]:
        """Store a TELEMETRY_DATA event in history and state; returns why a part was not stored.

        `text` is the JSON of a translated payload, where the caller has it; `message` that of the
        state, where it is not the payload.
        """
        if event["type"] != "TELEMETRY_DATA":
            return []
        payload = event["payload"]
        is_json = payload["type"] == "JSON"
        value = payload["value"]
        if not is_json:
            text = value
        elif text is None:
            text = json_text(value)
        iccid, received_ms = event["device"]["iccid"], int(event["received"])
        topic = payload.get("topic")
        skipped = []
        size = len(text)  # our JSON and base64 are ASCII
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
                "organisation_id": organisation_id,
            }
            work.write(_ADD_MESSAGE, row)
        else:
            skipped.append(f"history: {size} bytes; at most {self._history_max_bytes} are kept")
        # The text is not encoded twice; the keys are in alphabetical order, as everywhere.
        end = "" if topic is None else f',"topic":{json_text(topic)}'
        if message is None:
            message = text if is_json else json_text(text)
        state = f'{{"message":{message}{end}}}'
        size = len(state)
        if size <= self._state_max_bytes:
            row = {
                "device_id": iccid,
                "protocol": event["source"],
                "updated_ms": received_ms,
                "state": state,
                "organisation_id": organisation_id,
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

    def purge(self, work: Work) -> None:
        """Drop expired messages; reading never shows them."""
        work.write(_PURGE_HISTORY, {"oldest_ms": self._oldest_kept_ms()})

    def purge_due_ms(self) -> int | None:
        """When the next message expires, in ms since 1970; None when none is stored."""
        oldest = self._storage.read(select(func.min(HISTORY.c.received_ms)))[0][0]
        return None if oldest is None else int(oldest) + self._retention_ms + 1

    def _oldest_kept_ms(self) -> int:
        return self._wall_ms() - self._retention_ms

    # -- reading, of all organisations -----------------------------------------------------

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
            select(*COLUMNS)
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
        return [HistoryItem(*row) for row in self._storage.read(query.limit(page_size))]

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

    # -- reading, of one organisation ------------------------------------------------------

    def telemetry(
        self, organisation_id: int, device_id: str, protocol: str | None = None
    ) -> dict[str, Any]:
        """The last state of a device by protocol; {} when there is none."""
        query = select(STATE.c.protocol, STATE.c.state).where(
            STATE.c.device_id == device_id, STATE.c.organisation_id == organisation_id
        )
        if protocol is not None:
            query = query.where(STATE.c.protocol == protocol)
        rows = self._storage.read(query.order_by(STATE.c.protocol))
        return {row.protocol: json.loads(row.state) for row in rows}

    def device(self, organisation_id: int, device_id: str) -> Device:
        """A device of the organisation; NotFound."""
        return of_organisation(self._devices, organisation_id, device_id)

    def devices(
        self,
        organisation_id: int,
        *,
        page: int = 1,
        page_size: int = 10,
        sort: tuple[str, ...] = (),
        iccid: str | None = None,
    ) -> DevicePage:
        """One page of the devices; a key of `sort` with a "-" is for descending order."""
        for key in sort:
            if key.removeprefix("-") not in SORT_KEYS:
                raise Invalid(
                    f"devices cannot be sorted by {key!r}; choose from {', '.join(SORT_KEYS)}"
                )
        iccids = self._devices.iccids(organisation_id)
        if iccid is not None:
            iccids = [iccid] if self._devices.organisation_of(iccid) == organisation_id else []
        if sort and SORT_KEYS[sort[0].removeprefix("-")] == "iccid":
            # No two are the same: what comes after this key decides nothing.
            iccids, sort = sorted(iccids, reverse=sort[0].startswith("-")), ()
        start, page_amount = (page - 1) * page_size, max(1, -(-len(iccids) // page_size))
        if not sort:
            found = self._found(iccids[start : start + page_size])
            return DevicePage(found, page, page_amount)
        found = self._found(iccids)
        for key in reversed(sort):
            name = SORT_KEYS[key.removeprefix("-")]
            found.sort(key=partial(_ordered, name), reverse=key.startswith("-"))
        return DevicePage(found[start : start + page_size], page, page_amount)

    def _found(self, iccids: Sequence[str]) -> list[Device]:
        devices = map(self._devices.device, iccids)
        return [device for device in devices if device is not None]

    def statistics(self, organisation_id: int) -> DeviceStatistics:
        """How many devices there are, and how many were in contact at least once."""
        iccids = self._devices.iccids(organisation_id)
        return DeviceStatistics(len(iccids), len(self._known.intersection(iccids)))


def _ordered(name: str, device: Device) -> Any:
    value = getattr(device, name)
    return tuple(map(int, value.split("."))) if name == "address" else value
