"""A process as a board: its UART and power key are file descriptors that the parent handed over.

    board = Board(uart_fd=3, power_key_fd=4)
    reader, writer = await board.open_uart()

Runs on MicroPython's unix port and on CPython. Opened by number a non-blocking descriptor behaves
as `machine.UART` does (reads what is there, polls, never blocks the loop); from a blocking one
single bytes are taken (`blocking_line`). The other end is a simulated modem, or whatever the
parent put there.
"""

import asyncio
import sys

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, SerialBoard


_IS_MICROPYTHON = sys.implementation.name == "micropython"
USAGE = (
    "usage: UART_FD [POWER_KEY_FD], the numbers of inherited file descriptors; or, on CPython "
    "with pyserial, a serial port: PORT [BAUDRATE]; got %r"
)


class Board:
    """One modem's UART, and the line that presses its PWRKEY."""

    def __init__(self, uart_fd: int, power_key_fd: "int | None" = None) -> None:
        self._uart_fd = uart_fd
        self._line: "Any" = None  # MicroPython has no copies of descriptors: one for all times
        self._key_line = None if power_key_fd is None else open(power_key_fd, "wb", 0)
        if self._key_line is None:
            self.power_key = None  # type: ignore[assignment,method-assign]

    @classmethod
    def from_arguments(cls, arguments: "list[str]") -> "Board | SerialBoard":
        """The board that `UART_FD [POWER_KEY_FD]` on the command line names, or a serial port.

        Raises ValueError, which says what to type.
        """
        try:
            descriptors = [int(text) for text in arguments[:2]]
        except ValueError:
            descriptors = []
        if descriptors:
            return cls(*descriptors)
        if arguments and not _IS_MICROPYTHON:
            from nce_modem.serial_board import SerialBoard

            return SerialBoard.from_arguments(arguments)
        raise ValueError(USAGE % (arguments,))

    def power_key(self, pressed: bool) -> None:
        """Press (True) or release (False) the modem's PWRKEY."""
        self._key_line.write(b"1" if pressed else b"0")  # type: ignore[union-attr]

    async def open_uart(self) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer).

        It can be closed and opened again: the descriptor itself stays open, since nobody could
        open it a second time.
        """
        if _IS_MICROPYTHON:
            if self._line is None:
                self._line = _line(self._uart_fd)
            return self._line, self._line
        import os
        import socket

        copy = os.dup(self._uart_fd)
        return await asyncio.open_connection(sock=socket.socket(fileno=copy))


def _line(descriptor: int) -> "Any":
    if _may_block(descriptor):
        from blocking_line import BlockingLine

        return BlockingLine(descriptor)

    class Line(asyncio.StreamReader):
        async def wait_closed(self) -> None:
            """Keep the descriptor: MicroPython closes a stream here."""

    stream: "Any" = open(descriptor, "r+b")
    return Line(stream)


def _may_block(descriptor: int) -> bool:
    """Whether reading may block: Linux says so (proc(5), fdinfo), other systems do not."""
    try:
        with open("/proc/self/fdinfo/%d" % descriptor) as lines:
            for line in lines:
                if line.startswith("flags:"):
                    return not int(line[6:].strip(), 8) & 0o4000  # O_NONBLOCK
    except OSError:
        pass
    return True
