"""LilyGO T-A7670: an ESP32 and an A7670.

board = Board()
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins of LilyGO's examples; see the README beside this file."""

    def __init__(self) -> None:
        PinBoard.__init__(
            self,
            uart=1,
            tx=26,
            rx=27,
            power_key=(4, 1),
            reset=(5, 1),
            supply=(12, 1),
            dtr=(25, 0),
        )
