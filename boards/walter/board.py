"""QuickSpot Walter: an ESP32-S3 and a Sequans GM02SP.

board = Board()
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard


class Board(PinBoard):
    """The pins of QuickSpot's library. There is no power key: a pulse of it resets the modem."""

    def __init__(self) -> None:
        PinBoard.__init__(self, uart=2, tx=48, rx=14, rts=21, cts=47, power_key=(45, 0))
