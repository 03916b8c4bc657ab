"""Hellos of a server, byte by byte, that the client takes or drops, from the RFCs' own layouts.

A hello that is taken is answered, once its ServerHelloDone is there; one that is dropped is not,
and leaves nothing behind: the server's true one is answered afterwards.
"""

import json

from nce.dtls.client import Client
from nce.dtls.suites import ALL, PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT, PSK_AES_128_CCM_8

with open(__file__.rsplit("/", 2)[0] + "/vectors/dtls_openssl.json") as file:
    RECORDED = json.load(file)

VERIFY = bytes.fromhex(RECORDED["datagrams"]["verify"])
SERVER_HELLO, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE = 2, 12, 14
RANDOM = bytes(range(100, 132))
CCM_8, GCM, CBC, NULL = b"\xc0\xa8", b"\x00\xa8", b"\x00\xae", b"\x00\x2c"
EMS = b"\x00\x17\x00\x00"
ENCRYPT_THEN_MAC = b"\x00\x16\x00\x00"
TICKET = b"\x00\x23\x00\x00"
RENEGOTIATION = b"\xff\x01\x00\x01\x00"


def fixed_bytes(count):
    return bytes(range(count))


def message(kind, seq, body):
    """A handshake message as a record of its own (RFC 6347, 4.1 and 4.2.2)."""
    size = len(body).to_bytes(3, "big")
    text = bytes((kind,)) + size + seq.to_bytes(2, "big") + bytes(3) + size + body
    return b"\x16\xfe\xfd" + bytes(7) + bytes((seq,)) + len(text).to_bytes(2, "big") + text


def listed(*extensions):
    data = b"".join(extensions)
    return len(data).to_bytes(2, "big") + data


def hello(rest, session_id=b"", suite=CCM_8, compression=0, version=b"\xfe\xfd"):
    """The body of a ServerHello (RFC 5246, 7.4.1.3); `rest` begins with the extensions' length."""
    lead = version + RANDOM + bytes((len(session_id),)) + session_id
    return lead + suite + bytes((compression,)) + rest


def waiting_client(suites=(PSK_AES_128_CCM_8,), connection_id=True, ticket=True):
    client = Client("identity", b"key", fixed_bytes, suites=suites)
    client.offers_connection_id = connection_id
    client.offers_ticket = ticket
    client.start(0)
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    return client


def is_answered(client, body, after=None):
    """Whether this hello, with its ServerHelloDone, is answered by a flight."""
    done = after or message(SERVER_HELLO_DONE, 2, b"")
    client.receive_datagram(message(SERVER_HELLO, 1, body) + done, 0)
    return bool(client.datagrams_to_send())


TAKEN = (
    hello(b""),
    hello(b"\x00\x00"),
    hello(listed(EMS)),
    hello(listed(RENEGOTIATION, EMS)),
    hello(listed(RENEGOTIATION, EMS, TICKET)),
    hello(listed(b"\x00\x36\x00\x01\x00")),
    hello(listed(b"\x00\x36\x00\x03\x02\xaa\xbb", EMS)),
    hello(listed(EMS), session_id=bytes(1)),
    hello(listed(EMS), session_id=bytes(32)),
)

DROPPED = (
    hello(listed(EMS, EMS)),
    hello(listed(EMS) + b"\x00"),
    hello(listed(EMS)[:-1]),
    hello(b"\x00"),
    hello(listed(EMS[:3])),
    hello(listed(EMS, b"\x00\x01\x00\x00")),  # the maximum fragment length was not offered
    hello(listed(ENCRYPT_THEN_MAC)),  # nor this, without CBC
    hello(listed(b"\xff\x01\x00\x02\x01\x00")),  # RFC 5746, 3.4
    hello(listed(b"\xff\x01\x00\x00")),
    hello(listed(b"\x00\x36\x00\x00")),  # RFC 9146, 3: one byte for the length, and no more
    hello(listed(b"\x00\x36\x00\x01\x01")),
    hello(listed(b"\x00\x36\x00\x03\x01\xaa\xbb")),
    hello(listed(EMS), session_id=bytes(33)),
    hello(listed(EMS), suite=GCM),
    hello(listed(EMS), suite=NULL),
    hello(listed(EMS), compression=1),
    hello(listed(EMS), version=b"\xfe\xff"),
    hello(listed(EMS), version=b"\x03\x03"),
    hello(b"")[:-1],
    hello(b"")[:34],
    b"",
)


def test_hellos_by_the_book_are_answered():
    for body in TAKEN:
        client = waiting_client()
        assert is_answered(client, body), body
        assert client.dropped_records == 0
        assert client.suite.number == 0xC0A8


def test_a_hello_that_breaks_a_rule_is_dropped_and_the_true_one_is_answered_afterwards():
    for body in DROPPED:
        client = waiting_client()
        assert not is_answered(client, body), body
        assert client.dropped_records
        assert client.suite is None
        assert client.records.connection_id == b""
        assert is_answered(client, hello(listed(EMS))), body


def test_what_was_not_offered_is_not_taken():
    for offers, extension in (
        ({"connection_id": False}, b"\x00\x36\x00\x01\x00"),
        ({"ticket": False}, TICKET),
    ):
        assert not is_answered(waiting_client(**offers), hello(listed(EMS, extension)))
        assert is_answered(waiting_client(), hello(listed(EMS, extension)))


def test_the_servers_connection_id_is_put_into_our_records():
    for length in (0, 1, 20):
        own = bytes(range(50, 50 + length))
        client = waiting_client()
        extension = b"\x00\x36\x00" + bytes((length + 1, length)) + own
        assert is_answered(client, hello(listed(EMS, extension)))
        assert client.records.connection_id == own
        # RFC 9146, 4: type 25, and the ID between the numbers and the length.
        record = client.records.seal(1, 23, b"x")
        assert record[0] == (25 if length else 23)
        assert record[11 : 11 + length] == own


def test_cbc_is_taken_with_encrypt_then_mac_or_where_it_was_asked_for_without():
    lenient = (PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,)
    with_it, without = listed(EMS, ENCRYPT_THEN_MAC), listed(EMS)
    for suites, rest, is_taken, encrypts_first in (
        (ALL, with_it, True, True),
        (ALL, without, False, None),
        (lenient, with_it, True, True),
        (lenient, without, True, False),
    ):
        client = waiting_client(suites)
        assert is_answered(client, hello(rest, suite=CBC)) is is_taken
        if is_taken:
            assert client.encrypt_then_mac is encrypts_first


def test_nothing_but_an_empty_done_ends_the_servers_flight():
    for kind in range(1, 21):
        for body in (b"", b"\x00", b"\x00\x00"):
            if (kind, body) == (SERVER_HELLO_DONE, b""):
                continue
            client = waiting_client()
            assert not is_answered(client, hello(listed(EMS)), message(kind, 2, body)), kind
            # A key exchange with an empty hint says nothing (RFC 4279, 2), but counts.
            seq = 3 if (kind, body) == (SERVER_KEY_EXCHANGE, b"\x00\x00") else 2
            client.receive_datagram(message(SERVER_HELLO_DONE, seq, b""), 0)
            assert len(client.datagrams_to_send()) == 1, (kind, body)


def test_no_message_comes_before_the_hello():
    for kind in range(20):
        client = waiting_client()
        client.receive_datagram(message(kind, 1, b""), 0)
        assert client.datagrams_to_send() == [], kind
        assert is_answered(client, hello(listed(EMS)))


def test_a_flight_that_a_narrow_path_does_not_carry_goes_in_pieces():
    identity = bytes(range(1, 129))
    client = Client(identity, b"key", fixed_bytes, max_datagram=128)
    client.start(0)
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    done = message(SERVER_HELLO_DONE, 2, b"")
    client.receive_datagram(message(SERVER_HELLO, 1, hello(listed(EMS))) + done, 0)
    sent = client.datagrams_to_send()
    assert all([len(datagram) <= 128 for datagram in sent])
    # 130 bytes of ClientKeyExchange (RFC 4279, 2): 103 and 27 of them fit in two records.
    whole = b""
    for number, size in ((0, 103), (1, 27)):
        piece = sent[number][13:][: 12 + size]
        assert piece[:1] == b"\x10"
        assert piece[1:4] == (130).to_bytes(3, "big")
        assert piece[4:6] == b"\x00\x02"
        assert piece[6:9] == len(whole).to_bytes(3, "big")
        assert piece[9:12] == size.to_bytes(3, "big")
        whole += piece[12:]
    assert whole == b"\x00\x80" + identity
