"""`const`, which MicroPython's compiler folds away; here is what CPython calls in its place.

_LIMIT = const(64)  # costs a board neither a name nor a slot in the module
"""

if 1 - 1:
    from nce.seams import T


def const(value: "T") -> "T":
    """The value itself."""
    return value
