"""What documents say of commands, options, files, links and fixtures.

for complaint in wrong_claims(page): print(complaint)     # "docs/page.md:5: ..."
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from truth.pages import FOLDERS, PACKAGES, ROOT, Page
from truth.tools import (
    commands_of,
    exists,
    nce_options,
    plugin,
    pytest_options,
    wrong_command,
)

FILE = re.compile(r"^(?:\./)?[\w.*<>-]+(?:/[\w.*<>-]+)+/?$|^[\w-]+\.(?:py|md|toml|csv)$")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def bases_of(page: Page) -> list[Path]:
    """Where a path may begin: the root, the page's folder, its package and that one's rooms."""
    bases = [ROOT, page.path.parent]
    folder = page.name.partition("/")[0]
    for name, place in PACKAGES.items():
        if folder in (place.partition("/")[0], "docs"):
            bases += [ROOT / place, ROOT / place / name]
    return bases


@functools.cache
def file_names() -> frozenset[str]:
    found = {path.name for path in ROOT.glob("*.*")}
    for folder in FOLDERS:
        found |= {path.name for path in (ROOT / folder).rglob("*.*")}
    return frozenset(found)


def wrong_file(text: str, page: Page) -> str | None:
    """Why a path in back-ticks is wrong; None where it is there or is not ours."""
    if not FILE.match(text) or "<" in text:
        return None
    bases = tuple(bases_of(page))
    if "/" not in text:
        made = {block.file_name for block in page.blocks}
        is_made = text in made or re.search(rf"-o {re.escape(text)}\b", _all_of(page))
        return None if is_made or text in file_names() else f"no file {text} in the project"
    first = text.removeprefix("./").partition("/")[0]
    is_ours = first in FOLDERS or any((base / first).is_dir() for base in bases)
    if first == "build" or exists(text, bases) or not (is_ours or text.endswith((".py", ".md"))):
        return None
    return f"no file {text}"


def _all_of(page: Page) -> str:
    return page.prose + "".join(block.text for block in page.blocks)


def wrong_link(target: str, page: Page) -> str | None:
    if re.match(r"\w+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = page.path.parent / path if path else page.path
    if not file.exists():
        return f"no file {path}"
    if anchor and file.suffix == ".md":
        titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
        if anchor not in {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}:
            return f"{path} has no heading for #{anchor}"
    return None


def page_options(page: Page) -> set[str]:
    """The options of the scripts that a page names."""
    found: set[str] = set()
    for script in re.findall(r"[\w/]+\.py\b", _all_of(page)):
        if (ROOT / script).is_file():
            found |= set(re.findall(r'"(--[\w-]+)"', (ROOT / script).read_text(encoding="utf-8")))
    return found


def fixtures() -> frozenset[str]:
    declared = r"^@pytest\.fixture[^\n]*\n(?:async )?def ([a-z]\w*)"
    return frozenset(re.findall(declared, plugin(), re.M))


def wrong_claims(page: Page) -> list[str]:
    """Complaints, each with file and line."""
    found = []
    for where, command in commands_of(page):
        if complaint := wrong_command(command):
            found.append(f"{where}: `{command}`: {complaint}")
    options = nce_options() | pytest_options() | page_options(page)
    for tick in page.ticks:
        option = re.match(r"--[a-z][\w-]*", tick.text)
        if option and option[0] not in options:
            found.append(f"{tick.where}: `{tick.text}`: no command has {option[0]}")
        for word in tick.text.split():
            if complaint := wrong_file(word, page):
                found.append(f"{tick.where}: `{tick.text}`: {complaint}")
    lines = page.prose.splitlines()
    for number, line in enumerate(lines, 1):
        for target in LINK.findall(line) if page.path.suffix == ".md" else ():
            if complaint := wrong_link(target, page):
                found.append(f"{page.name}:{number}: {complaint}")
    return found + wrong_fixtures(page)


def wrong_fixtures(page: Page) -> list[str]:
    """Complaints on tables whose first column is headed `fixture`."""
    found, told = [], set()
    is_table = False
    for number, line in enumerate(page.prose.splitlines(), 1):
        is_table = line.startswith("| fixture |") or (is_table and line.startswith("|"))
        name = re.match(r"\| `(\w+)`", line)
        if is_table and name:
            told.add(name[1])
            if name[1] not in fixtures():
                found.append(f"{page.name}:{number}: `{name[1]}`: no fixture of the plugin")
    if told and told != fixtures() and not found:
        missing = ", ".join(sorted(fixtures() - told))
        found.append(f"{page.name}:1: fixtures that no table tells of: {missing}")
    return found
