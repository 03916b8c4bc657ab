"""Joins a simulated modem to a serial port by its name: a device here, or a URL of one elsewhere.

async with AsyncExitStack() as closing:
    await joined(modem, "rfc2217://192.0.2.7:2217", 115_200, "dsr", gone, closing)
    await gone.wait()
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from nce_sim.modem.core import Modem
from nce_sim.ports.remote_serial import RemoteSerialPort
from nce_sim.ports.serial_device import KeyLine, SerialPort


async def joined(
    modem: Modem,
    port: str,
    baud: int,
    key_line: KeyLine | None,
    gone: asyncio.Event,
    closing: AsyncExitStack,
) -> None:
    """Join them until `closing`; `gone` is set when the port is. OSError when it does not open."""
    modem.nvm.rate_bps = baud
    if "://" in port:
        remote = await RemoteSerialPort.open(modem, port, baud, key_line=key_line, ended=gone)
        closing.push_async_callback(remote.close)
        modem.uart.on_rate = remote.set_rate
        return
    device = SerialPort(modem, port, baud, key_line=key_line, ended=gone)
    closing.callback(device.close)
    modem.uart.on_rate = device.set_rate
