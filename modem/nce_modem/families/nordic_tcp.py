"""TCP of Nordic nRF91 with Serial Modem: #XSOCKET=1,1,0 and handles.

Nordic Serial Modem documentation and source. The peer's close is an answer to reading, OK without
a header; a reset is `#XAPOLL` with POLLERR or POLLHUP alone, or a read error with its number.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, SocketDead
from nce_modem.families.family import picked_id
from nce_modem.families.tcp import TcpHooks

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream


NOTHING_YET = "-11"  # EAGAIN, of `#XSOCKET: <error>[,"closed"]`


class Streams(TcpHooks):
    """Handles stay until they are closed."""

    tls = "nordic_tls"

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        answer = await self.family.ask(link, "AT#XSOCKET=1,1,0", is_idempotent=False)
        stream.socket_id = handle = picked_id(answer.lines)
        peer = endpoint(stream.peer)  # type: ignore[arg-type]
        await self.family.ask(link, "AT#XCONNECT=%d,%s" % (handle, peer), is_idempotent=False)
        await self.family.prepare(link, handle)  # type: ignore[attr-defined]

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        text = 'AT#XSEND=%d,1,0,"%s"' % (stream.socket_id, data.hex().upper())
        return await self.send_inline(link, stream, text, data)

    async def send_inline(self, link: "Link", stream: "Stream", text: str, data: bytes) -> int:
        """Send by a command that holds the data; how many of them it took, the last field."""
        try:
            answer = await self.family.ask(link, text, is_idempotent=False)
        except CommandFailed:
            # ERROR also when it took nothing within SO_SNDTIMEO; reading tells of a broken one.
            if stream.is_told:
                raise
            return 0
        for line in answer.lines:
            count = syntax.number(syntax.fields(syntax.split_prefix(line)[1])[-1])
            if count is not None:
                return min(count, len(data))
        raise link.error_of(SocketDead, "the modem did not say how many bytes it took")

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        text = "AT#XRECV=%d,1,64,0" % stream.socket_id
        data = await self.read(link, text)
        if data == b"":
            # A header that got lost looks the same: the end is the end a second time.
            data = await self.read(link, text)
        return data

    async def read(self, link: "Link", text: str) -> "bytes | None":
        """One read: its payload, b"" for the peer's close, None when nothing came."""
        others: "list[str]" = []

        def keep(line: str) -> bool:
            others.append(line)
            return True

        try:
            answer = await self.family.ask(link, text, reads=self.profile.received, accepts=keep)
        except CommandFailed as error:
            for line in others:
                prefix, rest = syntax.split_prefix(line.strip())
                if prefix == "#XSOCKET" and syntax.fields(rest)[0] != NOTHING_YET:
                    message = "the connection was reset or lost (%s)" % rest
                    raise link.error_of(SocketDead, message)
            if error.code is not None:
                raise
            return None
        if answer.payloads:
            return answer.payloads[0]
        if answer.lines:
            raise link.error_of(SocketDead, "bytes were lost: the line about them is broken")
        return b""

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        # Asked again, it tells again what the line may have lost.
        await self.family.ask_fields(link, "AT#XAPOLL=%d,1,1" % stream.socket_id)
        return False

    async def conclude(self, link: "Link", stream: "Stream") -> None:
        raise link.error_of(SocketDead, "%r was reset by the peer or lost" % stream)
