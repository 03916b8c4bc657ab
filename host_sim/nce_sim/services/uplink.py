"""The Device Integrator: turns an uplink message into events, stores them and passes them on.

    integrator.accept(sim, "COAP", payload, topic="gps", address="10.160.0.1", work=work)
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
from typing import Any

from nce_sim.services.energy_saver.service import EnergySaver
from nce_sim.services.identifiers import ksuid, trace_id
from nce_sim.services.inspector.service import Inspector, LogItem
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

Event = dict[str, Any]
Subscriber = Callable[[Event], None]
Keeper = Callable[[Event, Work], None]

PAYLOAD_ERROR = "Translator[UserPayloadError]"
FIRST_CONTACT = "Lifecycle[DeviceFirstTimeRegistered]"
# 1NCE's logs on the device's shadow begin like this; we chose the rest of the name.
STATE_SKIPPED = "DeviceShadow[PayloadTooLarge]"


class Integrator:
    """From uplink to events; `wall_ms()` is the time since 1970 by the world's clock."""

    def __init__(
        self,
        *,
        energy_saver: EnergySaver,
        inspector: Inspector,
        wall_ms: Callable[[], int],
        random: Random,
    ) -> None:
        self._energy_saver = energy_saver
        self._inspector = inspector
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
        """Take one message of an enabled SIM; returns its TELEMETRY_DATA event."""
        received_ms = self._wall_ms()
        if self._inspector.first_contact(sim.iccid, received_ms, work):
            self._first_contact(sim, address, received_ms, work)
        translation = self._energy_saver.translate(protocol, payload)
        telemetry = self.event("TELEMETRY_DATA", sim, address, received_ms)
        telemetry["source"] = protocol
        if translation is not None and translation.value is not None:
            telemetry["payload"] = {"type": "JSON", "value": translation.value}
        else:
            text = base64.b64encode(payload).decode()
            telemetry["payload"] = {"type": "STRING", "encoding": "base64", "value": text}
        if protocol == "COAP" and topic is not None:
            telemetry["payload"]["topic"] = topic
        skipped = self._inspector.store(telemetry, work)
        self.publish(telemetry, work)
        if translation is not None and translation.error is not None:
            self._failed(
                sim, address, received_ms, PAYLOAD_ERROR, translation.error, payload, work
            )
        for reason in skipped:
            if reason.startswith("state"):
                self._failed(sim, address, received_ms, STATE_SKIPPED, reason, payload, work)
        if translation is not None and translation.location is not None:
            self._located(sim, address, received_ms, translation.location, work)
        return telemetry

    def _first_contact(self, sim: SimCard, address: str, received_ms: int, work: Work) -> None:
        event = self.event("LIFECYCLE", sim, address, received_ms)
        text = f"New Device successfully registered for the first time - {sim.iccid}"
        event["lifecycle"] = {"type": "DEVICE_FIRST_TIME_REGISTERED", "message": text}
        trace = event["id"]
        self._log(sim, received_ms, "LIFECYCLE", "info", FIRST_CONTACT, text, trace, None, work)
        self.publish(event, work)

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

    def _failed(
        self,
        sim: SimCard,
        address: str,
        received_ms: int,
        message: str,
        description: str,
        payload: bytes,
        work: Work,
    ) -> None:
        event = self.event("ERROR", sim, address, received_ms)
        # A template may name an asset with half a surrogate pair, which no database accepts.
        description = description.encode(errors="backslashreplace").decode()
        raw = base64.b64encode(payload).decode()
        log_id = self._log(
            sim, received_ms, "DEVICE", "error", message, description, event["id"], raw, work
        )
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
        sim: SimCard,
        received_ms: int,
        kind: str,
        category: str,
        message: str,
        description: str,
        trace: str,
        payload: str | None,
        work: Work,
    ) -> str:
        log_id = ksuid(received_ms, self._random)
        self._inspector.log(
            LogItem(
                log_id,
                received_ms,
                kind,
                category,
                message,
                description,
                trace,
                sim.iccid,
                payload,
            ),
            work,
        )
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
        for keeper in self._keepers:
            keeper(event, work)
        work.after_commit(lambda: self._hand_on(event))

    def _hand_on(self, event: Event) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(event)
