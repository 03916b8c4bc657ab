"""Records and the replay window (RFC 6347, 4.1), and fragments of messages (4.2.3)."""

from nce.dtls import record
from nce.dtls.handshake import Malformed, fragments_of, wrap
from nce.dtls.reassembly import Inbox
from nce.dtls.suites import PSK_AES_128_CCM_8

# (sequence number, is it new), in the order of arrival
ARRIVALS = (
    (0, True),
    (0, False),
    (5, True),
    (3, True),
    (3, False),
    (68, True),
    (5, False),  # seen, at the edge of the window
    (4, False),  # never seen, but too old to tell
    (6, True),
    (0xFFFFFFFFFFFF, True),
    (0xFFFFFFFFFFFF, False),
    (0xFFFFFFFFFFFE, True),
    (68, False),
)


def sealed(kind, sequence, data):
    records = record.Records()
    records.sequences[0] = sequence
    return records.seal(0, kind, data)


def test_replay_window():
    window = record.ReplayWindow()
    for sequence, is_new in ARRIVALS:
        assert window.is_new(sequence) == is_new, sequence
        if is_new:
            window.accept(sequence)


def test_the_replay_window_takes_any_jump():
    window = record.ReplayWindow()
    newest = 0
    for jump in (63, 64, 65, 1 << 47):
        window.accept(newest)
        window.accept(newest + jump)
        assert window.seen == (1 << 63 | 1 if jump == 63 else 1)
        assert window.is_new(newest) is False
        assert window.is_new(newest + jump - 1) is True
        newest += jump


def test_records_of_a_datagram():
    one = sealed(22, 7, b"abc")
    two = sealed(21, 0x123456789ABC, b"")
    assert one[:13] == b"\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x07\x00\x03"
    headers = record.headers_of(one + two)
    assert headers == [
        (22, 0, 7, 13, 16),
        (21, 0, 0x123456789ABC, 29, 29),
    ]
    for size in range(len(one + two)):
        whole = (size >= len(one)) + (size >= len(one + two))
        assert len(record.headers_of((one + two)[:size])) == whole
    # A record of another version is left out; those behind it are not.
    assert record.headers_of(b"\x16\x03\x03" + one[3:] + two) == headers[1:]


def test_a_sequence_number_does_not_wrap():
    sealed(21, (1 << 48) - 1, b"")
    try:
        sealed(21, 1 << 48, b"")
    except OverflowError:
        return
    raise AssertionError("the number wrapped")


def test_a_number_that_is_not_reserved_seals_nothing():
    # (the limit that is kept, the highest number under it): RFC 6347, 4.1 has 48 bits.
    for limit, last in ((None, 0xFFFFFFFFFFFF), (1, 0), (65, 64), (1 << 32, (1 << 32) - 1)):
        records = record.Records()
        records.protect(PSK_AES_128_CCM_8, bytes(range(40)))
        records.limit = records.limit if limit is None else limit
        records.sequences[1] = last
        assert records.seal(1, 23, b"x")[3:11] == (1 << 48 | last).to_bytes(8, "big")
        try:
            records.seal(1, 23, b"x")
        except OverflowError as error:
            assert str(last + 1) in str(error)
        else:
            raise AssertionError("record %d was sealed" % (last + 1))
        assert records.sequences[1] == last + 1
        assert records.seal(0, 22, b"")[3:11] == bytes(8), "the clear has numbers of its own"


def test_fragments_that_lie_about_their_length_are_malformed():
    message = wrap(2, 1, b"abcdef")
    assert fragments_of(message) == [(2, 6, 1, 0, b"abcdef")]
    far = b"\x02\x01\x02\x03\x04\x05\x01\x01\x02\x00\x00\x00"
    assert fragments_of(far) == [(2, 0x010203, 0x0405, 0x010102, b"")]
    for malformed in (
        message[:-1],
        message[:11],
        message + b"\x00",
        message[:8] + b"\x01" + message[9:],  # offset 1, so it ends after the message
        message[:3] + b"\x05" + message[4:],  # a message of 5 bytes with a fragment of 6
    ):
        try:
            fragments_of(malformed)
        except Malformed:
            continue
        raise AssertionError(malformed)


def test_a_piece_of_a_message_that_is_there_changes_nothing():
    inbox = Inbox()
    assert inbox.add(2, 4, 0, 0, b"true")
    assert inbox.add(2, 4, 0, 1, b"xx")
    assert inbox.peek() == (2, b"true")
    assert inbox.add(2, 4, 1, 0, b"ab")
    assert inbox.add(2, 4, 1, 1, b"BC")
    inbox.advance()
    assert inbox.peek() is None
    assert inbox.add(2, 4, 1, 3, b"d")
    assert inbox.peek() == (2, b"aBCd")


def test_the_inbox_is_bounded():
    inbox = Inbox()
    assert not inbox.add(2, 1025, 0, 0, b"a")
    assert not inbox.add(2, 3, 4, 0, b"abc")
    assert inbox.add(2, 3, 3, 0, b"abc")
    assert inbox.peek() is None
    assert inbox.add(2, 3, 0, 2, b"c")
    assert inbox.peek() is None
    assert inbox.add(2, 3, 0, 0, b"ab")
    assert inbox.peek() == (2, b"abc")
    inbox.advance()
    assert not inbox.add(2, 3, 0, 0, b"abc")  # old
    assert inbox.peek() is None
    assert inbox.add(14, 0, 1, 0, b"")
    assert inbox.peek() == (14, b"")
