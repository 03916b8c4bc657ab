"""Every board in front of the simulated modem of its family, in one virtual time.

The modem is off. It sees the pins of the emulated `machine`: its key through a transistor, its
supply through the board's switches. Then it is the modem that judges the power sequence.
"""

import pytest

from machine_double import Machine, board_class
from nce_modem import Modem
from nce_modem.families.named import family_named
from nce_sim.clock import run_virtual
from nce_sim.modem.power import Power
from nce_sim.ports.pipe import open_pipe
from nce_sim.world import World
from test_boards import BOARDS, Axp2101Double

PERSONALITIES = {"a76xx": "a7672", "gm02sp": "gm02s"}
# Pin and level of a supply that the MCU switches.
SUPPLIES = {"t_a7670": (12, 1)}
ROWS = pytest.mark.parametrize("row", BOARDS, ids=lambda row: row[0])


class Wired:
    """A board's MCU, with its modem behind the pins."""

    def __init__(self, clock, row):
        self.folder, platform, self.key, self.low_when = row[0], row[1], row[7], row[8]
        world = World(seed=1, clock=clock)
        self.modem = world.add_modem(world.add_sim(), PERSONALITIES.get(row[10], row[10]))
        self.machine = Machine(platform)
        self.machine.on_level = self._on_level
        self.machine.on_uart = self._on_uart
        self.chip = None
        if self.folder == "t_sim7080g_s3":
            self.chip = self.machine.i2c[0x34] = Axp2101Double(self.machine)
        self.presses = 0

    def has_supply(self):
        if self.chip is not None:
            rails = self.chip.rails()
            return 2700 <= rails["DC3"] <= 4800 and rails["BLDO1"] == 3300
        pin, level = SUPPLIES.get(self.folder, (None, None))
        return pin is None or self.machine.level(pin) == level

    def _on_level(self, pin, level):
        if pin != self.key:
            return
        # A pin that floats leaves the transistor off, or the modem's own pull-up on.
        if level == self.low_when:
            assert self.has_supply(), "pressed without a supply"
            self.presses += 1
            self.modem.press_power_key()
        else:
            self.modem.release_power_key()

    def _on_uart(self, uart):
        assert self.has_supply(), "the UART feeds a modem without a supply"
        reader, writer = open_pipe(self.modem)
        writer.s = uart  # as MicroPython's stream has it
        return reader, writer


@ROWS
def test_a_modem_that_is_off_is_switched_on_by_one_press(row):
    async def main(clock):
        wired = Wired(clock, row)
        with wired.machine:
            modem = Modem(board_class(row[0])(), family=family_named(row[10]))
            await modem.power_on()
            assert wired.modem.power is Power.ON
            assert wired.presses == 1
            assert modem.model
            await modem.close()

    run_virtual(main)


@ROWS
def test_a_modem_that_hangs_is_restarted_by_the_key(row):
    async def main(clock):
        wired = Wired(clock, row)
        with wired.machine:
            modem = Modem(board_class(row[0])(), family=family_named(row[10]))
            await modem.power_on()
            await modem.close()
            wired.modem.faults.freeze()
            modem = Modem(board_class(row[0])(), family=family_named(row[10]))
            await modem.power_on()
            assert wired.modem.power is Power.ON
            assert wired.presses > 1, "one to switch on, another to restart"
            await modem.close()

    run_virtual(main)
