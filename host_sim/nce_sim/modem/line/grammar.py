"""The grammar of a command line: basic commands in a row, extended ones between semicolons.

ITU-T V.250, 5.2 to 5.4; 3GPP TS 27.007, 4.

    for command in commands_of('E0V1+CMEE=1;+CREG?'):
        command.name, command.form, command.arguments      # "+CMEE", Form.SET, ["1"]

Commands are handed out one by one, so that those before a syntax error still take effect.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

EXTENDED_LEADERS = "+#%^*_$"
NAME = re.compile(r"[\w/-]+")  # behind the leader


class SyntaxMistake(Exception):
    """The line does not follow the grammar."""


class ArgumentMistake(Exception):
    """An argument is missing, of the wrong kind or out of range."""


class Form(enum.Enum):
    """How a command is used: `+X`, `+X=…`, `+X?`, `+X=?`."""

    EXECUTE = ""
    SET = "="
    READ = "?"
    TEST = "=?"


class Quoted(str):
    """An argument that came in double quotes, without them."""

    __slots__ = ()


@dataclass(frozen=True)
class Command:
    """One command of a line; `text` is everything behind the `=` (or behind a basic letter)."""

    name: str
    form: Form
    text: str = ""

    @property
    def is_extended(self) -> bool:
        """Whether it is one of the commands with a leading `+` or the like (V.250, 5.4)."""
        return self.name[0] in EXTENDED_LEADERS

    @property
    def arguments(self) -> Arguments:
        """The arguments, split at commas outside quotes; raises ArgumentMistake."""
        return Arguments(self.text)

    @property
    def set_arguments(self) -> Arguments:
        """The arguments of the set form; ArgumentMistake for any other form."""
        if self.form is not Form.SET:
            raise ArgumentMistake(f"{self.name} has a set form only")
        return Arguments(self.text)


class Arguments:
    """The arguments of one command, taken by position with what each must be."""

    def __init__(self, text: str) -> None:
        self.values: list[str] = split_arguments(text)

    def __len__(self) -> int:
        return len(self.values)

    def is_given(self, position: int) -> bool:
        """Whether an argument stands at `position`; `""` counts, nothing between commas not."""
        if position >= len(self.values):
            return False
        value = self.values[position]
        return isinstance(value, Quoted) or value != ""

    def integer(self, position: int, low: int, high: int, default: int | None = None) -> int:
        """The decimal number at `position`, within low..high."""
        if not self.is_given(position):
            if default is None:
                raise ArgumentMistake(f"argument {position + 1} is missing")
            return default
        value = self.values[position]
        if isinstance(value, Quoted) or not (value.isascii() and value.isdecimal()):
            raise ArgumentMistake(f"argument {position + 1} is {value!r}, not a number")
        if not low <= int(value) <= high:
            raise ArgumentMistake(f"argument {position + 1} is {value}, not {low}..{high}")
        return int(value)

    def text(self, position: int, default: str | None = None) -> str:
        """The quoted string at `position`."""
        if not self.is_given(position):
            if default is None:
                raise ArgumentMistake(f"argument {position + 1} is missing")
            return default
        value = self.values[position]
        if not isinstance(value, Quoted):
            raise ArgumentMistake(f"argument {position + 1} is {value!r}, without quotes")
        return value

    def at_most(self, count: int) -> None:
        """Refuse more than `count` arguments."""
        if len(self.values) > count:
            raise ArgumentMistake(f"{len(self.values)} arguments where {count} are taken")


def split_arguments(text: str) -> list[str]:
    """Split at commas outside quotes; quoted ones come back as `Quoted`."""
    if not text:
        return []
    values: list[str] = []
    for piece in _pieces(text, ","):
        stripped = piece.strip()
        if stripped.startswith('"'):
            if len(stripped) < 2 or not stripped.endswith('"') or '"' in stripped[1:-1]:
                raise ArgumentMistake(f"the quotes of {stripped!r} do not match")
            values.append(Quoted(stripped[1:-1]))
        else:
            values.append(stripped)
    return values


def _pieces(text: str, separator: str) -> list[str]:
    if '"' not in text:
        return text.split(separator)
    pieces, start, in_quotes = [], 0, False
    for found in re.finditer(f'["{separator}]', text):
        if found[0] == '"':
            in_quotes = not in_quotes
        elif not in_quotes:
            pieces.append(text[start : found.start()])
            start = found.end()
    pieces.append(text[start:])
    return pieces


def commands_of(body: str) -> Iterator[Command]:
    """The commands of a line's body (what follows `AT`), left to right."""
    position = 0
    while position < len(body):
        character = body[position]
        if character in " ;":
            position += 1
        elif character in EXTENDED_LEADERS:
            length = len(_pieces(body[position:], ";")[0])
            yield _extended(body[position : position + length])
            position += length
        else:
            command, position = _basic(body, position)
            yield command


def _extended(text: str) -> Command:
    found = NAME.match(text, 1)
    end = found.end() if found else 1
    name, rest = text[:end].upper(), text[end:].strip()
    if end == 1:
        raise SyntaxMistake(f"{text!r} has no name")
    if not rest:
        return Command(name, Form.EXECUTE)
    if rest == "?":
        return Command(name, Form.READ)
    if rest == "=?":
        return Command(name, Form.TEST)
    if rest[0] == "=":
        return Command(name, Form.SET, rest[1:])
    raise SyntaxMistake(f"{rest!r} behind {name}")


def _basic(body: str, start: int) -> tuple[Command, int]:
    position = start + 1
    if body[start] == "&":
        position += 1
    name = body[start:position].upper()
    if not name[-1].isalpha():
        raise SyntaxMistake(f"{name!r} is no command")
    if name == "D":
        # A dial string takes the rest of the line (V.250, 6.3.1).
        return Command("D", Form.SET, body[position:]), len(body)
    digits = position
    while position < len(body) and body[position].isdecimal():
        position += 1
    number = body[digits:position]
    if name != "S":
        return Command(name, Form.SET if number else Form.EXECUTE, number), position
    name += number
    if body[position : position + 1] == "?":
        return Command(name, Form.READ), position + 1
    if body[position : position + 1] != "=":
        raise SyntaxMistake(f"{name} is neither read nor set")
    digits = position = position + 1
    while position < len(body) and body[position].isdecimal():
        position += 1
    return Command(name, Form.SET, body[digits:position]), position
