"""Modem families: a row of values and a few hooks each. A family's module is loaded on demand."""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


def load(room: str, name: str) -> "Any":
    """What is called `name` in the module `room`: a family, or its hooks for streams."""
    return getattr(__import__("nce_modem.families." + room, None, None, (name,)), name)
