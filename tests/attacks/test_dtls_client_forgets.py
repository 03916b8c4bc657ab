"""What a client must not keep: keys once they are used, and sessions that are not safe to resume.

The server is written for the tests alone (`ServerDouble`), and gives its session an ID.
"""

from __future__ import annotations

import os
import random

import pytest

from nce.dtls.client import Client, Connected, Failed
from nce.dtls.errors import HandshakeRefused, HandshakeTimeout, SessionClosed
from nce.dtls.saved import restore, save
from support.dtls_server_double import IDENTITY, KEY, ServerDouble

SESSION_ID = bytes(range(32))
OLD_SESSION = (SESSION_ID, b"", b"m" * 48, 0xC0A8)
FATAL_IN_THE_CLEAR = b"\x15\xfe\xfd" + bytes(8) + b"\0\2\2\x28"


class Server(ServerDouble):
    session_id = SESSION_ID

    def __init__(self):
        super().__init__(random.Random(1))


def new_client():
    return Client(IDENTITY, KEY, os.urandom)


def play(server, client):
    """The client's events of a handshake without a loss."""
    events = []
    client.start(0)
    while datagrams := client.datagrams_to_send():
        for answer in [answer for one in datagrams for answer in server.receive(one)]:
            events += client.receive_datagram(answer, 0)
    return events


def connected():
    server, client = Server(), new_client()
    assert isinstance(play(server, client)[0], Connected)
    return server, client


# -- sessions ----------------------------------------------------------------------------------


def test_a_session_is_kept_to_resume_with_the_extended_master_secret_alone():
    """RFC 7627, 5.3: without it somebody between two servers may join two sessions to one."""
    server, client = connected()
    assert client.session == (SESSION_ID, b"", server.master, 0xC0A8)
    server, client = Server(), new_client()
    server.session_id = b""
    assert isinstance(play(server, client)[0], Connected)
    assert client.session is None, "it has no name"
    server, client = Server(), new_client()
    server.has_extended_master = False
    assert isinstance(play(server, client)[0], Connected), "it serves, once"
    assert client.session is None
    again = new_client()
    assert restore(again, save(client), same_address=True), "the live session may go on"
    assert again.session is None


# (level and alert, under the keys, the session ends, it may be resumed): RFC 5246, 7.2.
ALERTS = (
    (b"\2\x28", True, True, False),
    (b"\2\x00", True, True, True),  # close_notify ends it in order, whatever its level
    (b"\1\x00", True, True, True),
    (b"\1\x5a", True, False, True),
    (b"\2\x28", False, False, True),
    (b"\1\x00", False, False, True),
)


@pytest.mark.parametrize(("alert", "is_genuine", "ends", "may_resume"), ALERTS)
def test_a_session_is_not_resumed_after_a_fatal_alert(alert, is_genuine, ends, may_resume):
    server, client = connected()
    events = client.receive_datagram(server.record(int(is_genuine), 21, alert), 0)
    assert client.is_connected is not ends
    assert bool(events) is ends
    if ends:
        assert isinstance(events[0].error, SessionClosed)
        assert client.next_timeout() is None
    assert (client.session is not None) is may_resume
    again = new_client()
    restore(again, save(client))
    assert (again.session is not None) is may_resume


@pytest.mark.parametrize(("times", "may_resume"), [(1, True), (2, False), (9, False)])
def test_a_hello_refused_over_and_over_offers_its_session_no_more(times, may_resume):
    client = new_client()
    client.session = OLD_SESSION
    client.start(0)
    events, count = [], 0
    while not events:
        if count < times:
            assert client.receive_datagram(FATAL_IN_THE_CLEAR, 0) == []
        count += 1
        events = client.handle_timeout(client.next_timeout())
    [failed] = events
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, HandshakeTimeout if may_resume else HandshakeRefused)
    assert (client.session == OLD_SESSION) is may_resume


def test_a_session_not_resumed_is_replaced_by_the_new_one():
    server, client = Server(), new_client()
    server.session_id = b"another"
    client.session = OLD_SESSION
    assert play(server, client) == [Connected(client.suite, False)]
    assert client.session == (b"another", b"", server.master, 0xC0A8)


# -- keys --------------------------------------------------------------------------------------


def connect_by(way):
    _, client = connected()
    if way == "full":
        return client
    again = new_client()
    assert restore(again, save(client), same_address=True) is True
    return again


@pytest.mark.parametrize("way", ["full", "restored"])
def test_the_key_is_wiped_once_there_is_a_session_and_the_rest_with_its_end(way):
    client = connect_by(way)
    assert client.is_connected
    assert client.key == b""
    assert len(client.key_block) == 40
    assert client._negotiation is None, "it holds the master secret"
    client.stop()
    assert (client.key, client.key_block) == (b"", b"")
    assert client.max_data == 0


def test_the_key_is_wiped_when_a_handshake_fails_or_is_stopped():
    silent, stopped = new_client(), new_client()
    silent.start(0)
    stopped.start(0)
    assert silent.key == stopped.key == KEY, "it is needed until then"
    while not silent.handle_timeout(silent.next_timeout()):
        pass
    stopped.stop()
    for client in (silent, stopped):
        assert (client.key, client.key_block) == (b"", b"")
        assert client._negotiation is None
        assert client.next_timeout() is None
