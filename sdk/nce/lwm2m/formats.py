"""Content-Formats of LwM2M and their codecs, each loaded when it is asked for.

    codec = codec_of(SENML_CBOR)
    codec.encode((3303, 0), [((3303, 0, 5700), kinds.FLOAT, 21.5, None)])
    codec.decode((3303, 0), payload, lambda path: kinds.FLOAT)  # [((3303, 0, 5700), 21.5, None)]

A codec is a module with these two functions:

- `encode(base, entries)`: an entry is `(path, kind, value, time_s or None)`, its path at or below
  `base`; a resource of several instances has an entry for each. `UsageError` tells of a value that
  is not of its kind, or that the format has no room for.
- `decode(base, data, kind_of)`: a list of `(path, value, time_s or None)`. `kind_of(path)` is the
  kind of a resource or resource instance; None leaves the value as it was read. `FormatError`
  tells what is wrong with the bytes.

`decode_paths(data)`, of the two SenML codecs, reads what a composite request asks for.

The value None stands for what is there and empty: a resource without instances, an instance
without resources. `time_s` is a whole number of seconds since 1970; below 2**28 it counts from the
moment of receipt (RFC 8428, 4.5.3).
"""

from nce.const import const
from nce.errors import PeerError

if 1 - 1:
    from nce.seams import Lwm2mCodec

TEXT = const(0)
LINK = const(40)  # see `nce.lwm2m.link`
OPAQUE = const(42)
CBOR = const(60)
SENML_JSON = const(110)
SENML_CBOR = const(112)
TLV = const(11542)
JSON = const(11543)

# Before they had their numbers (LwM2M 1.0 drafts).
_OLD_TLV = const(1542)
_OLD_JSON = const(1543)


class FormatError(PeerError):
    """A payload or a path that is not what its format allows, or not what was asked for."""


def codec_of(content_format: int) -> "Lwm2mCodec | None":
    """The codec of a Content-Format, None for one that holds no values or is unknown."""
    if content_format == SENML_CBOR:
        from nce.lwm2m import senml_cbor

        return senml_cbor
    if content_format in (TLV, _OLD_TLV):
        from nce.lwm2m import tlv

        return tlv
    if content_format == TEXT:
        from nce.lwm2m import text

        return text
    if content_format == OPAQUE:
        from nce.lwm2m import opaque

        return opaque
    if content_format == CBOR:
        from nce.lwm2m import cbor

        return cbor
    if content_format == SENML_JSON:
        from nce.lwm2m import senml_json

        return senml_json
    if content_format in (JSON, _OLD_JSON):
        from nce.lwm2m import lwm2m_json

        return lwm2m_json
    return None
