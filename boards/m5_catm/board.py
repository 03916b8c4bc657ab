"""M5Stack IoT Base CatM below an M5Stack controller: an ESP32 and a SIM7080G.

board = Board()                 # below a Core (Basic, Gray, Fire); or
board = Board("cores3")
reader, writer = await board.open_uart()
"""

from nce_modem.pin_board import PinBoard

# The controller above the base: write yours here.
CORE = "core"
# Controller -> TX, RX, PWRKEY.
PINS = {"core": (0, 35, 12), "core2": (0, 35, 27), "tough": (0, 35, 27), "cores3": (0, 10, 6)}


class Board(PinBoard):
    """The pins of M5Stack's own firmware; see the README beside this file."""

    def __init__(self, core: str = CORE) -> None:
        if core not in PINS:
            raise ValueError(
                "controller %r; it may be one of %s" % (core, ", ".join(sorted(PINS)))
            )
        tx, rx, key = PINS[core]
        PinBoard.__init__(self, uart=1, tx=tx, rx=rx, power_key=(key, 1))
