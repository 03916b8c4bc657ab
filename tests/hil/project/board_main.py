"""What the stand-in for a real board runs: the beacon on the UART that it is given."""

import asyncio
import sys

from beacon import run

from board import Board

asyncio.run(run(Board.from_arguments(sys.argv[1:])))
