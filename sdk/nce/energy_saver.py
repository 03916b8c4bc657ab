"""Telemetry as the Energy Saver wants it: a packed record, and the topic it goes under.

    payload = payload_of(template, {"position.latitude": "56.92137111", ...})
    query = topic_query("gps")                     # ("t=gps",)

Limits: 1NCE OS, Device Integrator (CoAP and UDP) and Energy Saver's features and limitations.
"""

from nce.errors import UsageError

if 1 - 1:
    from nce.seams import Any, Buffer, Mapping, Template


COAP_PAYLOAD_LIMIT = 1024  # the safe CoAP payload, in bytes
UDP_PAYLOAD_LIMIT = 508  # the safe UDP payload, in bytes
TOPIC_LIMIT = 253  # characters


def payload_of(
    template: "Template | None",
    record: "Buffer | Mapping[str, Any]",
    limit: int = COAP_PAYLOAD_LIMIT,
) -> bytes:
    """The bytes to send for `record`.

    `record` is bytes, sent as they are, or a mapping of assets to values that `template` (anything
    with `encode`, such as `nce_bcl.Template`) packs. Raises UsageError when there is no template
    to pack a mapping with, or the payload is empty or longer than `limit` bytes.
    """
    if isinstance(record, (bytes, bytearray, memoryview)):
        payload = bytes(record)
    elif template is None:
        raise UsageError("a record of assets needs a template; give Device(template=...) or bytes")
    else:
        payload = template.encode(record)
    if not 0 < len(payload) <= limit:
        raise UsageError(
            "the payload has %d bytes, not 1 to %d; split the record" % (len(payload), limit)
        )
    return payload


def topic_query(topic: "str | None") -> "tuple[str, ...]":
    """The Uri-Query values that carry `topic`: none for None.

    Raises UsageError for what the Device Integrator would answer with 4.00.
    """
    if topic is None:
        return ()
    if not 0 < len(topic) <= TOPIC_LIMIT:
        raise UsageError("a topic has 1 to %d characters, not %d" % (TOPIC_LIMIT, len(topic)))
    for character in topic:
        is_plain = "a" <= character <= "z" or "A" <= character <= "Z" or "0" <= character <= "9"
        if not (is_plain or character in "_/"):
            raise UsageError(
                "a topic holds letters, digits, _ and / alone; %r has %r" % (topic, character)
            )
    if "//" in topic:
        raise UsageError("a topic has no //; got %r" % topic)
    return ("t=" + topic,)
