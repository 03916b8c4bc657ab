"""`receive(t)` keeps its word on every family: what is there comes back, a wait has its bound."""

import asyncio

import pytest

from nce_sim.network.core import Address

WAITS_MS = (1, 100, 999, 1000, 1001)
# What asking the modem once or twice may take on top of a wait.
ASKING_MS = 200
# Nordic's first SLM blocks the line for a second before it says that nothing is there.
FIRST_SLM_MS = 2 * 1000
HEARS_ANYBODY = ("a7672", "sim7600")


def margin_ms(family):
    return ASKING_MS + (FIRST_SLM_MS if family == "nrf91-slm1" else 0)


async def opened(bench, modem):
    """A socket that has found the modem's buffer empty before."""
    await modem.attach()
    port = await modem.open_datagram(bench.echo.host, bench.echo.port)
    await port.send(b"hello")
    assert await port.receive(20_000) == b"hello"
    assert await port.receive(10) is None
    return port


@pytest.mark.parametrize("wait_ms", WAITS_MS)
def test_a_datagram_that_is_there_is_received_however_short_the_wait(on_modem, wait_ms):
    async def scene(bench, modem):
        port = await opened(bench, modem)
        for number in range(3):
            bench.push(b"unasked %d" % number)
            await asyncio.sleep(5)  # it is in the modem's buffer by now
            assert await port.receive(wait_ms) == b"unasked %d" % number
            assert await port.receive(wait_ms) is None

    on_modem(scene)


@pytest.mark.parametrize("wait_ms", [999, 1000, 1001])
def test_a_datagram_that_comes_within_the_wait_is_received(on_modem, wait_ms):
    async def scene(bench, modem):
        port = await opened(bench, modem)
        waiting = asyncio.create_task(port.receive(wait_ms))
        await asyncio.sleep(0.3)
        bench.push(b"in time")
        assert await waiting == b"in time"

    on_modem(scene)


@pytest.mark.parametrize("wait_ms", [0, *WAITS_MS])
def test_a_wait_without_data_ends_within_its_bound(on_modem, wait_ms):
    async def scene(bench, modem):
        port = await opened(bench, modem)
        for _ in range(5):
            start_ms = modem.now_ms()
            assert await port.receive(wait_ms) is None
            took_ms = modem.now_ms() - start_ms
            assert took_ms <= wait_ms + margin_ms(on_modem.family), took_ms
            assert took_ms >= wait_ms

    on_modem(scene)


def test_strangers_who_send_without_end_do_not_hold_a_wait(on_modem):
    async def scene(bench, modem):
        port = await opened(bench, modem)
        is_over = False

        async def send_on_and_on():
            while not is_over:
                bench.push(b"from a stranger", Address("10.60.2.240", 9))
                await asyncio.sleep(0.005)

        strangers = asyncio.create_task(send_on_and_on())
        start_ms = modem.now_ms()
        found = await asyncio.wait_for(port.receive(1000), 60)
        # An A76XX has no sockets for one peer, and does not say who sent.
        assert found == (b"from a stranger" if on_modem.family in HEARS_ANYBODY else None)
        assert modem.now_ms() - start_ms <= 1000 + margin_ms(on_modem.family)
        is_over = True
        await strangers

    on_modem(scene)


def test_a_lost_unsolicited_result_is_made_up_for_by_short_waits(on_modem):
    async def scene(bench, modem):
        port = await opened(bench, modem)
        bench.knobs.faults.drop_urc("", count=5)
        bench.push(b"without a word")
        start_ms = modem.now_ms()
        while await port.receive(500) != b"without a word":
            assert modem.now_ms() - start_ms <= modem.family.profile.poll_ms + 2500

    on_modem(scene)
