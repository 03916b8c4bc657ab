"""Figures that a test measured, listed at the end of a run, distributed or not.

def test_all_arrive(figure):
    figure("bg95: 1000 sent, 1000 arrived")
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

_PROPERTY = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """`figure(text)` adds a line to the section "figures" of the summary."""

    def add(text: str) -> None:
        record_property(_PROPERTY, text)

    return add


class Figures:
    """The plugin that prints them."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        reports = [
            report
            for outcome in ("passed", "failed")
            for report in terminalreporter.getreports(outcome)
            if getattr(report, "when", None) == "call"
        ]
        lines = [
            text
            for report in reports
            for name, text in report.user_properties
            if name == _PROPERTY
        ]
        if lines:
            terminalreporter.section("figures")
            for line in sorted(lines):
                terminalreporter.line(str(line))
