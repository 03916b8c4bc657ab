"""SIMCom SIM7000: the CIP command set in multi-connection mode, read by hand (CIPRXGET).

SIMCom SIM7000 TCP/IP application note and AT manual; 1NCE's own UDP guide for this modem uses this
set. The state machine of the stack answers ERROR out of turn; CIPSHUT brings it back to its start.

    modem = Modem(board, family=SIM7000)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import apn, endpoint, sender
from nce_modem.errors import CommandFailed
from nce_modem.families import simcom
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    RAI,
    UNCONNECTED,
    OpenRefused,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, DatagramSocket, Link, Notice, Peer, Received, Urc


def rxget_answers(command: "Command", text: str) -> bool:
    """`+CIPRXGET: 1,0` is the event, `+CIPRXGET: 2,...` the answer."""
    return not text.startswith("1")


SHAPES = dict(registration.SHAPES)
SHAPES["+CIPRXGET"] = rxget_answers

# Several connections, data that is read by hand, a result when a datagram was sent.
SETTINGS = "AT+CIPMUX=1;+CIPRXGET=1;+CIPQSEND=0"
# UDP extended mode needs an initial address; nothing is sent to it.
START_ADDRESS = ("127.0.0.1", 9)

# An id that is connected already is an earlier owner's, and so is its peer: it is closed first.
CONNECT_RESULTS = {"CONNECT OK": 0, "CONNECT FAIL": 1, "ALREADY CONNECT": 2}


class Sim7000(simcom.Simcom):
    """UDP by CIPSTART; ids 0 to 7."""

    psm_counts_from_next_start = True  # +CPSMS (SIM7000 Low Power note)

    def notice(self, urc: "Urc") -> "Notice | None":
        if urc.prefix == "+CIPRXGET":
            values = syntax.fields(urc.text)
            # Who sent it may follow the id.
            which = syntax.number(values[1]) if len(values) > 1 else None
            return (DATA, which, None) if values[0] == "1" and which is not None else None
        if urc.prefix == "+PDP":
            return CONTEXT_LOST, 0, None
        head, _, tail = urc.prefix.partition(",")
        which = syntax.number(head)
        return (CLOSED, which, None) if tail.strip() == "CLOSED" and which is not None else None

    async def close_stale_sockets(self, link: "Link") -> None:
        # Ends connections and context alike; the settings below need the stack at its start.
        await self.ask(link, "AT+CIPSHUT", success=("SHUT OK",))
        # New connections would inherit the mode that an earlier owner set for their ids.
        lines: "list[str]" = []
        try:
            lines = (await self.ask(link, SETTINGS + ";+CIPUDPMODE?")).lines
        except CommandFailed:
            await self.ask(link, SETTINGS)  # firmware without that mode
        for line in lines:
            prefix, rest = syntax.split_prefix(line)
            values = syntax.fields(rest)
            if prefix == "+CIPUDPMODE" and len(values) > 1 and values[1] != "0":
                await self._set_extended(link, values[0], 0, 0)

    async def _set_extended(
        self, link: "Link", socket_id: "int | str", mode: int, local_port: int
    ) -> None:
        await self.ask(link, "AT+CIPUDPMODE=%s,%d" % (socket_id, mode))
        await self.ask(link, 'AT+CLPORT=%s,"UDP",%d' % (socket_id, local_port))

    async def configure_context(self, link: "Link", name: str) -> None:
        link.memory["apn"] = apn(name)

    async def activate_context(self, link: "Link") -> "str | None":
        address = await self._address(link)
        if address is None:
            # Without a bearer no socket works; a restart without a banner also lost the settings.
            await self.close_stale_sockets(link)
            text = 'AT+CSTT=%s,"","";+CIICR' % link.memory.get("apn")
            await self.ask(link, text, timeout_ms=85_000, is_idempotent=False)
            address = await self._address(link)
        return address

    async def _address(self, link: "Link") -> "str | None":
        """CIFSR answers with the bare address and no OK, or ERROR out of turn."""
        try:
            answer = await self.ask(link, "AT+CIFSR;E0", accepts=is_address)
        except CommandFailed:
            return None
        return answer.lines[-1].strip() if answer.lines else None

    async def leave_extended(self, link: "Link", socket_id: int) -> None:
        """Take an id out of UDP extended mode, when it was in it."""
        extended = link.memory.setdefault("extended", set())
        if socket_id in extended:
            await self._set_extended(link, socket_id, 0, 0)
            extended.discard(socket_id)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        def code(urc: "Urc") -> "int | None":
            head, _, tail = urc.prefix.partition(",")
            if head != str(socket.socket_id):
                return None
            return CONNECT_RESULTS.get(tail.strip())

        which = socket.socket_id
        await self.leave_extended(link, which)
        if socket.peer is None:
            await self.ask(link, "AT+CIPSRIP=1")
            await self._set_extended(link, which, 1, socket.local_port)
            link.memory.setdefault("extended", set()).add(which)
        text = 'AT+CIPSTART=%d,"UDP",%s' % (which, endpoint(socket.peer or START_ADDRESS))
        found = await link.run_until(self.command(text, is_idempotent=False), code, 75_000)
        if found:
            raise OpenRefused(found)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+CIPSEND=%d,%d" % (socket.socket_id, len(data))
        async with link.together:
            if socket.peer is None:
                await self.ask(link, "AT+CIPUDPMODE=%d,2,%s" % (socket.socket_id, endpoint(peer)))
            # The second under quick sending, which TCP sets for all ids.
            success = ("SEND OK", "DATA ACCEPT:%d,%d" % (socket.socket_id, len(data)))
            await self.ask(link, text, payload=data, success=success, is_idempotent=False)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        # Asking for more than there is may freeze the modem (seen by others): ask how much.
        which = socket.socket_id
        held = await self.ask_fields(link, "AT+CIPRXGET=4,%d" % which)
        count = syntax.number(held[-1][-1]) if held and len(held[-1]) > 2 else 1460
        if not count:
            return None
        text = "AT+CIPRXGET=2,%d,%d" % (which, min(count, 1460))
        answer = await self.ask(link, text, reads=self.profile.received)
        if not answer.payloads:
            return None
        peer = None
        if socket.peer is None:
            values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
            host, _, port = values[-1].replace('"', "").rpartition(":")
            peer = sender(host, port) if host else None
        return answer.payloads[0], peer

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        try:
            await self.ask(link, "AT+CIPCLOSE=%d" % socket_id, success=("CLOSE OK",))
        except CommandFailed:
            pass  # closed already


def is_address(line: str) -> bool:
    """A bare dotted address."""
    parts = line.strip().split(".")
    return len(parts) == 4 and all(part.isdigit() for part in parts)


SIM7000 = Sim7000(
    simcom.PROFILE,
    name="SIMCom SIM7000",
    dialect=Dialect(
        "+CIPRXGET +PDP +CDNSGIP +CPSMSTATUS *PSUTTZ *PSNWID DST",
        urc_lines=(
            "SMS Ready",
            "Call Ready",
            "CLOSED",
            "CONNECT OK",
            "CONNECT FAIL",
            "ALREADY CONNECT",
        ),
        boot=("RDY", "NORMAL POWER DOWN"),
        shapes=SHAPES,
    ),
    stream="simcom7000_tcp",
    gnss="Sim7000",
    socket_ids=tuple(range(8)),
    max_datagram=1460,
    # +CIPRXGET: 2,<id>,<length>,<left>
    received=syntax.Payload(syntax.AFTER_LINE, 2),
    capabilities=(UNCONNECTED, RAI),
    passing_open_codes=(1, 2),
    timeouts={
        "+CIICR": 85_000,
        "+CIPSHUT": 65_000,
        "+CIPSTART": 75_000,
        "+CIPSEND": 60_000,
        "+CGATT": 75_000,
        "+COPS": 120_000,
        "+CFUN": 10_000,
    },
)
