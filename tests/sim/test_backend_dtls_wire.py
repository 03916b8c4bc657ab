"""Records and handshake messages as the DTLS server reads them, byte by byte, from the RFCs."""

from __future__ import annotations

import hmac

import pytest

from nce_sim.endpoints.dtls import SUITES, Data
from nce_sim.wire.dtls.handshake import (
    MalformedHandshake,
    Reassembly,
    parse_client_hello,
    parse_connection_id,
    parse_fragments,
    parse_psk_identity,
)
from nce_sim.wire.dtls.record import BadRecord, ReplayWindow, parse_records
from nce_sim.wire.dtls.suites import Place
from nce_sim.wire.dtls.writer import Writer
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import HOME, connect, give, handshake, make_server, plain, split
from support.dtls_handmade_peer import IDENTITY, number

# -- records -----------------------------------------------------------------------------------


def header(kind=23, version=b"\xfe\xfd", length=0):
    return bytes([kind]) + version + bytes(8) + number(length, 2)


def count_of(datagram, connection_id_bytes=0):
    return len(list(parse_records(datagram, connection_id_bytes)))


def test_records_are_read_by_type_version_and_length():
    for kind in range(256):
        assert count_of(header(kind)) == int(20 <= kind <= 23), kind
    assert count_of(header(24) + header()) == 1, "an unknown one is passed over"
    for version, is_read in ((b"\xfe\xff", 1), (b"\xfe\xfe", 0), (b"\xfe\xfc", 0), (b"\3\3", 0)):
        assert count_of(header(version=version)) == is_read, version
    # RFC 5246, 6.2.3: 2^14 + 2048 bytes.
    for length, is_read in ((0, 1), (18_432, 1), (18_433, 0)):
        assert count_of(header(length=length) + bytes(length)) == is_read, length
    for size in range(13):
        assert count_of(header() + header()[:size]) == 1
    assert count_of(header(length=2) + b"x") == 0


def test_a_record_with_a_connection_id_is_read_where_its_length_is_known():
    datagram = b"\x19" + header()[1:11] + b"\xaa\xbb" + b"\0\3abc" + header()
    [first, second] = parse_records(datagram, 2)
    assert (first.connection_id, first.fragment, first.wire_bytes) == (b"\xaa\xbb", b"abc", 18)
    assert (second.connection_id, second.wire_bytes) == (b"", 13)
    assert count_of(datagram, 0) == 0
    assert count_of(b"\x19" + header()[1:11] + b"\xaa\xbb\0", 2) == 0


# RFC 6347, 4.1.2.6: (arrival, is new), in order.
ARRIVALS = (
    (0, True),
    (0, False),
    (2, True),
    (1, True),
    (1, False),
    (65, True),
    (1, False),
    (2, False),
    (3, True),
    (3, False),
    (66, True),
    (64, True),
    (3, False),
    (4, True),
    (4, False),
    (500, True),
    (436, False),
    (437, True),
    (437, False),
    (499, True),
    (66, False),
)


def test_the_replay_window_has_64_numbers():
    window = ReplayWindow()
    highest = -1
    for sequence, is_fresh in ARRIVALS:
        assert window.is_fresh(sequence) is is_fresh, sequence
        assert window.is_newest(sequence) is (sequence > highest)
        if is_fresh:
            window.mark(sequence)
            highest = max(highest, sequence)
    window.mark(0)  # too old: it must change nothing
    assert not window.is_fresh(437)
    assert window.is_fresh(438)


def test_record_numbers_end_with_48_bits_and_never_begin_again():
    last = (1 << 48) - 1
    writer = Writer(first_sequence=last)
    writer.send([(22, 0, b"x")])
    [datagram] = writer.take_datagrams()
    assert datagram == b"\x16\xfe\xfd\0\0" + b"\xff" * 6 + b"\0\1x"
    with pytest.raises(ValueError, match="used up"):
        writer.send([(22, 0, b"x")])
    with pytest.raises(ValueError, match="no keys"):
        writer.send([(22, 1, b"x")])


def test_plaintexts_have_at_most_2_to_the_14th_bytes():
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    text = bytes(1 << 14)
    assert give(server, client.send(text))[0] == [Data(HOME, 1, IDENTITY, text)]
    assert give(server, client.send(text + b"x"))[0] == []
    assert server.counters["bad record"] == 1


@pytest.mark.parametrize(("before", "is_read"), [(63, True), (64, False)])
def test_sixty_four_records_of_a_datagram_are_read(before, is_read):
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    datagram = plain(20, b"\1") * before + client.send(b"x")
    assert bool(give(server, datagram)[0]) is is_read
    assert server.counters["rest of a datagram of too many records"] == int(not is_read)


def test_padding_hides_how_long_a_text_is():
    """RFC 9146, 4: zeros behind the true type."""
    server = make_server(connection_id_bytes=4, connection_id_padding_bytes=16)
    client = handmade.Client(cid=b"\xc1")
    connect(server, client)
    for size, zeros in ((0, 15), (14, 1), (15, 0), (16, 15)):
        server.send(HOME, bytes([7]) * size, 0)
        [(_, datagram)] = server.datagrams_to_send()
        assert client.open(datagram) == [(23, bytes([7]) * size, zeros)]


# RFC 5246, 6.3; RFC 6655, 3; RFC 5487, 3.1: both sides' MAC keys, keys and fixed parts of nonces.
KEY_BLOCKS = {0xC0A8: 40, 0xC0A4: 40, 0x00A8: 40, 0x00AE: 96, 0x008C: 72, 0x008D: 104}


def test_a_suite_takes_as_much_of_the_key_block_as_its_rfc_says():
    assert {number: suite.key_block_bytes for number, suite in SUITES.items()} == KEY_BLOCKS
    client, server = SUITES[0x00AE].split_key_block(bytes(range(96)))
    assert (client.mac_key, server.mac_key) == (bytes(range(32)), bytes(range(32, 64)))
    assert (client.key, server.key) == (bytes(range(64, 80)), bytes(range(80, 96)))
    client, server = SUITES[0xC0A8].split_key_block(bytes(range(40)))
    assert (client.key, server.key) == (bytes(range(16)), bytes(range(16, 32)))
    assert (client.fixed_iv, server.fixed_iv) == (bytes(range(32, 36)), bytes(range(36, 40)))
    assert repr(client) == "DirectionKeys()"


@pytest.mark.parametrize("encrypt_then_mac", [False, True])
def test_a_cbc_fragment_has_a_vector_a_block_and_a_code(encrypt_then_mac):
    suite, place = SUITES[0x00AE], Place(23, 1, 5)
    keys, _ = suite.split_key_block(bytes(range(96)))
    protection = suite.protect(keys, encrypt_then_mac, bytes)
    sealed = protection.seal(place, b"")
    assert len(sealed) == 16 + (16 + 32 if encrypt_then_mac else 48)
    assert protection.open(place, sealed) == b""
    # RFC 7366, 3: the code covers the vector; here it is right, and nothing follows the vector.
    covered = b"\0\1" + number(5, 6) + b"\x17\xfe\xfd\0\x10" + bytes(16)
    empty = bytes(16) + hmac.digest(keys.mac_key, covered, "sha256")
    for fragment in (empty, *(sealed[:size] for size in range(len(sealed)))):
        with pytest.raises(BadRecord):
            protection.open(place, fragment)


# -- handshake messages ------------------------------------------------------------------------


def test_fragments_are_read_up_to_the_first_that_does_not_add_up():
    good = handshake(16, b"abc", 5)
    for bad in (
        handshake(16, b"abc", 5, length=2),
        handshake(16, b"abc", 5, length=5, offset=3),
        handshake(16, b"", 5, length=8193),
        handshake(16, b"abc", 5, length=0x01_0003),
        good[:-1],
        good[:11],
        b"",
    ):
        assert [one.body for one in parse_fragments(good + bad + good)][:1] == [b"abc"]
        assert len(list(parse_fragments(bad))) == 0, bad
    for allowed in (handshake(16, b"", 5, length=8192), handshake(16, b"abc", 5, 5, 2)):
        assert len(list(parse_fragments(allowed + good))) == 2


def reassembled(*messages, next_seq=5):
    reassembly = Reassembly(next_seq)
    for message in messages:
        for fragment in parse_fragments(message):
            reassembly.add(fragment)
    taken = []
    while (message := reassembly.take()) is not None:
        taken.append((message.message_seq, message.body))
    return taken


def test_messages_are_put_together_in_order_and_three_ahead_at_most():
    three = [(5, b"a"), (6, b"b"), (7, b"c")]
    coded = [handshake(16, body, seq) for seq, body in three]
    assert reassembled(*reversed(coded)) == three
    assert reassembled(handshake(16, b"d", 8), *coded) == three
    assert reassembled(*coded, handshake(16, b"old", 4)) == three
    assert reassembled(coded[1], coded[2]) == []


def pieces(gaps):
    """Bytes with `gaps` holes between them, from the first byte on, then all the others."""
    size = 2 * gaps + 1
    return [handshake(16, b"x", 5, size, at) for at in range(0, size, 2)] + [
        handshake(16, b"y", 5, size, at) for at in range(1, size, 2)
    ]


def test_a_message_in_pieces_may_have_fifteen_gaps_and_no_more():
    assert reassembled(*pieces(15)) == [(5, b"xy" * 15 + b"x")]
    assert reassembled(*pieces(16)) == []


def test_a_piece_that_disagrees_begins_the_message_again():
    first, rest = handshake(16, b"ab", 5, 4, 0), handshake(16, b"cd", 5, 4, 2)
    assert reassembled(first, rest) == [(5, b"abcd")]
    assert reassembled(first, handshake(16, b"abc", 5, 5, 0), rest) == []
    assert reassembled(first, handshake(17, b"ab", 5, 4, 0), rest) == []
    assert reassembled(handshake(16, b"abc", 5, 4, 0), rest) == [(5, b"abcd")], "they overlap"


def client_hello(session_id=b"", cookie=b"", suites=b"\xc0\xa8", compressions=b"\0", end=b""):
    body = b"\xfe\xfd" + bytes(range(32))
    body += bytes([len(session_id)]) + session_id + bytes([len(cookie)]) + cookie
    return body + number(len(suites), 2) + suites + bytes([len(compressions)]) + compressions + end


def test_a_client_hello_is_read_field_by_field():
    end = b"\0\x09\0\x17\0\0\0\x36\0\1\0"
    hello = parse_client_hello(client_hello(b"id", b"cookie", b"\xc0\xa8\0\xff", b"\1\0", end))
    assert (hello.version, hello.random) == (0xFEFD, bytes(range(32)))
    assert (hello.session_id, hello.cookie) == (b"id", b"cookie")
    assert (hello.suites, hello.compressions) == ((0xC0A8, 0x00FF), b"\1\0")
    assert hello.extensions == {23: b"", 54: b"\0"}
    assert hello.wants_secure_renegotiation
    plain_hello = parse_client_hello(client_hello(bytes(32)))
    assert (plain_hello.extensions, plain_hello.wants_secure_renegotiation) == ({}, False)


MALFORMED_HELLOS = (
    client_hello(session_id=bytes(33)),
    client_hello(suites=b""),
    client_hello(suites=b"\xc0"),
    client_hello(suites=b"\xc0\xa8\0"),
    client_hello(compressions=b""),
    client_hello(end=b"\0"),
    client_hello(end=b"\0\0x"),
    client_hello(end=b"\0\1\0"),
    client_hello(end=b"\0\4\0\x17\0\1"),
    client_hello(end=b"\0\x08\0\x17\0\0\0\x17\0\0"),
    client_hello()[:-1],
    client_hello()[:20],
    b"",
)


def test_a_client_hello_that_does_not_add_up_is_malformed():
    for body in MALFORMED_HELLOS:
        with pytest.raises(MalformedHandshake):
            parse_client_hello(body)


def test_identities_and_connection_ids_fill_their_vectors():
    assert parse_psk_identity(b"\0\3abc") == b"abc"
    assert parse_connection_id(b"\2ab") == b"ab"
    for parse, bodies in (
        (parse_psk_identity, (b"", b"\0", b"\0\3ab", b"\0\3abcd")),
        (parse_connection_id, (b"", b"\2a", b"\2abc")),
    ):
        for body in bodies:
            with pytest.raises(MalformedHandshake):
                parse(body)


@pytest.mark.parametrize(("count", "is_read"), [(8, True), (9, False)])
def test_a_hello_may_come_in_eight_pieces_of_one_datagram(count, is_read):
    message = split(handmade.Client(cid=None).hello())[0][13:]
    body = message[12:]
    size = -(-len(body) // count)
    datagram = b"".join(
        plain(22, handshake(1, body[at : at + size], 0, len(body), at), at)
        for at in range(0, len(body), size)
    )
    assert len(split(datagram)) == count
    server = make_server()
    assert len(give(server, datagram)[1]) == int(is_read)
