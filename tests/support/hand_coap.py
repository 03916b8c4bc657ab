"""CoAP messages written and read by hand (RFC 7252, 3), for both ends of a conversation.

datagram = message("CON", "0.02", 0x1234, b"tok", [(11, b"rd"), (15, b"ep=a")], b"</3/0>")
kind, code, mid, token, options, payload = read(datagram)      # options as a list of pairs
"""

from typing import NamedTuple

from support.proxy_device import option_bytes

KINDS = ("CON", "NON", "ACK", "RST")
OBSERVE, LOCATION, PATH, FORMAT, QUERY, ACCEPT = 6, 8, 11, 12, 15, 17
BLOCK2, BLOCK1, SIZE1, ETAG = 23, 27, 60, 4


class Message(NamedTuple):
    kind: str
    code: str
    mid: int
    token: bytes = b""
    options: tuple = ()
    payload: bytes = b""

    def values(self, number):
        return [value for one, value in self.options if one == number]

    def value(self, number):
        """The value of an option as a number; None without it."""
        found = self.values(number)
        return int.from_bytes(found[0], "big") if found else None

    @property
    def path(self):
        return "/" + "/".join(value.decode() for value in self.values(PATH))

    @property
    def what(self):
        """In short: `PUT /0/0`, or the code of a response."""
        names = {1: "GET", 2: "POST", 3: "PUT", 4: "DELETE", 5: "FETCH", 7: "iPATCH"}
        kind, detail = map(int, self.code.split("."))
        return f"{names[detail]} {self.path}" if not kind and detail else self.code


def message(kind, code, mid, token=b"", options=(), payload=b""):
    """The bytes of a message."""
    first, detail = map(int, code.split("."))
    head = bytes([0x40 | KINDS.index(kind) << 4 | len(token), first << 5 | detail])
    data = head + mid.to_bytes(2, "big") + token + option_bytes(options)
    return data + (b"\xff" + payload if payload else b"")


def read(data):
    """A message from its bytes; for options of up to 268 bytes and more."""
    length, at = data[0] & 15, 4 + (data[0] & 15)
    options, number = [], 0
    while at < len(data) and data[at] != 0xFF:
        amounts, at = [data[at] >> 4, data[at] & 15], at + 1
        for index, amount in enumerate(amounts):
            if amount == 13:
                amounts[index], at = data[at] + 13, at + 1
            elif amount == 14:
                amounts[index], at = int.from_bytes(data[at : at + 2], "big") + 269, at + 2
        number += amounts[0]
        options.append((number, data[at : at + amounts[1]]))
        at += amounts[1]
    return Message(
        KINDS[data[0] >> 4 & 3],
        f"{data[1] >> 5}.{data[1] & 31:02d}",
        int.from_bytes(data[2:4], "big"),
        data[4 : 4 + length],
        tuple(options),
        data[at + 1 :],
    )


def uint(value):
    """The value of an option that is a number: no leading zeros (RFC 7252, 3.2)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def block(number, more, exponent):
    """The value of a Block option: blocks of 16 << exponent bytes (RFC 7959, 2.2)."""
    return uint(number << 4 | more << 3 | exponent)
