"""Waveshare Pico-SIM7080G below a Raspberry Pi Pico: an RP2040 and a SIM7080G.

board = Board()
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins of Waveshare's examples; see the README beside this file."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=0, tx=0, rx=1, power_key=(14, 1), dtr=(17, 0), led=("LED", 1))
