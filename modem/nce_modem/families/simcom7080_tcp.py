"""TCP of SIMCom SIM7070, SIM7080 and SIM7090: CAOPEN "TCP".

SIMCom SIM7070_SIM7080_SIM7090 TCP/UDP(S) application note V1.03.
"""

from nce_modem.at import syntax
from nce_modem.errors import CommandFailed
from nce_modem.families.simcom7080 import CLOSED_STATE
from nce_modem.families.tcp import TcpHooks, state_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream


class Streams(TcpHooks):
    """A dead id stays until CACLOSE."""

    tls = "simcom7080_tls"
    sent = 0  # bytes on this connection, which has its hooks for itself

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        await self.family.open_to_peer(link, stream, "TCP")  # type: ignore[attr-defined]

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        # The room that it has; it is less than the manual's limit now and then, and 0.
        answer = await self.family.ask(link, "AT+CASEND=%d" % stream.socket_id)
        room = 0
        for line in answer.lines:
            room = syntax.number(syntax.split_prefix(line)[1].rpartition(",")[2]) or 0
        data = data[:room]
        if data:
            text = "AT+CASEND=%d,%d" % (stream.socket_id, len(data))
            try:
                await self.family.ask(link, text, payload=data, is_idempotent=False)
            except CommandFailed as error:
                from nce_modem.families.tcp_count import sent_after_all

                text = "AT+CAACK=%d" % stream.socket_id  # sent, not acknowledged
                return await sent_after_all(self, link, stream, error, len(data), text, 0)
        self.sent += len(data)
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        answer = await self.family.ask_received(link, stream, False)  # type: ignore[attr-defined]
        return self.taken(link, answer, self.profile.received.field)  # type: ignore[union-attr]

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        found = await self.family.ask_fields(link, "AT+CASTATE?", expects=("+CASTATE",))
        return state_of(found, stream.socket_id, 1) == CLOSED_STATE
