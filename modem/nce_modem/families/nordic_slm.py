"""Nordic Serial LTE Modem: NCS 2.x to 3.1 (a selected socket), and its first dialect (NCS 1.x).

Nordic SLM documentation, NCS 1.4 and 2.x. Loaded when the probe of `nordic` finds one of them.
Payloads go in data mode, which `+++` ends wherever it stands (raw_rx_handler of slm_at_host.c);
one that holds it goes on the command line, in quotes.
"""

from nce_modem.at import syntax
from nce_modem.at.command import is_text
from nce_modem.at.events import Urc
from nce_modem.at.parameter import endpoint, sender
from nce_modem.errors import CommandFailed, SendFailed
from nce_modem.families import nordic
from nce_modem.families.family import DTLS_PSK, UNCONNECTED, Family, picked_id

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, DatagramSocket, Inbox, Link, Peer, Received, Secured


TERMINATOR = b"+++"
# In quotes a command line takes every byte but these (cmd_rx_handler of NCS 2.x, at_match.re and
# at_cmd_parser.c): a NUL ends it, a quote the text; backspace and delete take one back.
NOT_IN_QUOTES = b'\0"\x08\x7f'
# After a silence SLM sends what it holds, with a `+` that might have begun the terminator
# (raw_send_scheduled). It lasts 256 bytes on the line and 10 ms: 277 ms at 9600 bit/s.
SILENCE_MS = 500


UNSAYABLE = (
    "SLM sends no datagram with both +++ and the byte 0x%02x: encode it, or use the Serial Modem"
    " application, which counts bytes"
)


class Unsayable(SendFailed):
    """These very bytes cannot be sent; sealed again (DTLS), the same message is of other bytes."""

    seal_again = True


class Slm(nordic.Nrf91):
    """Commands act on the selected socket, so each is sent together with its selection."""

    async def close_stale_sockets(self, link: "Link") -> None:
        # `<handle>,<family>,..` of each, then the handle of the selected one alone. The first
        # releases have only #XSOCKET?, which shows the selected one.
        name = "#XSOCKETSELECT"
        found = await self.ask_fields(link, "AT%s?" % name, expects=(name,))
        listed = [values[0] for values in found if len(values) > 3]
        if not found:
            listed = [values[0] for values in await self.ask_fields(link, "AT#XSOCKET?")]
        await self.close_listed(link, listed)

    async def select(self, link: "Link", handle: int) -> None:
        text = "AT#XSOCKETSELECT=%d" % handle
        try:
            await self.ask(link, text)
        except CommandFailed as error:
            if error.code is not None:
                raise
            # ERROR also means that the line lost a character; selecting twice does no harm.
            await self.ask(link, text)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        async with link.together:
            # The new socket is the selected one.
            answer = await self.ask(link, "AT#XSOCKET=1,2,0", is_idempotent=False)
            socket.socket_id = picked_id(answer.lines)
            if socket.peer is not None:
                await self.ask(link, "AT#XCONNECT=" + endpoint(socket.peer))
            elif socket.local_port:
                await self.ask(link, "AT#XBIND=%d" % socket.local_port)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        if TERMINATOR in data:
            await self._send_inline(link, socket, data, peer)
            return
        # A `+` right before the terminator would count as its first. At 9600 bit/s a byte lasts
        # a good millisecond, and the host may have written all of them at once.
        silence_ms = SILENCE_MS + len(data) if data.endswith(b"+") else 0
        text = "AT#XSEND" if socket.peer is not None else "AT#XSENDTO=" + endpoint(peer)
        async with link.together:
            await self.select(link, socket.socket_id)
            await self.ask(
                link,
                text,
                payload=data,
                prompt="OK",
                terminator=TERMINATOR,
                terminator_delay_ms=silence_ms,
                success=("#XDATAMODE: 0",),
                is_idempotent=False,
            )
            await self._catch_up(link)

    async def _catch_up(self, link: "Link") -> None:
        """In data mode SLM drops its unsolicited results: the bearer may have gone unnoticed."""
        for values in await self.ask_fields(link, "AT+CGACT?", expects=("+CGACT",)):
            if values == [str(self.profile.cid), "0"]:
                link.dispatch([Urc("+CGEV", "ME PDN DEACT %d" % self.profile.cid, None)])

    def sms_path(self, inbox: "Inbox") -> "Any":
        from nce_modem.sms.direct import PduPath

        return PduPath(inbox)

    async def _send_inline(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        # A pause within data mode makes two datagrams of one.
        for byte in NOT_IN_QUOTES:
            if byte in data:
                raise link.error_of(Unsayable, UNSAYABLE % byte)
        head = "AT#XSEND="
        if socket.peer is None:
            head = "AT#XSENDTO=%s," % endpoint(peer)
        async with link.together:
            await self.select(link, socket.socket_id)
            # As its terminator the data pass byte for byte, and unseen by logs.
            await self.ask(link, head, terminator=b'"' + data + b'"', is_idempotent=False)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        name = "#XRECV" if socket.peer is not None else "#XRECVFROM"
        async with link.together:
            await self.select(link, socket.socket_id)
            try:
                # 64: do not wait. Nothing there is an error.
                answer = await self.ask(link, "AT%s=0,64" % name, reads=self.profile.received)
            except CommandFailed:
                return None
        if not answer.payloads:
            return None
        values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
        return answer.payloads[0], sender(values[1], values[2]) if len(values) > 2 else None

    def secured(self, identity: str, key: bytes) -> "Secured":
        from nce_modem.families.nordic_dtls import SecuredSlm

        return SecuredSlm(self, identity, key)

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        async with link.together:
            try:
                await self.select(link, socket_id)
                await self.ask(link, "AT#XSOCKET=0")
            except CommandFailed:
                pass  # closed already


class FirstSlm(Slm):
    """NCS 1.x: one socket; hexadecimal text (data type 0) on the command line and back.

    The data come before their header, uncounted: `AA01`, `#XRECV: 0, 4`.
    """

    secured = Family.secured

    async def select(self, link: "Link", handle: int) -> None:
        pass

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        await self.ask(link, 'AT#XSEND=0,"%s"' % data.hex().upper(), is_idempotent=False)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        await super().open_udp(link, socket)
        # Reading blocks the line, so let it give up after a second, the least there is
        # (20: SO_RCVTIMEO): a receive without data takes at least as long.
        await self.ask_fields(link, "AT#XSOCKETOPT=1,20,1")

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        try:
            answer = await self.ask(link, "AT#XRECV", accepts=is_text, timeout_ms=10_000)
        except CommandFailed:
            return None
        lines = [line for line in answer.lines if not line.startswith("#XRECV:")]
        header = [line for line in answer.lines if line.startswith("#XRECV:")]
        if not header or not lines:
            return None
        values = syntax.fields(syntax.split_prefix(header[0])[1])
        is_hex = values[0] == "0"
        text = ("" if is_hex else "\r\n").join(lines)
        data = text.encode()
        if len(data) != syntax.number(values[-1]) or (is_hex and len(data) % 2):
            return None  # some of it was lost
        return (bytes.fromhex(text) if is_hex else data), None

    async def close_stale_sockets(self, link: "Link") -> None:
        await self.ask_fields(link, "AT#XSOCKET=0")


SLM = Slm(
    nordic.NRF91.profile,
    name="Nordic nRF91 (SLM)",
    line="AT#XSLMUART=%d",  # kept in flash; later versions of NCS 2.x have none
    stream="nordic_slm_tcp",
    gnss="Slm",
    received=syntax.Payload(syntax.AFTER_LINE, 0),
    capabilities=(UNCONNECTED, DTLS_PSK),
    max_datagram=1024,
    poll_ms=1000,
    tells_arrivals=False,
)
FIRST_SLM = FirstSlm(
    SLM.profile,
    name="Nordic nRF91 (first SLM)",
    stream="nordic_slm1_tcp",
    max_sockets=1,
    max_datagram=500,  # as hexadecimal text within one line of the engine
    capabilities=(),
)
