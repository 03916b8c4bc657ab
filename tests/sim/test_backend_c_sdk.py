"""The Authenticator serves 1NCE's C SDK as it is: its bytes, its limits, its mistakes.

The request bytes and the way the reply is read are rebuilt from what is documented of that SDK;
none of this project's encoders takes part.
"""

from __future__ import annotations

import pytest

from nce_sim.backend import Backend
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

COAP = Address("10.60.2.219", 5683)
OPTIONS = b"\x3d\x03coap.os.1nce.com\x89bootstrap"
RECEIVE_BUFFER = 150
FIRST_MID = 1001


def sdk_request(mid):
    """What the SDK sends: the two bytes of the MID, in memory order, go through `%.2s`.

    So they end at the first zero byte, and the datagram is short by what is missing.
    """
    printed = mid.to_bytes(2, "little").split(b"\0")[0]
    return b"\x50\x01" + printed + OPTIONS


def sdk_parse(datagram):
    """What the SDK makes of a reply, with no eye for code, MID or token.

    A C string up to the first NUL, at most the receive buffer; from the first "89" on, the
    identity up to a comma and the key up to the next one.
    """
    text = datagram[:RECEIVE_BUFFER].split(b"\0")[0]
    start = text.find(b"89")
    if start < 0 or b"," not in text[start:]:
        return None
    identity, rest = text[start:].split(b",", 1)
    return identity.decode(), rest.split(b",", 1)[0].decode()


@pytest.fixture
def world():
    return World(seed=3)


@pytest.fixture
def ask(world):
    """Send a datagram as the device does; its answers."""
    sim = world.add_sim()
    answers = []
    world.core.open_session(sim, lambda datagram: answers.append(datagram.payload))

    def ask(payload):
        answers.clear()
        source = Address(world.core.address_of(sim), 40000)
        world.core.send(Datagram(source, COAP, payload))
        world.clock.advance(2_000)
        return list(answers)

    ask.sim = sim
    with Backend(world) as ask.backend:
        yield ask


def test_the_requests_are_those_documented():
    assert len(sdk_request(1001)) == 32
    assert sdk_request(1001)[:6] == bytes.fromhex("5001 e903 3d03")
    assert len(sdk_request(1024)) == 30
    assert sdk_request(1024)[:4] == bytes.fromhex("5001 3d03")


def test_the_sdk_reads_identity_and_key(ask):
    [reply] = ask(sdk_request(FIRST_MID))
    assert sdk_parse(reply) == (
        ask.sim.iccid,
        ask.backend.authenticator.psk(ask.sim.iccid).decode(),
    )
    assert reply[0] == 0x50, "NON, as the request, without a token"
    assert reply[1] == 0x45
    assert len(reply) <= RECEIVE_BUFFER
    assert 0 not in reply


def test_two_thousand_calls_all_serve_and_the_malformed_ones_harm_nothing(ask):
    malformed = 0
    for mid in range(FIRST_MID, FIRST_MID + 2048):
        answers = ask(sdk_request(mid))
        parsed = [sdk_parse(answer) for answer in answers]
        if len(sdk_request(mid)) < 32:
            malformed += 1
            assert parsed in ([], [None]), "dropped or reset, never a key for garbage"
        else:
            assert parsed == [
                (ask.sim.iccid, ask.backend.authenticator.psk(ask.sim.iccid).decode())
            ]
    assert malformed == 8, "every 256 message ids"


def test_a_rebooted_sdk_counting_anew_is_served(ask):
    first = ask(sdk_request(FIRST_MID))
    assert ask(sdk_request(FIRST_MID)) == first


def test_the_error_of_a_wrong_path_begins_as_in_the_sdks_own_test(ask):
    [reply] = ask(bytes.fromhex("5001 8a8b") + b"\xb7nowhere")
    assert reply[:2] == bytes.fromhex("5084")
    assert sdk_parse(reply) is None
