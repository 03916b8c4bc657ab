"""A SIM's way to 1NCE OS for scripts that attack it: UDP from its twin, plain or under DTLS.

line = PlainLine(twin_host, service)
line = SecureLine(twin_host, service, identity, key)     # python-mbedtls, no code of ours
line.send(message)
line.received()                                          # the messages that are there

DTLS needs python-mbedtls; `has_dtls()` tells whether it is there.
"""

import importlib.util
import socket
import time

HANDSHAKE_S = 20


def has_dtls():
    return importlib.util.find_spec("mbedtls") is not None


class PlainLine:
    """CoAP in the clear."""

    def __init__(self, host, service):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.connect(service)
        self.socket.setblocking(False)

    def fileno(self):
        return self.socket.fileno()

    def send(self, message):
        try:
            self.socket.send(message)
        except ConnectionRefusedError:  # the service was killed: an ICMP message says so
            return

    def received(self):
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(2048))
            except BlockingIOError:
                return messages
            except ConnectionRefusedError:
                continue

    def close(self):
        self.socket.close()


class SecureLine(PlainLine):
    """CoAPS: a session of mbed TLS with the SIM's key."""

    def __init__(self, host, service, identity, key):
        from mbedtls import tls

        super().__init__(host, service)
        self._wants = (tls.WantReadError, tls.WantWriteError)
        configuration = tls.DTLSConfiguration(
            pre_shared_key=(identity, key),
            ciphers=("TLS-PSK-WITH-AES-128-CCM-8",),
            validate_certificates=False,
        )
        self._buffer = tls.ClientContext(configuration).wrap_buffers(None)
        until = time.monotonic() + HANDSHAKE_S
        while self._buffer._handshake_state is not tls.HandshakeStep.HANDSHAKE_OVER:
            if time.monotonic() > until:
                raise SystemExit(f"no DTLS handshake with {service} in {HANDSHAKE_S} s")
            try:
                self._buffer.do_handshake()
            except self._wants:
                pass
            if not self._flush():
                self.socket.settimeout(0.05)
                try:
                    self._buffer.receive_from_network(self.socket.recv(2048))
                except TimeoutError:
                    pass
                finally:
                    self.socket.setblocking(False)

    def send(self, message):
        self._buffer.write(message)
        self._flush()

    def received(self):
        messages = []
        for record in super().received():
            self._buffer.receive_from_network(record)
            try:
                messages.append(self._buffer.read(2048))
            except self._wants:
                continue  # an alert, or a record of the handshake that came again
        return messages

    def _flush(self):
        """Send what mbed TLS wants to send; whether there was something."""
        data = bytes(self._buffer.peek_outgoing(20_000))
        if data:
            self._buffer.consume_outgoing(len(data))
            super().send(data)
        return bool(data)
