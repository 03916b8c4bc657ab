"""Paths, types and values of resources: what every format is decoded to (LwM2M Core 1.1, 7.2).

    Record((3, 0, 9), 100), Record((3, 0, 7, 1), 5000, time_s=1700000000)
    parse_path("/3/0/9")                       # (3, 0, 9)
    path_text((3, 0, 9))                       # "/3/0/9"

A path has 0 to 4 numbers: object, instance, resource, resource instance. Times are seconds since
1970.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

Path = tuple[int, ...]

_PATH = re.compile(r"/|(?:/(?:0|[1-9][0-9]{0,4})){1,4}")
LAST_NUMBER = 65534
NO_NUMBER = 65535  # "the MAX_ID value 65535 is reserved" (7.2): it names nothing
_SECURITY = 0
# RFC 8428, 4.5.3: a time below 2**28 counts from now.
_RELATIVE_BELOW_S = 1 << 28


class LwM2mMistake(ValueError):
    """A payload, path or value that is not LwM2M's; the text says where."""


class Kind(Enum):
    """The data types (7.3), and Unsigned and Corelnk of version 1.1."""

    STRING = "String"
    INTEGER = "Integer"
    UNSIGNED = "Unsigned Integer"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    OPAQUE = "Opaque"
    TIME = "Time"
    OBJECT_LINK = "Objlnk"
    CORE_LINK = "Corelnk"


class Link(NamedTuple):
    """An object link: 65535:65535 leads nowhere."""

    object: int
    instance: int

    def __str__(self) -> str:
        return f"{self.object}:{self.instance}"


Value = str | int | float | bool | bytes | Link
# The type of a resource by its path; None for one that no definition names.
Types = Callable[[Path], Kind | None]


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One value of a resource or of a resource instance; `time_s` where the sender gave one."""

    path: Path
    value: Value
    time_s: int | float | None = None

    def __repr__(self) -> str:
        shown: object = self.value
        if isinstance(self.value, bytes):
            shown = f"<{len(self.value)} octets>"
        elif self.path[:1] == (_SECURITY,):
            shown = "<hidden>"  # identities and keys
        return f"Record({path_text(self.path)!r}, {shown!r}, {self.time_s!r})"


def path_text(path: Path) -> str:
    """A path as it is written: "/3/0/9", and "/" for the root."""
    return "/" + "/".join(map(str, path))


def parse_path(text: str) -> Path:
    """The numbers of "/3/0/9"; LwM2mMistake for what is no path."""
    if not _PATH.fullmatch(text):
        raise LwM2mMistake(f"{text[:60]!r} is no path; write /object/instance/resource")
    path = tuple(int(number) for number in text.split("/")[1:] if number)
    if any(number > LAST_NUMBER for number in path):
        raise LwM2mMistake(f"{text!r} has a number above {LAST_NUMBER}")
    return path


def check_below(path: Path, base: Path) -> None:
    """LwM2mMistake when a record lies elsewhere than in what was asked for."""
    if path[: len(base)] != base:
        raise LwM2mMistake(f"{path_text(path)} is not within {path_text(base)}")


def absolute(records: Iterable[Record], now_s: float) -> list[Record]:
    """The records with relative times replaced by those since 1970 (RFC 8428, 4.5.3)."""
    return [
        record
        if record.time_s is None or record.time_s >= _RELATIVE_BELOW_S
        else replace(record, time_s=now_s + record.time_s)
        for record in records
    ]
