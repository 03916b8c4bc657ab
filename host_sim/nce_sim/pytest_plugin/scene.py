"""What is known of a test when it is over: console, AT dialogues, timeline; all of it masked.

scene = scene_of(item)
scene.watch(world)
scene.sections()                        # for pytest's report
scene.consoles(), scene.dialogues()     # [(title, [(milliseconds, line), …]), …]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nce_modem import Modem as Driver
    from nce_sim.pytest_plugin.target_board import TargetBoard
    from nce_sim.record.timeline import Record
    from nce_sim.world import World

TIMELINE_LINES = 40
TRANSCRIPT_LINES = 60
CONSOLE_LINES = 60
LINE_SIZE = 200

# A line with the milliseconds of its world; None where they are unknown.
Line = tuple[int | None, str]


class Scene:
    """The world, the board and the modems of one test."""

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.drivers: list[Driver] = []
        self.boards: list[TargetBoard] = []
        self.signal: list[tuple[int, int | None]] = []  # milliseconds, dBm or None without any

    def watch(self, world: World) -> None:
        """A world of the test; its signal is noted whenever something happens."""
        self.worlds.append(world)
        if len(self.worlds) == 1:
            world.timeline.subscribe(lambda record: self._note_signal(world, record))

    def consoles(self) -> list[tuple[str, list[Line]]]:
        """The consoles of the boards, without secrets."""
        return [("nce console", masked(board.console.lines)) for board in self.boards]

    def dialogues(self) -> list[tuple[str, list[Line]]]:
        """The lines between boards and modems, without secrets."""
        found: list[tuple[str, list[Line]]] = []
        for world in self.worlds:
            for modem in world.modems:
                title = f"nce AT transcript of {modem.name}"
                found.append((title, masked(modem.conversation.lines())))
        for board in self.boards:
            if board.heard is not None:
                found.append(("nce AT transcript", masked(board.heard.lines())))
        if not found:
            for driver in self.drivers:
                lines: list[Line] = [(None, text) for text in driver.transcript]
                found.append(("nce AT transcript", masked(lines)))
        return found

    def sections(self) -> list[tuple[str, str]]:
        """Titles and texts, cut to the end of each."""
        from nce_modem.at.masking import mask

        found = [(title, joined(lines[-CONSOLE_LINES:])) for title, lines in self.consoles()]
        for world in self.worlds:
            records = world.timeline.records()[-TIMELINE_LINES:]
            title = f"nce timeline, the last {len(records)} of {world.timeline.count} records"
            found.append((title, joined((None, mask(str(record))) for record in records)))
        found += [(title, joined(lines[-TRANSCRIPT_LINES:])) for title, lines in self.dialogues()]
        return [(title, text) for title, text in found if text]

    def _note_signal(self, world: World, record: Record) -> None:
        cells = [cell.rsrp_dbm for cell in world.operator.cells if cell.is_in_coverage]
        strongest = max(cells, default=None)
        if not self.signal or self.signal[-1][1] != strongest:
            self.signal.append((record.at_ms, strongest))


SCENE = pytest.StashKey[Scene]()


def scene_of(node: pytest.Item) -> Scene:
    """The scene of a test, new at its first call."""
    return node.stash.setdefault(SCENE, Scene())


def masked(lines: Iterable[Line]) -> list[Line]:
    """The same lines without secrets."""
    from nce_modem.at.masking import mask_lines

    given = list(lines)
    # All of them, before any is cut away: a line may continue a secret of the line before.
    texts = mask_lines(text for _, text in given)
    return [(at_ms, text) for (at_ms, _), text in zip(given, texts, strict=True)]


def joined(lines: Iterable[Line]) -> str:
    """A text of lines, each with its time, none too long."""
    return "\n".join(_cut(_timed(at_ms, text)) for at_ms, text in lines)


def _timed(at_ms: int | None, text: str) -> str:
    return text if at_ms is None else f"{at_ms / 1000:12.3f} {text}"


def _cut(line: str) -> str:
    return line if len(line) <= LINE_SIZE else line[: LINE_SIZE - 1] + "…"
