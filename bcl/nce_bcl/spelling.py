"""Keys that look like one of the language: "byteLength", "endian", "bytelenght".

meant("byteLength", ("byte", "bytelength"))  # "bytelength"
"""

if 1 - 1:
    from .shapes import Any, Sequence


# What other formats call it, without capitals, "_" and "-".
_SYNONYMS = {
    "datatype": "type",
    "decimal": "type",
    "end": "endbyte",
    "endian": "byteorder",
    "endianness": "byteorder",
    "format": "type",
    "kind": "type",
    "len": "bytelength",
    "length": "bytelength",
    "offset": "byte",
    "order": "byteorder",
    "position": "byte",
    "size": "bytelength",
    "start": "byte",
    "path": "asset",
    "cases": "on",
    "else": "default",
    "then": "do",
}

_MAX_CHARACTERS = 24


def meant(key: str, known: "Sequence[str]") -> "str | None":
    """The known key that `key` was likely meant to be, or None."""
    if not isinstance(key, str) or len(key) > _MAX_CHARACTERS:
        return None
    plain = key.lower().replace("_", "").replace("-", "").replace(" ", "")
    by_plain = {other.replace("_", ""): other for other in known}
    if plain in by_plain:
        return by_plain[plain]
    synonym = _SYNONYMS.get(plain)
    if synonym in known:
        return synonym
    for other in sorted(by_plain):
        if len(other) > 3 and _distance(plain, other) <= (1 if len(other) < 6 else 2):
            return by_plain[other]
    return None


def _distance(left: str, right: str) -> int:
    """Edits from one text to the other; a swap of neighbours counts once (optimal alignment)."""
    above: "list[Any]" = []
    row = list(range(len(right) + 1))
    for i in range(1, len(left) + 1):
        further, above = above, row
        row = [i]
        for j in range(1, len(right) + 1):
            is_other = left[i - 1] != right[j - 1]
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + is_other)
            if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
    return row[-1]
