"""Starts a blueprint on the board that the command line names.

if __name__ == "__main__":
    start(run)
"""

import asyncio
import sys

from board import Board

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Callable, Coroutine


def start(run: "Callable[[Any], Coroutine[Any, Any, object]]") -> None:
    """Run `run(board)`; the exit status is 2 when the arguments name no board, 1 when it fails.

    A board without `from_arguments` is made without arguments.
    """
    try:
        if hasattr(Board, "from_arguments"):
            board = Board.from_arguments(sys.argv[1:])
        else:
            board = Board()  # type: ignore[call-arg]
    except ValueError as error:
        print(error)
        sys.exit(2)
    try:
        asyncio.run(run(board))
    except OSError as error:
        print("%s: %s" % (type(error).__name__, error))
        sys.exit(1)
