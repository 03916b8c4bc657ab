"""What goes wrong with a client's values, in the administration log and as ERROR events.

    alerts.misread(client, "/3303/0", "truncated", payload)         # what it sent
    alerts.mistyped(client, "/3303/0/5601", "not a number", "warm") # what the customer wants

The names are in the manner of 1NCE's; the documents have none of LwM2M.
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.services.lwm2m.needs import Events, Network, Write
from nce_sim.services.lwm2m.outbound import Client
from nce_sim.storage import Work

MISREAD = "LwM2M[PayloadError]"  # [U]
MISTYPED = "LwM2M[DataTypeError]"  # [U]; [D] that a wrong type is logged


class Alerts:
    """Writes by itself, or in the unit of work that it is given."""

    def __init__(
        self, events: Events, network: Network, write: Write, wall_ms: Callable[[], int]
    ) -> None:
        self._events = events
        self._network = network
        self._write = write
        self._wall_ms = wall_ms

    def misread(
        self, client: Client, where: str, text: str, payload: bytes, work: Work | None = None
    ) -> None:
        """A client sent what cannot be read."""
        self._tell(client, MISREAD, f"{where}: {text}", payload, work)

    def mistyped(self, client: Client, where: str, text: str, data: str) -> None:
        """A customer wants to write what the resource cannot have."""
        payload = data.encode(errors="backslashreplace")
        self._tell(client, MISTYPED, f"{where}: {text}", payload, None)

    def _tell(
        self, client: Client, name: str, text: str, payload: bytes, work: Work | None
    ) -> None:
        if work is None:
            self._write(lambda own: self._tell(client, name, text, payload, own))
            return
        sim = self._network.sim_of(client.identity)
        if sim is not None and self._network.organisation_of(client.identity) is not None:
            now_ms = self._wall_ms()
            self._events.failed(sim, client.host, now_ms, name, text, payload, work)
