"""The console of a board on a serial port: lines as they come, over resets and a lost cable.

    follow("/dev/ttyACM0", sys.stdout)      # until Ctrl-C

A board that restarts takes its USB port away for a moment. The port is opened again, for
`patience_s` at most; then PortLost says what happened, with the exit status for it.
"""

from __future__ import annotations

import codecs
import time
from typing import Any, TextIO

from nce_cli import exit_codes
from nce_modem.serial_board import PortError

BAUDRATE = 115_200
READ_S = 0.25
RETRY_S = 0.25
PATIENCE_S = 30.0
CHUNK = 4096
# Ends a program at MicroPython's prompt, then restarts it softly.
RESTART = (b"\r\x03", b"\x03", b"\x04")


class PortLost(OSError):
    """The port cannot be opened, or stayed away; `status` is the exit status for it."""

    def __init__(self, port: str, error: Exception, waited_s: float = 0) -> None:
        problem = PortError(port, error)
        self.status = exit_codes.status_of(problem.step)
        super().__init__(
            f"{problem}; it was away for {waited_s:g} s" if waited_s else str(problem)
        )

    def __str__(self) -> str:
        return str(self.args[0])


def follow(
    port: str, out: TextIO, *, restart: bool = False, patience_s: float = PATIENCE_S
) -> None:
    """Print what the board prints, for ever; PortLost when the port stays away."""
    try:
        line = _open(port)
    except (OSError, ValueError) as error:
        raise PortLost(port, error) from None
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

    return serial.serial_for_url(port, BAUDRATE, timeout=READ_S, exclusive=True)


def _open_again(port: str, patience_s: float) -> Any:
    end = time.monotonic() + patience_s
    while True:
        time.sleep(RETRY_S)
        try:
            return _open(port)
        except OSError as error:
            if time.monotonic() > end:
                raise PortLost(port, error, patience_s) from None


def _shown(text: str) -> str:
    """Text for a terminal: of control characters only ends of lines and tabs."""
    shown = text.replace("\r", "")
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in shown)
