"""The backend as a CoAP client of a device: its bytes, its patience, its outcome.

The request's bytes are those of a capture of 1NCE's Device Controller (CON, token of 8 bytes,
Uri-Path, empty Content-Format, Uri-Query, no Uri-Host).
"""

from __future__ import annotations

from random import Random

import pytest

from nce.coap import codes
from nce_sim.endpoints.coap.client import CoapClient, Failed, Succeeded

DEVICE = ("10.160.0.1", 3000)
OTHER = ("10.160.0.2", 3000)


class FixedRandom(Random):
    """First message ID 0x1234, token 01..08, no spread of the first time-out."""

    def getrandbits(self, bits):
        return 0x1233

    def randbytes(self, count):
        return bytes(range(1, count + 1))

    def uniform(self, low, high):
        return low


TOKEN = "0102030405060708"


def ask(target="/example", payload=b"", now_ms=0, method=codes.POST):
    client = CoapClient(FixedRandom())
    assert client.request(DEVICE, method, target, payload, now_ms) == 1
    return client, [(peer, datagram.hex()) for peer, datagram in client.datagrams_to_send()]


def give(client, datagram, peer=DEVICE, now_ms=0):
    events = client.receive_datagram(bytes.fromhex(datagram.replace(" ", "")), peer, now_ms)
    return events, [sent.hex() for _, sent in client.datagrams_to_send()]


def test_a_request_has_the_bytes_of_the_capture():
    _, [(peer, datagram)] = ask("/example?param1=query_example1", b"on")
    assert peer == DEVICE
    assert bytes.fromhex(datagram) == (
        bytes.fromhex("48021234" + TOKEN) + b"\xb7example\x10\x3d\x08param1=query_example1\xffon"
    )


def test_targets_become_options():
    for target, options in (
        ("/", b""),
        ("", b""),
        ("example", b"\xb7example"),
        ("/a/b", b"\xb1a\x01b"),
        ("/a/", b"\xb1a\x00"),
        ("/a%20b", b"\xb3a b"),
        ("/?x=1&y", b"\xd3\x02x=1\x01y"),
        ("/%C3%A4", b"\xb2\xc3\xa4"),
    ):
        _, [(_, datagram)] = ask(target)
        assert bytes.fromhex(datagram)[12:] == options, target
    for target in ("/a#b", "/" + "x" * 256, "/%FF"):
        with pytest.raises(ValueError, match=r"fragment|0 to 255|decode"):
            ask(target)


def test_answers_and_what_becomes_of_them():
    ok, reset, empty = Succeeded(1, DEVICE, codes.CHANGED, b""), "70001234", "60001234"
    rows = (
        ("piggybacked 2.04", ("68441234" + TOKEN,), [ok], []),
        (
            "piggybacked with payload",
            ("68451234" + TOKEN + "ff6f6e",),
            [Succeeded(1, DEVICE, codes.CONTENT, b"on")],
            [],
        ),
        ("separate, confirmable", (empty, "48440001" + TOKEN), [ok], ["60000001"]),
        ("separate, before its ACK", ("48440001" + TOKEN,), [ok], ["60000001"]),
        ("separate, non-confirmable", (empty, "58440001" + TOKEN), [ok], []),
        ("another's token", ("6844123400000000000000ff",), [], []),
        ("another's message ID", ("68440000" + TOKEN,), [], []),
        ("a stray CON", ("41440001aa",), [], ["70000001"]),
        ("a ping", ("40000001",), [], ["70000001"]),
        ("noise", ("ff",), [], []),
        ("a malformed CON", ("4f440001",), [], ["70000001"]),
    )
    for name, datagrams, events, replies in rows:
        client, _ = ask()
        happened, sent = [], []
        for datagram in datagrams:
            more, answers = give(client, datagram)
            happened += more
            sent += answers
        assert (happened, sent) == (events, replies), name
        assert client.outstanding_count == (0 if events else 1), name
    for name, datagram, code, reason in (
        ("4.04", "68841234" + TOKEN, codes.NOT_FOUND, "4.04"),
        ("5.00", "68a01234" + TOKEN, codes.INTERNAL_SERVER_ERROR, "5.00"),
        ("a Reset", reset, None, "Reset"),
        ("no CoAP after the header", "68441234" + TOKEN + "ff", None, "cannot be read"),
        ("an unknown critical option", "68441234" + TOKEN + "90", None, "option 9"),
    ):
        client, _ = ask()
        [failed] = give(client, datagram)[0]
        assert isinstance(failed, Failed), name
        assert (failed.number, failed.peer, failed.code) == (1, DEVICE, code)
        assert reason in failed.reason
        assert client.next_timeout() is None


def test_an_answer_from_elsewhere_is_none():
    # RFC 7252, 5.3.2: the response comes from where the request went to.
    client, _ = ask()
    assert give(client, "68441234" + TOKEN, OTHER) == ([], [])
    assert client.outstanding_count == 1


def test_it_repeats_with_the_times_of_the_rfc_and_gives_up():
    client, [(_, first)] = ask()
    sent, events = [], []
    while (due_ms := client.next_timeout()) is not None:
        events += client.handle_timeout(due_ms)
        sent += [(due_ms, datagram.hex()) for _, datagram in client.datagrams_to_send()]
    assert sent == [(2_000, first), (6_000, first), (14_000, first), (30_000, first)]
    assert events == [Failed(1, DEVICE, "no answer from the device")]
    assert due_ms is None


def test_a_confirmed_request_waits_for_its_response_and_not_for_ever():
    client, _ = ask()
    give(client, "60001234", now_ms=1_000)
    assert client.next_timeout() == 94_000
    assert client.handle_timeout(93_999) == []
    assert client.datagrams_to_send() == []
    [failed] = client.handle_timeout(94_000)
    assert "confirmed" in failed.reason
    assert client.next_timeout() is None


def test_a_repeated_separate_response_is_confirmed_again():
    client, _ = ask()
    response = "48440001" + TOKEN
    assert give(client, response)[1] == ["60000001"]
    assert give(client, response) == ([], ["60000001"])
    assert give(client, "48440002" + TOKEN) == ([], ["70000002"])


def test_one_request_at_a_time_is_under_way_to_a_device():
    # NSTART, RFC 7252, 4.7
    client = CoapClient(Random(1))
    for peer in (DEVICE, DEVICE, OTHER):
        client.request(peer, codes.GET, "/", b"", 0)
    sent = client.datagrams_to_send()
    assert [peer for peer, _ in sent] == [DEVICE, OTHER]
    (_, first), _ = sent
    answer = b"\x68\x45" + first[2:12]
    events, [second] = give(client, answer.hex())
    assert [event.number for event in events] == [1]
    second = bytes.fromhex(second)
    assert second[4:12] != first[4:12], "another token"
    assert second[2:4] != first[2:4]
    [event], _ = give(client, (b"\x68\x84" + second[2:12]).hex())
    assert (event.number, event.code) == (2, codes.NOT_FOUND)


def test_noise_never_raises():
    random = Random(3)
    client, [(_, sent)] = ask()
    for _ in range(20_000):
        datagram = bytearray(bytes.fromhex("68441234" + TOKEN + "ff00"))
        for _ in range(random.randrange(1, 5)):
            datagram[random.randrange(len(datagram))] = random.randrange(256)
        client.receive_datagram(bytes(datagram[: random.randrange(15)]), DEVICE, 0)
        client.datagrams_to_send()
        if not client.outstanding_count:
            client, [(_, sent)] = ask()
    assert sent
