"""`Modem(board)` asks which family it has, in whatever state an earlier owner left the modem."""

import asyncio

import pytest

from nce_modem import Modem, progress
from nce_sim.clock import run_virtual
from support.driver_bench import A_DAY_S, ECHO, FAMILIES, Bench

# What was typed last, while the modem was on: it is never answered, or the answer is not read.
LEFT = {
    "echoing": b"ATE1\r",
    "without echo": b"ATE0\r",
    "with numeric results": b"ATV0\r",
    "without results": b"ATQ1\r",
    "in a half-typed line": b"AT+CGM",
    "in a half-typed parameter": b'AT+CGDCONT=1,"IP","io',
}
# An earlier owner's socket, opened by the driver, and a payload that was announced and never came.
PROMPTS = {
    "bg95": b"AT+QISEND=0,400\r",
    "bg96": b"AT+QISEND=0,400\r",
    "bg77": b"AT+QISEND=0,400\r",
    "sim7000": b"AT+CIPSEND=0,400\r",
    "sim7070": b"AT+CASEND=0,400\r",
    "sim7080": b"AT+CASEND=0,400\r",
    "ec25": b"AT+QISEND=0,400\r",
    "a7672": b'AT+CIPSEND=0,400,"10.60.2.239",4445\r',
    "sim7600": b'AT+CIPSEND=0,400,"10.60.2.239",4445\r',
    "sara-r4": b'AT+USOST=0,"10.60.2.239",4445,400\r',
    "sara-r5": b'AT+USOST=0,"10.60.2.239",4445,400\r',
    "nrf91-slm2": b"AT#XSEND\r",
    "nrf91-sm": b"AT#XSEND=0,2,0\r",
    "gm02s": b"AT+SQNSSENDEXT=1,400\r",
}


def play(scene, family, **options):
    async def within(clock):
        return await asyncio.wait_for(scene(Bench(clock, family, **options)), A_DAY_S)

    return run_virtual(within)


async def switched_on(bench):
    bench.power_key(True)
    await asyncio.sleep(bench.knobs.personality.power_on_pulse_ms / 1000)
    bench.power_key(False)
    await asyncio.sleep(15)


async def carries_a_datagram(bench, **options):
    """Ask, attach, send and hear the answer."""
    told = []
    modem = Modem(bench, on_event=told.append, **options)
    try:
        await modem.attach()
        assert modem.family.profile.name == FAMILIES[bench.knobs.personality.name]
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"there and back")
        while await port.receive(20_000) != b"there and back":
            pass  # what an earlier owner's peer had sent
        await port.close()
    finally:
        await modem.close()
    assert not [e for e in told if isinstance(e, progress.Noticed) and "Note(" in e.line]
    return told


@pytest.mark.parametrize("family", FAMILIES)
def test_a_modem_that_is_off_is_switched_on_and_asked(family):
    async def scene(bench):
        told = await carries_a_datagram(bench)
        assert [type(event) for event in told].count(progress.PoweredOn) == 1
        assert bench.knobs.boots == 1

    play(scene, family)


@pytest.mark.parametrize("has_key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_modem_that_is_on_is_asked_as_it_was_left(family, left, has_key):
    async def scene(bench):
        await switched_on(bench)
        bench.knobs.receive_from_host(LEFT[left])
        await asyncio.sleep(1)
        if not has_key:
            bench.power_key = None
        boots = bench.knobs.boots
        await carries_a_datagram(bench)
        assert bench.knobs.boots == boots

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_prompt_of_a_short_message_is_left_without_the_key(family):
    async def scene(bench):
        await carries_a_datagram(bench)
        for line in (b"AT+CMGF=1\r", b'AT+CMGS="+882285100"\r'):
            bench.knobs.receive_from_host(line)
            await asyncio.sleep(1)
        bench.power_key = None
        boots = bench.knobs.boots
        await carries_a_datagram(bench)
        assert bench.knobs.boots == boots

    play(scene, family)


@pytest.mark.parametrize("has_key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("family", PROMPTS)
def test_the_prompt_of_a_socket_is_left(family, has_key):
    async def scene(bench):
        first = Modem(bench)
        await first.attach()
        port = await first.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"first")
        await first.link.close()  # the host restarts: nothing is closed on the modem
        bench.knobs.receive_from_host(PROMPTS[family])
        await asyncio.sleep(1)
        bench.knobs.receive_from_host(b"half of it")
        await asyncio.sleep(1)
        if not has_key:
            bench.power_key = None
        boots = bench.knobs.boots
        await carries_a_datagram(bench)
        assert has_key or bench.knobs.boots == boots

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_bytes_in_pieces_are_read_all_the_same(family):
    play(carries_a_datagram, family, is_chopped=True)
