"""A modem line for a child process: two file descriptors, the UART and the power key.

On the power key's descriptor the child writes `b"1"` to press and `b"0"` to release.

    port = SocketpairPort(modem)
    child = await asyncio.create_subprocess_exec(
        "micropython", "main.py", *map(str, port.child_fds), pass_fds=port.child_fds)
    port.child_started()                    # the parent's copies of the child's ends are closed
    await port.ended.wait()                 # the child hung up
    port.close()
"""

from __future__ import annotations

import asyncio
import os
import socket

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine

PRESS, RELEASE = ord("1"), ord("0")


class SocketpairPort:
    """A modem joined to two descriptors that a child inherits; to be made in a running loop."""

    def __init__(self, modem: ModemLine) -> None:
        self.ended = asyncio.Event()
        self._modem = modem
        self._uart, self._child_uart = socket.socketpair()
        self._key, self._child_key = socket.socketpair()
        for end in (self._child_uart, self._child_key, self._key):
            # MicroPython's stream would wait for a full buffer on a blocking descriptor.
            os.set_blocking(end.fileno(), False)
        self.line = DescriptorLine(self._uart.fileno(), modem, on_end=self.ended.set)
        self.line.open()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._key.fileno(), self._key_moved)
        self._is_open = True

    @property
    def uart_fd(self) -> int:
        """The child's end of the UART."""
        return self._child_uart.fileno()

    @property
    def power_key_fd(self) -> int:
        """The child's end of the power key."""
        return self._child_key.fileno()

    @property
    def child_fds(self) -> tuple[int, int]:
        """Both of the child's ends: UART, power key."""
        return self.uart_fd, self.power_key_fd

    def child_started(self) -> None:
        """Close the parent's copies of the child's ends, so that its death is seen."""
        self._child_uart.close()
        self._child_key.close()

    def close(self) -> None:
        """Hang up and close all descriptors; closing twice is harmless."""
        if not self._is_open:
            return
        self._is_open = False
        self.line.close()
        self._loop.remove_reader(self._key.fileno())
        for end in (self._uart, self._key, self._child_uart, self._child_key):
            end.close()

    def _key_moved(self) -> None:
        try:
            moves = self._key.recv(64)
        except BlockingIOError:
            return
        except OSError:
            moves = b""
        if not moves:
            self._loop.remove_reader(self._key.fileno())
        for move in moves:
            if move == PRESS:
                self._modem.press_power_key()
            elif move == RELEASE:
                self._modem.release_power_key()
