"""u-blox SARA-R410M and SARA-R412M: UDP by USOST and USORF.

u-blox SARA-R4 AT commands manual (UBX-17003787). Sockets use the attach bearer; the manual
advises against USOCO on UDP, so the peer goes with every datagram and names are resolved first.

    modem = Modem(board, family=SARA_R410)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import endpoint, host, is_address, resolved, sender
from nce_modem.errors import OpenFailed
from nce_modem.families import load
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    DEFAULTS,
    UNCONNECTED,
    Family,
    picked_id,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Link, Notice, Peer, Received, Urc


class SaraR4(Family):
    """The modem picks the socket ids, 0 to 6."""

    async def refine(self, link: "Link", model: str, revision: str) -> "Family":
        if model.startswith(("SARA-R5", "SARA-R422")):
            return load("ublox5", "SARA_R5" if model.startswith("SARA-R5") else "SARA_R422")  # type: ignore[no-any-return]
        return self

    def notice(self, urc: "Urc") -> "Notice | None":
        if urc.prefix == "+CGEV" and urc.text.startswith(("NW PDN DEACT", "NW DETACH")):
            return CONTEXT_LOST, self.profile.cid, None
        which = syntax.number(syntax.fields(urc.text)[0])
        kinds = {"+UUSORD": DATA, "+UUSORF": DATA, "+UUSOCL": CLOSED, "+UUPSDD": CONTEXT_LOST}
        kind = kinds.get(urc.prefix)
        return None if kind is None or which is None else (kind, which, None)

    async def close_stale_sockets(self, link: "Link") -> None:
        for socket_id in range(self.profile.max_sockets):
            await self.close_socket(link, socket_id)

    async def resolve(self, link: "Link", name: str) -> str:
        # An ERROR within two seconds means that the resolver is not up yet.
        import asyncio

        for _ in range(3):
            found = await self.ask_fields(link, "AT+UDNSRN=0," + host(name))
            if found:
                return resolved(name, found[-1][0])
            await asyncio.sleep(1)
        raise OpenFailed("%s was not resolved" % name)

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        if socket.peer is not None and not is_address(socket.peer[0]):
            socket.peer = (await self.resolve(link, socket.peer[0]), socket.peer[1])
        answer = await self.ask(link, "AT+USOCR=17", is_idempotent=False)
        socket.socket_id = picked_id(answer.lines)
        if socket.local_port:
            # Not at USOCR: SARA-R4 takes no port there.
            await self.ask(link, "AT+USOLI=%d,%d" % (socket.socket_id, socket.local_port))

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+USOST=%d,%s,%d" % (socket.socket_id, endpoint(peer), len(data))
        await self.ask(
            link, text, payload=data, prompt="@", prompt_delay_ms=50, is_idempotent=False
        )

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        text = "AT+USORF=%d,1024" % socket.socket_id
        answer = await self.ask(link, text, reads=self.profile.received)
        if not answer.payloads:
            return None
        values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
        return answer.payloads[0], sender(values[1], values[2])

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        # Refused when it is closed already.
        await self.ask_fields(link, "AT+USOCL=%d" % socket_id)

    async def last_error(self, link: "Link") -> str:
        found = await self.ask_fields(link, "AT+USOER")
        return found[-1][0] if found else ""


SARA_R410: "SaraR4" = SaraR4(
    DEFAULTS,
    name="u-blox SARA-R410",
    dialect=Dialect(
        "+UUSORD +UUSORF +UUSOCL +UUSOCO +UUPSDA +UUPSDD +UUDNSRN +UUPSMR +UULOC",
        # Only because the set-up asks for this greeting.
        boot=("RDY",),
        shapes=registration.SHAPES,
        guard_ms=100,
    ),
    power_pulse_ms=300,
    power_off_pulse_ms=2100,
    boot_wait_ms=15_000,
    power_on_ms=60_000,
    max_sockets=7,
    max_datagram=1024,
    # +USORF: <socket>,"<ip>",<port>,<length>,"<data>"
    received=syntax.Payload(syntax.IN_QUOTES, 3),
    capabilities=(UNCONNECTED,),
    sleep_command="AT+UPSMR=1",
    radio="ublox",
    stream="ublox_tcp",
    gnss="Ublox",
    # The radio is set up for a greeting, so that a restart is seen at all.
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        '?AT+CSGT=1,"RDY"',
        "?AT+CPSMS=0",
        "?AT+UPSV=0",
        "?AT+UDCONF=1,0",
        "AT+CEREG=2",
        "?AT+CGREG=2",
        "?AT+CREG=2",
        "?AT+CGEREP=1",
    ),
    timeouts={
        "+USOST": 12_000,
        "+USOWR": 12_000,
        "+USORF": 10_000,
        "+USOCL": 120_000,
        "+USOCO": 130_000,
        "+UDNSRN": 120_000,
        "+CGACT": 150_000,
        "+CGATT": 180_000,
        "+COPS": 180_000,
        "+CFUN": 180_000,
        "+UPSDA": 180_000,
    },
)
SARA_R412 = SARA_R410.changed(name="u-blox SARA-R412")
