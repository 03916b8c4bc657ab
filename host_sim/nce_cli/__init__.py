"""The `nce` command: the simulator's groups, and those in which driver and simulator meet.

    nce sim up --sims 3         a world in real time, until Ctrl-C
    nce sim demo                power-on to decoded telemetry, end to end
    nce doctor --port DEV       why a modem does not attach
    nce --help

Exit status: 0 done, 1 the run failed, 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import sys

_OURS = ("", "nce", "nce_bcl", "nce_cli", "nce_modem", "nce_sim")


def main() -> None:
    """Entry point of the console script."""
    try:
        from nce_cli.app import app

        app()
    except ImportError as error:
        if (error.name or "").split(".")[0] in _OURS:
            raise  # ours to mend, not the user's
        sys.exit(
            f"nce needs the simulator's libraries ({error.name} is missing): "
            "pip install 'nce-iot[sim,serial]'"
        )
