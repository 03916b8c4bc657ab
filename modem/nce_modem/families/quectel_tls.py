"""TLS by Quectel BG95, BG96, BG77 and EC2x, EG9x: QSSLOPEN over a context of QSSLCFG.

As public drivers have it. The modem verifies the chain and, if told to, the dates; it compares no
name. It tells of a cut as of a close, and of every failure to connect as 566.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint
from nce_modem.errors import SocketDead
from nce_modem.families.family import CLOSED, DATA, OpenRefused
from nce_modem.families.tcp import TcpHooks, state_of
from nce_modem.families.tls import NAMES, failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


CONTEXT = 1  # one of 0-5
TLS_1_2, ALL_SUITES = 3, "0XFFFF"
NEGOTIATE_S = 120
CLOSING = "4"  # <socket_state> of +QSSLSTATE
CONNECT_FAILED = 566
# The settings that name the files.
FILES = tuple(zip(("cacert", "clientcert", "clientkey"), NAMES))


class SecuredStreams(TcpHooks):
    """The commands of QSSL in the place of those of QI."""

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        TcpHooks.__init__(self, family)
        self._settings = settings

    async def install(self, link: "Link") -> None:
        """Store the files; they outlive a restart."""
        for content, (_, name) in zip(self._settings.files, FILES):
            if content is None:
                continue
            async with link.together:
                await self.family.ask_fields(link, 'AT+QFDEL="UFS:%s"' % name)
                await self.family.ask(
                    link,
                    'AT+QFUPL="UFS:%s",%d,60' % (name, len(content)),
                    payload=content,
                    prompt="CONNECT",
                    timeout_ms=65_000,
                    is_idempotent=False,
                )

    async def configure(self, link: "Link") -> None:
        """Set the context, which a restart forgets."""
        settings = self._settings
        authority, certificate, _ = settings.files
        level = 0 if authority is None else 1 if certificate is None else 2
        wanted = [
            ('AT+QSSLCFG="sslversion",%d,%d', TLS_1_2),
            ('AT+QSSLCFG="ciphersuite",%d,%s', ALL_SUITES),
            ('AT+QSSLCFG="seclevel",%d,%d', level),
            ('AT+QSSLCFG="ignorelocaltime",%d,%d', int(not settings.checks_dates)),
            ('AT+QSSLCFG="negotiatetime",%d,%d', NEGOTIATE_S),
        ]
        for content, (name, path) in zip(settings.files, FILES):
            if content is not None:
                wanted.append(('AT+QSSLCFG="' + name + '",%d,"UFS:%s"', path))
        for text, value in wanted:
            await self.family.ask(link, text % (CONTEXT, value))
        # Old firmware has none.
        await self.family.ask_fields(link, 'AT+QSSLCFG="sni",%d,1' % CONTEXT)

    def notice(self, urc: "Urc") -> "Notice | None":
        """What an unsolicited result says of a socket, as a family's `notice`."""
        values = syntax.fields(urc.text)
        if urc.prefix != "+QSSLURC" or len(values) < 2:
            return None
        which = syntax.number(values[1])
        kind = {"recv": DATA, "closed": CLOSED}.get(values[0])
        return None if which is None or kind is None else (kind, which, None)

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        def code(urc: "Urc") -> "int | None":
            values = syntax.fields(urc.text)
            if urc.prefix == "+QSSLOPEN" and values[0] == str(stream.socket_id) and values[1:]:
                return syntax.number(values[1])
            return None

        text = "AT+QSSLOPEN=%d,%d,%d,%s,0" % (
            self.profile.cid, CONTEXT, stream.socket_id, endpoint(stream.peer)  # type: ignore[arg-type]
        )  # fmt: skip
        command = self.family.command(text, is_idempotent=False)
        found = await link.run_until(command, code, 150_000 + 1000 * NEGOTIATE_S)
        if found == CONNECT_FAILED:
            await self.close_socket(link, stream.socket_id)
            raise failed(link, stream, found, found)
        if found:
            raise OpenRefused(found)

    async def send(self, link: "Link", stream: "Stream", data: bytes) -> int:
        text = "AT+QSSLSEND=%d,%d" % (stream.socket_id, len(data))
        await self.family.ask(
            link, text, payload=data, success=("SEND OK",), timeout_ms=30_000, is_idempotent=False
        )
        return len(data)

    async def receive(self, link: "Link", stream: "Stream") -> "bytes | None":
        text = "AT+QSSLRECV=%d,1500" % stream.socket_id
        answer = await self.family.ask(link, text, reads=self.profile.received)
        return self.taken(link, answer, 0)

    async def is_closed(self, link: "Link", stream: "Stream") -> bool:
        text = "AT+QSSLSTATE=%d" % stream.socket_id
        found = await self.family.ask_fields(link, text, expects=("+QSSLSTATE",))
        state = state_of(found, stream.socket_id, 5)
        if not state:
            raise link.error_of(SocketDead, "%r is not known to the modem any more" % stream)
        return state == CLOSING

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        await self.family.ask_fields(link, "AT+QSSLCLOSE=%d" % socket_id, timeout_ms=20_000)

    async def close_stale_sockets(self, link: "Link") -> None:
        await TcpHooks.close_stale_sockets(self, link)
        for values in await self.family.ask_fields(link, "AT+QSSLSTATE", expects=("+QSSLSTATE",)):
            socket_id = syntax.number(values[0])
            if socket_id is not None:
                await self.close_socket(link, socket_id)
