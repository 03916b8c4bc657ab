"""Expressions for single values in a generated encode(): do they fit, and what are their bytes.

misfit("speed", selector)            # "speed + 32768 >> 16": 0 where the value fits
bytes_of(field, "speed", needs)      # '_integer_bytes(speed, "int", 2, "big", "speed")'
"""

from .compile_text import literal

if 1 - 1:
    from .plan import Field, Selector


def misfit(name: str, source: "Selector") -> str:
    """An expression that is 0 where the integer fits: no big integers, no branches."""
    bits = source.length * 8
    if source.kind == "uint":
        return "%s >> %d" % (name, bits)
    if bits <= 16:
        return "%s + %d >> %d" % (name, 1 << bits - 1, bits)
    return "(%s >> %d) + 1 >> 1" % (name, bits - 1)


def plain_bytes(source: "Selector", name: str) -> str:
    """An expression for the bytes of usual text; it may raise, and doubts_of() must be asked."""
    return "%s.encode()" % name if source.kind == "string" else "bytes.fromhex(%s)" % name


def doubts_of(source: "Selector", name: str, raw: str) -> "list[str]":
    """Conditions under which the plain bytes `raw` of a text are not to be trusted."""
    if source.kind == "hex":  # fromhex() lets spaces pass
        if source.length is None:
            return ["_len(%s) != 2 * _len(%s)" % (name, raw)]
        return [
            "_len(%s) != %d" % (name, 2 * source.length),
            "_len(%s) != %d" % (raw, source.length),
        ]
    doubts = ["_len(%s) != _len(%s)" % (name, raw)]  # not ASCII
    if source.length is not None:
        doubts.append("_len(%s) > %d" % (raw, source.length))
    return doubts


def row(field: "Field", name: str) -> str:
    return "(%s, %s, %s, %d)" % (
        literal(field.asset),
        name,
        literal(field.source.kind),
        field.source.length,
    )


def bytes_of(field: "Field", name: str, needs: "set[str]") -> str:
    """An expression for the checked bytes of one value."""
    return selector_bytes(field.source, name, field.asset, needs)


def selector_bytes(source: "Selector", name: str, asset: str, needs: "set[str]") -> str:
    """The same for a selector by itself; errors name `asset`."""
    part = {"string": "_utf8", "hex": "_hex", "float": "_float_bytes"}.get(source.kind)
    if part in ("_utf8", "_hex"):
        arguments = [name, literal(source.length), literal(asset)]
    elif part is not None:
        arguments = [name, literal(source.length), literal(source.byteorder), literal(asset)]
    else:
        part = "_integer_bytes"
        arguments = [
            name,
            literal(source.kind),
            literal(source.length),
            literal(source.byteorder),
            literal(asset),
        ]
    needs.add(part)
    return "%s(%s)" % (part, ", ".join(arguments))
