"""Declared trouble: what goes wrong with a modem, and when.

    modem.faults.at_command("+QISEND", count=50, when="after_payload",
                            action=lambda: modem.faults.kill(silent_ms=4000))
    modem.faults.at_time(90_000, modem.faults.freeze)
    modem.faults.boot_noise = b"\\x00\\xff~"

Points of a command: "received" (nothing done yet), "prompt" (asked for the payload),
"after_payload" (has it, has not sent it), "before_final" (done, has not said so), "after_final".
A command is named, or it is the k-th of all (`name=None`). Every row of the failure catalogue can
be armed by number: see `catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nce_sim.modem.faults.line import LineFaults
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Point
from nce_sim.modem.memory import Context

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

POINTS = tuple(Point)
Action = Callable[[], None]
AWKWARD = b'\r\nOK\r\n> @+CEREG: 0\r\n"ERROR",\r\n+++\x1a\x1b\r\nRDY\r\n'


@dataclass
class _Trap:
    command: str | None
    point: Point
    remaining: int
    action: Action


class Faults(LineFaults):
    """The faults of one modem."""

    def __init__(self, modem: Modem) -> None:
        super().__init__(modem)
        self.is_deaf = False
        self.boot_noise = b""
        self.has_banner = True
        self.uart_sleep_ms: int | None = None
        self._prompts_to_drop = 0
        self._uplinks_to_drop = 0
        self._shares_to_take: list[float] = []
        self._urcs_to_drop: dict[str, int] = {}
        self._failure: CommandFailed | None = None
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
        """The modem reboots on its own: sockets and session are gone, silence until the banner."""

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
        """Every attach is refused with this EMM cause; a registered modem is detached."""
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

    def drop_uplink(self, count: int = 1) -> None:
        """The next `count` datagrams are accepted and never leave."""
        self._uplinks_to_drop += count

    def fill_send_buffer(self, count: int = 1, *, share: float = 0.0) -> None:
        """The next `count` sends over TCP find a buffer with room for a share of their bytes."""
        self._shares_to_take += [share] * count

    def drop_urc(self, start: str, count: int = 1) -> None:
        """The next `count` URCs that begin with `start` never come."""
        self._urcs_to_drop[start] = self._urcs_to_drop.get(start, 0) + count

    def fail_command(self, cme: int | None = None) -> None:
        """The command that was just received ends in an error without having done anything."""
        self._note("fail_command", cme=cme)
        self._failure = CommandFailed(cme)

    def search(self, duration_ms: int) -> None:
        """No cell is found for `duration_ms`; a registered modem loses its own."""
        self._note("search", duration_ms=duration_ms)
        radio = self._modem.radio
        radio.blind_until_ms = self._modem.clock.now_ms() + duration_ms
        if radio.is_registered:
            radio.restart("the cell is gone")

    def sleep(self) -> None:
        """The modem enters power saving mode now, if it is registered."""
        self._note("sleep")
        self._modem.power_saving.sleep_now()

    def unset_clock(self) -> None:
        """The clock shows its epoch until the next restart, whatever the network says."""
        self._note("unset_clock")
        self._modem.ram.clock_is_stuck = True

    def remember_odd_settings(self) -> None:
        """Settings of another owner in NVM, as a stale APN or V0; effective after a reset."""
        self._note("remember_odd_settings")
        modem = self._modem
        for cid in (modem.personality.attach_cid, 13, 14):
            modem.nvm.contexts[cid] = Context("IP", "wireless.twilio.com")
        modem.nvm.sms.character_set = "UCS2"
        modem.nvm.profile = replace(
            modem.nvm.profile or modem.personality.line_settings,
            echo=1,
            verbose=0,
            error_format=modem.personality.most_cmee,
        )
        modem.personality.hooks.remember_odd_settings(modem)

    def awkward_datagram(self) -> None:
        """A datagram whose payload looks like AT, to every connected socket from its peer."""
        self._note("awkward_datagram", size=len(AWKWARD))
        self._modem.sockets.receive_from_peers(AWKWARD)

    def reset_streams(self) -> None:
        """Every TCP connection is reset by its peer."""
        self._note("reset_streams")
        self._modem.sockets.streams.break_from_peers()

    def close_streams(self) -> None:
        """Every TCP connection is closed by its peer, which sends nothing more."""
        self._note("close_streams")
        self._modem.sockets.streams.close_from_peers()

    # -- when ------------------------------------------------------------------------------

    def at_command(self, name: str | None, action: Action, *, count: int = 1, when: str) -> None:
        """Do `action` at a point of the `count`-th command called `name` from now on.

        None counts all commands alike.
        """
        if when not in POINTS:
            raise ValueError(
                f"a command has no point {str(when)!r}; take one of {', '.join(POINTS)}"
            )
        if count < 1:
            raise ValueError(f"the {count}th {name or 'command'} never comes; count from 1")
        self._traps.append(_Trap(name and name.upper(), Point(when), count, action))

    @property
    def unmet(self) -> tuple[str, ...]:
        """Faults declared on commands that have not come, in words: `3 more +QISEND, prompt`."""
        return tuple(
            f"{trap.remaining} more {trap.command or 'commands of any kind'}, {trap.point}"
            for trap in self._traps
        )

    def at_time(self, at_ms: int, action: Action) -> None:
        """Do `action` when the clock shows `at_ms`."""
        self._modem.clock.call_later(max(0, at_ms - self._modem.clock.now_ms()), action)

    def disarm(self) -> None:
        """What is scheduled on commands does not happen, and faults that last end."""
        self._traps.clear()
        self._urcs_to_drop.clear()
        self._prompts_to_drop = self._uplinks_to_drop = 0
        self._shares_to_take.clear()
        self._failure = None
        self.boot_noise, self.has_banner = b"", True
        self.uart_sleep_ms = None
        self.clear_line()
        self._modem.radio.denied_cause = None

    # -- asked by the modem ----------------------------------------------------------------

    def passed(self, command: str, point: Point) -> None:
        """A running command reached one of its points."""
        due = []
        for trap in self._traps:
            if trap.command in (None, command) and trap.point is point:
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

    def takes_uplink(self) -> bool:
        """Whether the datagram about to leave gets lost."""
        if self._uplinks_to_drop == 0:
            return False
        self._uplinks_to_drop -= 1
        self._note("drop_uplink")
        return True

    def taken_of(self, size: int) -> int:
        """How many of the bytes about to be sent over TCP the buffer may take."""
        if not self._shares_to_take:
            return size
        taken = int(size * self._shares_to_take.pop(0))
        self._note("fill_send_buffer", taken=taken, size=size)
        return taken

    def takes_urc(self, text: str) -> bool:
        """Whether the URC about to be sent gets lost."""
        for start, count in self._urcs_to_drop.items():
            if count and text.startswith(start):
                self._urcs_to_drop[start] = count - 1
                self._note("drop_urc", text=text)
                return True
        return False

    def take_failure(self, point: Point) -> CommandFailed | None:
        """What the command that was received fails with."""
        if point is not Point.RECEIVED:
            return None
        failure, self._failure = self._failure, None
        return failure

    def _restart(self, silence_ms: int) -> None:
        self._modem.cut_power()
        self._modem.power_on(after_ms=silence_ms)

    def recover(self) -> None:
        """The UART is no longer frozen."""
        self.is_deaf = False
        self._failure = None
        self._modem.uart.is_silent = False
