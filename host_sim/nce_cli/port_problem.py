"""A serial port that cannot be opened, as commands tell it: the reason, who has it, a status.

refuse_port("/dev/ttyUSB0", error)      # ends the command
"""

from __future__ import annotations

from typing import NoReturn

from nce_cli import exit_codes
from nce_cli.messages import refuse
from nce_cli.ports import holders
from nce_modem.serial_board import PortError


def refuse_port(port: str, error: Exception) -> NoReturn:
    """End the command with the status of the port's problem (docs/hardware.md has the table)."""
    problem = error if isinstance(error, PortError) else PortError(port, error)
    text = str(problem)
    if problem.step == "port busy":
        found = holders(port)
        text += f" (held by {', '.join(found)})" if found else ""
    refuse(text, exit_codes.status_of(problem.step))
