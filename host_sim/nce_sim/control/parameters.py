"""The parameters of a verb: typed, and every value is checked.

    parameters = {"sim": Text(most=20), "hold_ms": Integer(0, 60_000, default=None)}
    taken(parameters, {"sim": "1"})         # {"sim": "1", "hold_ms": None}

A value of another type or size raises BadRequest, which names it and says what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class BadRequest(ValueError):
    """The table does not know the request; the message says what it knows."""


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()


class Parameter(Protocol):
    """One parameter: a default, or REQUIRED, and the check of a value."""

    @property
    def default(self) -> Any: ...

    def check(self, name: str, value: Any) -> None: ...


@dataclass(frozen=True)
class Text:
    """A text of 1 to `most` characters."""

    most: int
    default: Any = REQUIRED

    def check(self, name: str, value: Any) -> None:
        """BadRequest for anything else."""
        if not isinstance(value, str):
            raise BadRequest(f"{name} is {_shown(value)}, not a text")
        if not 1 <= len(value) <= self.most:
            raise BadRequest(f"{name} has {len(value)} characters; 1 to {self.most} are allowed")


@dataclass(frozen=True)
class Integer:
    """A whole number from `least` to `most`."""

    least: int
    most: int
    default: Any = REQUIRED

    def check(self, name: str, value: Any) -> None:
        """BadRequest for anything else."""
        # JSON's true is an int to Python.
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadRequest(f"{name} is {_shown(value)}, not a whole number")
        if not self.least <= value <= self.most:
            raise BadRequest(f"{name} is {_shown(value)}; {self.least} to {self.most} are allowed")


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`, whole or not."""

    least: float
    most: float
    default: Any = REQUIRED

    def check(self, name: str, value: Any) -> None:
        """BadRequest for anything else."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadRequest(f"{name} is {_shown(value)}, not a number")
        # NaN, which Python's JSON knows, is in no range.
        if not self.least <= value <= self.most:
            raise BadRequest(
                f"{name} is {_shown(value)}; {self.least:g} to {self.most:g} are allowed"
            )


@dataclass(frozen=True)
class Switch:
    """true or false."""

    default: Any = False

    def check(self, name: str, value: Any) -> None:
        """BadRequest for anything else."""
        if not isinstance(value, bool):
            raise BadRequest(f"{name} is {_shown(value)}, not true or false")


@dataclass(frozen=True)
class Choice:
    """One of some texts."""

    values: tuple[str, ...]
    default: Any = REQUIRED

    def check(self, name: str, value: Any) -> None:
        """BadRequest for anything else."""
        if not isinstance(value, str) or value not in self.values:
            raise BadRequest(f"{name} is {_shown(value)}, not one of {', '.join(self.values)}")


def taken(parameters: Mapping[str, Parameter], given: Any) -> dict[str, Any]:
    """Every parameter's value, as given or by default; BadRequest for a wrong one."""
    if not isinstance(given, dict):
        raise BadRequest(f"the arguments are {_shown(given)}, not an object")
    unknown = sorted(set(given) - set(parameters))
    if unknown:
        known = ", ".join(parameters) or "none"
        raise BadRequest(f"unknown parameter {_shown(unknown[0])}; the parameters are: {known}")
    values = {}
    for name, parameter in parameters.items():
        if name in given and (given[name] is not None or parameter.default is REQUIRED):
            parameter.check(name, given[name])
            values[name] = given[name]
        elif parameter.default is REQUIRED:
            raise BadRequest(f"{name} is missing")
        else:
            values[name] = parameter.default
    return values


def _shown(value: Any) -> str:
    """A client's value, short enough for a message."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**18:
        return "a number that is too large"  # Python may refuse to print it at all
    text = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return text if len(text) <= 40 else text[:39] + "…"
