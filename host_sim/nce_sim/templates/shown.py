"""Templates as people read them.

show_template(design.document)          # JSON with one line for each selector
"""

from __future__ import annotations

import json
from typing import Any


def show_template(document: dict[str, Any]) -> str:
    """A template as JSON for people: one line for each selector."""
    return _lines(document, 0) + "\n"


def _lines(node: Any, depth: int) -> str:
    flat = json.dumps(node, ensure_ascii=False)
    if not isinstance(node, (dict, list)) or len(flat) + 2 * depth <= 96:
        return flat
    pad = "  " * (depth + 1)
    if isinstance(node, list):
        inner = [pad + _lines(item, depth + 1) for item in node]
        return "[\n" + ",\n".join(inner) + "\n" + "  " * depth + "]"
    inner = [
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {_lines(value, depth + 1)}"
        for key, value in node.items()
    ]
    return "{\n" + ",\n".join(inner) + "\n" + "  " * depth + "}"
