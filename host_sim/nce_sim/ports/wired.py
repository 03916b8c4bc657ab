"""Joins a simulated modem to a serial port by its name: a device here, or a URL of one elsewhere.

async with AsyncExitStack() as closing:
    ended = await joined(modem, "rfc2217://192.0.2.7:2217", 115_200, "dsr", closing)
    await ended.wait()
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from nce_sim.modem.core import Modem
from nce_sim.ports.remote_serial import RemoteSerialPort
from nce_sim.ports.serial_device import KeyLine, SerialPort


async def joined(
    modem: Modem, port: str, baud: int, key_line: KeyLine | None, closing: AsyncExitStack
) -> asyncio.Event:
    """Join them until `closing`; the event is set when the port is gone. OSError as it opens."""
    modem.nvm.rate_bps = baud
    if "://" in port:
        remote = await RemoteSerialPort.open(modem, port, baud, key_line=key_line)
        closing.push_async_callback(remote.close)
        modem.uart.on_rate = remote.set_rate
        return remote.ended
    device = SerialPort(modem, port, baud, key_line=key_line)
    closing.callback(device.close)
    modem.uart.on_rate = device.set_rate
    return device.ended
