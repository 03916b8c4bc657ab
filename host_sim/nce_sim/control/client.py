"""Sends a verb to a running world, from another process.

from nce_sim.control.place import find

path = find()                           # the only world running; see `place`
ask(path, "sms", {"sim": "1", "text": "hello"})
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from nce_sim.control.place import ControlError

PATIENCE_S = 10.0
MOST_BYTES = 1_048_576  # of an answer


def ask(
    path: Path, verb: str, arguments: dict[str, Any], *, patience_s: float = PATIENCE_S
) -> dict[str, Any]:
    """The result of a verb; ControlError when the world refuses, or does not answer in time."""
    deadline_s = time.monotonic() + patience_s
    request = json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.settimeout(patience_s)
            line.connect(str(path))
            line.sendall(request)
            answer = _read_line(line, deadline_s)
        except (TimeoutError, BlockingIOError) as error:
            raise ControlError(
                f"the world at {path} does not answer within {patience_s:.0f} s"
            ) from error
        except OSError as error:
            raise ControlError(f"no world answers at {path}: {error.strerror}") from error
    return _result(answer, path)


def _read_line(line: socket.socket, deadline_s: float) -> bytes:
    got = bytearray()
    while not got.endswith(b"\n"):
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        line.settimeout(left_s)
        some = line.recv(65_536)
        if not some:
            raise ControlError(
                "the world closed the connection without an answer; its own output says why"
            )
        got += some
        if len(got) > MOST_BYTES:
            raise ControlError(f"the answer has more than {MOST_BYTES} bytes; that is not a world")
    return bytes(got)


def _result(answer: bytes, path: Path) -> dict[str, Any]:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise ControlError(f"what answers at {path} is no world") from error
    result = said.get("result") if isinstance(said, dict) and said.get("ok") is True else None
    if isinstance(result, dict):
        return result
    if isinstance(said, dict) and isinstance(said.get("error"), str):
        raise ControlError(said["error"])
    raise ControlError(f"what answers at {path} is no world")
