"""Mbed TLS's ssl_client2 at the simulator's DTLS server: suites, resumption, Connection IDs, NATs.

See `mbedtls_peer` for the program, the server's socket, and the NAT between the two.
"""

from __future__ import annotations

import asyncio

import pytest

from nce_sim.endpoints.dtls import Closed, Data, DtlsSettings, Established, Moved
from support.mbedtls_peer import ANSWER, IDENTITY, cid, visit

pytestmark = pytest.mark.slow  # the program is built first

# (suite, encrypt-then-MAC)
SUITES = (
    ("TLS-PSK-WITH-AES-128-CCM-8", 1),
    ("TLS-PSK-WITH-AES-128-CCM", 1),
    ("TLS-PSK-WITH-AES-128-GCM-SHA256", 1),
    ("TLS-PSK-WITH-AES-128-CBC-SHA256", 1),
    ("TLS-PSK-WITH-AES-128-CBC-SHA256", 0),
    ("TLS-PSK-WITH-AES-128-CBC-SHA", 1),
    ("TLS-PSK-WITH-AES-256-CBC-SHA", 1),
)
CCM_8 = SUITES[0][0]
WAYS = ({"session_ids": True}, {"session_tickets": True})
CONNECTION_ID_RECORD = 25  # RFC 9146, 4


def visited(*arguments, **more):
    return asyncio.run(visit(*arguments, **more))


def name_of(way):
    return next(iter(way))


@pytest.mark.parametrize("value", [None, "", "aabbccdd"])
@pytest.mark.parametrize("way", WAYS, ids=name_of)
@pytest.mark.parametrize(("cipher", "etm"), SUITES)
def test_every_suite_in_full_and_resumed(cipher, etm, way, value):
    """`value` is the ID that the client wants; ours gives it one of 8 bytes."""
    settings = DtlsSettings(**way, connection_id_bytes=8)
    tickets = int("session_tickets" in way)
    code, output, server, nat = visited(
        settings, cipher, etm=etm, tickets=tickets, exchanges=3, reconnect=1, **cid(value)
    )
    assert code == 0, output
    assert [one.is_resumed for one in server.of(Established)] == [False, True]
    assert {one.identity for one in server.of(Established)} == {IDENTITY.encode()}
    assert len(server.of(Data)) == 4  # 3 exchanges, and one when it came back
    assert output.count(f"{len(ANSWER)} bytes read") == 4
    assert len(server.of(Closed)) == 2
    assert not server.server.counters
    kinds = {(is_up, data[0]) for is_up, data in nat.passed}
    assert ((True, CONNECTION_ID_RECORD) in kinds) == (value is not None)
    assert ((False, CONNECTION_ID_RECORD) in kinds) == bool(value)


@pytest.mark.parametrize("length", [0, 1, 8, 32])
@pytest.mark.parametrize("value", ["", "aa", "ab" * 32])
@pytest.mark.parametrize("padding", [1, 16])
def test_ids_of_any_length_and_padding_either_way(length, value, padding):
    settings = DtlsSettings(connection_id_bytes=length, connection_id_padding_bytes=padding)
    code, output, server, _nat = visited(settings, CCM_8, exchanges=3, **cid(value))
    assert code == 0, output
    assert len(server.of(Data)) == 3
    assert output.count(f"{len(ANSWER)} bytes read") == 3
    if length:
        assert f"Peer CID (length {length} Bytes)" in output
    assert not server.server.counters


@pytest.mark.parametrize("value", ["", "aabbccdd"])
@pytest.mark.parametrize(("cipher", "etm"), SUITES[:5])
def test_a_nat_that_forgets_costs_a_session_with_an_id_nothing(cipher, etm, value):
    # Records of epoch 1 on their own: 0 to 3 the requests; 4 the goodbye.
    settings = DtlsSettings(connection_id_bytes=8)
    code, output, server, nat = visited(
        settings, cipher, forgets_at=(1, 3), etm=etm, exchanges=4, **cid(value)
    )
    assert code == 0, output
    assert len(nat.mappings) == 3
    assert len(server.of(Established)) == 1
    assert len(server.of(Moved)) == 2
    assert len(server.of(Data)) == 4
    assert output.count(f"{len(ANSWER)} bytes read") == 4


def test_a_nat_that_forgets_ends_a_session_without_an_id():
    code, output, server, nat = visited(
        DtlsSettings(connection_id_bytes=8), CCM_8, forgets_at=(1,), exchanges=4
    )
    assert code != 0, output
    assert len(nat.mappings) == 2
    assert not server.of(Moved)
    assert len(server.of(Data)) == 1
    assert server.server.counters["record of no association"] > 0


@pytest.mark.parametrize("way", WAYS, ids=name_of)
def test_a_resumed_session_has_a_new_id_and_moves_too(way):
    settings = DtlsSettings(**way, connection_id_bytes=8)
    # 0 and 1 the requests, 2 the goodbye; 3 the request of the resumed session, 4 its goodbye.
    code, output, server, _nat = visited(
        *(settings, CCM_8),
        forgets_at=(1, 3),
        tickets=int("session_tickets" in way),
        exchanges=2,
        reconnect=1,
        **cid("aabbccdd"),
    )
    assert code == 0, output
    assert [one.is_resumed for one in server.of(Established)] == [False, True]
    assert len(server.of(Moved)) == 2
    assert len(server.of(Data)) == 3
    assert len({one.session for one in server.of(Data)}) == 2
    assert output.count(f"{len(ANSWER)} bytes read") == 3
