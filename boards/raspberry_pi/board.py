"""A modem HAT on a Raspberry Pi: CPython with pyserial and gpiod (libgpiod's own library).

    board = Board()                                   # /dev/serial0, PWRKEY on GPIO 4
    board = Board("/dev/ttyAMA0", power_key_gpio=6)
    board = Board(power_key_gpio=None)                # no line to PWRKEY: no gpiod

GPIO numbers are those of the chip (BCM), as the names of the lines have them.
"""

import glob

from nce_modem.errors import LineClosed
from nce_modem.serial_board import SerialBoard

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

PORT = "/dev/serial0"
POWER_KEY_GPIO = 4
USAGE = (
    "usage: [PORT [BAUDRATE [GPIO of the power key, or none]]], such as /dev/serial0 115200 4; "
    "got %r"
)


class Board(SerialBoard):
    """The header's serial port; high at the key's GPIO presses it, by the HAT's transistor."""

    def __init__(
        self,
        port: "Any" = PORT,
        baudrate: int = 115_200,
        power_key_gpio: "int | None" = POWER_KEY_GPIO,
        rtscts: bool = False,
    ) -> None:
        SerialBoard.__init__(self, port, baudrate, rtscts=rtscts)
        self._request: "Any" = None
        self._key_name = "GPIO%s" % power_key_gpio
        if power_key_gpio is not None:
            self.power_key = self._press

    @classmethod
    def from_arguments(cls, arguments: "list[str]") -> "Board":
        """The board of `[PORT [BAUDRATE [GPIO]]]`; a ValueError says what to type."""
        words = list(arguments) + [PORT, "115200", str(POWER_KEY_GPIO)][len(arguments) :]
        try:
            port, rate, gpio = words
            return cls(port, int(rate), None if gpio == "none" else int(gpio))
        except ValueError:
            raise ValueError(USAGE % (arguments,))

    async def open_uart(self, baudrate: "int | None" = None) -> "tuple[Any, Any]":
        """The line, as a (reader, writer); the key's GPIO is ours, and released, from here on."""
        if self.power_key is not None and self._request is None:
            self._request = requested(self._key_name)
        return await SerialBoard.open_uart(self, baudrate)

    def _press(self, is_pressed: bool) -> None:
        if self._request is None:
            self._request = requested(self._key_name)
        from gpiod.line import Value

        self._request.set_value(self._key_name, Value.ACTIVE if is_pressed else Value.INACTIVE)


def requested(name: str) -> "Any":
    """The GPIO line of this name, low, at whichever chip has it; raises `LineClosed`."""
    try:
        import gpiod
        from gpiod.line import Direction, Value
    except ImportError:
        raise LineClosed(
            "the power key's GPIO needs gpiod: pip install 'nce-iot[raspberry-pi]'; a HAT that "
            "switches itself on needs none: power_key_gpio=None"
        )
    settings = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
    failures = []
    for path in sorted(glob.glob("/dev/gpiochip*")):
        try:
            return gpiod.request_lines(path, consumer="nce-iot", config={name: settings})
        except (OSError, ValueError) as error:  # of another user; not at this chip
            failures.append("%s: %s" % (path, error))
    raise LineClosed(
        "%s is to be had at no GPIO chip (%s); is another program using it, and may your user "
        "open /dev/gpiochip0 (group gpio)?" % (name, "; ".join(failures) or "there is none")
    )
