"""TLS under a TCP socket of a modem: the modem's own client, which is OpenSSL's here.

    tunnel = TlsTunnel(context_of(profile), profile, stream)
    tunnel.move()                   # bytes came, or left: state and `pending` may be others now
    tunnel.send(b"hello")           # False: no room in the socket's buffer
    tunnel.read(1500); tunnel.close()

    stream.tls = tunnel             # before it connects: reads and sends of the socket are sealed

Dates and name are compared after the handshake, those of the server's own certificate alone; the
dates with the modem's clock, not with this computer's. OpenSSL's random numbers are not those of
the world's seed.
"""

from __future__ import annotations

import datetime
import enum
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nce_sim.network.tcp import NotOpen

if TYPE_CHECKING:
    from cryptography import x509

    from nce_sim.modem.sockets.tcp_socket import TcpSocket

NO_CHECK_TIME = 0x20_0000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl` does not name
ALL_SUITES = 0xFFFF
KEPT = 16_384  # bytes of plaintext beyond which TCP's window closes
OVERHEAD = 64  # of a record, at the most
AT_ONCE = 4096


@dataclass(frozen=True)
class TlsProfile:
    """What a modem was told of a connection; certificates are PEM or DER."""

    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    suite: int = ALL_SUITES
    authorities: bytes | None = None  # None: the server is not verified
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    server_name: str | None = None  # for SNI
    expected_name: str | None = None  # that the certificate must have; None: no name is compared
    checked_at: datetime.datetime | None = None  # None: no date is compared


class State(enum.Enum):
    """How far a connection is."""

    SHAKING = "shaking hands"
    OPEN = "open"
    CLOSED = "closed"  # by close_notify
    FAILED = "failed"


def context_of(profile: TlsProfile) -> ssl.SSLContext:
    """The context of a profile; ValueError for files that hold no certificate or key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version, context.maximum_version = profile.lowest, profile.highest
    context.verify_flags |= NO_CHECK_TIME
    if profile.suite != ALL_SUITES:
        named = [each["name"] for each in context.get_ciphers() if _is(each, profile.suite)]
        if not named:
            raise ValueError(f"no cipher suite 0x{profile.suite:04X}")
        context.set_ciphers(":".join(named))
    try:
        if profile.authorities is None:
            context.verify_mode = ssl.CERT_NONE
        elif profile.authorities.startswith(b"-----"):
            context.load_verify_locations(cadata=profile.authorities.decode("ascii"))
        else:
            context.load_verify_locations(cadata=profile.authorities)
        if profile.certificate is not None:
            with tempfile.TemporaryDirectory(prefix="nce-tls-") as folder:
                certificate, key = Path(folder) / "certificate", Path(folder) / "key"
                certificate.write_bytes(profile.certificate)
                key.write_bytes(profile.key or b"")
                context.load_cert_chain(certificate, key)
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ValueError(f"a file is none that TLS can use: {error}") from None
    return context


def _is(cipher: Any, suite: int) -> bool:
    return bool(cipher["id"] & 0xFFFF == suite)  # the IANA number is its lower half


def _is_named(certificate: x509.Certificate, name: str) -> bool:
    """Whether a certificate is of a host: RFC 9525, 6.3, a wildcard as the whole first label."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    found = {each.lower() for each in names.get_values_for_type(x509.DNSName)}
    found |= {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    name = name.lower()
    return name in found or "*." + name.partition(".")[2] in found


class TlsTunnel:
    """One socket's TLS connection to its peer."""

    def __init__(
        self,
        context: ssl.SSLContext,
        profile: TlsProfile,
        stream: TcpSocket,
    ) -> None:
        self.state = State.SHAKING
        self.reason = ""
        self.read_bytes = self.sent_bytes = 0  # of plaintext
        self._profile, self._stream = profile, stream
        self._came, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._came, self._leaving, server_hostname=profile.server_name
        )
        self._unsent = b""
        self._texts = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of plaintext that were not read."""
        return len(self._texts)

    @property
    def room(self) -> int:
        """Bytes of plaintext that `send` would take."""
        connection = self._stream.connection
        if self.state is not State.OPEN or self._unsent or connection is None:
            return 0
        return max(connection.free_bytes - OVERHEAD, 0)

    def move(self) -> None:
        """Do what can be done with what came, and with the room in the socket's buffer."""
        connection = self._stream.connection
        try:
            while connection is not None and self.state in (State.SHAKING, State.OPEN):
                data = connection.receive(AT_ONCE) if self.pending < KEPT else b""
                self._came.write(data)
                self._step()
                if not data:
                    break
        except ssl.SSLError as error:
            self.state, self.reason = State.FAILED, str(error.reason or error)
        self._flush()

    def send(self, data: bytes) -> bool:
        """Seal bytes and send them all; False when the socket has no room for them."""
        self._flush()
        if self.room < len(data):
            return False
        self._tls.write(data)
        self.sent_bytes += len(data)
        self._flush()
        return True

    def read(self, most: int) -> bytes:
        """Plaintext, in its order; TCP's window opens by it."""
        data = bytes(self._texts[:most])
        del self._texts[:most]
        self.read_bytes += len(data)
        self.move()
        return data

    def close(self) -> None:
        """Say close_notify to the peer, if there is a connection."""
        if self.state is State.OPEN:
            try:
                self._tls.unwrap()
            except ssl.SSLError:
                pass  # the peer has not closed, or sends more
            self._flush()

    def _step(self) -> None:
        """Shake hands, or open records; what is not there yet raises SSLWantReadError."""
        try:
            if self.state is State.SHAKING:
                self._tls.do_handshake()
                self.state = State.OPEN
                self._check_certificate()
            if self.state is State.FAILED:
                return
            while True:
                data = self._tls.read(AT_ONCE)
                if not data:
                    self.state = State.CLOSED
                    return
                self._texts += data
        except ssl.SSLWantReadError:
            return

    def _check_certificate(self) -> None:
        from cryptography import x509  # late: only a modem that is asked for TLS needs it

        now, expected = self._profile.checked_at, self._profile.expected_name
        encoded = self._tls.getpeercert(True)
        if self._profile.authorities is None or encoded is None:
            return
        certificate = x509.load_der_x509_certificate(encoded)
        if now is not None and not (
            certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        ):
            self.state = State.FAILED
            self.reason = f"the certificate is not valid on {now:%Y-%m-%d}"
        elif expected is not None and not _is_named(certificate, expected):
            self.state = State.FAILED
            self.reason = f"the certificate is not of {expected}"

    def _flush(self) -> None:
        self._unsent += self._leaving.read()
        connection = self._stream.connection
        if self._unsent and connection is not None:
            try:
                self._unsent = self._unsent[connection.send(self._unsent) :]
            except NotOpen:
                self._unsent = b""  # nobody is there
