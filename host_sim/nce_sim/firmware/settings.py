"""The firmware's own check of a configuration, `firmware/settings_check.py`, run on this host.

checked = check(SOURCE_ROOT, text)
checked.mistakes                        # ["INTERVAL_S is 5: give whole seconds from 10 to ..."]
checked.values["INTERVAL_S"]
checked.allowed["INTERVAL_S"]           # in words

It runs in a process of its own: `config` and `readings` are names that a program may have, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.firmware.config_file import ConfigWrong, settings_of
from nce_sim.firmware.tree import search_path

CONFIG = "config.py"
TIMEOUT_S = 30
# Its arguments: nothing. It reads the file in the working folder.
PROGRAM = """
import json, sys
sys.path.insert(0, ".")
import config
from settings_check import ROWS, read
settings, mistakes = read(config)
values = {name: getattr(settings, name) for name in (row[0] for row in ROWS)}
print(json.dumps({
    "mistakes": mistakes,
    "values": values,
    "usual": {row[0]: row[1] for row in ROWS},
    "allowed": {row[0]: row[3] for row in ROWS},
}))
"""


@dataclass(frozen=True)
class Checked:
    """The settings with their usual values filled in, what is wrong, and what is allowed."""

    values: dict[str, Any]
    usual: dict[str, Any]
    allowed: dict[str, str]
    mistakes: list[str]


def check(source_root: Path, text: str, files: Path | None = None) -> Checked:
    """What the firmware says of the configuration `text`.

    files: a folder of the user's own files, where a template may be. Raises ConfigWrong for a text
    that does not run.
    """
    settings_of(text)  # it has to be Python
    roots = [*([] if files is None else [files.absolute()]), *search_path(source_root)]
    with tempfile.TemporaryDirectory(prefix="nce-config-") as folder:
        (Path(folder) / CONFIG).write_text(text, encoding="utf-8")
        if files is not None:
            _link(files.absolute(), Path(folder))
        done = subprocess.run(
            [sys.executable, "-S", "-c", PROGRAM],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise ConfigWrong(f"{CONFIG} does not run: {said[-1]}")
    return Checked(**json.loads(done.stdout.splitlines()[-1]))


def _link(files: Path, folder: Path) -> None:
    """The user's files beside the configuration: a template's path begins there, as on a board."""
    for path in files.iterdir():
        if path.name != CONFIG:
            (folder / path.name).symlink_to(path)
