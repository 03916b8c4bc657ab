"""Verbs on the LwM2M clients of the world's account: what is registered, and operations on it.

An operation goes to the client at once, as a controller's action with SEND_NOW does, and its
result is what that would have in `resultData`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from nce_sim.control.parameters import Choice, Integer, Text
from nce_sim.control.verb import SIM, Arguments, Reach, Refused, Verb, sim_of
from nce_sim.problems import Problem
from nce_sim.services.controller.actions import LWM2M_ACTIONS, Lwm2mAction
from nce_sim.services.controller.outbound import (
    Lwm2mCall,
    Lwm2mReply,
    NoReply,
    Refusal,
)
from nce_sim.services.controller.results import NOT_REGISTERED, judged_lwm2m
from nce_sim.services.lwm2m.clients import Listed
from nce_sim.sim_card import SimCard, masked
from nce_sim.wire.lwm2m.record import path_text

_LONGEST_PATH = 24
_MOST_DATA = 8_192
_PATIENCE_S = 100  # more than CoAP repeats a request (RFC 7252, 4.8.2)


async def _clients(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    account = reach.world.settings.account.organisation_id
    listed = reach.services.lwm2m.clients(account)
    return {"clients": [_shown(reach, one) for one in listed]}


def _shown(reach: Reach, one: Listed) -> dict[str, Any]:
    registration = one.registration
    sim = reach.world.core.sim_of(registration.iccid)
    sims = reach.world.sims
    return {
        "sim": sims.index(sim) + 1 if sim in sims else None,
        "iccid": masked(registration.iccid),
        "endpoint_name": _masked(registration.endpoint_name, sim),
        "address": f"{registration.client.host}:{registration.client.port}",
        "is_secure": registration.client.is_secure,
        "version": registration.version,
        "binding": registration.binding,
        "is_queueing": registration.is_queueing,
        "lifetime_s": registration.lifetime_s,
        "lifetime_left_s": one.lifetime_left_s,
        "objects": {
            str(number): version for number, version in registration.parsed.objects.items()
        },
        "instances": [path_text(path) for path in registration.parsed.instances],
        "observations": [path_text(each.path) for each in one.observations],
    }


def _masked(name: str, sim: SimCard | None) -> str:
    """An endpoint name without the subscriber's numbers, which some are made of."""
    for number in () if sim is None else (sim.iccid, sim.imsi):
        name = name.replace(number, masked(number))
    return name


async def _act(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, sim = reach.services, sim_of(reach.world, arguments["sim"])
    action = Lwm2mAction(arguments["action"], arguments["path"], arguments["data"])
    try:
        action.check(backend.controller.settings)
    except Problem as problem:
        raise Refused(str(problem)) from problem
    if not backend.lwm2m.is_registered(sim.iccid):
        raise Refused(f"{NOT_REGISTERED} `nce sim lwm2m` lists the clients that are")
    answer: asyncio.Future[Lwm2mReply | NoReply | Refusal]
    answer = asyncio.get_running_loop().create_future()

    def ended(reply: Lwm2mReply | NoReply | Refusal) -> None:
        if not answer.done():
            answer.set_result(reply)

    backend.lwm2m.act(
        Lwm2mCall(sim.iccid, action.action, action.resource_address, action.data), ended
    )
    waiting = asyncio.ensure_future(reach.pause(arguments["wait_s"] * 1000))
    try:
        await asyncio.wait((answer, waiting), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            await waiting  # the world went back, or the time is over
            raise Refused(
                f"no answer within {arguments['wait_s']} s; a client in queue mode is asked when "
                "it is heard of next"
            )
    finally:
        waiting.cancel()
    step, result = judged_lwm2m(
        answer.result(),
        may_repeat=False,
        mode=action.mode,
        settings=backend.controller.settings,
    )
    return {"sim": sim.masked, "status": step.name, **result}


LWM2M_VERBS: Mapping[str, Verb] = {
    "lwm2m": Verb("List the LwM2M clients that are registered.", _clients),
    "lwm2m-action": Verb(
        "Read, write, execute or observe a resource of an LwM2M client.",
        _act,
        {
            "sim": SIM,
            "action": Choice(tuple(LWM2M_ACTIONS)),
            "path": Text(most=_LONGEST_PATH),
            "data": Text(most=_MOST_DATA, default=None),
            "wait_s": Integer(1, 86_400, default=_PATIENCE_S),
        },
    ),
}
