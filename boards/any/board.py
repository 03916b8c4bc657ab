"""Any board of MicroPython's with any modem on a UART; `PINS` in `config.py` says where.

board = Board()
reader, writer = await board.open_uart()
"""

import config
from nce_modem.pin_board import PinBoard

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

EXAMPLE = 'PINS = {"uart": 1, "tx": 4, "rx": 5, "power_key": (14, 1)}'


class Board(PinBoard):
    """The board of `pins`, or of `config.PINS`: what `PinBoard` takes, each under its name."""

    def __init__(self, pins: "dict[str, Any] | None" = None) -> None:
        pins = getattr(config, "PINS", None) if pins is None else pins
        if not pins:
            raise ValueError("config.py names no pins of this board; write such as %s" % EXAMPLE)
        try:
            PinBoard.__init__(self, **pins)
        except TypeError as error:
            raise ValueError("PINS in config.py: %s; write such as %s" % (error, EXAMPLE))
