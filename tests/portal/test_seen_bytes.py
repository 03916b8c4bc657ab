"""The inspector's bytes of messages that a template translated: the right ones, or none."""

from datetime import UTC, datetime

from nce_api.models.inspect import Message
from nce_sim.control.answers import JournalRecord
from nce_sim.portal.pages.inspector.seen_bytes import SeenBytes

ICCID = "8988228066638050774"
AT = datetime(2026, 12, 1, 2, 43, 36, 5_000, UTC)
LATER = datetime(2026, 12, 1, 2, 43, 37, tzinfo=UTC)


def told(payload, at=AT, protocol="UDP", sim="898822*********0774"):
    fields = {"sim": sim, "protocol": protocol, "payload": payload.hex()}
    return JournalRecord(1, at, "backend", "uplink", fields)


def message(at=AT, protocol="UDP"):
    time = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    fields = {"iccid": ICCID, "deviceId": ICCID, "time": time, "payload": "{}"}
    return Message(**fields, protocol=protocol)


def test_messages_of_one_instant_have_their_own_bytes():
    seen = SeenBytes(10)
    seen.take([told(b"first"), told(b"second"), told(b"coap", protocol="COAP")])
    seen.take([told(b"later", LATER)])
    # The history has the newest first.
    asked = [message(LATER), message(protocol="COAP"), message(), message()]
    assert seen.of(asked) == [b"later", b"coap", b"second", b"first"]


def test_what_is_not_known_is_not_guessed():
    seen = SeenBytes(10)
    seen.take([told(b"first"), told(b"second")])
    assert seen.of([message()]) == [None]
    assert seen.of([message(LATER), message(protocol="COAP")]) == [None, None]
    same = SeenBytes(10)
    same.take([told(b"same"), told(b"same")])
    assert same.of([message()]) == [b"same"]


def test_the_oldest_are_forgotten():
    seen = SeenBytes(1)
    seen.take([told(b"first"), told(b"later", LATER)])
    assert seen.of([message(LATER), message()]) == [b"later", None]
