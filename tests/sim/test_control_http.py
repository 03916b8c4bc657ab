"""The typed client of `/_sim`, sync beside a world of its own and async in the world's loop."""

import asyncio

import httpx
import pytest

from nce_sim.control.http import AsyncControl, Control, ControlFailed, TookTooLong
from nce_sim.scenarios.open_api import ApiPlace
from nce_sim.scenarios.open_world import OpenWorld
from support.api import QUICK

TIMEOUT_S = 20


def play(scene):
    """Run `scene(world, control)`, the description's part, beside a world."""

    async def main():
        world = OpenWorld(twins="off", backend=QUICK, api=ApiPlace())
        await world.start()
        try:
            control = world.description()["control"]
            return await asyncio.wait_for(scene(world, control), TIMEOUT_S)
        finally:
            await world.close()

    return asyncio.run(main())


def drive(url, token):
    """What a user's test does, without asyncio."""
    with Control(url, token) as control:
        control.wait_ready()
        assert token not in repr(control)
        before = control.time()
        after = control.time(advance_s=3_600, speed=2)
        assert 3_600 <= (after.time - before.time).total_seconds() < 3_660
        assert (before.speed, after.speed) == (1, 2)
        assert "coverage" in control.verbs()
        newest = control.journal(limit=1_000).next
        assert control.verb("disable", sim="1")["is_enabled"] is False
        record = control.wait_for("control", after=newest, verb="disable")
        assert (record.source, record.number > newest) == ("control", True)
        assert "nce_sims 1.0" in control.metrics()
        page = control.journal("control", "control", limit=1)
        assert (len(page.items), page.items[0].fields) == (1, {"verb": "time"})
        with pytest.raises(ControlFailed, match="409: there is no SIM 7") as refused:
            control.verb("disable", sim="7")
        assert refused.value.status == 409
        with pytest.raises(ControlFailed, match="404: there is no verb 'x'"):
            control.verb("x")
        with pytest.raises(TookTooLong, match=r"no uplink size=5 within 0\.1 s"):
            control.wait_for("uplink", size=5, timeout_s=0.1)
    with Control(url, "another") as stranger, pytest.raises(ControlFailed) as refused:
        stranger.metrics()
    assert refused.value.status == 401


def test_a_program_drives_a_world():
    async def scene(world, control):
        await asyncio.to_thread(drive, control["url"], control["token"])

    play(scene)


def test_a_coroutine_drives_a_world():
    async def scene(world, place):
        async with AsyncControl(place["url"], place["token"]) as control:
            await control.wait_ready()
            waiting = asyncio.ensure_future(control.wait_for("restored", name="start"))
            await asyncio.sleep(0.2)
            await control.verb("rewind")
            assert (await waiting).kind == "restored"
            assert (await control.time(speed=3)).speed == 3
            assert "rewind" in await control.verbs()
            assert "nce_sims" in await control.metrics()
            with pytest.raises(ControlFailed, match="409: there is no snapshot"):
                await control.verb("restore", name="none")
            with pytest.raises(TookTooLong):
                await control.wait_for("uplink", timeout_s=0)
            assert place["token"] not in repr(control)

    play(scene)


def nobody(request):
    raise httpx.ConnectError("refused")


def test_a_world_that_is_not_there_is_said_in_time():
    with Control("http://w", "t", transport=httpx.MockTransport(nobody)) as control:
        with pytest.raises(TookTooLong, match="no ready within 0 s"):
            control.wait_ready(timeout_s=0)
        with pytest.raises(ControlFailed, match="no world answers at http://w"):
            control.time()
