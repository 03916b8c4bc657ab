"""The LwM2M bootstrap server and server of 1NCE OS, without CoAP.

lwm2m = Lwm2m(storage, clock, wall_ms, ...)
lwm2m.send_by(endpoint)                     # Outbound
lwm2m.start()
# The endpoint, in a unit of work for each request; the answer leaves after the commit:
lwm2m.bootstrap(client, "ep", 112, work).steps
lwm2m.register(client, queries, payload, work)
# The controller:
lwm2m.is_registered(iccid)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.services.lwm2m.outbound import Answer, Bootstrap, Client, Outbound, Reply
from nce_sim.storage import Work


class Lwm2m:
    """The clients of all organisations; a SIM is one client, whatever it calls itself."""

    # -- the endpoint: before any request --------------------------------------------------

    def send_by(self, outbound: Outbound) -> None:
        """Send requests by this from now on; without one they have no reply."""
        raise NotImplementedError

    def keys(self, identity: str) -> tuple[bytes, ...]:
        """The keys that a DTLS client with the PSK identity (ICCID) may have; () for none.

        A client has two keys under one identity: the customer's, with which it bootstraps
        (`POST .../psk`), and the one that the last bootstrap gave it for the LwM2M server. The more
        likely one comes first.
        """
        raise NotImplementedError

    # -- the endpoint: bootstrap -----------------------------------------------------------

    def bootstrap(
        self, client: Client, endpoint_name: str | None, preferred_format: int | None, work: Work
    ) -> Bootstrap:
        """Answer `POST /bs?ep=…&pct=…`; a fresh key for a client by DTLS."""
        raise NotImplementedError

    def bootstrapped(self, client: Client, failure: str | None, work: Work) -> None:
        """All steps of a bootstrap are done, or one failed, as `failure` says."""
        raise NotImplementedError

    # -- the endpoint: registration --------------------------------------------------------

    def register(self, client: Client, query: Sequence[str], payload: bytes, work: Work) -> Answer:
        """Answer `POST /rd?ep=…&lt=…&lwm2m=…&b=…`: 2.01 with the location, or a refusal."""
        raise NotImplementedError

    def update(
        self,
        client: Client,
        location: Sequence[str],
        query: Sequence[str],
        payload: bytes,
        work: Work,
    ) -> Answer:
        """Answer `POST /rd/{id}`; `location` are all segments: ("rd", id)."""
        raise NotImplementedError

    def deregister(self, client: Client, location: Sequence[str], work: Work) -> Answer:
        """Answer `DELETE /rd/{id}`."""
        raise NotImplementedError

    # -- the endpoint: information ---------------------------------------------------------

    def sent(
        self, client: Client, content_format: int | None, payload: bytes, work: Work
    ) -> Answer:
        """Answer `POST /dp` (Send)."""
        raise NotImplementedError

    def notified(self, client: Client, token: bytes, reply: Reply, work: Work) -> bool:
        """Take a notification; False: nobody observes that, and the client is told so (RST).

        The endpoint confirms it (ACK) after the commit. One that comes again is True and changes
        nothing.
        """
        raise NotImplementedError
