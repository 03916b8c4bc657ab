"""Adds the end of the timeline and of the AT transcript to the report of a failure.

Both are bounded and masked. They are sections of the report, so they work with pytest-xdist.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nce_modem import Modem as Driver
    from nce_sim.world import World

TIMELINE_LINES = 40
TRANSCRIPT_LINES = 60
LINE_SIZE = 200


class Scene:
    """The world and the modems of one test."""

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.drivers: list[Driver] = []

    def sections(self) -> list[tuple[str, str]]:
        """Titles and texts."""
        found = []
        for world in self.worlds:
            records = world.timeline.records()[-TIMELINE_LINES:]
            title = f"nce timeline, the last {len(records)} of {world.timeline.count} records"
            found.append((title, _joined(map(str, records))))
            for modem in world.modems:
                lines = [
                    f"{at_ms / 1000:12.3f} {text}" for at_ms, text in modem.conversation.lines()
                ]
                found.append((f"nce AT transcript of {modem.name}", _masked(lines, 13)))
        if not self.worlds:
            for driver in self.drivers:
                found.append(("nce AT transcript", _masked(list(driver.transcript), 0)))
        return [(title, text) for title, text in found if text]


SCENE = pytest.StashKey[Scene]()


def scene_of(node: pytest.Item) -> Scene:
    """The scene of a test, new at its first call."""
    return node.stash.setdefault(SCENE, Scene())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the sections to the report of a phase that failed."""
    report = yield
    scene = item.stash.get(SCENE, None)
    if scene is None:
        return report
    if report.failed:
        report.sections.extend(scene.sections())
    if call.when == "teardown":
        del item.stash[SCENE]  # an item outlives its world
    return report


def _masked(lines: list[str], text_from: int) -> str:
    """The last lines, whose marks (`> `, `< `) begin at `text_from`, without secrets."""
    from nce_modem.at.masking import mask_lines

    # Masked before it is cut: a line may continue a secret of the line before.
    masked = list(mask_lines(line[text_from:] for line in lines))
    shown = [line[:text_from] + text for line, text in zip(lines, masked, strict=True)]
    return _joined(shown[-TRANSCRIPT_LINES:])


def _joined(lines: Any) -> str:
    return "\n".join(
        line if len(line) <= LINE_SIZE else line[: LINE_SIZE - 1] + "…" for line in lines
    )
