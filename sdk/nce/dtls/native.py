"""DTLS by the interpreter's own `tls`, where its build has pre-shared keys (MicroPython 1.29).

    if is_available():
        port = NativeDtlsPort(beneath, identity, key, parameters=LTE_M)
        await port.connect()

It takes the place of `nce.dtls.session.DtlsPort`, over the same ports. Nothing in the SDK chooses
it, because it can do less. mbed TLS as MicroPython builds it has no CCM, so a server that wants
CCM_8 alone refuses it. It has no Connection ID and no resumption, and its session cannot be saved,
so that each waking is a full handshake. It sends no close_notify. It repeats flights after 1, 2,
4 ... 60 s, whatever the bearer.

mbed TLS ends a handshake at the first alert, although before the keys anybody may have sent it,
and `tls` has no option for that. So this port takes alerts in the clear out of what mbed TLS
reads; they are hints, as for the other port. A forged ServerHello that does not fit still ends
the handshake: only mbed TLS knows what would fit.
"""

import io

from nce.clock import now_ms as default_now_ms
from nce.dtls.errors import HandshakeBroken, RecordTooLarge, SessionClosed
from nce.dtls.parameters import DEFAULT, MOST_SEALINGS
from nce.errors import UsageError

if 1 - 1:
    from nce.dtls.parameters import Parameters
    from nce.seams import Any, Callable, DatagramPort, NowMs


try:
    import tls
except ImportError:
    tls = None

_SUITE = "TLS-PSK-WITH-AES-128-GCM-SHA256"
_OVERHEAD = 37  # header, nonce and tag of a record
_TICK_MS = 250  # mbed TLS looks at its timer only when called, and does not say when it is due
_MOST_WAITING = 8

# Record and message types: RFC 5246, 6.2.1 and 7.4; RFC 6347, 4.3.2.
_ALERT = 21
_HANDSHAKE = 22
_HELLO_VERIFY_REQUEST = 3

# Alerts: RFC 5246, 7.2.
_FATAL = 2
_CLOSE_NOTIFY = 0


def is_available() -> bool:
    """True where `tls` has DTLS clients, pre-shared keys and our suite."""
    if tls is None or not hasattr(tls, "PROTOCOL_DTLS_CLIENT"):
        return False
    context = tls.SSLContext(tls.PROTOCOL_DTLS_CLIENT)
    return hasattr(context, "psk_key") and _SUITE in context.get_ciphers()


class _Stream(io.IOBase):
    """The socket of mbed TLS: one datagram that arrived, and those to send."""

    def __init__(self) -> None:
        self.arrived: "bytes | None" = None
        self.leaving: "list[bytes]" = []

    def readinto(self, buffer: bytearray) -> "int | None":
        """Read the datagram, once; None when there is none: this does not wait."""
        datagram = self.arrived
        if datagram is None:
            return None
        self.arrived = None
        size = min(len(datagram), len(buffer))
        buffer[:size] = datagram[:size]
        return size

    def write(self, data: "Any") -> int:
        """Take one datagram to send."""
        self.leaving.append(bytes(data))
        return len(data)

    def ioctl(self, _request: int, _argument: int) -> int:
        """Do nothing: there is nothing to poll or to close."""
        return 0


class _Flight:
    """What `nce.dtls.advice.given_up` reads of a flight."""

    is_contested = False

    def __init__(self) -> None:
        self.number = 1  # 1, 3 or 5
        self.transmissions = 0
        self.hint: "int | None" = None  # an alert in the clear
        self.hints = 0  # how many transmissions met it
        self._hinted = 0

    def answered(self, number: int) -> None:
        """The server answered: our flight `number` is next, or is wanted again."""
        if number != self.number:
            self.number = number
            self.hint = None
        self.transmissions = 0

    def take_hint(self, hint: int) -> None:
        """Keep an alert in the clear until the time is over."""
        if self.hint != hint:
            self.hint = hint
            self.hints = self._hinted = 0
        if self._hinted != self.transmissions:
            self._hinted = self.transmissions
            self.hints += 1


class NativeDtlsPort:
    """The protected port. `random_bytes` is mbed TLS's own.

    The parameters' waits add up to the time that a handshake may take.
    """

    def __init__(
        self,
        port: "DatagramPort",
        identity: "str | bytes",
        key: bytes,
        parameters: "Parameters" = DEFAULT,
        now_ms: "NowMs | None" = None,
    ) -> None:
        if tls is None or not is_available():
            raise UsageError(
                "this interpreter's tls has no pre-shared keys over DTLS: use "
                "nce.dtls.session.DtlsPort"
            )
        context: "Any" = tls.SSLContext(tls.PROTOCOL_DTLS_CLIENT)
        context.set_ciphers([_SUITE])
        context.verify_mode = tls.CERT_NONE  # no certificates: the key vouches for the server
        context.psk_identity = identity.encode() if isinstance(identity, str) else identity
        context.psk_key = key
        self._port = port
        self._key = key
        self._parameters = parameters
        self._now_ms = now_ms or default_now_ms
        self._stream = _Stream()
        self._tls = context.wrap_socket(self._stream, do_handshake_on_connect=False)
        self._waiting: "list[bytes]" = []
        self._error: "Exception | None" = None
        self._is_secured = False
        self._flight = _Flight()  # of ours that is not answered

    @property
    def max_datagram(self) -> int:
        """The most bytes that `send` takes."""
        return self._port.max_datagram - _OVERHEAD if self._is_secured else 0

    async def connect(self) -> None:
        """Do the handshake. Raises as `DtlsPort.connect` does."""
        deadline_ms = self._deadline_ms()
        proof_came = False
        while True:
            await self._take()
            if proof_came and self._stream.arrived is None:
                break
            proof_came = await self._wait(deadline_ms) or proof_came
        self._is_secured = True
        self._key = b""

    async def send(self, data: bytes) -> None:
        """Send one datagram. Raises `SessionClosed`, `RecordTooLarge`, the port's `OSError`."""
        self._check()
        if len(data) > self.max_datagram:
            raise RecordTooLarge(
                "%d bytes are too many, a datagram of %d carries %d: send less at once"
                % (len(data), self._port.max_datagram, self.max_datagram)
            )
        deadline_ms = self._deadline_ms()
        for tries_left in range(MOST_SEALINGS - 1, -1, -1):
            # None: the server's last flight came out of order, and mbed TLS waits for the rest.
            while self._call(self._tls.write, data) is None:
                await self._flush()
                await self._wait(deadline_ms)
            try:
                await self._flush()
                return
            except OSError as error:
                if not tries_left or not getattr(error, "seal_again", False):
                    raise

    async def receive(self, timeout_ms: int) -> "bytes | None":
        """One datagram, or None when none came in time. Raises `SessionClosed` when it is over."""
        deadline_ms = self._now_ms() + timeout_ms
        while not self._waiting:
            self._check()
            left_ms = max(0, deadline_ms - self._now_ms())
            datagram = await self._port.receive(left_ms)
            if datagram is not None:
                self._sift(datagram)
                await self._take()
            if not left_ms:
                break
        return self._waiting.pop(0) if self._waiting else None

    async def close(self, notify: bool = False, forget: bool = False) -> None:
        """Close the port beneath; never raises. The server is told nothing."""
        if self._error is None:
            self._error = SessionClosed("the DTLS session was closed here: connect again")
        self._tls.close()
        await self._port.close()

    def _deadline_ms(self) -> int:
        wait_ms, longest_ms, count = self._parameters
        total_ms = 0
        for _ in range(count):
            total_ms += wait_ms
            wait_ms = min(2 * wait_ms, longest_ms)
        return self._now_ms() + total_ms

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if not self._is_secured:
            raise SessionClosed("there is no DTLS session: connect first")

    async def _wait(self, deadline_ms: int) -> bool:
        """Wait a while for a datagram of the handshake; True when it proves the server's key."""
        left_ms = deadline_ms - self._now_ms()
        if left_ms <= 0:
            from nce.dtls.advice import given_up

            self._error = given_up(self._flight, 0, self._key)  # type: ignore[arg-type]
            raise self._error
        datagram = await self._port.receive(min(left_ms, _TICK_MS))
        return datagram is not None and self._sift(datagram)

    def _sift(self, datagram: bytes) -> bool:
        """Give mbed TLS the records, without alerts in the clear; True when one is protected."""
        kept = []
        is_protected = False
        start = 0
        while start + 13 <= len(datagram):
            end = start + 13 + (datagram[start + 11] << 8 | datagram[start + 12])
            record = datagram[start:end]
            start = end
            if record[3] or record[4]:
                is_protected = True
            elif record[0] == _ALERT:
                if len(record) == 15 and (record[13] == _FATAL or record[14] == _CLOSE_NOTIFY):
                    self._flight.take_hint(record[14])
                continue
            elif record[0] == _HANDSHAKE and len(record) > 13:
                self._flight.answered(3 if record[13] == _HELLO_VERIFY_REQUEST else 5)
            kept.append(record)
        if kept:
            self._stream.arrived = b"".join(kept)
        return is_protected

    async def _take(self) -> None:
        """Let mbed TLS read what arrived, and send its answers."""
        while True:
            data = self._call(self._tls.recv, self._port.max_datagram)
            if data is None:
                break
            if not data:
                self._error = SessionClosed("the server closed the DTLS session: connect again")
                break
            self._waiting = self._waiting[1 - _MOST_WAITING :]
            self._waiting.append(data)
        await self._flush()
        if self._error is not None and not self._waiting:
            raise self._error

    def _call(self, function: "Callable[[Any], Any]", argument: object) -> "Any":
        try:
            return function(argument)
        except OSError as error:
            self._error = self._described(error)
            raise self._error

    def _described(self, error: "OSError") -> "Exception":
        if self._is_secured:
            return SessionClosed("the DTLS session is over (%s): connect again" % error)
        return HandshakeBroken("mbed TLS gave up the handshake: %s" % error, None)

    async def _flush(self) -> None:
        leaving = self._stream.leaving
        self._flight.transmissions += bool(leaving)
        while leaving:
            await self._port.send(leaving.pop(0))
