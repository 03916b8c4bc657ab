"""How hypothesis searches: the same examples in every run, or fresh ones when asked to explore.

A gate that fails now and then teaches people to run it again. `make test` therefore tries the same
examples each time; `make explore` searches with seeds of its own and prints them. What it finds
becomes an `@example` or a vector.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

FIXED = "fixed"
EXPLORE = "explore"


def register() -> None:
    """Register both profiles and load the fixed one; `--hypothesis-profile` may load the other."""
    # Neither has a deadline: a machine that is busy makes no example wrong.
    settings.register_profile(FIXED, derandomize=True, deadline=None, print_blob=True)
    settings.register_profile(
        EXPLORE,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile(FIXED)
