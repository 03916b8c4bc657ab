"""Why a database cannot be opened, or cannot take what it is given.

raise unavailable("world.db", error)      # from SQLAlchemy's error
"""

from __future__ import annotations

import errno

from sqlalchemy.exc import DBAPIError

# SQLite's primary result codes (https://sqlite.org/rescode.html): whether it passes by itself,
# what it is called, errno, and what to try.
_CODES: dict[int, tuple[bool, str, int, str]] = {
    5: (True, "locked by another program", errno.EBUSY, "close that program or let it commit"),
    6: (True, "locked by another statement", errno.EBUSY, "let it end"),
    8: (False, "read-only", errno.EROFS, "make the file and its folder writable"),
    10: (False, "on a disk with an I/O error", errno.EIO, "look at the disk"),
    11: (False, "damaged", errno.EIO, "move it away; a new one is made"),
    13: (False, "on a full disk", errno.ENOSPC, "make room"),
    14: (
        False,
        "not to be opened",
        errno.ENOENT,
        "see that its folder is there and may be written to",
    ),
    26: (False, "no SQLite database", errno.EINVAL, "name another file"),
}
_OTHER = (False, "not usable", errno.EIO, "read what SQLite says")


class StorageError(OSError):
    """The database cannot be used; the message says why and what to try."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()


class StorageUnavailable(StorageError):
    """The database did not take a write; nothing of it is kept.

    `reason` is a few words; `is_transient` says that trying again may help.
    """

    def __init__(self, number: int, message: str, reason: str, is_transient: bool) -> None:
        super().__init__(number, message)
        self.reason = reason
        self.is_transient = is_transient


def unavailable(name: str, error: DBAPIError) -> StorageUnavailable:
    """What a database's error means; its parameters, which may be secret, stay out."""
    code = getattr(error.orig, "sqlite_errorcode", 0)  # some errors are the driver's own
    is_transient, reason, number, remedy = _CODES.get(code & 0xFF, _OTHER)
    message = f"the database {name} is {reason} ({error.orig}); {remedy}"
    return StorageUnavailable(number, message, reason, is_transient)
