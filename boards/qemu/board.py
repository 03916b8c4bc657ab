"""QEMU's mps2-an385, a Cortex-M3: the modem is on UART 1 and has no power key.

board = Board()
reader, writer = await board.open_uart()
"""

import asyncio

from machine import UART

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


class Board:
    """One modem's UART."""

    power_key = None

    async def open_uart(self) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer)."""
        uart = UART(1, 115200, rxbuf=2048)
        return asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})  # type: ignore
