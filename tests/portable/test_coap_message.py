"""The CoAP codec against messages of RFC 7252 and RFC 7641, and against malformed datagrams."""

from nce.coap import codes, options
from nce.coap.message import (
    ACK,
    CON,
    NON,
    RST,
    Message,
    MessageFormatError,
    decode,
    empty,
    encode,
)
from nce.errors import UsageError


def octets(text):
    return bytes.fromhex(text.replace(" ", ""))


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (arguments,))


# (datagram, message). The first four are the packets that RFC 7252, Appendix A draws (figures 16
# and 17); then the onboarding request of 1NCE's C SDK and the push of its Device Controller.
VECTORS = (
    (
        "40 01 7d34 bb 74656d7065726174757265",
        Message(CON, codes.GET, 0x7D34, b"", ((11, b"temperature"),), b""),
    ),
    ("60 45 7d34 ff 32322e332043", Message(ACK, codes.CONTENT, 0x7D34, b"", (), b"22.3 C")),
    (
        "41 01 7d35 20 bb 74656d7065726174757265",
        Message(CON, codes.GET, 0x7D35, b"\x20", ((11, b"temperature"),), b""),
    ),
    ("61 45 7d35 20 ff 32322e332043", Message(ACK, codes.CONTENT, 0x7D35, b"\x20", (), b"22.3 C")),
    (
        "50 01 e903 3d03 636f61702e6f732e316e63652e636f6d 89 626f6f747374726170",
        Message(
            NON,
            codes.GET,
            0xE903,
            b"",
            ((options.URI_HOST, b"coap.os.1nce.com"), (options.URI_PATH, b"bootstrap")),
            b"",
        ),
    ),
    (
        "48 02 1234 0102030405060708 b7 6578616d706c65 10 3d08"
        " 706172616d313d71756572795f6578616d706c6531 ff 7b7d",
        Message(
            CON,
            codes.POST,
            0x1234,
            b"\x01\x02\x03\x04\x05\x06\x07\x08",
            (
                (options.URI_PATH, b"example"),
                (options.CONTENT_FORMAT, b""),
                (options.URI_QUERY, b"param1=query_example1"),
            ),
            b"{}",
        ),
    ),
    ("60 00 1234", empty(ACK, 0x1234)),
    ("70 00 ffff", empty(RST, 0xFFFF)),
    ("40 00 0000", empty(CON, 0)),
)

# (delta or length, nibble, extension) of RFC 7252, 3.1, at its borders.
BORDERS = (
    (0, 0, ""),
    (12, 12, ""),
    (13, 13, "00"),
    (268, 13, "ff"),
    (269, 14, "0000"),
    (1034, 14, "02fd"),
    (65535, 14, "fef2"),
)

MALFORMED = (
    ("", None),
    ("40", None),
    ("400100", None),
    ("00 01 0001", None),  # version 0
    ("80 01 0001", None),  # version 2
    ("c0 01 0001", None),
    ("49 01 0001 010203040506070809", 1),  # token length 9
    ("4f 01 0001 0102030405060708090a0b0c0d0e0f", 1),
    ("48 01 0001 01020304050607", 1),  # the token is cut
    ("40 01 0001 ff", 1),  # a marker without payload
    ("40 01 0001 b1 61 ff", 1),
    ("40 01 0001 f0", 1),  # delta 15
    ("40 01 0001 0f", 1),  # length 15
    ("40 01 0001 d0", 1),  # extensions cut
    ("40 01 0001 e000", 1),
    ("40 01 0001 0d", 1),
    ("40 01 0001 0e00", 1),
    ("40 01 0001 b2 61", 1),  # a value cut
    ("40 01 0001 e0ffff", 1),  # option number 65804
    ("40 01 0001 e0fef2 10", 1),  # 65535 and one more
    ("41 00 0001 01", 1),  # Empty with a token
    ("40 00 0001 ff61", 1),  # Empty with a payload
    ("40 20 0001", 1),  # classes 1, 6, 7
    ("40 c0 0001", 1),
    ("40 e1 0001", 1),
)

UNENCODABLE = (
    Message(4, codes.GET, 0, b"", (), b""),
    Message(CON, codes.GET, -1, b"", (), b""),
    Message(CON, codes.GET, 65536, b"", (), b""),
    Message(CON, codes.GET, 0, b"123456789", (), b""),
    Message(CON, 0x20, 0, b"", (), b""),
    Message(CON, 256, 0, b"", (), b""),
    Message(CON, codes.EMPTY, 0, b"1", (), b""),
    Message(CON, codes.EMPTY, 0, b"", (), b"1"),
    Message(CON, codes.GET, 0, b"", ((65536, b""),), b""),
    Message(CON, codes.GET, 0, b"", ((-1, b""),), b""),
)


def test_published_messages_encode_and_decode():
    for text, message in VECTORS:
        assert encode(message) == octets(text), text
        assert decode(octets(text)) == message, text


def test_decode_takes_any_buffer():
    text, message = VECTORS[0]
    assert decode(bytearray(octets(text))) == message
    assert decode(memoryview(octets(text))) == message


def test_option_deltas_at_the_borders():
    for number, nibble, extension in BORDERS:
        datagram = octets("40010001") + bytes((nibble << 4,)) + octets(extension)
        message = Message(CON, codes.GET, 1, b"", ((number, b""),), b"")
        assert encode(message) == datagram, number
        assert decode(datagram) == message, number


def test_option_lengths_at_the_borders():
    for length, nibble, extension in BORDERS:
        datagram = octets("40010001") + bytes((0x10 | nibble,)) + octets(extension) + b"a" * length
        message = Message(CON, codes.GET, 1, b"", ((1, b"a" * length),), b"")
        assert encode(message) == datagram, length
        assert decode(datagram) == message, length


def test_options_are_written_in_ascending_order_and_repeats_keep_theirs():
    given = ((15, b"t=a"), (11, b"a"), (3, b"h"), (11, b"b"), (15, b"t=b"), (11, b"c"))
    written = decode(encode(Message(CON, codes.GET, 1, b"", given, b""))).options
    assert written == (
        (3, b"h"),
        (11, b"a"),
        (11, b"b"),
        (11, b"c"),
        (15, b"t=a"),
        (15, b"t=b"),
    )


def test_malformed_datagrams_raise_and_say_whom_to_reset():
    for text, mid in MALFORMED:
        error = error_of(MessageFormatError, decode, octets(text))
        assert error.mid == mid, text
        assert error.type == (None if mid is None else CON), text


def test_every_prefix_of_a_message_decodes_or_raises():
    for text, _message in VECTORS:
        datagram = octets(text)
        for size in range(len(datagram)):
            try:
                decode(datagram[:size])
            except MessageFormatError:
                pass


def test_what_has_no_room_is_refused():
    for message in UNENCODABLE:
        assert str(error_of(UsageError, encode, message))


def test_codes_are_dotted():
    for code, text in (
        (codes.GET, "0.01"),
        (codes.CHANGED, "2.04"),
        (codes.CONTENT, "2.05"),
        (codes.CONTINUE, "2.31"),
        (codes.NOT_FOUND, "4.04"),
        (codes.TOO_MANY_REQUESTS, "4.29"),
        (codes.PROXYING_NOT_SUPPORTED, "5.05"),
    ):
        assert codes.dotted(code) == text


# RFC 7252, 12.1; RFC 7959, 2.9; RFC 8132, 5; RFC 8516, 5.
CODES = (
    ("0.00", "EMPTY"),
    ("0.01", "GET"),
    ("0.02", "POST"),
    ("0.03", "PUT"),
    ("0.04", "DELETE"),
    ("0.05", "FETCH"),
    ("0.06", "PATCH"),
    ("0.07", "IPATCH"),
    ("2.01", "CREATED"),
    ("2.02", "DELETED"),
    ("2.03", "VALID"),
    ("2.04", "CHANGED"),
    ("2.05", "CONTENT"),
    ("2.31", "CONTINUE"),
    ("4.00", "BAD_REQUEST"),
    ("4.01", "UNAUTHORIZED"),
    ("4.02", "BAD_OPTION"),
    ("4.03", "FORBIDDEN"),
    ("4.04", "NOT_FOUND"),
    ("4.05", "METHOD_NOT_ALLOWED"),
    ("4.06", "NOT_ACCEPTABLE"),
    ("4.08", "REQUEST_ENTITY_INCOMPLETE"),
    ("4.09", "CONFLICT"),
    ("4.12", "PRECONDITION_FAILED"),
    ("4.13", "REQUEST_ENTITY_TOO_LARGE"),
    ("4.15", "UNSUPPORTED_CONTENT_FORMAT"),
    ("4.22", "UNPROCESSABLE_ENTITY"),
    ("4.29", "TOO_MANY_REQUESTS"),
    ("5.00", "INTERNAL_SERVER_ERROR"),
    ("5.01", "NOT_IMPLEMENTED"),
    ("5.02", "BAD_GATEWAY"),
    ("5.03", "SERVICE_UNAVAILABLE"),
    ("5.04", "GATEWAY_TIMEOUT"),
    ("5.05", "PROXYING_NOT_SUPPORTED"),
)


def test_codes_have_the_numbers_of_the_registry():
    for text, name in CODES:
        assert codes.dotted(getattr(codes, name)) == text, name


def test_classes_of_codes():
    for code in range(256):
        assert codes.is_request(code) == (1 <= code <= 31)
        assert codes.is_response(code) == (code >> 5 in (2, 4, 5))
        assert codes.is_success(code) == (64 <= code <= 95)
