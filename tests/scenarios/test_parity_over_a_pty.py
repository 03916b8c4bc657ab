"""What a tester with a modem on a serial port does, done to a simulated one in another process.

`--nce-target=serial:PATH` is the way to real modems: here PATH is the pty of `nce sim modem`.
"""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.driver_bench import FAMILIES

ROOT = Path(__file__).parents[2]
SUITE = ("tests/scenarios/test_driver_every_family.py", "tests/modem/test_sms_families.py")
LIMIT_S = 400
# Real modems boot for seconds, and so do these: many wait beside each other. Each test that fails
# at once takes a minute and a half.
AT_ONCE = 8
TESTS = 20
# What a family has not, and says so to another test: PSM, or a second socket.
SKIPPED = {"a7672": 1, "ec25": 1, "sim7600": 1, "nrf91-slm1": 1}


@contextmanager
def simulated_modem(family):
    """`nce sim modem` as a program of its own; what it says of itself."""
    nce = "import sys; from nce_cli import main; sys.exit(main())"
    command = [sys.executable, "-c", nce, "sim", "modem", "--family", family, "--pty", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield json.loads(program.stdout.readline())
        finally:
            program.terminate()


def run_suite(family):
    """The run of the whole suite by a pytest of its own."""
    with simulated_modem(family) as modem:
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITE),
                f"--nce-target=serial:{modem['pty']}",
                f"--nce-echo={modem['echo']}",
                "--nce-sms=+882285100",
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )


@pytest.mark.slow
def test_the_parity_suite_passes_on_a_modem_of_every_family_at_a_serial_device(figure):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip(FAMILIES, pool.map(run_suite, FAMILIES), strict=True))
    wrong = []
    for family, done in runs.items():
        summary = done.stdout.splitlines()[-1]
        figure(f"{family} on a pty: {summary}")
        found = re.match(r"(\d+) passed(?:, (\d+) skipped)?", summary)
        skips = SKIPPED.get(family, 0)
        expected = tuple(map(str, (TESTS - skips, skips)))
        if done.returncode or found is None or found.groups("0") != expected:
            wrong.append(f"{family}\n{done.stdout}")
    assert not wrong, "\n".join(wrong)


THEIRS = """
import pytest

from nce_modem import BG95, Modem


@pytest.mark.parity
async def test_a_datagram_comes_back(board, echo_address):
    modem = Modem(board, family=BG95)
    await modem.attach()
    port = await modem.open_datagram(echo_address.host, echo_address.port)
    await port.send(b"42")
    assert await port.receive(30_000) == b"42"
    await port.close()
    await modem.close()


@pytest.mark.parity
async def test_of_the_world(board, world):
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_real", [True, False])
def test_somebodys_parity_test_passes_on_a_serial_device_and_in_the_world(tmp_path, is_real):
    (tmp_path / "test_theirs.py").write_text(THEIRS)
    with simulated_modem("bg95") as modem:
        target = (f"--nce-target=serial:{modem['pty']}", f"--nce-echo={modem['echo']}")
        options = (
            "-p",
            "no:cacheprovider",
            "-p",
            "no:asyncio",
            "-rs",
            *(target if is_real else ()),
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *options],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert ("1 passed, 1 skipped" if is_real else "2 passed") in done.stdout
