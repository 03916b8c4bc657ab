"""The parameters of AT commands: the one place that puts text between quotes.

'AT+CGDCONT=1,"IP",%s' % apn("iot.1nce.net")
'AT#XCONNECT=3,%s' % endpoint(("udp.os.1nce.com", 4445))     # AT#XCONNECT=3,"udp.os.1nce.com",4445

A quote would end the parameter, a carriage return the command (V.250, 5.2), and what comes after
it would be the next command. So text is refused unless it can be what it stands for; the
`UsageError` names its kind, and never shows it.
"""

from nce_modem.errors import OpenFailed, UsageError

_MOST_HOST = 253  # RFC 1035, 2.3.4, without the length octets at both ends
_MOST_LABEL = 63
_MOST_APN = 100  # TS 23.003, 9.1
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"


def quoted(value, kind, most=255):
    """A text between quotes: printable ASCII without quote and backslash, 1 to `most` characters.

    value: text, or bytes that are text. kind: what errors call it. Raises `UsageError`.
    """
    raw = value.encode() if isinstance(value, str) else bytes(value)
    if not 0 < len(raw) <= most:
        raise UsageError("a %s of %d characters; give 1 to %d" % (kind, len(raw), most))
    for place, byte in enumerate(raw):
        if not 0x20 <= byte < 0x7F or byte in b'"\\':
            raise UsageError(
                "a %s with byte 0x%02x at place %d; give printable ASCII without quotes and "
                "backslashes" % (kind, byte, place)
            )
    return '"%s"' % str(raw, "ascii")


def is_address(text):
    """Whether a text is a dotted IPv4 address."""
    parts = text.split(".")
    for part in parts:
        if not 0 < len(part) <= 3 or part.strip("0123456789") or int(part) > 255:
            return False
    return len(parts) == 4


def _is_name(text, most):
    """Whether a text is labels of letters, digits and hyphens with dots in between."""
    for label in text.split("."):
        if not 0 < len(label) <= _MOST_LABEL or "-" in (label[0], label[-1]):
            return False
        for character in label:
            if character not in NAME_CHARACTERS:
                return False
    return len(text) <= most


def host(name):
    """A host name (RFC 1123, 2.1) or dotted IPv4 address between quotes; raises `UsageError`."""
    is_text = isinstance(name, str)
    is_numeric = is_text and not name.split(".")[-1].strip("0123456789")
    if not is_text or not (is_address(name) if is_numeric else _is_name(name, _MOST_HOST)):
        raise UsageError(
            "that is no host: give a name of letters, digits, hyphens and dots, or a dotted "
            "IPv4 address"
        )
    return '"%s"' % name


def port(number, least=1):
    """A UDP port as it came, `least` to 65535; raises `UsageError`."""
    if not isinstance(number, int) or not least <= number <= 65535:
        raise UsageError("port %r; give a number from %d to 65535" % (number, least))
    return number


def endpoint(peer):
    """`"host",port` of a peer; raises `UsageError`."""
    return "%s,%d" % (host(peer[0]), port(peer[1]))


def apn(name):
    """An access point name between quotes (TS 23.003, 9.1); raises `UsageError`."""
    if not isinstance(name, str) or not _is_name(name, _MOST_APN):
        raise UsageError(
            "that is no APN: give labels of letters, digits and hyphens with dots in between, "
            "100 characters at the most"
        )
    return '"%s"' % name


def telephone(number):
    """A telephone number between quotes: 1 to 20 digits, `*` and `#`, `+` in front or not.

    Raises `UsageError`, which leaves the number out.
    """
    if not isinstance(number, str):
        raise UsageError("a number is text, as +49... is")
    digits = number[1:] if number[:1] == "+" else number
    if not 0 < len(digits) <= 20 or digits.strip("0123456789*#"):
        raise UsageError(
            "a number of %d characters cannot be dialled; write 1 to 20 digits, +49... when "
            "international" % len(number)
        )
    return '"%s"' % number


def resolved(name, address):
    """The address that the modem gave for a name, if it is one; raises `OpenFailed`."""
    if not is_address(address):
        raise OpenFailed("%s was resolved to what is no dotted IPv4 address" % name)
    return address


def check_command(command):
    """Refuse (`UsageError`) a command line that holds more than printable ASCII.

    The same for a payload that holds what ends it, or cancels it (ESC: TS 27.005, 3.5.1).
    """
    text, payload, end = command.text.encode(), command.payload, command.terminator
    if not text or min(text) < 0x20 or max(text) > 0x7E:
        raise UsageError("a command takes printable ASCII alone: no line ends, no control bytes")
    if payload and end and (end in payload or (end == b"\x1a" and 0x1B in payload)):
        raise UsageError(
            "the payload of %s holds the bytes that end its input; encode it" % command.name
        )
