"""Verbs on the account of a SIM: its volume, its lifetime, its limits, its lock.

They do at once, and without a customer, what takes a customer days or money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nce_sim.account.account import Account
from nce_sim.account.subscription import LIMITS
from nce_sim.control.parameters import Choice, Integer, Text
from nce_sim.control.verb import SIM, Arguments, Reach, Refused, Verb, sim_of
from nce_sim.problems import Invalid, Problem
from nce_sim.settings import PLATFORMS
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

Act = Callable[[Account, SimCard, Arguments, Work | None], None]

_MOST_VOLUME = 10**15


def _on_account(summary: str, act: Act, **parameters: Any) -> Verb:
    """A verb on one SIM; its result is the SIM's account afterwards."""

    async def run(reach: Reach, arguments: Arguments) -> dict[str, Any]:
        sim, account = sim_of(reach.world, arguments["sim"]), reach.world.account

        def done(work: Work | None) -> None:
            try:
                act(account, sim, arguments, work)
            except ValueError as error:
                raise Invalid(str(error)) from error

        try:
            if reach.backend is None:
                done(None)
            else:
                await reach.backend.write(done)
        except Problem as problem:
            raise Refused(str(problem)) from problem
        return _told(reach, sim)

    return Verb(summary, run, {"sim": SIM, **parameters})


def _told(reach: Reach, sim: SimCard) -> dict[str, Any]:
    subscription = reach.world.account.subscription(sim)
    return {
        "sim": sim.masked,
        "is_enabled": sim.is_enabled,
        "is_expired": subscription.is_expired,
        "platform": subscription.platform,
        "data_bytes_left": subscription.data.remaining,
        "sms_left": subscription.sms.remaining,
        "is_imei_locked": subscription.is_imei_locked,
        "limits": {name: limit.volume for name, limit in subscription.limits.items()},
        "has_session": reach.world.core.session_of(sim) is not None,
    }


def _nothing(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    """Only tell."""


def _exhaust(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.exhaust(sim)


def _top_up(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.top_up(sim, work)


def _expire(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.expire(sim)


def _extend(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.extend(sim, work)


def _reset(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.reset_connection(sim)


def _limit(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.set_limit(sim, arguments["kind"], arguments["volume"], work)


def _lock(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    imei = arguments["imei"]
    if imei is not None and not (imei.isdecimal() and 14 <= len(imei) <= 16):
        raise ValueError(f"{imei!r} is no IMEI; write its 15 digits")
    account.lock_imei(sim, work, imei=imei)


def _unlock(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.unlock_imei(sim, work)


def _platform(account: Account, sim: SimCard, arguments: Arguments, work: Work | None) -> None:
    account.set_platform(sim, arguments["platform"], work)


ACCOUNT_VERBS: Mapping[str, Verb] = {
    "account": _on_account("Tell what a SIM has left, its limits and its lock.", _nothing),
    "exhaust": _on_account("Use up the data volume of a SIM.", _exhaust),
    "top-up": _on_account("Give a SIM its first volume again.", _top_up),
    "expire": _on_account("End the lifetime of a SIM now.", _expire),
    "extend": _on_account("Give a SIM another lifetime.", _extend),
    "reset": _on_account("Let a SIM attach again.", _reset),
    "limit": _on_account(
        "Limit what a SIM may use in a month; without a volume, lift the limit.",
        _limit,
        kind=Choice(LIMITS),
        volume=Integer(0, _MOST_VOLUME, default=None),
    ),
    "lock": _on_account(
        "Lock a SIM to an IMEI, or to that of its next attach.",
        _lock,
        imei=Text(most=16, default=None),
    ),
    "unlock": _on_account("Allow a SIM in any device.", _unlock),
    "platform": _on_account(
        "Put a SIM that has used no data on the core of Platform 1.0 or 2.0.",
        _platform,
        platform=Choice(tuple(PLATFORMS)),
    ),
}
