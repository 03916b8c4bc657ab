"""The DTLS client inside simulated modems, held against an OpenSSL server in memory."""

from random import Random

import pytest

from nce_sim.modem.sockets.dtls_client import CLOSED, ESTABLISHED, FAILED, HANDSHAKING, DtlsClient
from nce_sim.wire.dtls.suites import SUITES as TABLE
from support.dtls_openssl_peer import IDENTITY, KEY, SSL, SUITES, ffi, lib


class OpenSslServer:
    """One DTLS server connection: asks for a cookie first, knows one identity."""

    def __init__(self, cipher="PSK-AES128-CCM8", key=KEY):
        self.context = SSL.Context(SSL.DTLS_SERVER_METHOD)
        self.context.set_cipher_list(f"{cipher}:@SECLEVEL=0".encode())
        self.context.set_cookie_generate_callback(lambda _connection: b"0123456789abcdef")
        self.context.set_cookie_verify_callback(lambda _connection, cookie: len(cookie) == 16)

        @ffi.callback("unsigned int(SSL *, const char *, unsigned char *, unsigned int)")
        def give_key(_ssl, identity, key_out, _size):
            if ffi.string(identity) != IDENTITY:
                return 0
            ffi.memmove(key_out, key, len(key))
            return len(key)

        self._callback = give_key
        lib.SSL_CTX_set_psk_server_callback(self.context._context, give_key)
        self.connection = SSL.Connection(self.context, None)
        self.connection.set_accept_state()
        self.connection.set_ciphertext_mtu(1200)
        self.steps = [self.connection.DTLSv1_listen, self.connection.do_handshake]
        self.received = []
        self.error = None

    def take(self, *datagrams):
        """Hand in datagrams one by one and return what the server then sends."""
        out = []
        for datagram in datagrams:
            self.connection.bio_write(datagram)
            try:
                while self.steps:
                    self.steps[0]()
                    del self.steps[0]
                while True:
                    self.received.append(self.connection.recv(4096))
            except SSL.WantReadError:
                pass
            except SSL.Error as error:
                self.error = error
            out += self.flush()
        return out

    def flush(self):
        try:
            return [self.connection.bio_read(65536)]
        except SSL.WantReadError:
            return []


def make_client(*suites, identity=IDENTITY, key=KEY):
    return DtlsClient(identity, key, suites=suites or (0xC0A8,), random_bytes=Random(3).randbytes)


def talk(client, server, now_ms=0):
    """Carry datagrams both ways until both are silent; what the client received."""
    texts = []
    while outgoing := client.datagrams_to_send():
        for datagram in server.take(*outgoing):
            texts += client.receive_datagram(datagram, now_ms)
    return texts


NUMBERS = {suite.name: number for number, suite in TABLE.items()}


@pytest.mark.parametrize(("cipher", "name"), [row[:2] for row in SUITES])
def test_openssl_understands_every_suite(cipher, name):
    client, server = make_client(NUMBERS[name]), OpenSslServer(cipher)
    client.start(0)
    talk(client, server)
    assert client.state == ESTABLISHED, (client.failure, server.error)
    client.send(b"up")
    talk(client, server)
    assert server.received == [b"up"]
    server.connection.send(b"down")
    assert [text for data in server.flush() for text in client.receive_datagram(data, 0)] == [
        b"down"
    ]


def test_openssl_takes_one_of_the_suites_offered():
    client = make_client(0xC02B, 0xC0A8, 0x00A8)
    client.start(0)
    talk(client, OpenSslServer("PSK-AES128-GCM-SHA256:PSK-AES128-CCM8"))
    assert client.state == ESTABLISHED
    assert client.suite in (0xC0A8, 0x00A8)


def test_a_wrong_key_stays_unanswered_and_an_unknown_identity_is_told():
    wrong, stranger = make_client(key=b"not the key"), make_client(identity=b"stranger")
    for client in (wrong, stranger):
        client.start(0)
        talk(client, OpenSslServer())
    assert wrong.state == HANDSHAKING
    assert stranger.state == FAILED
    assert stranger.failure.startswith("the server sent ")


@pytest.mark.parametrize("lost", range(3))
def test_a_lost_flight_is_repeated(lost):
    """The first hello, the one with the cookie, the flight with the Finished."""
    client, server = make_client(), OpenSslServer()
    client.start(0)
    now_ms, sent = 0, []
    while client.state == HANDSHAKING and now_ms < 10_000:
        for datagram in client.datagrams_to_send():
            sent.append(datagram)
            if len(sent) - 1 != lost:
                for answer in server.take(datagram):
                    client.receive_datagram(answer, now_ms)
        now_ms += 100
        client.handle_timeout(now_ms)
    assert client.state == ESTABLISHED
    assert len(sent) == 4
    # The same messages, under a new record number, a second after (RFC 6347, 4.2.4.1).
    assert now_ms >= 1_000
    assert sent[lost][:11] != sent[lost + 1][:11]


def test_a_goodbye_ends_the_connection():
    client, server = make_client(), OpenSslServer()
    client.start(0)
    talk(client, server)
    server.connection.shutdown()
    for datagram in server.flush():
        client.receive_datagram(datagram, 0)
    assert (client.state, client.failure) == (CLOSED, "the server sent close_notify")
    with pytest.raises(ValueError, match="CLOSED"):
        client.send(b"late")


@pytest.mark.parametrize("seed", range(200))
def test_bytes_of_a_stranger_never_raise_and_never_establish(seed):
    random = Random(seed)
    client, server = make_client(), OpenSslServer()
    client.start(0)
    (hello,) = client.datagrams_to_send()
    answer = bytearray(server.take(hello)[0])
    for _ in range(random.randint(1, 4)):
        answer[random.randrange(len(answer))] = random.randrange(256)
    assert client.receive_datagram(bytes(answer[: random.randint(0, len(answer))]), 0) == []
    assert client.receive_datagram(random.randbytes(random.randint(0, 80)), 0) == []
    assert client.state in (HANDSHAKING, FAILED)


def test_a_finished_alone_does_not_connect():
    """A server that skips to the end proves nothing."""
    client = make_client()
    client.start(0)
    finished = b"\x14" + (12).to_bytes(3, "big") + bytes(5) + (12).to_bytes(3, "big") + bytes(12)
    record = b"\x16\xfe\xfd" + bytes(8) + len(finished).to_bytes(2, "big") + finished
    client.receive_datagram(record, 0)
    assert client.state == FAILED
