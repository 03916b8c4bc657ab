"""What the LwM2M service needs of the rest: small protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from nce_sim.sim_card import SimCard
from nce_sim.storage import Work


class Owners(Protocol):
    """Knows whose a SIM is."""

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM; None for an unknown one."""


class Network(Owners, Protocol):
    """The SIMs of the network."""

    def sim_of(self, iccid: str) -> SimCard | None:
        """The SIM, or None."""

    def connected_ms(self, iccid: str) -> int | None:
        """Since when the SIM has its session, in ms since 1970; None without a session."""

    def server_host(self, iccid: str) -> str:
        """The address at which the client of the SIM reaches the LwM2M server."""


class Endpoints(Protocol):
    """The Device Integrator's endpoints of an organisation."""

    def is_active(self, organisation_id: int, protocol: str) -> bool:
        """Whether the organisation activated an endpoint."""

    def reports_passively(self, organisation_id: int) -> bool:
        """Whether clients are read whenever they register or update."""


class Terms(Protocol):
    """Who accepted the Terms of Use."""

    def has_accepted(self, organisation_id: int | None) -> bool: ...


class Keys(Protocol):
    """The Device Authenticator's keys."""

    def psk(self, iccid: str, protocol: str = ...) -> bytes | None: ...

    def lwm2m_server_key(self, iccid: str, size: int, work: Work) -> bytes: ...


class Events(Protocol):
    """What becomes of values and contacts (`Integrator`)."""

    def contacted(self, sim: SimCard, *, address: str, work: Work) -> int: ...

    def report(
        self,
        sim: SimCard,
        protocol: str,
        values: Mapping[str, Any],
        state: str,
        *,
        address: str,
        work: Work,
    ) -> dict[str, Any]: ...

    def failed(
        self,
        sim: SimCard,
        address: str,
        received_ms: int,
        message: str,
        description: str,
        payload: bytes,
        work: Work,
    ) -> None: ...


class Located(Protocol):
    """Hears of positions (`Locator`)."""

    def moved(
        self, sim: SimCard, values: Mapping[str, Any], *, address: str, work: Work
    ) -> bool: ...


class States(Protocol):
    """The last states of devices (`Inspector`)."""

    def state(self, device_id: str, protocol: str) -> dict[str, Any] | None: ...


class Stored(Protocol):
    """Hears of messages that are stored; `event` is the TELEMETRY_DATA of one."""

    def __call__(self, sim: SimCard, event: Mapping[str, Any]) -> None: ...


class Waker(Protocol):
    """Sends what waits for a device (`Controller`)."""

    def device_is_active(self, device_id: str, work: Work) -> None: ...


class Write(Protocol):
    """Lets a call write by itself, soon, in line with the devices' messages."""

    def __call__(self, call: Callable[[Work], None]) -> None: ...


class Tell(Protocol):
    """Tells the world's record what happened to a client."""

    def __call__(self, sim: SimCard, event: str, **fields: Any) -> None: ...
