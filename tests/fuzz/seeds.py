"""The inputs that a corpus begins with, out of recorded sessions and examples of the RFCs.

    python tests/fuzz/seeds.py          # writes those that are missing

What a fuzzer found since lies in the same folders, named by its digest.
"""

import json
from pathlib import Path

from targets import LWM2M_FORMATS, STANDING, joined

HERE = Path(__file__).parent
RECORDED = json.loads((HERE.parent / "vectors/dtls_sessions.json").read_text())

# RFC 7252, appendix A, figures 16 to 21: requests, responses and their acknowledgements; then a
# push of the Device Controller, blocks (RFC 7959, 3), a notification (RFC 7641, 4), No-Response.
MESSAGES = (
    "40017d34bb74656d7065726174757265",
    "60457d34ff32322e332043",
    "41017d3520bb74656d7065726174757265",
    "61457d3520ff32322e332043",
    "60007d38",
    "4145ad7b53ff32322e332043",
    "7000 7d38",
    "480212340102030405060708b76578616d706c65103d08706172616d313d71756572795f6578616d706c6531ff7b7d",
    "44011234a1a2a3a4b5696d616765c10e",
    "644512340000000160c10eff" + "55" * 16,
    "51450001016101ff31",
    "4402123400000000ff00",
    "41021234aad1ed1aff31",
    "6045ffffe1fff3" + "00" * 4,
)
# To a server that asks too: the answers to its requests, one of them sent in three blocks; a
# notification, the first block of another and the rest of it; a registration.
BOTH_WAYS = {
    "answers": (
        "61450103 74 6101 ff31",
        "615f0104 75 d10e0e",
        "615f0105 75 d10e1e",
        "61440106 75 d10e26",
        "60000107",
        "41450077 76 ff32",
    ),
    "notices": (
        "42450077 7878 6107 ff32",
        "52450078 7878 6108 ff33",
        "41450079 78 6107 d10408 ff" + "55" * 16,
        "70000103",
    ),
    "requests": ("42020001 746b b27264 4465703d61 ff3c2f332f303e", "40000002"),
}
LINES = (
    b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://coap.os.1nce.com:5684",
    b"89882280666040869101,a,b,coaps://10.60.2.219\r\n",
    b"8988228066604086910,,coaps://h:1",
    b"8988228066604086910,\xc3\xa9,coaps://h:65535",
    b"4.01",
)
# How `dtls_client` is told the suite of a recorded session: the byte of its features.
FEATURES = {49320: 0, 49316: 1, 168: 2, 174: 3}


def seeds():
    """(target, name, input) of each."""
    messages = [bytes.fromhex(text) for text in MESSAGES]
    for number, message in enumerate(messages):
        yield "coap_message", f"message-{number:02}", message
    # A byte of time before each; the answers as they would go to the tokens of the harness.
    yield "coap_endpoint", "all", joined([b"\x01" + one for one in messages[:12]])
    mids = (0x0001, 0x0002, 0x0003)
    answers = [
        b"\x05" + bytes((0x61, 0x44, *mid.to_bytes(2, "big"), number))
        for number, mid in enumerate(mids)
    ]
    yield "coap_endpoint", "answers", joined(answers)
    # GET and observe, an upload in two blocks, a download from its second block.
    served = (
        "4101000501 60 557374617465",
        "4103000601 b46c6f6e67 d1030eff" + "55" * 1024,
        "4103000701 b46c6f6e67 d10316ff" + "55" * 16,
        "4101000801 b46c6f6e67 c11e",
        "4101000901 bb2e77656c6c2d6b6e6f776e 04636f7265",
    )
    yield "coap_endpoint", "served", joined([b"\x01" + bytes.fromhex(one) for one in served])
    for name, wire in BOTH_WAYS.items():
        yield "coap_both_ways", name, joined([b"\x01" + bytes.fromhex(one) for one in wire])
    for session in RECORDED["sessions"]:
        features = FEATURES[session["suite"]] | (32 if session["ticket"] else 0)
        name = "".join(one if one.isalnum() else "-" for one in session["name"].lower())
        for way in ("full", "resumed"):
            replies = [bytes.fromhex(step[2:]) for step in session[way] if step[0] == "<"]
            yield "dtls_client", f"{name}-{way}", bytes((features,)) + joined(replies)
        yield "dtls_session", name, joined(replies)
    yield "saved_session", "live", STANDING
    yield "saved_session", "unsigned", STANDING[:-4]
    # Data, a warning, a request to begin again, a Finished, data, the end; for each suite.
    records = ("1701 70696e67", "1501 0164", "1601 000000000000000000000000", "1601 1400000c")
    records += ("1701", "1500 0228", "1600 00", "1501 0100", "1701 70")
    for number in range(4):
        yield (
            "dtls_server",
            f"suite-{number}",
            bytes((number,)) + joined([bytes.fromhex(one) for one in records]),
        )
    for number, line in enumerate(LINES):
        yield "bootstrap", f"line-{number}", line
    yield from payloads()


def payloads():
    """Of each format of LwM2M some that others made, spread over what they are about."""
    vectors = json.loads((HERE.parent / "vectors/lwm2m_codec.json").read_text())["vectors"]
    for number, content_format in enumerate(LWM2M_FORMATS):
        found = [one for one in vectors if one["format"] == content_format]
        for vector in found[:: len(found) // 8 + 1]:
            text = vector["payload"]
            data = bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
            base = vector.get("path", "").count("/")
            first = number + len(LWM2M_FORMATS) * base
            yield "lwm2m_payload", vector["id"], bytes((first, 0)) + data


def main():
    for target, name, data in seeds():
        path = HERE / "corpus" / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(data)


if __name__ == "__main__":
    main()
