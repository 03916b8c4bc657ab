"""A simulated modem that another owner left at another rate, on a line whose rate matters.

In virtual time; the simulator distorts what passes at a wrong rate, and shares no code with the
driver.
"""

import asyncio

import pytest

from nce_modem import Modem, errors
from nce_modem.line_rate import RATES
from nce_modem.misheard import LineGarbage, NotAModem, WrongRate
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

# Bounds of their own: a scan of eight rates, and the time to power on.
MOST_POWER_ON_MS = 100_000
MOST_ON_A_LINE_THAT_ECHOES_MS = 25_000
# Nordic's firmware has its rate from the devicetree: it stays where it was found.
STAYS = ("nrf91-slm1", "nrf91-slm2", "nrf91-sm")


class RatedBoard(PipeBoard):
    """A pipe whose rate the modem's line knows; `rates` are those that it was opened at."""

    def __init__(self, device, baudrate=115_200, has_key=True):
        super().__init__(device, baudrate=baudrate, on_rate=device.uart.host_is_at)
        self.rates = []
        if not has_key:
            self.power_key = None

    async def open_uart(self, baudrate=None):
        self.rates.append(baudrate or self.baudrate)
        return await super().open_uart(baudrate)


class FixedBoard(PipeBoard):
    """The same line, and a board that cannot change its rate."""

    power_key = None

    async def open_uart(self):
        return await super().open_uart()


def play(scene, personality="bg95"):
    """Run `scene(world, device)` in virtual time."""

    async def within(clock):
        world = World(1, clock=clock)
        device = world.add_modem(world.add_sim(), personality=personality)
        device.power_on()
        await asyncio.sleep(30)
        return await asyncio.wait_for(scene(world, device), 86_400)

    return run_virtual(within)


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
@pytest.mark.parametrize("has_key", [True, False])
def test_every_family_is_found_at_another_rate_and_attaches(personality, has_key):
    async def scene(world, device):
        device.uart.host_is_at(115_200)
        device.faults.set_rate(57_600)
        board = RatedBoard(device, has_key=has_key)
        modem = Modem(board)
        before_ms = world.clock.now_ms()
        await modem.power_on()
        assert world.clock.now_ms() - before_ms <= MOST_POWER_ON_MS
        await modem.attach()
        assert modem.address
        kept_bps = 57_600 if personality in STAYS else 115_200
        assert device.uart.rate_bps == device.uart.host_rate_bps == kept_bps
        # It restarts at that rate, and nothing is searched for again.
        device.power_down(restart_after_ms=1000)
        await asyncio.sleep(60)
        board.rates.clear()
        await modem.power_on()
        await modem.close()
        assert device.nvm.rate_bps == kept_bps
        if personality not in STAYS:
            assert board.rates == [] or set(board.rates) == {115_200}

    play(scene, personality)


@pytest.mark.parametrize("rate_bps", [rate for rate in RATES if rate != 115_200])
def test_each_rate_of_the_table_is_found(rate_bps):
    async def scene(world, device):
        device.uart.host_is_at(115_200)
        device.faults.set_rate(rate_bps)
        modem = Modem(RatedBoard(device, has_key=False), family="bg95")
        await modem.power_on()
        await modem.close()
        assert device.uart.rate_bps == 115_200

    play(scene)


@pytest.mark.parametrize("wanted_bps", [9600, 921_600])
def test_the_rate_that_is_asked_for_is_set_and_kept(wanted_bps):
    async def scene(world, device):
        modem = Modem(RatedBoard(device, baudrate=wanted_bps, has_key=False), family="bg95")
        await modem.power_on()
        await modem.close()
        assert device.uart.rate_bps == device.nvm.rate_bps == wanted_bps

    play(scene)


def test_an_echo_at_another_rate_is_searched_for_before_the_key_is_pressed():
    async def scene(world, device):
        device.uart.host_is_at(115_200)
        device.faults.set_rate(9600)
        modem = Modem(RatedBoard(device), family="bg95")
        before_ms = world.clock.now_ms()
        await modem.power_on()
        assert world.clock.now_ms() - before_ms <= MOST_ON_A_LINE_THAT_ECHOES_MS
        await modem.close()

    play(scene)


def test_a_board_that_cannot_change_its_rate_says_that_it_is_wrong():
    async def scene(world, device):
        device.uart.host_is_at(115_200)
        device.faults.set_rate(9600)
        world.clock.call_later(1000, lambda: device.uart.write(b"\r\nRDY\r\n"))
        modem = Modem(FixedBoard(device), family="bg95")
        with pytest.raises(WrongRate) as raised:
            await modem.power_on()
        assert raised.value.heard
        assert raised.value.tried == ()
        assert isinstance(raised.value, errors.ModemSilent)
        await modem.close()

    play(scene)


def test_a_rate_beyond_the_table_is_garbage_after_a_bounded_search():
    async def scene(world, device):
        device.uart.host_is_at(115_200)
        device.faults.set_rate(4800)
        board = RatedBoard(device, has_key=False)
        modem = Modem(board, family="bg95")

        def talk():
            device.uart.write(b"\r\n+QIND: SMS DONE\r\n")
            world.clock.call_later(700, talk)

        talk()
        before_ms = world.clock.now_ms()
        with pytest.raises(LineGarbage) as raised:
            await modem.power_on()
        assert world.clock.now_ms() - before_ms <= MOST_POWER_ON_MS
        assert set(board.rates) == set(RATES) == set(raised.value.tried)
        await modem.close()

    play(scene)


def test_a_port_that_speaks_something_else_is_named():
    async def scene(world, device):
        device.faults.swallow(1 << 20)

        def talk():
            device.uart.write(b"$GPRMC,,V,,,,,,,,,,N*53\r\n")
            world.clock.call_later(1000, talk)

        talk()
        modem = Modem(FixedBoard(device), family="bg95")
        with pytest.raises(NotAModem, match="GPRMC"):
            await modem.power_on()
        await modem.close()

    play(scene)


def test_a_modem_that_loses_its_rate_later_is_found_again():
    async def scene(world, device):
        modem = Modem(RatedBoard(device, has_key=False), family="bg95")
        await modem.attach()
        device.faults.set_rate(9600)
        for _ in range(4):
            try:
                await modem.resolve("udp.os.1nce.com")
            except errors.ModemError:
                pass
        await modem.attach()
        assert modem.address
        assert device.uart.rate_bps == 115_200
        await modem.close()

    play(scene)


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_flow_control_is_set_where_the_board_has_it(personality):
    async def scene(world, device):
        board = PipeBoard(device, rtscts=True)
        modem = Modem(board)
        await modem.power_on()
        asked = any("AT+IFC=2,2" in line for line in modem.transcript)
        await modem.close()
        assert asked == (personality not in STAYS)

    play(scene, personality)
