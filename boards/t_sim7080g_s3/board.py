"""LilyGO T-SIM7080G-S3: an ESP32-S3, a SIM7080G, and an AXP2101 that supplies it.

board = Board()
reader, writer = await board.open_uart()
"""

import asyncio

from axp2101 import BLDO1, BLDO2, DC3, Axp2101

from nce_modem.errors import LineClosed
from nce_modem.pin_board import SETTLE_S, PinBoard

SDA, SCL = 15, 7


class Board(PinBoard):
    """The pins of LilyGO's examples; see the README beside this file."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=1, tx=5, rx=4, power_key=(41, 1), dtr=(42, 0), button=(0, 0))

    async def prepare(self) -> None:
        """Switch on the modem, its level shifter and its satellite aerial, where they are off."""
        from machine import I2C, Pin

        try:
            chip = Axp2101(I2C(0, sda=Pin(SDA), scl=Pin(SCL), freq=400_000))
            was_off = chip.switch_on(DC3, 3000)
            was_off = chip.switch_on(BLDO1, 3300) or was_off
            chip.switch_on(BLDO2, 3300)
            chip.ignore_thermistor()
        except OSError as error:
            raise LineClosed(
                "the power chip AXP2101 (SDA %d, SCL %d) failed: %s; without it the modem has no "
                "supply: check that this is a T-SIM7080G-S3" % (SDA, SCL, error)
            )
        await PinBoard.prepare(self)
        if was_off:
            await asyncio.sleep(SETTLE_S)
