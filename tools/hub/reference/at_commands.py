"""AT commands, family by family: what the simulated modem answers, and what the driver sends.

The simulator's half is its tables, with the source of every command. The driver has no table: its
half is the texts of its modules, those of the family and those that they import.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Container, Iterable
from importlib.util import find_spec
from pathlib import Path

from hub.markdown import code, plain, table
from hub.reference.runs import dialogue, first_message
from nce_modem.detect import MODELS
from nce_modem.families import FAMILIES
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.record.timeline import Record

_COMMAND = re.compile(r"\AAT([+#%$^&*][A-Z0-9_]+|[A-Z]\d?)(?![a-z])")
_MARKS = {"D": "documented", "S": "seen", "I": "inferred"}


def page() -> str:
    """What the tables mean, and one page of each family."""
    names = "\n".join(f"at_{name}" for name in PERSONALITIES)
    return f"""# AT commands by family

What each simulated modem answers, where that is known from, and which modules of the driver send
it (common ones last).

- *documented*: a standard or a maker's document that was read
- *seen*: source code or a log of others
- *inferred*: from a similar command
- *not answered*: the driver's family sends it, and does without when the modem refuses

The driver's common modules also try commands of other makers; those are on the makers' pages.
A command that a module puts together while it runs is not seen here.

The marks are explained, and all commands are in one table, on
[the page of the sources](../docs/modem_commands.md).

```{{toctree}}
:maxdepth: 1

{names}
```
"""


def family_page(name: str) -> str:
    """The commands of one family of the simulator."""
    personality = PERSONALITIES[name]
    family = _family_of(personality.model)
    sent = _sent_by(family) if family else {}
    records = first_message(name)
    counted = _counted(records, personality.commands)
    rows = []
    own = {command for command, modules in sent.items() if _is_own(modules)}
    for command in sorted({*personality.commands, *own}):
        if command in personality.commands:
            mark, where = personality.sources[command]
            known = (_MARKS[mark.value], plain(where))
        else:
            known = ("not answered", "")
        modules = ", ".join(code(module) for module in sent.get(command, ()))
        count = str(counted.get(command, ""))
        rows.append((code(f"AT{command}"), modules, count, *known))
    driver = code(f"nce_modem.{family}") if family else "the generic one"
    return (
        "\n\n".join(
            (
                f"# AT commands: {name}",
                f"{plain(personality.model)}; the driver's family is {driver}. *In the run* says "
                "how often the driver sent it in the run below.",
                table(("command", "sent by", "in the run", "answer", "source"), rows),
                "## An attach and a first message",
                "What the driver sends and the simulated modem says, from the power key to the "
                "answer of 1NCE OS: a run in virtual time, made when this site is built. Results "
                "and unsolicited lines stand on the right; lines of information and payloads are "
                "left out.",
                "\n".join(("```text", *dialogue(records), "```")),
            )
        )
        + "\n"
    )


def _counted(records: Iterable[Record], answered: Container[str]) -> Counter[str]:
    """How often each of the commands that are answered was sent in a run."""
    found = (
        _COMMAND.match(f"AT{record.fields['text']}")
        for record in records
        if record.kind == "command"
    )
    # A digit is part of a name (ATS0) or its value (ATE0).
    return Counter(one[1] if one[1] in answered else one[1][:1] for one in found if one)


def _family_of(model: str) -> str | None:
    return next((name for part, name in MODELS if part.strip() in model.upper()), None)


def _sent_by(family: str) -> dict[str, tuple[str, ...]]:
    room = next(
        row.partition(":")[0]
        for row in FAMILIES.split(",")
        if family in row.partition(":")[2].split()
    )
    found: dict[str, list[str]] = {}
    for module in (*_reached(f"nce_modem.families.{room}"), *_common()):
        for command in _commands_of(module):
            short = module.removeprefix("nce_modem.").removeprefix("families.")
            found.setdefault(command, []).append(short)
    return {command: tuple(dict.fromkeys(modules)) for command, modules in found.items()}


def _is_own(modules: tuple[str, ...]) -> bool:
    """Whether a module of the family sends it, not one that serves all makers alike."""
    return any(f"nce_modem.{module}" not in _common() for module in modules)


@functools.cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"no module {module}")
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


@functools.cache
def _reached(module: str) -> tuple[str, ...]:
    """The modules of families that one imports, at once or late, itself first."""
    found = [module]
    for one in found:
        for node in ast.walk(_tree(one)):
            name = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if name.startswith("nce_modem.families.") and name not in found:
                found.append(name)
    return tuple(found)


@functools.cache
def _common() -> tuple[str, ...]:
    spec = find_spec("nce_modem")
    if spec is None or spec.origin is None:
        raise LookupError("no package nce_modem")
    folder = Path(spec.origin).parent
    return tuple(
        sorted(
            ".".join(path.relative_to(folder.parent).with_suffix("").parts)
            for path in (*folder.glob("*.py"), *folder.glob("sms/*.py"))
            if path.stem != "__init__"
        )
    )


@functools.cache
def _commands_of(module: str) -> tuple[str, ...]:
    """The commands in the texts of a module; a lone letter is one when it is a whole word."""
    tree = _tree(module)
    return tuple(
        dict.fromkeys(
            found[1]
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for found in [_COMMAND.match(node.value.lstrip("?"))]
            if found
        )
    )
