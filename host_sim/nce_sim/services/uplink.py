"""The Device Integrator: turns an uplink message into events, stores them and passes them on.

    integrator.accept(sim, "COAP", payload, topic="gps", address="10.160.0.1", work=work)
    integrator.report(sim, "LWM2M", {"/3311/0/5850": True}, state, address="10.160.0.1", work=work)
    integrator.keep(lambda event, work: outbox.add(event, work))
    integrator.subscribe(lambda event: print(event["type"]))

Events are envelopes as the Cloud Integrator sends them: TELEMETRY_DATA for every message, LOCATION
when it carried a position, ERROR when the Energy Saver failed, LIFECYCLE at a first contact.
Services that write because of an event do so in its work; subscribers hear of it after the commit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Protocol

from nce_sim.services.energy_saver.service import EnergySaver
from nce_sim.services.identifiers import ksuid, trace_id
from nce_sim.services.inspector.service import Inspector
from nce_sim.services.json_text import json_text
from nce_sim.services.logs.service import AdminLogs, LogItem
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

Event = dict[str, Any]
Subscriber = Callable[[Event], None]
Keeper = Callable[[Event, Work], None]

PAYLOAD_ERROR = "Translator[UserPayloadError]"
FIRST_CONTACT = "Lifecycle[DeviceFirstTimeRegistered]"
# 1NCE's logs on the device's shadow begin like this; we chose the rest of the name.
STATE_SKIPPED = "DeviceShadow[PayloadTooLarge]"


class Owners(Protocol):
    """Knows whose a SIM is (`services.devices`)."""

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM, or None when there is no such SIM."""


class Integrator:
    """From uplink to events; `wall_ms()` is the time since 1970 by the world's clock."""

    def __init__(
        self,
        *,
        devices: Owners,
        energy_saver: EnergySaver,
        inspector: Inspector,
        logs: AdminLogs,
        wall_ms: Callable[[], int],
        random: Random,
    ) -> None:
        self._devices = devices
        self._energy_saver = energy_saver
        self._inspector = inspector
        self._logs = logs
        self._wall_ms = wall_ms
        self._random = random
        self._subscribers: list[Subscriber] = []
        self._keepers: list[Keeper] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber(event)` for every event from now on."""
        self._subscribers.append(subscriber)

    def keep(self, keeper: Keeper) -> None:
        """Call `keeper(event, work)` for every event: what it writes is stored with the event."""
        self._keepers.append(keeper)

    def accept(
        self,
        sim: SimCard,
        protocol: str,
        payload: bytes,
        *,
        address: str,
        work: Work,
        topic: str | None = None,
    ) -> Event:
        """Take one message of an enabled SIM; returns its TELEMETRY_DATA event.

        ValueError for a SIM that belongs to no organisation.
        """
        organisation_id = self._devices.organisation_of(sim.iccid)
        if organisation_id is None:
            raise ValueError(f"{sim} belongs to no organisation; add it to one first")
        received_ms = self.contacted(sim, address=address, work=work)
        translation = self._energy_saver.translate(protocol, payload, organisation_id)
        telemetry = self.event("TELEMETRY_DATA", sim, address, received_ms)
        telemetry["source"] = protocol
        if translation is not None and translation.value is not None:
            telemetry["payload"] = {"type": "JSON", "value": translation.value}
        else:
            text = base64.b64encode(payload).decode()
            telemetry["payload"] = {"type": "STRING", "encoding": "base64", "value": text}
        if protocol == "COAP" and topic is not None:
            telemetry["payload"]["topic"] = topic
        written = None if translation is None else translation.text
        skipped = self._inspector.store(telemetry, work, organisation_id, written)
        if written is not None:
            self._energy_saver.count(organisation_id, sim.iccid, protocol, written, payload, work)
        self.publish(telemetry, work)
        if translation is not None and translation.error is not None:
            self.failed(sim, address, received_ms, PAYLOAD_ERROR, translation.error, payload, work)
        self._tell_skipped(skipped, sim, address, received_ms, payload, work)
        if translation is not None and translation.location is not None:
            self._located(sim, address, received_ms, translation.location, work)
        return telemetry

    def report(
        self,
        sim: SimCard,
        protocol: str,
        values: Mapping[str, Any],
        state: str,
        *,
        address: str,
        work: Work,
    ) -> Event:
        """Take values that a service decoded itself; returns their TELEMETRY_DATA event.

        `state` is the JSON of all values that are known of the device, these among them.
        """
        organisation_id = self._devices.organisation_of(sim.iccid)
        if organisation_id is None:
            raise ValueError(f"{sim} belongs to no organisation; add it to one first")
        received_ms = self.contacted(sim, address=address, work=work)
        telemetry = self.event("TELEMETRY_DATA", sim, address, received_ms)
        telemetry["source"] = protocol
        telemetry["payload"] = {"type": "JSON", "value": dict(values)}
        text = json_text(values)
        skipped = self._inspector.store(telemetry, work, organisation_id, text, state)
        self.publish(telemetry, work)
        self._tell_skipped(skipped, sim, address, received_ms, text.encode(), work)
        return telemetry

    def contacted(self, sim: SimCard, *, address: str, work: Work) -> int:
        """Note that a device was in contact, by whatever way; returns the time of it.

        The first contact of all is a LIFECYCLE event and an administration log.
        """
        received_ms = self._wall_ms()
        if self._inspector.first_contact(sim.iccid, received_ms, work):
            event = self.event("LIFECYCLE", sim, address, received_ms)
            text = f"New Device successfully registered for the first time - {sim.iccid}"
            event["lifecycle"] = {"type": "DEVICE_FIRST_TIME_REGISTERED", "message": text}
            self._log(event, "LIFECYCLE", "info", FIRST_CONTACT, text, None, work)
            self.publish(event, work)
        return received_ms

    def _located(
        self,
        sim: SimCard,
        address: str,
        received_ms: int,
        location: tuple[float, float],
        work: Work,
    ) -> None:
        event = self.event("LOCATION", sim, address, received_ms)
        # Longitude first, both as text.
        coordinates = [json.dumps(number) for number in location]
        event["location"] = {"source": "GPS", "coordinates": coordinates}
        self.publish(event, work)

    def _tell_skipped(
        self,
        skipped: list[str],
        sim: SimCard,
        address: str,
        received_ms: int,
        payload: bytes,
        work: Work,
    ) -> None:
        for reason in skipped:
            if reason.startswith("state"):
                self.failed(sim, address, received_ms, STATE_SKIPPED, reason, payload, work)

    def failed(
        self,
        sim: SimCard,
        address: str,
        received_ms: int,
        message: str,
        description: str,
        payload: bytes,
        work: Work,
    ) -> None:
        """Tell that something went wrong with a device: an administration log, an ERROR event."""
        event = self.event("ERROR", sim, address, received_ms)
        # A template may name an asset with half a surrogate pair, which no database accepts.
        description = description.encode(errors="backslashreplace").decode()
        raw = base64.b64encode(payload).decode()
        log_id = self._log(event, "DEVICE", "error", message, description, raw, work)
        event["error"] = {
            "id": log_id,
            "type": "DEVICE",
            "message": message,
            "description": description,
            "payloadExists": True,
        }
        self.publish(event, work)

    def _log(
        self,
        event: Event,
        kind: str,
        category: str,
        message: str,
        description: str,
        payload: str | None,
        work: Work,
    ) -> str:
        received_ms, device = int(event["received"]), event["device"]
        log_id = ksuid(received_ms, self._random)
        item = LogItem(
            log_id,
            received_ms,
            kind,
            category,
            message,
            description,
            event["id"],
            device["iccid"],
            payload,
            organisation_id=self._devices.organisation_of(device["iccid"]),
            imsi=device["imsi"],
            ip=device["ip"] or None,
        )
        self._logs.add(item, work)
        return log_id

    def event(self, kind: str, sim: SimCard, address: str, received_ms: int) -> Event:
        """The envelope of an event of `sim`; the caller adds its own part and publishes it."""
        device: Mapping[str, str] = {"iccid": sim.iccid, "ip": address, "imsi": sim.imsi}
        return {
            "id": trace_id(received_ms, self._random),
            "type": kind,
            "received": str(received_ms),
            "version": "1.0.0",
            "device": device,
        }

    def publish(self, event: Event, work: Work) -> None:
        """Pass on an event of a service: to the keepers now, to subscribers after the commit."""
        # First: a keeper may publish what follows from the event.
        work.after_commit(lambda: self._hand_on(event))
        for keeper in self._keepers:
            keeper(event, work)

    def _hand_on(self, event: Event) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(event)
