"""The serial ports of this computer, and the programs that hold one.

for port in list_ports():
    print(port.path, port.description)
holders("/dev/ttyUSB0")                 # ["minicom (4711)"], Linux alone
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

PROCESSES = Path("/proc")
MOST_PROCESSES = 20_000


class Port(NamedTuple):
    """A serial port; no serial number, which would identify the device in a ticket."""

    path: str
    description: str
    usb_id: str  # vendor:product in hexadecimal, "" for a port that is not USB


def list_ports() -> list[Port]:
    """All ports, by name; needs pyserial."""
    from serial.tools import list_ports as found

    ports = []
    for port in sorted(found.comports()):
        usb_id = "" if port.vid is None else f"{port.vid:04x}:{port.pid or 0:04x}"
        parts = [] if port.description in (None, "n/a") else [port.description]
        if port.manufacturer and port.manufacturer not in "".join(parts):
            parts.append(port.manufacturer)
        ports.append(Port(port.device, ", ".join(parts), usb_id))
    return ports


def holders(path: str) -> list[str]:
    """Other programs that have the device open, as far as this user may see them."""
    device = os.path.realpath(path)
    found = []
    for process in list(PROCESSES.glob("[0-9]*"))[:MOST_PROCESSES]:
        if process.name != str(os.getpid()) and _has_open(process, device):
            try:
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
            except OSError:
                continue  # it ended meanwhile
            found.append(f"{name} ({process.name})")
    return sorted(found)


def _has_open(process: Path, device: str) -> bool:
    try:
        return any(os.readlink(entry) == device for entry in (process / "fd").iterdir())
    except OSError:
        return False  # another user's, or it ended meanwhile
