"""Every Energy Saver vector, on every interpreter (tests/vectors/bcl.json, energy_save.json)."""

import json
import struct

from nce_bcl import BclError, EncodeError, PayloadError, Template, TemplateError, pack

ROOT = __file__.replace("\\", "/").rsplit("/tests/portable/", 1)[0]
if ROOT == __file__:
    ROOT = "."


# Most boards compute in 32-bit floats: what json reads there is rounded, and huge values are inf.
FLOATS_ARE_SINGLE = float((1 << 24) + 1) == float(1 << 24)


def load(name):
    with open(ROOT + "/tests/vectors/" + name) as file:
        return json.load(file)


def binary32(value):
    return struct.pack("<f", value)


def equal(left, right):
    """Equality of records, floats as binary32 or as binary64: whichever the field was sent as."""
    if isinstance(left, dict):
        if not isinstance(right, dict) or set(left) != set(right):
            return False
        return all(equal(left[key], right[key]) for key in left)
    if isinstance(right, float) and not isinstance(left, str):
        if FLOATS_ARE_SINGLE:
            return left == right or abs(left - right) <= abs(right) * 1e-6
        return left == right or (abs(right) < 1e38 and binary32(left) == binary32(right))
    return type(left) is type(right) and left == right


def test_every_vector_decodes_as_expected():
    count = 0
    for vector in load("bcl.json")["vectors"]:
        count += 1
        payload = bytes.fromhex(vector["payload_hex"])
        if "expected" in vector:
            record = Template(vector["template"]).decode(payload)
            assert equal(record, vector["expected"]), (vector["id"], record)
            continue
        try:
            record = Template(vector["template"]).decode(payload)
            raise AssertionError("%s decoded to %r" % (vector["id"], record))
        except PayloadError as error:
            expected = vector["expected_error"]
            assert expected is None or str(error) == expected, (vector["id"], str(error))
    assert count == 36


def test_every_vector_encodes_back_to_its_bytes():
    for vector in load("bcl.json")["vectors"]:
        if "expected" not in vector:
            continue
        # Not to be had back: bytes no asset maps, text that was not UTF-8, true from 2 or "0".
        if vector["id"] in ("doc-05-switch-default", "drv-41-bool-02", "drv-43-bad-utf8"):
            continue
        payload = bytes.fromhex(vector["payload_hex"])
        template = Template(vector["template"])
        case = 1 if "-on-list-" in vector["id"] else None
        record = vector["expected"]
        if FLOATS_ARE_SINGLE:
            # Exact there as well, doubles as text.
            record = Template(vector["template"], float64_as_text=True).decode(payload)
        built = template.encode(record, case=case)
        assert len(built) <= len(payload)
        assert equal(template.decode(built), vector["expected"]), vector["id"]
        if vector["id"] in (
            "drv-04-pycom-env",  # the sender's flag is an ASCII "0"
            "drv-21-int16-le-at-1",
            "drv-22-last4-uint",
            "drv-24-range-drop-last",  # gaps hold other bytes than zero
        ):
            continue
        assert built == payload[: len(built)], (vector["id"], built.hex())


def test_the_shared_vectors_decode_too():
    try:
        with open(ROOT + "/../shared/vectors/bcl.json") as file:
            vectors = json.load(file)["vectors"]
    except OSError:
        return  # only where the research artefact is at hand
    for vector in vectors:
        payload = bytes.fromhex(vector["payload_hex"])
        try:
            record = Template(vector["template"]).decode(payload)
        except BclError as error:
            if vector["dialect"] != "1nce-bcl":
                assert isinstance(error, TemplateError), vector["id"]
                continue
            assert "expected_error" in vector, (vector["id"], error)
            text = vector["expected_error"]["description"]
            assert text is None or str(error) == text, (vector["id"], str(error))
        else:
            assert equal(record, vector["expected"]), (vector["id"], record)


def test_templates_of_the_parent_language_are_refused_with_the_reason():
    for vector in load("bcl.json")["refused"]:
        try:
            Template(vector["template"])
            raise AssertionError("%s was accepted" % vector["id"])
        except TemplateError as error:
            assert vector["reason"] in str(error), (vector["id"], str(error))


def test_pack_gives_the_bytes_of_the_c_sdk():
    count = 0
    for vector in load("energy_save.json"):
        count += 1
        assert pack(vector["selector"], vector["elements"]).hex() == vector["payload"]
    assert count == 80


def test_pack_mends_what_the_c_sdk_does_wrong():
    for case in load("bcl.json")["c_sdk"]["cases"]:
        # Where the two ABIs disagree, the one that accepts is right.
        accepted = case["unsigned"] if case["signed"] == -6 else case["signed"]
        expected = case.get("mended", accepted)
        try:
            built = pack(case["selector"], case["elements"]).hex()
        except EncodeError:
            built = None
        assert built == expected, (case, built)
