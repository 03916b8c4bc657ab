"""TCP of SIMCom A76XX and SIM7600: CIPOPEN "TCP", read by hand.

SIMCom A7600 Series TCPIP application note V1.00 and A76XX AT manual V1.09, 15.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.families.family import changed
from nce_modem.families.tcp import TcpHooks

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Stream


OPEN_MS = 130_000  # AT+CIPTIMEOUT has 120 s as delivered
# A send that is not taken whole is the last one of its connection, and nothing tells the room.
# So no more than this is under way: seen is a buffer of some 6 kB (SIM7670G).
UNACKNOWLEDGED = 4096
LONGEST_READ = 1500
CLOSED_STATE = "0"  # of +CIPCLOSE: <state of 0>,<state of 1>,...


class Streams(TcpHooks):
    """After +IPCLOSE the number is free, and CIPCLOSE is an ERROR; a read may be, too."""

    frees_itself = announces_each = True

    def __init__(self, family: "Family") -> None:
        super().__init__(family)
        self.profile = changed(family.profile, max_datagram=1460)
        self._left = 0  # bytes that the last read left

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        text = 'AT+CIPOPEN=%d,"TCP",%s' % (stream.socket_id, endpoint(stream.peer))  # type: ignore[arg-type]
        await self.family.open_numbered(link, stream, text, OPEN_MS)  # type: ignore[attr-defined]

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        which = stream.socket_id
        room = 0
        answer = await self.family.ask(link, "AT+CIPACK=%d" % which)
        for line in answer.lines:
            # +CIPACK: <sent>,<acknowledged>,<received>
            values = syntax.fields(syntax.split_prefix(line)[1])
            if len(values) > 1:
                sent, acknowledged = syntax.number(values[0]), syntax.number(values[1])
                room = UNACKNOWLEDGED - (sent or 0) + (acknowledged or 0)
        data = data[: max(0, room)]
        if data:
            text = "AT+CIPSEND=%d,%d" % (which, len(data))
            await self.family.send_numbered(link, stream, text, data)  # type: ignore[attr-defined]
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        # Reading an empty buffer is an ERROR like any other: how much is there is asked first.
        which = stream.socket_id
        held, self._left = self._left, 0
        if not held:
            answer = await self.family.ask(link, "AT+CIPRXGET=4,%d" % which)
            for line in answer.lines:
                held = syntax.number(line.rpartition(",")[2]) or 0
        if not held:
            return None
        text = "AT+CIPRXGET=2,%d,%d" % (which, min(held, LONGEST_READ))
        answer = await self.family.ask(link, text, reads=self.profile.received)
        data = self.taken(link, answer, 2)
        if data and answer.lines:
            self._left = syntax.number(answer.lines[-1].rpartition(",")[2]) or 0
            if self._left:
                stream.on_data(None)  # the rest is not told again
        return data

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        found = await self.family.ask_fields(link, "AT+CIPCLOSE?")
        return any(values[stream.socket_id :][:1] == [CLOSED_STATE] for values in found)
