"""The settings of a simulated world: each with its default, its evidence and its comment."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import io
import re
import tokenize
from collections.abc import Iterator

from hub.markdown import code, plain, table
from nce_sim.api.settings import ApiSettings
from nce_sim.backend_settings import BackendSettings
from nce_sim.settings import Settings

_MARK = re.compile(r"\[([DCFSU])\]")
# The whole of what can be set: name on the page -> the class, and how it is handed in.
_ROOTS = {
    "settings": Settings,
    "backend": BackendSettings,
    "api": ApiSettings,
}
_INTRO = """# Settings

Each setting is a fact that you may want to change. The mark names the source of its default:

| mark | source |
|---|---|
| D | documented by 1NCE or by the maker of the modem |
| C | seen in 1NCE's own clients |
| F | seen in a log or a capture |
| S | a standard (3GPP, ITU-T, IETF) |
| U | undocumented: ours, change it freely |

`settings` goes to `World`, `backend` to `Backend`, `api` to the application with the API.
"""


def page() -> str:
    """All settings, group by group."""
    parts = [_INTRO]
    for name, kind in _ROOTS.items():
        parts += _parts(name, kind())
    return "\n\n".join(parts) + "\n"


def _parts(path: str, value: object) -> Iterator[str]:
    kind = type(value)
    notes = _notes(kind)
    rows, below = [], []
    for one in dataclasses.fields(value):  # type: ignore[arg-type]
        current = getattr(value, one.name)
        if dataclasses.is_dataclass(current) and type(current).__module__.startswith("nce_"):
            below.append((f"{path}.{one.name}", current))
            continue
        note = notes.get(one.name, "")
        marks = " ".join(dict.fromkeys(_MARK.findall(note)))
        said = " ".join(_MARK.sub("", note).split())
        rows.append((code(one.name), code(_shown(current)), marks, plain(said)))
    title = f"## {path}\n\n{code(kind.__module__ + '.' + kind.__qualname__)}: "
    yield title + plain((inspect.getdoc(kind) or "").partition("\n\n")[0])
    if rows:
        yield table(("setting", "default", "mark", "note"), rows)
    for name, current in below:
        yield from _parts(name, current)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _notes(kind: type) -> dict[str, str]:
    """The comments of each field: those above it, and the one behind it."""
    source = inspect.getsource(importlib.import_module(kind.__module__))
    lines = source.splitlines()
    first = inspect.getsourcelines(kind)[1]
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found: dict[str, str] = {}
    above: list[str] = []
    name = None
    for number in range(first, first + len(inspect.getsource(kind).splitlines())):
        line = lines[number - 1]
        if re.match(r" {4}(def|@)", line):
            break
        field = re.match(r" {4}(\w+):", line)
        if field:
            name = field[1]
            found[name] = " ".join([*above, comments.get(number, "")]).strip()
            above = []
        elif line.startswith("    #"):
            above.append(comments[number])
        elif name is not None and number in comments:  # of a default that has several lines
            found[name] = f"{found[name]} {comments[number]}".strip()
        if not line.strip():
            above = []
    return found
