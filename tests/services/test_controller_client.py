"""The asking side of CoAP, byte by byte: the captured push, repeats, late responses, blocks."""

from random import Random

import pytest

from nce.coap import codes
from nce_sim.endpoints.coap.client import NO_ANSWER, Answer, Call, CoapClient
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.settings import ClientSettings

PEER = CoapPeer("10.160.0.1", 3000)
OTHER = CoapPeer("10.160.0.2", 3000)
TOKEN = bytes.fromhex("1122334455667788")
# `POST example?param1=query_example1` as it was captured, but for ID, token and payload.
CAPTURED = (
    bytes.fromhex("48 02 1234") + TOKEN + b"\xb7example" + b"\x10"
    b"\x3d\x08param1=query_example1" + b"\xff" + b"hello"
)
OPTIONS = ((11, b"example"), (12, b""), (15, b"param1=query_example1"))


class Known(Random):
    """Message ids from 0x1234, tokens that are known, and no spread of the repeats."""

    def getrandbits(self, k):
        return 0x1233

    def randbytes(self, n):
        return TOKEN[:n]

    def uniform(self, a, b):
        return a


def asked(payload=b"hello", **settings):
    client = CoapClient(Known(), ClientSettings(**settings))
    client.request(Call(PEER, codes.POST, OPTIONS, payload), 0)
    return client


def sent(client):
    return [datagram.hex() for _, datagram in client.datagrams_to_send()]


def test_a_request_has_the_bytes_that_were_captured():
    assert sent(asked()) == [CAPTURED.hex()]


# What comes: (name, datagrams, outcome, what is sent in between).
T = TOKEN.hex()
CAME = (
    ("piggybacked", ["68441234" + T], (0x44, b""), []),
    ("with a payload", [f"68451234{T}c0ff" + b"21.5".hex()], (0x45, b"21.5"), []),
    ("refused", [f"68841234{T}"], (0x84, b""), []),
    ("separate, confirmable", ["60001234", f"48450077{T}ff31"], (0x45, b"1"), ["60000077"]),
    ("separate, not confirmable", ["60001234", f"58450077{T}ff31"], (0x45, b"1"), []),
    ("the response before the ACK", [f"48450077{T}ff31"], (0x45, b"1"), ["60000077"]),
    ("rejected", ["70001234"], "rejected", []),
    ("cannot be decoded", [f"68451234{T}ff"], "cannot be decoded", []),
    ("an unknown critical option", [f"68451234{T}90"], "critical option", []),
    ("another token", ["68441234" + "99" * 8], None, []),
    ("another ID", ["68441235" + T], None, []),
    ("a separate response to nobody", ["48450077" + "99" * 8], None, ["70000077"]),
    ("a ping", ["40000077"], None, ["70000077"]),
    ("a request of the device's", ["40020077"], None, ["70000077"]),
    ("noise", ["ff00", "", "4002"], None, []),
)


@pytest.mark.parametrize("row", CAME, ids=lambda row: row[0])
def test_what_comes_ends_the_request_or_does_not(row):
    _, datagrams, outcome, replies = row
    client = asked()
    sent(client)
    outcomes = []
    for datagram in datagrams:
        outcomes += client.receive_datagram(bytes.fromhex(datagram), PEER, 10)
    assert sent(client) == replies
    if outcome is None:
        assert outcomes == []
        assert client.next_timeout() is not None
        return
    [found] = outcomes
    if isinstance(outcome, str):
        assert outcome in found.reason
        assert found.answer is None
    else:
        assert (found.answer.code, found.answer.payload) == outcome
    assert client.next_timeout() is None


def test_an_answer_from_another_address_is_none():
    client = asked()
    assert client.receive_datagram(bytes.fromhex("68441234" + T), OTHER, 10) == []
    assert client.receive_datagram(bytes.fromhex("68441234" + T), PEER, 11) != []


def run_to_the_end(client):
    """When each copy left, and the outcomes with their times."""
    left, ended, now = [], [], 0
    left += [now for _ in sent(client)]
    while (due := client.next_timeout()) is not None:
        now = due
        ended += [(now, one) for one in client.handle_timeout(now)]
        left += [now for _ in sent(client)]
    return left, ended


def test_a_request_without_an_answer_is_repeated_four_times_and_given_up_after_62_s():
    left, [(at_ms, outcome)] = run_to_the_end(asked())
    assert left == [0, 2_000, 6_000, 14_000, 30_000]
    assert at_ms == 62_000  # to 93 s with the spread, as 1NCE documents
    assert (outcome.answer, outcome.reason) == (None, NO_ANSWER)


def test_a_confirmed_request_is_not_repeated_and_given_up_after_93_s():
    client = asked()
    sent(client)
    assert client.receive_datagram(bytes.fromhex("60001234"), PEER, 1_000) == []
    left, [(at_ms, outcome)] = run_to_the_end(client)
    assert (left, at_ms, outcome.reason) == ([], 94_000, NO_ANSWER)


def test_a_separate_response_that_comes_again_is_confirmed_again():
    client = asked()
    sent(client)
    answer = bytes.fromhex(f"48450077{T}ff31")
    assert len(client.receive_datagram(answer, PEER, 0)) == 1
    assert client.receive_datagram(answer, PEER, 5_000) == []
    assert sent(client) == ["60000077"] * 2
    client.receive_datagram(answer, PEER, 300_000)
    assert sent(client) == ["70000077"], "it is forgotten after its lifetime"


def test_one_request_at_a_time_is_under_way_to_a_peer():
    client = asked(b"1")
    client.request(Call(PEER, codes.POST, (), b"2"), 0)
    client.request(Call(OTHER, codes.POST, (), b"3"), 0)
    assert [datagram[-1:] for _, datagram in client.datagrams_to_send()] == [b"1", b"3"]
    client.receive_datagram(bytes.fromhex("70001234"), PEER, 5)
    assert [datagram[-1:] for _, datagram in client.datagrams_to_send()] == [b"2"]


def block(mid, number, more, payload):
    # Block2 is option 23: delta 23, one byte; SZX 0 is 16 bytes.
    return (
        bytes.fromhex(f"6845{mid:04x}{T}d10a")
        + bytes([number << 4 | more << 3])
        + (b"\xff" + payload)
    )


def test_a_response_in_blocks_is_fetched_to_its_end():
    client = asked()
    sent(client)
    assert client.receive_datagram(block(0x1234, 0, 1, b"a" * 16), PEER, 1) == []
    # The request again without its body, and Block2 with the number 1.
    wanted = CAPTURED.replace(b"\x12\x34", b"\x12\x35", 1).partition(b"\xff")[0]
    wanted = wanted.replace(b"example\x10\x3d\x08", b"example\x4d\x08") + b"\x81\x10"
    assert sent(client) == [wanted.hex()]
    [outcome] = client.receive_datagram(block(0x1235, 1, 0, b"b"), PEER, 2)
    assert outcome.answer == Answer(0x45, ((23, b"\x08"),), b"a" * 16 + b"b")


BAD_BLOCKS = (
    ("out of order", [(0, 1, b"a" * 16), (2, 0, b"b")], "does not follow"),
    ("too short", [(0, 1, b"a" * 15)], "15 bytes in a block of 16"),
    ("too much", [(0, 1, b"a" * 16), (1, 1, b"a" * 16)], "larger than 24 bytes"),
)


@pytest.mark.parametrize("row", BAD_BLOCKS, ids=lambda row: row[0])
def test_blocks_that_do_not_fit_end_the_request(row):
    _, blocks, reason = row
    client = asked(response_max_bytes=24)
    outcomes = []
    for mid, (number, more, payload) in enumerate(blocks, 0x1234):
        outcomes += client.receive_datagram(block(mid, number, more, payload), PEER, 1)
    assert reason in outcomes[-1].reason


@pytest.mark.parametrize("seed", range(20))
def test_no_datagram_breaks_it(seed):
    random = Random(seed)
    client = asked()
    for now_ms in range(200):
        data = bytearray(random.choice((bytes.fromhex("68441234" + T), CAPTURED, b"")))
        for _ in range(random.randrange(3)):
            if data:
                data[random.randrange(len(data))] = random.randrange(256)
        client.receive_datagram(bytes(data), PEER, now_ms)
    run_to_the_end(client)
