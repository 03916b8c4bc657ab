"""SIMCom SIM7070, SIM7080 and SIM7090: the CNACT/CA command set.

SIMCom SIM7070_SIM7080_SIM7090 AT and TCP/UDP(S) application notes, and the experience of
public drivers where these differ.

    modem = Modem(board, family=SIM7080)
"""

import asyncio

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import apn, endpoint, sender
from nce_modem.errors import CommandFailed, CommandTimeout
from nce_modem.families import simcom
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    DTLS_PSK,
    RAI,
    UNCONNECTED,
    OpenRefused,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Answer,
        DatagramSocket,
        Link,
        ModemSocket,
        Notice,
        Peer,
        Received,
        Secured,
        Urc,
    )


# `+CARECV: <ip>,<port>,<length>,<data>` under AT+CASRIP=1.
RECEIVED_FROM = syntax.Payload(syntax.AFTER_COMMA, 2)
RESULTS = ("+CAOPEN", "+CASERVER")
CONNECT_FAILED = 27  # of +CAOPEN
CLOSED_STATE = "0"  # of +CASTATE
ACTIVE_MS = 5000  # from AT+CNACT to +APP PDP
ANY_PORT = 49_152  # plus the id: a server needs a port; from the dynamic range (RFC 6335, 6)


def is_active(urc: "Urc") -> "bool | None":
    """Whether this says that the bearer is up, None for any other line."""
    is_up = urc.prefix == "+APP PDP" and syntax.fields(urc.text) == ["0", "ACTIVE"]
    return True if is_up else None


class Sim7080(simcom.Simcom):
    """Sockets in buffer mode: one `+CADATAIND` until the buffer was read empty."""

    async def resolve(self, link: "Link", name: str) -> str:
        await self.ask_fields(link, "AT+CDNSPDPID=0")  # 4 by default, which has no bearer
        return await simcom.Simcom.resolve(self, link, name)

    def name_query(self, name: str) -> str:
        return "AT+CDNSGIP=%s,1,20000" % name  # tries, and how long each may take

    def notice(self, urc: "Urc") -> "Notice | None":
        values = syntax.fields(urc.text)
        which = syntax.number(values[0])
        if which is None:
            return None
        # `+CANEW: <server>,<id>,<ip>,<port>`: a UDP server is read by its own id.
        if urc.prefix in ("+CADATAIND", "+CANEW"):
            return DATA, which, None
        if urc.prefix == "+CASTATE" and values[1:] == [CLOSED_STATE]:
            return CLOSED, which, None
        if urc.prefix == "+APP PDP" and values[1:] == ["DEACTIVE"]:
            return CONTEXT_LOST, which, None
        return None

    async def close_stale_sockets(self, link: "Link") -> None:
        await self.ask_fields(link, "AT+CASRIP=0")  # refused by firmware without it
        found = await self.ask_fields(link, "AT+CASTATE?")
        is_used = [values for values in found if len(values) == 2 and values[1] != CLOSED_STATE]
        await self.close_listed(link, [values[0] for values in is_used])

    async def configure_context(self, link: "Link", name: str) -> None:
        # 1 is IPv4; kept by the modem's own IP stack, apart from +CGDCONT.
        for values in await self.ask_fields(link, "AT+CNCFG?"):
            if values[:3] == ["0", "1", name]:
                return
        await self.ask(link, "AT+CNCFG=0,1," + apn(name))

    async def activate_context(self, link: "Link") -> "str | None":
        # After PSM +CGPADDR still shows an address while this bearer is down: ask for this one.
        address = await self._bearer_address(link)
        if address is None:
            try:
                command = self.command("AT+CNACT=0,1", is_idempotent=False)
                await link.run_until(command, is_active, ACTIVE_MS)
            except CommandFailed:
                await self.ask_fields(link, "AT+CNACT=0,0")
                raise
            except CommandTimeout:
                pass  # its unsolicited result may be lost
            for _ in range(60):
                address = await self._bearer_address(link)
                if address is not None:
                    break
                await asyncio.sleep(1)
        return address

    async def _bearer_address(self, link: "Link") -> "str | None":
        for values in await self.ask_fields(link, "AT+CNACT?"):
            if values[:2] == ["0", "1"] and len(values) > 2:
                return values[2]
        return None

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        if socket.peer is not None:
            await self.open_to_peer(link, socket, "UDP")
            return
        which = socket.socket_id
        port = socket.local_port or ANY_PORT + which
        await self._open(link, which, 'AT+CASERVER=%d,0,"UDP",%d' % (which, port))

    async def open_to_peer(self, link: "Link", socket: "ModemSocket", protocol: str) -> None:
        """Open a connection of `protocol`, "UDP" or "TCP"; raises as `open_udp`."""
        which = socket.socket_id
        peer = endpoint(socket.peer)  # type: ignore[arg-type]
        await self._open(link, which, 'AT+CAOPEN=%d,0,"%s",%s' % (which, protocol, peer))

    async def _open(self, link: "Link", which: int, text: str) -> None:

        def code(urc: "Urc") -> "int | None":
            values = syntax.fields(urc.text)
            if urc.prefix in RESULTS and values[0] == str(which) and values[1:]:
                return syntax.number(values[1])
            return None

        async with link.together:
            # The id must be selected first.
            await self.ask(link, "AT+CACID=%d" % which)
            # The result comes before or after OK, and instead of it when it failed.
            command = self.command(text, is_idempotent=False)
            try:
                found = await link.run_until(command, code, 75_000)
            except CommandFailed:
                found = CONNECT_FAILED
        if found:
            raise OpenRefused(found)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+CASEND=%d,%d" % (socket.socket_id, len(data))
        async with link.together:
            if socket.peer is None:
                # Without quotes, as the manual has it.
                remote = (socket.socket_id, endpoint(peer).replace('"', ""))
                await self.ask(link, 'AT+CACFG="REMOTEADDR",%d,%s' % remote)
            await self.ask(link, text, payload=data, is_idempotent=False)

    async def ask_received(
        self, link: "Link", socket: "ModemSocket", shows_peer: bool
    ) -> "Answer":
        """The answer to reading, with the sender where `shows_peer`."""
        text = "AT+CARECV=%d,1459" % socket.socket_id
        async with link.together:
            # One setting for all ids, and another form of the answer.
            if link.memory.get("casrip", False) != shows_peer:
                await self.ask(link, "AT+CASRIP=%d" % shows_peer)
                link.memory["casrip"] = shows_peer
            reads = RECEIVED_FROM if shows_peer else self.profile.received
            return await self.ask(link, text, reads=reads)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        shows_peer = socket.peer is None
        answer = await self.ask_received(link, socket, shows_peer)
        if not answer.payloads:
            return None
        peer = None
        if shows_peer:
            values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
            peer = sender(values[0], values[1])
        return answer.payloads[0], peer

    def secured(self, identity: str, key: bytes) -> "Secured":
        from nce_modem.families.simcom_dtls import SecuredSim7080

        return SecuredSim7080(self, identity, key)

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        # Refused when it is closed already.
        await self.ask_fields(link, "AT+CACLOSE=%d" % socket_id)


SIM7080 = Sim7080(
    simcom.PROFILE,
    name="SIMCom SIM7080",
    dialect=Dialect(
        "+APP PDP +CADATAIND +CANEW +CASTATE +CAOPEN +CASERVER +CDNSGIP +CPSMSTATUS *PSUTTZ "
        "*PSNWID DST",
        urc_lines=("SMS Ready", "Call Ready"),
        boot=("RDY", "NORMAL POWER DOWN"),
        shapes=registration.SHAPES,
    ),
    stream="simcom7080_tcp",
    gnss="Sim7080",
    socket_ids=tuple(range(9)),  # 9 to 11: see simcom_dtls
    max_datagram=1459,
    # Seen: `+CARECV: <length>,<data>`.
    received=syntax.Payload(syntax.AFTER_COMMA, 0),
    capabilities=(UNCONNECTED, DTLS_PSK, RAI),
    # Socket error, wrong parameter (such as an id in use: it is closed then), DNS, no network.
    passing_open_codes=(1, 4, 20, 21),
    timeouts={
        "+CNACT=": 60_000,
        "+CGATT": 75_000,
        "+COPS": 120_000,
        "+CAOPEN": 75_000,
        "+CASEND": 30_000,
        "+CASERVER": 75_000,
        "+CFUN": 10_000,
        "+CDNSGIP": 60_000,
    },
)
# Firmware that answers as the manual prints it, `+CARECV: <id>,<length>,<data>`. The two cannot be
# told apart by their looks: a datagram may begin with digits.
SIM7080_TELLING_ID = SIM7080.changed(
    received=syntax.Payload(syntax.AFTER_COMMA, 1),
    capabilities=(DTLS_PSK, RAI),  # the place of the sender is unconfirmed
)
SIM7070 = SIM7080.changed(name="SIMCom SIM7070")
SIM7090 = SIM7080.changed(name="SIMCom SIM7090")
