"""Short messages as octets, against python-messaging and the vectors everybody knows."""

import random
from datetime import UTC, datetime

import pytest

from nce_sim.wire.sms import address, gsm7, tpdu
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.user_data import UserData, alphabet_of

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
    assert parsed.destination.text == number
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
    assert parsed.destination.text == "+46708251358"
    assert (parsed.user_data.text, parsed.validity) == ("hellohello", b"\xaa")


DELIVERIES = [
    (("8822851000", address.INTERNATIONAL), UserData(0, b"", gsm7.encode("hello € 1"))),
    (("1234567", address.NATIONAL), UserData(8, b"", "漢字".encode("utf-16-be"))),
    (("1NCE", address.ALPHANUMERIC), UserData(0, b"", gsm7.encode("from a name"))),
    (("12345", 161), UserData(0, bytes.fromhex("0500035c0201"), gsm7.encode("part one"))),
]


@pytest.mark.parametrize(("source", "user_data"), DELIVERIES)
def test_a_delivery_is_understood_by_another_implementation(source, user_data):
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    octets = tpdu.Deliver(PhoneNumber(*source), user_data, tpdu.timestamp(NOON)).encode()
    heard = sms.SmsDeliver("00" + octets.hex().upper())
    assert heard.text == user_data.text
    assert heard.number.lstrip("+") == source[0]
    assert heard.date == NOON.replace(tzinfo=None)
    assert (heard.udh is not None) == bool(user_data.header)


def test_binary_deliveries_carry_their_octets():
    content = UserData.of_octets(bytes(range(140)))
    octets = tpdu.Deliver(PhoneNumber("1"), content, tpdu.timestamp(NOON)).encode()
    assert octets[-141:] == bytes([140, *range(140)])


def test_a_status_report_is_understood_by_another_implementation():
    sms = pytest.importorskip("messaging.sms", reason="python-messaging is not installed")
    done = NOON.replace(hour=13)
    octets = tpdu.StatusReport(
        *(7, PhoneNumber("+4915112345678")),
        *(tpdu.timestamp(NOON), tpdu.timestamp(done), tpdu.RECEIVED),
    ).encode()
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
        for parse in (tpdu.Submit.parse, tpdu.parse_downlink):
            try:
                parse(octets)
            except TpduMistake:
                pass


@pytest.mark.parametrize("cut", range(23))
def test_a_submit_cut_short_is_refused(cut):
    whole = bytes.fromhex("11000B916407281553F80000AA0AE8329BFD4697D9EC37")
    with pytest.raises(TpduMistake):
        tpdu.Submit.parse(whole[:cut])


def test_a_character_that_is_not_in_the_alphabet_is_named():
    with pytest.raises(ValueError, match=r"'ł'.*UCS2"):
        gsm7.encode("ł")


# -- both directions, by the tables of TS 23.040, 9.2.2 and 9.1.2.5 ------------------------------

ADDRESSES = [
    ("+4915112345678", -1, "0d919451113254 76f8"),
    ("4915112345678", 145, "0d919451113254 76f8"),
    ("*100#", -1, "0581 1a00fb"),
    ("12345678901234567890", 161, "14a1 21436587092143658709"),
    ("1NCE", 208, "07d0 31e7b008"),
    ("hellohello", 208, "12d0 e8329bfd4697d9ec37"),
]


@pytest.mark.parametrize(("text", "toa", "octets"), ADDRESSES)
def test_an_address_is_written_and_read(text, toa, octets):
    octets = bytes.fromhex(octets)
    number = PhoneNumber(text, toa)
    assert number.encode() == octets
    read, end = address.parse_number(b"??" + octets, 2)
    assert (read.text.lstrip("+"), end) == (text.lstrip("+"), len(octets) + 2)
    assert read.toa == octets[1]
    assert read.text.startswith("+") is (octets[1] == 145)


@pytest.mark.parametrize(
    ("text", "toa", "words"),
    [
        ("", -1, "not 0"),
        ("+", -1, "not 0"),
        ("1" * 21, -1, "not 21"),
        ("12x", -1, "'x'"),
        ("twelve chars", 208, "not 12"),
        ("\u0142", 208, "UCS2"),
    ],
)
def test_an_address_that_cannot_travel_is_refused(text, toa, words):
    with pytest.raises(TpduMistake, match=words):
        PhoneNumber(text, toa).encode()


def test_an_address_that_does_not_add_up_is_refused():
    assert address.parse_number(bytes.fromhex("03812143"), 0) == (PhoneNumber("123", 129), 4)
    for octets, words in (
        ("0481214f", "filled up"),
        ("0381f1f2", "filled up"),
        ("04812", "4 dig"),
    ):
        with pytest.raises(TpduMistake, match=words):
            address.parse_number(bytes.fromhex(octets + "1" * (len(octets) % 2)), 0)


def test_a_service_centre_counts_octets():
    """TS 27.005, 3.1."""
    assert PhoneNumber("+491760000443").encode_centre().hex() == "0791947106004034"
    assert PhoneNumber("").encode_centre() == b"\0"
    assert address.parse_centre(bytes.fromhex("91947106004034")).text == "+491760000443"
    assert address.parse_centre(b"").text == ""


REPORT = "06070d9194511132547 6f862101321436500621013314365 0030"


def test_a_status_report_has_the_fields_of_the_specification():
    done = NOON.replace(hour=13)
    report = tpdu.StatusReport(
        *(7, PhoneNumber("+4915112345678")), *(tpdu.timestamp(NOON), tpdu.timestamp(done), 0x30)
    )
    octets = bytes.fromhex(REPORT.replace(" ", ""))
    assert report.encode() == octets
    assert tpdu.parse_downlink(octets) == report
    for cut in range(len(octets)):
        with pytest.raises(TpduMistake):
            tpdu.parse_downlink(octets[:cut])


DELIVERY = "040c9153486507895500006090608164138004d4f29c0e"


def test_a_captured_delivery_is_read_and_written_again():
    octets = bytes.fromhex(DELIVERY)
    message = tpdu.parse_downlink(octets)
    assert (message.originator.text, message.user_data.text) == ("+358456709855", "Test")
    assert tpdu.shown_time(message.timestamp) == "06/09/06,18:46:31+08"
    assert message.encode() == octets
    for cut in range(len(octets)):
        with pytest.raises(TpduMistake):
            tpdu.parse_downlink(octets[:cut])
    with pytest.raises(TpduMistake, match="TP-UDL"):
        tpdu.parse_downlink(octets + b"x")


# TP-SCTS of TS 23.040, 9.2.3.11: the sign is bit 3 of the zone's first octet half.
STAMPS = [
    ("62101321436500", "26/01/31,12:34:56+00"),
    ("62101321436540", "26/01/31,12:34:56+04"),
    ("62101321436523", "26/01/31,12:34:56+32"),
    ("6210132143652b", "26/01/31,12:34:56-32"),
]


@pytest.mark.parametrize(("stamp", "shown"), STAMPS)
def test_a_timestamp_shows_its_zone_in_quarters_of_an_hour(stamp, shown):
    assert tpdu.shown_time(bytes.fromhex(stamp)) == shown


# First octet of an SMS-SUBMIT (9.2.2.2): (first, octets of TP-VP).
VALIDITIES = [(0x01, 0), (0x09, 7), (0x11, 1), (0x19, 7), (0x21, 0), (0x51, 1)]


@pytest.mark.parametrize(("first", "count"), VALIDITIES)
def test_a_submission_has_the_validity_that_its_first_octet_says(first, count):
    header = bytes.fromhex("0500035c0201") if first & 0x40 else b""
    user_data = UserData.of_text("part one", 0, header)
    submit = tpdu.Submit(PhoneNumber("123"), user_data, first & 0x3F, 0, bytes(range(count)), 9)
    octets = submit.encode()
    assert octets[:6].hex() == f"{first:02x}09038121f3"
    read = tpdu.Submit.parse(octets)
    assert (read.validity, read.reference, read.user_data) == (bytes(range(count)), 9, user_data)
    assert read.wants_report is bool(first & 0x20)
    assert read.encode() == octets


def test_a_header_typed_in_text_mode_keeps_its_bit():
    """`AT+CSMP=81,...`: the user data is the host's own, header and all."""
    content = UserData.of_octets(bytes.fromhex("0500035c0201") + b"abc")
    octets = tpdu.Submit(PhoneNumber("123"), content, 0x51).encode()
    assert octets[0] == 0x51
    assert tpdu.Submit.parse(octets).user_data.part == (0x5C, 2, 1)


@pytest.mark.parametrize(("dcs", "most"), [(0, 160), (4, 140), (8, 140)])
@pytest.mark.parametrize("header", [b"", bytes.fromhex("0500035c0201")])
def test_the_longest_content_fits_a_message_and_no_longer_one(dcs, most, header):
    # TS 23.040, 9.2.3.24.1: 153 septets, 134 octets beside a header of six.
    room = most - (0 if not header else 7 if dcs == 0 else 6)

    def content(size):
        if dcs == 4:
            return UserData.of_octets(bytes(size), dcs, header)
        return UserData.of_text("x" * (size if dcs == 0 else size // 2), dcs, header)

    assert len(content(room).octets) == 140
    with pytest.raises(TpduMistake, match="send it in parts"):
        content(room + 2)
    if dcs != 8:
        with pytest.raises(TpduMistake, match="send it in parts"):
            content(room + 1)


# TS 23.038, 4: data coding scheme to alphabet.
ALPHABETS = {
    **{0x00: 0, 0x04: 4, 0x08: 8, 0x0C: 0, 0x10: 0, 0x14: 4, 0x18: 8, 0x40: 0, 0x44: 4, 0x48: 8},
    **{0x80: 0, 0xC0: 0, 0xC8: 0, 0xD0: 0, 0xD8: 0, 0xE0: 8, 0xE8: 8, 0xF0: 0, 0xF4: 4, 0xF8: 0},
}


def test_the_coding_scheme_tells_the_alphabet():
    assert {dcs: alphabet_of(dcs) for dcs in ALPHABETS} == ALPHABETS
