"""What the Device Controller needs of devices and of the rest: small protocols.

outbound.send_udp("10.160.0.1", 3000, b"on")
outbound.send_coap(CoapCall("10.160.0.1", 3000, "POST", (b"led",), (), 0, b"on"), ended)
clients.act(Lwm2mCall("8988…", "read", "/3303/0/5700"), ended)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nce_sim.storage import Work


@dataclass(frozen=True)
class CoapCall:
    """A request to a device; path and query are in parts, as CoAP carries them."""

    host: str
    port: int
    method: str
    path: tuple[bytes, ...]
    query: tuple[bytes, ...]
    content_format: int | None
    payload: bytes = field(repr=False)


@dataclass(frozen=True)
class CoapReply:
    """The response of a device; `code` is CoAP's byte."""

    code: int
    content_format: int | None
    payload: bytes = field(repr=False)


@dataclass(frozen=True)
class NoReply:
    """A request to a device had no response; `reason` is a few words."""

    reason: str


Ended = Callable[[CoapReply | NoReply], None]


class Outbound(Protocol):
    """Sends to devices, from the controller's own address."""

    def send_udp(self, host: str, port: int, payload: bytes) -> None:
        """Send one datagram; nothing tells whether it arrives."""

    def send_coap(self, call: CoapCall, ended: Ended) -> None:
        """Send a request and repeat it as RFC 7252 says; `ended` is called once, later."""


@dataclass(frozen=True)
class Lwm2mCall:
    """An operation on the LwM2M client of a SIM; `address` is a path such as /3303/0/5700."""

    iccid: str
    action: str
    address: str
    data: str | None = None


@dataclass(frozen=True)
class Lwm2mReply:
    """The response of a client; `values` are 1NCE's flat JSON, None where it brought none.

    `error` says what is wrong with a response that is a success by its code.
    """

    code: int
    values: Mapping[str, Any] | None = None
    error: str = ""
    is_readable: bool = True


@dataclass(frozen=True)
class Refusal:
    """The client was not asked, and will not be; `reason` is for the customer."""

    reason: str


Lwm2mEnded = Callable[[Lwm2mReply | NoReply | Refusal], None]


class Lwm2mClients(Protocol):
    """The LwM2M clients that are registered."""

    def is_registered(self, iccid: str) -> bool:
        """Whether the SIM has a client."""

    def act(self, call: Lwm2mCall, ended: Lwm2mEnded) -> None:
        """Do an operation; `ended` is called once, at once or later."""


class Devices(Protocol):
    """The customers' devices, by their ICCID."""

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM; None for an unknown one."""

    def address_of(self, iccid: str) -> str | None:
        """The SIM's static address."""

    def imsi_of(self, iccid: str) -> str | None:
        """The SIM's IMSI."""


class Endpoints(Protocol):
    """The Device Integrator's endpoints of an organisation."""

    def is_active(self, organisation_id: int, protocol: str) -> bool:
        """Whether the organisation activated an endpoint."""


class Write(Protocol):
    """Lets a call write by itself, soon, in line with the devices' messages."""

    def __call__(self, call: Callable[[Work], None]) -> None: ...
