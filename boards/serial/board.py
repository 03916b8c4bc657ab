"""A serial port of this computer as a board: CPython with pyserial.

board = Board("/dev/ttyUSB0")
modem = Modem(board)
"""

from nce_modem.serial_board import SerialBoard as Board

__all__ = ["Board"]
