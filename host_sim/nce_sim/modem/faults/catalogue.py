"""The failure catalogue: one entry for each row, so that a test can walk through them all.

    for fault in CATALOGUE:
        if fault.concerns(modem.personality):
            fault.arm(modem, At(command=3))

Rows and numbers are those of the catalogue of AT modem failures collected from drivers' sources
and issue trackers. Arming a fault schedules it; nothing happens before its moment has come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from nce_sim.modem.faults.line import EchoMode
from nce_sim.modem.line.steps import Point
from nce_sim.modem.line.uart import random_chunks

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personality import Personality


@dataclass(frozen=True)
class At:
    """The moment of a fault: the k-th command from now on (of a name), a point of it, a byte.

    `byte` is where in the output from there on bytes are lost or put in; `after_bytes` lets any
    fault wait until so many are out. `time_ms` takes the place of a command.
    """

    command: int = 1
    name: str | None = None
    point: str | None = None  # of steps.Point; None: the fault's own
    byte: int = 0
    after_bytes: int | None = None
    is_between_lines: bool = False  # what is put in at `byte` waits for the end of a line
    time_ms: int | None = None


Strike = Callable[["Modem", At], None]


@dataclass(frozen=True)
class Fault:
    """One row: what goes wrong, where by default, and how long it lasts at most."""

    row: int
    name: str
    strike: Strike
    point: Point = Point.RECEIVED
    needs_receive_urc: bool = False  # only of families that tell of data by a URC
    needs_echo: bool = False  # only of families that have one
    needs_power_saving: bool = False  # only of families that have PSM
    lasts_ms: int = 0

    def concerns(self, personality: Personality) -> bool:
        """Whether modems of a family do this."""
        has_urc = personality.receive_urc is not None or not self.needs_receive_urc
        has_echo = "E" in personality.commands or not self.needs_echo
        has_power_saving = "+CPSMS" in personality.commands or not self.needs_power_saving
        return has_urc and has_echo and has_power_saving

    def arm(self, modem: Modem, when: At) -> None:
        """Schedule the fault; ValueError for a point or a count that never comes."""

        def strike() -> None:
            modem.note("catalogue", row=self.row, name=self.name)
            self.strike(modem, when)

        def act() -> None:
            if when.after_bytes is None:
                strike()
            else:
                modem.faults.at_byte(when.after_bytes, strike)

        if when.time_ms is not None:
            modem.faults.at_time(when.time_ms, act)
        else:
            point = when.point or self.point
            modem.faults.at_command(when.name, act, count=when.command, when=point)


def _boot_noise(modem: Modem, when: At) -> None:
    modem.faults.boot_noise = b"\x00\x00\xff~\r\n\x00R"
    modem.faults.reset()


def _no_banner(modem: Modem, when: At) -> None:
    modem.faults.has_banner = False
    modem.faults.reset()


def _echo(mode: EchoMode) -> Strike:
    def strike(modem: Modem, when: At) -> None:
        modem.faults.echo_mode = mode
        modem.ram.line = replace(modem.ram.line, echo=1)

    return strike


def _urc_inside(modem: Modem, when: At) -> None:
    modem.faults.insert(b"\r\n+CTZV: +08\r\n", when.byte, splits_lines=not when.is_between_lines)


def _same_prefix(modem: Modem, when: At) -> None:
    modem.faults.say(f"+CEREG: {modem.radio.stat}")


def _chunks(modem: Modem, when: At) -> None:
    seed = f"{modem.imei} {when.command}"  # of the world's seed, and another for each moment
    modem.uart.chunker = random_chunks(Random(seed), largest=3)


def _deny(modem: Modem, when: At) -> None:
    modem.faults.deny(15)
    modem.clock.call_later(45_000, modem.faults.allow)


def _odd_settings(modem: Modem, when: At) -> None:
    modem.faults.remember_odd_settings()
    modem.faults.reset()


def _uart_sleep(modem: Modem, when: At) -> None:
    modem.faults.uart_sleep_ms = 6_000


def _take_sockets(modem: Modem, when: At) -> None:
    modem.sockets.open_all()


def _drop_received_urc(modem: Modem, when: At) -> None:
    if modem.personality.receive_urc is not None:
        modem.faults.drop_urc(modem.personality.receive_urc)


AFTER_FINAL = Point.AFTER_FINAL
CATALOGUE: tuple[Fault, ...] = (
    Fault(1, "boot noise", _boot_noise),
    Fault(1, "boot without a banner", _no_banner),
    Fault(2, "first characters swallowed", lambda m, at: m.faults.swallow(2), AFTER_FINAL),
    Fault(2, "left at another rate", lambda m, at: m.faults.set_rate(9_600), AFTER_FINAL),
    Fault(2, "another rate", lambda m, at: m.faults.garble(3_000), AFTER_FINAL, lasts_ms=3_000),
    Fault(3, "echo on", _echo(EchoMode.PLAIN), needs_echo=True),
    Fault(3, "echo twice", _echo(EchoMode.DOUBLE), needs_echo=True),
    Fault(3, "echo in pieces", _echo(EchoMode.SPLIT), needs_echo=True),
    Fault(3, "echo late", _echo(EchoMode.LATE), needs_echo=True),
    Fault(4, "URC at a byte of the answer", _urc_inside),
    Fault(4, "URC right behind the final result", _urc_inside, AFTER_FINAL),
    Fault(5, "URC with the answer's prefix", _same_prefix),
    Fault(6, "payload that looks like AT", lambda m, at: m.faults.awkward_datagram()),
    Fault(7, "small chunks", _chunks),
    Fault(8, "bytes lost", lambda m, at: m.faults.lose(3, at.byte)),
    Fault(8, "input lost for a while", lambda m, at: m.faults.stall(500), AFTER_FINAL),
    Fault(9, "late answer", lambda m, at: m.faults.late(20_000), lasts_ms=20_000),
    Fault(9, "very late answer", lambda m, at: m.faults.late(200_000), lasts_ms=200_000),
    Fault(10, "orphan NO CARRIER", lambda m, at: m.faults.say("NO CARRIER", 3_000), AFTER_FINAL),
    Fault(10, "orphan OK", lambda m, at: m.faults.say("OK"), AFTER_FINAL),
    Fault(11, "reset", lambda m, at: m.faults.reset()),
    Fault(11, "reset once it is done", lambda m, at: m.faults.reset(), Point.BEFORE_FINAL),
    Fault(11, "dead for a while", lambda m, at: m.faults.kill(8_000), lasts_ms=8_000),
    Fault(12, "PDP lost", lambda m, at: m.faults.drop_pdp()),
    Fault(13, "denied for a while", _deny, lasts_ms=45_000),
    Fault(13, "denied by the subscription", lambda m, at: m.faults.deny(8)),
    Fault(14, "long search", lambda m, at: m.faults.search(120_000), lasts_ms=120_000),
    Fault(15, "ERROR without a number", lambda m, at: m.faults.fail_command()),
    Fault(16, "prompt lost", lambda m, at: m.faults.drop_prompt()),
    Fault(16, "error for a prompt", lambda m, at: m.faults.fail_command(3)),
    Fault(17, "accepted and never sent", lambda m, at: m.faults.drop_uplink()),
    Fault(18, "receive URC missed", _drop_received_urc, needs_receive_urc=True),
    Fault(19, "sockets taken", _take_sockets),
    Fault(20, "deaf", lambda m, at: m.faults.freeze()),
    Fault(21, "asleep", lambda m, at: m.faults.sleep(), AFTER_FINAL, needs_power_saving=True),
    Fault(22, "odd settings in NVM", _odd_settings),
    Fault(23, "first character lost after a pause", _uart_sleep),
    Fault(24, "clock unset", lambda m, at: m.faults.unset_clock()),
    Fault(25, "broken lines", lambda m, at: m.faults.mangle(), AFTER_FINAL),
    Fault(25, "broken lines amid an answer", lambda m, at: m.faults.mangle()),
)
ROWS = range(1, 26)

# Of TCP sockets alone: without one that is connected nothing happens.
STREAM_CATALOGUE: tuple[Fault, ...] = (
    Fault(26, "TCP reset by the peer", lambda m, at: m.faults.reset_streams()),
    Fault(
        26, "TCP reset while sending", lambda m, at: m.faults.reset_streams(), Point.AFTER_PAYLOAD
    ),
    Fault(27, "TCP closed by the peer", lambda m, at: m.faults.close_streams()),
    Fault(
        27, "TCP closed while sending", lambda m, at: m.faults.close_streams(), Point.AFTER_PAYLOAD
    ),
    Fault(28, "TCP send buffer full", lambda m, at: m.faults.fill_send_buffer()),
    Fault(28, "TCP send taken in part", lambda m, at: m.faults.fill_send_buffer(share=0.5)),
)
