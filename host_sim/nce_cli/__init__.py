"""The `nce` command: the simulator's groups, and those in which driver and simulator meet.

    nce sim up --sims 3         a world in real time, until Ctrl-C
    nce sim demo                power-on to decoded telemetry, end to end
    nce doctor --port DEV       why a modem does not attach
    nce --help

Exit status: 0 done, 1 the run failed or its output could not be written, 2 wrong usage,
130 Ctrl-C.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130
_OURS = ("", "nce", "nce_bcl", "nce_cli", "nce_modem", "nce_sim")


def main() -> None:
    """Entry point of the console script."""
    output = None
    try:
        from nce_cli.output import watch_output

        output = watch_output()
        try:
            status = _status()
        finally:
            if output is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    if output is not None and output.lost is not None:
        has_enough = isinstance(output.lost, BrokenPipeError)  # `| head -1` has what it wants
        status = (
            1 if has_enough else f"Failed: the output cannot be written: {output.lost.strerror}"
        )
    sys.exit(status)


def _status() -> str | int | None:
    """Run the command: what `sys.exit` takes."""
    try:
        from nce_cli.app import app

        app()
    except SystemExit as error:
        return error.code
    except ImportError as error:
        if (error.name or "").split(".")[0] in _OURS:
            raise  # ours to mend, not the user's
        return (
            f"nce needs the simulator's libraries ({error.name} is missing): "
            "pip install 'nce-iot[sim,serial]'"
        )
    return None
