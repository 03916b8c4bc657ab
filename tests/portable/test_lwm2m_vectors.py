"""Payloads that other implementations of LwM2M made, on every interpreter (lwm2m_codec.json)."""

import json

from nce.errors import PeerError
from nce.lwm2m import formats, kinds, link, path

ROOT = __file__.replace("\\", "/").rsplit("/tests/portable/", 1)[0]
if ROOT == __file__:
    ROOT = "."

# Most boards compute in 32-bit floats.
FLOATS_ARE_SINGLE = float((1 << 24) + 1) == float(1 << 24)

# Leshan's own client: it says 2**64 - 1 with a sign. As Wakaama and annex C have it, it is 255.
SIGNED = "tlv.captured.0014"
# Leshan and Wakaama take it both: the codec is not told which resources have several instances.
TAKEN = "text.invalid.0041"


def load():
    with open(ROOT + "/tests/vectors/lwm2m_codec.json") as file:
        return json.load(file)


ALL = load()
VECTORS = ALL["vectors"]


def data_of(payload):
    return bytes.fromhex(payload[2:]) if payload.startswith("0x") else payload.encode()


def value_of(kind, value):
    if value is None:
        return None
    if kind == kinds.OPAQUE:
        return bytes.fromhex(value)
    if kind == kinds.FLOAT:
        return float(value)
    return tuple([int(one) for one in value.split(":")]) if kind == kinds.OBJECT_LINK else value


def kind_of(vector):
    told = {}
    for row in vector.get("values", ()):
        told[path.parse(row[0])] = row[1] or None

    def kind(at):
        return told.get(at) or ALL["kinds"].get(str(at[0]), {}).get(str(at[2]))

    return kind


def expected(vector):
    found = []
    for row in vector["values"]:
        value = value_of(row[1], row[2])
        # Only TLV has what is empty.
        if value is not None or vector["format"] == formats.TLV:
            found.append((path.parse(row[0]), value, row[3] if len(row) > 3 else None))
    return sorted(found, key=repr)


def base_of(vector):
    return path.parse(vector["path"]) if "path" in vector else ()


def same(left, right):
    if isinstance(right, float) and isinstance(left, float):
        if left == right or str(left) == str(right) == "nan":
            return True
        return FLOATS_ARE_SINGLE and abs(left - right) <= abs(right) * 1e-6
    return type(left) is type(right) and left == right


def agrees(read, vector):
    read = sorted(read, key=repr)
    wanted = expected(vector)
    assert len(read) == len(wanted), (vector["id"], read)
    # In any order: in JSON and in maps they have none.
    for one in read:
        assert any([same_row(one, other) for other in wanted]), (vector["id"], one)


def same_row(one, other):
    # The seconds of a float of 64 bits with a fraction are rounded on a board.
    is_same_time = one[2] == other[2] or (FLOATS_ARE_SINGLE and abs(one[2] - other[2]) <= 64)
    return one[0] == other[0] and same(one[1], other[1]) and is_same_time


def read_all(content_format):
    count = 0
    for vector in VECTORS:
        if vector["format"] != content_format or "refused" in vector or vector["id"] == SIGNED:
            continue
        count += 1
        codec = formats.codec_of(content_format)
        data = data_of(vector["payload"])
        if "paths" in vector:
            paths = codec.decode_paths(data)
            assert [path.text(one) for one in paths] == vector["paths"], vector["id"]
        else:
            agrees(codec.decode(base_of(vector), data, kind_of(vector)), vector)
            for other in vector.get("others", ()):
                agrees(codec.decode(base_of(vector), data_of(other), kind_of(vector)), vector)
    return count


def test_text_is_read():
    assert read_all(formats.TEXT) == 143


def test_opaque_is_read():
    assert read_all(formats.OPAQUE) == 16


def test_cbor_is_read():
    assert read_all(formats.CBOR) == 131


def test_tlv_is_read():
    assert read_all(formats.TLV) == 211


def test_lwm2m_json_is_read():
    assert read_all(formats.JSON) == 166


def test_senml_json_is_read():
    assert read_all(formats.SENML_JSON) == 197


def test_senml_cbor_is_read():
    assert read_all(formats.SENML_CBOR) == 182


def test_what_is_wrong_is_refused():
    count = 0
    for vector in VECTORS:
        if "refused" not in vector or vector["id"] == TAKEN:
            continue
        count += 1
        codec = formats.codec_of(vector["format"])
        data = data_of(vector["payload"])
        try:
            if "paths" in vector:
                read = codec.decode_paths(data)
            else:
                read = codec.decode(base_of(vector), data, kind_of(vector))
        except formats.FormatError as error:
            assert isinstance(error, PeerError) and len(str(error)) > 10
            continue
        raise AssertionError("%s: %r" % (vector["id"], read))
    assert count == 151


def entries_of(vector):
    return [
        (path.parse(row[0]), row[1], value_of(row[1], row[2]), row[3] if len(row) > 3 else None)
        for row in vector["values"]
    ]


def written(content_format):
    """`(written as another does, all)`; what is written says what it has to."""
    count = as_others = 0
    for vector in VECTORS:
        if vector["format"] != content_format or "others" not in vector:
            continue
        count += 1
        # Infinite on boards alone: JSON has no such number.
        if vector["id"].endswith("json.float.0022") and FLOATS_ARE_SINGLE:
            continue
        codec = formats.codec_of(content_format)
        data = codec.encode(base_of(vector), entries_of(vector))
        agrees(codec.decode(base_of(vector), data, kind_of(vector)), vector)
        known = [data_of(one) for one in [vector["payload"]] + vector["others"]]
        is_known = data in known
        as_others += is_known
        # One value has one encoding, but for the width of a float.
        if content_format in (formats.TEXT, formats.CBOR, formats.OPAQUE) and not is_known:
            assert vector["values"][0][1] == kinds.FLOAT, (vector["id"], data)
    return as_others, count


def test_most_is_written_byte_for_byte_as_others_do():
    for content_format, fewest, all_of_them in (
        (formats.TEXT, 108, 119),
        (formats.OPAQUE, 14, 14),
        (formats.CBOR, 119, 119),
        (formats.TLV, 145, 151),
        (formats.JSON, 121, 148),
        (formats.SENML_JSON, 131, 148),
        (formats.SENML_CBOR, 138, 152),
    ):
        as_others, count = written(content_format)
        assert count == all_of_them, (content_format, as_others, count)
        # A float of 32 bits is another number, and written so.
        assert as_others >= fewest - (12 if FLOATS_ARE_SINGLE else 0), (content_format, as_others)


def test_links_are_written_as_others_read_them():
    count = 0
    for vector in ALL["links"]:
        if '"1.1"' in vector["payload"] or ", " in vector["payload"]:
            continue  # as Leshan does not take it
        count += 1
        links = []
        for target, found in vector["links"]:
            attributes = []
            # In the order of the payload: a dictionary has none on a board.
            for name in sorted(found, key=lambda name: vector["payload"].find(";" + name + "=")):
                value = found[name]
                if name in ("ct", "pmin", "pmax", "dim", "ssid", "gt", "lt", "epmin", "epmax"):
                    value = float(value) if "." in value else int(value)
                elif name in ("edge", "con", "hqmax"):
                    value = int(value)
                attributes.append((name, value))
            links.append((path.parse(target), attributes))
        if len([one for one in links if one[1]]) < 2 or "dim" in vector["payload"]:
            assert link.encode(links).decode() == vector["payload"], vector["id"]
    assert count > 8
