"""What may be sent to the Energy Saver, and under which topic (1NCE OS, Device Integrator)."""

from nce.energy_saver import payload_of, topic_query
from nce.errors import UsageError


class Doubler:
    """Stands in for a template."""

    def encode(self, record):
        return bytes(record["n"]) * 2


def refusal(function, *arguments):
    try:
        function(*arguments)
    except UsageError as error:
        return str(error)
    raise AssertionError("%r was taken" % (arguments,))


def test_bytes_go_as_they_are_and_records_through_the_template():
    assert payload_of(None, b"\x00\x01") == b"\x00\x01"
    assert payload_of(None, bytearray(b"ab")) == b"ab"
    assert payload_of(Doubler(), {"n": 3}) == bytes(6)


def test_payloads_outside_the_limits_are_refused_with_their_size():
    assert "0 bytes" in refusal(payload_of, None, b"")
    assert "1025 bytes" in refusal(payload_of, None, bytes(1025))
    assert "509 bytes" in refusal(payload_of, None, bytes(509), 508)
    assert "template" in refusal(payload_of, None, {"n": 1})


def test_topics():
    assert topic_query(None) == ()
    assert topic_query("gps") == ("t=gps",)
    assert topic_query("a/B_9/" + "x" * 247) == ("t=a/B_9/" + "x" * 247,)
    for topic in ("", "x" * 254, "a//b", "a b", "ü", "a-b", "a&b"):
        refusal(topic_query, topic)
