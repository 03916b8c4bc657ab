"""TCP of Sequans Monarch 2 (GM02S): SQNSD with protocol 0, in command mode.

Sequans Monarch AT commands reference, as public drivers have it.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import host, port
from nce_modem.errors import CommandFailed
from nce_modem.families.tcp import TcpHooks, state_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream


CLOSED_STATE = "0"  # of +SQNSS
LONGEST_READ = 1500


class Streams(TcpHooks):
    """Refused is NO CARRIER or ERROR, without a number; after +SQNSH a read is refused."""

    tls = "sequans_tls"
    is_secure = False
    announces_each = True
    sent = 0  # bytes on this connection, which has its hooks for itself

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        which = stream.socket_id
        name, number = stream.peer  # type: ignore[misc]
        await self.family.prepare(link, which, self.is_secure)  # type: ignore[attr-defined]
        text = "AT+SQNSD=%d,0,%d,%s,0,0,1" % (which, port(number), host(name))
        await self.family.ask(link, text, is_idempotent=False, dials=True)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        try:
            await self.family.send(link, stream, data, stream.peer)  # type: ignore[arg-type]
        except CommandFailed as error:
            from nce_modem.families.tcp_count import sent_after_all

            text = "AT+SQNSI=%d" % stream.socket_id
            return await sent_after_all(self, link, stream, error, len(data), text, 1)
        self.sent += len(data)
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        # Reading an empty socket is an error, so ask for its content first.
        which = stream.socket_id
        answer = await self.family.ask(link, "AT+SQNSI=%d" % which)
        held = None
        for line in answer.lines:
            values = syntax.fields(syntax.split_prefix(line)[1])
            if values[0] == str(which) and len(values) > 3:
                held = syntax.number(values[3])
        if not held:
            return None
        if held > LONGEST_READ:
            stream.on_data(None)  # the rest is not told again
        text = "AT+SQNSRECV=%d,%d" % (which, min(held, LONGEST_READ))
        answer = await self.family.ask(link, text, reads=self.profile.received)
        return self.taken(link, answer, 1)

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        found = await self.family.ask_fields(link, "AT+SQNSS?", expects=("+SQNSS",))
        return state_of(found, stream.socket_id, 1) == CLOSED_STATE
