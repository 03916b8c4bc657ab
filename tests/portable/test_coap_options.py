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


def test_unusable_elective_options_are_left_out_and_critical_ones_told():
    known = b"\x03\x0b\x0f"  # Uri-Host, Uri-Path, Uri-Query
    for given, left_out, unusable in (
        (((options.URI_PATH, b"a"), (options.URI_PATH, b"b")), (), None),
        (((options.CONTENT_FORMAT, b"\x01\x02"),), (), None),
        (((options.CONTENT_FORMAT, b"\x01\x02\x03"),), (0,), None),
        (((options.CONTENT_FORMAT, b""), (options.CONTENT_FORMAT, b"")), (1,), None),
        (((options.ETAG, b""), (options.ETAG, b"a"), (options.ETAG, b"b")), (0,), None),
        (((options.MAX_AGE, b"12345"),), (0,), None),
        (((258, b"\x02"), (258, b"\x08")), (1,), None),
        # Unknown ones: an elective one is the caller's to read, a critical one is fatal.
        (((10, b""), (65000, b"x"), (65000, b"x")), (), None),
        (((9, b""), (65001, b"x")), (0, 1), 9),
        (((65001, b"x"),), (0,), 65001),
        # Known, but not in such a message; too long; a repeat of one that may not repeat.
        (((options.BLOCK2, b""),), (0,), options.BLOCK2),
        (((options.URI_HOST, b""),), (0,), options.URI_HOST),
        (((options.URI_PATH, bytes(256)),), (0,), options.URI_PATH),
        (((options.URI_HOST, b"a"), (options.URI_HOST, b"a")), (1,), options.URI_HOST),
    ):
        kept, found = options.sift(given, known)
        assert found == unusable, given
        assert kept == tuple([one for at, one in enumerate(given) if at not in left_out]), given


# RFC 7252, 12.2; RFC 7641, 2; RFC 7959, 6; RFC 7967, 5.
REGISTRY = (
    (1, "If-Match"),
    (3, "Uri-Host"),
    (4, "ETag"),
    (5, "If-None-Match"),
    (6, "Observe"),
    (7, "Uri-Port"),
    (8, "Location-Path"),
    (11, "Uri-Path"),
    (12, "Content-Format"),
    (14, "Max-Age"),
    (15, "Uri-Query"),
    (17, "Accept"),
    (20, "Location-Query"),
    (23, "Block2"),
    (27, "Block1"),
    (28, "Size2"),
    (35, "Proxy-Uri"),
    (39, "Proxy-Scheme"),
    (60, "Size1"),
    (258, "No-Response"),
)


def test_options_have_their_names_and_numbers():
    names = dict(REGISTRY)
    for number in list(range(300)) + [65001]:
        assert options.name_of(number) == names.get(number, "option %d" % number)
    for number, name in REGISTRY:
        if hasattr(options, name.upper().replace("-", "_")):
            assert getattr(options, name.upper().replace("-", "_")) == number
    formats = (options.TEXT_PLAIN, options.LINK_FORMAT, options.OCTET_STREAM, options.JSON)
    assert formats + (options.CBOR,) == (0, 40, 42, 50, 60)


# RFC 7252, 5.10, table 4; RFC 7641, 2; RFC 7959, 2.1 and 4; RFC 7967, 2: the least and the most
# bytes of a value, and whether the option may come again.
LIMITS = (
    (1, 0, 8, True),
    (3, 1, 255, False),
    (4, 1, 8, True),
    (5, 0, 0, False),
    (6, 0, 3, False),
    (7, 0, 2, False),
    (8, 0, 255, True),
    (11, 0, 255, True),
    (12, 0, 2, False),
    (14, 0, 4, False),
    (15, 0, 255, True),
    (17, 0, 2, False),
    (20, 0, 255, True),
    (23, 0, 3, False),
    (27, 0, 3, False),
    (28, 0, 4, False),
    (35, 1, 1034, False),
    (39, 1, 255, False),
    (60, 0, 4, False),
    (258, 0, 1, False),
)


def test_values_have_the_lengths_of_the_tables():
    known = bytes([number for number in range(256)])
    for number, least, most, is_repeatable in LIMITS:
        for size, fits in (
            (least - 1, False),
            (least, True),
            (most, True),
            (most + 1, False),
        ):
            if size < 0:
                continue
            given = ((number, bytes(size)),)
            kept, unusable = options.sift(given, known)
            if fits:
                options.check(number, bytes(size))
                assert (kept, unusable) == (given, None), (number, size)
            else:
                error = error_of(UsageError, options.check, number, bytes(size))
                assert "at most %d bytes, not %d" % (most, size) in str(error)
                assert (kept, unusable) == ((), number if number & 1 else None)
        twice = ((number, bytes(least)), (number, bytes(least)))
        kept, unusable = options.sift(twice, known)
        if is_repeatable:
            assert (kept, unusable) == (twice, None)
        else:
            assert (kept, unusable) == (twice[:1], number if number & 1 else None)
    # What is not known may be any length and come again; critical, it is unusable.
    strange = ((2, bytes(2000)), (2, b""), (65000, bytes(300)), (65000, b""))
    assert options.sift(strange, known) == (strange, None)
    assert options.sift(((65001, b""), (65003, b"")), known) == ((), 65001)
    assert options.sift(((11, b"a"),), b"\x03") == ((), 11)
