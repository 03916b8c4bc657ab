"""Quectel BG95: its dialect, bearer and sockets, which `quectel_bg96` and `quectel_cat1` share.

Quectel BG95&BG77&BG600L and BG96 TCP/IP application notes and AT manuals; figures marked (bk) are
background knowledge, not read in a manual.

    modem = Modem(board, family=BG95)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.errors import CommandFailed
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    DEFAULTS,
    RAI,
    UNCONNECTED,
    Family,
    OpenRefused,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Link, Notice, Peer, Received, Urc


class Quectel(Family):
    """BG95, BG96 and BG77, by their common command set; sockets in buffer mode."""

    def notice(self, urc: "Urc") -> "Notice | None":
        values = syntax.fields(urc.text)
        if urc.prefix != "+QIURC" or len(values) < 2:
            return None
        which = syntax.number(values[1])
        kind = {"recv": DATA, "closed": CLOSED, "pdpdeact": CONTEXT_LOST}.get(values[0])
        return None if which is None or kind is None else (kind, which, urc.payload)

    async def close_stale_sockets(self, link: "Link") -> None:
        found = await self.ask_fields(link, "AT+QISTATE?", expects=("+QISTATE",))
        await self.close_listed(link, [values[0] for values in found if len(values) > 4])

    async def configure_context(self, link: "Link", name: str) -> None:
        from nce_modem.at.parameter import apn

        # Kept in NVM: read first, write only what differs.
        for values in await self.ask_fields(link, "AT+QICSGP=%d" % self.profile.cid):
            if values[:2] == ["1", name]:
                return
        await self.ask(link, 'AT+QICSGP=%d,1,%s,"","",0' % (self.profile.cid, apn(name)))

    async def activate_context(self, link: "Link") -> "str | None":
        address = await self._context_address(link)
        if address is None:
            try:
                await self.ask(link, "AT+QIACT=%d" % self.profile.cid, is_idempotent=False)
            except CommandFailed:
                # Half-open contexts refuse: deactivate, and let the caller try again.
                await self.ask_fields(link, "AT+QIDEACT=%d" % self.profile.cid)
                raise
            address = await self._context_address(link)
        return address

    async def _context_address(self, link: "Link") -> "str | None":
        for values in await self.ask_fields(link, "AT+QIACT?"):
            if len(values) >= 4 and values[0] == str(self.profile.cid) and values[1] == "1":
                return values[3]
        return None

    async def resolve(self, link: "Link", name: str) -> str:
        from nce_modem.families.quectel_names import resolve

        return await resolve(self, link, name)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        def code(urc: "Urc") -> "int | None":
            values = syntax.fields(urc.text)
            if urc.prefix == "+QIOPEN" and values[0] == str(socket.socket_id) and values[1:]:
                return syntax.number(values[1])
            return None

        kind_and_peer = '"UDP SERVICE","127.0.0.1",0'
        if socket.peer is not None:
            from nce_modem.at.parameter import endpoint

            kind_and_peer = '"UDP",' + endpoint(socket.peer)
        text = "AT+QIOPEN=%d,%d,%s,%d,0" % (
            self.profile.cid, socket.socket_id, kind_and_peer, socket.local_port
        )  # fmt: skip
        found = await link.run_until(self.command(text, is_idempotent=False), code, 150_000)
        if found:
            raise OpenRefused(found)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+QISEND=%d,%d" % (socket.socket_id, len(data))
        if socket.peer is None:
            from nce_modem.at.parameter import endpoint

            text += "," + endpoint(peer)
        await self.ask(link, text, payload=data, success=("SEND OK",), is_idempotent=False)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        text = "AT+QIRD=%d,1500" % socket.socket_id
        answer = await self.ask(link, text, reads=self.profile.received)
        if not answer.payloads:
            return None
        values = syntax.fields(answer.lines[0])
        if len(values) < 3:
            return answer.payloads[0], None
        from nce_modem.at.parameter import sender

        return answer.payloads[0], sender(values[1], values[2])

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        # Refused when it is closed already.
        await self.ask_fields(link, "AT+QICLOSE=%d" % socket_id)

    async def last_error(self, link: "Link") -> str:
        found = await self.ask_fields(link, "AT+QIGETERROR")
        return ",".join(found[-1]) if found else ""


BG95: "Quectel" = Quectel(
    DEFAULTS,
    name="Quectel BG95",
    # Buffer mode: `"recv",id[,length]` is a hint, no data follows.
    dialect=Dialect(
        "+QIOPEN +QIURC +QIND +QUSIM +QPSMTIMER +QSSLOPEN +QSSLURC +QNTP +QPING",
        urc_lines=("SMS DONE", "Call Ready", "SMS Ready", "PB DONE"),
        boot=("RDY", "POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN"),
        # Comes seconds after RDY, when the modem already answers. Without RDY, which is lost
        # while the modem searches for the baud rate, it is a reset by itself.
        boot_follows=("APP RDY",),
        shapes=registration.SHAPES,
    ),
    power_pulse_ms=750,  # 500-1000 (bk)
    socket_ids=tuple(range(12)),
    max_datagram=1460,
    received=syntax.Payload(syntax.AFTER_LINE, 0, field_count=3),
    capabilities=(UNCONNECTED, RAI),
    passing_open_codes=(563, 564),  # the id is in use, DNS is busy (bk)
    iccid_command="AT+QCCID",
    signal_command="AT+QCSQ",
    sleep_command='AT+QCFG="psm/urc",1',
    radio="quectel",
    stream="quectel_tcp",
    gnss="Quectel",
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        "?AT+QISDE=0",  # no echo of the data for QISEND
        '?AT+QURCCFG="urcport","uart1"',
        '?AT+QICFG="dataformat",0,0',
        "?AT+CPSMS=0",  # the modem may fall asleep unasked
        "AT+CEREG=2",
        "?AT+CGREG=2",
        "?AT+CREG=2",
    ),
    timeouts={
        "+QIACT=": 150_000,
        "+QIDEACT": 40_000,
        # The manual allows 120 s for both; an answer, if there is one, comes at once.
        "+QISEND": 30_000,
        "+QIRD": 10_000,
        "+QICLOSE": 20_000,
        "+QIDNSGIP": 60_000,
        "+COPS": 180_000,
        "+CGATT": 140_000,
        "+CFUN": 15_000,
    },
    m1_act=8,  # eMTC (BG96 AT manual); TS 27.007 gives it to EC-GSM-IoT
)
