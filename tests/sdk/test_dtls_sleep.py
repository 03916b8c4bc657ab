"""A session that outlives addresses, sleeps and power cuts, with the simulator's server.

Client and server share no state machine and no record code; time is virtual.
"""

from random import Random

import pytest

from nce.dtls.client import ApplicationData, Client, Connected
from nce.dtls.parameters import DEFAULT
from nce.dtls.saved import restore, save
from nce.dtls.suites import ALL, PSK_AES_128_CCM_8
from nce_sim.endpoints.dtls import Data, DtlsServer, DtlsSettings

IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
HOME = ("10.160.0.1", 40000)
AWAY = ("10.160.0.1", 50000)


def new_server(seed=1, **settings):
    return DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=Random(seed).randbytes,
        settings=DtlsSettings(**settings),
    )


def new_client(seed=2, suites=(PSK_AES_128_CCM_8,), max_datagram=1152, **features):
    random_bytes = Random(seed).randbytes
    return Client(IDENTITY, KEY, random_bytes, DEFAULT, max_datagram, suites, **features)


def exchange(client, server, peer=HOME, now_ms=0):
    """Pass datagrams until both are silent; the client's events, and what the server was given."""
    events, taken = [], []
    for _ in range(12):
        datagrams = client.datagrams_to_send()
        if not datagrams:
            break
        for datagram in datagrams:
            for event in server.receive_datagram(datagram, peer, now_ms):
                if isinstance(event, Data):
                    taken.append(event.data)
                    server.send_to_session(event.session, event.data[::-1], now_ms)
        for _peer, datagram in server.datagrams_to_send():
            events += client.receive_datagram(datagram, now_ms)
    return events, taken


def connect(client, server, peer=HOME):
    client.start(0)
    events, _taken = exchange(client, server, peer)
    assert isinstance(events[0], Connected), events
    return events[0]


def talk(client, server, peer=HOME, data=b"data"):
    if client.must_save:
        save(client)
    client.send(data)
    events, taken = exchange(client, server, peer)
    assert taken == [data]
    assert events == [ApplicationData(data[::-1])]


@pytest.mark.parametrize("suite", ALL, ids=lambda suite: suite.name)
@pytest.mark.parametrize("length", [0, 1, 8, 32])
def test_a_connection_id_outlives_an_address(suite, length):
    server = new_server(connection_id_bytes=length)
    client = new_client(suites=(suite,), connection_id=True)
    connect(client, server)
    assert len(client.records.connection_id) == length
    talk(client, server)
    before = client.sent_bytes
    client.send(b"data")
    exchange(client, server)
    plain = new_client(suites=(suite,))
    connect(plain, new_server())
    plain_before = plain.sent_bytes
    plain.send(b"data")
    plain.datagrams_to_send()
    if length and not suite.mac_length:
        assert client.sent_bytes - before == plain.sent_bytes - plain_before + length + 1
    if length:
        talk(client, server, AWAY)
        talk(client, server, HOME)


@pytest.mark.parametrize("suite", ALL, ids=lambda suite: suite.name)
def test_a_reboot_costs_no_datagram(suite):
    server = new_server(connection_id_bytes=8)
    client = new_client(suites=(suite,), connection_id=True)
    connect(client, server)
    for number in range(5):
        talk(client, server, data=b"before %d" % number)
        kept = save(client, ahead=0)
        client = new_client(seed=number, suites=(suite,), connection_id=True)
        assert restore(client, kept)
        talk(client, server, (AWAY, HOME)[number & 1], b"after %d" % number)
        assert client.dropped_records == 0


@pytest.mark.parametrize("ticket", [False, True])
@pytest.mark.parametrize("suite", ALL, ids=lambda suite: suite.name)
def test_resumption_with_and_without_a_connection_id(suite, ticket):
    for length in (None, 4):
        server = new_server(
            session_ids=not ticket, session_tickets=ticket, connection_id_bytes=length
        )
        features = {"connection_id": length is not None, "ticket": ticket}
        client = new_client(suites=(suite,), **features)
        assert not connect(client, server).is_resumed
        client.stop()
        again = new_client(seed=3, suites=(suite,), **features)
        restore(again, save(client))
        assert connect(again, server, AWAY).is_resumed
        talk(again, server, AWAY)
        # A server that has forgotten does the whole handshake.
        again.stop()
        third = new_client(seed=4, suites=(suite,), **features)
        restore(third, save(again))
        third.start(0)
        stranger = new_server(seed=9, session_ids=True, session_tickets=ticket)
        events, _taken = exchange(third, stranger)
        assert events[0] == Connected(suite, False)


def test_what_each_way_to_a_session_costs():
    """(datagrams, bytes up, bytes down), the figures of sdk/README.md; cookie of 16 bytes."""

    def cost(client, server):
        datagrams = 0
        receive, send = client.receive_datagram, client.datagrams_to_send

        def counted_receive(*arguments):
            nonlocal datagrams
            datagrams += 1
            return receive(*arguments)

        def counted_send():
            nonlocal datagrams
            sent = send()
            datagrams += len(sent)
            return sent

        client.receive_datagram, client.datagrams_to_send = counted_receive, counted_send
        connect(client, server)
        return datagrams, client.sent_bytes, client.received_bytes

    server = new_server(session_ids=True, connection_id_bytes=8)
    client = new_client()
    full = cost(client, new_server())
    assert full == (6, 279, 210)
    client = new_client(connection_id=True)
    assert cost(client, server) == (6, 279 + 2 * 5 + 9, 210 + 16 + 13)
    live = new_client(seed=6, connection_id=True)
    assert restore(live, save(client))
    assert live.datagrams_to_send() == []
    live.stop()
    resumed = new_client(seed=5, connection_id=True)
    restore(resumed, save(live))
    # Two hellos with a session ID of 16 bytes, and no key exchange.
    up = 279 + 2 * 5 + 9 + 2 * 16 - (13 + 12 + 2 + 19)
    assert cost(resumed, server) == (5, up, 210 + 16 + 13 - (13 + 12))


@pytest.mark.parametrize("max_datagram", [128, 150, 1152])
def test_a_narrow_path(max_datagram):
    server = new_server(session_ids=True, connection_id_bytes=20)
    client = new_client(suites=ALL, max_datagram=max_datagram, connection_id=True)
    connect(client, server)
    again = new_client(seed=3, suites=ALL, max_datagram=max_datagram, connection_id=True)
    client.stop()
    restore(again, save(client))
    again.start(0)
    sizes = []
    events = []
    for _ in range(6):
        for datagram in again.datagrams_to_send():
            sizes.append(len(datagram))
            server.receive_datagram(datagram, AWAY, 0)
        for _peer, datagram in server.datagrams_to_send():
            events += again.receive_datagram(datagram, 0)
    assert max(sizes) <= max_datagram
    assert events[0].is_resumed
    talk(again, server, AWAY, bytes(again.max_data))


class HostileWire:
    """Loses, doubles, delays, truncates and damages, by a seed."""

    def __init__(self, seed, loss=0.3):
        self.random = Random(seed)
        self.loss = loss
        self.flying = []
        self.count = 0

    def put(self, to_server, datagram, now_ms):
        random = self.random
        for _ in range(2 if random.random() < 0.2 else 1):
            if random.random() < self.loss:
                continue
            arriving = bytearray(datagram)
            if random.random() < 0.05:
                arriving[random.randrange(len(arriving))] ^= 1 << random.randrange(8)
            if random.random() < 0.05:
                arriving = arriving[: random.randrange(len(arriving))]
            self.count += 1
            arrival_ms = now_ms + random.randrange(10, 1500)
            self.flying.append((arrival_ms, self.count, to_server, bytes(arriving)))
        self.flying.sort()


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_records_over_sleeps_and_moves_on_a_hostile_wire(seed):  # noqa: PLR0912
    """Each record until its answer comes; a sleep and a new address every hundred of them."""
    print("seed", seed)
    wire = HostileWire(seed)
    server = new_server(seed, connection_id_bytes=4, session_ids=True)
    client = None
    now_ms, kept, handshakes = 0, b"", 0
    sends: dict[bytes, int] = {}
    received, answered = [], []
    number = 0
    while number < 1000:
        if client is None:
            client = new_client(seed=1000 * seed + now_ms, suites=ALL, connection_id=True)
            if restore(client, kept):
                kept = save(client)
            else:
                client.start(now_ms)
                handshakes += 1
        if client.is_connected:
            if client.must_save:
                kept = save(client)
            data = b"record %d" % number
            client.send(data)
            sends[data] = sends.get(data, 0) + 1
        until_ms = now_ms + 4000
        answer = None
        while now_ms < until_ms and answer is None and client is not None:
            peer = ("10.160.0.1", 40000 + number // 100)
            for datagram in client.datagrams_to_send():
                wire.put(True, datagram, now_ms)
            for _peer, datagram in server.datagrams_to_send():
                wire.put(False, datagram, now_ms)
            due = [until_ms, client.next_timeout(), server.next_timeout()]
            due += [wire.flying[0][0]] if wire.flying else []
            now_ms = max(now_ms, min(time for time in due if time is not None))
            server.handle_timeout(now_ms)
            events = client.handle_timeout(now_ms)
            while wire.flying and wire.flying[0][0] <= now_ms:
                _time, _count, to_server, datagram = wire.flying.pop(0)
                if not to_server:
                    events += client.receive_datagram(datagram, now_ms)
                    continue
                for event in server.receive_datagram(datagram, peer, now_ms):
                    if isinstance(event, Data):
                        received.append(event.data)
                        server.send_to_session(event.session, event.data, now_ms)
            for event in events:
                if isinstance(event, Connected):
                    until_ms = now_ms
                elif isinstance(event, ApplicationData):
                    answered.append(event.data)
                    if event.data == b"record %d" % number:
                        answer = event.data
                else:
                    client, kept = None, b""
        if answer is not None:
            number += 1
            if number % 100 == 0:
                kept = save(client, ahead=0)
                client = None
    assert handshakes <= 60
    sent = {b"record %d" % index for index in range(1000)}
    assert set(received) == sent
    assert set(answered) == sent
    for data in sent:  # none more often than it was sent
        assert received.count(data) <= sends[data]
        assert answered.count(data) <= sends[data]
