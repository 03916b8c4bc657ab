"""Thousands of LwM2M clients by DTLS (PSK): Mbed TLS makes their records, in a process of its own.

    with SecureClients(world, 4_000) as clients:
        clients.connect(lambda host: (iccid, key))      # all shake hands, in waves
        clients.all_ask(request("/bs", "ep=a"), 0x44)
        clients.keys                                    # that the bootstraps gave, by host

What that process takes of processor and memory is not the service's. Records come and go in
batches. Mbed TLS and not OpenSSL: that repeats itself after a second of real time, while the
world's stands still. Without python-mbedtls the import skips the test.
"""

from __future__ import annotations

import multiprocessing
import signal

import pytest

from nce_sim.wire.datagram import Datagram
from support.lwm2m_client import SECURE
from support.lwm2m_thousands import STEP_MS, ManyClients

tls = pytest.importorskip("mbedtls.tls", reason="pip install python-mbedtls")

CIPHER = "TLS-PSK-WITH-AES-128-CCM-8"
_NEVER_S = 1e6
_CONNECT, _TAKE, _SEND = "connect", "take", "send"
_PUT = 3
# Resource 5 of object 0, sixteen bytes, as TLV (OMA LwM2M Core 1.1, 7.4.3).
_KEY_HEAD, _KEY_BYTES = b"\xc8\x05\x10", 16
_MOST_BYTES = 65_536
_END_S = 30


class SecureClients(ManyClients):
    """See above. Records come and go each 20 ms of the world's time."""

    service = SECURE

    def __init__(self, world, count):
        super().__init__(world, count)
        self.keys, self.connected = {}, set()
        self._by_host = {home.host: home for home in self.homes}
        self._batch = []
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_play, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self._pipe.close()
        self._process.join(_END_S)

    def connect(self, credentials_of, wave=500):
        """All shake hands; `credentials_of(host)` gives the identity, a text, and the key."""
        self.connected.clear()
        for start in range(0, len(self.homes), wave):
            homes = self.homes[start : start + wave]
            for home in homes:
                self._batch.append((_CONNECT, home.host, credentials_of(home.host)))
            self._wait_for(homes, self.connected)

    def pass_time(self, milliseconds):
        """Of the world, while records come and go."""
        for _ in range(0, milliseconds, STEP_MS):
            self._exchange()
            self.world.advance(STEP_MS)
        self._exchange()

    def _take(self, datagram):
        self._batch.append((_TAKE, datagram.destination.host, datagram.payload))

    def _send(self, home, data):
        self._batch.append((_SEND, home.host, data))

    def _exchange(self):
        while self._batch:
            batch, self._batch = self._batch, []
            self._pipe.send(batch)
            for host, datagram, received, is_connected in self._pipe.recv():
                home = self._by_host[host]
                if is_connected:
                    self.connected.add(host)
                if datagram:
                    self.core.send(Datagram(home, SECURE, datagram))
                for data in received:
                    self._hear(home, data)

    def _hear(self, home, data):
        _, head, rest = data.partition(_KEY_HEAD)
        if data[1] == _PUT and head:
            # The server's comes first, then the bootstrap server's.
            self.keys.setdefault(home.host, rest[:_KEY_BYTES])
        super()._take(Datagram(SECURE, home, data))


# --- the process ------------------------------------------------------------------------------


class _Client:
    """One connection in memory."""

    def __init__(self, identity, key):
        configuration = tls.DTLSConfiguration(
            pre_shared_key=(identity, key),
            ciphers=(CIPHER,),
            validate_certificates=False,
            lowest_supported_version=tls.DTLSVersion.DTLSv1_2,
            handshake_timeout_min=_NEVER_S,
            handshake_timeout_max=_NEVER_S,
        )
        self._buffers = tls.ClientContext(configuration).wrap_buffers(None)

    @property
    def is_connected(self):
        return self._buffers._handshake_state is tls.HandshakeStep.HANDSHAKE_OVER

    def go_on(self, datagram=None):
        """What it received, once it has done all that it can."""
        buffers, received = self._buffers, []
        if datagram is not None:
            buffers.receive_from_network(datagram)
        try:
            while not self.is_connected:  # a step at a time
                try:
                    buffers.do_handshake()
                except tls.WantWriteError:
                    continue
            while data := buffers.read(_MOST_BYTES):
                received.append(data)
        except tls.WantReadError:
            pass
        return received

    def send(self, data):
        self._buffers.write(data)
        return []

    def datagram(self):
        """What it wants to send now, in one."""
        data = self._buffers.peek_outgoing(_MOST_BYTES)
        self._buffers.consume_outgoing(len(data))
        return data


def _play(pipe):
    """Batches in, batches out, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C ends it by the pipe
    clients: dict[str, _Client] = {}
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        pipe.send([_played(clients, *one) for one in batch])


def _played(clients, verb, host, value):
    if verb == _CONNECT:
        clients[host] = _Client(*value)
        received = clients[host].go_on()
    elif verb == _TAKE:
        received = clients[host].go_on(value)
    else:
        received = clients[host].send(value)
    return host, clients[host].datagram(), received, clients[host].is_connected
