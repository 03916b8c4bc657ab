"""Short message PDUs against captured ones and published examples.

Sources: gammu's dumps of real phones (tests/at-sms), examples that the trade has long copied, and
1NCE's SIM7000 guides. python-gsmmodem reads every whole PDU of the tables to the same values.
"""

from nce_modem.network_time import NetworkTime, unix_s
from nce_modem.sms import concatenation, gsm7, text_mode, tpdu, ucs2
from nce_modem.sms.errors import BadPdu, SmsTooLong

# hex, number, text, year
RECEIVED = (
    # gammu at-sms/07
    ("0791534850020200040C9153486507895500006090608164138004D4F29C0E", "+358456709855", "Test",
     (2006, 9, 6, 18, 46, 31, 8)),
    # a tutorial's example, copied everywhere
    ("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37", "27838890001",
     "hellohello", (1999, 3, 29, 15, 16, 59, 8)),
)  # fmt: skip

# As python-gsmmodem packs them (TS 23.038, 6.1.2.1.1).
PACKED = (
    (b"hellohello", "e8329bfd4697d9ec37"),
    (b"1234567", "31d98c56b3dd00"),
    (b"12345678", "31d98c56b3dd70"),
)


def raised(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("no %s" % kind.__name__)


def test_received_messages_of_real_phones_are_read():
    for pdu, number, text, at in RECEIVED:
        part = tpdu.parse(bytes.fromhex(pdu))
        assert part.number == number, part
        assert part.text == text
        assert part.at == NetworkTime(*at)
        assert (part.part, part.parts, part.is_outgoing) == (1, 1, False)


def test_stored_outgoing_message_of_a_real_phone_is_read():
    # gammu at-sms/02: status 3, a SUBMIT with a relative validity.
    part = tpdu.parse(
        bytes.fromhex("0791361907001003B17A0C913619397750320000AD11CD701E340FB3C3F23CC81D0689C3BF")
    )
    assert part.is_outgoing
    assert part.number == "+639193770523"
    assert part.text == "May salary na ba?"


def test_septets_are_packed_as_published():
    for septets, packed in PACKED:
        assert gsm7.pack(septets).hex() == packed
        assert gsm7.unpack(bytes.fromhex(packed), len(septets)) == septets


def test_septets_survive_packing_behind_every_filling():
    septets = bytes([(index * 37 + 5) % 128 for index in range(160)])
    for fill_bits in range(7):
        for count in range(40):
            packed = gsm7.pack(septets[:count], fill_bits)
            assert len(packed) == (fill_bits + count * 7 + 7) // 8
            assert gsm7.unpack(packed, count, fill_bits) == septets[:count]


def test_every_character_of_both_tables_goes_and_comes_back():
    everything = gsm7.ALPHABET.replace("\x1b", "") + gsm7.EXTENSION
    assert len(gsm7.ALPHABET) == 128
    assert gsm7.decode(gsm7.encode(everything)) == everything
    assert gsm7.encode("€") == b"\x1be"
    assert gsm7.encode("[]{}\\~^|") == bytes.fromhex("1b3c1b3e1b281b291b2f1b3d1b141b40")
    assert gsm7.encode("ж") is None
    assert gsm7.encode("\x1b") is None


def test_an_escape_to_nothing_is_shown_as_the_main_table_has_it():
    assert gsm7.decode(b"\x1bA\x1b\x1bB\x1b") == "A B"


def test_ucs2_has_surrogate_pairs_and_survives_broken_ones():
    assert ucs2.encode("Aж😀") == bytes.fromhex("00410436d83dde00")
    assert ucs2.decode(bytes.fromhex("00410436d83dde00")) == "Aж😀"
    assert ucs2.decode(bytes.fromhex("d83d0041de00d83d00")) == "\ufffdA\ufffd\ufffd"


def test_submit_is_the_published_example():
    # A tutorial's example, copied everywhere: hellohello to 46708251358, validity 4 days (AA).
    body = tpdu.submit("+46708251358", tpdu.SEPTETS, gsm7.encode("hellohello"), validity_h=96)
    assert body.hex() == "11000b916407281553f80000aa0ae8329bfd4697d9ec37"


def test_validity_steps_are_those_of_the_table():
    for hours, octet in ((0, 0), (1, 11), (12, 143), (24, 167), (48, 168), (720, 196)):
        assert tpdu.validity(hours) == octet, hours
    assert tpdu.validity(63 * 168) == 255
    assert tpdu.validity(10**6) == 255


def test_a_number_that_cannot_be_dialled_is_refused_and_not_told():
    for number in ("", "+", "12x456", "1" * 21):
        error = raised(BadPdu, tpdu.encode_address, number)
        assert "12x456" not in str(error)


def test_letters_as_sender_are_read():
    # TS 23.040, 9.1.2.5: "1NCE" is 4 letters in 4 octets, 7 semi-octets used.
    packed = gsm7.pack(b"1NCE")
    pdu = b"\x00\x04" + bytes((7, 0xD0)) + packed + bytes.fromhex("0000122022101150000131")
    assert tpdu.parse(pdu).number == "1NCE"


def test_a_message_of_140_octets_is_the_longest():
    assert tpdu.submit("123", tpdu.OCTETS, bytes(134), bytes(6))[-140:] == bytes(140)
    raised(BadPdu, tpdu.submit, "123", tpdu.OCTETS, bytes(135), bytes(6))
    raised(BadPdu, tpdu.submit, "123", tpdu.SEPTETS, bytes(161))


def test_status_report_tells_reference_and_outcome():
    # python-gsmmodem reads it to the same values.
    report = tpdu.parse(
        bytes.fromhex("07917248014000F506B70AA18092020000317071518590803170715185418000")
    )
    assert report.reference == 183
    assert report.number == "0829200000"
    assert report.status == 0
    assert report.sent_at[:6] == (2013, 7, 17, 15, 58, 9)
    assert report.done_at[:6] == (2013, 7, 17, 15, 58, 14)


def test_octets_and_ucs2_are_told_by_the_coding():
    for dcs, alphabet in (
        (0x00, tpdu.SEPTETS), (0x04, tpdu.OCTETS), (0x08, tpdu.UCS2), (0x11, tpdu.SEPTETS),
        (0x15, tpdu.OCTETS), (0x19, tpdu.UCS2), (0x20, tpdu.OCTETS), (0xC8, tpdu.SEPTETS),
        (0xD8, tpdu.SEPTETS), (0xE0, tpdu.UCS2), (0xF1, tpdu.SEPTETS), (0xF5, tpdu.OCTETS),
        (0x0C, tpdu.SEPTETS), (0x80, tpdu.SEPTETS),
    ):  # fmt: skip
        assert tpdu.alphabet_of(dcs) == alphabet, dcs


def test_broken_pdus_end_in_an_error_and_in_nothing_else():
    whole = bytes.fromhex(RECEIVED[0][0])
    for end in range(len(whole)):
        raised(BadPdu, tpdu.parse, whole[:end])
    for place in range(len(whole)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            changed = whole[:place] + bytes((value,)) + whole[place + 1 :]
            try:
                tpdu.parse(changed)
            except BadPdu:
                pass


def sent_and_received(content, reference=7):
    """`content` as parts, each as the DELIVER it becomes."""
    alphabet, units = concatenation.plan(content)
    parts = []
    for header, piece in concatenation.split(alphabet, units, reference):
        body = tpdu.submit("+4915112345678", alphabet, piece, header)
        assert len(body) <= 9 + 7 + 140
        parts.append(tpdu.parse(b"\x00" + body))
    return parts


SIZES = (
    ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
    ("a" * 159 + "€", 2), ("a" * 152 + "€" + "b" * 20, 2),
    ("ж" * 70, 1), ("ж" * 71, 2), ("ж" * 134, 2), ("ж" * 135, 3), ("ж" * 66 + "😀" * 30, 2),
    (bytes(140), 1), (bytes(range(141)), 2), (bytes(268), 2), (bytes(269), 3), ("", 1), (b"", 1),
)  # fmt: skip


def test_long_messages_are_cut_as_the_limits_say_and_put_together_in_any_order():
    for reference in (7, 0x1234):
        for content, count in SIZES:
            parts = sent_and_received(content, reference)
            # The wide reference leaves an octet less in each part.
            assert len(parts) == count or reference > 255, (len(content), len(parts))
            reassembly = concatenation.Reassembly()
            for index, part in enumerate(reversed(parts)):
                assert part.parts == len(parts)
                message = reassembly.add(part, index)
                assert (message is None) == (index < len(parts) - 1)
                if message is None:
                    assert reassembly.add(part, index) is None  # came twice
            found = message.text if isinstance(content, str) else message.data
            assert found == content
            assert message.indexes == tuple(range(len(parts) - 1, -1, -1)) or len(parts) == 1


def test_an_escape_is_never_cut_from_what_it_escapes():
    for content in ("a" * 152 + "€" * 20, "ж" * 66 + "😀" * 3):
        for part in sent_and_received(content):
            assert "\ufffd" not in part.text
            assert part.text.strip("aж€😀") == ""


def test_more_than_255_parts_are_refused():
    raised(SmsTooLong, concatenation.split, tpdu.OCTETS, bytes(256 * 134), 1)


def test_unfinished_messages_are_bounded_and_the_oldest_gives_way():
    reassembly = concatenation.Reassembly(limit=2)
    first = [sent_and_received("a" * 200, reference)[0] for reference in range(3)]
    for index, part in enumerate(first):
        assert reassembly.add(part, index) is None
    assert reassembly.dropped == 1
    assert reassembly.take_dropped() == [(first[0], 0)]
    assert reassembly.take_dropped() == []
    rest = reassembly.rest()
    assert [(message.missing, message.indexes) for message in rest] == [(1, (1,)), (1, (2,))]


def test_concatenation_element_after_others_and_impossible_ones():
    port = bytes((5, 4, 0x0B, 0x84, 0x23, 0xF0))
    assert tpdu.read_header(port + bytes((0, 3, 9, 2, 1))) == (9, 1, 2)
    assert tpdu.read_header(bytes((8, 4, 1, 2, 3, 3))) == (0x102, 3, 3)
    for element in ((0, 3, 9, 2, 0), (0, 3, 9, 2, 3), (0, 3, 9, 0, 0), (0, 2, 9, 2), (0,)):
        assert tpdu.read_header(bytes(element)) == (None, 1, 1)


def test_text_mode_headers_of_real_modems_are_read():
    # 1NCE SIM7000 guide; gammu timezone, and CSDH=1 of sample2.
    header = text_mode.read_header('"REC READ","123","","21/06/22,10:13:29+00"')
    assert header.number == "123"
    assert header.at == NetworkTime(2021, 6, 22, 10, 13, 29, 0)
    header = text_mode.read_header('"REC READ","+31625044454",,"07/07/05,09:56:03+08"')
    assert header.number == "+31625044454"
    assert header.at.quarters == 8
    header = text_mode.read_header(
        '"REC READ","+85291234567",,"07/02/18,00:05:10+32",145,4,0,0,"+85290000000",145,49'
    )
    assert header.alphabet == 0
    header = text_mode.read_header('"STO SENT","+85291234567"')
    assert header.is_outgoing
    header = text_mode.read_header('"+85291234567",,"07/02/18,00:05:10+32"')
    assert header.number == "+85291234567"


def test_text_mode_bodies_in_hexadecimal_are_decoded_when_the_set_says_so():
    assert text_mode.decode("00480069", True) == "Hi"
    assert text_mode.decode("00480069", False) == "00480069"
    assert text_mode.decode("face", True) == "\uface"
    assert text_mode.decode("Hello", True) == "Hello"
    assert text_mode.decode_number("002B0034") == "+4"
    assert text_mode.decode_number("0031003200330034") == "1234"
    assert text_mode.decode_number("003012345678") == "003012345678"


def test_time_stamps_count_from_utc():
    assert unix_s(NetworkTime(1970, 1, 1, 0, 0, 0, 0)) == 0
    assert unix_s(NetworkTime(2000, 2, 29, 12, 0, 0, 0)) == 951825600
    assert unix_s(NetworkTime(2026, 3, 1, 1, 0, 0, 4)) == 1772323200
    assert unix_s(NetworkTime(2024, 12, 31, 23, 59, 59, -8)) == 1735696799
