"""CPython's part of TLS: `ssl.SSLObject` between two buffers."""

import ssl

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


# The reasons of OpenSSL (X509_V_ERR_*) that a remedy is known for.
REMEDIES = {
    9: WRONG_DATE,  # not yet valid
    10: WRONG_DATE,  # expired
    18: WRONG_CHAIN,  # self-signed
    19: WRONG_CHAIN,  # self-signed, in the chain
    20: WRONG_CHAIN,  # unknown issuer
    21: WRONG_CHAIN,  # the first one cannot be verified
    26: WRONG_PURPOSE,
    62: WRONG_NAME,
    64: WRONG_NAME,  # of an IP address
}


class OpenSslEngine:
    """`ssl.SSLObject` between two buffers."""

    def __init__(self, context: "Any", name: str) -> None:
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
        except ssl.SSLWantReadError:
            return False
        return True

    def read(self) -> "bytes | None":
        """Plaintext, None when there is none yet, b"" after the peer's close_notify."""
        try:
            return self.object.read(READ_SIZE)  # type: ignore[no-any-return]
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
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

    def described(self, error: "Any") -> "tuple[bool, str, str]":
        """Of an error of the handshake: whether it is the certificate's, the reason, a remedy."""
        code = getattr(error, "verify_code", None)
        if code is not None:
            reason = "the certificate was refused: %s" % error.verify_message
            return True, reason, REMEDIES.get(code, WRONG_CHAIN)
        word = getattr(error, "reason", None)
        if word in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST"):
            return False, "the peer sent no TLS record", NO_TLS
        return False, str(word or error), ASK_SERVER


def made(context: "Any", name: str) -> OpenSslEngine:
    """An engine; True stands for the system's CAs."""
    if context is True:
        context = ssl.create_default_context()
    if not isinstance(context, ssl.SSLContext):
        raise UsageError("ssl has to be True or an ssl.SSLContext, not %r" % (context,))
    return OpenSslEngine(context, name)
