"""Nordic nRF91 with Serial Modem; probes for the older Serial LTE Modem (SLM) dialects.

Nordic Serial Modem documentation. Sockets have handles here; SLM works on the selected one, see
`nordic_slm`. Which of them runs is asked after each start (`refine`).

    modem = Modem(board, family=NRF91)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import endpoint, host, resolved, sender
from nce_modem.errors import CommandFailed, OpenFailed
from nce_modem.families import load
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    DEFAULTS,
    DTLS_PSK,
    RAI,
    RELEASE,
    UNCONNECTED,
    Family,
    picked_id,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Any,
        Command,
        DatagramSocket,
        Inbox,
        Link,
        Notice,
        Peer,
        Received,
        Secured,
        Urc,
    )


POLL_IN = 1
# POLLERR, POLLHUP, POLLNVAL: the socket is gone; said once.
POLL_GONE = 8 | 16 | 32
EMPTY_READS = 3  # of datagrams without content in a row, which hide those behind them
# A flag of sending: the answer comes when the datagram was sent on air, or SO_SNDTIMEO is over.
WAIT_ACK = 512
SEND_TIMEOUT_OPTION, SEND_TIMEOUT_S = 21, 20
# SO_RAI of #XSOCKETOPT; older firmware has other options.
RAI_OPTION, RAI_NO_DATA = 61, 1
RELEASES = (2, 3)  # after the next send, by the answers that are awaited: none, one
PROBE_TRIES = 3  # an answer cut short would name the wrong dialect


def receives(command: "Command", text: str) -> bool:
    """An answer and its unsolicited twin look the same: after a command it is the answer."""
    return True


SHAPES = dict(registration.SHAPES)
SHAPES["#XRECV"] = SHAPES["#XRECVFROM"] = receives


URCS = (
    "#XAPOLL #XRECV #XRECVFROM #XMODEM #XSENDNTF #XSMS %MDMEV %XTIME %XMODEMSLEEP %RAI +CNEC_ESM "
    "+CNEC_EMM #XGPS #XGNSS #XGNSSPOS"
)
# The modem gave up its SMS client, as no +CNMA came: never the answer of the pending command.
URC_LINES = ("+CMS ERROR: 524",)
BOOT = ("Ready", "INIT ERROR")


class Nrf91(Family):
    """Serial Modem: handles, hexadecimal payloads on the command line, asynchronous polling."""

    async def refine(self, link: "Link", model: str, revision: str) -> "Family":
        for _ in range(PROBE_TRIES):
            try:
                answer = await self.ask(link, "AT#XSMVER")
            except CommandFailed:
                continue
            if answer.lines:  # a stray OK is not a version
                await self.ask_fields(link, "ATE0")  # which SLM has not
                return SERIAL_MODEM if self is NRF91 else self
        # The first SLM had no IPv6, which is operation 2 of #XSOCKET.
        is_first = True
        for _ in range(PROBE_TRIES):
            try:
                answer = await self.ask(link, "AT#XSOCKET=?")
            except CommandFailed:
                continue
            text = "".join(answer.lines).replace(" ", "")
            is_first = "(0,1,2)" not in text
            if "(0,1" in text:
                break
        return load("nordic_slm", "FIRST_SLM" if is_first else "SLM")  # type: ignore[no-any-return]

    def notice(self, urc: "Urc") -> "Notice | None":
        if urc.prefix == "+CGEV" and urc.text.startswith(("NW PDN DEACT", "ME PDN DEACT")):
            return CONTEXT_LOST, self.profile.cid, None
        if urc.prefix == "#XMODEM":  # it crashed, or restarted below the host: no socket is left
            return CONTEXT_LOST, self.profile.cid, None
        values = syntax.fields(urc.text)
        if urc.prefix == "#XAPOLL" and len(values) == 2:
            which, mask = syntax.number(values[0]), syntax.number(values[1])
            if which is not None and mask is not None:
                if mask & POLL_IN:
                    return DATA, which, None
                if mask & POLL_GONE:
                    return CLOSED, which, None
        return None

    def sms_path(self, inbox: "Inbox") -> "Any":
        """The way of short messages, as there is no store: see `nce_modem.sms.direct`."""
        from nce_modem.sms.direct import TextPath

        return TextPath(inbox)

    async def close_stale_sockets(self, link: "Link") -> None:
        await self.ask_fields(link, "AT#XCLOSE")

    async def resolve(self, link: "Link", name: str) -> str:
        found = await self.ask_fields(link, "AT#XGETADDRINFO=%s,1" % host(name))
        # Several addresses in one text, with spaces between; IPv6 may be among them.
        for address in found[-1][0].split() if found else ():
            if "." in address:
                return resolved(name, address)
        raise OpenFailed("%s was not resolved" % name)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        answer = await self.ask(link, "AT#XSOCKET=1,2,0", is_idempotent=False)
        socket.socket_id = handle = picked_id(answer.lines)
        if socket.peer is not None:
            await self.ask(link, "AT#XCONNECT=%d,%s" % (handle, endpoint(socket.peer)))
        elif socket.local_port:
            await self.ask(link, "AT#XBIND=%d,%d" % (handle, socket.local_port))
        await self.prepare(link, handle)

    async def prepare(self, link: "Link", handle: int) -> None:
        """Set how long a send waits for the radio, and ask for URCs of received data."""
        text = "AT#XSOCKETOPT=%d,1,%d,%d" % (handle, SEND_TIMEOUT_OPTION, SEND_TIMEOUT_S)
        await self.ask_fields(link, text)
        await self.ask_fields(link, "AT#XAPOLL=%d,1,1" % handle)

    async def send_last(
        self, link: "Link", socket: "DatagramSocket", data: bytes, answers: int
    ) -> None:
        await self._assist(link, socket, RELEASES[answers])
        await self.send(link, socket, data, socket.peer)  # type: ignore[arg-type]

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        head = "AT#XSEND=%d,1,%d" % (socket.socket_id, WAIT_ACK)
        if socket.peer is None:
            where = (socket.socket_id, WAIT_ACK, endpoint(peer))
            head = "AT#XSENDTO=%d,1,%d,%s" % where
        await self.ask(link, '%s,"%s"' % (head, data.hex().upper()), is_idempotent=False)

    async def release(self, link: "Link", socket: "DatagramSocket") -> None:
        """Ask for the release of the radio now."""
        await self._assist(link, socket, RAI_NO_DATA)

    async def _assist(self, link: "Link", socket: "DatagramSocket", kind: int) -> None:
        if "rai" not in link.memory:
            try:
                await self.ask(link, "AT%RAI=1")
                link.memory["rai"] = True
            except CommandFailed:
                link.memory["rai"] = False  # modem firmware up to 1.2
        if link.memory["rai"]:
            text = "AT#XSOCKETOPT=%d,1,%d,%d" % (socket.socket_id, RAI_OPTION, kind)
        else:
            text = "AT%%XRAI=%d" % (3 if kind == RELEASES[1] else 4)
        await self.ask(link, text)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        # 64: do not wait. Nothing there is an error; OK alone is a datagram without content,
        # after which the modem tells of no arrival until something was read.
        name = "#XRECV" if socket.peer is not None else "#XRECVFROM"
        text = "AT%s=%d,1,64,0" % (name, socket.socket_id)
        for _ in range(EMPTY_READS):
            try:
                answer = await self.ask(link, text, reads=self.profile.received)
            except CommandFailed:
                return None
            if answer.payloads:
                values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
                peer = sender(values[3], values[4]) if len(values) > 4 else None
                return answer.payloads[0], peer
        return None

    def secured(self, identity: str, key: bytes) -> "Secured":
        from nce_modem.families.nordic_dtls import SecuredNrf91

        return SecuredNrf91(self, identity, key)

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        await self.ask_fields(link, "AT#XCLOSE=%d" % socket_id)


NRF91 = Nrf91(
    DEFAULTS,
    name="Nordic nRF91 (Serial Modem)",
    # CR and LF until it is known which of them runs: SLM needs both, Serial Modem drops the LF.
    dialect=Dialect(URCS, urc_lines=URC_LINES, boot=BOOT, shapes=SHAPES, end=b"\r\n"),
    cid=0,
    line="",  # the devicetree of its firmware alone has them
    max_sockets=8,
    max_datagram=1400,
    # #XRECV: <handle>,<mode>,<n>; mode 1 is hex, where n counts bytes.
    received=syntax.Payload(syntax.AFTER_LINE, 2, hex_field=1),
    capabilities=(UNCONNECTED, DTLS_PSK, RAI, RELEASE),
    sleep_command="AT%XMODEMSLEEP=1,0,10240",
    radio="nordic",
    stream="nordic_tcp",
    gnss="SerialModem",
    has_sim_after_radio=True,
    iccid_command="AT%XICCID",
    signal_command="AT%XMONITOR",
    poll_ms=5000,
    setup=(
        "AT+CMEE=1",
        "?AT+CPSMS=0",
        "AT+CEREG=5",
        "?AT+CGEREP=1",
    ),
    timeouts={
        "+CFUN": 60_000,
        "#XCONNECT": 130_000,
        "#XGETADDRINFO": 60_000,
        "#XSENDTO": 30_000,
        "#XSEND": 30_000,
        "+CGACT": 150_000,
        "+CGACT?": 5_000,  # asked after each data mode
    },
)
# Its line ends with CR: a LF after a command that enters data mode would be data.
SERIAL_MODEM = NRF91.changed(
    dialect=Dialect(URCS, urc_lines=URC_LINES, boot=BOOT, shapes=SHAPES),
)
