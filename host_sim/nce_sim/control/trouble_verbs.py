"""Verbs on the trouble of 1NCE OS: its endpoints fail, its keys change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nce_sim.control.parameters import Choice, Integer
from nce_sim.control.verb import SIM, Arguments, Reach, Refused, Verb, sim_of
from nce_sim.endpoints.troubles import (
    ENDPOINTS,
    KINDS,
    MOST_COUNT,
    MOST_DELAY_MS,
    STATUSES,
)
from nce_sim.services.authenticator.credential import PROTOCOLS
from nce_sim.storage import StorageUnavailable

_MOST_NUMBER = 10**9


async def _trouble(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    status = arguments["status"]
    try:
        trouble = reach.services.troubles.begin(
            arguments["endpoint"],
            arguments["kind"],
            count=arguments["count"],
            delay_ms=arguments["delay_ms"],
            status=None if status is None else int(status),
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    return trouble.as_dict()


async def _troubles(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    return {"troubles": [trouble.as_dict() for trouble in reach.services.troubles]}


async def _end(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    try:
        return {"ended": reach.services.troubles.end(arguments["number"])}
    except ValueError as error:
        raise Refused(str(error)) from error


async def _rotate(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, sim = reach.services, sim_of(reach.world, arguments["sim"])
    try:
        backend.authenticator.rotate(sim.iccid)
    except (ValueError, StorageUnavailable) as error:
        raise Refused(str(error)) from error
    return {"sim": sim.masked}


async def _keys(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, sim = reach.services, sim_of(reach.world, arguments["sim"])
    keys = {name: backend.authenticator.psk(sim.iccid, name) for name in PROTOCOLS}
    return {
        "sim": sim.masked,
        "keys": {name: None if key is None else key.hex() for name, key in keys.items()},
        "pin": None if sim.lock is None else sim.lock.pin,
        "puk": None if sim.lock is None else sim.lock.puk,
    }


TROUBLE_VERBS: Mapping[str, Verb] = {
    "trouble": Verb(
        "Let an endpoint of 1NCE OS refuse, be silent, slow or down.",
        _trouble,
        {
            "endpoint": Choice(ENDPOINTS),
            "kind": Choice(KINDS),
            "count": Integer(1, MOST_COUNT, default=None),
            "delay_ms": Integer(1, MOST_DELAY_MS, default=None),
            "status": Choice(STATUSES, default=None),
        },
    ),
    "troubles": Verb("List the troubles of 1NCE OS.", _troubles),
    "end-trouble": Verb(
        "End a trouble of 1NCE OS, or all of them.",
        _end,
        {"number": Integer(1, _MOST_NUMBER, default=None)},
    ),
    "rotate-key": Verb(
        "Make a new key for a SIM; its device has the old one, which a new handshake refuses.",
        _rotate,
        {"sim": SIM},
    ),
    "keys": Verb(
        "Tell the keys of a SIM's device in hexadecimal, its PIN and its PUK.",
        _keys,
        {"sim": SIM},
    ),
}
