"""The reasons why a database cannot be opened or written.

raise unavailable("world.db", error)      # from SQLAlchemy's error
"""

from __future__ import annotations

import errno

from sqlalchemy.exc import DBAPIError

# SQLite's primary result codes (https://sqlite.org/rescode.html): whether the fault may pass, its
# name, errno, and what to try.
_CODES: dict[int, tuple[bool, str, int, str]] = {
    5: (True, "locked by another program", errno.EBUSY, "close that program or let it commit"),
    6: (True, "locked by another statement", errno.EBUSY, "wait for it to end"),
    8: (False, "read-only", errno.EROFS, "make the file and its folder writable"),
    10: (False, "on a disk with an I/O error", errno.EIO, "check the disk"),
    11: (False, "damaged", errno.EIO, "move it away; a new one is made"),
    13: (False, "on a full disk", errno.ENOSPC, "free some space"),
    14: (
        False,
        "not there, or not readable",
        errno.ENOENT,
        "check that its folder exists and is writable",
    ),
    26: (False, "not an SQLite database", errno.EINVAL, "use another file"),
}
_OTHER = (False, "not usable", errno.EIO, "read what SQLite says")


class StorageError(OSError):
    """The database cannot be used; the message says why and what to try."""

    def __str__(self) -> str:
        return self.strerror or super().__str__()


class StorageUnavailable(StorageError):
    """The database did not accept a write; no part of it is stored.

    `reason` is a few words; `is_transient` means that trying again may help.
    """

    def __init__(self, number: int, message: str, reason: str, is_transient: bool) -> None:
        super().__init__(number, message)
        self.reason = reason
        self.is_transient = is_transient


def unavailable(name: str, error: DBAPIError) -> StorageUnavailable:
    """The StorageError for a database's error; its parameters may be secret and stay out."""
    code = getattr(error.orig, "sqlite_errorcode", 0)  # some errors come from the driver itself
    is_transient, reason, number, remedy = _CODES.get(code & 0xFF, _OTHER)
    message = f"the database {name} is {reason} ({error.orig}); {remedy}"
    return StorageUnavailable(number, message, reason, is_transient)
