"""A process as a board: its UART and power key are file descriptors that the parent handed over.

    board = Board(uart_fd=3, power_key_fd=4)
    reader, writer = await board.open_uart()

Runs on MicroPython's unix port and on CPython. The UART descriptor must be non-blocking: opened by
number it then behaves as `machine.UART` does (reads what is there, polls, never blocks the loop).
The other end is a simulated modem, or whatever the parent put there.
"""

import asyncio
import sys

MICROPYTHON = sys.implementation.name == "micropython"


class Board:
    """One modem's UART, and the line that presses its PWRKEY."""

    def __init__(self, uart_fd, power_key_fd=None):
        self._uart_fd = uart_fd
        self._key_line = None if power_key_fd is None else open(power_key_fd, "wb", 0)
        if self._key_line is None:
            self.power_key = None

    @classmethod
    def from_arguments(cls, arguments):
        """The board that `UART_FD [POWER_KEY_FD]` on the command line names."""
        try:
            descriptors = [int(text) for text in arguments[:2]]
        except ValueError:
            descriptors = []
        if not descriptors:
            raise ValueError(
                "usage: UART_FD [POWER_KEY_FD], the numbers of inherited file descriptors; "
                "got %r" % (arguments,)
            )
        return cls(*descriptors)

    def power_key(self, pressed):
        """Press (True) or release (False) the modem's PWRKEY."""
        self._key_line.write(b"1" if pressed else b"0")

    async def open_uart(self):
        """The line to the modem, as an asyncio (reader, writer)."""
        if MICROPYTHON:
            stream = asyncio.StreamReader(open(self._uart_fd, "r+b"))
            return stream, stream
        import socket

        return await asyncio.open_connection(sock=socket.socket(fileno=self._uart_fd))
