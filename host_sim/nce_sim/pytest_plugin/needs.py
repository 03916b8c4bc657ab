"""What a test needs of its target, and why it is skipped where the target lacks it.

    @pytest.mark.nce_needs("coverage", "modem_reset")
    async def test_a_record_survives_a_hole(board): ...

`target_table.CAPABILITIES` has the names. A board's methods skip the test by the same words when
the target cannot do what they are called for.
"""

from __future__ import annotations

from typing import NoReturn

import pytest

from nce_sim.pytest_plugin.target_table import CAPABILITIES, Target

NEEDS = (
    "nce_needs(*names): what the test needs of --nce-target, skipped where the target lacks it: "
    + ", ".join(CAPABILITIES)
)


def lacking(target: Target, name: str) -> str:
    """Why a target has not what a test needs, in a sentence for its report."""
    why = target.cannot[name]
    return f"needs {name}, which --nce-target={target.text} does not have: {why}"


def skip_without(target: Target, name: str) -> NoReturn:
    """Skip the running test, which needs what its target lacks."""
    pytest.skip(lacking(target, name))


def needed_by(item: pytest.Item) -> list[str]:
    """The names in the marks of a test; UsageError for one that is unknown."""
    names = [str(name) for mark in item.iter_markers("nce_needs") for name in mark.args]
    for name in names:
        if name not in CAPABILITIES:
            raise pytest.UsageError(
                f"{item.nodeid}: nce_needs({name!r}) is unknown; use {', '.join(CAPABILITIES)}"
            )
    return names


def skip_what_is_lacking(item: pytest.Item, target: Target) -> None:
    """Skip a test whose marks name what the target lacks."""
    for name in needed_by(item):
        if not target.has(name):
            skip_without(target, name)
