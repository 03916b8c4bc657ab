"""Sixfab Pico LTE: a Raspberry Pi Pico W and a BG95-M3.

board = Board()
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins of Sixfab's SDK; see the README beside this file."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=0, tx=0, rx=1, power_key=(17, 1), led=(22, 1), button=(21, 0))
