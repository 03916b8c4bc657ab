"""Sequans Monarch 2 (GM02S): UDP by SQNSD in command mode.

Sequans Monarch AT commands reference. Socket configurations live in NVM and may push raw bytes
into the unsolicited result, so they are written before every dial.

    modem = Modem(board, family=GM02S)
"""

from nce_modem import registration
from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import endpoint, host, port, resolved, sender
from nce_modem.errors import CommandFailed, OpenFailed
from nce_modem.families.family import (
    CLOSED,
    CONTEXT_LOST,
    DATA,
    DEFAULTS,
    RAI,
    UNCONNECTED,
    Family,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Link, Notice, Peer, Received, Urc


# <rai> of +SQNSSENDEXT, by the answers that are awaited: none, one.
RELEASES = (1, 2)
# Those that TLS may have: whether it has is kept in NVM, so that each open of one says it.
SECURE_IDS, SECURITY_PROFILE = (6, 5), 6


class Sequans(Family):
    """Socket ids 1 to 6."""

    def notice(self, urc: "Urc") -> "Notice | None":
        if urc.prefix == "+CGEV" and urc.text.startswith(("NW PDN DEACT", "NW DETACH")):
            return CONTEXT_LOST, self.profile.cid, None
        which = syntax.number(syntax.fields(urc.text)[0])
        kind = {"+SQNSRING": DATA, "+SQNSH": CLOSED}.get(urc.prefix)
        return None if kind is None or which is None else (kind, which, None)

    async def close_stale_sockets(self, link: "Link") -> None:
        found = await self.ask_fields(link, "AT+SQNSS?", expects=("+SQNSS",))
        is_used = [values for values in found if len(values) > 1 and values[1] != "0"]
        await self.close_listed(link, [values[0] for values in is_used])

    async def resolve(self, link: "Link", name: str) -> str:
        found = await self.ask_fields(link, "AT+SQNDNSLKUP=%s,0" % host(name))
        if not found or len(found[-1]) < 2:
            raise OpenFailed("%s was not resolved" % name)
        return resolved(name, found[-1][1])

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        which = socket.socket_id
        name, number = socket.peer or ("0.0.0.0", 1)
        await self.prepare(link, which, False)
        text = "AT+SQNSD=%d,1,%d,%s,0,%d,1" % (
            which, port(number), host(name), socket.local_port
        )  # fmt: skip
        if socket.peer is None:
            text += ",2,0"  # accept any remote, both ways
        await self.ask(link, text, is_idempotent=False, dials=True)

    async def prepare(self, link: "Link", which: int, is_secure: bool) -> None:
        """Write the settings of an id that is not open."""
        # 0: no limit of inactivity, after which the modem closes the socket.
        await self.ask(link, "AT+SQNSCFG=%d,%d,300,0,600,50" % (which, self.profile.cid))
        # Unsolicited results give only the length; bytes, not hex, in both directions.
        await self.ask(link, "AT+SQNSCFGEXT=%d,1,0,0,0,0" % which)
        if which in SECURE_IDS:
            text = "AT+SQNSSCFG=%d,%d,%d" % (which, is_secure, SECURITY_PROFILE)
            await self.ask(link, text)

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+SQNSSENDEXT=%d,%d" % (socket.socket_id, len(data))
        if socket.peer is None:
            text += ",0," + endpoint(peer)
        await self.ask(link, text, payload=data, is_idempotent=False)

    async def send_last(
        self, link: "Link", socket: "DatagramSocket", data: bytes, answers: int
    ) -> None:
        text = "AT+SQNSSENDEXT=%d,%d,%d" % (socket.socket_id, len(data), RELEASES[answers])
        await self.ask(link, text, payload=data, is_idempotent=False)

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        # Reading an empty socket is an error, so ask for its content where no URC told of it.
        if not socket.was_told and not await self._holds(link, socket):
            return None
        text = "AT+SQNSRECV=%d,1500" % socket.socket_id
        try:
            answer = await self.ask(link, text, reads=self.profile.received)
        except CommandFailed:
            if await self._holds(link, socket):
                raise
            return None  # the URC was late: it was read already
        if not answer.payloads:
            return None
        values = syntax.fields(syntax.split_prefix(answer.lines[0])[1])
        return answer.payloads[0], sender(values[2], values[3]) if len(values) > 3 else None

    async def _holds(self, link: "Link", socket: "DatagramSocket") -> bool:
        held = await self.ask_fields(link, "AT+SQNSI=%d" % socket.socket_id)
        return bool(held) and len(held[-1]) > 3 and held[-1][3] != "0"

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        # Refused when it is closed already.
        await self.ask_fields(link, "AT+SQNSH=%d" % socket_id)


GM02S = Sequans(
    DEFAULTS,
    name="Sequans GM02S",
    dialect=Dialect(
        "+SQNSRING +SQNSH +LPGNSSFIXREADY +LPGNSSFIXSTOP +LPGNSSASSISTANCE",
        boot=("+SYSSTART", "+SHUTDOWN"),
        shapes=registration.SHAPES,
    ),
    off_banners=("+SHUTDOWN",),
    socket_ids=(1, 2, 3, 4, 5, 6),
    max_datagram=1472,  # 1500 bytes of IP without the headers
    # +SQNSRECV: <id>,<length>[,"<ip>",<port>]
    received=syntax.Payload(syntax.AFTER_LINE, 1),
    capabilities=(UNCONNECTED, RAI),
    has_sim_after_radio=True,
    iccid_command="AT+SQNCCID",
    signal_command="AT+CESQ",
    radio="sequans",
    stream="sequans_tcp",
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        "?AT+CPSMS=0",
        "AT+CEREG=5",
        "?AT+CGREG=2",
        "?AT+CGEREP=1",
    ),
    # Dialling is longer than the modem's own limit (60 s below): a shorter one dials twice.
    timeouts={
        "+SQNSD": 75_000,
        "+SQNSSENDEXT": 20_000,
        "+SQNDNSLKUP": 20_000,
        "+CGATT": 60_000,
        "+CGACT": 60_000,
        "+CFUN": 20_000,
    },
)
# The one of the two with a satellite receiver.
GM02SP = GM02S.changed(name="Sequans GM02SP", gnss="Gm02sp")
