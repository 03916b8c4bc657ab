"""The short ways of the codec against the long ones, where an interpreter's struct may differ."""

from nce_bcl import EncodeError, Template
from nce_bcl.decode import decode
from nce_bcl.encode import encode
from nce_bcl.straight_decode import StraightDecoder
from nce_bcl.straight_encode import StraightEncoder, flatten


def field(asset, byte, bytelength, kind, byteorder="big"):
    selector = {"byte": byte, "bytelength": bytelength, "type": kind, "byteorder": byteorder}
    return {"asset": asset, "value": selector}


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except EncodeError as error:
        return str(error)


def assert_written_alike(template, mapping, case=None):
    short = outcome(StraightEncoder(template.plan, template.readings).encode, mapping, case)
    long = outcome(encode, template.plan, flatten(mapping), template.readings, case)
    assert short == long, (mapping, short, long)
    return short


def test_integers_are_cut_nowhere():
    for byteorder in ("big", "little"):
        for length in (1, 2, 4, 8):
            bits = length * 8
            for kind, low, high in (
                ("uint", 0, (1 << bits) - 1),
                ("int", -(1 << bits - 1), (1 << bits - 1) - 1),
            ):
                template = Template({"sense": [field("v", 1, length, kind, byteorder)]})
                for value in (low, high, 0, 1, 1 << bits // 2, 100):
                    raw = (value if value >= 0 else value + (1 << bits)).to_bytes(length, "big")
                    expected = b"\0" + (raw if byteorder == "big" else bytes(reversed(raw)))
                    assert assert_written_alike(template, {"v": value}) == expected
                    assert template.decode(expected) == {"v": value}
                for value in (low - 1, high + 1, 1 << 70, -(1 << 70)):
                    text = assert_written_alike(template, {"v": value})
                    assert text.startswith("v: %d is outside %d..%d" % (value, low, high)), text


MIXED = Template(
    {
        "sense": [
            field("id", 0, 4, "uint", "little"),
            field("place.lat", 4, 8, "float", "little"),
            field("place.lon", 12, 8, "float", "little"),
            field("place.fix.heat", 20, 4, "float", "little"),
            {"asset": "place.fix.kind", "value": "3D"},
            field("on", 24, 1, "boolean", "little"),
            field("name", 26, 4, "string", "little"),
            field("mac", 30, 2, "hex", "little"),
        ]
    }
)
RECORD = {
    "id": 7,
    "place": {"lat": 56.25, "lon": -24.5, "fix": {"heat": 26.5, "kind": "3D"}},
    "on": True,
    "name": "auto",
    "mac": "beef",
}
PAYLOAD = bytes.fromhex("07000000" + "0000000000204c40" + "00000000008038c0" + "0000d441" + "0100")
PAYLOAD += b"auto\xbe\xef"

# asset, value: some fit, the others are refused
ODD = (
    ("place.lat", "56.25"),
    ("place.lat", (5625, -2)),
    ("place.lon", -24.5),
    ("place.fix.heat", 26),
    ("name", "a"),
    ("name", "\xe9\xe9"),
    ("mac", b"\xbe\xef"),
    ("mac", "BEEF"),
    ("on", False),
    ("mac", "be e"),
    ("mac", "beef00"),
    ("place.fix.heat", float("inf")),
    ("place.lat", float("nan")),
    ("place.fix.heat", "1e39"),
    ("name", "\xe9\xe9\xe9"),
    ("name", "\ud800"),
    ("name", b"auto"),
    ("on", 1),
    ("id", True),
    ("id", 7.0),
    ("id", None),
    ("id", {}),
    ("place.fix", 1),
    ("place.fix.kind", "2D"),
    ("other", 1),
)


def test_mixed_records_are_read_and_written_alike():
    record, location = StraightDecoder(MIXED.plan, MIXED.readings).decode(PAYLOAD)
    assert record == RECORD and location is None
    again = {}
    assert decode(MIXED.plan, PAYLOAD, MIXED.readings, again) is None
    assert again == RECORD
    without = flatten(RECORD)
    del without["place.fix.kind"]
    for mapping in (RECORD, flatten(RECORD), without):
        assert assert_or_long(mapping) == PAYLOAD


def assert_or_long(mapping):
    """What Template makes of it, which is what the long way does."""
    try:
        long = encode(MIXED.plan, flatten(mapping), MIXED.readings)
    except EncodeError as error:
        long = str(error)
    found = outcome(MIXED.encode, mapping)
    assert found == long, (mapping, found, long)
    return found


def test_odd_values_are_written_or_refused_alike():
    for asset, value in ODD:
        mapping = flatten(RECORD)
        mapping[asset] = value
        if value is None:
            assert outcome(MIXED.encode, mapping) == "id: None is no value; leave the asset out"
            continue
        assert_or_long(mapping)


def test_what_is_no_number_or_no_text_is_left_to_the_long_way():
    decoder = StraightDecoder(MIXED.plan, MIXED.readings)
    for cut in (0, 3, len(PAYLOAD) - 1):
        assert decoder.decode(PAYLOAD[:cut]) is None
    infinite = bytearray(PAYLOAD)
    infinite[20:24] = b"\0\0\x80\x7f"
    assert decoder.decode(infinite) is None
    infinite = bytearray(PAYLOAD)
    infinite[4:12] = b"\0\0\0\0\0\0\xf8\x7f"
    assert decoder.decode(infinite) is None
    text = bytearray(PAYLOAD)
    text[26:30] = b"\xffab\xc3"
    assert decoder.decode(text)[0]["name"] == "\ufffdab\ufffd"
    assert decoder.decode(memoryview(PAYLOAD))[0] == RECORD


def test_a_case_is_settled_alike():
    def case(value, kind):
        return {"case": value, "do": [field("v", 1, 1, kind)]}

    switch = {"byte": 0, "type": "uint"}
    on = [case(1, "uint"), case(2.0, "int"), {"default": True, "do": [field("w", 1, 2, "uint")]}]
    template = Template({"sense": [{"switch": switch, "on": on}]})
    for value, mapping, expected in (
        (1, {"v": 255}, b"\x01\xff"),
        (2, {"v": -1}, b"\x02\xff"),
        (3, {"w": 258}, b"\x03\x01\x02"),
        (1, {"v": -1}, "v: -1 is outside 0..255 (1-byte uint)"),
    ):
        assert assert_written_alike(template, mapping, value) == expected
        if isinstance(expected, bytes):
            assert template.decode(expected) == mapping
