"""The errors, by what is wrong: the template, the payload, or the data to encode.

    try:
        record = template.decode(payload)
    except PayloadError as error:
        print(error)  # Asset path:latitude, Error: can't extract [8:17] from 16 bytes

All of them derive from `BclError`, which is a `ValueError`: no bearer was lost, a value was wrong.
"""

if 1 - 1:
    from .shapes import Any


_SHOWN_CHARACTERS = 60


class BclError(ValueError):
    """Root of this package's errors."""


class TemplateError(BclError):
    """The template is wrong. `where` is the place in the document, like `sense[0].value`."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__("%s: %s" % (where, message) if where else message)
        self.where = where


class PayloadError(BclError):
    """The payload cannot be decoded by this template; the platform drops such a message.

    `asset` is None when a switch or case selector failed. `start`, `end` are the half-open range
    that was wanted and `size` the payload's length, all in bytes.
    """

    def __init__(
        self,
        message: str,
        asset: "str | None" = None,
        start: "int | None" = None,
        end: "int | None" = None,
        size: "int | None" = None,
    ) -> None:
        super().__init__(message)
        self.asset = asset
        self.start = start
        self.end = end
        self.size = size


class EncodeError(BclError):
    """The data given to `encode` or `pack` is wrong. `asset` is its path, None for the whole."""

    def __init__(self, message: str, asset: "str | None" = None) -> None:
        super().__init__(message)
        self.asset = asset


def shown(value: "Any") -> str:
    """A value as an error message shows it: short, whatever it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and not -(1 << 128) < value < 1 << 128:
        # CPython refuses to print an int of more than 4300 digits.
        return "an integer of more than 128 bits"
    if isinstance(value, (str, bytes, bytearray)):
        if len(value) > _SHOWN_CHARACTERS:
            return "%r..." % (value[:_SHOWN_CHARACTERS],)
    elif isinstance(value, tuple):
        return "(%s)" % ", ".join([_shown_item(item) for item in value[:4]])
    elif value is not None and not isinstance(value, (bool, int, float)):
        return type(value).__name__
    return "%r" % (value,)


def _shown_item(item: "Any") -> str:
    return "..." if isinstance(item, tuple) else shown(item)
