"""Lint for a template whose messages 1NCE's C SDK builds by `os_energy_save`.

That function knows no template: it writes one selector byte, then the fields one after the other,
numbers in the processor's order, which is little-endian on every target. What it refuses:

check_sender(steps, outline, findings)    # one route
"""

from .plan import Constant, Field

if 1 - 1:
    from .findings import Findings
    from .outline import Outline
    from .plan import Selector
    from .shapes import Any, Steps


_MAX_TEXT = 50  # bytes of the SDK's union


def check_sender(steps: "Steps", outline: "Outline", findings: "Findings") -> None:
    """Adds findings on the statements of one route."""
    for statement, _ in steps:
        is_field = isinstance(statement, Field)
        source = statement.source if is_field else statement.selector
        if isinstance(source, Constant):
            continue
        place = outline.place(statement) + (".value" if is_field else ".switch")
        for rule, is_broken, message in _RULES:
            if is_broken(source):
                findings.add(rule, place, message % _figures(source))


def _figures(source: "Selector") -> "dict[str, Any]":
    return {"kind": source.kind, "length": source.length or "n", "byte": source.byte or 0}


def _covers_selector(source: "Selector") -> bool:
    # The selector may be read as the one byte it is, and a dump of all bytes holds it.
    return source.byte == 0 and source.length not in (1, None)


def _is_big_endian(source: "Selector") -> bool:
    is_number = source.kind in ("int", "uint", "float")
    return is_number and source.length != 1 and source.byteorder == "big"


def _is_wide_integer(source: "Selector") -> bool:
    return source.kind in ("int", "uint") and source.length != 1


def _is_double(source: "Selector") -> bool:
    return source.kind == "float" and source.length == 8


def _is_long_text(source: "Selector") -> bool:
    return source.kind in ("string", "hex") and (source.length or 0) > _MAX_TEXT


_RULES = (
    (
        "c-sdk-selector",
        _covers_selector,
        "a %(kind)s of %(length)s bytes from byte 0, where the C SDK puts its selector; fields "
        "begin at byte 1",
    ),
    (
        "c-sdk-byteorder",
        _is_big_endian,
        "a big-endian %(kind)s of %(length)s bytes; the C SDK sends it little-endian: write "
        '"byteorder": "little"',
    ),
    (
        "c-sdk-integer",
        _is_wide_integer,
        "the C SDK refuses every integer beyond one char, whatever its length (%(length)s): send "
        "the raw bytes as E_STRING, or use nce_bcl.pack",
    ),
    (
        "c-sdk-double",
        _is_double,
        "the C SDK has no double, and E_FLOAT fills 4 of 8 bytes: send the raw bytes as E_STRING, "
        "or use nce_bcl.pack",
    ),
    (
        "c-sdk-text",
        _is_long_text,
        "%(length)s bytes of %(kind)s; the C SDK takes 50: split it",
    ),
)
