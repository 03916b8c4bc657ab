"""The portable tests on MicroPython, file by file: the one of this environment, and the floor.

The floor that boards stand on is MicroPython 1.25 with 32-bit floats, built from its source.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.built_program import built_program
from support.portable_runs import ROOT, run_portable

MICROPYTHON = Path(sys.executable).with_name("micropython")
FILES = sorted(path.name for path in (ROOT / "tests/portable").glob("test_*.py"))


def passes(interpreter: str, name: str) -> None:
    passed, failed, output = run_portable([interpreter], name)
    assert failed == 0, output
    assert passed == (ROOT / "tests/portable" / name).read_text().count("\ndef test_")


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
@pytest.mark.parametrize("name", FILES)
def test_a_portable_file_passes(name: str) -> None:
    passes(str(MICROPYTHON), name)


@pytest.fixture(scope="module")
def with_32_bit_floats() -> str:
    """MicroPython 1.25 with 32-bit floats."""
    interpreter = built_program("tools/build_micropython_float32.sh build/float32", "micropython")
    third = subprocess.run(
        [interpreter, "-c", "print(1/3)"], capture_output=True, text=True, check=True, timeout=10
    )
    assert third.stdout.strip() == "0.3333333", "this build has 64-bit floats"
    return interpreter


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_portable_file_passes_where_floats_have_24_bits(
    name: str, with_32_bit_floats: str
) -> None:
    passes(with_32_bit_floats, name)
