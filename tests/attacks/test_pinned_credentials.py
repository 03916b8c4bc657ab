"""Somebody in the network who reads what a device sends and answers first, in the server's name.

The device is `nce.Device` over the simulated network and 1NCE OS, in virtual time. The attacker
holds nothing back: his datagrams come before the true ones. He is after the record, by a key and a
server of his own that a bootstrap would bring, or at least after a weaker handshake.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from memory_stores import Kept
from nce.coap.message import ACK, Message, decode, encode
from nce.credentials import BootstrapMalformed, Credentials
from nce.device import ACKNOWLEDGED, Device, Undelivered
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.wire.datagram import Address
from nce_sim.world import World
from support.attacked_bearer import AttackedBearer

COAPS_PORT = 5684
COAP_PORT = 5683
CLOSE_NOTIFY, BAD_RECORD_MAC, HANDSHAKE_FAILURE, DECRYPT_ERROR = 0, 20, 40, 51
INTERNAL_ERROR, UNKNOWN_PSK_IDENTITY = 80, 115
ALERTS = (
    CLOSE_NOTIFY,
    BAD_RECORD_MAC,
    HANDSHAKE_FAILURE,
    DECRYPT_ERROR,
    INTERNAL_ERROR,
    UNKNOWN_PSK_IDENTITY,
)
EVIL_HOST = "evil.example"
EVIL_ADDRESS = Address("198.51.100.66", COAPS_PORT)
EVIL_KEY = b"the attacker's own"


def alert(description):
    return b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02" + bytes((description,))


def forger(*alerts, after=0):
    """Alerts in the clear, ahead of every answer to a handshake after the first `after`."""
    seen = []

    def on_uplink(bearer, datagram):
        if datagram.destination.port == COAPS_PORT and datagram.payload[3:5] == b"\0\0":
            seen.append(datagram)
            if len(seen) > after:
                for description in alerts:
                    bearer.forge(alert(description), datagram.destination, datagram.source.port)

    return on_uplink


def bootstrapper(*lines):
    """The attacker's answers to the first questions for credentials."""
    waiting = list(lines)

    def on_uplink(bearer, datagram):
        if datagram.destination.port == COAP_PORT and waiting:
            request = decode(datagram.payload)
            line = waiting.pop(0)
            answer = encode(Message(ACK, 0x45, request.mid, request.token, (), line))
            bearer.forge(answer, datagram.destination, datagram.source.port)

    return on_uplink


def run(on_uplink, make_options, records=1, lives=1, **dtls):
    """What became of it: `.error` or `.deliveries`, and what everybody saw.

    A device reboots between two lives; in each it sends as many records.
    """

    async def story(clock):
        world = World(seed=7, clock=clock)
        sim = world.add_sim()
        settings = BackendSettings(dtls=DtlsSettings(**dtls))
        with Backend(world, settings=settings) as backend:
            key = backend.authenticator.psk(sim.iccid)
            if key is None:
                backend.authenticator.bootstrap(sim.iccid, clock.now_ms())
                key = backend.authenticator.psk(sim.iccid)
            stolen = []
            world.core.listen(EVIL_ADDRESS, stolen.append)
            bearer = AttackedBearer(world, sim, on_uplink)
            events = []
            known = Credentials(sim.iccid, key, "coap.os.1nce.com", COAPS_PORT)
            result = SimpleNamespace(error=None, deliveries=[], began_ms=clock.now_ms())
            for _ in range(lives):
                device = Device(bearer, on_event=events.append, **make_options(known))
                try:
                    for number in range(records):
                        result.deliveries.append(await device.send(b"record %d" % number))
                except OSError as error:
                    result.error = error
                await device.close()
            result.elapsed_ms = clock.now_ms() - result.began_ms
            result.bearer, result.stolen, result.events = bearer, stolen, events
            result.bootstraps = backend.counters.bootstraps
            result.handshakes = backend.counters.handshakes
            result.resumed = backend.counters.handshakes_resumed
            result.messages = backend.counters.messages
            result.offered = device._dtls_options
            return result

    return run_virtual(story)


def pinned(known):
    return {"credentials": known}


@pytest.mark.parametrize("description", ALERTS)
@pytest.mark.parametrize("after", range(3))
def test_a_forged_alert_costs_a_device_with_known_credentials_nothing(description, after):
    result = run(forger(description, after=after), pinned)
    assert result.error is None
    assert [one.proof for one in result.deliveries] == [ACKNOWLEDGED]
    assert [one.attempts for one in result.deliveries] == [1]
    assert result.bearer.asked == [("coap.os.1nce.com", COAPS_PORT)]
    assert (result.handshakes, result.messages) == (1, 1)
    assert "suites" not in result.offered


def test_a_flood_of_all_of_them_costs_nothing_either():
    result = run(forger(*ALERTS * 20), pinned)
    assert [one.attempts for one in result.deliveries] == [1]
    assert result.bearer.asked == [("coap.os.1nce.com", COAPS_PORT)]


def test_a_device_whose_key_is_wrong_asks_nobody_in_the_clear_and_tells_why():
    def wrong(known):
        return {
            "credentials": Credentials(known.identity, b"an old key of mine", known.host, 5684),
            "credentials_store": Kept(),
        }

    result = run(forger(UNKNOWN_PSK_IDENTITY), wrong)
    assert isinstance(result.error, Undelivered)
    assert "unknown_psk_identity" in str(result.error)
    assert {port for _host, port in result.bearer.asked} == {COAPS_PORT}
    assert all(one.destination.port == COAPS_PORT for one in result.bearer.uplinks)
    assert result.messages == 0
    # Four handshakes in full patience, of 2 to 63 s, and the pauses between: no hang.
    assert result.elapsed_ms < 4 * 70_000 + 36_000


def test_a_session_that_could_be_resumed_is_resumed_under_a_flood_of_alerts():
    store = Kept()

    def options(known):
        return {"credentials": known, "session_store": store}

    result = run(forger(*ALERTS), options, lives=3, session_ids=True)
    assert [one.attempts for one in result.deliveries] == [1, 1, 1]
    assert (result.handshakes, result.resumed) == (3, 2)


def lines_of(iccid):
    """What an attacker would hand out: his server, his key, or somebody else's number."""
    number = iccid.encode()
    other = number[:-2] + (b"11" if number[-2:] != b"11" else b"22")
    key = EVIL_KEY.replace(b" ", b"-")
    return {
        "his host": number + b"," + key + b",coaps://" + EVIL_HOST.encode() + b":5684",
        "his address": number + b"," + key + b",coaps://198.51.100.66:5684",
        "a host that looks right": number + b"," + key + b",coaps://coap.os.1nce.com.evil.example",
        "a prefix": number + b"," + key + b",coaps://evil-os.1nce.com",
        "another SIM": other + b"," + key + b",coaps://coap.os.1nce.com:5684",
        "commands for the modem": number + b"," + key + b',coaps://x"\rAT+CFUN=0\rAT+QPOWD\r:5684',
    }


ICCID = World(seed=7).add_sim().iccid
LINES = lines_of(ICCID)


@pytest.mark.parametrize("what", LINES)
def test_an_attackers_bootstrap_is_not_taken_and_the_true_one_is(what):
    result = run(bootstrapper(LINES[what]), lambda _known: {"credentials_store": Kept()})
    assert result.bearer.sim.iccid == ICCID
    assert result.error is None
    assert [one.attempts for one in result.deliveries] == [2]
    assert result.stolen == []
    assert {host for host, _port in result.bearer.asked} == {"coap.os.1nce.com"}


@pytest.mark.parametrize("what", LINES)
def test_an_attacker_who_always_answers_first_is_told_and_gets_nothing(what):
    store = Kept()
    result = run(bootstrapper(*[LINES[what]] * 50), lambda _known: {"credentials_store": store})
    assert isinstance(result.error, Undelivered)
    assert isinstance(result.error.cause, BootstrapMalformed)
    assert EVIL_KEY.decode().replace(" ", "-") not in str(result.error)
    assert ICCID not in str(result.error)
    assert "\r" not in str(result.error)
    assert result.stolen == []
    assert result.messages == 0
    assert store.data is None
    assert {host for host, _port in result.bearer.asked} == {"coap.os.1nce.com"}


def test_fetched_credentials_survive_forged_alerts_without_another_question():
    result = run(forger(*ALERTS), lambda _known: {"credentials_store": Kept()}, records=3)
    assert [one.attempts for one in result.deliveries] == [1, 1, 1]
    assert [port for _host, port in result.bearer.asked] == [COAP_PORT, COAPS_PORT]
