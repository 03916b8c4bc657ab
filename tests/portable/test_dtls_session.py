"""The DTLS port over a scripted port that replays the session recorded with OpenSSL."""

import asyncio
import json

from memory_stores import Kept
from nce.dtls import native
from nce.dtls.client import Client
from nce.dtls.errors import HandshakeRefused, HandshakeTimeout, RecordTooLarge, SessionClosed
from nce.dtls.native import NativeDtlsPort, is_available
from nce.dtls.parameters import Parameters
from nce.dtls.record import Records
from nce.dtls.saved import restore
from nce.dtls.session import DtlsPort
from nce.errors import UsageError

with open(__file__.rsplit("/", 2)[0] + "/vectors/dtls_openssl.json") as file:
    RECORDED = json.load(file)

IDENTITY = RECORDED["identity"]
KEY = bytes.fromhex(RECORDED["key"])
HELLO = bytes.fromhex(RECORDED["datagrams"]["hello"])
VERIFY = bytes.fromhex(RECORDED["datagrams"]["verify"])
HELLO_WITH_COOKIE = bytes.fromhex(RECORDED["datagrams"]["hello_with_cookie"])
SERVER_HELLO = bytes.fromhex(RECORDED["datagrams"]["server_hello"])
KEY_PROOF = bytes.fromhex(RECORDED["datagrams"]["key_proof"])
FINISHED = bytes.fromhex(RECORDED["datagrams"]["finished"])
PING = bytes.fromhex(RECORDED["datagrams"]["ping"])
PONG = bytes.fromhex(RECORDED["datagrams"]["pong"])
UNKNOWN_IDENTITY = bytes.fromhex("15fefd000000000000000900020273")

# Long enough that a busy machine repeats no flight of the recorded session.
QUICK = Parameters(800, 800, 2)


class Port:
    """Hands out the datagrams of a list, each after one of ours was sent."""

    max_datagram = 300

    def __init__(self, answers):
        self._answers = list(answers)
        self._inbox = []
        self.sent = []
        self.is_closed = False

    async def send(self, data):
        self.sent.append(data)
        if self._answers:
            self._inbox += self._answers.pop(0)

    async def receive(self, timeout_ms):
        for _ in range(timeout_ms + 1):
            if self.is_closed:
                raise OSError("closed")
            if self._inbox:
                return self._inbox.pop(0)
            await asyncio.sleep(0.001)
        return None

    async def close(self):
        self.is_closed = True


def fixed_bytes(count):
    return bytes(range(count))


def session(*answers):
    port = Port(answers)
    dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK)
    return port, dtls


def connected():
    return session([VERIFY], [SERVER_HELLO], [FINISHED], [b"?", PONG])


def error_of(kind, coroutine):
    try:
        asyncio.run(coroutine)
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


def test_it_is_a_datagram_port_over_a_datagram_port():
    port, dtls = connected()

    async def main():
        await dtls.connect()
        assert dtls.max_datagram == 300 - 29
        assert await dtls.receive(3) is None
        await dtls.send(b"ping\n")
        assert await dtls.receive(100) == b"pong\n"
        await dtls.close()

    asyncio.run(main())
    assert port.sent == [
        HELLO,
        HELLO_WITH_COOKIE,
        KEY_PROOF,
        PING,
    ]
    assert port.is_closed
    error_of(SessionClosed, dtls.send(b"never connected again"))


class Choosy(Port):
    """Refuses the first records of data: these very bytes it cannot send."""

    refuses = 0

    async def send(self, data):
        await super().send(data)
        if data[0] == 23 and self.refuses:
            self.refuses -= 1
            raise Unsendable("not these bytes")


class Unsendable(OSError):
    seal_again = True


def test_a_record_that_the_port_cannot_send_is_sealed_again_under_the_next_number():
    port = Choosy([[VERIFY], [SERVER_HELLO], [FINISHED], [], [], [], [PONG]])
    dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK)

    async def main():
        await dtls.connect()
        port.refuses = 3
        await dtls.send(b"ping\n")
        assert await dtls.receive(100) == b"pong\n"

    asyncio.run(main())
    records = port.sent[3:]
    assert [record[10] for record in records] == [1, 2, 3, 4]
    assert len({record[13:] for record in records}) == 4
    # It is an error in the end, and the session goes on; other errors are no reason to try again.
    port.refuses = 4
    error_of(Unsendable, dtls.send(b"ping\n"))
    Unsendable.seal_again = False
    port.refuses = 1
    try:
        error_of(Unsendable, dtls.send(b"ping\n"))
    finally:
        Unsendable.seal_again = True
    assert port.refuses == 0 and len(port.sent) == 12
    asyncio.run(dtls.send(b"ping\n"))


def test_close_tells_the_server_when_asked_to():
    port, dtls = connected()

    async def main():
        await dtls.connect()
        await dtls.close(notify=True)

    asyncio.run(main())
    assert port.sent[-1][0] == 21
    assert len(port.sent[-1]) == 31


def test_a_store_that_takes_nothing_ends_no_session_and_begins_one_where_it_must():
    class Full(Kept):
        def save(self, data):
            raise OSError(28, "no space left")

    async def talk(store):
        port = Port(([VERIFY], [SERVER_HELLO], [FINISHED], [PONG]))
        dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK, store=store, same_address=True)
        await dtls.connect()
        await dtls.send(b"ping\n")
        assert await dtls.receive(100) == b"pong\n"
        await dtls.close()
        return port.sent

    store = Kept()
    sent = asyncio.run(talk(store))
    assert sent == [HELLO, HELLO_WITH_COOKIE, KEY_PROOF, PING]
    # The session that is kept would go on without a handshake, could it be saved again.
    assert store.data[1] & 1
    assert asyncio.run(talk(Full(store.data))) == sent
    assert asyncio.run(talk(Full())) == sent


def test_a_store_has_taken_something_else_before_it_sees_a_session():
    """One that fails then has seen nothing of a session that may use every number."""

    class Written(Kept):
        def save(self, data):
            seen.append(data)
            Kept.save(self, data)

    for before in (None, b"", b"no session"):
        seen = []
        port = Port(([VERIFY], [SERVER_HELLO], [FINISHED]))
        dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK, store=Written(before))
        asyncio.run(dtls.connect())
        assert len(seen) == 2 and seen[0] == b"" and seen[1], before


def test_datagrams_that_nobody_takes_wait_in_a_bounded_queue_and_the_oldest_go():
    port, dtls = connected()

    async def main():
        await dtls.connect()
        server = Records()
        server.protect(dtls.client.suite, dtls.client.key_block)
        server._protections = [server._protections[1]]
        server.sequences[1] = 100
        port._inbox.append(b"".join([server.seal(1, 23, b"%d" % number) for number in range(20)]))
        taken = []
        while True:
            datagram = await dtls.receive(0)
            if datagram is None:
                return taken
            taken.append(datagram)

    assert asyncio.run(main()) == [b"%d" % number for number in range(12, 20)]


def test_a_stored_session_sends_on_and_on_and_never_beyond_what_is_stored():
    store = Kept()
    port = Port(([VERIFY], [SERVER_HELLO], [FINISHED]))
    dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK, store=store, same_address=True)

    async def main():
        await dtls.connect()
        saves = store.saves
        for count in range(1, 301):
            await dtls.send(b"x")
            restored = Client(IDENTITY, KEY, fixed_bytes)
            assert restore(restored, store.data, True)
            used = int.from_bytes(port.sent[-1][5:11], "big")
            assert used == count  # 0 was the Finished's
            assert restored.records.sequences[1] > used
        # One write for 64 records or more: flash wears out.
        assert store.saves - saves <= 300 // 64

    asyncio.run(main())
    assert len(port.sent) == 3 + 300


def test_errors():
    for answers, kind in (
        ((), HandshakeTimeout),
        (([VERIFY], [UNKNOWN_IDENTITY], [UNKNOWN_IDENTITY]), HandshakeRefused),
    ):
        _port, dtls = session(*answers)
        error_of(kind, dtls.connect())
    port, dtls = session()
    port.is_closed = True
    assert str(error_of(OSError, dtls.connect())) == "closed"
    _port, dtls = connected()
    error_of(SessionClosed, dtls.send(b"early"))
    asyncio.run(dtls.connect())
    error_of(RecordTooLarge, dtls.send(b"a" * 272))


def test_a_flood_of_what_is_no_data_ends_no_later_than_silence():
    class Flood(Port):
        taken = 0

        async def receive(self, timeout_ms):
            if self._inbox or not dtls.client.is_connected:
                return await Port.receive(self, timeout_ms)
            Flood.taken += 1
            return FINISHED

    port = Flood([[VERIFY], [SERVER_HELLO], [FINISHED]])
    now_ms = [0]

    def clock():
        now_ms[0] += 1
        return now_ms[0]

    dtls = DtlsPort(port, IDENTITY, KEY, fixed_bytes, QUICK, clock)

    async def main():
        await dtls.connect()
        before = now_ms[0]
        assert await dtls.receive(100) is None
        assert now_ms[0] - before < 110
        assert Flood.taken < 110

    asyncio.run(main())


def test_a_port_beneath_that_has_nothing_is_asked_once():
    class Empty(Port):
        asked = 0

        async def receive(self, timeout_ms):
            if not dtls.client.is_connected:
                return await Port.receive(self, timeout_ms)
            Empty.asked += 1
            assert Empty.asked < 10
            return None

    # The clock stands still: what the port says ends the wait.
    dtls = DtlsPort(
        Empty([[VERIFY], [SERVER_HELLO], [FINISHED]]), IDENTITY, KEY, fixed_bytes, QUICK, lambda: 1
    )

    async def main():
        await dtls.connect()
        return await dtls.receive(100)

    assert asyncio.run(main()) is None
    assert Empty.asked == 1


def test_the_interpreter_s_own_dtls_is_used_where_it_is_whole_and_refused_elsewhere():
    port = Port([])
    if is_available():
        dtls = NativeDtlsPort(port, IDENTITY, KEY)
        assert dtls.max_datagram == 0
        error_of(SessionClosed, dtls.send(b"early"))
        return
    try:
        NativeDtlsPort(port, IDENTITY, KEY)
    except UsageError as error:
        assert "nce.dtls.session.DtlsPort" in str(error)
        return
    raise AssertionError("nothing was raised")


def test_a_tls_counts_only_with_dtls_pre_shared_keys_and_our_suite():
    class Whole:
        PROTOCOL_DTLS_CLIENT = 7
        suites = ("TLS-PSK-WITH-AES-128-GCM-SHA256",)
        psk_key = b""

        def SSLContext(self, protocol):
            assert protocol == 7
            return self

        def get_ciphers(self):
            return self.suites

    class OtherSuites(Whole):
        suites = ("TLS-PSK-WITH-AES-256-GCM-SHA384",)

    class NoKeys:
        PROTOCOL_DTLS_CLIENT = 7
        get_ciphers = Whole.get_ciphers
        SSLContext = Whole.SSLContext
        suites = Whole.suites

    class NoDtls:
        SSLContext = Whole.SSLContext

    found = native.tls
    try:
        for tls, is_enough in (
            (Whole(), True),
            (OtherSuites(), False),
            (NoKeys(), False),
            (NoDtls(), False),
            (None, False),
        ):
            native.tls = tls
            assert is_available() is is_enough, tls
    finally:
        native.tls = found
