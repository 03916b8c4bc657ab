"""Attacks on the DTLS server's time: what one datagram of a stranger's may cost."""

from __future__ import annotations

import sys

import pytest

from support import dtls_handmade_peer as handmade
from support.dtls_attacks import HOME, give, half_open, handshake, make_server, plain
from support.dtls_handmade_peer import number


def calls_of(action):
    """How many calls, of Python and of C, an action takes: a measure that no clock disturbs."""
    counts = [0]

    def count(_frame, event, _argument):
        counts[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return counts[0]


def flood(make_record, limit=65_000):
    datagram, sequence = b"", 0
    while len(datagram) < limit:
        datagram += make_record(sequence)
        sequence += 1
    return datagram


HELLO = handmade.Client(cid=None).hello()
FLOODS = {
    "pieces of one byte, with gaps": lambda n: plain(
        22, handshake(1, b"\1", 0, length=8192, offset=n * 2), n
    ),
    "pieces of no byte": lambda n: plain(22, handshake(1, b"", 0, length=8192, offset=n), n),
    "pieces that disagree": lambda n: plain(
        22, handshake(1, b"\1", 0, length=8000 + n % 2, offset=n), n
    ),
    "whole hellos": lambda n: HELLO[:5] + number(n, 6) + HELLO[11:],
    "empty records": lambda n: plain(23, b"", n),
    "records of no epoch": lambda n: plain(22, b"", n)[:3] + b"\0\1" + number(n, 6) + b"\0\0",
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_datagram_full_of_pieces_costs_no_more_than_a_few_hellos(name):
    server = make_server()
    one = calls_of(lambda: server.receive_datagram(HELLO, HOME, 0))
    datagram = flood(FLOODS[name])
    cost = calls_of(lambda: server.receive_datagram(datagram, HOME, 0))
    assert cost <= 10 * one, f"{cost} calls against {one} of a plain hello"
    assert sum(len(answer) for _, answer in server.datagrams_to_send()) <= 2 * len(HELLO)
    assert server.half_open_count == 0
    assert server.counters["rest of a datagram of too many records"] == 1


def test_a_key_exchange_in_ever_smaller_pieces_costs_in_proportion_to_its_bytes():
    costs = []
    for pieces in (100, 1000):
        server, client = make_server(), handmade.Client(cid=None)
        half_open(server, client)
        message = b"".join(
            handshake(16, b"\1", 2, length=8192, offset=at * 2) for at in range(pieces)
        )
        datagram = plain(22, message)
        costs.append(calls_of(lambda one=server, data=datagram: give(one, data)))
    assert costs[1] < 20 * costs[0], costs
