"""The portable tests on the MicroPython of this environment, file by file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from portable_runs import ROOT, run_portable

MICROPYTHON = Path(sys.executable).with_name("micropython")
FILES = sorted(path.name for path in (ROOT / "tests/portable").glob("test_*.py"))


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
@pytest.mark.parametrize("name", FILES)
def test_a_portable_file_passes_on_micropython(name: str) -> None:
    passed, failed, output = run_portable([str(MICROPYTHON)], name)
    assert failed == 0, output
    tests = (ROOT / "tests/portable" / name).read_text().count("\ndef test_")
    assert passed == tests
