"""docs/cloud.md, typed literally into one shell: what a newcomer to the API would see."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/cloud.md"
LIMIT_S = 120
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)


@pytest.mark.slow
def test_the_page_is_typed_into_a_shell(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; `make peers` installs it")
    script = "set -eu\n" + "".join(BLOCK.findall(PAGE.read_text()))
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    world = json.loads((tmp_path / "world.json").read_text().splitlines()[0])
    # The received event is a line of its own, among the answers.
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    token, details = answers[0], answers[1]
    assert token["token_type"] == "bearer"
    assert details["iccid"] == world["sims"][0]["iccid"]
    states = [answer["status"] for answer in answers if answer.get("status") in ("OFFLINE",)]
    assert states[-1:] == ["OFFLINE"], done.stdout
    (quota,) = [answer for answer in answers if "threshold_percentage" in answer]
    assert quota["volume"] == 500
    (line,) = (tmp_path / "received.jsonl").read_text().splitlines()
    event = json.loads(line)
    assert event["payload"] == {"type": "JSON", "value": {"level": 42}, "topic": "tank"}
    history = answers[-1]["items"]
    assert json.loads(history[0]["payload"]) == {"level": 42}
