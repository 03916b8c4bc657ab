"""Where it is known from how a modem answers a command: each command has its source, with a mark.

    NOTE = Manual("BG95&BG77&BG600L TCP/IP Application Note V1.1")
    SOURCES = {**NOTE.at("2.3.4", "+QIOPEN"), **inferred("as BG95's", "+QISENDEX")}
    PERSONALITIES["bg95"].sources["+QIOPEN"].where

The tables stand beside the commands: `commands/sources.py` and `personalities/<maker>/sources.py`.
`tools/modem_commands.py` lists them in `docs/modem_commands.md`. A mark speaks of the command's
form; that a family has a command of a standard at all is inferred where no manual is named.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Mark(enum.Enum):
    """How far a source can be trusted."""

    DOCUMENTED = "D"  # a document of the maker, or a standard, that was read
    SEEN = "S"  # source code or a log of others
    INFERRED = "I"


class Source(NamedTuple):
    """A mark, and where: document and section, program or log, or what it was inferred from."""

    mark: Mark
    where: str


SECTION_NOT_NOTED = "(section not noted)"


class Manual(NamedTuple):
    """A document that was read."""

    title: str

    def at(self, section: str, *commands: str) -> dict[str, Source]:
        """Commands, and the section that was read about them."""
        return _rows(Mark.DOCUMENTED, f"{self.title}, {section}", commands)

    def corrected(self, line: str, *commands: str) -> dict[str, Source]:
        """Commands that a line of docs/modem_corrections.md is about, with the mark D."""
        return _rows(Mark.DOCUMENTED, f"{self.title}; corrections, line {line}", commands)

    def somewhere(self, *commands: str) -> dict[str, Source]:
        """Commands that were read of, where the section was not written down."""
        return _rows(Mark.DOCUMENTED, f"{self.title} {SECTION_NOT_NOTED}", commands)


def seen(where: str, *commands: str) -> dict[str, Source]:
    """Commands as a program or a log of others has them."""
    return _rows(Mark.SEEN, where, commands)


def inferred(reason: str, *commands: str) -> dict[str, Source]:
    """Commands that no source at hand has, and what they were inferred from."""
    return _rows(Mark.INFERRED, reason, commands)


def _rows(mark: Mark, where: str, commands: tuple[str, ...]) -> dict[str, Source]:
    return dict.fromkeys(commands, Source(mark, where))
