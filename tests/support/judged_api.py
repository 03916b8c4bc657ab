"""The API as a program of its own, met by judges as a user meets it: URL and token.

with judged_api() as api:
    api.url, api.token, api.known["iccid"]
    api.run_rows()                      # every operation once: `known` has all ids, `answers` all
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from support.every_operation import ROWS, Row

SERVER = Path(__file__).with_name("api_server.py")
TIMEOUT_S = 60


class JudgedApi:
    """A running server, a token of its first credentials, and what is there."""

    def __init__(self, description: dict[str, Any], process: subprocess.Popen[str]) -> None:
        self.url: str = description["url"]
        self.known: dict[str, Any] = description["known"]
        self.process = process
        self.credentials = (description["client_id"], description["client_secret"])
        answer = httpx.post(
            f"{self.url}/oauth/token",
            auth=self.credentials,
            json={"grant_type": "client_credentials"},
            trust_env=False,
        )
        self.basic = answer.request.headers["Authorization"]
        self.token: str = answer.json()["access_token"]

    def run_rows(
        self, base: str | None = None, rows: tuple[Row, ...] = ROWS
    ) -> list[tuple[Row, httpx.Response]]:
        """Send each row, to the server itself or to what stands before it; the answers."""
        answers = []
        with httpx.Client(base_url=base or self.url, trust_env=False, timeout=TIMEOUT_S) as http:
            for row in rows:
                operation, request = row.operation, row.request(self.known)
                if row.name == "token.get":
                    request["auth"] = self.credentials
                else:
                    request["headers"] = {"Authorization": f"Bearer {self.token}"}
                answer = http.request(operation.method, **request)
                answers.append((row, answer))
                if answer.is_success:
                    row.keep(answer, self.known)
        return answers


@contextlib.contextmanager
def judged_api() -> Iterator[JudgedApi]:
    """A server that runs, and ends with its standard input."""
    environment = {**os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(SERVER.parents[1]), environment.get("PYTHONPATH", "")]
    )
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if line:
                yield JudgedApi(json.loads(line), process)
            process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
            process.communicate(timeout=TIMEOUT_S)
        errors.seek(0)
        told = errors.read()
        assert line, told
        assert process.returncode == 0, told
        assert "Traceback" not in told, told
