"""The DTLS client against a recorded session with OpenSSL 3.0.19, whole, in pieces and damaged.

The session was recorded with the client's random bytes fixed, so the server's datagrams fit what
the client sends here again.
"""

import json

from nce.dtls.advice import refused, timed_out
from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.errors import (
    HandshakeBroken,
    HandshakeRefused,
    HandshakeTimeout,
    RecordTooLarge,
    SessionClosed,
)
from nce.dtls.parameters import LTE_M, NB_IOT
from nce.dtls.record import Records, headers_of
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

HEADER = 13
HANDSHAKE_HEADER = 12


def fixed_bytes(count):
    return bytes(range(count))


def new_client(parameters=None):
    if parameters is None:
        client = Client(IDENTITY, KEY, fixed_bytes)
    else:
        client = Client(IDENTITY, KEY, fixed_bytes, parameters)
    client.start(0)
    return client


def connected_client():
    client = new_client()
    for datagram in (VERIFY, SERVER_HELLO, FINISHED):
        client.receive_datagram(datagram, 0)
    client.datagrams_to_send()
    assert client.is_connected
    return client


def alert(level, description):
    return bytes.fromhex("15fefd00000000000000090002") + bytes((level, description))


def records_of(datagram):
    records = []
    at = 0
    while at < len(datagram):
        end = at + HEADER + (datagram[at + 11] << 8 | datagram[at + 12])
        records.append(datagram[at:end])
        at = end
    return records


def fragmented(record, size):
    """A record's one handshake message as records of fragments of at most `size` bytes."""
    header = record[:11]
    message = record[HEADER:]
    body = message[HANDSHAKE_HEADER:]
    pieces = []
    for offset in range(0, len(body), size):
        piece = body[offset : offset + size]
        fragment = message[:6] + bytes((0, 0, offset, 0, 0, len(piece))) + piece
        pieces.append(header + bytes((0, len(fragment))) + fragment)
    return pieces or [record]


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (arguments,))


def given_up(client, answer=b"", times=9):
    """The error after the last copy; `answer` comes after each of the first `times` copies."""
    events = []
    for _ in range(9):
        if times:
            times -= 1
            assert client.receive_datagram(answer, 0) == []
        events += client.handle_timeout(client.next_timeout())
        if events:
            assert client.next_timeout() is None
            return events[0].error
    raise AssertionError("it goes on for ever")


def sequence_numbers(datagrams):
    return [record[3:11] for datagram in datagrams for record in records_of(datagram)]


def test_a_recorded_session_of_openssl():
    client = new_client()
    assert client.datagrams_to_send() == [HELLO]
    assert client.receive_datagram(VERIFY, 10) == []
    assert client.datagrams_to_send() == [HELLO_WITH_COOKIE]
    assert client.receive_datagram(SERVER_HELLO, 20) == []
    assert client.datagrams_to_send() == [KEY_PROOF]
    events = client.receive_datagram(FINISHED, 30)
    assert isinstance(events[0], Connected)
    assert events[0].suite.number == 0xC0A8
    assert client.next_timeout() is None
    client.send(b"ping\n")
    assert client.datagrams_to_send() == [PING]
    assert client.receive_datagram(PONG, 40) == [ApplicationData(b"pong\n")]
    assert client.dropped_records == 0
    assert client.sent_bytes == 75 + 95 + 104 + 34
    assert client.received_bytes == len(VERIFY + SERVER_HELLO + FINISHED + PONG)


def test_a_server_that_asks_for_no_cookie_is_taken_at_its_word():
    client = new_client()
    hello = bytearray(SERVER_HELLO)
    for record in records_of(SERVER_HELLO):
        hello[SERVER_HELLO.find(record) + HEADER + 5] -= 1  # message_seq 0 and 1
    client.receive_datagram(bytes(hello), 0)
    sent = client.datagrams_to_send()
    assert len(sent) == 2
    assert sent[1][HEADER + 5] == 1  # ClientKeyExchange follows ClientHello 0


def test_records_and_fragments_in_any_order_and_twice():
    for size in (1, 7, 40, 81):
        pieces = []
        for record in records_of(SERVER_HELLO):
            pieces += fragmented(record, size)
        for arrival in (pieces, list(reversed(pieces)), pieces[1:] + pieces[:1]):
            client = new_client()
            client.receive_datagram(VERIFY, 0)
            client.datagrams_to_send()
            for piece in arrival:
                client.receive_datagram(piece, 0)
                client.receive_datagram(piece, 0)
            assert client.datagrams_to_send() == [KEY_PROOF], size
            # Finished overtakes the ChangeCipherSpec.
            for record in reversed(records_of(FINISHED)):
                client.receive_datagram(record, 0)
            assert client.is_connected


def test_all_fragments_in_one_record():
    pieces = fragmented(records_of(SERVER_HELLO)[0], 20)
    body = b"".join([piece[HEADER:] for piece in pieces])
    record = SERVER_HELLO[:11] + bytes((0, len(body))) + body
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    client.receive_datagram(record + records_of(SERVER_HELLO)[1], 0)
    assert client.datagrams_to_send() == [KEY_PROOF]


def test_a_damaged_message_does_not_outlive_the_true_one():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    for index in (HEADER + 3, HEADER + 11, HEADER + 12, HEADER + 46):
        damaged = bytearray(records_of(SERVER_HELLO)[0])
        damaged[index] ^= 0x40
        if damaged[HEADER] == 2:  # an unknown message type would end the handshake
            client.receive_datagram(bytes(damaged), 0)
    client.receive_datagram(SERVER_HELLO, 0)
    assert client.datagrams_to_send() == [KEY_PROOF]
    assert client.dropped_records


def test_a_whole_message_that_made_no_sense_gives_way_to_the_true_one_in_pieces():
    hello, done = records_of(SERVER_HELLO)
    other = bytearray(hello)
    other[hello.find(b"\xc0\xa8") + 1] = 0xA9  # a suite that was not offered
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    client.receive_datagram(bytes(other), 0)
    assert client.dropped_records == 1
    for piece in fragmented(hello, 40):
        client.receive_datagram(piece, 0)
    client.receive_datagram(done, 0)
    assert client.datagrams_to_send() == [KEY_PROOF]


def test_a_flight_is_sent_again_with_the_timer_doubled_and_new_record_numbers():
    for parameters, times in (
        (None, (1000, 3000, 7000, 15000, 31000, 63000)),
        (LTE_M, (4000, 12000, 28000, 60000, 120000)),
        (NB_IOT, (9000, 27000, 63000, 123000, 183000)),
    ):
        client = new_client(parameters)
        sent = client.datagrams_to_send()
        for time_ms in times[:-1]:
            assert client.next_timeout() == time_ms
            assert client.handle_timeout(time_ms - 1) == []
            assert client.datagrams_to_send() == []
            assert client.handle_timeout(time_ms) == []
            sent += client.datagrams_to_send()
        events = client.handle_timeout(times[-1])
        assert isinstance(events[0], Failed)
        assert isinstance(events[0].error, HandshakeTimeout)
        assert events[0].error.flight == 1
        assert client.next_timeout() is None
        assert len(set(sequence_numbers(sent))) == len(times)
        assert len(set([datagram[HEADER:] for datagram in sent])) == 1


def test_who_asks_for_cookies_on_and_on_is_not_answered_for_ever():
    client = new_client()
    hellos = client.datagrams_to_send()
    events = []
    number = 0
    while not events:
        for _ in range(40):
            verify = bytearray(VERIFY)
            verify[HEADER + 5] = number % 5
            verify[-1] = number & 0xFF  # another cookie each time
            number += 1
            assert client.receive_datagram(bytes(verify), client.next_timeout() - 1) == []
            hellos += client.datagrams_to_send()
        now_ms = client.next_timeout()
        events = client.handle_timeout(now_ms)
        hellos += client.datagrams_to_send()
    # The first hello, and all the copies of the second one, each of which may change the cookie.
    assert len(hellos) == 1 + 6
    assert isinstance(events[0].error, HandshakeTimeout)
    assert events[0].error.flight == 3
    assert now_ms < 1000 + 63000  # no longer than silence
    assert [hello[HEADER + 5] for hello in hellos] == [0] + 6 * [1]


def test_a_cookie_that_no_longer_counts_is_changed_after_a_retransmission():
    client = new_client()
    forged = VERIFY[:-1] + bytes((VERIFY[-1] ^ 1,))
    client.receive_datagram(forged, 0)
    client.datagrams_to_send()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(VERIFY, 0)
    assert client.datagrams_to_send() == []  # soon after, it may be anybody's
    client.handle_timeout(client.next_timeout())
    client.datagrams_to_send()
    client.receive_datagram(VERIFY, 1500)
    client.receive_datagram(forged, 1500)
    [hello] = client.datagrams_to_send()
    assert hello[HEADER:] == HELLO_WITH_COOKIE[HEADER:]
    client.receive_datagram(SERVER_HELLO, 1600)
    client.datagrams_to_send()
    client.receive_datagram(FINISHED, 1700)
    assert client.is_connected


def test_a_copy_of_the_request_that_was_answered_is_not_answered_again():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.handle_timeout(client.next_timeout())
    client.datagrams_to_send()
    client.receive_datagram(VERIFY, 1500)
    assert client.datagrams_to_send() == []
    assert client.dropped_records == 1


def test_the_proof_of_the_key_is_sent_again_sealed_anew():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(SERVER_HELLO, 0)
    sent = client.datagrams_to_send()
    for _ in range(3):
        client.handle_timeout(client.next_timeout())
        sent += client.datagrams_to_send()
    numbers = sequence_numbers(sent)
    assert len(set(numbers)) == len(numbers)
    # The server's flight again says that ours was lost: it is answered, but not at once.
    now_ms = client.next_timeout() - 4000
    client.receive_datagram(SERVER_HELLO, now_ms - 4000)
    assert client.datagrams_to_send() == []
    client.receive_datagram(SERVER_HELLO, now_ms)
    assert len(client.datagrams_to_send()) == 1
    client.receive_datagram(FINISHED, now_ms)
    assert client.is_connected


def awaiting_finished():
    """A client that has sent its proof of the key."""
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(SERVER_HELLO, 0)
    assert client.datagrams_to_send() == [HELLO, HELLO_WITH_COOKIE, KEY_PROOF]
    return client


def test_a_message_in_the_clear_when_finished_alone_is_due_asks_for_our_flight_again():
    """With a number still to come it is no more than a repeated one: no message of the handshake,
    and nothing that the advice may repeat.
    """
    client = awaiting_finished()
    done = bytearray(records_of(SERVER_HELLO)[1])
    assert done[HEADER + 5] == 2
    done[HEADER + 5] = 3
    client.receive_datagram(bytes(done), 600)
    assert len(client.datagrams_to_send()) == 1
    assert (client.flight.hint, client.dropped_records) == (None, 0)
    client.receive_datagram(FINISHED, 700)
    assert client.is_connected


def test_a_request_for_a_cookie_after_the_hello_is_dropped_and_no_hint():
    client = awaiting_finished()
    client.handle_timeout(client.next_timeout())
    client.datagrams_to_send()
    client.receive_datagram(VERIFY, client.next_timeout() - 1)
    assert client.datagrams_to_send() == []
    assert (client.flight.hint, client.dropped_records) == (None, 1)


def test_a_hello_request_in_a_handshake_means_nothing_and_is_no_hint():
    """RFC 5246, 7.4.1.1."""
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.datagrams_to_send()
    request = b"\x16\xfe\xfd" + bytes(9) + b"\x0c" + bytes(4) + b"\x00\x01" + bytes(6)
    client.receive_datagram(request, 0)
    assert (client.flight.hint, client.dropped_records) == (None, 1)
    client.receive_datagram(SERVER_HELLO, 0)
    assert client.datagrams_to_send() == [KEY_PROOF]


def test_a_message_too_far_ahead_is_dropped_and_counted_once():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    far = bytearray(records_of(SERVER_HELLO)[1])
    far[HEADER + 4] = 1  # message 258
    client.receive_datagram(bytes(far), 0)
    assert client.dropped_records == 1


def test_a_repeated_flight_uses_no_number_that_is_not_reserved():
    for spare, copies in ((0, 0), (1, 1)):
        client = new_client()
        client.receive_datagram(VERIFY, 0)
        client.receive_datagram(SERVER_HELLO, 0)
        client.datagrams_to_send()
        client.records.limit = client.records.sequences[1] + spare
        client.receive_datagram(SERVER_HELLO, 600)
        assert len(client.datagrams_to_send()) == copies


def test_the_timer_falls_back_once_a_flight_came_through_at_the_first_attempt():
    # RFC 6347, 4.2.4.1
    assert Client(IDENTITY, KEY, fixed_bytes).next_timeout() is None
    client = new_client()
    client.handle_timeout(1000)
    client.receive_datagram(VERIFY, 1500)
    assert client.next_timeout() == 1500 + 2000
    client.receive_datagram(SERVER_HELLO, 1600)
    assert client.next_timeout() == 1600 + 1000


def test_a_flight_that_has_no_copy_left_is_not_repeated_for_the_server_either():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(SERVER_HELLO, 0)
    for _ in range(5):
        client.handle_timeout(client.next_timeout())
    client.datagrams_to_send()
    client.receive_datagram(SERVER_HELLO, client.next_timeout() - 1)
    assert client.datagrams_to_send() == []


def test_an_alert_uses_no_number_that_is_not_reserved():
    for spare, sent in ((0, 0), (1, 1)):
        client = connected_client()
        client.records.limit = client.records.sequences[1] + spare
        client.close()
        assert len(client.datagrams_to_send()) == sent
    # RFC 6347, 4.1: nor does one after the last of all numbers raise anything.
    for number, sent in (((1 << 48) - 1, 1), (1 << 48, 0)):
        client = connected_client()
        client.records.sequences[1] = number
        client.close()
        assert len(client.datagrams_to_send()) == sent


def forgeries():
    """What somebody without the key can make up from what he reads."""
    made = [alert(2, description) for description in range(0, 121, 10)]
    made += [alert(1, 0), alert(3, 40), alert(2, 115)[:-1], b"\x15\xfe\xfd\x00\x01" + bytes(20)]
    suite = SERVER_HELLO.find(b"\xc0\xa8\x00\x00\x09")
    for offset, value in ((0, 0), (1, 0xA9), (2, 1), (4, 8), (11, 0x18), (6, 0xFE)):
        changed = bytearray(SERVER_HELLO)
        changed[suite + offset] = value
        made.append(bytes(changed))
    hello = records_of(SERVER_HELLO)[0]
    for kind in (0, 4, 11, 12, 13, 15, 16, 20, 21, 99):
        for seq in range(4):
            changed = bytearray(hello)
            changed[HEADER] = kind
            changed[HEADER + 5] = seq
            made.append(bytes(changed))
    return made


def test_forgeries_at_every_step_change_no_byte_of_ours():
    flights = (HELLO, HELLO_WITH_COOKIE, KEY_PROOF)
    for step in range(3):
        client = new_client()
        for number, answer in enumerate((VERIFY, SERVER_HELLO, FINISHED)):
            assert client.datagrams_to_send() == [flights[number]]
            if number == step:
                # One that asks for another cookie in time is believed once: it is tried apart.
                for forgery in forgeries() + ([VERIFY[:-1] + b"?"] if step else []):
                    assert client.receive_datagram(forgery, 0) == [], forgery
            assert client.datagrams_to_send() == []
            client.receive_datagram(answer, 0)
        assert client.is_connected
        assert client.dropped_records > 20


def test_a_silent_server_after_our_finished_points_to_the_key():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(SERVER_HELLO, 0)
    events = []
    while not events:
        events = client.handle_timeout(client.next_timeout())
    assert events[0].error.flight == 5
    assert "key is wrong" in str(events[0].error)


def test_the_advice_knows_the_usual_slips_with_a_key_and_quotes_none():
    for key, words, other in (
        (b"00112233445566778899aabbccddeeff", "bytes.fromhex(key), of 16 bytes", "0011"),
        (KEY, "not printable", "11223"),
        (b"aB3dE6gH9jK2mN5p", "16 printable characters", "aB3d"),
    ):
        for error in (timed_out(5, 6, 0, key), refused(51, key), refused(20, key)):
            assert words in str(error), error
            assert other not in str(error)
        for error in (timed_out(1, 6, 0, key), refused(115, key)):
            assert words not in str(error)


def test_renegotiation_is_refused_with_a_warning_once():
    client = connected_client()
    # HelloRequest, sealed with the keys of the recorded server: made by its own protection.
    server = Records()
    server.protect(client.suite, client.key_block)
    server._protections = [server._protections[1]]
    server.sequences[1] = 100
    hello_request = bytes(12)
    for _ in range(3):
        assert client.receive_datagram(server.seal(1, 22, hello_request), 0) == []
    [refusal] = client.datagrams_to_send()
    reader = Records()
    reader.protect(client.suite, client.key_block)
    reader._protections = [None, reader._protections[0]]
    assert reader.open(refusal, headers_of(refusal)[0]) == b"\x01\x64"  # no_renegotiation
    assert client.is_connected
    # A whole new hello of the server's means nothing either.
    assert client.receive_datagram(server.seal(1, 22, b"\x02" + bytes(11)), 0) == []
    assert client.datagrams_to_send() == []


def test_alerts_in_the_clear_are_hints_that_say_at_the_end_what_to_do():
    for description, words in (
        (115, "does not know our identity"),
        (40, "cipher suite"),
        (51, "key is wrong"),
        (20, "key is wrong"),
        (70, "DTLS 1.2"),
        (80, "unknown identity"),
        (99, "unknown alert"),
    ):
        error = given_up(new_client(), alert(2, description))
        assert isinstance(error, HandshakeRefused)
        assert (error.alert, error.flight) == (description, 1)
        assert words in str(error), description
        # Met by one copy alone it may be anybody's: the error is that of a silent server.
        error = given_up(new_client(), alert(2, description), 1)
        assert isinstance(error, HandshakeTimeout)
        assert error.hint == description
        assert words in str(error)
        assert "perhaps forged" in str(error)
        assert "perhaps forged" not in str(given_up(new_client(), alert(1, 90)))  # a warning


def test_an_alert_that_has_not_two_bytes_is_dropped_and_no_hint():
    client = new_client()
    for count, body in enumerate((b"", b"\x02", b"\x02\x28\x00")):
        record = alert(0, 0)[:11] + bytes((0, len(body))) + body
        assert client.receive_datagram(record, 0) == []
        assert client.dropped_records == count + 1
    assert client.flight.hint is None


def test_a_hint_is_of_its_flight_and_the_newest_counts():
    client = new_client()
    for _ in range(2):
        client.receive_datagram(alert(2, 40), 0)
        client.handle_timeout(client.next_timeout())
    client.receive_datagram(VERIFY, 0)
    assert "alert" not in str(given_up(client))
    client = new_client()
    for description in (40, 40, 115, 70):
        client.receive_datagram(alert(2, description), 0)
        client.handle_timeout(client.next_timeout())
    error = given_up(client)
    assert isinstance(error, HandshakeTimeout)
    assert "protocol_version" in str(error)


def test_a_refused_proof_of_the_key_is_told_once_and_believed_in_the_end():
    client = new_client()
    client.receive_datagram(VERIFY, 0)
    client.receive_datagram(SERVER_HELLO, 0)
    error = given_up(client, alert(2, 115), 1)
    assert isinstance(error, HandshakeRefused)
    assert (error.alert, error.flight) == (115, 5)


def test_a_suite_or_extension_that_was_not_offered_is_refused_with_an_alert():
    suite = SERVER_HELLO.find(b"\xc0\xa8\x00\x00\x09")
    for offset, value, description in ((1, 0xA9, 47), (11, 0x18, 110)):
        changed = bytearray(SERVER_HELLO)
        changed[suite + offset] = value
        for times, kind in ((9, HandshakeBroken), (1, HandshakeTimeout)):
            client = new_client()
            client.receive_datagram(VERIFY, 0)
            client.datagrams_to_send()
            error = given_up(client, bytes(changed), times)
            assert isinstance(error, kind), offset
            assert "did not offer" in str(error)
            # The server is told when we give up, not when anybody says so.
            last = client.datagrams_to_send()[-1]
            if times == 9:
                assert error.alert == description
                assert last[-2:] == bytes((2, description))
            else:
                assert last[0] == 22


def test_records_that_are_replayed_forged_or_out_of_place_are_dropped_silently():
    client = connected_client()
    assert len(client.receive_datagram(PONG, 0)) == 1
    for datagram in (
        PONG,  # replayed
        b"",
        b"\x17",
        PONG[:-1],
        b"\x00" * 40,
        HELLO,
        VERIFY,
        FINISHED,
        alert(2, 115),  # nobody vouches for epoch 0
        b"\x17\xfe\xfd\x00\x02" + PONG[5:],  # an epoch to come
        b"\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x02\x00\x03abc",  # no room for a tag
    ):
        before = client.dropped_records
        assert client.receive_datagram(datagram, 0) == [], datagram
        assert client.dropped_records > before
        assert client.datagrams_to_send() == []
    for index in range(HEADER, len(PONG)):
        changed = bytearray(PONG)
        changed[10] = 7  # a new sequence number
        changed[index] ^= 1
        assert client.receive_datagram(bytes(changed), 0) == []
    assert client.is_connected


def test_a_genuine_record_after_forged_ones_of_the_same_number_is_taken():
    client = connected_client()
    forged = bytearray(PONG)
    forged[-1] ^= 1
    assert client.receive_datagram(bytes(forged), 0) == []
    assert client.receive_datagram(PONG, 0) == [ApplicationData(b"pong\n")]


def test_a_client_starts_once_and_hears_nothing_before_or_after():
    idle, stopped, ended = Client(IDENTITY, KEY, fixed_bytes), new_client(), connected_client()
    stopped.stop()
    ended.close()
    for client, dropped in ((idle, 6), (stopped, 0), (ended, 0)):
        client.datagrams_to_send()
        before = client.dropped_records
        for datagram in (VERIFY, SERVER_HELLO, FINISHED, alert(2, 40)):
            assert client.receive_datagram(datagram, 0) == []
        assert client.dropped_records - before == dropped
        assert client.handle_timeout(1000000) == []
        assert client.datagrams_to_send() == []
        assert (client.next_timeout(), client.max_data) == (None, 0)
    idle.start(0)
    assert idle.datagrams_to_send() == [HELLO]
    for client in (idle, stopped, ended, connected_client()):
        was_connected = client.is_connected
        error_of(UsageError, client.start, 0)
        assert client.is_connected is was_connected
        assert client.datagrams_to_send() == []


def test_data_that_does_not_fit_or_has_no_session_is_refused():
    client = new_client()
    error_of(SessionClosed, client.send, b"early")
    client = connected_client()
    assert client.max_data == 1152 - 29
    client.send(b"a" * client.max_data)
    assert len(client.datagrams_to_send()[0]) == 1152
    error_of(RecordTooLarge, client.send, b"a" * (client.max_data + 1))
    client.close()
    assert len(client.datagrams_to_send()[0]) == 31
    error_of(SessionClosed, client.send, b"late")
    assert client.receive_datagram(PONG, 0) == []


def test_keys_and_identities_are_checked_and_never_shown():
    for identity, key in ((IDENTITY, b""), (IDENTITY, b"a" * 257), ("", KEY), ("a" * 129, KEY)):
        error_of(UsageError, Client, identity, key, fixed_bytes)
    for size in (127, 65536):
        error_of(UsageError, Client, IDENTITY, KEY, fixed_bytes, LTE_M, size)
    for size in (128, 65535):
        Client(IDENTITY, KEY, fixed_bytes, LTE_M, size)
    assert "fromhex" in str(error_of(UsageError, Client, IDENTITY, "00112233", fixed_bytes))
    text = repr(new_client())
    assert "%d bytes" % len(IDENTITY) in text
    assert IDENTITY not in text


def test_bad_bytes_never_raise():
    # Every byte of every datagram of the handshake changed, one at a time.
    for stage, datagrams in enumerate(((VERIFY,), (SERVER_HELLO,), (FINISHED,))):
        for datagram in datagrams:
            for index in range(len(datagram)):
                client = new_client()
                for earlier in (VERIFY, SERVER_HELLO)[:stage]:
                    client.receive_datagram(earlier, 0)
                changed = bytearray(datagram)
                changed[index] ^= 0xFF
                client.receive_datagram(bytes(changed), 0)
                client.receive_datagram(bytes(changed)[:index], 0)


def test_a_closed_session_says_so_once():
    client = connected_client()
    client.close()
    assert client.datagrams_to_send()
    client.close()
    assert client.datagrams_to_send() == []
