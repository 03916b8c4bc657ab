"""Counts what crosses the radio link, as the timeline records it.

counter = AirCounter(timeline, settings.network)
...
counter.air()
"""

from __future__ import annotations

from nce_sim.record.timeline import Record, Timeline
from nce_sim.scenarios.report import Air

# RFC 5246, 6.2.1: application data; RFC 9146, 4: any content, under a connection ID. The last
# message of a handshake has this type, too, and follows other handshake records in its flight.
PROTECTED = (b"\x17", b"\x19")
COAP_PORT = 5683
COAPS_PORT = 5684


class AirCounter:
    """Follows one device's datagrams and name look-ups.

    A round trip is one datagram up, or several, and then one down. A handshake is counted at the
    first datagram up of each run of records that are not application data.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._handshake_bytes = {"up": 0, "down": 0}
        self._bootstrap_bytes = 0
        self._fix_bytes = 0
        self._handshakes = 0
        self._dns_queries = 0
        self._round_trips = 0
        self._round_trips_to_first: int | None = None
        self._device_waits = False
        self._is_shaking_hands = False
        timeline.subscribe(self._on_record)

    def air(self) -> Air:
        """The counts so far."""
        return Air(
            handshake_bytes_up=self._handshake_bytes["up"],
            handshake_bytes_down=self._handshake_bytes["down"],
            handshakes=self._handshakes,
            bootstrap_bytes=self._bootstrap_bytes,
            fix_bytes=self._fix_bytes,
            dns_queries=self._dns_queries,
            round_trips_to_first_acknowledgement=(
                self._round_trips
                if self._round_trips_to_first is None
                else self._round_trips_to_first
            ),
        )

    def _on_record(self, record: Record) -> None:
        if record.kind == "dns":
            self._dns_queries += 1
            self._round_trips += 1
        elif record.kind == "datagram":
            fields = record.fields
            self._count(fields["direction"], _service_port(fields), fields)

    def _count(self, direction: str, port: int, fields: dict[str, object]) -> None:
        size, payload = fields["size"], fields["payload"]
        assert isinstance(size, int)
        assert isinstance(payload, bytes)
        if direction == "down" and self._device_waits:
            self._round_trips += 1
        self._device_waits = direction == "up"
        if port == COAP_PORT:
            self._bootstrap_bytes += size
        elif port == COAPS_PORT:
            self._count_secure(direction, size, payload)

    def _count_secure(self, direction: str, size: int, payload: bytes) -> None:
        if payload[:1] in PROTECTED:
            self._is_shaking_hands = False
            self._fix_bytes += size
            if direction == "down" and self._round_trips_to_first is None:
                self._round_trips_to_first = self._round_trips
            return
        if direction == "up" and not self._is_shaking_hands:
            self._is_shaking_hands = True
            self._handshakes += 1
        self._handshake_bytes[direction] += size


def _service_port(fields: dict[str, object]) -> int:
    end = fields["destination"] if fields["direction"] == "up" else fields["origin"]
    return int(str(end).rpartition(":")[2])
