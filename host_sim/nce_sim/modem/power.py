"""A modem's states of power, and what its power key or a reset line does.

    key = PowerKey(modem)
    key.press(); clock.advance(600); key.release()

How long it was low decides: switch on, wake, restart, switch off, nothing.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem


class Power(enum.Enum):
    """Where the modem is between off and on."""

    OFF = "off"
    BOOTING = "booting"
    ON = "on"
    ASLEEP = "asleep"
    LINE_OFF = "line off"  # the UART alone
    SHUTTING_DOWN = "shutting down"


class PowerKey:
    """The key of one modem; pressing it twice is pressing it once."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._pressed_at_ms: int | None = None

    def press(self) -> None:
        """The line goes low."""
        if self._pressed_at_ms is None:
            self._pressed_at_ms = self._modem.clock.now_ms()

    def release(self) -> None:
        """The line goes high."""
        if self._pressed_at_ms is None:
            return
        modem, personality = self._modem, self._modem.personality
        held_ms = modem.clock.now_ms() - self._pressed_at_ms
        self._pressed_at_ms = None
        modem.note("power_key", held_ms=held_ms)
        is_pulse = held_ms >= personality.power_on_pulse_ms
        if modem.power is Power.OFF and is_pulse:
            modem.power_on()
        elif modem.power is Power.ASLEEP and is_pulse:
            modem.power_saving.wake("power key")
        elif modem.power is Power.LINE_OFF:
            if is_pulse:
                modem.resume_line()
        elif modem.power is Power.ON and is_pulse and modem.power_saving.is_about_to_stop:
            modem.power_saving.wake("power key")
        elif modem.power is Power.ON and personality.key_resets:
            if is_pulse:
                modem.cut_power()
                modem.power_on(after_ms=personality.reset_silence_ms)
        elif modem.power is Power.ON and held_ms >= personality.power_off_pulse_ms:
            modem.power_down()
