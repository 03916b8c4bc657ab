"""TCP of SIMCom SIM7000: CIPSTART "TCP", quick sending, read by hand.

SIMCom SIM7000 TCP/IP application note V1.02 and AT manual V1.06.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.families.family import OpenRefused, changed
from nce_modem.families.simcom7000 import CONNECT_RESULTS
from nce_modem.families.tcp import TcpHooks

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Stream, Urc


ALREADY_CONNECTED = CONNECT_RESULTS["ALREADY CONNECT"]
CLOSED_STATES = ("REMOTE CLOSING", "CLOSING", "CLOSED", "INITIAL")  # of +CIPSTATUS


class Accepted:
    """`SEND OK`, or `DATA ACCEPT:<id>,<length>` as quick sending has it."""

    def __contains__(self, text: str) -> bool:
        return text == "SEND OK" or text.startswith("DATA ACCEPT:")


class Streams(TcpHooks):
    """After `<id>, CLOSED` the id is free, and CIPCLOSE is an ERROR."""

    frees_itself = True

    def __init__(self, family: "Family") -> None:
        super().__init__(family)
        # CONNECT FAIL is the peer's refusal here.
        self.profile = changed(family.profile, passing_open_codes=(ALREADY_CONNECTED,))

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        def code(urc: "Urc") -> "int | None":
            head, _, tail = urc.prefix.partition(",")
            return CONNECT_RESULTS.get(tail.strip()) if head == str(stream.socket_id) else None

        which = stream.socket_id
        # Otherwise SEND OK comes with the peer's acknowledgement, and the line is blocked until
        # then, 645 s at the most.
        await self.family.ask(link, "AT+CIPQSEND=1")
        await self.family.leave_extended(link, which)  # type: ignore[attr-defined]
        text = 'AT+CIPSTART=%d,"TCP",%s' % (which, endpoint(stream.peer))  # type: ignore[arg-type]
        # 75 s in multi-connection mode.
        command = self.family.command(text, is_idempotent=False)
        found = await link.run_until(command, code, 80_000)
        if found:
            raise OpenRefused(found)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        text = "AT+CIPSEND=%d,%d" % (stream.socket_id, len(data))
        answer = await self.family.ask(
            link, text, payload=data, success=Accepted(), is_idempotent=False
        )
        if not answer.final.startswith("DATA"):
            return len(data)
        return syntax.number(answer.final.rpartition(",")[2]) or 0

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        # Asked for more than it holds, the modem may freeze (seen).
        which = stream.socket_id
        answer = await self.family.ask(link, "AT+CIPRXGET=4,%d" % which)
        held = 0
        for line in answer.lines:
            values = syntax.fields(syntax.split_prefix(line)[1])
            if values[:2] == ["4", str(which)] and len(values) > 2:
                held = syntax.number(values[2]) or 0
        if not held:
            return None
        text = "AT+CIPRXGET=2,%d,%d" % (which, min(held, 1460))
        answer = await self.family.ask(link, text, reads=self.profile.received)
        return self.taken(link, answer, 2)

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        # +CIPSTATUS: <id>,<bearer>,"TCP","<ip>","<port>","<state>"
        found = await self.family.ask_fields(link, "AT+CIPSTATUS=%d" % stream.socket_id)
        return any(values[-1] in CLOSED_STATES for values in found)
