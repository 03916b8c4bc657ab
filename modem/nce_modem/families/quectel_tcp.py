"""TCP of Quectel BG95, BG96, BG77: QIOPEN "TCP" in buffer mode.

Quectel BG95&BG77&BG600L and BG96 TCP/IP application notes.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.errors import SocketDead
from nce_modem.families.family import OpenRefused
from nce_modem.families.tcp import TcpHooks, state_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream, Urc


CLOSING = "4"  # <socket_state> of +QISTATE


class Streams(TcpHooks):
    """A connection that the peer closed keeps its id until QICLOSE."""

    tls = "quectel_tls"

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        def code(urc: "Urc") -> "int | None":
            values = syntax.fields(urc.text)
            if urc.prefix == "+QIOPEN" and values[0] == str(stream.socket_id) and values[1:]:
                return syntax.number(values[1])
            return None

        text = 'AT+QIOPEN=%d,%d,"TCP",%s,0,0' % (
            self.profile.cid, stream.socket_id, endpoint(stream.peer)  # type: ignore[arg-type]
        )  # fmt: skip
        command = self.family.command(text, is_idempotent=False)
        found = await link.run_until(command, code, 150_000)
        if found:
            raise OpenRefused(found)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        # SEND OK: the modem has them all. SEND FAIL: its buffer is full, and it has none.
        await self.family.send(link, stream, data, stream.peer)  # type: ignore[arg-type]
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        text = "AT+QIRD=%d,1500" % stream.socket_id
        answer = await self.family.ask(link, text, reads=self.profile.received)
        return self.taken(link, answer, 0)

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        text = "AT+QISTATE=1,%d" % stream.socket_id
        found = await self.family.ask_fields(link, text, expects=("+QISTATE",))
        state = state_of(found, stream.socket_id, 5)
        if not state:
            raise link.error_of(SocketDead, "%r is not known to the modem any more" % stream)
        return state == CLOSING
