"""The hooks of a TCP stream: how a family opens, sends, reads and looks, and what a close leaves.

Each family's module has a class `Streams(family)`; a profile names it (`stream`). `open_udp` has
the name under which `nce_modem.opening` calls it.
"""

from nce_modem.at import syntax
from nce_modem.errors import SocketDead

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Answer, Family, Link, Profile, Stream


class TcpHooks:
    """What families have in common; `stream` has `socket_id` and `peer`."""

    # Whether the id is free, and may be another's, as soon as the modem told of the close. If not,
    # it has to be closed still.
    frees_itself = False
    # Whether the modem tells of each arrival, and of what a read left. Else it tells once, until
    # it was read empty.
    announces_each = False
    # The module beside this one whose `SecuredStreams` has the modem's own TLS, see
    # `nce_modem.secure_streams` and `families.tls`.
    tls = ""

    def __init__(self, family: "Family") -> None:
        self.family = family
        self.profile: "Profile" = family.profile

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        """Connect; raises as `Family.open_udp`."""
        raise NotImplementedError

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        """Hand bytes to the modem; how many it took, 0 when its buffer is full.

        Raises `CommandFailed` when the connection is over.
        """
        raise NotImplementedError

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        """What came; None when nothing did, b"" when reading itself tells of the peer's close."""
        raise NotImplementedError

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        """Whether the modem shows the peer's close; asked now and then, as URCs get lost."""
        raise NotImplementedError

    async def conclude(self, link: "Link", stream: "Stream") -> None:
        """The modem told of the close and was read empty; raises when that was no orderly end."""

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        await self.family.close_socket(link, socket_id)

    async def close_stale_sockets(self, link: "Link") -> None:
        await self.family.close_stale_sockets(link)

    def taken(self, link: "Link", answer: "Answer", place: int) -> "bytes | None":
        """The payload, or None when field `place` of the header says that there is none.

        A header that says neither is an error: the bytes behind it are lost.
        """
        if answer.payloads:
            return answer.payloads[0]
        if answer.lines:
            values = syntax.fields(syntax.split_prefix(answer.lines[-1])[1])
            if len(values) > place and values[place] in ("0", ""):
                return None
        raise link.error_of(SocketDead, "bytes were lost: the modem's line about them is broken")


def state_of(found: "list[list[str]]", socket_id: int, place: int) -> str:
    """Field `place` of the row of a socket, "" when there is no such row."""
    for values in found:
        if values[0] == str(socket_id) and len(values) > place:
            return values[place]
    return ""
