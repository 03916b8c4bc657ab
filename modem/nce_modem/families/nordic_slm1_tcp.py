"""TCP of Nordic Serial LTE Modem, NCS 1.x: one socket, hexadecimal text in both directions.

The modem writes what came before its header and uncounted, as text when all of it is printable:
text in which line ends get lost breaks the stream with an error.
"""

from nce_modem.at import syntax
from nce_modem.at.lines import LineBuffer
from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, SocketDead
from nce_modem.families import nordic_tcp
from nce_modem.families.family import picked_id

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Channel, Link, Stream


# 576 bytes at once (NET_IPV4_MTU) in hexadecimal digits, and what may be glued to them.
LONGEST_LINE = 1280


class Streams(nordic_tcp.Streams):
    """`#XRECV: <type>,0` is the peer's close."""

    tls = ""  # its documents have none

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        make_room(link.channel)
        answer = await self.family.ask(link, "AT#XSOCKET=1,1,0", is_idempotent=False)
        stream.socket_id = picked_id(answer.lines)
        peer = endpoint(stream.peer)  # type: ignore[arg-type]
        await self.family.ask(link, "AT#XCONNECT=" + peer, is_idempotent=False)
        # Reading blocks the line for a second, the least there is (20: SO_RCVTIMEO).
        await self.family.ask_fields(link, "AT#XSOCKETOPT=1,20,1")

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        text = 'AT#XSEND=0,"%s"' % data.hex().upper()
        return await self.send_inline(link, stream, text, data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        lines: "list[str]" = []

        def keep(line: str) -> bool:
            lines.append(line)
            return True

        try:
            answer = await self.family.ask(link, "AT#XRECV", accepts=keep, timeout_ms=10_000)
        except CommandFailed as error:
            for line in lines:
                prefix, rest = syntax.split_prefix(line.strip())
                if prefix != "#XSOCKET" or syntax.fields(rest)[0] != nordic_tcp.NOTHING_YET:
                    raise link.error_of(SocketDead, "%r was reset, or bytes of it lost" % stream)
            if error.code is not None:
                raise
            return None
        values = [""]
        lines = []
        for line in answer.lines:
            if line.startswith("#XRECV:"):
                values = syntax.fields(syntax.split_prefix(line)[1])
            else:
                lines.append(line)
        is_hex = values[0] == "0"
        text = ("" if is_hex else "\r\n").join(lines)
        if values[-1] == "0" and not lines:
            return b""
        data = text.encode()
        # Of hexadecimal text the header counts the digits.
        if len(data) != syntax.number(values[-1]) or (is_hex and len(data) % 2):
            raise link.error_of(SocketDead, "bytes were lost: this SLM does not frame them")
        return bytes.fromhex(text) if is_hex else data

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        return False


def make_room(channel: "Channel") -> None:
    """Give the channel a buffer for the longest line of this modem; what it holds is kept."""
    if channel._lines._size >= LONGEST_LINE:
        return
    lines = LineBuffer(LONGEST_LINE)
    kept = bytearray(LONGEST_LINE)
    count = channel._lines.move(kept, 0)
    lines.append(memoryview(bytes(kept[:count])), 0)
    channel._lines = lines
