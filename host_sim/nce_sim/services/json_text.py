"""JSON as 1NCE OS writes it: compact, keys in alphabetical order.

json_text({"b": 1, "a": 2})     # '{"a":2,"b":1}'
size_of(text)                   # bytes on the wire, where text is UTF-8 and not escaped
"""

from __future__ import annotations

import json

# ASCII only: a template may name an asset with half a surrogate pair, which no database accepts.
json_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def size_of(text: str) -> int:
    """How many bytes a JSON text of ours has as UTF-8."""
    if "\\u" not in text:
        return len(text)
    plain = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    return len(plain.encode(errors="surrogatepass"))
