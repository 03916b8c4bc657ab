"""Every suite, by full and by resumed handshake, against sessions recorded with OpenSSL 3.0.19.

The sessions were recorded with the client's random bytes fixed, so the server's datagrams fit what
the client sends here again.
"""

import json

from nce.dtls import cbc, primitives
from nce.dtls.advice import describe
from nce.dtls.aes import Aes128, each_block
from nce.dtls.aes_inverse import InverseAes128
from nce.dtls.cbc import CbcProtection
from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.gcm import Gcm
from nce.dtls.primitives import aes_block
from nce.dtls.saved import restore, save
from nce.dtls.suites import (
    ALL,
    PSK_AES_128_CBC_SHA256,
    PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,
    PSK_AES_128_CCM_8,
    key_block_length,
)

with open(__file__.rsplit("/", 2)[0] + "/vectors/dtls_sessions.json") as file:
    RECORDED = json.load(file)

# The GCM specification of McGrew and Viega, appendix B, test cases 1 to 4:
# (key, nonce, plaintext, additional data, ciphertext and tag).
GCM_VECTORS = (
    ("00" * 16, "00" * 12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    (
        "00" * 16,
        "00" * 12,
        "00" * 16,
        "",
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    ),
    (
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
        "",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
        "4d5c2af327cd64a62cf35abd2ba6fab4",
    ),
    (
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
)


def octets(text):
    return bytes.fromhex(text)


def fixed_bytes(count):
    return bytes(range(count))


def client_of(session, suites=None):
    if suites is None and "MAC-then-encrypt" in session["name"]:
        suites = (PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,)
    suites = suites or [suite for suite in ALL if suite.number == session["suite"]]
    return Client(
        RECORDED["identity"],
        octets(RECORDED["key"]),
        fixed_bytes,
        suites=suites,
        ticket=session["ticket"],
    )


def replay(client, steps):
    """The recorded talk again; returns the client's events."""
    events = []
    sent = []
    client.start(0)
    for step in steps:
        direction, datagram = step[0], octets(step[2:])
        if direction == "<":
            events += client.receive_datagram(datagram, 0)
            if isinstance(events[-1] if events else None, ApplicationData):
                client.close()
            continue
        sent += client.datagrams_to_send()
        if not sent:
            client.send(b"ping\n")
            sent += client.datagrams_to_send()
        assert sent.pop(0) == datagram, step
    assert not sent
    return events


def test_full_handshakes_of_every_suite():
    for session in RECORDED["sessions"]:
        client = client_of(session)
        events = replay(client, session["full"])
        assert isinstance(events[0], Connected), session["name"]
        assert not events[0].is_resumed
        assert events[0].suite.number == session["suite"]
        assert events[1:] == [ApplicationData(b"pong\n")], session["name"]
        assert client.dropped_records == 0
        assert client.encrypt_then_mac == ("encrypt-then-MAC" in session["name"])


def test_resumed_handshakes_of_every_suite_by_session_id_and_by_ticket():
    for session in RECORDED["sessions"]:
        client = client_of(session)
        replay(client, session["full"])
        again = client_of(session)
        assert not restore(again, save(client))
        events = replay(again, session["resumed"])
        assert isinstance(events[0], Connected), session["name"]
        assert events[0].is_resumed
        assert events[1:] == [ApplicationData(b"pong\n")], session["name"]
        assert bool(again.session[1]) == session["ticket"]


def test_cbc_without_encrypt_then_mac_is_refused_unless_asked_for():
    [session] = [one for one in RECORDED["sessions"] if "MAC-then-encrypt" in one["name"]]
    client = client_of(session, (PSK_AES_128_CBC_SHA256,))
    client.start(0)
    events = []
    for step in session["full"]:
        if step[0] == "<":
            events += client.receive_datagram(octets(step[2:]), 0)
    assert events == []  # nobody vouches for the server's hello yet
    while not events:
        client.receive_datagram(octets(session["full"][3][2:]), 0)
        events = client.handle_timeout(client.next_timeout())
    assert isinstance(events[0], Failed)
    assert events[0].error.alert == 40
    assert "encrypt-then-MAC" in str(events[0].error)
    assert not client.is_connected
    # Nor does a session come back that was made when it was asked for.
    lenient = client_of(session)
    replay(lenient, session["full"][:-3])
    assert lenient.is_connected
    kept = save(lenient)
    assert restore(client_of(session), kept, same_address=True)
    assert not restore(client_of(session, (PSK_AES_128_CBC_SHA256,)), kept, same_address=True)


def test_the_last_flight_of_a_resumed_handshake_goes_again_when_the_server_asks():
    session = RECORDED["sessions"][0]
    client = client_of(session)
    replay(client, session["full"])
    again = client_of(session)
    restore(again, save(client))
    again.start(0)
    again.datagrams_to_send()
    answers = [octets(step[2:]) for step in session["resumed"] if step[0] == "<"]
    for answer in answers[:-1]:
        again.receive_datagram(answer, 0)
    assert again.is_connected
    assert again.next_timeout() is None
    first = again.datagrams_to_send()[-1]
    hello = answers[-2]  # the server's flight, sent again
    again.receive_datagram(hello, 100)
    assert again.datagrams_to_send() == []  # ours is hardly out
    again.receive_datagram(hello, 2000)
    repeated = again.datagrams_to_send()
    assert len(repeated) == 1
    assert len(repeated[0]) == len(first)
    assert repeated[0] != first  # sealed anew
    # Data from the server says that it was understood.
    assert again.receive_datagram(answers[-1], 2100) == [ApplicationData(b"pong\n")]
    again.receive_datagram(hello, 9000)
    assert again.datagrams_to_send() == []


def test_gcm_vectors():
    for key, nonce, plaintext, additional, sealed in GCM_VECTORS:
        for block in (aes_block, lambda key: each_block(Aes128(key).encrypt)):
            gcm = Gcm(octets(key), 16, block)
            arguments = octets(nonce), octets(sealed), octets(additional)
            assert gcm.seal(octets(nonce), octets(plaintext), octets(additional)) == arguments[1]
            assert gcm.open(*arguments) == octets(plaintext)
            for index in range(len(arguments[1])):
                changed = bytearray(arguments[1])
                changed[index] ^= 1
                assert gcm.open(arguments[0], bytes(changed), arguments[2]) is None, index
            assert gcm.open(arguments[0], arguments[1][:15], arguments[2]) is None


def test_aes_backwards():
    # FIPS 197, C.1
    decrypt = InverseAes128(bytes(range(16))).decrypt
    block = bytearray(octets("69c4e0d86a7b0430d8cdb78070b4c55a"))
    decrypt(block, block)
    assert bytes(block) == octets("00112233445566778899aabbccddeeff")


def test_cbc_refuses_whatever_is_wrong_and_says_no_more():
    for encrypt_then_mac in (False, True):
        protection = CbcProtection(bytes(16), bytes(32), encrypt_then_mac)
        header = bytes(11)
        for length in (0, 1, 14, 15, 16, 31, 100):
            fragment = protection.seal(bytes(8), header, bytes(range(length)))
            assert protection.open(None, header, fragment) == bytes(range(length))
            assert protection.room(len(fragment)) >= length
            assert protection.room(len(fragment) - 1) < length or length % 16 != 15
            for index in range(len(fragment)):
                changed = bytearray(fragment)
                changed[index] ^= 0x11
                assert protection.open(None, header, bytes(changed)) is None, index
            for size in range(len(fragment)):
                assert protection.open(None, header, fragment[:size]) is None, size


def test_cbc_takes_no_padding_that_is_longer_than_the_text_though_the_code_is_right():
    """RFC 7366: the code vouches for the padding; a peer's mistake is still none of a record."""
    header, mac_key = bytes(11), bytes(32)
    opener = CbcProtection(bytes(16), mac_key, True)
    for size in (16, 32):
        for padding, length in ((size - 1, 0), (size - 2, 1), (size, None), (255, None)):
            body = bytearray(size - 1) + bytes((padding,))
            primitives.cbc_encryptor(bytes(16), bytes(16))(body, body)
            fragment = bytes(16) + body
            code = primitives.Hmac(mac_key).digest(header, bytes((0, len(fragment))), fragment)
            opened = opener.open(None, header, fragment + code)
            assert opened == (None if length is None else bytes(length)), (size, padding)


def compressions(opener, header, fragment):
    """What `open` returns, and how often SHA-256's compression ran (FIPS 180-4, 5.1.1)."""
    counted = []
    whole = primitives.sha256

    def counting(*parts):
        counted.append((sum([len(part) for part in parts]) + 8) // 64 + 1)
        return whole(*parts)

    primitives.sha256 = cbc.sha256 = counting
    try:
        return opener.open(None, header, fragment), sum(counted)
    finally:
        primitives.sha256 = cbc.sha256 = whole


def test_under_the_encryption_a_wrong_record_takes_as_many_compressions_as_a_right_one():
    """RFC 5246, 6.2.3.2. The number tells how long the padding was, and so a byte of plaintext."""
    header, mac_key = bytes(11), bytes(32)
    opener = CbcProtection(bytes(16), mac_key, False)
    hmac = primitives.Hmac(mac_key)
    # Those of the longest plaintext: inner 3 or 6, outer 2, and 1 of the bytes that fill up.
    for size, total in ((112, 6), (272, 9)):
        room = size - 33
        seen = set()
        for padding in range(min(256, room + 1)):
            text = bytes(room - padding)
            code = hmac.digest(header, bytes((len(text) >> 8, len(text) & 0xFF)), text)
            body = text + code + bytes((padding,)) * (padding + 1)
            for place in (None, len(text), size - 1 - padding, size - 1):
                changed = bytearray(body)
                if place is not None:
                    changed[place] ^= 0xFF
                primitives.cbc_encryptor(bytes(16), bytes(16))(changed, changed)
                opened, count = compressions(opener, header, bytes(16) + changed)
                assert opened == (text if place is None else None), (padding, place)
                seen.add(count)
        assert seen == {total}, size


def test_a_record_fills_the_datagram_and_no_more():
    for session in RECORDED["sessions"]:
        client = client_of(session)
        replay(client, session["full"][:-3])
        assert client.is_connected
        for connection_id in (b"", b"abcdef"):
            client.records.connection_id = connection_id
            client.send(bytes(client.max_data))
            size = len(client.datagrams_to_send()[0])
            assert 1152 - 16 < size <= 1152, (session["name"], size)


def test_key_block_lengths():
    # RFC 5246, 6.3; RFC 6655, 3: two keys and two salts of 4 bytes, or MAC keys of 32 and no salt.
    assert [key_block_length(suite) for suite in ALL] == [40, 40, 40, 96]
    assert ALL[0] is PSK_AES_128_CCM_8


def test_a_resumption_that_changes_the_session_is_refused():
    session = RECORDED["sessions"][1]
    client = client_of(session)
    replay(client, session["full"])
    again = client_of(session)
    restore(again, save(client))
    held = again.session
    again.session = (held[0], held[1], bytes(48), held[3])
    again.start(0)
    again.datagrams_to_send()
    events = []
    for step in session["resumed"]:
        if step[0] == "<":
            events += again.receive_datagram(octets(step[2:]), 0)
    # Its Finished was made with another secret: it is no genuine record.
    assert events == []
    assert again.dropped_records
    while not events:
        events = again.handle_timeout(again.next_timeout())
    assert isinstance(events[0], Failed)
    assert "alert" not in describe(40)[5:]
