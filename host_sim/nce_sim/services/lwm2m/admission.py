"""Who may use the LwM2M servers, and what a bootstrap gives: 1NCE's rules (1nce_os.md, 2.5).

    admission.refusal(client)                           # None, or the answer that says no
    admission.bootstrap(client, 112, work).steps
    admission.needs_bootstrap(iccid)                    # True: it may not register yet
    admission.keys(iccid)

A key is in the database before the client gets it, and so is the time of the bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from nce.coap import codes
from nce_sim.services.authenticator.credential import LWM2M, LWM2M_SERVER
from nce_sim.services.lwm2m import bootstrap
from nce_sim.services.lwm2m.needs import Endpoints, Keys, Network, Terms
from nce_sim.services.lwm2m.outbound import Answer, Bootstrap, Client
from nce_sim.services.lwm2m.settings import EACH_SESSION, NEVER, Lwm2mSettings
from nce_sim.services.lwm2m.tables import LWM2M_BOOTSTRAP as TABLE
from nce_sim.storage import Keyed, Storage, Work

_KEEP = Keyed(TABLE)
_INACTIVE = b"the LwM2M endpoint is not active; activate it in the Device Integrator"
_NO_TERMS = b"the Terms of Use of 1NCE OS are not accepted"
_TOO_EARLY = b"bootstrap first, and again after each connection to the network"
_UNKNOWN = b"unknown SIM"


class Admission:
    """The bootstraps of all SIMs."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        *,
        network: Network,
        endpoints: Endpoints,
        terms: Terms,
        keys: Keys,
        settings: Lwm2mSettings,
    ) -> None:
        self._wall_ms = wall_ms
        self._network = network
        self._endpoints = endpoints
        self._terms = terms
        self._keys = keys
        self._settings = settings
        self._bootstrapped: dict[str, int] = {
            row.iccid: row.bootstrapped_ms for row in storage.read(select(TABLE))
        }

    def keys(self, iccid: str) -> tuple[bytes, ...]:
        """The customer's key and the LwM2M server's, the more likely one first."""
        found = [self._keys.psk(iccid, LWM2M_SERVER), self._keys.psk(iccid, LWM2M)]
        if self.needs_bootstrap(iccid):
            found.reverse()
        return tuple(key for key in found if key is not None)

    def refusal(self, client: Client) -> Answer | None:
        """Why the customer's devices may not use the servers; None when they may."""
        organisation_id = self._network.organisation_of(client.identity)
        if organisation_id is None:
            return Answer(self._settings.inactive_code, payload=_UNKNOWN)
        if not self._terms.has_accepted(organisation_id):
            return Answer(self._settings.inactive_code, payload=_NO_TERMS)
        if not self._endpoints.is_active(organisation_id, LWM2M):
            return Answer(self._settings.inactive_code, payload=_INACTIVE)
        return None

    def too_early(self, client: Client) -> Answer | None:
        """Why a client may not register yet; None when it has bootstrapped."""
        if not self.needs_bootstrap(client.identity):
            return None
        return Answer(self._settings.direct_registration_code, payload=_TOO_EARLY)

    def needs_bootstrap(self, iccid: str) -> bool:
        """Whether the client of a SIM has to bootstrap before it registers."""
        if self._settings.needs_bootstrap == NEVER:
            return False
        bootstrapped_ms = self._bootstrapped.get(iccid)
        if bootstrapped_ms is None:
            return True
        connected_ms = self._network.connected_ms(iccid)
        if connected_ms is None or self._settings.needs_bootstrap != EACH_SESSION:
            return False
        return bootstrapped_ms < connected_ms

    def bootstrap(self, client: Client, preferred: int | None, work: Work) -> Bootstrap:
        """What a client gets; it counts as bootstrapped from now on.

        Its answer to the last step may be lost, and then it registers all the same.
        """
        iccid, settings = client.identity, self._settings
        scheme, port = "coap", settings.plain_port
        keys = None
        if client.is_secure:
            scheme, port = "coaps", settings.secure_port
            fresh = self._keys.lwm2m_server_key(iccid, settings.key_bytes, work)
            keys = bootstrap.Keys(iccid, fresh, self._keys.psk(iccid, LWM2M) or fresh)
        accounts = bootstrap.Accounts(
            f"{scheme}://{self._network.server_host(iccid)}:{port}",
            f"{scheme}://{settings.domain}:{port}",
            keys,
        )
        before = self._bootstrapped.get(iccid)
        work.on_rollback(lambda: self._set(iccid, before))
        self._set(iccid, self._wall_ms())
        work.write(_KEEP, {"iccid": iccid, "bootstrapped_ms": self._wall_ms()})
        steps = bootstrap.steps_of(accounts, preferred, settings)
        return Bootstrap(Answer(codes.CHANGED), steps)

    def _set(self, iccid: str, at_ms: int | None) -> None:
        if at_ms is None:
            self._bootstrapped.pop(iccid, None)
        else:
            self._bootstrapped[iccid] = at_ms
