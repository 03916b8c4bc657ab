"""The LwM2M objects of a board: what its hardware has, each under a number of its own.

    shown = BoardObjects(board, console)
    shown.all               # lights, a buzzer, buttons, switches: for `Lwm2mDevice`
    shown.look()            # what is pressed and switched now, often

A board may have `rgb(red, green, blue)` or `led(is_on)`, and more lights in `lights`, as `led` is;
`tone(percent)` or `buzzer(is_on)`; `button()` or several in `buttons`; `switches`. The console
tells what is lit and sounds, so that a light and a buzzer can be tried on any board.
"""

from nce.lwm2m.buzzer import Buzzer
from nce.lwm2m.inputs import Button, Switch
from nce.lwm2m.light import Light

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any


class BoardObjects:
    """See above."""

    def __init__(self, board: "Any", console: "Console") -> None:
        self._board = board
        self._console = console
        self._broken: "list[str]" = []  # parts whose function raised
        lights = 1 + len(getattr(board, "lights", ()))
        self.lights = [Light(self._apply_light, at, "Light %d" % (at + 1)) for at in range(lights)]
        self.buzzer = Buzzer(self._apply_buzzer, 0, "Buzzer")
        button = getattr(board, "button", None)
        self._buttons = list(getattr(board, "buttons", [button] if button else []))
        self._switches = list(getattr(board, "switches", ()))
        self.buttons = [
            Button(at, "Button %d" % (at + 1)) for at in range(max(1, len(self._buttons)))
        ]
        self.switches = [Switch(at, "Switch %d" % (at + 1)) for at in range(len(self._switches))]

    @property
    def all(self) -> "list[Any]":
        """The objects."""
        return self.lights + [self.buzzer] + self.buttons + self.switches

    @property
    def has_inputs(self) -> bool:
        """Whether there is something to look at."""
        return bool(self._buttons or self._switches)

    def look(self) -> None:
        """Feed what is pressed and switched to its objects."""
        for parts, objects in ((self._buttons, self.buttons), (self._switches, self.switches)):
            for at in range(len(parts)):
                try:
                    objects[at].feed(bool(parts[at]()))
                except Exception as error:  # noqa: BLE001 - the code of a board may raise anything
                    self._tell("input %d" % at, error)

    def show_again(self) -> None:
        """Give the LED back to the first light, after it showed something else."""
        if self.lights[0].is_on:
            self._apply_light(self.lights[0])

    def _apply_light(self, light: "Light") -> None:
        more = getattr(self._board, "lights", ())
        part = more[light.number - 1] if light.number else None
        rgb, led = getattr(self._board, "rgb", None), getattr(self._board, "led", None)
        dimmer = light.dimmer if light.is_on else 0
        colour = [level * dimmer // 100 for level in light.rgb]
        try:
            if part is not None:
                part(light.is_on)
            elif rgb is not None:
                rgb(*colour)
            elif led is not None:
                led(light.is_on)
        except Exception as error:  # noqa: BLE001
            self._tell("light %d" % light.number, error)
        self._console.say(
            "light %d: %s, %d %%, %02x%02x%02x"
            % ((light.number, "on" if light.is_on else "off", dimmer) + light.rgb)
        )

    def _apply_buzzer(self, buzzer: "Buzzer") -> None:
        tone, sound = getattr(self._board, "tone", None), getattr(self._board, "buzzer", None)
        try:
            if tone is not None:
                tone(int(buzzer.level) if buzzer.is_on else 0)
            elif sound is not None:
                sound(buzzer.is_on)
        except Exception as error:  # noqa: BLE001
            self._tell("buzzer", error)
        self._console.say(
            "buzzer: %s, %d %%" % ("on" if buzzer.is_on else "off", int(buzzer.level))
        )

    def _tell(self, part: str, error: "Exception") -> None:
        if part not in self._broken:
            self._broken.append(part)
            self._console.trouble("%s: %s: %s" % (part, type(error).__name__, error))
