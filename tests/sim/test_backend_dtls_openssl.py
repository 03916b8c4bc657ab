"""The DTLS server engine against OpenSSL, in memory and in virtual time.

OpenSSL (by pyOpenSSL) is the oracle: it does not know this project. Its own timers run in real
time, so its retransmissions are played by repeating datagrams; the server's run on `now_ms`.
"""

from __future__ import annotations

from random import Random

from nce_sim.endpoints.dtls import Closed, Data, DtlsServer, Established, Failed
from support.dtls_openssl_peer import (
    IDENTITY,
    KEY,
    PEER,
    SUITES,
    OpenSslClient,
    give,
    make_server,
    shake_hands,
)


def test_every_suite_connects_and_carries_data_both_ways():
    for cipher, name, overhead in SUITES:
        server, client = make_server(), OpenSslClient(cipher)
        assert shake_hands(server, client) == [Established(PEER, 1, IDENTITY, name)], cipher
        for size in (0, 1, 15, 16, 17, 1000):
            data = bytes(range(256)) * 4
            [sent] = client.send(data[:size] or b"-")
            events, _ = give(server, sent)
            assert events == [Data(PEER, 1, IDENTITY, data[:size] or b"-")], cipher
            server.send(PEER, data[: size or 1], 0)
            [(_, datagram)] = server.datagrams_to_send()
            if overhead is not None:
                assert len(datagram) == (size or 1) + overhead
            client.take(datagram)
            assert client.received.pop() == data[: size or 1]


def test_cbc_works_with_and_without_encrypt_then_mac():
    for etm_at_server in (True, False):
        server = make_server(encrypt_then_mac=etm_at_server)
        client = OpenSslClient("PSK-AES128-CBC-SHA256")
        assert isinstance(shake_hands(server, client)[-1], Established)
        [sent] = client.send(b"ping")
        assert give(server, sent)[0] == [Data(PEER, 1, IDENTITY, b"ping")]


def test_flights_are_as_small_as_other_servers_make_them():
    server, client = make_server(), OpenSslClient()
    flight = client.take()
    sizes = []
    while flight:
        _, answers = give(server, *flight)
        sizes += [len(answer) for answer in answers]
        flight = client.take(*answers) if answers else []
    assert sizes == [44, 99, 67]


def test_a_server_prefers_its_first_suite():
    server, client = make_server(), OpenSslClient("PSK-AES128-CBC-SHA256:PSK-AES128-CCM8")
    assert shake_hands(server, client)[-1].suite == "TLS_PSK_WITH_AES_128_CCM_8"


def test_no_common_suite_is_told_by_an_alert():
    server = make_server(suites=(0x00AE,))
    client = OpenSslClient()
    [failed] = shake_hands(server, client)
    assert "no common suite" in failed.reason
    assert client.error is not None
    assert server.half_open_count == 0


def test_an_unknown_identity_meets_an_alert_or_silence():
    for policy, is_told in (("alert", True), ("silence", False)):
        server = make_server(unknown_identity=policy)
        client = OpenSslClient(identity=b"8988228066600000000")
        [failed] = shake_hands(server, client)
        assert isinstance(failed, Failed)
        assert (client.error is not None) is is_told
        assert "unknown" in repr(client.error) or not is_told


def test_a_wrong_key_meets_silence_or_an_alert():
    for policy, is_told in (("silence", False), ("alert", True)):
        server = make_server(wrong_key=policy)
        client = OpenSslClient(key=b"another key here")
        [failed] = shake_hands(server, client)
        assert "different keys" in failed.reason
        assert not client.is_connected
        assert (client.error is not None) is is_told


def test_a_hello_without_cookie_leaves_no_state():
    server = make_server()
    for port in range(1000):
        give(server, *OpenSslClient().take()[:1] if port < 3 else [], peer=("10.160.0.9", port))
    assert (server.half_open_count, server.association_count) == (0, 0)


def test_a_cookie_is_bound_to_the_address_and_expires():
    client = OpenSslClient()
    server = make_server()
    _, [request] = give(server, *client.take())
    [hello] = client.take(request)
    _, [answer] = give(server, hello, peer=("10.160.0.2", 40000))
    assert len(answer) == 44, "a cookie request, not a ServerHello"
    _, [answer] = give(server, hello, now_ms=120_000)
    assert len(answer) == 44
    assert server.half_open_count == 0
    _, [answer] = give(server, hello, now_ms=61_000)
    assert len(answer) == 99, "the slot after is good, too"


def test_record_numbers_follow_the_clients_hello():
    # RFC 6347, 4.2.1
    server, client = make_server(), OpenSslClient()
    [first] = client.take()
    _, [request] = give(server, first)
    assert request[5:11] == first[5:11]
    [second] = client.take(request)
    _, [answer] = give(server, second)
    assert answer[5:11] == second[5:11]


def test_a_repeated_hello_gets_the_flight_again_with_new_record_numbers():
    server, client = make_server(), OpenSslClient()
    _, [request] = give(server, *client.take())
    [hello] = client.take(request)
    _, [first] = give(server, hello)
    _, [again] = give(server, hello)
    assert len(first) == len(again)
    assert int.from_bytes(again[5:11], "big") > int.from_bytes(first[5:11], "big")
    assert give(server, *client.take(again))[0] == [
        Established(PEER, 1, IDENTITY, "TLS_PSK_WITH_AES_128_CCM_8")
    ]


def test_the_server_repeats_flight_4_on_its_timer_and_gives_up_in_the_end():
    server, client = make_server(retransmit_ms=1000, retransmissions=3), OpenSslClient()
    _, [request] = give(server, *client.take())
    give(server, *client.take(request))
    at_ms, times = 0, []
    while (due_ms := server.next_timeout()) is not None:
        at_ms = due_ms
        events = server.handle_timeout(at_ms)
        times += [at_ms] * len(server.datagrams_to_send())
    assert times == [1000, 3000, 7000]
    assert at_ms == 15_000
    assert events == [Failed(PEER, "the client stopped answering")]
    assert server.half_open_count == 0


def test_a_lost_last_flight_is_sent_again_when_flight_5_comes_again():
    server, client = make_server(), OpenSslClient()
    _, [request] = give(server, *client.take())
    _, [flight_4] = give(server, *client.take(request))
    flight_5 = client.take(flight_4)
    _, [lost] = give(server, *flight_5)
    events, [again] = give(server, *flight_5)
    assert events == []
    assert again != lost, "new record numbers"
    client.take(again)
    assert client.is_connected
    for _ in range(100):
        give(server, *flight_5)
    assert give(server, *flight_5)[1] == [], "a replayer is not served for ever"


def test_flight_5_may_arrive_in_any_order_and_in_pieces():
    random = Random(2)
    for _ in range(20):
        server, client = make_server(), OpenSslClient()
        _, [request] = give(server, *client.take())
        _, [flight_4] = give(server, *client.take(request))
        records = list(split_records(b"".join(client.take(flight_4))))
        records += random.choices(records, k=2)
        random.shuffle(records)
        events, answers = give(server, *records)
        assert len([one for one in events if isinstance(one, Established)]) == 1
        client.take(*answers)
        assert client.is_connected


def test_a_fragmented_key_exchange_is_put_together():
    server, client = make_server(), OpenSslClient()
    _, [request] = give(server, *client.take())
    _, [flight_4] = give(server, *client.take(request))
    exchange, *rest = split_records(b"".join(client.take(flight_4)))
    message = exchange[13:]
    body = message[12:]
    pieces = []
    for number, (start, end) in enumerate(((10, 21), (0, 4), (3, 12))):
        header = message[:6] + start.to_bytes(3, "big") + (end - start).to_bytes(3, "big")
        content = header + body[start:end]
        record = exchange[:5] + (50 + number).to_bytes(6, "big") + len(content).to_bytes(2, "big")
        pieces.append(record + content)
    events, _ = give(server, *pieces, *rest)
    assert isinstance(events[-1], Established)


def test_replayed_and_damaged_records_are_dropped_in_silence():
    server, client = make_server(), OpenSslClient()
    shake_hands(server, client)
    [sent] = client.send(b"once")
    assert len(give(server, sent)[0]) == 1
    assert give(server, sent) == ([], [])
    [sent] = client.send(b"twice")
    for at in range(len(sent)):
        damaged = bytearray(sent)
        damaged[at] ^= 0x10
        assert give(server, bytes(damaged))[0] == []
        assert give(server, sent[:at])[0] == []
    assert give(server, sent)[0] == [Data(PEER, 1, IDENTITY, b"twice")]


def test_records_may_come_late_within_the_window():
    server, client = make_server(), OpenSslClient()
    shake_hands(server, client)
    sent = [client.send(bytes([number]))[0] for number in range(100)]
    assert len(give(server, *reversed(sent[36:]))[0]) == 64
    assert give(server, *sent[:36])[0] == [], "older than 64 records"


def test_a_second_handshake_replaces_the_first_only_when_it_is_finished():
    # RFC 6347, 4.2.8
    server, old, new = make_server(), OpenSslClient(), OpenSslClient()
    shake_hands(server, old)
    _, [request] = give(server, *new.take())
    _, [flight_4] = give(server, *new.take(request))
    flight_5 = new.take(flight_4)
    [sent] = old.send(b"old")
    assert give(server, sent)[0] == [Data(PEER, 1, IDENTITY, b"old")]
    events, _ = give(server, *flight_5)
    assert events[0].session == 2
    [sent] = old.send(b"gone")
    assert give(server, sent)[0] == []
    assert server.association_count == 1


def test_a_failing_second_handshake_harms_nothing():
    server, old = make_server(wrong_key="alert"), OpenSslClient()
    shake_hands(server, old)
    for stranger in (OpenSslClient(key=b"another key here"), OpenSslClient(identity=b"89")):
        assert isinstance(shake_hands(server, stranger)[-1], Failed)
        [sent] = old.send(b"still here")
        assert give(server, sent)[0][0].data == b"still here"


def test_plain_alerts_cannot_end_an_association():
    server, client = make_server(), OpenSslClient()
    shake_hands(server, client)
    forged = bytes.fromhex("15fefd0000000000000009000202 28".replace(" ", ""))
    assert give(server, forged) == ([], [])
    [sent] = client.send(b"alive")
    assert len(give(server, sent)[0]) == 1


def test_close_notify_is_answered_and_ends_the_association():
    server, client = make_server(), OpenSslClient()
    shake_hands(server, client)
    events, [answer] = give(server, *client.close())
    assert events == [Closed(PEER, 1, "the client sent close_notify")]
    assert len(answer) == 31
    assert server.association_count == 0


def test_idle_associations_end_when_so_set():
    server, client = make_server(idle_timeout_ms=600_000), OpenSslClient()
    shake_hands(server, client, now_ms=1000)
    [sent] = client.send(b"x")
    give(server, sent, now_ms=300_000)
    assert server.next_timeout() == 900_000
    assert server.handle_timeout(899_999) == []
    assert isinstance(server.handle_timeout(900_000)[0], Closed)
    assert server.next_timeout() is None


def test_associations_and_half_open_handshakes_are_bounded():
    server = make_server(max_associations=2, max_half_open=2)
    for port in range(4):
        shake_hands(server, OpenSslClient(), peer=("10.160.0.1", port))
    assert server.association_count == 2
    for port in range(4):
        client = OpenSslClient()
        peer = ("10.160.0.2", port)
        _, [request] = give(server, *client.take(), peer=peer)
        give(server, *client.take(request), peer=peer)
    assert server.half_open_count == 2
    assert server.counters["association evicted"] == 2


def test_keys_leave_by_the_key_log_only_when_asked_for():
    lines = []
    server = DtlsServer(
        look_up_psk=lambda identity, peer: KEY,
        random_bytes=Random(3).randbytes,
        key_log=lines.append,
    )
    client = OpenSslClient()
    shake_hands(server, client)
    [line] = lines
    label, client_random, master = line.split()
    assert label == "CLIENT_RANDOM"
    assert bytes.fromhex(client_random) == client.connection.client_random()
    assert bytes.fromhex(master) == client.connection.master_key()


def test_noise_never_raises():
    random = Random(4)
    server, client = make_server(), OpenSslClient()
    _, [request] = give(server, *client.take())
    [hello] = client.take(request)
    for _ in range(5000):
        damaged = bytearray(hello)
        for _ in range(random.randrange(1, 8)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        give(server, bytes(damaged[: random.randrange(len(damaged) + 1)]))
        give(server, random.randbytes(random.randrange(80)))
    # Another client: by now the first one's own timer, in real time, may have run out.
    assert isinstance(shake_hands(server, OpenSslClient())[-1], Established)


def split_records(datagram):
    at = 0
    while at < len(datagram):
        end = at + 13 + int.from_bytes(datagram[at + 11 : at + 13], "big")
        yield datagram[at:end]
        at = end


def test_a_hello_in_pieces_is_read_from_one_datagram_and_never_from_several():
    server, client = make_server(), OpenSslClient()
    [hello] = client.take()
    message, body = hello[13:], hello[25:]
    pieces = []
    for number, (start, end) in enumerate(((0, 40), (40, len(body)))):
        header = message[:6] + start.to_bytes(3, "big") + (end - start).to_bytes(3, "big")
        content = header + body[start:end]
        record = hello[:5] + number.to_bytes(6, "big") + len(content).to_bytes(2, "big")
        pieces.append(record + content)
    assert give(server, *pieces) == ([], [])
    _, [request] = give(server, b"".join(pieces))
    assert len(request) == 44
    client.take(request)
    assert client.error is None
