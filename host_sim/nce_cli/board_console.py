"""The console of a board on a serial port: lines as they come, over resets and a lost cable.

    follow("/dev/ttyACM0", sys.stdout)      # until Ctrl-C

A board that restarts takes its USB port away for a moment. The port is opened again, for
`patience_s` at most; then PortLost says what happened, with the exit status for it.
"""

from __future__ import annotations

import codecs
import errno
import time
from typing import Any, TextIO

from nce_cli import exit_codes

BAUDRATE = 115_200
READ_S = 0.25
RETRY_S = 0.25
PATIENCE_S = 30.0
CHUNK = 4096
# Ends a program at MicroPython's prompt, then restarts it softly.
RESTART = (b"\r\x03", b"\x03", b"\x04")
STATUS = {
    errno.ENOENT: exit_codes.PORT_MISSING,
    errno.ENXIO: exit_codes.PORT_MISSING,
    errno.ENODEV: exit_codes.PORT_MISSING,
    errno.EACCES: exit_codes.PORT_FORBIDDEN,
    errno.EPERM: exit_codes.PORT_FORBIDDEN,
    errno.EBUSY: exit_codes.PORT_BUSY,
    errno.EAGAIN: exit_codes.PORT_BUSY,
}


class PortLost(OSError):
    """The port cannot be opened, or stayed away; `status` is the exit status for it."""

    def __init__(self, port: str, error: OSError, waited_s: float = 0) -> None:
        self.status = STATUS.get(error.errno or 0, exit_codes.PORT_FAILED)
        text = f"{port}: {error.strerror or error}"
        if waited_s:
            text += f"; it has been away for {waited_s:g} s"
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.args[0])


def follow(
    port: str, out: TextIO, *, restart: bool = False, patience_s: float = PATIENCE_S
) -> None:
    """Print what the board prints, for ever; PortLost when the port stays away."""
    line = _open(port)
    # A character of several bytes may come in two pieces.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    if restart:
        for keys in RESTART:
            line.write(keys)
            time.sleep(0.1)
    while True:
        try:
            data = line.read(line.in_waiting or 1)
        except OSError:
            line.close()
            out.write(f"\n[{port} went away]\n")
            out.flush()
            line = _open_again(port, patience_s)
            out.write(f"[{port} is back]\n")
            continue
        if data:
            out.write(_shown(decoder.decode(data)))
            out.flush()


def _open(port: str) -> Any:
    import serial

    try:
        return serial.serial_for_url(port, BAUDRATE, timeout=READ_S, exclusive=True)
    except ValueError as error:
        raise PortLost(port, OSError(errno.ENOENT, str(error))) from None
    except OSError as error:
        raise PortLost(port, error) from None


def _open_again(port: str, patience_s: float) -> Any:
    end = time.monotonic() + patience_s
    while True:
        time.sleep(RETRY_S)
        try:
            return _open(port)
        except PortLost as error:
            if time.monotonic() > end:
                raise PortLost(port, OSError(errno.ENXIO, str(error)), patience_s) from None


def _shown(text: str) -> str:
    """Text for a terminal: of control characters only ends of lines and tabs."""
    shown = text.replace("\r", "")
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in shown)
