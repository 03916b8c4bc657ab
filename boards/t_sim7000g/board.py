"""LilyGO T-SIM7000G: an ESP32 and a SIM7000G.

board = Board()
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins of LilyGO's examples; see the README beside this file."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=1, tx=27, rx=26, power_key=(4, 1), dtr=(25, 0), led=(12, 0))
