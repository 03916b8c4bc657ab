"""The states of an association and its messages: the two axes of `machine.TRANSITIONS`."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """The message that an association waits for, or how it ended."""

    WAIT_HELLO = 0  # a ClientHello whose cookie is good
    WAIT_KEYS = 1  # our flight is out; no key exchange has been proven to be the client's own
    WAIT_FINISHED = 2  # the keys are known; the client's Finished is awaited
    ESTABLISHED = 3  # it was good; the last flight is kept, for the client may miss it
    DEAD = 4  # refused, closed or given up


class Message(IntEnum):
    """A message that comes in. Anyone can write those marked *: they are not protected."""

    HELLO = 0  # with a good cookie, for a full handshake
    RESUMING_HELLO = 1  # with a good cookie, for a session that we know
    HELLO_AGAIN = 2  # the client missed our flight (RFC 6347, 4.2.4)
    KEY_EXCHANGE = 3  # *
    PLAIN_ALERT = 4  # * a fatal one
    PROOF = 5  # a record that opens under the keys of one of the key exchanges
    UNREADABLE = 6  # * a record that opens under no keys, before the handshake is complete
    FINISHED = 7
    RENEGOTIATION = 8  # a ClientHello under the keys
    DATA = 9
    CLOSE_NOTIFY = 10
    FATAL_ALERT = 11
