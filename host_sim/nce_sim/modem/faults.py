"""Declared trouble: what goes wrong with a modem, and when.

    modem.faults.at_command("+QISEND", count=50, when="after_payload",
                            action=lambda: modem.faults.kill(silent_ms=4000))
    modem.faults.at_time(90_000, modem.faults.freeze)
    modem.faults.boot_noise = b"\\x00\\xff~"

Points of a command: "received" (nothing done yet), "prompt" (asked for the payload),
"after_payload" (has it, has not sent it), "before_final" (done, has not said so), "after_final".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

POINTS = ("received", "prompt", "after_payload", "before_final", "after_final")
Action = Callable[[], None]


@dataclass
class _Trap:
    command: str
    point: str
    remaining: int
    action: Action


class Faults:
    """The faults of one modem."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.is_deaf = False
        self.boot_noise = b""
        self._prompts_to_drop = 0
        self._traps: list[_Trap] = []

    # -- what ------------------------------------------------------------------------------

    def freeze(self) -> None:
        """The UART falls silent in both directions; only losing power ends it (`thaw`)."""
        self._note("freeze")
        self.is_deaf = True
        self._modem.uart.is_silent = True

    def thaw(self) -> None:
        """The UART works again."""
        self._note("thaw")
        self.recover()

    def reset(self, after_ms: int = 0) -> None:
        """The modem reboots on its own: sockets and session gone, no word until the banner."""

        def reboot() -> None:
            self._note("reset")
            self._restart(self._modem.personality.reset_silence_ms)

        if after_ms:
            self._modem.clock.call_later(after_ms, reboot)
        else:
            reboot()

    def kill(self, silent_ms: int) -> None:
        """The modem dies now and its boot banner comes after `silent_ms` of silence."""
        self._note("kill", silent_ms=silent_ms)
        self._restart(max(0, silent_ms - self._modem.personality.boot_ms))

    def deny(self, cause: int) -> None:
        """Every attach is refused with this EMM cause; a registered modem is thrown out."""
        self._note("deny", cause=cause)
        radio = self._modem.radio
        radio.denied_cause = cause
        if radio.is_registered:
            radio.restart("denied")

    def allow(self) -> None:
        """Attaches are decided by the network again."""
        self._note("allow")
        self._modem.radio.denied_cause = None

    def drop_pdp(self) -> None:
        """The network ends the PDP session."""
        self._note("drop_pdp")
        if self._modem.sim is not None:
            self._modem.operator.core.drop_sessions(self._modem.sim)

    def drop_prompt(self, count: int = 1) -> None:
        """The next `count` prompts never reach the host; the modem waits for the payload.

        To lose the prompt of the k-th send, declare it `when="received"`: at "prompt" it is out.
        """
        self._prompts_to_drop += count

    # -- when ------------------------------------------------------------------------------

    def at_command(self, name: str, action: Action, *, count: int = 1, when: str) -> None:
        """Do `action` at a point of the `count`-th command called `name` from now on."""
        if when not in POINTS:
            raise ValueError(f"a command has no point {when!r}; take one of {', '.join(POINTS)}")
        if count < 1:
            raise ValueError(f"the {count}th {name} never comes; count from 1")
        self._traps.append(_Trap(name.upper(), when, count, action))

    def at_time(self, at_ms: int, action: Action) -> None:
        """Do `action` when the clock shows `at_ms`."""
        self._modem.clock.call_later(max(0, at_ms - self._modem.clock.now_ms()), action)

    # -- asked by the modem ----------------------------------------------------------------

    def passed(self, command: str, point: str) -> None:
        """A running command reached one of its points."""
        due = []
        for trap in self._traps:
            if trap.command == command and trap.point == point:
                trap.remaining -= 1
                if trap.remaining == 0:
                    due.append(trap)
        for trap in due:
            self._traps.remove(trap)
            trap.action()

    def takes_prompt(self) -> bool:
        """Whether the prompt about to be sent gets lost."""
        if self._prompts_to_drop == 0:
            return False
        self._prompts_to_drop -= 1
        self._note("drop_prompt")
        return True

    def _restart(self, silence_ms: int) -> None:
        self._modem.cut_power()
        self._modem.power_on(after_ms=silence_ms)

    def recover(self) -> None:
        """The UART is no longer frozen."""
        self.is_deaf = False
        self._modem.uart.is_silent = False

    def _note(self, fault: str, /, **fields: object) -> None:
        self._modem.note("fault", fault=fault, **fields)
