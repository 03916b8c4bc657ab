"""A call becomes a request: address, query and body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from nce_api.calls import Value
from nce_api.errors import NotSendable
from nce_api.operations import Operation


@dataclass(frozen=True)
class Request:
    """What is sent; the driver adds the address that all calls begin with."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@cache
def adapter(operation: Operation, status: int | None = None) -> TypeAdapter[Any]:
    """Reads and writes the body of an operation, or of its answer with this status."""
    return TypeAdapter(operation.body if status is None else operation.answers[status])


def build(
    operation: Operation, path: tuple[str | int, ...], body: object, query: Mapping[str, Value]
) -> Request:
    """The request of one call; a value that cannot be part of an address is NotSendable."""
    names = operation.path_parameters
    if len(path) != len(names):
        raise ValueError("%s takes %s, not %d values" % (operation.name, names, len(path)))
    address = operation.path
    for name, value in zip(names, path, strict=True):
        address = address.replace("{%s}" % name, _segment(operation, name, value))
    texts = {name: _text(value) for name, value in query.items() if value is not None}
    if operation.body is None:
        return Request(operation.method, address, texts)
    # Only what was given is sent: a default of the document's would be a change nobody asked for.
    data = adapter(operation).dump_json(
        adapter(operation).validate_python(body), exclude_unset=True, by_alias=True
    )
    return Request(operation.method, address, texts, data, {"Content-Type": "application/json"})


def _segment(operation: Operation, name: str, value: str | int) -> str:
    text = str(value)
    # An empty part, or one of dots, would lead to another operation.
    if not text.strip("."):
        raise NotSendable("%s: %s is %r, which names nothing" % (operation.name, name, text))
    return quote(text, safe="")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(value)
    return str(value)
