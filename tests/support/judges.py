"""Fails a run in which a judge is missing: a program or library of others that tests meet.

Without one its tests skip, and say what installs it. That is right at a desk and wrong in CI,
where everything is installed: there `NCE_JUDGES=required` is set, and a skip for any other reason
than those below ends the run with an error.
"""

from __future__ import annotations

import os
import re

import pytest

# Reasons that no installation changes: what a modem is.
BY_NATURE = (
    r"this family has one socket",
    r"has no \+CPSMS",
    r"this family has no PSM",
    r"this family does not sleep",
    r"is of another version than the table's",
)


def is_by_nature(reason: str) -> bool:
    """Whether a skip with this reason is no sign of a missing judge."""
    return any(re.search(pattern, reason) for pattern in BY_NATURE)


class Judges:
    """The plugin: it collects the skips of a run, in the controller of a distributed one."""

    def __init__(self) -> None:
        self.missing: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._look_at(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._look_at(report)

    def _look_at(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not is_by_nature(reason):
            self.missing.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.missing:
            terminalreporter.section("judges that are missing (NCE_JUDGES=required)")
            for line in self.missing:
                terminalreporter.line(line)


def register(config: pytest.Config) -> None:
    """Watch this run if the environment asks for it."""
    if os.environ.get("NCE_JUDGES") == "required" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Judges(), "nce judges")
