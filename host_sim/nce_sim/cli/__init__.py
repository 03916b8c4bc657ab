"""The `nce` command.

    nce sim up --sims 3         a world in real time, until Ctrl-C
    nce sim demo                power-on to decoded telemetry, end to end
    nce --help

Exit status: 0 done, 1 the run failed, 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the console script."""
    try:
        from nce_sim.cli.app import app
    except ImportError as error:
        sys.exit(
            f"nce needs the simulator's libraries ({error.name} is missing): "
            "pip install 'nce-iot[sim,serial]'"
        )
    app()
