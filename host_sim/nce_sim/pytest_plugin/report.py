"""Adds console, AT transcript and timeline to the report of a failure, and to JUnit's file.

They are bounded and masked. They are sections and properties of the report, so they work with
pytest-xdist, and `--junitxml` has them as properties of the test: `nce_target`, and after a
failure `nce_console`, `nce_at_transcript` and `nce_timeline`.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from nce_sim.pytest_plugin.page import note_for_the_page
from nce_sim.pytest_plugin.scene import SCENE, Scene
from nce_sim.pytest_plugin.target import target_of

# The beginning of a section's title -> the property that holds it.
PROPERTIES = {
    "nce console": "nce_console",
    "nce AT transcript": "nce_at_transcript",
    "nce timeline": "nce_timeline",
}


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
        sections = scene.sections()
        report.sections.extend(sections)
        _add_properties(item, report, sections)
    note_for_the_page(item, report, scene)
    if call.when == "teardown":
        _add_target(item, report, scene)
        del item.stash[SCENE]  # an item outlives its world
    return report


def _add_properties(
    item: pytest.Item, report: pytest.TestReport, sections: list[tuple[str, str]]
) -> None:
    for title, text in sections:
        for beginning, name in PROPERTIES.items():
            if title.startswith(beginning):
                _add_property(item, report, name, f"{title}\n{text}")


def _add_target(item: pytest.Item, report: pytest.TestReport, scene: Scene) -> None:
    if scene.boards or scene.worlds:
        _add_property(item, report, "nce_target", target_of(item.config).text)


def _add_property(item: pytest.Item, report: pytest.TestReport, name: str, value: str) -> None:
    # JUnit's file takes them from the report of the teardown, which copies those of the item.
    item.user_properties.append((name, value))
    report.user_properties.append((name, value))
