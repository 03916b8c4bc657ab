"""TLS over a TCP stream of the modem, by the interpreter's own `ssl`; loaded only when used.

    context = ssl.create_default_context()
    reader, writer = await modem.open_connection("example.com", 443, ssl=context)

MicroPython has no CAs and verifies nobody until it is told to:

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=der_of_the_ca)

CPython's `ssl` works on buffers; MicroPython's `tls` (mbed TLS) calls a stream object, which has
one record at a time and never waits. Neither of them is told of the end of TCP: so the end of a
stream, b"", is the peer's close_notify alone, and every other end is an error (RFC 8446, 6.1).
"""

import asyncio
import sys

from nce_modem.errors import ModemError, OpenFailed, UsageError
from nce_modem.reading import ByteReader
from nce_modem.waiting import within

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Iterable, Stream


_IS_MICROPYTHON = sys.implementation.name == "micropython"
HANDSHAKE_S = 120  # two or three round trips, of up to 10 s over NB-IoT, and a chain of 5 kB
READ_SIZE = 1024
MOST_AT_ONCE = 16_384  # plaintext of a record (RFC 8446, 5.1)

ASK_SERVER = (
    "the server's log says why: compare TLS versions, cipher suites and what it wants of a client"
)
TOO_LATE = "check signal and port; ssl_handshake_timeout gives more time"
NO_TLS = "that port does not speak TLS: check host and port"
WRONG_CHAIN = "load the CA that signed the server's certificate, or mend the server's chain"
WRONG_NAME = "connect by the name in the server's certificate, or give it as server_hostname"
WRONG_DATE = "renew the server's certificate, if this clock is right: it says %s UTC"
WRONG_PURPOSE = "get a certificate that is for a server"


class TlsFailed(OpenFailed):
    """The handshake failed: `reason`, and what to try, `remedy`. Nothing was sent."""

    def __init__(self, reason: str, remedy: str, transcript: "Any" = None) -> None:
        OpenFailed.__init__(self, "no TLS: %s; %s" % (reason, remedy), None, transcript)
        self.reason = reason
        self.remedy = remedy


class CertificateRefused(TlsFailed):
    """The server's certificate was not accepted."""

    is_permanent = True


class TlsBroken(ModemError):
    """A secured stream broke: a record that is not authentic, or a fatal alert."""


class TlsTruncated(TlsBroken):
    """TCP ended without the peer's close_notify: bytes may be missing."""


def engine_for(context: "Any", name: str) -> "Any":
    """The engine of this interpreter; raises `UsageError` for a context that cannot work."""
    try:
        room = "tls_mbed" if _IS_MICROPYTHON else "tls_openssl"
        return __import__("nce_modem." + room, None, None, (room,)).made(context, name)
    except UsageError:
        raise
    except (ValueError, TypeError, OSError) as error:
        raise UsageError("TLS cannot begin with this context: %s" % error)


async def start_tls(
    stream: "Stream", context: "Any", server_hostname: str, timeout_s: float = HANDSHAKE_S
) -> "TlsStream":
    """Secure a stream that is open, as asyncio does; raises as `shake_hands`."""
    return await shake_hands(stream, engine_for(context, server_hostname), timeout_s)


async def shake_hands(stream: "Stream", engine: "Any", timeout_s: float) -> "TlsStream":
    """A secured stream over `stream`, which is closed when that fails.

    Raises `CertificateRefused`, `TlsFailed`, and what broke the stream.
    """
    try:
        await within(_shake(stream, engine), timeout_s)
        return TlsStream(stream, engine)
    except asyncio.CancelledError:
        stream.close()
        raise
    except ModemError as error:
        failure = error
    except asyncio.TimeoutError:
        reason = "no end of the handshake within %d s" % timeout_s
        failure = _failed(stream, reason, TOO_LATE)
    stream.close()
    try:
        await stream.wait_closed()
    except ModemError:
        pass  # the first failure counts
    raise failure


async def _shake(stream: "Stream", engine: "Any") -> None:
    while True:
        try:
            is_over = engine.shake()
        except (OSError, ValueError) as error:
            is_certificate, reason, remedy = engine.described(error)
            kind = CertificateRefused if is_certificate else TlsFailed
            failure = _failed(stream, reason, remedy, kind)
            _send(stream, engine)  # the alert
            raise failure
        is_moving = _send(stream, engine)
        if is_over:
            return
        if is_moving:
            await stream.drain()
            continue
        data = await stream.read(READ_SIZE)
        if not data:
            reason = "the peer closed the connection during the handshake"
            raise _failed(stream, reason, ASK_SERVER)
        engine.feed(data)


def _send(stream: "Stream", engine: "Any") -> bool:
    data = engine.leaving()
    if data:
        stream.write(data)
    return bool(data)


def _failed(stream: "Stream", reason: str, remedy: str, kind: "Any" = None) -> TlsFailed:
    if "%s" in remedy:
        remedy %= _today()
    return (kind or TlsFailed)("%s (%r)" % (reason, stream), remedy, stream.transcript)


def _today() -> str:
    import time

    return "%04d-%02d-%02d" % time.gmtime()[:3]


class TlsStream(ByteReader):
    """Reader and writer of a secured stream, as `nce_modem.streams.Stream` is of a plain one."""

    def __init__(self, stream: "Stream", engine: "Any") -> None:
        ByteReader.__init__(self)
        self._stream = stream
        self._engine = engine
        self._error: "ModemError | None" = None
        self._is_closing = False
        self._farewell = 0  # bytes of close_notify, behind everything else

    def __repr__(self) -> str:
        return "TlsStream(%r)" % self._stream

    # The reader.

    async def _more(self, wanted: int) -> bool:
        while not self._is_ended:
            if self._is_closing:
                raise UsageError("%r was closed by its owner" % self)
            if self._pull(wanted):
                return True
            if self._error is not None:
                raise self._error
            data = await self._stream.read(READ_SIZE)
            if data:
                self._engine.feed(data)
            else:
                self._error = TlsTruncated(
                    "%r ended without close_notify, so bytes may be missing: ask again, unless "
                    "what came says that it is whole" % self,
                    self._stream.transcript,
                )
        return False

    def _pull(self, wanted: int) -> bool:
        """Take the plaintext that is wanted; whether there was any, or the end."""
        is_moving = False
        while self._error is None and not self._is_ended:
            if is_moving and len(self._incoming) >= wanted:
                break
            try:
                data = self._engine.read()
            except OSError as error:
                self._break(error)
                break
            if data is None:
                break
            is_moving = True
            self._is_ended = not data
            self._incoming.extend(data)
        try:
            _send(self._stream, self._engine)  # new keys, an alert
        except ModemError as error:
            self._error = self._error or error
        return is_moving

    def _break(self, error: OSError) -> None:
        word = getattr(error, "reason", None) or error
        message = "%r broke (%s): open a new connection, and see the server's log" % (self, word)
        self._error = TlsBroken(message, self._stream.transcript)

    # The writer.

    def write(self, data: bytes) -> None:
        """Seal `data` and keep it for sending; `drain` waits until the modem has it."""
        if self._is_closing:
            raise UsageError("%r was closed by its owner" % self)
        if self._error is not None:
            raise self._error
        for start in range(0, len(data), MOST_AT_ONCE):
            try:
                self._engine.write(data[start : start + MOST_AT_ONCE])
            except OSError as error:
                self._break(error)
                raise self._error  # type: ignore[misc]
            _send(self._stream, self._engine)

    def writelines(self, lines: "Iterable[bytes]") -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    async def drain(self) -> None:
        """Wait until the modem has taken all that was written; raises as a plain stream's."""
        if self._error is not None:
            raise self._error
        await self._stream.drain()

    def can_write_eof(self) -> bool:
        """False: TLS closes both directions."""
        return False

    def write_eof(self) -> None:
        """Refused: see `can_write_eof`."""
        raise UsageError("TLS cannot close one direction; use close()")

    def is_closing(self) -> bool:
        """Whether it was closed, or has broken."""
        return self._is_closing or self._error is not None or self._stream.is_closing()

    def close(self) -> None:
        """Send close_notify (CPython) and close, once the modem has what was written."""
        if self._is_closing:
            return
        self._is_closing = True
        self._engine.close()
        farewell = self._engine.leaving()
        if farewell and not self._stream.is_closing():
            try:
                self._stream.write(farewell)
                self._farewell = len(farewell)
            except ModemError:
                pass  # a peer that hears nothing any more
        self._stream.close()

    async def wait_closed(self) -> None:
        """Wait until it is closed; raises when bytes that were written have not left."""
        try:
            await self._stream.wait_closed()
        except ModemError:
            if self._stream.unsent > self._farewell:
                raise
            # The peer closed first, and heard no close_notify.

    def get_extra_info(self, name: str, default: "Any" = None) -> "Any":
        """ "peername", and "ssl_object" on CPython; `default` for everything else."""
        if name == "ssl_object":
            return self._engine.object or default
        return self._stream.get_extra_info(name, default)
