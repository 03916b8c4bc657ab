"""Schemathesis over one of 1NCE's documents, as its command line runs it.

    done = run(api, "1nce-os", folder)
    done.returncode, done.stdout

The only exceptions are those of `nce_api.documents.faults`. Half of the ids that it sends are of
things that are there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from nce_api.documents.faults import RULES, judged
from nce_api.operations import OPERATIONS
from support.judged_api import JudgedApi

EXAMPLES = 4
SEED = 1
TIMEOUT_S = 300
PROGRAM = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()")

# What a schema-valid request may be answered with: the thing is not there, or in another state.
STATE = ["2xx", "404", "409"]
BY_RULE = ["400", "422"]
# They want 401 without credentials, where 1NCE documents 400 (`faults`).
WANT_401 = "missing_required_header,ignored_auth"
TOKENS = "authorization"


def run(api: JudgedApi, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Judge every operation of a document, with all checks."""
    document, config = folder / f"{name}.json", folder / f"{name}.toml"
    document.write_text(json.dumps(judged(name)))
    config.write_text(_config(api, name))
    command = [*PROGRAM, "--config-file", str(config), "run", str(document), "--url", api.url]
    command += ["--checks", "all", "--phases", "examples,coverage,fuzzing"]
    command += ["-n", str(EXAMPLES), "--seed", str(SEED), "--max-failures", "200"]
    if name == TOKENS:
        command += ["--exclude-checks", WANT_401]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd=folder
    )


def _config(api: JudgedApi, name: str) -> str:
    # The token's operation takes the credentials themselves, the others the token.
    authorization = api.basic if name == TOKENS else f"Bearer {api.token}"
    lines = [
        "color = false",
        "[headers]",
        f"Authorization = {json.dumps(authorization)}",
        "[checks.positive_data_acceptance]",
        f"expected-statuses = {json.dumps(STATE)}",
    ]
    parameters = sorted(
        {parameter for one in OPERATIONS for parameter in one.path_parameters} & set(api.known)
    )
    for parameter in parameters:
        lines += [f"[dictionaries.{parameter}]", f"values = {json.dumps([api.known[parameter]])}"]
    lines.append("[parameters]")
    lines += [
        f'"path.{parameter}" = {{ dictionary = "{parameter}", probability = 0.5 }}'
        for parameter in parameters
    ]
    for one in OPERATIONS:
        if one.document == name and one.name in RULES:
            lines += [
                "[[operations]]",
                f"include-name = {json.dumps(f'{one.method} {one.path}')}",
                "[operations.checks.positive_data_acceptance]",
                f"expected-statuses = {json.dumps(STATE + BY_RULE)}",
            ]
    return "\n".join(lines) + "\n"


def cases_of(done: subprocess.CompletedProcess[str]) -> int:
    """How many requests it made up."""
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None, done.stdout
    return int(found[1])
