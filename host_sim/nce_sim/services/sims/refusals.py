"""How the two versions refuse what the state of a SIM does not allow."""

from __future__ import annotations

from nce_sim.problems import Conflict, Unprocessable


def refusal(version: int, reason: str) -> Unprocessable | Conflict:
    """[D] 422 in version 1, which has no 409; 409 in version 2."""
    return Unprocessable(reason) if version == 1 else Conflict(reason)
