"""Reads the input of `nce bcl`: templates, payloads and records, from files or stdin.

Input that cannot be read ends the command with exit status 2 and a message.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import Any

from nce_cli.messages import refuse

# No template (64 kB) and no payload (64 kB, twice that as hex) is larger.
MAX_INPUT_BYTES = 1 << 20


def read_text(name: str) -> str:
    """The text of a file, of stdin for `-`."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        refuse(f"{name}: {error.strerror or error}")
    if len(data) > MAX_INPUT_BYTES:
        refuse(f"{name}: over {MAX_INPUT_BYTES} bytes; no template and no payload is so large")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(f"{name}: not UTF-8 text ({error.reason} at byte {error.start})")


def only_one_from_stdin(*names: str) -> None:
    """Two arguments cannot both be `-`."""
    if names.count("-") > 1:
        refuse("only one of the arguments can be - (stdin)")


def payload_bytes(argument: str, is_base64: bool) -> bytes:
    """Bytes of hexadecimal text, spaces, colons and 0x allowed, or of base64; `-` is stdin."""
    text = read_text("-") if argument == "-" else argument
    if is_base64:
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            refuse(f"not base64: {error}")
    digits = "".join(text.split()).replace(":", "").removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        hint = "; for base64 add --base64" if digits and not digits.isalnum() else ""
        refuse(f"not hexadecimal (two digits for each byte): {text.strip()[:60]!r}{hint}")


def record_of(argument: str) -> dict[str, Any]:
    """The record to encode: a JSON object; `-` is stdin."""
    text = read_text("-") if argument == "-" else argument
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        refuse(f"the record is not JSON: {error}")
    if not isinstance(record, dict):
        refuse(f"a record is a JSON object, not {text.strip()[:60]}")
    return record


def case_of(argument: str) -> Any:
    """A switch value from the command line: JSON if it is JSON, else text."""
    try:
        value = json.loads(argument)
    except (ValueError, RecursionError):
        return argument
    return value if isinstance(value, (str, int, float, bool)) else argument
