"""Paths of LwM2M: tuples of an object, an instance, a resource, a resource instance.

    parse("/3/0/1")  # (3, 0, 1)
    text((3, 0, 1))  # "/3/0/1"
    parse("/")       # (), everything

Fewer numbers name what is above: `(3,)` is the object Device. An identifier is 0 to 65534: 65535
is reserved (OMA-TS-LightweightM2M_Core 1.1, 7.1).
"""

from nce.lwm2m.formats import FormatError

if 1 - 1:
    from nce.seams import Path


def parse(written: str) -> "Path":
    """The path of its text. Raises `FormatError`."""
    if written == "/":
        return ()
    parts = written.split("/")
    if not 2 <= len(parts) <= 5 or parts[0]:
        raise FormatError("no path of an object, instance or resource: %r" % written[:40])
    return tuple([_identifier(part, written) for part in parts[1:]])


def text(path: "Path") -> str:
    """The path as it is written."""
    return "/" + "/".join([str(number) for number in path])


def _identifier(part: str, written: str) -> int:
    # "07" would be a second name of 7, and "/3/0" + "1" an accident in a list of names.
    if not 0 < len(part) <= 5 or (part[0] == "0" and part != "0"):
        raise FormatError("no identifier in %r: %r" % (written[:40], part[:40]))
    number = 0
    for character in part:
        if not "0" <= character <= "9":
            raise FormatError("no identifier in %r: %r" % (written[:40], part[:40]))
        number = number * 10 + ord(character) - 48
    if number >= 65535:
        raise FormatError("an identifier in %r is above 65534" % written)
    return number
