"""`--nce-report=FILE.html`: one file with the pictures of each test that had a world or a board.

A worker of pytest-xdist draws, and hands the pictures on with its report; the one process that has
the terminal writes the file. The first `MOST_DRAWN` tests that pass are drawn, and the first
`MOST_FAILURES` that fail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nce_sim.pytest_plugin.scene import Scene, joined
from nce_sim.pytest_plugin.target_table import Target

MOST_DRAWN = 100
MOST_FAILURES = 200
# What the reports of a test's phases become when they are put together: the worst of them.
WORST = ("passed", "skipped", "failed", "error")


def report_path(config: pytest.Config) -> Path | None:
    """The file of `--nce-report`; UsageError when its folder is not there."""
    given = config.getoption("--nce-report")
    if not given:
        return None
    path = Path(str(given))
    if not path.parent.is_dir() or path.is_dir():
        raise pytest.UsageError(
            f"--nce-report={given}: {path.parent} must be a folder that is there, and {path.name} "
            "no folder"
        )
    return path


def note_for_the_page(item: pytest.Item, report: pytest.TestReport, scene: Scene) -> None:
    """Put the pictures of a test into its report, where a page is wanted."""
    config = item.config
    if not config.getoption("--nce-report") or not (report.when == "call" or report.failed):
        return
    drawn = config.stash.setdefault(DRAWN, {True: 0, False: 0})
    drawn[report.failed] += 1
    if drawn[report.failed] > (MOST_FAILURES if report.failed else MOST_DRAWN):
        return
    report.nce_pictures = pictures_of(scene)  # type: ignore[attr-defined]
    report.nce_texts = [  # type: ignore[attr-defined]
        (title, joined(lines)) for title, lines in scene.consoles() if lines
    ]


# Whether a test failed -> how many of those are drawn.
DRAWN = pytest.StashKey[dict[bool, int]]()


def pictures_of(scene: Scene) -> list[tuple[str, str]]:
    """Titles and SVG elements."""
    from nce_modem.at.masking import mask
    from nce_sim.record.dialogue import dialogue_picture
    from nce_sim.record.picture import Run, timeline_picture

    lines = [line for _, lines in scene.consoles() for line in lines]
    console = [(at_ms, text) for at_ms, text in lines if at_ms is not None]
    found = []
    for world in scene.worlds:
        signal = scene.signal if world is scene.worlds[0] else []
        end_ms = world.clock.now_ms()
        run = Run(world.timeline.records(), signal, console, end_ms, mask)
        found.append(("Timeline", timeline_picture(run)))
    if not scene.worlds and console:
        found.append(("Timeline", timeline_picture(Run((), (), console, 0, mask))))
    found += [
        (title.replace("nce AT transcript", "AT dialogue"), dialogue_picture(lines))
        for title, lines in scene.dialogues()
        if lines
    ]
    return found


class PageWriter:
    """Gathers the reports of a run and writes the file at its end."""

    def __init__(self, path: Path, target: Target) -> None:
        self._path = path
        self._target = target
        self._reports: dict[str, list[pytest.TestReport]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report of a phase."""
        self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        from nce_sim.record.page import page

        target = self._target
        facts = {"target": f"{target.text}: {target.title}"}
        rows = [_row(name, reports) for name, reports in self._reports.items()]
        self._path.write_text(page("Test report", facts, rows), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where it is."""
        terminalreporter.write_sep("-", f"nce report: {self._path}")


def _row(name: str, reports: list[pytest.TestReport]) -> Any:
    from nce_sim.record.page import Row

    outcomes = [_outcome(report) for report in reports]
    worst = max(outcomes, key=WORST.index)
    reasons = [_reason(report) for report in reports if _outcome(report) == worst]
    return Row(
        name,
        worst,
        sum(report.duration for report in reports),
        next(filter(None, reasons), ""),
        [pair for report in reports for pair in getattr(report, "nce_pictures", ())],
        [pair for report in reports for pair in getattr(report, "nce_texts", ())],
    )


def _outcome(report: pytest.TestReport) -> str:
    return "error" if report.failed and report.when != "call" else report.outcome


def _reason(report: pytest.TestReport) -> str:
    if report.passed:
        return ""
    found = report.longrepr
    if isinstance(found, tuple):  # of a skip: file, line, reason
        return str(found[2]).removeprefix("Skipped: ")
    crash = getattr(found, "reprcrash", None)
    return _masked(str(crash.message if crash is not None else found or ""))


def _masked(text: str) -> str:
    from nce_modem.at.masking import mask_lines

    return "\n".join(mask_lines(text.splitlines()[:20]))
