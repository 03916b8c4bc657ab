"""Message IDs that do not repeat after a reboot: the state that `nce.coap.mid` keeps on flash.

    mids = stored_mids("coap.mid", parameters)
    client = CoapClient(port, parameters=parameters, mids=mids)

One small file, written once in 1024 messages: the ID at which the next life begins, before an ID
behind it is used. A file that is missing or torn means a random start. Needed where the messages
of a life before a reboot are still remembered by the peer under the same address and port: plain
CoAP. A DTLS handshake begins a new association, and with it the IDs anew.
"""

import os

from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms
from nce.const import const

_CHECK = const(0xA5A5)


def stored_mids(path, parameters=DEFAULT, random_bytes=os.urandom):
    """`MessageIds` that begin where the file at `path` says, and keep it true."""

    def reserve(first):
        # Written beside and renamed: a power cut leaves the old file or the new one.
        with open(path + ".new", "wb") as file:
            file.write(first.to_bytes(2, "big") + (first ^ _CHECK).to_bytes(2, "big"))
        os.rename(path + ".new", path)

    first = _read(path)
    if first is None:
        first = int.from_bytes(random_bytes(2), "big")
    return MessageIds(first, exchange_lifetime_ms(parameters), reserve)


def _read(path):
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    first = int.from_bytes(data[:2], "big")
    if len(data) != 4 or int.from_bytes(data[2:], "big") != first ^ _CHECK:
        return None
    return first
