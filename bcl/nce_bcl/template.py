"""One Energy Saver template, ready to decode and encode.

    template = Template(open("template.json").read())
    template.decode(b"\\x01\\x63")            # {"battery": 99}
    template.encode({"battery": 99}, case=1)  # b"\\x01\\x63"

Parsing, encoding and decoding load their own modules when first used, so a board carries what it
needs. A board also gives those of parsing back when a template is read.
"""

from .forget import forget
from .plan import Field, Readings

if 1 - 1:
    from .decode import Location
    from .shapes import Any, Mapping
    from .straight_decode import StraightDecoder
    from .straight_encode import StraightEncoder


_PARSING = ("document", "parse", "paths", "selectors")


class Template:
    """A template parsed from JSON text (str or bytes) or a dict; TemplateError when it is wrong.

    `strict=True` refuses what the platform ignores or cannot convert: the ABCL keys that change a
    meaning (`calculation`, `bit`, ...), "$default", lengths a type cannot have, and locations that
    are no float. Otherwise these are `warnings`, a list of (place, message).

    The other options choose a reading where no document of the platform does. The defaults are
    what it most likely does:

    `strip_nul`           text loses its trailing NULs (default: they stay)
    `coerce_cases`        a case "1" equals a switch value 1 (default: text never equals a number)
    `keep_first`          an asset mapped twice keeps its first value (default: the last)
    `refuse_bad_utf8`     bad UTF-8 fails the message (default: each bad byte becomes U+FFFD)
    `multibyte_boolean`   False: a boolean has one byte (default: true if any byte is not zero)
    `float64_as_text`     floats of 8 bytes decode to exact decimal text, for boards whose own
                          floats have 24 bits and would round them (default: a float)
    """

    _decoder: "StraightDecoder | None"
    _encoder: "StraightEncoder | None"

    def __init__(
        self,
        source: "Any",
        strict: bool = False,
        strip_nul: bool = False,
        coerce_cases: bool = False,
        keep_first: bool = False,
        refuse_bad_utf8: bool = False,
        multibyte_boolean: bool = True,
        float64_as_text: bool = False,
    ) -> None:
        from .document import read_document
        from .parse import Parser

        parser = Parser(strict, multibyte_boolean, coerce_cases)
        try:
            self.plan = parser.parse(read_document(source))
        finally:
            forget(_PARSING)
        self.warnings = parser.warnings
        self.readings = Readings(
            strip_nul,
            coerce_cases,
            keep_first,
            refuse_bad_utf8,
            multibyte_boolean,
            float64_as_text,
        )
        self._decoder = self._encoder = None

    @property
    def locations(self) -> "tuple[tuple[str, str], ...]":
        """((asset, custom_type), ...) of every mapping that carries a location, in order."""
        found = []
        pending = [iter(self.plan)]
        while pending:
            for statement in pending.pop():
                if isinstance(statement, Field):
                    if statement.custom_type is not None:
                        found.append((statement.asset, statement.custom_type))
                    continue
                for case in statement.cases:
                    pending.append(iter(case.block))
                if statement.default:
                    pending.append(iter(statement.default))
        return tuple(found)

    def decode(self, payload: bytes) -> "dict[str, Any]":
        """The record as a dict of nested dicts; PayloadError when the payload does not fit."""
        return self.decode_with_location(payload)[0]

    def decode_with_location(self, payload: bytes) -> "tuple[dict[str, Any], Location | None]":
        """(record, Location) of the payload; the Location is None unless it has both parts."""
        if not isinstance(payload, (bytes, bytearray, memoryview)):
            raise TypeError("a payload is bytes, not %s" % type(payload).__name__)
        if self._decoder is None:
            from .straight_decode import StraightDecoder

            self._decoder = StraightDecoder(self.plan, self.readings)
        found = self._decoder.decode(payload)
        if found is not None:
            return found
        from .decode import decode

        record: "dict[Any, Any]" = {}
        location = decode(self.plan, payload, self.readings, record)
        return record, location

    def encode(
        self, mapping: "Mapping[str, Any]", case: "Any" = None, length: "int | None" = None
    ) -> bytes:
        """The payload that decodes to `mapping`, a dict with nested or dotted keys.

        Every asset of the case taken is needed, but constants and assets whose bytes another one
        or the switch settles. `case` is the switch value, or a list of them, outer switch first;
        without it the case follows from the data. `length` is the payload's length in bytes where
        a template leaves that open: text in a range, else as long as it is, is padded with NUL to
        it. EncodeError says which asset is wrong and why.
        """
        if self._encoder is None:
            from .straight_encode import StraightEncoder

            self._encoder = StraightEncoder(self.plan, self.readings)
        if length is None:
            payload = self._encoder.encode(mapping, case)
            if payload is not None:
                return payload
        from .encode import encode
        from .straight_encode import flatten

        return encode(self.plan, flatten(mapping), self.readings, case, length)
