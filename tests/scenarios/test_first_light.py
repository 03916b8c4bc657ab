"""`nce sim demo` as its user runs it: a real interpreter in its own process, in real time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NCE = Path(sys.executable).with_name("nce")


def demo(*options, timeout_s=280):
    """`(exit status, report or None, what it said)` of one run."""
    done = subprocess.run(
        [str(NCE), "sim", "demo", "--json", *options],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def check(report, *, stored_twice=0):
    assert report["fixes"] == report["acknowledged"] == report["equal"] == 114
    assert report["decoded"] == 114 + stored_twice
    assert report["stored_twice"] == stored_twice
    assert report["unexpected"] == []
    assert report["bytes_per_fix"] < report["json_bytes_per_fix"]


@pytest.mark.slow
def test_micropython_in_its_heap_loses_nothing_with_its_modem_killed_in_mid_fix():
    status, report, said = demo("--kill-modem-at", "50", "--kill-stage", "sent")
    assert status == 0, said
    # The acknowledgement of fix 50 was lost with the modem: it is stored twice, and that is said.
    check(report, stored_twice=1)
    assert report["heap_peak_bytes"] < report["heap_size_bytes"] < 256 * 1024
    print(f"heap peak {report['heap_peak_bytes']} of {report['heap_size_bytes']} bytes")


@pytest.mark.slow
def test_the_same_files_run_on_cpython():
    status, report, said = demo("--interpreter", "cpython", "--kill-modem-at", "50")
    assert status == 0, said
    check(report)


def test_a_firmware_that_cannot_start_ends_the_demo_with_its_last_words(tmp_path):
    status, report, said = demo("--source", str(tmp_path))
    assert (status, report) == (1, None)
    assert "gps_track.csv" in said


def test_a_heap_too_small_is_told_and_not_waited_for():
    status, report, said = demo("--heap-kib", "64")
    assert (status, report) == (1, None)
    assert "MemoryError" in said


def test_a_run_over_its_deadline_is_ended():
    status, report, said = demo("--deadline-s", "3", "--interpreter", "cpython")
    assert (status, report) == (1, None)
    assert "not finished after 3 s" in said


@pytest.mark.parametrize("options", [["--interpreter", "lua"], ["--kill-modem-at", "0"]])
def test_wrong_usage_is_status_2(options):
    status, _, said = demo(*options)
    assert status == 2
    assert options[0] in said
