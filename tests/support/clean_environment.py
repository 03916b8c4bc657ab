"""A Python environment with the built wheel in it, and of everything else only what is asked for.

    clean = CleanEnvironment(tmp_path, wheel, extras=("sim",), others=("pytest",))
    clean.run("-m", "pytest", cwd=project)

The wheel is really installed, by pip. What it requires by its own metadata, and `others`, are
links to the packages of the running environment: no network is needed, and a requirement that the
wheel fails to name is missing.
"""

import importlib.metadata
import os
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 240


def build_wheel(folder):
    """The wheel of this checkout, built in `folder`."""
    command = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder))
    pip(*command, str(ROOT))
    (wheel,) = folder.glob("nce_iot-*.whl")
    return wheel


def pip(*arguments):
    """Run pip; AssertionError with its output when it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


class CleanEnvironment:
    """The environment in `folder`; `run` runs its Python."""

    def __init__(self, folder, wheel, extras=(), others=()):
        venv.create(folder, symlinks=True)
        self.python = folder / "bin" / "python"
        # pip reads no other index: what is not in the wheel comes by a link, or not at all.
        pip("--python", str(self.python), "install", "-q", "--no-deps", "--no-index", str(wheel))
        (site_packages,) = (folder / "lib").glob("python3*/site-packages")
        wanted = [*others, *requirements(metadata_of(wheel).get_all("Requires-Dist", ()), extras)]
        for distribution in closure(wanted):
            link(distribution, site_packages)

    def run(self, *arguments, cwd, **environment):
        """Run Python with `arguments` in `cwd`; the finished process, its output in `stdout`."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=cwd,
            env={**kept, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )


def metadata_of(wheel):
    """The METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(lines, extras=()):
    """The names that apply here, of lines such as `rich>=13; extra == "sim"`."""
    names = []
    for line in lines:
        required = Requirement(line)
        marker = required.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            names.append(required.name)
    return names


def closure(names):
    """The distributions of the running environment by these names, and all that they require."""
    found = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found[name] = importlib.metadata.distribution(name)
        waiting += requirements(found[name].requires or ())
    return found.values()


def link(distribution, site_packages):
    """Put what a distribution installed beside the wheel."""
    for name in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        target = site_packages / name
        if not target.exists():
            target.symlink_to(distribution.locate_file(name))
