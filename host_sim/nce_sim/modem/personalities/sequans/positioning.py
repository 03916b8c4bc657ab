"""GM02SP's receiver: the LPGNSS commands, as Walter's drivers and the `monarch2` crate have them.

All of it is S where nothing else is said.

AT+LPGNSSFIXPROG="single"
+LPGNSSFIXPROG: "single"
OK
+LPGNSSFIXREADY: 0,"2025-06-24T15:55:20.000000",66563,"20000000.000000","0.000000",…,"<raw>"
# id, time, ms to the fix, uncertainty, latitude, longitude, height, speed north, east, down, raw
+LPGNSSFIXSTOP: TIMEOUT             # USER_STOP, LTE_CONCURRENCY

LTE must be off, or the modem asleep. It computes on the device, for which it needs ephemerides
from the network, and the network's clock.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.sequans.memory import SequansNvm, SequansRam
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import FULL
from nce_sim.sky.written import fixed

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.receiver import Position

COMMANDS = CommandTable()

NO_FIX_M = Decimal(20_000_000)
ZERO = Decimal(0)
EPHEMERIDES = 1  # <type> of AT+LPGNSSASSISTANCE: 0 almanac, 1 real time, 2 predicted
RAW = "+oyFVQ4A" + "A" * 504 + "="  # base64 of what the device measured: its length is what counts
MOST_FIXES = 10
WHOLE = 2  # <urc>: 0 none, 1 short, 2 with the raw measurements


@COMMANDS.add("+LPGNSSCFG")
def configuration(modem: Modem, command: Command) -> None:
    """`AT+LPGNSSCFG=<mode>,<sensitivity>,<urc>,,<metrics>[,<acquisition>[,<abort>]]`: kept."""
    nvm = modem.nvm.of(SequansNvm)
    if command.form is Form.READ:
        modem.info(f"+LPGNSSCFG: {','.join(nvm.receiver_settings)}")
        return
    arguments = command.set_arguments
    arguments.integer(0, 0, 1)
    arguments.integer(1, 1, 3)
    arguments.integer(2, 0, 2)
    arguments.integer(4, 0, 1, default=0)
    nvm.receiver_settings = tuple(str(each) for each in arguments.values[:5])


@COMMANDS.add("+LPGNSSTIMEOUT")
def limit(modem: Modem, command: Command) -> None:
    """`AT+LPGNSSTIMEOUT=<0 to 999 s>`: 0 is none."""
    ram = modem.ram.of(SequansRam)
    if command.form is Form.READ:
        modem.info(f"+LPGNSSTIMEOUT: {ram.receiver_limit_s}")
    else:
        ram.receiver_limit_s = command.set_arguments.integer(0, 0, 999)


@COMMANDS.add("+LPGNSSASSISTANCE")
def assistance(modem: Modem, command: Command) -> None:
    """`AT+LPGNSSASSISTANCE=<type>`: load it by LTE, and tell of it; read: what there is."""
    ram = modem.ram.of(SequansRam)
    hold_s = modem.settings.receiver.ephemerides_ms // 1_000
    if command.form is Form.READ:
        age_s, is_there = 0, ram.ephemerides_ms is not None
        if ram.ephemerides_ms is not None:
            age_s = (modem.clock.now_ms() - ram.ephemerides_ms) // 1_000
        left_s = max(hold_s - age_s, 0) if is_there else 0
        modem.info("+LPGNSSASSISTANCE: 0,0,0,0,0")
        modem.info(f"+LPGNSSASSISTANCE: 1,{int(is_there)},{age_s},{left_s},{left_s}")
        modem.info("+LPGNSSASSISTANCE: 2,0,0,0,0")
        return
    kind = command.set_arguments.integer(0, 0, 2)
    if modem.radio.session is None:
        raise CommandFailed()
    modem.later(modem.settings.sequans_assistance_ms, lambda: _loaded(modem, kind))


def _loaded(modem: Modem, kind: int) -> None:
    if modem.radio.session is not None:
        if kind == EPHEMERIDES:
            modem.ram.of(SequansRam).ephemerides_ms = modem.clock.now_ms()
        modem.urc(f"+LPGNSSASSISTANCE: {kind}")


def is_blocked(modem: Modem) -> bool:
    """Whether LTE has the radio: it is on, and the modem not asleep."""
    return modem.radio.function == FULL and not modem.power_saving.is_asleep


def _refusal(modem: Modem) -> str | None:
    """Why no fix can be had."""
    ram = modem.ram.of(SequansRam)
    hold_ms, now_ms = modem.settings.receiver.ephemerides_ms, modem.clock.now_ms()
    if modem.receiver.is_on:
        return "FIX_IN_PROGRESS"
    if not ram.clock_is_set:
        return "NO_RTC"
    if is_blocked(modem):
        return "LTE_CONCURRENCY"
    if ram.ephemerides_ms is None or now_ms - ram.ephemerides_ms > hold_ms:
        return "NO_VALID_EPHEMERIS_FOR_ON-DEVICE_NAVIGATION"
    return None


@COMMANDS.add("+LPGNSSFIXPROG")
def program(modem: Modem, command: Command) -> None:
    """`AT+LPGNSSFIXPROG="single"` or "stop"; [U] that a reason stands in front of ERROR."""
    action = command.set_arguments.text(0)
    ram = modem.ram.of(SequansRam)
    if action == "stop":
        if modem.receiver.is_on:
            _stop(modem, "USER_STOP")
    elif action == "single":
        reason = _refusal(modem)
        if reason is not None:
            modem.info(f'+LPGNSSFIXPROG: "{reason}"')
            raise CommandFailed()
        modem.receiver.start(lambda found: _ready(modem, found))
        started_ms = modem.receiver.on_time_ms
        limits: list[tuple[int, str | None]] = [(modem.settings.sequans_capture_ms, None)]
        if ram.receiver_limit_s:
            limits.append((1_000 * ram.receiver_limit_s, "TIMEOUT"))
        limit_ms, why = min(limits, key=lambda each: each[0])
        modem.later(limit_ms, lambda: _ended(modem, started_ms, why))
        modem.later(1_000, lambda: _watch(modem, started_ms))
    else:
        raise CommandFailed()
    modem.info(f'+LPGNSSFIXPROG: "{action}"')


def _stop(modem: Modem, reason: str) -> None:
    modem.receiver.stop()
    modem.urc(f"+LPGNSSFIXSTOP: {reason}")


def _is_same(modem: Modem, started_ms: int) -> bool:
    return modem.receiver.is_on and modem.receiver.on_time_ms == started_ms


def _watch(modem: Modem, started_ms: int) -> None:
    """LTE comes back in the middle."""
    if _is_same(modem, started_ms):
        if is_blocked(modem):
            _stop(modem, "LTE_CONCURRENCY")
        else:
            modem.later(1_000, lambda: _watch(modem, started_ms))


def _ended(modem: Modem, started_ms: int, why: str | None) -> None:
    if _is_same(modem, started_ms):
        if why is None:
            _ready(modem, None)
        else:
            _stop(modem, why)


def _ready(modem: Modem, found: Position | None) -> None:
    """A result, with or without a position."""
    took_ms = modem.clock.now_ms() - modem.receiver.on_time_ms
    time = modem.receiver.time
    modem.receiver.stop()
    ram = modem.ram.of(SequansRam)
    fix_id, ram.fixes = ram.fixes % MOST_FIXES, ram.fixes + 1
    numbers = [NO_FIX_M, *[ZERO] * 6]
    if found is not None:
        place = found.place
        course = math.radians(place.course_deg)
        motion = [
            Decimal(f"{float(place.speed_mps) * part:.6f}")
            for part in (math.cos(course), math.sin(course))
        ]
        position = (place.latitude, place.longitude, place.altitude_m)
        numbers = [found.accuracy_m, *position, *motion, ZERO]
    urc = modem.nvm.of(SequansNvm).receiver_settings[2]
    shown = [str(fix_id), f'"{time:%Y-%m-%dT%H:%M:%S}.000000"', str(took_ms)]
    shown += [f'"{fixed(number, 6)}"' for number in numbers]
    if urc == str(WHOLE):
        shown.append(f'"{RAW}"')
    if urc != "0":
        modem.urc(f"+LPGNSSFIXREADY: {','.join(shown)}")
