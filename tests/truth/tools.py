"""The commands that documents name, held against the tools themselves.

    for where, command in commands_of(page):
        wrong_command(command)          # "nce sim up has no option --simms", or None

`nce` is asked itself, `make` is its Makefile, `pip` the extras of `pyproject.toml`. Words
in capitals (`FILE`) stand for a value of the reader's.
"""

from __future__ import annotations

import functools
import re
import shlex
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truth.names import resolve
from truth.pages import PACKAGES, ROOT, Page, name_of

SHELLS = ("sh", "console")
COMMAND = re.compile(
    r"^(?:\$ )?(?:\w+=\S+ )*(?:\.venv/bin/)?"
    r"((?:nce|make|pytest|pip|python|mpremote|micropython|coap-client-notls) .*)$"
)


def exists(path: str, bases: tuple[Path, ...] = (ROOT,)) -> bool:
    text = path.removeprefix("./").rstrip("/")
    return any(
        any(base.glob(each)) if "*" in each else (base / each).exists()
        for base in bases
        for each in (text, f"{text}.py")
    )


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, command) of each command line; a backslash goes on to the next line."""
    kept, start = "", 0
    for number, line in enumerate(text.splitlines()):
        start = start if kept else number
        kept += line.strip() if not kept else " " + line.strip()
        if kept.endswith("\\"):
            kept = kept[:-1].rstrip()
            continue
        yield start, kept.partition("  # ")[0].rstrip()
        kept = ""


def commands_of(page: Page) -> Iterator[tuple[str, str]]:
    """(where, command) of every command that a page names: in blocks and in back-ticks."""
    for block in page.blocks:
        file = name_of(page.path)
        if block.language not in (*SHELLS, ""):
            continue
        if block.language == "" and not page.module:
            continue  # no shell: `test_shell.py` sees that no command hides there
        for offset, line in lines_of(block.text):
            if block.language == "console" and not line.startswith("$ "):
                continue
            found = COMMAND.match(line)
            if found:
                # A docstring puts what the command is for behind two blanks.
                text = found[1] if not page.module else re.split(r" {2,}", found[1])[0]
                yield f"{file}:{block.line + offset}", text
    for tick in page.ticks:
        found = COMMAND.match(tick.text)
        if found:
            yield tick.where, found[1]


# --- nce ------------------------------------------------------------------------------------


@functools.cache
def application() -> Any:
    from typer.main import get_command

    from nce_cli.app import app

    return get_command(app)


def loaded(group: Any, name: str) -> Any:
    """A command of a group, whole: some groups have only names until one is called."""
    from nce_cli.rooms import Rooms

    return group.entered(name) if isinstance(group, Rooms) else group.commands.get(name)


def is_placeholder(word: str) -> bool:
    return word.strip("[]").isupper() or word in ("…", "...")


def before_the_shell(words: list[str]) -> list[str]:
    """The words that the program gets: what the shell takes comes after them."""
    for place, word in enumerate(words):
        if re.fullmatch(r"&|\|{1,2}|&&|;|[0-9]?>{1,2}.*|<.*", word):
            return words[:place]
    return list(words)


def wrong_nce(words: list[str]) -> str | None:
    """Why `nce WORDS` is no command of ours."""
    command, said = application(), "nce"
    while hasattr(command, "commands"):
        if not words:
            return None
        if words[0].startswith("-"):
            break
        if is_placeholder(words[0]):
            return None
        following = loaded(command, words[0])
        if following is None:
            return f"{said} has no command {words[0]}"
        said += " " + words.pop(0)
        command = following
    return wrong_options(command, words, said)


def wrong_options(command: Any, words: list[str], said: str) -> str | None:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    given = 0
    rest = list(words)
    while rest:
        word, _, value = rest.pop(0).partition("=")
        if not word.startswith("-") or word == "-":
            given += 1
            continue
        if word == "--help":
            continue
        found = [each for each in command.params if word in (*each.opts, *each.secondary_opts)]
        if not found:
            return f"{said} has no option {word}"
        if found[0].is_flag:
            continue
        value = value or (rest.pop(0) if rest else "VALUE")
        choices = choices_of(found[0])
        if choices and not is_placeholder(value) and value not in choices:
            return f"{said} {word} {value}: it may be one of {', '.join(choices)}"
    if not any(each.nargs < 0 for each in arguments) and given > len(arguments):
        return f"{said} takes {len(arguments)} arguments, not {given}"
    return None


def choices_of(option: Any) -> list[str]:
    """What an option whose type is a `Literal` may be."""
    annotation = getattr(getattr(option, "type_descriptor", None), "annotation", None)
    literals = [annotation, *typing.get_args(annotation)]
    return [
        str(each)
        for literal in literals
        if typing.get_origin(literal) is typing.Literal
        for each in typing.get_args(literal)
    ]


@functools.cache
def nce_options() -> frozenset[str]:
    found = {"--help"}
    pending = [application()]
    while pending:
        command = pending.pop()
        for each in command.params:
            found |= {*each.opts, *each.secondary_opts}
        pending += [loaded(command, name) for name in getattr(command, "commands", ())]
    return frozenset(found)


# --- make, pip, pytest, python --------------------------------------------------------------


@functools.cache
def makefile() -> tuple[frozenset[str], frozenset[str]]:
    """Its targets and its variables."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        name for line in re.findall(r"^([\w -]+):(?!=)", text, re.M) for name in line.split()
    }
    return frozenset(targets), frozenset(re.findall(r"^(\w+) *[?:]?=", text, re.M))


def wrong_make(words: list[str]) -> str | None:
    if words[:1] == ["-C"]:
        return None  # another project's
    targets, variables = makefile()
    for word in words:
        name, is_variable, _ = word.partition("=")
        if is_variable and name not in variables:
            return f"the Makefile has no variable {name}"
        if not is_variable and word not in targets:
            return f"the Makefile has no target {word}"
    return None


@functools.cache
def extras() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return frozenset(project["optional-dependencies"])


def wrong_pip(words: list[str]) -> str | None:
    for word in words:
        found = re.fullmatch(r"(?:nce-iot|\.)\[(.*)\]", word)
        unknown = set(found[1].split(",")) - extras() if found else set()
        if unknown:
            return f"nce-iot has no extra {', '.join(sorted(unknown))}"
    return None


@functools.cache
def plugin() -> str:
    """The source of `nce_sim.pytest_plugin`, which declares options and fixtures."""
    files = (ROOT / "host_sim/nce_sim/pytest_plugin").glob("*.py")
    return "".join(path.read_text(encoding="utf-8") for path in sorted(files))


@functools.cache
def pytest_options() -> frozenset[str]:
    """Those of our plugin; of pytest's own, those that the pages use."""
    own = re.findall(r'"(--nce-[\w-]+)"', plugin())
    return frozenset([*own, "-q", "-p", "-m", "-n", "-k", "-x", "-rs", "--junitxml"])


def wrong_pytest(words: list[str]) -> str | None:
    rest = list(words)
    while rest:
        word = rest.pop(0).partition("=")[0]
        if word.startswith("-") and word not in pytest_options():
            return f"pytest has no option {word} that our pages know"
        if word in ("-p", "-m", "-n", "-k") and rest:
            rest.pop(0)
        elif not word.startswith("-") and not exists(word):
            return f"no file {word}"
    return None


def wrong_python(words: list[str]) -> str | None:
    if words[0] == "-m":
        name = words[1]
        if name.partition(".")[0] in PACKAGES:
            try:
                resolve(name)
            except LookupError as error:
                return str(error)
        return None
    if words[0].startswith("-") or not words[0].endswith(".py"):
        return None
    file = ROOT / words[0]
    if not file.exists():
        return f"no file {words[0]}"
    source = file.read_text(encoding="utf-8")
    for word in words[1:]:
        option = word.partition("=")[0]
        if option.startswith("--") and f'"{option}"' not in source:
            return f"{words[0]} has no option {option}"
    return None


TOOLS = {
    "nce": wrong_nce,
    "make": wrong_make,
    "pip": wrong_pip,
    "pytest": wrong_pytest,
    "python": wrong_python,
    "micropython": wrong_python,
}


def wrong_command(command: str) -> str | None:
    """Why a command cannot be meant, or None."""
    try:
        tool, *words = shlex.split(command)
    except ValueError as error:
        return f"no command line: {error}"
    words = before_the_shell(words)
    return TOOLS[tool](words) if tool in TOOLS and words else None
