"""Lays the pages out for Sphinx: those of the clone as they lie there, and those made here.

    stage(root, Path("build/site.work/pages"))

Written pages keep their places, so that the links between them are right on the site as they are
on a forge. A link to a folder leads to its README; a file that is linked to is offered as it is.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from hub.navigation import SECTIONS, START, Section
from hub.reference import PAGES

_FILE_LINK = re.compile(r"\]\(([\w./-]+\.(?!md\b)\w+)\)")
_FOLDER_LINK = re.compile(r"\]\(([\w./-]+)/\)")


def stage(root: Path, target: Path) -> None:
    """All pages of the site below `target`."""
    target.mkdir(parents=True)
    for name in written():
        page = target / name
        page.parent.mkdir(parents=True, exist_ok=True)
        text = (root / name).read_text(encoding="utf-8")
        page.write_text(_FOLDER_LINK.sub(r"](\1/README.md)", text), encoding="utf-8")
        for link in _FILE_LINK.findall(text):
            beside = (root / name).parent / link
            if beside.is_file():
                place = page.parent / link
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(beside, place)
    for name, made in PAGES.items():
        page = target / "reference" / f"{name}.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(made(), encoding="utf-8")
    for section in SECTIONS:
        (target / f"{section.name}.md").write_text(_contents(section), encoding="utf-8")
    (target / "index.md").write_text(_start(), encoding="utf-8")


def written() -> list[str]:
    """The pages of the clone that the site has."""
    generated = {f"reference/{name}.md" for name in PAGES}
    return [page for section in SECTIONS for page in section.pages if page not in generated]


def _toctree(pages: list[str], *options: str) -> str:
    names = [page.removesuffix(".md") for page in pages]
    return "\n".join(["```{toctree}", *options, "", *names, "```"])


def _contents(section: Section) -> str:
    contents = _toctree(list(section.pages), ":maxdepth: 1")
    return f"# {section.title}\n\n{section.intro}\n\n{contents}\n"


def _start() -> str:
    names = [section.name for section in SECTIONS]
    return f"{START}\n{_toctree(names, ':hidden:', ':maxdepth: 2')}\n"
