"""Short messages as octets, against python-messaging and the vectors everybody knows."""

import random
from datetime import UTC, datetime

import pytest

from nce_sim.wire.sms import gsm7, tpdu

NOON = datetime(2026, 1, 31, 12, 34, 56, tzinfo=UTC)
ALL = "".join(character for character in gsm7.ALPHABET if character != "\x1b")
EXTENDED = "".join(gsm7.EXTENSION.values())

TEXTS = [
    "",
    "h",
    "hellohello",
    "1234567",
    "12345678",
    "5 € {in} [all]",
    "@",
    "x" * 160,
    "Zażółć gęślą jaźń",
    "漢字" * 35,
]


@pytest.mark.parametrize(
    ("text", "packed"),
    [("hellohello", "e8329bfd4697d9ec37"), ("How are you?", "c8f71d14969741f977fd07")],
)
def test_known_texts_pack_as_in_the_books(text, packed):
    septets = gsm7.encode(text)
    assert gsm7.pack(septets).hex() == packed
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(packed), len(septets))) == text


def test_the_alphabet_is_that_of_another_implementation():
    gsm0338 = pytest.importorskip("messaging.sms.gsm0338")
    import codecs

    assert gsm0338 is not None
    for character in ALL + EXTENDED:
        assert codecs.encode(character, "gsm0338") == gsm7.encode(character), character


def test_seven_bits_survive_every_fill():
    randomness = random.Random(1)
    for count in range(40):
        for fill in range(7):
            septets = bytes(randomness.randrange(128) for _ in range(count))
            assert gsm7.unpack(gsm7.pack(septets, fill), count, fill) == septets


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("number", ["+4915112345678", "1234", "447700900123"])
def test_a_submit_of_another_implementation_is_understood(text, number):
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    submit = sms.SmsSubmit(number, text)
    submit.request_status = bool(len(text) % 2)
    [pdu] = submit.to_pdu()
    # In front stands the service centre's address: its length and itself.
    octets = bytes.fromhex(pdu.pdu)
    parsed = tpdu.Submit.parse(octets[1 + octets[0] :])
    assert parsed.user_data.text == text
    assert parsed.destination == number
    assert parsed.wants_report == submit.request_status


@pytest.mark.parametrize("text", ["long " * 60, "ł" * 200])
def test_the_parts_of_a_long_message_are_understood(text):
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    parts = []
    for pdu in sms.SmsSubmit("+4915112345678", text).to_pdu():
        octets = bytes.fromhex(pdu.pdu)
        parts.append(tpdu.Submit.parse(octets[1 + octets[0] :]).user_data)
    assert len({part.part[0] for part in parts}) == 1
    assert [part.part[1:] for part in parts] == [
        (len(parts), number) for number in range(1, len(parts) + 1)
    ]
    assert "".join(part.text for part in parts) == text


def test_a_submit_from_the_books_is_understood():
    parsed = tpdu.Submit.parse(bytes.fromhex("11000B916407281553F80000AA0AE8329BFD4697D9EC37"))
    assert parsed.destination == "+46708251358"
    assert (parsed.user_data.text, parsed.validity) == ("hellohello", b"\xaa")


DELIVERIES = [
    (("8822851000", tpdu.INTERNATIONAL), tpdu.UserData(0, b"", gsm7.encode("hello € 1"))),
    (("1234567", tpdu.NATIONAL), tpdu.UserData(8, b"", "漢字".encode("utf-16-be"))),
    (("1NCE", tpdu.ALPHANUMERIC), tpdu.UserData(0, b"", gsm7.encode("from a name"))),
    (("12345", 161), tpdu.UserData(0, bytes.fromhex("0500035c0201"), gsm7.encode("part one"))),
]


@pytest.mark.parametrize(("source", "user_data"), DELIVERIES)
def test_a_delivery_is_understood_by_another_implementation(source, user_data):
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    octets = tpdu.deliver(source, user_data, at=NOON)
    heard = sms.SmsDeliver("00" + octets.hex().upper())
    assert heard.text == user_data.text
    assert heard.number.lstrip("+") == source[0]
    assert heard.date == NOON.replace(tzinfo=None)
    assert (heard.udh is not None) == bool(user_data.header)


def test_binary_deliveries_carry_their_octets():
    octets = tpdu.deliver(("1", 161), tpdu.UserData(4, b"", bytes(range(140))), at=NOON)
    assert octets[-141:] == bytes([140, *range(140)])


def test_a_status_report_is_understood_by_another_implementation():
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    done = NOON.replace(hour=13)
    octets = tpdu.status_report(
        7, "+4915112345678", submitted_at=NOON, done_at=done, status=tpdu.RECEIVED
    )
    report = sms.SmsDeliver("00" + octets.hex().upper())
    assert report.sr["recipient"] == "+4915112345678"
    assert report.sr["status"] == 0
    assert report.sr["scts"] == NOON.replace(tzinfo=None)
    assert report.sr["dt"] == done.replace(tzinfo=None)
    assert octets[1] == 7


def test_octets_at_random_are_refused_and_never_crash():
    randomness = random.Random(3)
    for _ in range(20_000):
        octets = randomness.randbytes(randomness.randrange(40))
        try:
            tpdu.Submit.parse(octets)
        except tpdu.TpduMistake:
            pass


@pytest.mark.parametrize("cut", range(23))
def test_a_submit_cut_short_is_refused(cut):
    whole = bytes.fromhex("11000B916407281553F80000AA0AE8329BFD4697D9EC37")
    with pytest.raises(tpdu.TpduMistake):
        tpdu.Submit.parse(whole[:cut])


def test_a_character_that_is_not_in_the_alphabet_is_named():
    with pytest.raises(ValueError, match=r"'ł'.*UCS2"):
        gsm7.encode("ł")
