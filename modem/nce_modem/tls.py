"""TLS over a TCP stream of the modem, by the interpreter's own `ssl`; loaded only when used.

    context = ssl.create_default_context()            # MicroPython: SSLContext, and a CA to load
    reader, writer = await modem.open_connection("example.com", 443, ssl=context)

CPython's `ssl` works on buffers; MicroPython's `tls` (mbed TLS) calls a stream object, which has
one record at a time and never waits. Neither of them is told of the end of TCP: so the end of a
stream, b"", is the peer's close_notify alone, and every other end is an error (RFC 8446, 6.1).
"""

import asyncio
import io
import sys

from nce_modem.errors import ModemError, OpenFailed, UsageError
from nce_modem.reading import ByteReader
from nce_modem.waiting import within

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Iterable, Stream


HANDSHAKE_S = 120  # two or three round trips, of up to 10 s over NB-IoT, and a chain of 5 kB
READ_SIZE = 1024
MOST_AT_ONCE = 16_384  # plaintext of a record (RFC 8446, 5.1)

# Record types (RFC 8446, 5.1).
CHANGE_CIPHER_SPEC, HANDSHAKE, APPLICATION_DATA = 20, 22, 23
HEADER = 5
TLS_MAJOR = 3  # the first byte of a record's version

ASK_SERVER = (
    "the server's log says why: compare TLS versions, cipher suites and what it wants of a client"
)
TOO_LATE = "check signal and port; ssl_handshake_timeout gives more time"
NO_TLS = "that port does not speak TLS: check host and port"
WRONG_CHAIN = "load the CA that signed the server's certificate, or mend the server's chain"
WRONG_NAME = "connect by the name in the server's certificate, or give it as server_hostname"
WRONG_DATE = "renew the server's certificate, if this clock is right: it says %s UTC"
# The reasons of OpenSSL (X509_V_ERR_*) that a remedy is known for.
REMEDIES = {
    9: WRONG_DATE,  # not yet valid
    10: WRONG_DATE,  # expired
    18: WRONG_CHAIN,  # self-signed
    19: WRONG_CHAIN,  # self-signed, in the chain
    20: WRONG_CHAIN,  # unknown issuer
    21: WRONG_CHAIN,  # the first one cannot be verified
    62: WRONG_NAME,
    64: WRONG_NAME,  # of an IP address
}
# The numbers of mbed TLS (ssl.h, x509.h).
MBED_NOT_VERIFIED = 0x2700
CLOSED_EARLY = 0x7880  # a close_notify instead of an answer
MBED_REASONS = {
    0x7200: ("the peer sent no TLS record", NO_TLS),
    0x7780: ("the server sent a fatal alert", ASK_SERVER),
    CLOSED_EARLY: ("the server closed", ASK_SERVER),
    0x7F00: ("there is not enough memory", "free about 40 kB before connecting"),
    0x10: ("there is not enough memory", "free about 40 kB before connecting"),
}


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


# CPython.


class OpenSslEngine:
    """`ssl.SSLObject` between two buffers."""

    def __init__(self, context: "Any", name: str) -> None:
        import ssl

        self._again = ssl.SSLWantReadError
        self._closed = ssl.SSLZeroReturnError
        self._came = ssl.MemoryBIO()
        self._leaving = ssl.MemoryBIO()
        self.object: "Any" = context.wrap_bio(self._came, self._leaving, server_hostname=name)

    def feed(self, data: bytes) -> None:
        """Take what came from the peer."""
        self._came.write(data)

    def leaving(self) -> bytes:
        """Hand out what is for the peer."""
        return self._leaving.read()

    def shake(self) -> bool:
        """One step of the handshake; whether it is over."""
        try:
            self.object.do_handshake()
        except self._again:
            return False
        return True

    def read(self) -> "bytes | None":
        """Plaintext, None when there is none yet, b"" after the peer's close_notify."""
        try:
            return self.object.read(READ_SIZE)  # type: ignore[no-any-return]
        except self._again:
            return None
        except self._closed:
            return b""

    def write(self, data: bytes) -> None:
        """Seal `data`."""
        self.object.write(data)

    def close(self) -> None:
        """Write close_notify."""
        try:
            self.object.unwrap()
        except OSError:
            pass  # the peer has not closed, or has sent more: its answer is not awaited


# MicroPython.


class _Wire(io.IOBase):
    """The socket of mbed TLS: what came, of which it may read one record, and what it wrote."""

    def __init__(self) -> None:
        self.came = bytearray()
        self.left = 0  # of the record that it may read
        self.leaving = bytearray()

    def readinto(self, buffer: "Any") -> "int | None":
        """Read of the record; None when there is no more yet: this does not wait."""
        count = min(self.left, len(self.came), len(buffer))
        if not count:
            return None
        buffer[:count] = self.came[:count]
        self.came = self.came[count:]
        self.left -= count
        return count

    def write(self, data: "Any") -> int:
        """Keep bytes for the peer."""
        self.leaving.extend(data)
        return len(data)

    def ioctl(self, _request: int, _argument: int) -> int:
        """Do nothing: there is nothing to poll or to close."""
        return 0


class MbedTlsEngine:
    """MicroPython's `SSLSocket` over a `_Wire`.

    It reads on until its buffer is full, loses what it read when an error follows, and tells of a
    close_notify once: given one record at a time it does none of that. It does not tell either
    when the handshake is over, and `cipher()` crashes before: the types of records tell.
    """

    object = None

    def __init__(self, context: "Any", name: str) -> None:
        self._wire = _Wire()
        self._kind = 0  # of the record that is being read
        self._is_ours_done = self._is_changed = self._is_done = False
        self._early: "list[bytes]" = []  # plaintext that came with the end of the handshake
        self._socket = context.wrap_socket(
            self._wire, server_hostname=name or None, do_handshake_on_connect=False
        )

    def feed(self, data: bytes) -> None:
        """Take what came from the peer."""
        self._wire.came.extend(data)

    def leaving(self) -> bytes:
        """Hand out what is for the peer."""
        data = bytes(self._wire.leaving)
        self._wire.leaving = bytearray()
        if not self._is_done:
            place = 0
            while place < len(data):
                # TLS 1.2: our Finished follows this. TLS 1.3: it looks like data, and is the end.
                self._is_ours_done = self._is_ours_done or data[place] == CHANGE_CIPHER_SPEC
                self._is_done = self._is_done or data[place] == APPLICATION_DATA
                place += HEADER + (data[place + 3] << 8 | data[place + 4])
        return data

    def shake(self) -> bool:
        """Read on until something is to be sent, or to come; whether the handshake is over."""
        while not self._is_done:
            self._begin_record()
            data = self._socket.read(READ_SIZE)
            if data == b"":
                raise OSError(CLOSED_EARLY)
            if data:
                self._early.append(data)
            if not self._wire.left:
                if self._kind == CHANGE_CIPHER_SPEC:
                    self._is_changed = True
                elif self._kind == HANDSHAKE and self._is_changed and self._is_ours_done:
                    self._is_done = True  # the server's Finished (RFC 5246, 7.1)
            if self._wire.leaving or self._wire.left or len(self._wire.came) < HEADER:
                break
        return self._is_done

    def read(self) -> "bytes | None":
        """Plaintext, None when there is none yet, b"" after the peer's close_notify."""
        if self._early:
            return self._early.pop(0)
        while True:
            data = self._socket.read(READ_SIZE)
            if data is not None or not self._begin_record():
                return data  # type: ignore[no-any-return]

    def write(self, data: bytes) -> None:
        """Seal `data`."""
        self._socket.write(data)

    def close(self) -> None:
        """Give the buffers back. This interpreter cannot write close_notify."""
        self._socket.close()

    def _begin_record(self) -> bool:
        """Let mbed TLS read one more record, when it has read the one before."""
        wire = self._wire
        if wire.left or len(wire.came) < HEADER:
            return False
        self._kind = wire.came[0]
        wire.left = HEADER
        if wire.came[1] == TLS_MAJOR:  # else mbed TLS says that this is no TLS
            wire.left += wire.came[3] << 8 | wire.came[4]
        return True


def engine_for(context: "Any", name: str) -> "Any":
    """The engine of this interpreter; raises `UsageError` for a context that cannot work."""
    if context is True:
        if sys.implementation.name == "micropython":
            raise UsageError(
                "MicroPython has no list of CAs: give ssl a context, ssl.SSLContext("
                "ssl.PROTOCOL_TLS_CLIENT), after context.load_verify_locations(cadata=...)"
            )
        import ssl

        context = ssl.create_default_context()
    try:
        if hasattr(context, "wrap_bio"):
            return OpenSslEngine(context, name)
        if hasattr(context, "wrap_socket"):
            return MbedTlsEngine(context, name)
    except (ValueError, TypeError, OSError) as error:
        raise UsageError("TLS cannot begin with this context: %s" % error)
    raise UsageError("ssl has to be True or an ssl.SSLContext, not %r" % (context,))


async def start_tls(
    stream: "Stream", context: "Any", server_hostname: str, timeout_s: float = HANDSHAKE_S
) -> "TlsStream":
    """Secure a stream that is open, as `StreamWriter.start_tls` does; raises as `shake_hands`."""
    return await shake_hands(stream, engine_for(context, server_hostname), timeout_s)


async def shake_hands(stream: "Stream", engine: "Any", timeout_s: float) -> "TlsStream":
    """A secured stream over `stream`, which is closed when that fails.

    Raises `CertificateRefused`, `TlsFailed`, and what broke the stream.
    """
    failure: "ModemError"
    try:
        await within(_shake(stream, engine), timeout_s)
        return TlsStream(stream, engine)
    except asyncio.CancelledError:
        stream.close()
        raise
    except asyncio.TimeoutError:
        reason = "no end of the handshake within %d s" % timeout_s
        failure = _failed(TlsFailed, stream, reason, TOO_LATE)
    except ModemError as error:
        failure = error
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
        except OSError as error:
            failure = _described(stream, error)
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
            raise _failed(TlsFailed, stream, reason, ASK_SERVER)
        engine.feed(data)


def _send(stream: "Stream", engine: "Any") -> bool:
    data = engine.leaving()
    if data:
        stream.write(data)
    return bool(data)


def _failed(kind: "type[TlsFailed]", stream: "Stream", reason: str, remedy: str) -> TlsFailed:
    return kind("%s (%r)" % (reason, stream), remedy, stream.transcript)


def _described(stream: "Stream", error: "Any") -> TlsFailed:
    """The error of a handshake, from that of OpenSSL or mbed TLS."""
    code = getattr(error, "verify_code", None)
    if code is not None:
        reason = "the certificate was refused: %s" % error.verify_message
        remedy = REMEDIES.get(code, WRONG_CHAIN)
        if remedy is WRONG_DATE:
            remedy %= _today()
        return _failed(CertificateRefused, stream, reason, remedy)
    number = abs(error.args[0]) if error.args and isinstance(error.args[0], int) else 0
    if number == MBED_NOT_VERIFIED:
        reason = "the certificate was refused, and mbed TLS does not say why"
        remedy = "; ".join((WRONG_CHAIN, WRONG_NAME, WRONG_DATE % _today()))
        return _failed(CertificateRefused, stream, reason, remedy)
    word = getattr(error, "reason", None)  # CPython
    if word in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST"):
        return _failed(TlsFailed, stream, "the peer sent no TLS record", NO_TLS)
    reason, remedy = MBED_REASONS.get(number, (str(word or error), ASK_SERVER))
    return _failed(TlsFailed, stream, reason, remedy)


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
