"""Verbs on what lies between a device and the internet: its card, its cell, the air, the NAT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nce_sim.control.parameters import Choice, Integer, Number, Text
from nce_sim.control.verb import (
    MODEM,
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
from nce_sim.world import World

CELL = Integer(1, 10_000, default=None)
MOST_LATENCY_MS = 60_000


def _cells(world: World, arguments: Arguments) -> list[Cell]:
    cells: list[Cell] = world.operator.cells
    if arguments["cell"] is None:
        return list(cells)
    return [numbered(cells, arguments["cell"], "cell")]


async def _card(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world, state, name = reach.world, arguments["state"], arguments["sim"]
    modem = modem_of(world, arguments["modem"])
    try:
        if state == "in":
            _put_in(world, modem, name)
        elif name is None:
            modem.holder.take_out()
        else:
            raise Refused("the SIM that is in the modem is the one to take out; name none")
    except ValueError as error:
        raise Refused(str(error)) from error
    return {"modem": arguments["modem"], "state": state}


def _put_in(world: World, modem: Modem, name: str | None) -> None:
    """Put the modem's own card back, or one of that name; it may lie beside another modem."""
    card = None if name is None else sim_of(world, name)
    owners = (one for one in world.modems if card is not None and one.holder.owner is card)
    owner = next(owners, modem)
    if owner is not modem and owner.sim is card:
        raise Refused(f"that SIM is in {owner.name}; take it out before")
    modem.holder.put_in(card)
    if owner is not modem:
        owner.holder.outside = None


async def _signal(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world, wanted = reach.world, arguments["rsrp_dbm"]
    cells = _cells(world, arguments)
    for cell in cells:
        cell.shift(wanted - cell.rsrp_dbm)
    for modem in world.modems:
        if modem.radio.cell in cells:
            modem.note("signal", rsrp_dbm=wanted)
    return {"cells": len(cells), "rsrp_dbm": wanted}


async def _link(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    latency_ms, jitter_ms, loss = (
        arguments[name] for name in ("latency_ms", "jitter_ms", "loss_percent")
    )
    cells = _cells(world, arguments)
    for cell in cells:
        profile = cell.settings.link  # what is not told is as it was at the start
        least_ms, most_ms = profile.latency_ms
        if latency_ms is not None:
            least_ms, most_ms = latency_ms, latency_ms + most_ms - least_ms
        if jitter_ms is not None:
            most_ms = least_ms + jitter_ms
        if loss is not None:
            profile = replace(profile, loss=loss / 100)
        world.operator.set_link(cell, replace(profile, latency_ms=(least_ms, most_ms)))
    return {
        "cells": [
            {
                "number": world.operator.cells.index(cell) + 1,
                "latency_ms": list(cell.link.latency_ms),
                "loss_percent": round(cell.link.loss * 100, 3),
            }
            for cell in cells
        ]
    }


async def _rebind(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world, name = reach.world, arguments["sim"]
    nat = world.core.internet.nat
    if name is None:
        count = nat.count
        nat.forget_all()
    else:
        count = nat.forget(world.core.address_of(sim_of(world, name)) or "")
    return {"bindings": count}


AIR_VERBS: Mapping[str, Verb] = {
    "card": Verb(
        "Take the SIM out of a modem's holder, put it back, or put another one in.",
        _card,
        {"state": Choice(("out", "in")), "modem": MODEM, "sim": Text(most=20, default=None)},
    ),
    "signal": Verb(
        "Let all cells, or one, be heard so strong; below -135 dBm there is no coverage.",
        _signal,
        {"rsrp_dbm": Integer(-156, -44), "cell": CELL},
    ),
    "link": Verb(
        "Set the latency, one way, and the loss of all cells or one; else as at the start.",
        _link,
        {
            "latency_ms": Integer(0, MOST_LATENCY_MS, default=None),
            "jitter_ms": Integer(0, MOST_LATENCY_MS, default=None),
            "loss_percent": Number(0, 100, default=None),
            "cell": CELL,
        },
    ),
    "rebind-nat": Verb(
        "Forget the NAT's bindings of all SIMs or one: other public ports from now on.",
        _rebind,
        {"sim": Text(most=20, default=None)},
    ),
}
