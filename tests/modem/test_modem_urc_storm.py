"""Unsolicited results that never stop: every command is written and answered all the same.

In virtual time, on the simulated SARA-R410, whose manual asks for 100 ms of silence before a
command, and on the others.
"""

import asyncio

import pytest

from support.driver_bench import FAMILIES, play

# How long it lasts, and how often something is said: always within the family's silence.
STORMS = {"sara-r4": (600, 90)}
USUAL = (10, 15)


async def storm(bench, every_ms):
    """Say something all the time."""
    while True:
        bench.knobs.urc("+CSCON: 1")
        await asyncio.sleep(every_ms / 1000)


@pytest.mark.parametrize("personality", sorted(FAMILIES))
def test_a_storm_of_results_starves_no_command(personality):
    storm_s, every_ms = STORMS.get(personality, USUAL)

    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        limit_ms = modem.family.profile.dialect.guard_limit_ms
        weather = asyncio.create_task(storm(bench, every_ms))
        try:
            await asyncio.sleep(1)
            start_ms = modem.now_ms()
            count = 0
            while modem.now_ms() - start_ms < storm_s * 1000:
                asked_ms = modem.now_ms()
                await modem.family.ask(modem.link, "AT+CFUN?")
                assert modem.now_ms() - asked_ms < limit_ms + 500
                count += 1
                await asyncio.sleep(storm_s / 50)
            assert count > 4
            await port.send(b"through the storm")
            assert await port.receive(60_000) == b"through the storm"
        finally:
            weather.cancel()
        assert bench.arrived == [b"through the storm"]

    play(scene, personality)
