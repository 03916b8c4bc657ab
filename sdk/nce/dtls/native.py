"""DTLS by the interpreter's own `tls`, where its build has pre-shared keys (MicroPython 1.29).

    if is_available():
        port = NativeDtlsPort(beneath, identity, key, parameters=LTE_M)
        await port.connect()

Stands where `nce.dtls.session.DtlsPort` does, over the same ports. Nothing chooses it by itself,
for what it cannot do: mbed TLS as MicroPython has it lacks CCM, so a server that wants CCM_8 alone
refuses it; no Connection ID, no resumption and nothing that could be saved, so that each waking is
a full handshake; no goodbye; the first alert ends a handshake, although before the keys it may be
anybody's; and flights are repeated after 1, 2, 4 ... 60 s whatever the bearer.
"""

import io

from nce.clock import now_ms as default_now_ms
from nce.dtls.errors import HandshakeBroken, RecordTooLarge, SessionClosed
from nce.dtls.parameters import DEFAULT
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
_TICK_MS = 250  # mbed TLS looks at its timer when it is called, and does not say when that is due
_MOST_WAITING = 8

# Record and message types: RFC 5246, 6.2.1 and 7.4; RFC 6347, 4.3.2.
_ALERT = 21
_HELLO_VERIFY_REQUEST = 3


def is_available() -> bool:
    """True where `tls` has DTLS clients, pre-shared keys and our suite."""
    if tls is None or not hasattr(tls, "PROTOCOL_DTLS_CLIENT"):
        return False
    context = tls.SSLContext(tls.PROTOCOL_DTLS_CLIENT)
    return hasattr(context, "psk_key") and _SUITE in context.get_ciphers()


class _Stream(io.IOBase):
    """The socket of mbed TLS: a datagram that arrived, and those that leave."""

    def __init__(self) -> None:
        self.arrived: "bytes | None" = None
        self.leaving: "list[bytes]" = []

    def readinto(self, buffer: bytearray) -> "int | None":
        """The datagram, once; None when there is none: this does not wait."""
        datagram = self.arrived
        if datagram is None:
            return None
        self.arrived = None
        size = min(len(datagram), len(buffer))
        buffer[:size] = datagram[:size]
        return size

    def write(self, data: "Any") -> int:
        """A datagram."""
        self.leaving.append(bytes(data))
        return len(data)

    def ioctl(self, _request: int, _argument: int) -> int:
        """Nothing to poll and nothing to close."""
        return 0


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
        self._flight = 1  # of ours that is not answered
        self._transmissions = 0
        self._alert: "bytes | None" = None

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
        # None: the server's last flight came in the wrong order, and mbed TLS waits for the rest.
        while self._call(self._tls.write, data) is None:
            await self._flush()
            await self._wait(deadline_ms)
        await self._flush()

    async def receive(self, timeout_ms: int) -> "bytes | None":
        """One datagram, or None when none came in time. Raises `SessionClosed` when it is over."""
        deadline_ms = self._now_ms() + timeout_ms
        while not self._waiting:
            self._check()
            left_ms = max(0, deadline_ms - self._now_ms())
            self._stream.arrived = await self._port.receive(left_ms)
            if self._stream.arrived is not None:
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
            from nce.dtls.advice import timed_out

            self._error = timed_out(self._flight, self._transmissions, 0, self._key)
            raise self._error
        datagram = await self._port.receive(min(left_ms, _TICK_MS))
        if datagram is None:
            return False
        self._stream.arrived = datagram
        self._transmissions = 0
        is_protected = False
        start = 0
        while start + 14 <= len(datagram):
            epoch = datagram[start + 3] << 8 | datagram[start + 4]
            if epoch:
                is_protected = True
            elif datagram[start] == _ALERT:
                self._alert = datagram[start + 14 : start + 15]
            else:
                is_verify = datagram[start + 13] == _HELLO_VERIFY_REQUEST
                self._flight = 3 if is_verify else 5
            start += 13 + (datagram[start + 11] << 8 | datagram[start + 12])
        return is_protected

    async def _take(self) -> None:
        """Have mbed TLS read what arrived, and send what it has to say."""
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
        from nce.dtls import advice

        if self._alert:
            return advice.refused(self._alert[0], self._key)
        return HandshakeBroken("mbed TLS gave up the handshake: %s" % error, None)

    async def _flush(self) -> None:
        leaving = self._stream.leaving
        self._transmissions += bool(leaving)
        while leaving:
            await self._port.send(leaving.pop(0))
