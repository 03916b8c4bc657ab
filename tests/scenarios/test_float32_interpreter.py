"""The portable tests on MicroPython 1.25 with 32-bit floats: the floor that boards stand on."""

import shutil
import subprocess

import pytest
from portable_runs import ROOT, run_portable

NEEDED = ("apt-get", "gcc", "make")


@pytest.mark.slow
def test_portable_tests_pass_where_floats_have_24_bits():
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"building this interpreter needs {', '.join(missing)}")
    folder = ROOT / "build" / "float32"
    subprocess.run(
        [str(ROOT / "tools/build_micropython_float32.sh"), str(folder)], check=True, timeout=600
    )
    interpreter = str(folder / "micropython")
    third = subprocess.run(
        [interpreter, "-c", "print(1/3)"], capture_output=True, text=True, check=True, timeout=10
    )
    assert third.stdout.strip() == "0.3333333", "this build has 64-bit floats"

    passed, failed, output = run_portable([interpreter])

    assert failed == 0, output
    assert passed > 0
    print(output.strip().splitlines()[-1])
