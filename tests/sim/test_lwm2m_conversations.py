"""What real clients said is said to our service: it answers as their real servers did, in meaning.

`tests/vectors/lwm2m_conversations.json` has what Anjay, Leshan, Wakaama and npm's client said to
the servers of Leshan, Wakaama and npm. Codes are compared exactly with Leshan's; Wakaama's servers
have 4.00 for nearly every refusal, and there a refusal is a refusal. The tables name every other
difference, with its reason.
"""

from __future__ import annotations

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.services.controller.outbound import Lwm2mReply
from nce_sim.services.device_integrator.settings import DeviceIntegratorSettings
from nce_sim.services.lwm2m.settings import NEVER, Lwm2mSettings
from nce_sim.wire.lwm2m import formats, registry
from nce_sim.wire.lwm2m.record import parse_path
from nce_sim.world import World
from support.hand_coap import FORMAT, LOCATION
from support.lwm2m_replay import (
    asked_again,
    conversations,
    is_of_wakaama,
    is_request,
    messages_of,
    said_again,
)

LESHAN, WAKAAMA, NPM = "rawcli-leshan", "rawcli-wakaama", "rawcli-npm"

# reason -> our code -> conversations and the place of the exchange in it
EXPLAINED = {
    "a lifetime of nothing, or below, is refused; three servers take 0, and Leshan takes -1": {
        "4.00": {(LESHAN, 15), (LESHAN, 17), (NPM, 15), (WAKAAMA, 16)},
    },
    "an unknown binding is refused, as Leshan does (with 5.00)": {
        "4.00": {(WAKAAMA, 26), (LESHAN, 26)},
    },
    "what is no number, or an empty name, is the client's mistake: 4.00, where Leshan has 5.00": {
        "4.00": {(LESHAN, 11), (LESHAN, 14), (LESHAN, 86)},
    },
    "links that RFC 6690 does not allow: Wakaama takes them, Leshan refuses them": {
        "4.00": {
            *((NPM, 56), (NPM, 67), (NPM, 69), (NPM, 79)),
            *((WAKAAMA, 65), (WAKAAMA, 68), (WAKAAMA, 72), (WAKAAMA, 74), (WAKAAMA, 77)),
            (WAKAAMA, 81),
        },
    },
    "links that RFC 6690 allows: npm's server knows neither ver nor lists of formats": {
        "2.01": {(NPM, 43), (NPM, 46), (NPM, 47), (NPM, 50), (NPM, 51), (NPM, 52), (WAKAAMA, 61)},
    },
    "a space behind the comma, and ver in quotes (Anjay, for 1.0): Leshan refuses both": {
        "2.01": {(LESHAN, 55), ("m10-anjay-leshan", 0), ("ref-anjay215-leshan", 0)},
    },
    "npm's server knows version 1.0 alone, and Wakaama's refuses Leshan's client": {
        "2.01": {
            *((NPM, 2), ("ref-leshan-npm", 0), ("ref-wakaama-npm", 0)),
            ("mg-leshan-wakaama", 0),
        },
    },
    "a Non-confirmable registration is one, as for Wakaama": {"2.01": {(LESHAN, 107)}},
    "the SIM is the identity: version 1.1 may leave the name out": {"2.01": {(LESHAN, 10)}},
    "the SIM is the identity: a bootstrap needs no name, and pct is no reason to refuse": {
        "2.04": {
            *((NPM, 103), (NPM, 105), (NPM, 106), (WAKAAMA, 116), (WAKAAMA, 118)),
            *(("bs-leshan-wakaama-wakaama", 0), ("bs-anjay-npm-npm-v10", 0)),
        },
    },
    "bootstrap server and server share an address at 1NCE": {
        "2.04": {(LESHAN, 106), (NPM, 100), (WAKAAMA, 113)},
    },
    "npm's server has no Send": {"2.04": {(NPM, 83), (NPM, 84), (NPM, 87)}},
    "a Send that cannot be read is refused; Wakaama does not read it": {"4.00": {(WAKAAMA, 99)}},
    "a Send without a registration: 4.04 tells the client to register": {"4.04": {(LESHAN, 98)}},
    "our server has no resources of its own: Wakaama is silent, Leshan lists its own": {
        "4.04": {(LESHAN, 104), (WAKAAMA, 112)},
    },
    "the real answer lies in the half of the recording that is not here": {
        "2.01": {("m10-anjay-npm", 1), ("mg-anjay215-npm", 1), ("mg-anjay215-npm", 3)},
    },
}


def active(**lwm2m):
    """A world whose LwM2M endpoint is active."""
    world = World(seed=1)
    settings = BackendSettings(
        device_integrator=DeviceIntegratorSettings(active_at_first=("COAP", "UDP", "LWM2M")),
        lwm2m=Lwm2mSettings(**lwm2m),
    )
    return world, Backend(world, settings=settings)


def same(heard):
    """Whether both answers mean the same."""
    if heard.theirs is None or heard.ours is None:
        return heard.theirs is heard.ours
    theirs, ours = heard.theirs.code, heard.ours.code
    return theirs == ours or (
        is_of_wakaama(heard.where[0]) and theirs[0] == "4" and ours[0] == "4"
    )


@pytest.mark.slow
def test_our_server_answers_as_real_servers_did():
    # Most conversations begin with a registration; 1NCE wants a bootstrap before.
    world, backend = active(needs_bootstrap=NEVER)
    different, count = {}, 0
    with backend:
        for exchanges in conversations().values():
            for heard in said_again(world, exchanges):
                count += 1
                if not same(heard):
                    different[heard.where] = heard.ours and heard.ours.code
                elif heard.ours is not None and heard.ours.code == "2.01":
                    assert [len(heard.ours.values(LOCATION)), heard.ours.payload] == [2, b""]
    assert count == 344
    explained = {
        where: code
        for by_code in EXPLAINED.values()
        for code, places in by_code.items()
        for where in places
    }
    assert different == explained


@pytest.fixture(scope="module")
def world():
    """One for all bootstraps; each client is a SIM of its own."""
    world, backend = active()
    with backend:
        yield world


def test_without_a_bootstrap_every_registration_is_refused(world):
    for name, exchanges in conversations().items():
        for heard in said_again(world, [one for one in exchanges if one["act"] == "register"]):
            assert heard.ours.code == "4.03", name


# -- bootstraps ------------------------------------------------------------------------------

# What Leshan writes beside that; Anjay warns of it and goes on (lwm2m.md).
MORE_OF_LESHAN = {(0, 3), (0, 4), (0, 5), (0, 6), (0, 7), (0, 8), (0, 9), (0, 11), (0, 12)}
OURS = {
    ("0", "0"): {0: "coap://10.60.2.240:5683", 1: False, 2: 3, 10: 1111},
    ("0", "1"): {0: "coap://lwm2m.os.1nce.com:5683", 1: True, 2: 3, 10: 2222},
    ("1", "0"): {0: 1111, 1: 86400, 2: 1},
}


def writes(messages):
    """The writes of a bootstrap: path of the instance, format, values by their number."""
    for one in messages:
        if one.what.startswith("PUT"):
            path = tuple(int(part) for part in one.path.split("/")[1:])
            number = one.value(FORMAT)
            values = {r.path[2]: r.value for r in formats.decode(number, path, one.payload)}
            yield path, number, values


def bootstraps():
    return [
        exchange
        for exchanges in conversations().values()
        for exchange in exchanges
        if exchange["act"] == "bootstrap" and len(exchange["messages"]) > 6
    ]


@pytest.mark.parametrize("exchange", bootstraps(), ids=lambda one: f"{one['of']}-{one['order']}")
def test_a_recorded_client_gets_1nces_accounts_as_a_real_server_writes_them(world, exchange):
    messages = messages_of(exchange)
    asked = next(one for _, one in messages if one.path == "/bs" and is_request(one))
    preferred = {"pct=112": 112, "pct=110": 110}
    wanted = next((preferred[q] for q in queries(asked) if q in preferred), formats.TLV)
    theirs = list(writes(one for way, one in messages if way == "bc"))
    teller_seen, codes = told_of(world, exchange)
    ours = list(writes(teller_seen))
    assert [one.what.split()[0] for one in teller_seen if one.what.split()[0] != "PUT"] == [
        *("DELETE", "DELETE", "POST")
    ]
    assert {number for _, number, _ in ours} == {wanted}
    for path, _, values in ours:
        for number, value in OURS[tuple(map(str, path))].items():
            assert values[number] == value, (path, number)
    written = {(path[0], number) for path, _, values in theirs for number in values}
    own = {(path[0], number) for path, _, values in ours for number in values}
    assert own - written <= {(1, 2)}  # the default minimum period, which Wakaama does not write
    assert written - own <= MORE_OF_LESHAN
    # The last of its requests, a registration, is taken where it had come that far.
    assert codes[0] == "2.04"
    assert set(codes[1:]) <= {"2.01", "4.04", "4.12"}  # GET /bspack, and version 1.2 before 1.1


def queries(one):
    return [value.decode() for value in one.values(15)]


def told_of(world, exchange):
    """What the simulator asked in an exchange that a client began, and its answers."""
    heard = list(said_again(world, [exchange]))
    codes = [one.ours.code for one in heard if one.asked.path != "/bspack"]
    return heard[0].client.seen, codes


# -- requests to clients ---------------------------------------------------------------------


@pytest.mark.slow
def test_a_service_asks_and_reads_as_real_servers_did():
    world, backend = active(needs_bootstrap=NEVER)
    different, count, compared = {}, 0, 0
    with backend:
        for exchanges in conversations().values():
            for asked in asked_again(world, backend, exchanges):
                count += 1
                compared += asked.values is not None
                if not as_they(asked):
                    different[asked.where] = asked
    assert different == {}
    assert (count, compared) == (324, 83)


def as_they(asked):
    """Whether our request, and the result for the customer, mean the same."""
    if asked.ours is None or not isinstance(asked.result, Lwm2mReply):
        return False
    if (asked.ours.what, asked.result.code) != (asked.theirs.what, asked.code):
        return False
    if asked.values is not None and asked.result.values != asked.values:
        return False
    path = parse_path(asked.theirs.path)
    if not asked.ours.what.startswith("PUT") or path[0] not in registry.objects():
        return True
    # The format is the operator's there, and here what the client knows; the value is the same.
    theirs, ours = (
        formats.decode(one.value(FORMAT), path, one.payload) for one in (asked.theirs, asked.ours)
    )
    return theirs == ours
