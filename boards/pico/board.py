"""A Raspberry Pi Pico: the modem is on UART 1 (GP4, GP5), its power key on GP14.

board = Board()
reader, writer = await board.open_uart()

The pin of the power key drives a transistor that pulls the modem's PWRKEY low: high presses it.
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins that `nce_sim.firmware.pico` wires to a modem; the LED is the Pico's own."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=1, tx=4, rx=5, power_key=(14, 1), led=(25, 1))
