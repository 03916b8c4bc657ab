"""Changes of a `config.py`: one setting each, and everything else stays as it stands.

text = changed(text, "INTERVAL_S", "600")       # the comment behind it, too
settings_of(text)["INTERVAL_S"]                 # 600

A value is written as a person types it: quotes and the brackets of a tuple may be left out where
the present value shows what is meant.
"""

from __future__ import annotations

import ast
from typing import Any

NONE = "None"


class ConfigWrong(ValueError):
    """The file is no configuration, or a value cannot be read; the message says what to try."""


def settings_of(text: str, name: str = "config.py") -> dict[str, Any]:
    """The settings of a file, in its order; those that are no plain values are left out."""
    found = {}
    for setting, node in _assignments(text, name).items():
        try:
            found[setting] = ast.literal_eval(node)
        except ValueError:
            continue
    return found


def changed(text: str, setting: str, typed: str, name: str = "config.py") -> str:
    """`text` with another value of `setting`, which is added where it is missing."""
    nodes = _assignments(text, name)
    if not setting.isidentifier() or not setting.isupper():
        raise ConfigWrong(f"{setting!r} is no setting: names are in capitals, such as INTERVAL_S")
    node = nodes.get(setting)
    present = settings_of(text, name).get(setting)
    value = _written(_value(present, typed))
    if node is None:
        return f"{text.rstrip()}\n{setting} = {value}\n"
    lines = text.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :]
    lines[first : last + 1] = [before + value.encode() + after]
    return b"".join(lines).decode()


def _assignments(text: str, name: str) -> dict[str, ast.expr]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise ConfigWrong(f"{name} is no Python: {error}") from None
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            (target,) = node.targets
            if isinstance(target, ast.Name) and target.id.isupper():
                found[target.id] = node.value
    return found


def _value(present: Any, typed: str) -> Any:
    """What is meant by what was typed, in the place of `present`."""
    typed = typed.strip()
    if typed == NONE:
        return None
    try:
        value = ast.literal_eval(typed)
    except (ValueError, SyntaxError):
        value = typed
    if isinstance(present, str) and not isinstance(value, str):
        return typed
    if isinstance(present, tuple) and not isinstance(value, tuple):
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return (value,)
    return value


def _written(value: Any) -> str:
    """A value as the file has it: texts in double quotes."""
    if isinstance(value, str):
        text = repr(value)
        return text if '"' in value or text[0] == '"' else f'"{text[1:-1]}"'
    if isinstance(value, tuple):
        inner = ", ".join(map(_written, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)
