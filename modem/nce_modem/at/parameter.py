"""The parameters of AT commands: the one place that puts text between quotes.

'AT+CGDCONT=1,"IP",%s' % apn("iot.1nce.net")
'AT#XCONNECT=3,%s' % endpoint(("udp.os.1nce.com", 4445))     # AT#XCONNECT=3,"udp.os.1nce.com",4445

A quote would end the parameter, a carriage return the command (V.250, 5.2), and what comes after
it would be the next command. So each text is checked for its kind before it is used; the
`UsageError` names the kind, and never shows the text.
"""

from nce_modem.at import syntax
from nce_modem.errors import OpenFailed, UsageError


def quoted(value: "str | bytes", kind: str, size: int = 255) -> str:
    """A text between quotes: printable ASCII without quote and backslash, 1 to `size` characters.

    value: text, or bytes that are text. kind: what errors call it. Raises `UsageError`.
    """
    raw = value.encode() if isinstance(value, str) else bytes(value)
    if not 0 < len(raw) <= size:
        raise UsageError("%s has %d characters; give 1 to %d" % (kind, len(raw), size))
    for byte in raw:
        if not 0x20 <= byte < 0x7F or byte in b'"\\':
            raise UsageError(
                "%s contains byte 0x%02x; give printable ASCII without quotes" % (kind, byte)
            )
    return '"' + str(raw, "utf-8") + '"'


def is_address(text: str) -> bool:
    """Whether a text is a dotted IPv4 address."""
    parts = text.split(".")
    for part in parts:
        if len(part) > 3 or not part.encode().isdigit() or int(part) > 255:
            return False
    return len(parts) == 4


def _of_labels(name: str, kind: str, size: int) -> str:
    """A name of labels (RFC 1123, 2.1; TS 23.003, 9.1) between quotes."""
    labels = name.split(".") if isinstance(name, str) else [""]
    for label in labels:
        is_wrong = not 0 < len(label) < 64 or "-" in (label[0], label[-1])
        for character in label:
            if character not in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-":
                is_wrong = True
        if is_wrong or len(name) > size:
            raise UsageError("not a valid %s: use letters, digits, hyphens and dots" % kind)
    return '"' + name + '"'


def host(name: str) -> str:
    """A host name or dotted IPv4 address between quotes; raises `UsageError`."""
    result = _of_labels(name, "host", 253)  # RFC 1035, 2.3.4, without the octets at both ends
    if name.split(".")[-1].isdigit() and not is_address(name):
        raise UsageError("not a valid host: an IPv4 address has four numbers up to 255")
    return result


def port(number: int, start: int = 1) -> int:
    """The UDP port itself, checked to be `start` to 65535; raises `UsageError`."""
    is_number = isinstance(number, int)
    if not is_number or not start <= number <= 65535:
        shown = number if is_number else "of %s" % type(number).__name__
        raise UsageError("port %s; give a number from %d to 65535" % (shown, start))
    return number


def endpoint(peer: "tuple[str, int]") -> str:
    """`"host",port` of a peer; raises `UsageError`."""
    return host(peer[0]) + "," + str(port(peer[1]))


def sender(address: str, number: str) -> "tuple[str, int]":
    """The sender that the modem names for a datagram; `("", 0)`, which no socket has as
    its peer, when it is no address and port."""
    value = syntax.number(number)
    if not value or value > 65535 or not is_address(address):
        return "", 0
    return address, value


def apn(name: str) -> str:
    """An access point name between quotes; raises `UsageError`."""
    return _of_labels(name, "access point name", 100)  # TS 23.003, 9.1


def resolved(name: str, address: str) -> str:
    """The address that the modem gave for a name; raises `OpenFailed` when it is not one."""
    if not is_address(address):
        raise OpenFailed("the modem resolved %s to something other than an IPv4 address" % name)
    return address
