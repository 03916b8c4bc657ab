"""Option values, limits, paths and queries (RFC 7252, 3.2, 5.4, 5.10, 6.4)."""

from nce.coap import options
from nce.errors import UsageError

UINTS = (
    (0, b""),
    (1, b"\x01"),
    (255, b"\xff"),
    (256, b"\x01\x00"),
    (65535, b"\xff\xff"),
    (16777216, b"\x01\x00\x00\x00"),
    (4294967295, b"\xff\xff\xff\xff"),
)


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (arguments,))


def test_integers_take_as_few_bytes_as_they_need():
    for number, value in UINTS:
        assert options.uint_value(number) == value
        assert options.uint_of(value) == number
        assert options.uint_of(b"\x00" + value) == number


def test_integers_out_of_range_are_refused():
    for number in (-1, 4294967296):
        error_of(UsageError, options.uint_value, number)


def test_paths():
    for path, segments in (
        ("/", ()),
        ("", ()),
        ("/a", (b"a",)),
        ("a/b", (b"a", b"b")),
        ("/a//b/", (b"a", b"", b"b", b"")),
        ("/gr\u00f6\u00dfe", ("gr\u00f6\u00dfe".encode("utf-8"),)),
    ):
        assert options.path_options(path) == tuple([(11, segment) for segment in segments]), path
    assert options.path_of(options.path_options("/a/b")) == "/a/b"
    assert options.path_of(()) == "/"


def test_queries():
    assert options.query_options(()) == ()
    assert options.query_options("") == ()
    assert options.query_options("t=gps&x") == ((15, b"t=gps"), (15, b"x"))
    assert options.query_options(("t=a&b",)) == ((15, b"t=a&b"),)
    assert options.queries_of(options.query_options("t=gps")) == ["t=gps"]


def test_a_segment_over_255_bytes_is_refused():
    options.path_options("/" + "a" * 255)
    error = error_of(UsageError, options.path_options, "/" + "a" * 256)
    assert "Uri-Path" in str(error)


def test_odd_numbers_are_critical():
    assert options.is_critical(options.URI_PATH)
    assert not options.is_critical(options.CONTENT_FORMAT)
    assert options.is_critical(65001)


def test_unknown_overlong_and_repeated_options_are_found():
    for given, found in (
        (((options.URI_PATH, b"a"), (options.URI_PATH, b"b")), 0),
        (((options.CONTENT_FORMAT, b"\x01\x02"),), 0),
        (((options.CONTENT_FORMAT, b"\x01\x02\x03"),), 1),
        (((options.CONTENT_FORMAT, b""), (options.CONTENT_FORMAT, b"")), 1),
        (((options.ETAG, b""),), 1),
        (((9, b""), (65001, b"x")), 2),
    ):
        assert len(options.unacceptable(given)) == found, given
