"""MicroPython's part of TLS: `SSLSocket`, mbed TLS, over a stream object that never waits."""

import io

from nce_modem.errors import UsageError
from nce_modem.tls import (
    ASK_SERVER,
    NO_TLS,
    READ_SIZE,
    WRONG_CHAIN,
    WRONG_DATE,
    WRONG_NAME,
    WRONG_PURPOSE,
)

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


# Record types (RFC 8446, 5.1).
CHANGE_CIPHER_SPEC, HANDSHAKE, APPLICATION_DATA = 20, 22, 23
HEADER = 5
TLS_MAJOR = 3  # the first byte of a record's version

REFUSED = "the certificate was refused"
NOT_TOLD = "; or ".join((WRONG_CHAIN, WRONG_NAME, WRONG_DATE, WRONG_PURPOSE))
# Words of mbed TLS about a certificate, where MicroPython hands them on.
WORDS = (("(CN)", WRONG_NAME), ("validity", WRONG_DATE), ("", WRONG_CHAIN))
CERT_NONE = 0  # of `ssl`
# The numbers of mbed TLS (ssl.h, x509.h).
CLOSED_EARLY = 0x7880  # a close_notify instead of an answer
REASONS = {
    0x2700: (REFUSED, NOT_TOLD),
    0x7680: (REFUSED + ", as no CA is loaded", WRONG_CHAIN),
    0x7A00: (REFUSED, NOT_TOLD),
    0x7200: ("the peer sent no TLS record", NO_TLS),
    0x7780: ("the server sent a fatal alert", ASK_SERVER),
    CLOSED_EARLY: ("the server closed", ASK_SERVER),
    0x7F00: ("there is not enough memory", "free about 40 kB before connecting"),
    0x10: ("there is not enough memory", "free about 40 kB before connecting"),
}


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

    def described(self, error: "Any") -> "tuple[bool, str, str]":
        """Of an error of the handshake: whether it is the certificate's, the reason, a remedy."""
        if isinstance(error, ValueError):
            said = " ".join(str(error).split())
            remedy = next(remedy for word, remedy in WORDS if word in said)
            return True, "%s: %s" % (REFUSED, said), remedy
        number = abs(error.args[0])
        reason, remedy = REASONS.get(number, (str(error), ASK_SERVER))
        return reason.startswith(REFUSED), reason, remedy


def made(context: "Any", name: str) -> MbedTlsEngine:
    """An engine; refuses a context that verifies nobody, unless `name` is ""."""
    if not hasattr(context, "wrap_socket"):
        raise UsageError(
            "MicroPython has no list of CAs: give ssl a context, ssl.SSLContext("
            "ssl.PROTOCOL_TLS_CLIENT), with verify_mode = ssl.CERT_REQUIRED, after "
            "context.load_verify_locations(cadata=...)"
        )
    # MicroPython's `ssl.SSLContext` begins so, and nobody notices.
    if name and context.verify_mode == CERT_NONE:
        raise UsageError(
            "this context verifies nobody: context.verify_mode = ssl.CERT_REQUIRED, and "
            "load a CA (or, if you want that: server_hostname='')"
        )
    return MbedTlsEngine(context, name)
