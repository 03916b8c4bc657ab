"""Example records, one JSON object per line, as asset -> value.

for record in read_samples(text):
    record["gps.lat"]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeGuard

Scalar = bool | int | float | str
Record = dict[str, Scalar]

_MOST_RECORDS = 100_000


class SampleError(ValueError):
    """A line that is no record, or a value that no template can carry."""


def read_samples(text: str) -> list[Record]:
    """The records of JSON lines (or of one JSON list); SampleError names the line."""
    records = []
    for number, document in _documents(text):
        if not isinstance(document, dict):
            raise SampleError(f"line {number}: a record is a JSON object, not {document!r:.60}")
        records.append(dict(_flat(document, "", number)))
        if len(records) > _MOST_RECORDS:
            raise SampleError(f"over {_MOST_RECORDS} records")
    if not records:
        raise SampleError("there are no records; write one JSON object on each line")
    return records


def nested(record: Record) -> dict[str, object]:
    """The record with an object per name before a dot."""
    result: dict[str, object] = {}
    for asset, value in record.items():
        *outer, last = asset.split(".")
        node = result
        for key in outer:
            inner = node.setdefault(key, {})
            if not isinstance(inner, dict):
                raise SampleError(f"{asset}: {key} is a value in the same record")
            node = inner
        node[last] = value
    return result


def _documents(text: str) -> Iterator[tuple[int, object]]:
    if text.lstrip().startswith("["):
        try:
            documents = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SampleError(f"not JSON: {error}") from error
        yield from enumerate(documents, 1)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SampleError(f"line {number}: not JSON: {error}") from error


def _flat(node: dict[str, object], prefix: str, number: int) -> Iterator[tuple[str, Scalar]]:
    for key, value in node.items():
        asset = prefix + key
        if "" in asset.split("."):
            raise SampleError(f"line {number}: an empty name in {asset!r}")
        if isinstance(value, dict):
            if asset.count(".") > 30:
                raise SampleError(f"line {number}: {asset!r:.60} is nested too deeply")
            yield from _flat(value, asset + ".", number)
        elif isinstance(value, (bool, int, str)) or _is_finite(value):
            yield asset, value
        elif value is None:
            raise SampleError(f"line {number}: {asset} is null; leave it out of the record")
        else:
            raise SampleError(f"line {number}: {asset} is {value!r:.60}, BCL has no such value")


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, float) and value - value == 0
