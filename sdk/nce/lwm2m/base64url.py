"""Base64 in both alphabets (RFC 4648, 4 and 5), with and without padding.

encode(b"\\xfb\\xff")  # "-_8", as SenML has it
decode("+/8=")  # the same bytes; Wakaama writes it so
"""

import binascii


def encode(data: bytes) -> str:
    """The alphabet of URLs, without padding (RFC 8428, 4.3)."""
    return plain(data).rstrip("=").replace("+", "-").replace("/", "_")


def plain(data: bytes) -> str:
    """The plain alphabet, padded."""
    return binascii.b2a_base64(data)[:-1].decode()


def decode(written: str) -> bytes:
    """The bytes. Raises `ValueError`."""
    data = written.replace("-", "+").replace("_", "/").encode()
    bare = data.rstrip(b"=")
    rest = len(bare) % 4
    if (len(bare) != len(data) and len(data) % 4) or rest == 1:
        raise ValueError("base64 of %d characters" % len(data))
    decoded = binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
    # It passes over what is not in the alphabet.
    if len(decoded) != len(bare) * 3 // 4:
        raise ValueError("not base64")
    return decoded
