"""u-blox's UDP sockets, told by `+UUSORF` or `+UUSORD` with what is pending.

There are seven, together with those of TCP (`streams`).

store.open(0)                       # AT+USOCR=17
store.bearer_is_up                  # a profile on SARA-R5, the context itself on SARA-R4
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.ublox.memory import UbloxRam
from nce_sim.modem.personalities.ublox.streams import UbloxStreams
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

NOT_CONNECTED, BAD_SOCKET = 107, 9  # AT+USOER, the numbers of errno
NOT_ALLOWED = 3  # +CME ERROR


@dataclass
class UbloxSocket(UdpSocket):
    """One number; a secure one has a profile (`AT+USOSEC`) and since when."""

    security_profile: int | None = None
    secured_at_ms: int = 0


class UbloxSockets(UdpSockets[UbloxSocket]):
    """The sockets of one modem; `has_profiles` puts a PSD profile under them."""

    most_sockets = 7
    socket_type = UbloxSocket
    streams: UbloxStreams

    def __init__(self, modem: Modem, *, urc: str, has_profiles: bool) -> None:
        self.urc_name = urc
        self.has_profiles = has_profiles
        self.profile_is_active = False
        self.last_error = 0
        super().__init__(modem)

    def make_streams(self) -> UbloxStreams:
        """The TCP sockets beside these."""
        return UbloxStreams(self.modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.profile_is_active = False
        self.last_error = 0

    @property
    def bearer_is_up(self) -> bool:
        """Whether datagrams can go."""
        is_attached = self.modem.radio.session is not None
        return is_attached and (self.profile_is_active or not self.has_profiles)

    @property
    def is_hex(self) -> bool:
        """`AT+UDCONF=1,1`: data as hexadecimal digits."""
        return bool(self.modem.ram.of(UbloxRam).hexadecimal)

    def announce(self, socket: UbloxSocket) -> None:
        """One URC until the host reads; another when it left something."""
        if not socket.is_announced:
            socket.is_announced = True
            self.modem.urc(f"{self.urc_name}: {socket.id},{socket.pending}")

    def was_read(self, socket: UbloxSocket) -> None:
        """The host read: tell of what is left, once the answer is out."""
        socket.is_announced = False
        if socket.received:
            self.announce(socket)

    def tunnel_ended(self, socket: UbloxSocket) -> None:
        """The peer ended a socket's DTLS: it is closed."""
        self.by_id.pop(socket.id, None)
        self.modem.urc(f"+UUSOCL: {socket.id}")

    def lose_bearer(self) -> None:
        """The network ended the session: all sockets are closed."""
        if self.has_profiles and self.profile_is_active:
            self.profile_is_active = False
            self.modem.urc("+UUPSDD: 0")
        for socket_id in (*self.by_id, *self.streams.by_id, *self.streams.listeners):
            self.modem.urc(f"+UUSOCL: {socket_id}")
        self.by_id.clear()
        self.streams.abort_all()


def sockets_of(modem: Modem) -> UbloxSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, UbloxSockets)
    return store


def failed(modem: Modem, error: int) -> CommandFailed:
    """The error to raise, with its number kept for `+USOER`."""
    sockets_of(modem).last_error = error
    return CommandFailed(NOT_ALLOWED)
