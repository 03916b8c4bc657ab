"""The DTLS client and OpenSSL's server in one process, through memory: per-identity keys.

`pyOpenSSL` has no public call for pre-shared keys; where its private one is gone, this is skipped
and says so (`tests/interop` still has the `openssl` command).
"""

import os

import pytest
from OpenSSL import SSL

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.errors import HandshakeRefused, SessionClosed
from nce.dtls.key_log import log_keys

lib, ffi = SSL._lib, SSL._ffi
if not hasattr(lib, "SSL_CTX_set_psk_server_callback"):
    pytest.skip("this pyOpenSSL cannot set a PSK callback", allow_module_level=True)

KEYS = {b"8988228066604086910": b"aB3dE6gH9jK2mN5p", b"x" * 128: b"k" * 64}


@ffi.callback("unsigned int(*)(SSL *, const char *, unsigned char *, unsigned int)")
def key_of(_connection, identity, buffer, size):
    key = KEYS.get(ffi.string(identity), b"")
    if len(key) > size:
        return 0
    ffi.memmove(buffer, key, len(key))
    return len(key)


def server(on_key_log=None):
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    if on_key_log is not None:
        context.set_keylog_callback(on_key_log)
    context.set_cipher_list(b"PSK-AES128-CCM8:@SECLEVEL=0")
    lib.SSL_CTX_set_psk_server_callback(context._context, key_of)
    context.set_options(SSL.OP_NO_QUERY_MTU)
    connection = SSL.Connection(context, None)
    connection.set_ciphertext_mtu(1200)
    connection.set_accept_state()
    return connection


def converse(client, connection):
    """Pass datagrams until both are silent; returns the client's events."""
    events = []
    for _ in range(10):
        for datagram in client.datagrams_to_send():
            connection.bio_write(datagram)
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                pass
            except SSL.Error:
                pass  # the alert is still to be read
        try:
            events += client.receive_datagram(connection.bio_read(2000), 0)
        except SSL.WantReadError:
            break
    return events


@pytest.mark.parametrize("identity", KEYS)
def test_each_identity_has_its_key(identity):
    client, connection = Client(identity, KEYS[identity], os.urandom), server()
    client.start(0)
    assert isinstance(converse(client, connection)[0], Connected)
    assert client.dropped_records == 0
    client.send(b"ping")
    for datagram in client.datagrams_to_send():
        connection.bio_write(datagram)
    assert connection.recv(100) == b"ping"
    connection.send(b"pong")
    assert client.receive_datagram(connection.bio_read(2000), 0) == [ApplicationData(b"pong")]
    connection.shutdown()
    events = client.receive_datagram(connection.bio_read(2000), 0)
    assert isinstance(events[0].error, SessionClosed)
    assert not client.is_connected


def test_the_key_log_is_what_openssl_logs():
    theirs, ours = [], []
    connection = server(lambda _connection, line: theirs.append(line))
    client = Client("8988228066604086910", KEYS[b"8988228066604086910"], os.urandom)
    log_keys(client, ours.append)
    client.start(0)
    converse(client, connection)
    assert client.is_connected
    assert ours == [line.decode() + "\n" for line in theirs]


def test_an_unknown_identity():
    client = Client("8988228066604086911", b"key", os.urandom)
    client.start(0)
    events = converse(client, server())
    assert events == []  # the alert is in the clear: anybody's
    assert client.dropped_records == 1
    while not events:
        events = client.handle_timeout(client.next_timeout())
    assert isinstance(events[0], Failed)
    assert isinstance(events[0].error, HandshakeRefused)
    assert events[0].error.alert == 115
    assert "fetch it again" in str(events[0].error)
