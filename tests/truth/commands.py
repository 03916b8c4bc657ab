"""The commands of the documents' shell blocks, run where a reader would run them.

    for call in calls_of(page):
        run(call, folder)              # its status and what it printed

A block `sh` has commands, a block `console` has commands behind `$ ` and what they print. Some are
replaced, or not run: `NOT_HERE` says which and why.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from truth.pages import FOLDERS, ROOT, Page, name_of
from truth.tools import SHELLS, lines_of


@dataclass(frozen=True)
class NotHere:
    """A kind of command that is not run as it stands: a pattern, why, and what is run instead."""

    pattern: str
    reason: str
    instead: str | None = None


NOT_HERE = (
    NotHere(
        r"^make demo$",
        "makes .venv from the network; this is what it runs then",
        "nce sim demo --interpreter micropython",
    ),
    NotHere(r"^make -C ports/", "MicroPython's own tree: tests/boards/test_board_manifests.py"),
    NotHere(r"^make (?!help$|demo$)", "makes .venv from the network, and `make test` is this run"),
    NotHere(r"^pip install ", "the network"),
    NotHere(r"^git clone |^cd nce-iot$|^\. \.venv/", "tests/boards/test_newcomer.py does that"),
    NotHere(
        r"^nce board (build|run qemu|flash \w+$|flash \w+ --dry)",
        "a compilation, or a board: tests/boards/test_newcomer.py, tests/sim/test_cli_board.py",
    ),
    NotHere(r"^nce board config INTERVAL_S=60 TOPIC=first$", "test_paths.py types it once"),
    NotHere(r"^mpremote ", "a board"),
    NotHere(r"/dev/(tty(USB|ACM)|serial)0", "a serial port"),
    NotHere(r"/dev/pts/0|--pty$", "two terminals, a minute: tests/**/test_parity_over_a_pty.py"),
    NotHere(
        r"^coap-client-notls ", "a program of Debian's beside a world: test_libcoap_client.py"
    ),
    NotHere(r"^pytest --nce-target=micropython$", "minutes: tests/hil/test_targets.py"),
    NotHere(r"^nce sim run ", "twenty seconds of real time: test_own_firmware.py runs that page"),
    NotHere(r"^tools/fetch_wasm", "the network; tests/boards/test_wasm.py runs it"),
    NotHere(
        r"world\.json|^WORLD=|^told\(|^API=|^ID=|^curl |^TOKEN=|^api |\$PTY|\$API|^RECEIVER="
        r"|receive[dr]\.|^URL=|\$RECEIVER|\$WORLD|^nce sim (exhaust|lwm2m|message|token|up)\b",
        "one shell beside a world: tests/scenarios/test_cloud_page.py types the page",
    ),
    NotHere(r"^pytest$", "in an environment with the built wheel: test_outside_project.py"),
    NotHere(r"support\.modem_programs", "minutes: tests/interop/test_modem_programs.py"),
    NotHere(r"fuzz\.py ", "atheris, which is not for every interpreter"),
)
# Pages that are typed as a whole, files and commands in their order, in one shell.
TYPED = NotHere("", "one shell: tests/scenarios/test_paths.py types the page")
TYPED_PAGES = (
    "docs/first_board.md",
    "docs/first_hardware_test.md",
    "docs/first_simulated_test.md",
)


@dataclass(frozen=True)
class Call:
    where: str
    command: str
    printed: str | None  # None: the page does not show it
    line: int
    not_here: NotHere | None


def calls_of(page: Page) -> list[Call]:
    """Every command of the page's shell blocks, in order."""
    found = []
    for block in page.blocks:
        if block.language not in SHELLS:
            continue
        shown: dict[int, list[str]] = {}
        commands: dict[int, str] = {}
        for offset, line in lines_of(block.text):
            if block.language == "sh" and line:
                commands[offset] = line
            elif line.startswith("$ "):
                commands[offset] = line[2:]
                shown[offset] = []
        if block.language == "console":
            shown = _printed(block.text)
        for offset, command in commands.items():
            line = block.line + offset
            rule = next((rule for rule in NOT_HERE if re.search(rule.pattern, command)), None)
            rule = TYPED if name_of(page.path) in TYPED_PAGES else rule
            printed = "\n".join(shown[offset]).rstrip() if offset in shown else None
            where = f"{name_of(page.path)}:{line}"
            found.append(Call(where, command, printed, line, rule))
    return found


def _printed(text: str) -> dict[int, list[str]]:
    """Line of a command -> the lines below it, as they stand."""
    shown: dict[int, list[str]] = {}
    current, is_command = -1, False
    for number, line in enumerate(text.splitlines()):
        if line.startswith("$ "):
            current = number
            shown[current] = []
            is_command = line.endswith("\\")
        elif is_command:
            is_command = line.endswith("\\")
        elif current >= 0:
            shown[current].append(line.rstrip())
    return shown


def is_nce(command: str) -> bool:
    return command.startswith("nce ") and not re.search(r"[|&;>$`]", command)


def run_nce(command: str) -> tuple[int, str]:
    """A plain `nce` command, in this process and the current folder."""
    from typer.testing import CliRunner

    from nce_cli.app import app

    result = CliRunner().invoke(app, shlex.split(command)[1:], env={"COLUMNS": "100"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, _trimmed(result.output)


def run_shell(command: str, folder: Path) -> tuple[int, str]:
    """Any other command, by bash."""
    programs = str(Path(sys.executable).parent)
    done = subprocess.run(
        ("bash", "-eu", "-o", "pipefail", "-c", f"PATH={programs}:$PATH; {command}"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, _trimmed(done.stdout)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def make_files(page: Page, line: int) -> None:
    """Run, in the current folder, the `nce` commands above a line that write a file."""
    for call in calls_of(page):
        if call.line >= line or call.not_here is not None:
            continue
        if is_nce(call.command) and " -o " in call.command:
            status, printed = run_nce(call.command)
            assert status == 0, f"{call.where}: {printed}"


def copy_of_the_project(folder: Path) -> Path:
    """The project's files in a fresh folder, as a clone has them."""
    leave = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder / path.name)
    return folder
