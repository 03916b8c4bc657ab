"""What the attacks on the DTLS server are made of: a server, a client that is no one's, records.

The attacker knows what anyone on the way knows: addresses, what was sent in the clear, and records
that can be held back, repeated and sent from elsewhere. It has no key but, where a test says so,
one of its own.
"""

from __future__ import annotations

from random import Random

from nce_sim.endpoints.dtls import DtlsServer, DtlsSettings, Established
from support.dtls_handmade_peer import IDENTITY, KEY, number

HOME = ("10.160.0.1", 40000)
AWAY = ("10.160.0.1", 50000)
VICTIM = ("10.160.0.66", 5684)
OTHER = b"8988228066604086928"


def make_server(**settings):
    return DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity in (IDENTITY, OTHER) else None,
        random_bytes=Random(1).randbytes,
        settings=DtlsSettings(**settings),
    )


def give(server, datagram, peer=HOME, now_ms=0):
    events = server.receive_datagram(datagram, peer, now_ms)
    return events, server.datagrams_to_send()


def half_open(server, client, peer=HOME):
    """The flight that answers a hello with a good cookie."""
    _, [(_, request)] = give(server, client.hello(), peer)
    _, [(_, flight)] = give(server, client.answer_cookie(request), peer)
    return flight


def connect(server, client, peer=HOME):
    events, [(_, last)] = give(server, client.answer_flight(half_open(server, client, peer)), peer)
    client.check_finished(last)
    return [event for event in events if isinstance(event, Established)]


def plain(kind, message, sequence=7):
    return (
        bytes([kind]) + b"\xfe\xfd\0\0" + number(sequence, 6) + number(len(message), 2) + message
    )


def handshake(kind, body, message_seq, length=None, offset=0):
    length = len(body) if length is None else length
    return (
        bytes([kind])
        + number(length, 3)
        + number(message_seq, 2)
        + number(offset, 3)
        + number(len(body), 3)
        + body
    )


def split(flight, cid_bytes=8):
    """The records of a flight as they are on the wire."""
    records = []
    while flight:
        at = 11 + (cid_bytes if flight[0] == 25 else 0)
        end = at + 2 + int.from_bytes(flight[at : at + 2], "big")
        records.append(flight[:end])
        flight = flight[end:]
    return records
