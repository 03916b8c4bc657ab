"""Wakaama's client of npm, unmodified, at the LwM2M service: plain and by DTLS with a PSK.

It speaks LwM2M 1.0 and bootstraps first, as 1NCE asks. `make peers` builds it.
"""

from __future__ import annotations

import asyncio
import base64

import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.ports.twin import twin_of
from nce_sim.services.controller.outbound import Lwm2mCall
from nce_sim.services.device_integrator.settings import DeviceIntegratorSettings
from support import wakaama
from support.twin_world import open_twins

ACTIVE = BackendSettings(
    device_integrator=DeviceIntegratorSettings(active_at_first=("COAP", "UDP", "LWM2M"))
)
NO_SECURITY, PSK = 3, 0
IMAGE = bytes(range(256)) * 10  # goes in blocks
KEY = b"16 octets at most"[:16]  # as many as tinydtls holds


def objects(twins, key=None):
    """What a device has before its first bootstrap, and two sensors."""
    host = twin_of(twins.world.settings.network.lwm2m_host)
    uri = f"coap://{host}:5683" if key is None else f"coaps://{host}:5684"
    account = {0: uri, 1: True, 2: NO_SECURITY if key is None else PSK, 3: b"", 4: b"", 5: b""}
    if key is not None:
        account |= {3: twins.sim.iccid.encode(), 5: key}
    return {
        0: {0: account | {10: 0, 11: 0}},
        3: {0: {0: "1NCE", 3: "1.0", 6: {0: 1, 1: 5}, 9: 80, 16: "U"}},
        5: {0: {0: b"", 3: 0, 5: 0}},
        3303: {0: {5700: 21.5, 5701: "Cel"}},
        3311: {0: {5850: False, 5851: 10}},
    }


async def act(twins, action, address, data=None):
    """The result of a controller's action."""
    done = asyncio.get_running_loop().create_future()
    call = Lwm2mCall(twins.sim.iccid, action, address, data)
    twins.backend.lwm2m.act(call, done.set_result)
    return await asyncio.wait_for(done, wakaama.ANSWER_S)


async def until(condition):
    """Wait for what the service does by itself."""
    async with asyncio.timeout(wakaama.ANSWER_S):
        while not condition():
            await asyncio.sleep(0.05)


async def life(key):
    """Bootstrap, registration, every action of the controller, a notification, the end."""
    async with open_twins(ACTIVE) as twins:
        backend, iccid = twins.backend, twins.sim.iccid
        if key is not None:
            organisation_id = backend.devices.organisation_of(iccid)
            with backend.storage.unit() as work:
                backend.authenticator.set_key(
                    organisation_id, iccid, "LWM2M", key.decode(), "STRING", work=work
                )
        values = objects(twins, key)
        async with wakaama.client(values, source=twins.sim_twin, name="of-no-meaning") as device:
            await device.until("STATE_READY")
            await until(lambda: backend.lwm2m.is_registered(iccid))
            accounts = values[0], values[1]
            results = [
                await act(twins, "read", "/3303/0/5700"),
                await act(twins, "read", "/3/0"),
                await act(twins, "write", "/3311/0/5850", "true"),
                await act(twins, "write", "/3311/0/5851", "70"),
                await act(twins, "write", "/5/0/0", base64.b64encode(IMAGE).decode()),
                await act(twins, "execute", "/3/0/4"),
                await act(twins, "read", "/3303/0/99"),
                await act(twins, "observe-start", "/3303/0/5700"),
            ]
            values[3303][0][5700] = 30.25
            device.changed("/3303/0/5700")
            told = {"/3303/0/5700": 30.25}
            await until(lambda: told in [one.value for one in history(twins)])
            results.append(await act(twins, "observe-end", "/3303/0/5700"))
            device.leave()
            await until(lambda: not backend.lwm2m.is_registered(iccid))
            return accounts, results, values, device.executed


def history(twins):
    return twins.backend.inspector.history(twins.sim.iccid, page_size=None)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "psk"])
def test_wakaama_bootstraps_registers_and_does_what_the_controller_asks(key):
    (security, server), results, values, executed = asyncio.run(life(key))
    ours = next(one for one in security.values() if one[10] == 1111)
    assert ours[0].startswith("coap://127." if key is None else "coaps://127.")
    assert server[0] | {0: 1111, 1: 86400} == server[0]
    if key is not None:
        assert ours[5] not in {b"", key}  # a fresh key for the server
    temperature = {"/3303/0/5700": 21.5}
    read, whole, switched, dimmed, loaded, rebooted, nothing, observed, ended = results
    assert (read.code, read.values) == (0x45, temperature)
    assert whole.values["/3/0/6/1"] == 5
    assert whole.values["/3/0/9"] == 80
    assert [one.code for one in (switched, dimmed, loaded, rebooted)] == [0x44] * 4
    assert values[5][0][0] == IMAGE
    assert values[3311][0] == {5850: True, 5851: 70}
    assert executed == [((3, 0, 4), b"")]
    assert nothing.code == 0x84
    assert (observed.values, observed.error) == (temperature, "")
    assert ended.code == 0x45


async def direct():
    """A client that has an account already, and no bootstrap server; what the service noted."""
    async with open_twins(ACTIVE) as twins:
        host = twin_of(twins.world.settings.network.lwm2m_host)
        values = objects(twins)
        account = {0: f"coap://{host}:5683", 1: False, 2: NO_SECURITY, 10: 1111, 11: 0}
        values[0] = {0: account | {3: b"", 4: b"", 5: b""}}
        values[1] = {0: {0: 1111, 1: 300, 6: False, 7: "U"}}
        async with wakaama.client(values, source=twins.sim_twin):
            await until(lambda: refusals(twins))
            return refusals(twins), twins.backend.lwm2m.is_registered(twins.sim.iccid)


def refusals(twins):
    records = twins.world.timeline.records(kind="lwm2m")
    return [one for one in records if one.fields["event"] == "registration refused"]


def test_wakaama_without_a_bootstrap_is_refused():
    refused, is_registered = asyncio.run(direct())
    assert refused
    assert not is_registered
