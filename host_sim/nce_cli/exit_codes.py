"""The exit statuses of `nce doctor` and `nce modem log`, by the step at which a report stopped.

The numbers are an interface: scripts compare them. docs/hardware.md has the same table.
"""

from __future__ import annotations

DONE = 0
NOT_ATTACHED = 1  # the modem answers, and does not get through to the network
WRONG_USAGE = 2  # also a file that is no AT log, or that cannot be written
PORT_MISSING = 3
PORT_FORBIDDEN = 4
PORT_BUSY = 5
WRONG_RATE = 6
GARBAGE = 7
SILENT = 8
PORT_FAILED = 9  # it cannot be opened for another reason, or went away

# Steps that `nce_modem` names; every other one means that the modem answers.
OF_STEP = {
    "port missing": PORT_MISSING,
    "port forbidden": PORT_FORBIDDEN,
    "port busy": PORT_BUSY,
    "port": PORT_FAILED,
    "rate": WRONG_RATE,
    "garbage": GARBAGE,
    "not AT": GARBAGE,
    "power": SILENT,
}
PORT_PROBLEMS = frozenset({"port missing", "port forbidden", "port busy", "port"})

HELP = """Exit status: 0 attached; 1 the modem answers and is not attached; 2 wrong usage, or the
file is not an AT log; 3 no such port; 4 the port is forbidden; 5 another program has the port;
6 wrong rate; 7 gibberish, or text that is no answer; 8 silence; 9 the port cannot be opened for
another reason, or went away; 130 Ctrl-C."""


def status_of(step: str) -> int:
    """The exit status of a report that stopped at `step`, "" when attached."""
    return OF_STEP.get(step, NOT_ATTACHED) if step else DONE
