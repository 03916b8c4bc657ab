"""The operations of the three doors, from the documents that the servers make of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from hub.markdown import code, plain, table
from nce_sim.api.app import management, portal
from nce_sim.api.control import control_app
from nce_sim.control.parameters import REQUIRED
from nce_sim.control.verbs import VERBS

_METHODS = ("get", "post", "put", "patch", "delete")


def management_page() -> str:
    """1NCE's Management API."""
    return _page(
        management(),
        "/management-api",
        "The operations of 1NCE's Management API, as the simulator has them. "
        "A running world shows the same at `/management-api/docs`.",
    )


def portal_page() -> str:
    """What 1NCE has in its portal alone."""
    return _page(
        portal(),
        "/portal-api",
        "What 1NCE offers in its portal alone. No document of 1NCE's describes these operations: "
        "their form is ours.",
    )


def control_page() -> str:
    """Control of the world."""
    return _page(
        control_app(),
        "/_sim",
        "How a program controls a running world. The verbs are on [their own page](verbs.md).",
    )


def verbs_page() -> str:
    """The verbs of control and their parameters."""
    parts = [
        "# Verbs of control",
        "What can be done to a running world: `POST /_sim/verbs/NAME` with the parameters as "
        "JSON. Most verbs are [commands of `nce sim`](command.md#nce-sim), too.",
    ]
    for name, verb in sorted(VERBS.items()):
        parts.append(f"## {name}\n\n{plain(verb.summary)}")
        rows = []
        for parameter, kind in verb.parameters.items():
            limits = ", ".join(
                f"{key} {value}"
                for key, value in vars(kind).items()
                if key != "default" and value is not None
            )
            default = "required" if kind.default is REQUIRED else code(kind.default)
            rows.append((code(parameter), type(kind).__name__.lower(), plain(limits), default))
        if rows:
            parts.append(table(("parameter", "type", "limits", "default"), rows))
    return "\n\n".join(parts) + "\n"


def _page(app: FastAPI, prefix: str, intro: str) -> str:
    document = app.openapi()
    schemas = document.get("components", {}).get("schemas", {})
    parts = [f"# {app.title}", intro]
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if method in operations:
                heading = f"{method.upper()} {prefix}{path}"
                parts.append(f"## {code(heading)}")
                parts += _operation(operations[method], schemas)
    return "\n\n".join(parts) + "\n"


def _operation(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield plain(operation.get("description") or operation.get("summary", ""))
    rows = [
        (code(one["name"]), one["in"], _type(one.get("schema", {})), _need(one.get("required")))
        for one in operation.get("parameters", ())
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(content.get("schema", {}), schemas)
        needed = schema.get("required", ())
        fields = schema.get("properties", {})
        rows += [
            (code(name), "body", _type(kind), _need(name in needed))
            for name, kind in fields.items()
        ]
        if not fields:
            rows.append(("", f"body, {plain(media)}", _type(content.get("schema", {})), ""))
    if rows:
        yield table(("parameter", "in", "type", ""), rows)
    answers = [
        (number, plain(answer.get("description", "")), _answer_type(answer))
        for number, answer in operation.get("responses", {}).items()
    ]
    yield table(("answer", "meaning", "body"), answers)


def _need(is_required: object) -> str:
    return "required" if is_required else ""


def _answer_type(answer: Mapping[str, Any]) -> str:
    kinds = {_type(one.get("schema", {})) for one in answer.get("content", {}).values()}
    return ", ".join(sorted(kinds - {""}))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        found: Mapping[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return code(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(code(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", ""))
