"""TCP of u-blox SARA-R4 and SARA-R5: USOCR=6, USOCO, USOWR, USORD.

u-blox SARA-R4 (UBX-17003787) and SARA-R5 (UBX-19047455) AT commands manuals; ubxlib.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, SocketDead
from nce_modem.families.family import picked_id
from nce_modem.families.tcp import TcpHooks

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Stream


# +USORD: <socket>,<length>,"<data>"
RECEIVED = syntax.Payload(syntax.IN_QUOTES, 1)
CONNECTION_STATE = 10  # <param_id> of USOCTL
CLOSED_STATES = ("0", "7", "8", "9", "10")  # inactive; CLOSE_WAIT and later: the peer closed
# Of +USOER, the numbers of errno: EAGAIN, the buffer is full; ECONNABORTED, ECONNRESET, ETIMEDOUT.
TRY_AGAIN = "11"
NO_ORDERLY_END = ("103", "104", "110")


class Streams(TcpHooks):
    """After +UUSOCL the id is free, and the next socket may get it; a read is refused then."""

    tls = "ublox_tls"
    frees_itself = announces_each = True

    def __init__(self, family: "Family") -> None:
        super().__init__(family)
        self._refused_by = ""

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        answer = await self.family.ask(link, "AT+USOCR=6", is_idempotent=False)
        stream.socket_id = picked_id(answer.lines)
        peer = endpoint(stream.peer)  # type: ignore[arg-type]
        text = "AT+USOCO=%d,%s" % (stream.socket_id, peer)
        await self.family.ask(link, text, is_idempotent=False)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        text = "AT+USOWR=%d,%d" % (stream.socket_id, len(data))
        try:
            answer = await self.family.ask(
                link, text, payload=data, prompt="@", prompt_delay_ms=50, is_idempotent=False
            )
        except CommandFailed:
            if await self.family.last_error(link) == TRY_AGAIN:
                return 0
            raise
        for line in answer.lines:
            values = syntax.fields(syntax.split_prefix(line)[1])
            if len(values) > 1:
                taken = syntax.number(values[1])
                if taken is not None:
                    return min(taken, len(data))
        return len(data)  # OK alone means all of them (ubxlib)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        text = "AT+USORD=%d,1024" % stream.socket_id
        try:
            answer = await self.family.ask(link, text, reads=RECEIVED)
        except CommandFailed:
            # +UUSOCL is said of an end and of a reset alike: this command knows, if any. It tells
            # once; a read may be refused again before +UUSOCL comes.
            number = await self.family.last_error(link)
            if self._refused_by not in NO_ORDERLY_END:
                self._refused_by = number
            raise
        return self.taken(link, answer, 1)

    async def conclude(self, link: "Link", stream: "Stream") -> None:
        if self._refused_by in NO_ORDERLY_END:
            what = "%r was reset by the peer or lost (USOER %s)" % (stream, self._refused_by)
            raise link.error_of(SocketDead, what)

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        text = "AT+USOCTL=%d,%d" % (stream.socket_id, CONNECTION_STATE)
        found = await self.family.ask_fields(link, text)
        return bool(found) and found[-1][-1] in CLOSED_STATES
