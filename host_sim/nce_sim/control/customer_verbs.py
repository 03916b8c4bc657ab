"""Verbs in the place of people at 1NCE: its support, its sales, and who provisions an eUICC.

No operation of 1NCE's API does what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.control.parameters import Integer, Switch, Text
from nce_sim.control.verb import SIM, Arguments, Reach, Refused, Verb, sim_of
from nce_sim.problems import Problem
from nce_sim.sim_card import masked
from nce_sim.storage import Work

Result = TypeVar("Result")

_MOST_CASE = 2**31 - 1
_MOST_ANSWER = 10_000  # characters, as of a request


async def _written(reach: Reach, act: Callable[[Work], Result]) -> Result:
    try:
        return await reach.services.write(act)
    except Problem as problem:
        raise Refused(str(problem)) from problem


async def _switch_profile(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, sim = reach.services, sim_of(reach.world, arguments["sim"])
    imsi = await _written(reach, lambda work: backend.world_sims.switch_profile(sim.iccid, work))
    return {"sim": sim.masked, "imsi": masked(imsi)}


async def _answer(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    case, is_solved = arguments["case"], not arguments["stays_open"]
    support = reach.services.support
    await _written(
        reach,
        lambda work: support.answer(case, arguments["text"], is_solved=is_solved, work=work),
    )
    return {"case": case, "is_solved": is_solved}


async def _open_account(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend = reach.services
    email, now_ms = arguments["email"], backend.wall_ms()
    new = NewOrganisation(arguments["name"], email, arguments["country"])
    owner = NewUser(email, "First", "Owner", Role.OWNER)
    access = backend.access

    def open_account(work: Work) -> dict[str, Any]:
        made = backend.organisations.open_account(new, now_ms, work)
        number = made.organisation_id
        user = access.users.add(number, owner, now_ms, work)
        pair = access.credentials.create(number, "first credentials", now_ms, work)
        return {
            "organisation": number,
            "account_number": made.account_number,
            "client_id": pair.client_id,
            "client_secret": pair.secret,
            "email": user.user.email,
            "password": user.password,
        }

    return await _written(reach, open_account)


CUSTOMER_VERBS: Mapping[str, Verb] = {
    "switch-profile": Verb(
        "Let a card with two IMSIs use the other one; its device attaches again.",
        _switch_profile,
        {"sim": SIM},
    ),
    "answer-case": Verb(
        "Answer a support request as 1NCE's support, and close it unless it stays open.",
        _answer,
        {
            "case": Integer(1, _MOST_CASE),
            "text": Text(most=_MOST_ANSWER),
            "stays_open": Switch(),
        },
    ),
    "open-account": Verb(
        "Open the account of another customer; gives its first credentials and its owner.",
        _open_account,
        {
            "name": Text(most=100),
            "email": Text(most=254),
            "country": Text(most=2, default="DE"),
        },
    ),
}
