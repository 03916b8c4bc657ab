"""The portable tests on MicroPython 1.25 with 32-bit floats: the floor that boards stand on."""

import subprocess

import pytest
from built_program import built_program
from portable_runs import run_portable


@pytest.mark.slow
def test_portable_tests_pass_where_floats_have_24_bits():
    interpreter = built_program("tools/build_micropython_float32.sh build/float32", "micropython")
    third = subprocess.run(
        [interpreter, "-c", "print(1/3)"], capture_output=True, text=True, check=True, timeout=10
    )
    assert third.stdout.strip() == "0.3333333", "this build has 64-bit floats"

    passed, failed, output = run_portable([interpreter])

    assert failed == 0, output
    assert passed > 0
    print(output.strip().splitlines()[-1])
