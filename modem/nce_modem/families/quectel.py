"""Quectel BG95 and BG96: their dialect, bearer and sockets.

Quectel BG95&BG77&BG600L and BG96 TCP/IP application notes and AT manuals; figures marked (bk) are
background knowledge, not read in a manual.

    modem = Modem(board, family=BG95)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.errors import CommandFailed
from nce_modem.families.family import ContextLost, DataReady, Family, SocketLost, SocketOpened

URCS = (
    "+QIOPEN",
    "+QIURC",
    "+QIND",
    "+QUSIM",
    "+QPSMTIMER",
    "+QSSLOPEN",
    "+QSSLURC",
    "+QNTP",
    "+QPING",
)
BOOT = ("RDY", "POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN")
# Comes seconds after RDY, when the modem answers already; alone (RDY is missed while the modem
# looks for the baud rate) it is a reset of its own.
BOOT_FOLLOWS = ("APP RDY",)
URC_LINES = ("SMS DONE", "Call Ready", "SMS Ready", "PB DONE")

SHAPES = {prefix: registration.answers for prefix in registration.PREFIXES}

# Result codes of QIOPEN and QIGETERROR (bk).
DNS_BUSY = 564
ID_IN_USE = 563

MAX_DATAGRAM = 1460
QIRD_MAX = 1500
READ_PAYLOAD = syntax.Payload(syntax.AFTER_LINE, 0, field_count=3)


def buffered_dialect():
    """The dialect of sockets in buffer mode: `"recv",id[,length]` is a hint, no data follows."""
    return Dialect(
        urcs=URCS, urc_lines=URC_LINES, boot=BOOT, boot_follows=BOOT_FOLLOWS, shapes=SHAPES
    )


def direct_push_dialect():
    """The dialect of sockets in direct push mode: the data follow `"recv",id,length`."""
    pushing = buffered_dialect()
    pushing.payloads = {"+QIURC": syntax.Payload(syntax.AFTER_LINE, 2, field_count=5)}
    return pushing


class Quectel(Family):
    """BG95, BG96 and BG77, by their common command set."""

    name = "Quectel BG95"
    dialect = buffered_dialect()
    power_pulse_ms = 750  # 500-1000 (bk)
    socket_ids = tuple(range(12))
    max_datagram = MAX_DATAGRAM
    passing_open_codes = (ID_IN_USE, DNS_BUSY)
    iccid_command = "AT+QCCID"
    signal_command = "AT+QCSQ"
    setup = (
        ("ATQ0V1E0", True),
        ("AT+CMEE=1", True),
        ("AT+QISDE=0", False),  # no echo of what QISEND is given
        ('AT+QURCCFG="urcport","uart1"', False),
        ('AT+QICFG="dataformat",0,0', False),
        ("AT+CPSMS=0", False),  # the modem may fall asleep unasked
        ("AT+CEREG=2", True),
        ("AT+CGREG=2", False),
        ("AT+CREG=2", False),
    )
    timeouts = {
        "+QIACT=": 150_000,
        "+QIDEACT": 40_000,
        # The manual allows 120 s for both; what is answered at all is answered at once.
        "+QISEND": 30_000,
        "+QIRD": 10_000,
        "+QICLOSE": 20_000,
        "+QIDNSGIP": 60_000,
        "+COPS": 180_000,
        "+CGATT": 140_000,
        "+CFUN": 15_000,
        "+QPOWD": 10_000,
    }
    # BG9x: 8 is eMTC (BG96 AT manual), which TS 27.007 gives to EC-GSM-IoT.
    access_names = {0: "GSM", 3: "EGPRS", 7: "LTE-M", 8: "LTE-M", 9: "NB-IoT"}

    def notice(self, urc):
        values = syntax.fields(urc.text)
        if urc.prefix == "+QIOPEN" and len(values) == 2:
            socket_id, code = syntax.number(values[0]), syntax.number(values[1])
            return None if socket_id is None or code is None else SocketOpened(socket_id, code)
        if urc.prefix != "+QIURC" or len(values) < 2:
            return None
        make = {"closed": SocketLost, "pdpdeact": ContextLost}.get(values[0])
        which = syntax.number(values[1])
        if which is None:
            return None
        if values[0] == "recv":
            return DataReady(which, urc.payload)
        return make(which) if make else None

    async def close_stale_sockets(self, link):
        try:
            answer = await link.run(self.command("AT+QISTATE?", expects=("+QISTATE",)))
        except CommandFailed:
            return
        for line in answer.lines:
            prefix, text = syntax.split_prefix(line)
            socket_id = syntax.number(syntax.fields(text)[0])
            if prefix == "+QISTATE" and socket_id is not None:
                await self.close_socket(link, socket_id)

    async def configure_context(self, link, apn):
        # Kept in NVM: read first, write only what differs.
        try:
            answer = await link.run(self.command("AT+QICSGP=%d" % self.cid))
            values = syntax.fields(syntax.split_prefix(answer.lines[-1])[1])
            if values[:2] == ["1", apn]:
                return
        except (CommandFailed, IndexError):
            pass
        await link.run(self.command('AT+QICSGP=%d,1,"%s","","",0' % (self.cid, apn)))

    async def activate_context(self, link):
        address = await self._context_address(link)
        if address is None:
            try:
                await link.run(self.command("AT+QIACT=%d" % self.cid, is_idempotent=False))
            except CommandFailed:
                # Half-open contexts refuse: deactivate, and let the caller try again.
                try:
                    await link.run(self.command("AT+QIDEACT=%d" % self.cid))
                except CommandFailed:
                    pass
                raise
            address = await self._context_address(link)
        return address

    async def _context_address(self, link):
        answer = await link.run(self.command("AT+QIACT?"))
        for line in answer.lines:
            values = syntax.fields(syntax.split_prefix(line)[1])
            if len(values) >= 4 and values[0] == str(self.cid) and values[1] == "1":
                return values[3]
        return None

    async def open_udp(self, link, socket_id, host, port):
        await link.run(
            self.command(
                'AT+QIOPEN=%d,%d,"UDP","%s",%d,0,0' % (self.cid, socket_id, host, port),
                is_idempotent=False,
            )
        )
        return False

    async def send(self, link, socket_id, data):
        await link.run(
            self.command(
                "AT+QISEND=%d,%d" % (socket_id, len(data)),
                payload=data,
                success=("SEND OK",),
                is_idempotent=False,
            )
        )

    async def read(self, link, socket_id):
        answer = await link.run(
            self.command("AT+QIRD=%d,%d" % (socket_id, QIRD_MAX), reads=READ_PAYLOAD)
        )
        return answer.payloads[0] if answer.payloads else None

    async def close_socket(self, link, socket_id):
        try:
            await link.run(self.command("AT+QICLOSE=%d" % socket_id))
        except CommandFailed:
            pass  # closed already

    async def last_error(self, link):
        try:
            answer = await link.run(self.command("AT+QIGETERROR"))
        except CommandFailed:
            return ""
        return syntax.split_prefix(answer.lines[-1])[1] if answer.lines else ""


BG95 = Quectel()
BG96 = Quectel()
BG96.name = "Quectel BG96"
BG96.power_pulse_ms = 150
