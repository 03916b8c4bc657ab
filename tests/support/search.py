"""How hypothesis searches: the same examples in every run, or fresh ones when asked to explore.

A gate that fails now and then teaches people to run it again. `make test` therefore tries the same
examples each time, a fifth of them; `make test-slow` tries all; `make explore` searches with seeds
of its own and prints them. What it finds becomes an `@example` or a vector.

    @given(...)
    @examples(600)
    def test_a_law(...): ...
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The name of a profile -> the percentage of the examples of a test that it tries.
QUICK, WHOLE, EXPLORE = "quick", "whole", "explore"
PERCENT = {QUICK: 20, WHOLE: 100, EXPLORE: 100}


def register() -> None:
    """Register the profiles and load the quick one; `--hypothesis-profile` may load another."""
    for name, percent in PERCENT.items():
        # None has a deadline, and none checks its health: a machine that is busy makes no example
        # wrong, and templates take long to draw.
        settings.register_profile(
            name,
            derandomize=name != EXPLORE,
            deadline=None,
            print_blob=True,
            max_examples=percent,
            suppress_health_check=list(HealthCheck),
        )
    settings.load_profile(QUICK)


def examples(count: int) -> settings:
    """`count` examples for a test, or the part of them that the profile of this run tries."""
    return settings(max_examples=count * settings.default.max_examples // 100)
