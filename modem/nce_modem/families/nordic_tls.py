"""TLS by Nordic's Serial Modem: #XSSOCKET=1,1,0 over a security tag.

Nordic Serial Modem documentation. The credentials of a tag are written with the radio off, and
outlive a restart. The modem verifies chain and name; nothing says that its look at the dates can
be switched off.
"""

from nce_modem.at.parameter import endpoint, host
from nce_modem.errors import CommandFailed, UsageError
from nce_modem.families import nordic_tcp
from nce_modem.families.family import picked_id
from nce_modem.families.tls import failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


SEC_TAG = 21_123  # any number that nothing else on the modem uses; the one before is that of DTLS
KINDS = (0, 1, 2)  # types of %CMNG: CA, certificate, key
ACTIVE, NOT_FOUND = 518, 513  # not while the radio is on; no such credential
VERIFIES, VERIFIES_NOBODY = 2, 0
HOST_NAME = 2  # of #XSSOCKETOPT


class SecuredStreams(nordic_tcp.Streams):
    """Handles."""

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        nordic_tcp.Streams.__init__(self, family)
        check(settings)
        self._settings = settings

    def notice(self, urc: "Urc") -> "Notice | None":
        return None  # the family's own say it

    async def install(self, link: "Link") -> None:
        await install(self, link, self._settings)

    async def configure(self, link: "Link") -> None:
        """Nothing: a socket has its settings for itself."""

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        await open_socket(self, link, stream, self._settings)
        handle = stream.socket_id
        name = host(stream.peer[0])  # type: ignore[index]
        peer = endpoint(stream.peer)  # type: ignore[arg-type]
        try:
            await self.family.ask(link, "AT#XSSOCKETOPT=%d,1,%d,%s" % (handle, HOST_NAME, name))
            await self.family.ask(link, "AT#XCONNECT=%d,%s" % (handle, peer), is_idempotent=False)
        except CommandFailed as error:
            await self.close_socket(link, handle)
            raise failed(link, stream, error.final, error.code)
        await self.family.prepare(link, handle)  # type: ignore[attr-defined]


def check(settings: "SecureStreams") -> None:
    """Raise `UsageError` for what these modems cannot do."""
    if not settings.checks_dates:
        raise UsageError("checks_dates=False: no command of this modem says so")
    for content in settings.files:
        if content is not None and b'"' in content:
            raise UsageError("a certificate with quotes in it; give the PEM alone")


async def install(hooks: nordic_tcp.Streams, link: "Link", settings: "SecureStreams") -> None:
    """Store the credentials, and remove those that are not given: a tag has them all."""
    for kind, content in zip(KINDS, settings.files):
        if content is None:
            text, end = "AT%%CMNG=3,%d,%d" % (SEC_TAG, kind), b""
        else:
            # Lines in quotes do not end the command; as its terminator they pass unseen by logs.
            text, end = 'AT%%CMNG=0,%d,%d,"' % (SEC_TAG, kind), content.strip() + b'"'
        try:
            try:
                await _write(hooks, link, text, end)
            except CommandFailed as error:
                if error.code != ACTIVE:
                    raise
                await hooks.family.ask(link, "AT+CFUN=4")
                await _write(hooks, link, text, end)
        except CommandFailed as error:
            if content is not None or error.code != NOT_FOUND:
                raise


async def _write(hooks: nordic_tcp.Streams, link: "Link", text: str, end: bytes) -> None:
    await hooks.family.ask(link, text, terminator=end, timeout_ms=10_000)


async def open_socket(
    hooks: nordic_tcp.Streams, link: "Link", stream: "Stream", settings: "SecureStreams"
) -> None:
    """Take an id for a client of TLS."""
    verifies = VERIFIES_NOBODY if settings.files[0] is None else VERIFIES
    text = "AT#XSSOCKET=1,1,0,%d,%d" % (SEC_TAG, verifies)
    answer = await hooks.family.ask(link, text, is_idempotent=False)
    stream.socket_id = picked_id(answer.lines)
