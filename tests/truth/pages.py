"""The project's documents cut into what can be checked: blocks, words in back-ticks, usage lines.

    for block in page_of(ROOT / "README.md").blocks:
        print(block.where, block.language, block.text)

A document is a Markdown page, or the docstrings of one module. The rules for its examples are in
CONTRIBUTING.md, "Examples".
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Import name -> its folder. `board` is `boards/unix/board.py`.
PACKAGES = {
    "nce": "sdk",
    "nce_bcl": "bcl",
    "nce_modem": "modem",
    "nce_sim": "host_sim",
    "nce_api": "host_sim",
    "nce_cli": "host_sim",
    "blueprints": "firmware",
    "gps_fix": "firmware",
    "gps_track": "firmware",
    "config": "firmware",
    "console": "firmware",
    "log_ring": "firmware",
    "main": "firmware",
    "readings": "firmware",
    "record_template": "firmware",
    "rounds": "firmware",
    "running": "firmware",
    "settings_check": "firmware",
    "station": "firmware",
    "board": "boards/unix",
    "blocking_line": "boards/unix",
}
FOLDERS = ("bcl", "boards", "docs", "firmware", "host_sim", "modem", "sdk", "tests", "tools")
# It tells of names that are no more.
HISTORY = "CHANGELOG.md"

FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.M | re.S)
TICKS = re.compile(r"(?<![`\w])`([^`]+)`(?!`)")
CONTINUES = "# continues"


@dataclass(frozen=True)
class Block:
    """A fenced block, or an indented example of a docstring."""

    path: Path
    line: int  # of its first line of text
    language: str
    text: str
    before: str = ""  # the page above it, which says what file a block is

    @property
    def where(self) -> str:
        return f"{name_of(self.path)}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """Of a block that begins with `# name.py`; of JSON, the file named last before it; of a
        block without a language, the file in the line that leads to it."""
        if self.language == "python":
            named = re.match(r"# (\w+\.py)\n", self.text)
            return named[1] if named else None
        if self.language == "json":
            named = re.findall(r"`(\w+\.jsonl?)`", self.before)
            return named[-1] if named else None
        if self.language == "":
            leads = re.search(r"`(\w+\.(?:log|toml))`[^`\n]*:\n\n$", self.before)
            return leads[1] if leads else None
        return None

    @property
    def is_test(self) -> bool:
        return self.language == "python" and "def test_" in self.text

    @property
    def continues(self) -> bool:
        return self.text.startswith(CONTINUES + "\n")


@dataclass(frozen=True)
class Tick:
    """Words in back-ticks."""

    where: str
    text: str


@dataclass(frozen=True)
class Page:
    """One document: a Markdown file, or a docstring with the name that it belongs to."""

    path: Path
    blocks: list[Block]
    ticks: list[Tick]
    module: str = ""  # of a docstring
    owner: str = ""  # the class or function, "" for the module
    prose: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return name_of(self.path)


def name_of(path: Path) -> str:
    """A path as complaints name it."""
    return str(path.relative_to(ROOT)) if ROOT in path.parents else path.name


def markdown_files() -> list[Path]:
    """Every page of the project, but for its history."""
    files = [path for path in ROOT.glob("*.md") if path.name != HISTORY]
    for folder in FOLDERS:
        files += (ROOT / folder).rglob("*.md")
    return sorted(files)


def python_files() -> list[Path]:
    """Every module whose docstrings a user may read."""
    found = set()
    for name, folder in PACKAGES.items():
        here = ROOT / folder
        found |= {here / f"{name}.py"} if (here / f"{name}.py").exists() else set()
        found |= set((here / name).rglob("*.py"))
    return sorted(found)


def page_of(path: Path, text: str | None = None) -> Page:
    """A Markdown page."""
    text = path.read_text(encoding="utf-8") if text is None else text
    blocks = []
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start(2)) + 1
        blocks.append(Block(path, line, found[1], found[2], text[: found.start()]))
    prose = FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    return Page(path, blocks, ticks_of(prose, name_of(path)), prose=prose)


def ticks_of(prose: str, name: str, first_line: int = 1) -> list[Tick]:
    found = []
    for paragraph in re.finditer(r"(?:.+\n?)+", prose):
        for tick in TICKS.finditer(paragraph[0]):
            line = first_line + prose.count("\n", 0, paragraph.start() + tick.start())
            words = " ".join(tick[1].split()).replace("\\|", "|")
            found.append(Tick(f"{name}:{line}", words))
    return found


def docstrings_of(path: Path, source: str | None = None) -> list[Page]:
    """The docstrings of a module and of its public classes and functions."""
    source = path.read_text(encoding="utf-8") if source is None else source
    module = module_name(path)
    pages: list[Page] = []
    _visit(ast.parse(source), path, module, (), pages)
    return pages


def module_name(path: Path) -> str:
    for name, folder in PACKAGES.items():
        inside = ROOT / folder / name
        if path == inside.with_suffix(".py"):
            return name
        if inside in path.parents:
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            return ".".join(part for part in parts if part != "__init__")
    return ""


def _visit(
    node: ast.AST, path: Path, module: str, owner: tuple[str, ...], pages: list[Page]
) -> None:
    body = getattr(node, "body", [])
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        text = body[0].value
        if isinstance(text.value, str):
            pages.append(_docstring(text, path, module, owner))
    for child in body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _visit(child, path, module, (*owner, child.name), pages)


def _docstring(constant: ast.Constant, path: Path, module: str, owner: tuple[str, ...]) -> Page:
    indent = " " * constant.col_offset
    lines = [line.removeprefix(indent) for line in str(constant.value).split("\n")]
    name = name_of(path)
    blocks, prose, number = [], list(lines), 0
    while number < len(lines):
        if not lines[number].startswith("    "):
            number += 1
            continue
        start = number
        while number < len(lines) and (lines[number].startswith("    ") or not lines[number]):
            prose[number] = ""
            number += 1
        text = textwrap.dedent("\n".join(lines[start:number])).rstrip() + "\n"
        first_line = constant.lineno + start
        # What is no Python as a whole may be, paragraph by paragraph.
        parts = [(0, text)] if is_python(text) else paragraphs_of(text)
        for offset, part in parts:
            language = "python" if is_python(part) else ""
            blocks.append(Block(path, first_line + offset, language, part))
    # Formatters move an example to the margin where nothing but the headline stands beside it.
    for offset, part in paragraphs_of("\n".join(prose) + "\n"):
        if offset and is_python(part):
            blocks.append(Block(path, constant.lineno + offset, "python", part))
    ticks = ticks_of("\n".join(prose), name, constant.lineno)
    return Page(path, blocks, ticks, module, ".".join(owner), "\n".join(prose))


# What a few words of prose, or AT commands, parse as.
PROSE = (ast.Name, ast.Tuple, ast.UnaryOp, ast.BinOp)


def paragraphs_of(text: str) -> list[tuple[int, str]]:
    """(lines before it, itself) of each paragraph."""
    found = re.finditer(r"(?:.+\n)+", text)
    return [(text.count("\n", 0, paragraph.start()), paragraph[0]) for paragraph in found]


def is_python(text: str) -> bool:
    """Whether an indented example is Python: it parses, or says `import`, and then it has to."""
    try:
        tree = ast.parse(readable(text))
    except SyntaxError:
        return re.search(r"^(from \w+(\.\w+)* )?import \w", text, re.M) is not None
    # A word or a sentence of two parses, too.
    return not all(
        isinstance(node, ast.Expr) and isinstance(node.value, PROSE) for node in tree.body
    )


def readable(text: str) -> str:
    """An example with `…` for what is left out, as Python that parses."""
    return text.replace("=…", "=...").replace("(…)", "(...)").replace(", …", ", ...")
