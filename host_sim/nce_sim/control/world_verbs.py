"""Verbs on what a world has of its own: SIMs, modems, cells, the sky.

`sim` takes a SIM's number (1 is the first), its ICCID, its address or its twin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nce_sim.control.faults import FAULT_PARAMETERS, arm
from nce_sim.control.parameters import Choice, Integer, Number, Parameter, Switch, Text
from nce_sim.control.verb import (
    MODEM,
    SIM,
    Arguments,
    Reach,
    Refused,
    Verb,
    modem_of,
    numbered,
    sim_of,
)
from nce_sim.modem.core import Modem
from nce_sim.network.cell import Cell
from nce_sim.problems import Unavailable
from nce_sim.sky import End, read_track
from nce_sim.sms.centre import SmsNotAccepted
from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.user_data import GSM_7_BIT, UCS2
from nce_sim.world import World

LONGEST_PRESS_MS = 60_000
# Beyond the pulse that switches on, if that does not reach the pulse that switches off.
_PRESS_MARGIN_MS = 100


async def _status(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    core = world.core
    return {
        "time": world.now().isoformat(timespec="milliseconds"),
        "sims": [
            {
                "number": number,
                "iccid": sim.masked,
                "address": core.address_of(sim),
                "is_enabled": sim.is_enabled,
                "has_session": core.session_of(sim) is not None,
            }
            for number, sim in enumerate(world.sims, 1)
        ],
        "modems": [_modem_status(world, modem) for modem in world.modems],
        "cells": [
            {
                "number": number,
                "operator": cell.carrier.long_name,
                "rat": cell.rat,
                "is_in_coverage": cell.is_in_coverage,
            }
            for number, cell in enumerate(world.operator.cells, 1)
        ],
    }


def _modem_status(world: World, modem: Modem) -> dict[str, Any]:
    return {
        "number": world.modems.index(modem) + 1,
        "model": modem.personality.model,
        "power": modem.power.value,
        "is_registered": modem.radio.is_registered,
        "sim": world.sims.index(modem.sim) + 1 if modem.sim in world.sims else None,
    }


async def _map(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    cells = world.operator.cells
    return {
        "time": world.now().isoformat(timespec="milliseconds"),
        "speed": getattr(world.clock, "speed", 1.0),
        "cells": [
            {
                "number": number,
                "operator": cell.carrier.long_name,
                "rat": cell.rat,
                "latitude": cell.latitude,
                "longitude": cell.longitude,
                "range_m": cell.range_m,
                "rsrp_dbm": cell.rsrp_dbm,
                "is_in_coverage": cell.is_in_coverage,
                "latency_ms": list(cell.link.latency_ms),
                "loss_percent": round(cell.link.loss * 100, 3),
            }
            for number, cell in enumerate(cells, 1)
        ],
        "devices": [
            {
                **_modem_status(world, modem),
                "name": modem.name,
                "latitude": float(modem.receiver.place.latitude),
                "longitude": float(modem.receiver.place.longitude),
                "is_outdoors": modem.receiver.is_outdoors,
                "cell": cells.index(modem.radio.cell) + 1 if modem.radio.cell in cells else None,
                "is_enabled": modem.sim is None or modem.sim.is_enabled,
                "has_card_outside": modem.holder.outside is not None,
            }
            for modem in world.modems
        ],
    }


async def _sms(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    sim, text = sim_of(world, arguments["sim"]), arguments["text"]
    source = arguments["source"]
    if source is not None and not source.removeprefix("+").isdecimal():
        raise Refused(f"{source!r} is not a sender's number; write digits only")
    try:
        gsm7.encode(text)
        dcs = GSM_7_BIT
    except ValueError:
        dcs = UCS2
    try:
        message = world.sms.send_mt(
            sim, text, dcs, source_address=source and source.removeprefix("+")
        )
    except (SmsNotAccepted, Unavailable) as error:
        raise Refused(str(error)) from error
    return {"sim": sim.masked, "id": message.id, "status": message.status.name.lower()}


async def _key(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    modem = modem_of(world, arguments["modem"])
    hold_ms = arguments["hold_ms"]
    if hold_ms is None:
        personality = modem.personality
        on_ms, off_ms = personality.power_on_pulse_ms, personality.power_off_pulse_ms
        hold_ms = on_ms + min(_PRESS_MARGIN_MS, max(0, (off_ms - on_ms) // 2))
    modem.press_power_key()
    try:
        await reach.pause(hold_ms)
    finally:
        modem.release_power_key()
    return {**_modem_status(world, modem), "hold_ms": hold_ms}


async def _power(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    modem = modem_of(world, arguments["modem"])
    actions: dict[str, Callable[[], None]] = {
        "on": modem.power_on,
        "off": modem.power_down,
        "cut": modem.cut_power,
        "kill": lambda: modem.faults.kill(modem.personality.boot_ms),
    }
    actions[arguments["state"]]()
    return _modem_status(world, modem)


async def _enable(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    return _set_enabled(reach, arguments, True)


async def _disable(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    return _set_enabled(reach, arguments, False)


def _set_enabled(reach: Reach, arguments: Arguments, is_enabled: bool) -> dict[str, Any]:
    world = reach.world
    sim = sim_of(world, arguments["sim"])
    world.set_sim_enabled(sim, is_enabled)
    return {"sim": sim.masked, "is_enabled": sim.is_enabled}


async def _coverage(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    cells: list[Cell] = world.operator.cells
    if arguments["cell"] is not None:
        cells = [numbered(cells, arguments["cell"], "cell")]
    for cell in cells:
        cell.is_in_coverage = arguments["state"] == "on"
    return {"cells": len(cells), "is_in_coverage": arguments["state"] == "on"}


async def _fault(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    try:
        return arm(modem_of(world, arguments["modem"]), arguments)
    except ValueError as error:
        raise Refused(str(error)) from error


async def _track(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    modem, path = modem_of(world, arguments["modem"]), Path(arguments["file"])
    # The caller's folder is unknown here; a pipe would keep the world waiting.
    if not path.is_absolute() or not path.is_file():
        raise Refused(f"{str(path)!r} is no file; give the whole path of a .gpx or .csv file")
    try:
        track = read_track(path, End.LOOP if arguments["loop"] else End.STOP)
    except OSError as error:
        raise Refused(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Refused(str(error)) from error
    modem.receiver.follow(track)
    return {
        "modem": arguments["modem"],
        "points": len(track.points),
        "duration_s": track.duration_ms / 1000,
        "loop": arguments["loop"],
    }


async def _stay(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    modem_of(world, arguments["modem"]).receiver.stay(*(str(arguments[name]) for name in _PLACE))
    return {name: arguments[name] for name in ("modem", *_PLACE)}


async def _sky(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    receiver = modem_of(world, arguments["modem"]).receiver
    if arguments["state"] == "outdoors":
        receiver.go_outdoors()
    else:
        receiver.go_indoors()
    return {"modem": arguments["modem"], "is_outdoors": receiver.is_outdoors}


_LONGEST_PATH = 4096  # PATH_MAX of Linux
_PLACE: Mapping[str, Parameter] = {
    "latitude": Number(-90, 90),
    "longitude": Number(-180, 180),
    "altitude_m": Number(-1_000, 100_000, default=0),
}

WORLD_VERBS: Mapping[str, Verb] = {
    "status": Verb("Show the SIMs, modems and cells.", _status, is_look=True),
    "map": Verb("Show where cells and devices are, and the time.", _map, is_look=True),
    "sms": Verb(
        "Send an SMS to a SIM.",
        _sms,
        {"sim": SIM, "text": Text(most=160), "source": Text(most=21, default=None)},
    ),
    "key": Verb(
        "Press a modem's power key, and release it.",
        _key,
        {"modem": MODEM, "hold_ms": Integer(0, LONGEST_PRESS_MS, default=None)},
    ),
    "power": Verb(
        "Switch a modem on or off, cut its power, or let it crash and boot.",
        _power,
        {"modem": MODEM, "state": Choice(("on", "off", "cut", "kill"))},
    ),
    "enable": Verb("Enable a SIM.", _enable, {"sim": SIM}),
    "disable": Verb("Disable a SIM.", _disable, {"sim": SIM}),
    "coverage": Verb(
        "Switch coverage on or off, in all cells or in one.",
        _coverage,
        {"state": Choice(("on", "off")), "cell": Integer(1, 10_000, default=None)},
    ),
    "fault": Verb(
        "Let a fault of the catalogue happen to a modem, now or at a command to come.",
        _fault,
        {**FAULT_PARAMETERS, "modem": MODEM},
    ),
    "track": Verb(
        "Move a modem along a recorded track, from now on.",
        _track,
        {"file": Text(most=_LONGEST_PATH), "loop": Switch(), "modem": MODEM},
    ),
    "stay": Verb("Keep a modem at one place, from now on.", _stay, {**_PLACE, "modem": MODEM}),
    "sky": Verb(
        "Let a modem's receiver hear the satellites, or none.",
        _sky,
        {"state": Choice(("indoors", "outdoors")), "modem": MODEM},
    ),
}
