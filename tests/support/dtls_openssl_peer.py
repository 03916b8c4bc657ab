"""An OpenSSL DTLS client in memory (by pyOpenSSL), and a server engine to talk to it.

OpenSSL's own timers run in real time, so tests play its retransmissions by repeating datagrams.
"""

from __future__ import annotations

from random import Random

import pytest

from nce_sim.endpoints.dtls import DtlsServer, DtlsSettings

OpenSSL = pytest.importorskip("OpenSSL")
from OpenSSL import SSL  # noqa: E402
from OpenSSL._util import ffi, lib  # noqa: E402

if not hasattr(lib, "SSL_CTX_set_psk_client_callback"):
    pytest.skip("this pyOpenSSL offers no PSK callback", allow_module_level=True)

PEER = ("10.160.0.1", 40000)
IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
# OpenSSL's name, the RFC's, bytes that a record adds to its text where that is constant.
SUITES = (
    ("PSK-AES128-CCM8", "TLS_PSK_WITH_AES_128_CCM_8", 29),
    ("PSK-AES128-CCM", "TLS_PSK_WITH_AES_128_CCM", 37),
    ("PSK-AES128-GCM-SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256", 37),
    ("PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256", None),
    ("PSK-AES128-CBC-SHA", "TLS_PSK_WITH_AES_128_CBC_SHA", None),
    ("PSK-AES256-CBC-SHA", "TLS_PSK_WITH_AES_256_CBC_SHA", None),
)


class OpenSslClient:
    """One client connection; `after` is a client whose session it takes up again."""

    def __init__(
        self,
        cipher="PSK-AES128-CCM8",
        identity=IDENTITY,
        key=KEY,
        options=0,
        takes_tickets=False,
        after=None,
    ):
        self.identity, self.key = identity, key
        # OpenSSL takes a session for spoiled when its connection is freed without close_notify.
        self.after = after
        if after is None:
            self._make_context(cipher, options | (0 if takes_tickets else SSL.OP_NO_TICKET))
        else:
            # A session may only be resumed in the context it was made in.
            self.context, self._callback = after.context, after._callback
        self.connection = SSL.Connection(self.context, None)
        self.connection.set_connect_state()
        if after is not None:
            self.connection.set_session(after.connection.get_session())
        self.connection.set_ciphertext_mtu(1200)
        self.is_connected = False
        self.error = None
        self.received = []

    def _make_context(self, cipher, options):
        self.context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        self.context.set_cipher_list(f"{cipher}:@SECLEVEL=0".encode())
        self.context.set_options(options)
        identity, key = self.identity, self.key

        @ffi.callback(
            "unsigned int(SSL *, const char *, char *, unsigned int, unsigned char *, "
            "unsigned int)"
        )
        def give_key(_ssl, _hint, identity_out, _identity_size, key_out, _key_size):
            ffi.memmove(identity_out, identity + b"\0", len(identity) + 1)
            ffi.memmove(key_out, key, len(key))
            return len(key)

        self._callback = give_key
        lib.SSL_CTX_set_psk_client_callback(self.context._context, give_key)

    def take(self, *datagrams):
        """Hand in datagrams one by one and return what the client then sends."""
        out = []
        for datagram in datagrams or (None,):
            if datagram is not None:
                self.connection.bio_write(datagram)
            self._step()
            out += self._flush()
        return out

    def send(self, data):
        self.connection.send(data)
        return self._flush()

    def close(self):
        self.connection.shutdown()
        return self._flush()

    def _step(self):
        try:
            if not self.is_connected:
                self.connection.do_handshake()
                self.is_connected = True
            while True:
                self.received.append(self.connection.recv(4096))
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self.error = error

    def _flush(self):
        # The memory BIO joins datagrams; records tell where they end. One datagram per call does.
        try:
            return [self.connection.bio_read(65536)]
        except SSL.WantReadError:
            return []


def make_server(**settings):
    random = Random(1)
    return DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=random.randbytes,
        settings=DtlsSettings(**settings),
    )


def give(server, *datagrams, peer=PEER, now_ms=0):
    """Hand datagrams to the server; its events and its datagrams."""
    events = []
    for datagram in datagrams:
        events += server.receive_datagram(datagram, peer, now_ms)
    return events, [data for _, data in server.datagrams_to_send()]


def shake_hands(server, client, peer=PEER, now_ms=0):
    """Run a handshake without a loss, and wait for a refusal that is put off; its events."""
    events = []
    flight = client.take()
    while flight:
        happened, answers = give(server, *flight, peer=peer, now_ms=now_ms)
        events += happened
        flight = client.take(*answers) if answers else []
    happened, answers = refusal(server, now_ms)
    client.take(*answers)
    return events + happened


def refusal(server, now_ms=0):
    """Events and datagrams once a refusal that was put off is due."""
    events = server.handle_timeout(now_ms + server.settings.refuse_after_ms)
    return events, [data for _, data in server.datagrams_to_send()]
