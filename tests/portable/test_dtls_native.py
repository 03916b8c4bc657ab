"""The port over the interpreter's own `tls`, with stand-ins for `tls`, the network and the clock.

What mbed TLS itself does is tried in `tests/interop/test_native_tls_micropython.py`.
"""

import asyncio

from nce.dtls import native
from nce.dtls.errors import (
    HandshakeBroken,
    HandshakeRefused,
    HandshakeTimeout,
    RecordTooLarge,
    SessionClosed,
)
from nce.dtls.native import NativeDtlsPort
from nce.dtls.parameters import Parameters

SUITE = "TLS-PSK-WITH-AES-128-GCM-SHA256"


def record(kind, body, epoch=0):
    return bytes((kind, 0xFE, 0xFD, 0, epoch)) + bytes(6) + bytes((0, len(body))) + body


VERIFY = record(22, b"\x03verify")
HELLO = record(22, b"\x02hello")
FINISHED = record(20, b"\x01") + record(22, b"proof", 1)
ALERT = record(21, b"\x02\x28")  # handshake_failure


class Session:
    """Says its flight once a second, reads one datagram, and has `texts` to tell."""

    def __init__(self, stream, clock):
        self.stream, self.clock = stream, clock
        self.flights = [b"hello", b"hello with cookie", b"proof"]
        self.due_ms = 0
        self.seen = []
        self.texts = []
        self.error = None
        self.is_closed = self.is_full = False

    def recv(self, size):
        if self.error is not None:
            raise self.error
        buffer = bytearray(size)
        count = self.stream.readinto(buffer)
        if count is not None:
            if bytes(buffer[:count]) not in self.seen:
                self.flights = self.flights[1:]
                self.due_ms = self.clock[0]
            self.seen.append(bytes(buffer[:count]))
        if self.flights and self.clock[0] >= self.due_ms:
            assert self.stream.write(self.flights[0]) == len(self.flights[0])
            self.due_ms = self.clock[0] + 1000
        return self.texts.pop(0) if self.texts else None

    def write(self, data):
        if self.error is not None:
            raise self.error
        return None if self.is_full else self.stream.write(data)

    def close(self):
        self.is_closed = True


class Tls:
    """The module, and the context that it makes."""

    PROTOCOL_DTLS_CLIENT = 7
    CERT_NONE = 0
    verify_mode = 2
    psk_key = psk_identity = None

    def __init__(self, clock):
        self.clock = clock

    def SSLContext(self, protocol):
        assert protocol == 7
        return self

    def get_ciphers(self):
        return (SUITE,)

    def set_ciphers(self, names):
        assert names == [SUITE]

    def wrap_socket(self, stream, do_handshake_on_connect):
        assert not do_handshake_on_connect
        self.session = Session(stream, self.clock)
        return self.session


class Network:
    """Gives the scripted datagrams, then silence: only that takes time."""

    max_datagram = 1252

    def __init__(self, datagrams, clock):
        self.datagrams, self.clock = datagrams, clock
        self.sent = []
        self.is_closed = False

    async def receive(self, timeout_ms):
        assert 0 <= timeout_ms <= 250
        if self.datagrams:
            datagram = self.datagrams.pop(0)
            if datagram is not None:
                return datagram
        self.clock[0] += timeout_ms
        return None

    async def send(self, data):
        self.sent.append(data)

    async def close(self):
        self.is_closed = True


class Scene:
    """A port whose three waits add up to 1000 + 2000 + 3000 ms."""

    def __init__(self, *datagrams):
        self.clock = [0]
        self.tls = Tls(self.clock)
        self.network = Network(list(datagrams), self.clock)
        found, native.tls = native.tls, self.tls
        try:
            self.port = NativeDtlsPort(
                self.network, "me", b"key", Parameters(1000, 3000, 3), lambda: self.clock[0]
            )
        finally:
            native.tls = found
        self.session = self.tls.session

    def run(self, method, *arguments):
        return asyncio.run(getattr(self.port, method)(*arguments))

    def error(self, kind, method, *arguments):
        try:
            self.run(method, *arguments)
        except kind as error:
            return error
        raise AssertionError("%s did not raise" % method)


def connected(*datagrams):
    scene = Scene(VERIFY, HELLO, FINISHED, *datagrams)
    scene.run("connect")
    scene.network.sent.clear()
    scene.session.seen.clear()
    return scene


def test_a_handshake_goes_through_and_the_key_is_forgotten():
    scene = Scene(VERIFY, None, HELLO, FINISHED)
    assert (scene.tls.psk_identity, scene.tls.psk_key) == (b"me", b"key")
    assert scene.tls.verify_mode == Tls.CERT_NONE
    assert scene.port.max_datagram == 0
    scene.run("connect")
    assert scene.network.sent == [b"hello", b"hello with cookie", b"proof"]
    assert scene.session.seen == [VERIFY, HELLO, FINISHED]
    assert scene.port.max_datagram == 1252 - 37
    assert scene.port._key == b""


def test_silence_names_the_flight_and_how_often_it_was_sent():
    for datagrams, flight, copies in (
        ((), 1, 7),
        ((None,) * 5 + (VERIFY,), 3, 5),
        ((VERIFY, HELLO), 5, 7),
        ((None,) * 5 + (VERIFY, None, HELLO, None, None, HELLO), 5, 4),
        ((record(22, b""),), 1, 8),  # an empty message is no answer that counts
    ):
        error = Scene(*datagrams).error(HandshakeTimeout, "connect")
        assert error.flight == flight, error
        assert "sent %d times" % copies in str(error), error


def test_alerts_in_the_clear_are_hints_and_never_reach_mbed_tls():
    scene = Scene(ALERT + VERIFY, VERIFY + ALERT, ALERT, HELLO, ALERT + FINISHED, ALERT)
    scene.run("connect")
    assert scene.session.seen == [VERIFY, VERIFY, HELLO, FINISHED]
    for datagrams, kind, alert in (
        ((ALERT,), HandshakeTimeout, 40),
        ((ALERT, ALERT), HandshakeTimeout, 40),  # both met the same hello
        ((ALERT, None, None, None, None, ALERT), HandshakeRefused, 40),
        (
            (ALERT, None, None, None, None, record(21, b"\x02\x73")),
            HandshakeTimeout,
            115,
        ),  # the newest counts
        ((record(21, b"\x01\x00"),), HandshakeTimeout, 0),
        ((record(21, b"\x01\x5a"),), HandshakeTimeout, None),  # a warning
        ((record(21, b"\x02"),), HandshakeTimeout, None),
        ((record(21, b"\x02\x28\x00"),), HandshakeTimeout, None),
        ((ALERT, VERIFY), HandshakeTimeout, None),  # of another flight
        ((VERIFY, HELLO, ALERT), HandshakeRefused, 40),  # one is enough for the proof
    ):
        error = Scene(*datagrams).error(kind, "connect")
        found = error.alert if kind is HandshakeRefused else error.hint
        assert found == alert, (datagrams, error)


def test_what_is_no_whole_header_is_not_given_on():
    scene = Scene(VERIFY[:12], b"", VERIFY + HELLO[:12], HELLO[:14], FINISHED)
    scene.session.flights.append(b"for the last")
    scene.run("connect")
    assert scene.session.seen == [VERIFY, HELLO[:14], FINISHED]


def test_mbed_tls_s_own_errors_are_told():
    scene = Scene()
    scene.session.error = OSError(-0x7700)
    assert "mbed TLS gave up" in str(scene.error(HandshakeBroken, "connect"))
    scene = connected(b"x" * 20)
    scene.session.error = OSError(-0x7100)
    for method, argument in (("receive", 100), ("send", b"late")):
        assert "is over" in str(scene.error(SessionClosed, method, argument))
    scene = Scene()
    scene.session.texts = [b""]
    assert "the server closed" in str(scene.error(SessionClosed, "connect"))
    assert scene.clock[0] == 0


def test_data_goes_both_ways():
    scene = connected(FINISHED)
    scene.run("send", b"a" * 1215)
    assert scene.network.sent == [b"a" * 1215]
    assert "carries 1215" in str(scene.error(RecordTooLarge, "send", b"a" * 1216))
    scene.session.texts = [b"%d" % number for number in range(10)]
    assert [scene.run("receive", 250) for _ in range(8)] == [b"%d" % one for one in range(2, 10)]
    before_ms = scene.clock[0]
    assert scene.run("receive", 250) is None
    assert scene.run("receive", 0) is None
    assert scene.clock[0] == before_ms + 250


def test_a_record_that_the_port_cannot_send_is_sealed_again():
    class Unsendable(OSError):
        seal_again = True

    scene = connected(FINISHED)
    refusals = [Unsendable("not these bytes")] * 3

    async def send(data):
        scene.network.sent.append(data)
        if refusals:
            raise refusals.pop()

    scene.network.send = send
    scene.run("send", b"ping")
    assert scene.network.sent == [b"ping"] * 4 and not refusals
    refusals[:] = [Unsendable("not these bytes")] * 4
    scene.error(Unsendable, "send", b"ping")
    refusals[:] = [OSError("the bearer is gone")]
    scene.error(OSError, "send", b"ping")
    assert len(scene.network.sent) == 9


def test_data_that_came_before_the_end_is_still_received():
    scene = connected(FINISHED)
    scene.session.texts = [b"last", b""]
    assert scene.run("receive", 250) == b"last"
    for method, argument in (("receive", 100), ("send", b"late")):
        assert "the server closed" in str(scene.error(SessionClosed, method, argument))


def test_a_send_waits_for_the_rest_of_a_flight_and_not_for_ever():
    scene = connected()
    scene.session.is_full = True
    assert scene.error(HandshakeTimeout, "send", b"never").flight == 5
    assert scene.clock[0] == 6000


def test_a_port_is_closed_once_and_for_all():
    scene = connected()
    scene.run("close")
    assert scene.session.is_closed and scene.network.is_closed
    for method, argument in (("receive", 100), ("send", b"late")):
        assert "closed here" in str(scene.error(SessionClosed, method, argument))
    scene = Scene()
    for method, argument in (("receive", 100), ("send", b"early")):
        assert "connect first" in str(scene.error(SessionClosed, method, argument))
