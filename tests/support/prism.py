"""Prism, Stoplight's validating proxy, between a client and the API.

with prism(document, api.url, folder) as url:
    httpx.get(f"{url}/v1/products", ...)        # an answer of Prism's own says what is wrong
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "build/prism/node_modules/.bin/prism"
TIMEOUT_S = 30
_LISTENS = re.compile(r"Prism is listening on (http://\S+)")


@contextlib.contextmanager
def prism(document: dict[str, Any], upstream: str, folder: Path) -> Iterator[str]:
    """Its URL; violations of the document become errors."""
    if not PROGRAM.exists():
        pytest.skip("Prism is not installed; `make peers` installs it")
    file = folder / "document.json"
    file.write_text(json.dumps(document))
    command = [str(PROGRAM), "proxy", "--errors", "--port", "0", str(file), upstream]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if match := _LISTENS.search(line):
                yield match[1]
                return
        raise AssertionError("".join(told))
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


def verdict(answer: Any) -> str:
    """What Prism found wrong with a request or its answer; nothing when all is well."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return str(answer.text)
    return str(answer.headers.get("sl-violations", ""))
