"""What a person sees and presses on the board: its LED and its button, where it has them.

    signs = Signs(board, console)
    await signs.show(FAILED)
    signs.is_pressed(now_ms)        # asked every `LOOK_EVERY_MS`

Both are optional, and neither breaks anything: one whose function raises is told of and left out.
"""

import asyncio

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Callable

# Milliseconds of light, dark, light ...; it is dark afterwards.
WORKING = (100,)
DELIVERED = (500,)
FAILED = (100, 150, 100, 150, 100)
LOOK_EVERY_MS = 100
LEAST_BETWEEN_MS = 10_000  # two presses that count


class Signs:
    """The LED and the button of `board`."""

    def __init__(self, board: "Any", console: "Console") -> None:
        self._console = console
        self._led: "Callable[[bool], object] | None" = getattr(board, "led", None)
        self._button: "Callable[[], bool] | None" = getattr(board, "button", None)
        self._looks = 0  # in a row, with the button pressed
        self._deaf_until_ms = 0

    @property
    def has_button(self) -> bool:
        """Whether the board has one that works."""
        return self._button is not None

    async def show(self, pattern: "tuple[int, ...]") -> None:
        """Blink as the pattern says: it takes a second at most."""
        is_on = True
        for milliseconds in pattern:
            if not self._light(is_on):
                return
            await asyncio.sleep(milliseconds / 1000)
            is_on = not is_on
        self._light(False)

    def _light(self, is_on: bool) -> bool:
        if self._led is None:
            return False
        try:
            self._led(is_on)
        except Exception as error:  # noqa: BLE001 - the code of a board may raise anything
            self._led = None
            self._console.say("the LED is left out: %s: %s" % (type(error).__name__, error))
        return self._led is not None

    def is_pressed(self, now_ms: int) -> bool:
        """Whether a press has just begun; one that lasts two looks counts, and only once."""
        if self._button is None:
            return False
        try:
            is_down = bool(self._button())
        except Exception as error:  # noqa: BLE001
            self._button = None
            self._console.say("the button is left out: %s: %s" % (type(error).__name__, error))
            return False
        self._looks = min(self._looks + 1, 3) if is_down else 0
        if self._looks != 2 or now_ms < self._deaf_until_ms:
            return False
        self._deaf_until_ms = now_ms + LEAST_BETWEEN_MS
        return True
