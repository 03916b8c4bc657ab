"""The common part of all secure sockets: plain sockets that are opened in another way.

secured = modem.family.secured(identity, key)
await secured.install(link)
await secured.open_udp(link, socket)
"""

from nce_modem.at.parameter import quoted
from nce_modem.errors import OpenFailed
from nce_modem.families.family import changed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Family, Link, Peer, Profile, Received


# A record of 29 bytes more still fits a path of 1500 (RFC 6655; 28 are IP's and UDP's).
MAX_DATAGRAM = 1443

ADVICE = (
    "the server does not know the identity, has another key, or did not answer: ask the Device "
    "Authenticator for new credentials, check host and port; nce.dtls says which it is"
)


class HandshakeFailed(OpenFailed):
    """The modem has no DTLS connection; `code` is the family's own, or None."""


class Secured:
    """The hooks of a family that `DatagramSocket` uses, for sockets with DTLS; the key is kept."""

    outlives_restart = False  # whether the modem keeps identity and key

    def __init__(self, family: "Family", identity: str, key: bytes) -> None:
        self.family = family
        # Every family writes it into a line of text. 128 octets: RFC 4279, 5.3.
        self.quoted_identity = quoted(identity, "PSK identity", 128)
        self.identity = identity
        self.key = key
        most = min(family.profile.max_datagram, MAX_DATAGRAM)
        self.profile: "Profile" = changed(family.profile, max_datagram=most)

    def failed(
        self, link: "Link", peer: "Peer", what: str, code: "int | None" = None
    ) -> HandshakeFailed:
        """The error of a failed handshake."""
        message = "no DTLS connection to %s:%d (%s): %s" % (peer + (what, ADVICE))
        return HandshakeFailed(message, code, link.channel.transcript)

    async def install(self, link: "Link") -> None:
        """Give the modem identity and key."""
        raise NotImplementedError

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        """Open and shake hands; raises `HandshakeFailed`, else as a family's."""
        raise NotImplementedError

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        await self.family.send(link, socket, data, peer)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        return await self.family.read(link, socket)

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        await self.family.close_socket(link, socket_id)

    async def close_stale_sockets(self, link: "Link") -> None:
        await self.family.close_stale_sockets(link)
