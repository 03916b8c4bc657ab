"""TCP of Nordic Serial LTE Modem, NCS 2.x to 3.1: commands act on the selected socket.

Nordic SLM documentation and source. A stream may be cut anywhere, so all bytes can be sent: a run
of `+` goes on the command line, as `+++` would end data mode, all others in data mode.
"""

from nce_modem.at.parameter import endpoint, quoted
from nce_modem.errors import SocketDead
from nce_modem.families import nordic_tcp
from nce_modem.families.family import picked_id
from nce_modem.families.nordic import POLL_GONE
from nce_modem.families.nordic_slm import TERMINATOR

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream


SENT, NOT_SENT = "#XDATAMODE: 0", "#XDATAMODE: -1"
PLUS = 0x2B


class Streams(nordic_tcp.Streams):
    """There are no unsolicited results: reading and #XPOLL tell."""

    tls = "nordic_slm_tls"

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        async with link.together:
            answer = await self.family.ask(link, "AT#XSOCKET=1,1,0", is_idempotent=False)
            stream.socket_id = picked_id(answer.lines)
            peer = endpoint(stream.peer)  # type: ignore[arg-type]
            await self.family.ask(link, "AT#XCONNECT=" + peer, is_idempotent=False)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        async with link.together:
            await self.family.select(link, stream.socket_id)  # type: ignore[attr-defined]
            if data[0] == PLUS:
                data = data[: len(data) - len(data.lstrip(b"+"))]
                text = "AT#XSEND=" + quoted(data, "a run of +", len(data))
                return await self.send_inline(link, stream, text, data)
            end = data.find(TERMINATOR)
            # A `+` before the terminator would count as its first.
            data = (data if end < 0 else data[:end]).rstrip(b"+")
            answer = await self.family.ask(
                link,
                "AT#XSEND",
                payload=data,
                prompt="OK",
                terminator=TERMINATOR,
                success=(SENT, NOT_SENT),
                is_idempotent=False,
            )
        if answer.final == NOT_SENT:
            raise link.error_of(SocketDead, "%r was closed while it sent" % stream)
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        async with link.together:
            await self.family.select(link, stream.socket_id)  # type: ignore[attr-defined]
            data = await self.read(link, "AT#XRECV=0,64")
            if data == b"":
                data = await self.read(link, "AT#XRECV=0,64")
        return data

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        # `#XPOLL: <handle>,"0x0011"`: a read of a broken connection is an ERROR as one of nothing.
        for values in await self.family.ask_fields(link, "AT#XPOLL=0,%d" % stream.socket_id):
            if values[0] == str(stream.socket_id) and len(values) > 1:
                try:
                    return bool(int(values[1], 16) & POLL_GONE)
                except ValueError:
                    break
        return False
