"""SIMCom A76XX (A7670, A7672, A7608) and SIM7600: UDP by CIPOPEN, read by hand (CIPRXGET).

TCP: `simcom7600_tcp`.

SIMCom A76XX AT command manual V1.09 and TCP/IP application note V1.00; SIM7600 by what public
drivers do. A UDP socket has a local port and no peer there: each CIPSEND names one, and no command
names the sender of what came. Some firmware gives a result before its OK, some behind it.

    modem = Modem(board, family=A76XX)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import endpoint, host, is_address, resolved
from nce_modem.errors import CommandFailed, OpenFailed, SendFailed
from nce_modem.families import simcom
from nce_modem.families.family import (
    ALWAYS_AWAKE,
    CLOSED,
    CONTEXT_LOST,
    DATA,
    Family,
    OpenRefused,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Command, DatagramSocket, Link, Notice, Peer, Received, Urc


RESULT_MS = 120_000  # "max response time" of all whose result comes by itself
BY_PEER = "1"  # <close_reason> of +IPCLOSE; 2 is a send that nobody acknowledged
FIRST_PORT, PORTS = 49_152, 16_384  # for a socket that asks for none (RFC 6335, 6)
# Made while the service is closed, as the last number of CIPCCFG needs: datagrams one by one, and
# not as one stream. The payload of CIPSEND must not come back as lines.
SETTINGS = (
    "AT+CIPMODE=0",
    "AT+CIPRXGET=1",
    "AT+CIPCCFG=10,0,0,1,0,0,500,1",
    '?AT+CIPCFG="DATAECHO",OFF',
)


def rxget_answers(command: "Command", text: str) -> bool:
    """`+CIPRXGET: 1,0` is the event; `2,...` and `4,...` are answers."""
    return not text.startswith("1")


SHAPES = dict(registration.SHAPES)
SHAPES["+CIPRXGET"] = rxget_answers


class A76xx(Family):
    """Ten sockets over one service, NETOPEN."""

    settings: "tuple[str, ...]" = SETTINGS

    def command(self, text: str, **options: "Any") -> "Command":
        if text == "AT+CICCID":
            options["expects"] = ("+ICCID",)
        return Family.command(self, text, **options)

    def notice(self, urc: "Urc") -> "Notice | None":
        if urc.prefix == "+CIPEVENT":
            return CONTEXT_LOST, self.profile.cid, None
        values = syntax.fields(urc.text)
        error = None
        if urc.prefix == "+CIPRXGET" and values[0] == "1" and len(values) > 1:
            kind, which = DATA, syntax.number(values[1])
        elif urc.prefix == "+IPCLOSE":
            kind, which = CLOSED, syntax.number(values[0])
            if values[1:] != [BY_PEER]:
                error = SendFailed
        else:
            return None
        return None if which is None else (kind, which, error)

    async def _result(
        self, link: "Link", prefix: str, text: str, limit_ms: int = RESULT_MS, **options: "Any"
    ) -> "list[str]":
        """The fields of the result `prefix`, which comes before or behind the final one."""
        which = options.pop("which", None)
        found: "list[list[str]]" = []

        def take(urc: "Urc") -> "list[str] | None":
            values = syntax.fields(urc.text)
            if urc.prefix != prefix or (which is not None and values[0] != str(which)):
                return None
            found.append(values)
            return values

        options["is_idempotent"] = False
        try:
            return await link.run_until(self.command(text, **options), take, limit_ms)
        except CommandFailed as error:
            # The reason is told before the ERROR.
            if found:
                error.code = syntax.number(found[-1][-1])
            raise

    async def close_stale_sockets(self, link: "Link") -> None:
        # Ends all sockets with the service.
        try:
            await self._result(link, "+NETCLOSE", "AT+NETCLOSE")
        except CommandFailed:
            pass  # closed already
        for text in self.settings:
            try:
                await self.ask(link, text.lstrip("?"))
            except CommandFailed:
                if text[0] != "?":
                    raise

    async def activate_context(self, link: "Link") -> "str | None":
        address = await self._address(link)
        if address is None:
            # A restart without a banner lost the settings, too.
            await self.close_stale_sockets(link)
            values = await self._result(link, "+NETOPEN", "AT+NETOPEN")
            if values[0] != "0":
                final = "+NETOPEN: " + values[0]
                raise CommandFailed("AT+NETOPEN", final, None, link.channel.transcript)
            address = await self._address(link)
        return address

    async def _address(self, link: "Link") -> "str | None":
        found = await self.ask_fields(link, "AT+IPADDR")
        return found[-1][0] if found else None

    async def resolve(self, link: "Link", name: str) -> str:
        for values in await self.ask_fields(link, "AT+CDNSGIP=" + host(name)):
            if values[0] == "1" and len(values) > 2:
                return resolved(name, values[2])
        raise OpenFailed("%s was not resolved" % name)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        if socket.peer is not None and not is_address(socket.peer[0]):
            socket.peer = (await self.resolve(link, socket.peer[0]), socket.peer[1])
        # The manual wants a port. One of its own for each time: late datagrams stay out.
        port = socket.local_port or FIRST_PORT + link.now_ms() % PORTS
        text = 'AT+CIPOPEN=%d,"UDP",,,%d' % (socket.socket_id, port)
        await self.open_numbered(link, socket, text, RESULT_MS)

    async def open_numbered(self, link: "Link", socket: "Any", text: str, limit_ms: int) -> None:
        """Open a socket by `text`, its CIPOPEN."""
        which = socket.socket_id
        try:
            values = await self._result(link, "+CIPOPEN", text, limit_ms, which=which)
        except CommandFailed as error:
            raise OpenRefused(error.code)
        code = syntax.number(values[-1])
        if code != 0:
            raise OpenRefused(code)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+CIPSEND=%d,%d,%s" % (socket.socket_id, len(data), endpoint(peer))
        await self.send_numbered(link, socket, text, data)

    async def send_numbered(self, link: "Link", socket: "Any", text: str, data: bytes) -> None:
        """Send by `text`, a CIPSEND; raises when not all was taken."""
        which = socket.socket_id
        values = await self._result(link, "+CIPSEND", text, which=which, payload=data)
        # <requested>,<confirmed>: "if not equal, the socket cannot be used further".
        if values[1:2] != values[2:3]:
            final = "+CIPSEND: " + ",".join(values)
            raise CommandFailed("AT+CIPSEND", final, None, link.channel.transcript)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        # Reading an empty buffer is an ERROR like any other: how much is there is asked first.
        which = socket.socket_id
        answer = await self.ask(link, "AT+CIPRXGET=4,%d" % which)
        if not answer.lines or syntax.fields(answer.lines[-1])[-1] == "0":
            return None
        answer = await self.ask(link, "AT+CIPRXGET=2,%d,1500" % which, reads=self.profile.received)
        return (answer.payloads[0], None) if answer.payloads else None

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        try:
            await self._result(link, "+CIPCLOSE", "AT+CIPCLOSE=%d" % socket_id, which=socket_id)
        except CommandFailed:
            pass  # closed already


class Sim7600(A76xx):
    """One number less in CIPCCFG, and no echo of payloads."""

    settings = SETTINGS[:2]


A76XX = A76xx(
    simcom.PROFILE,
    name="SIMCom A76XX",
    dialect=Dialect(
        "+CIPRXGET +CIPRXGETIP +NETOPEN +NETCLOSE +CIPOPEN +CIPCLOSE +CIPSEND +IPCLOSE +CIPEVENT "
        "+CNSMOD +CSQ +CGNSSPWR +CGPS",
        urc_lines=("SMS DONE", "PB DONE", "SMS READY", "CALL READY"),
        boot=("*ATREADY: 1", "RDY", "START", "NORMAL POWER DOWN"),
        shapes=SHAPES,
    ),
    power_pulse_ms=300,  # SIM7600: 100 to 500 ms
    power_off_pulse_ms=2800,  # hardware designs: at least 2.5 s
    boot_wait_ms=15_000,
    socket_ids=tuple(range(10)),
    max_datagram=1472,  # CIPSEND takes 1500; with its headers a datagram has to fit into that
    # +CIPRXGET: 2,<id>,<length>,<left>
    received=syntax.Payload(syntax.AFTER_LINE, 2),
    capabilities=(ALWAYS_AWAKE,),
    stream="simcom7600_tcp",
    # All but "wrong parameter": 4 is what an id in use is called, too.
    passing_open_codes=(1, 2, 4, 5, 6, 8, 9, 10, 12),
    iccid_command="AT+CICCID",
    signal_command="AT+CSQ",
    sleep_command="",
    radio="simcom_cat1",
    gnss="A76xx",
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        "?AT+CTZU=1",  # the time of the network: off as delivered
        "AT+CEREG=2",
        "?AT+CGREG=2",
        "?AT+CREG=2",
    ),
    timeouts={
        "+CIPSEND": 30_000,  # the manual allows 120 s; an answer, if there is one, comes at once
        "+CIPRXGET": 9000,
        "+CDNSGIP": 60_000,  # 6 s there; the network's retries go on for 30
        "+NETCLOSE": 30_000,
        "+COPS": 60_000,
        "+CGATT": 75_000,
        "+CFUN": 10_000,
    },
    m1_act=-1,
)
SIM7600 = Sim7600(A76XX.profile, name="SIMCom SIM7600", power_on_ms=90_000, gnss="Sim7600")
