"""Starts the blueprint that `config.py` names, and keeps it going.

A wrong configuration is told, all of it at once, and nothing is started. On a board this file runs
by itself; on a host: `micropython -m main UART_FD [POWER_KEY_FD]`, or, with a modem at a serial
port, `python -m main /dev/ttyUSB0 [BAUDRATE]` (see docs/firmware.md).
"""

import asyncio
import gc
import sys

import boot  # a host runs no boot.py

if __name__ == "__main__" and boot.is_updated:
    import application

    application.start()  # the main of an update, in this one's place: it does not return

import config
from blueprints.start import start
from console import Console
from running import Runner, told

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Board
    from settings_check import Settings

START_AGAIN_S = 600


def console_of(settings: "Settings") -> "Console":
    """The console, with a log on flash where that works and is wanted."""
    if not settings.LOG_BYTES:
        return Console()
    from log_ring import LogRing
    from nce.folder import Folder

    path = settings.FOLDER + "/log" if settings.FOLDER else "log"
    try:
        return Console(LogRing(Folder(path), settings.LOG_BYTES))
    except OSError as error:
        console = Console()
        console.say("there is no log: %s" % error)
        return console


def runner_of(
    board: "Board", settings: "Settings", console: "Console", **options: "Any"
) -> "Runner":
    """The runner of the blueprint that the settings name; `options` are those of `Station`."""
    kind = __import__("rounds." + settings.BLUEPRINT, None, None, ("Rounds",)).Rounds
    made = kind(board, settings, console, **options)
    runner = Runner(made, settings.INTERVAL_S, console, board)
    if boot.is_updated:
        runner.on_good_run = lambda: confirm(console)
    return runner


def confirm(console: "Console") -> None:
    """Keep the update that is on trial, if one is: it has delivered a record."""
    import application

    try:
        if application.confirm():
            console.trouble("the update works, and is kept")
    except OSError as error:
        console.trouble("the update cannot be confirmed: %s" % error)


def settings_of(wanted: "Any") -> "Settings":
    """The settings; `SystemExit` with 2 when they are wrong, all mistakes being told."""
    from settings_check import read

    settings, mistakes = read(wanted)
    if mistakes:
        for mistake in mistakes:
            print("config.py: %s" % mistake)
        sys.exit(2)
    return settings


async def run(board: "Board") -> None:
    """Run as `config.py` says, for ever; `SystemExit` with 2 when it is wrong.

    A blueprint that cannot even be made, such as for want of memory, ends in a restart.
    """
    settings = settings_of(config)
    if sys.implementation.name == "micropython":
        sys.modules.pop("settings_check")  # it takes heap, and is wanted no more
        gc.collect()
    console = console_of(settings)
    starts = "start of the blueprint %s" % settings.BLUEPRINT
    if getattr(board, "woke_from_deep_sleep", _never)():
        console.say(starts)  # as for each record: nothing for the log
    else:
        console.trouble(starts)
    try:
        runner = runner_of(board, settings, console)
    except Exception as error:
        restart = getattr(board, "restart", None)
        if restart is None:
            raise
        console.trouble("no start, again in %d s: %s" % (START_AGAIN_S, told(error)))
        await asyncio.sleep(START_AGAIN_S)
        restart()
    else:
        await runner.run()


def _never() -> bool:
    return False


if __name__ == "__main__":
    start(run)
