"""The reasons why a database cannot be opened or written.

raise unavailable("world.db", error)      # from SQLAlchemy's error

No message holds a password: `name` is without one, and neither database repeats it.
"""

from __future__ import annotations

import errno
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError


class Fault(NamedTuple):
    """One row: whether the fault may pass, its name, errno, and what to try."""

    is_transient: bool
    reason: str
    number: int
    remedy: str


# SQLite's primary result codes (https://sqlite.org/rescode.html).
_CODES: dict[int, Fault] = {
    5: Fault(
        True, "locked by another program", errno.EBUSY, "close that program or let it commit"
    ),
    6: Fault(True, "locked by another statement", errno.EBUSY, "wait for it to end"),
    8: Fault(False, "read-only", errno.EROFS, "make the file and its folder writable"),
    10: Fault(False, "on a disk with an I/O error", errno.EIO, "check the disk"),
    11: Fault(False, "damaged", errno.EIO, "move it away; a new one is made"),
    13: Fault(False, "on a full disk", errno.ENOSPC, "free some space"),
    14: Fault(
        False,
        "not there, or not readable",
        errno.ENOENT,
        "check that its folder exists and is writable",
    ),
    26: Fault(False, "not an SQLite database", errno.EINVAL, "use another file"),
}
_LOST = Fault(True, "not connected", errno.ENOTCONN, "check that the server runs")
_GRANT = "let its user connect, create tables, read and write (GRANT)"
# PostgreSQL's SQLSTATEs (its documentation, appendix A); two characters stand for a whole class.
_STATES: dict[str, Fault] = {
    "08": _LOST,
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": _LOST,
    "25P03": _LOST,
    "55P03": Fault(True, "locked by another program", errno.EBUSY, "let that program commit"),
    "57014": Fault(True, "too slow", errno.ETIMEDOUT, "check the load of its server"),
    "40": Fault(True, "in conflict with another program", errno.EBUSY, "let that program commit"),
    "53300": Fault(True, "out of connections", errno.EBUSY, "close some, or allow more"),
    "53100": Fault(False, "on a full disk", errno.ENOSPC, "free some space on its server"),
    "53200": Fault(False, "out of memory", errno.ENOMEM, "give its server more"),
    "58": Fault(False, "on a disk with an I/O error", errno.EIO, "check its server's disk"),
    "XX": Fault(False, "damaged", errno.EIO, "check its server's log"),
    "25006": Fault(False, "read-only", errno.EROFS, "use the primary server, not a standby"),
    "28": Fault(False, "not open to this user", errno.EACCES, "check the URL's user and password"),
    "3D000": Fault(False, "not there", errno.ENOENT, "make it first, as with `createdb`"),
    "42501": Fault(False, "not open to this user", errno.EACCES, _GRANT),
}
# libpq gives no SQLSTATE when a connection fails, only the server's text, which the message
# repeats. It chooses the remedy, and nothing else.
_NO_CONNECTION = "not reachable"
_CONNECTING = (
    ("password", _STATES["28"]),
    ("pg_hba.conf", _STATES["28"]),
    ("role", _STATES["28"]),
    ("database", _STATES["3D000"]),
)
_CHECK = "check that its server runs, and the host, the port and the names in the URL"
_OTHER = Fault(False, "not usable", errno.EIO, "read what the database says")


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
    return failed(name, _fault(error), " ".join(str(error.orig).split()))


def failed(name: str, fault: Fault, said: str = "") -> StorageUnavailable:
    """The StorageError for a fault; `said` are the database's own words."""
    shown = f" ({said})" if said else ""
    message = f"the database {name} is {fault.reason}{shown}; {fault.remedy}"
    return StorageUnavailable(fault.number, message, fault.reason, fault.is_transient)


def not_reachable(name: str, error: DBAPIError) -> StorageUnavailable:
    """The StorageError for a connection that a server refused, or that found none."""
    said = " ".join(str(error.orig).split())
    remedy = next((fault.remedy for word, fault in _CONNECTING if word in said), _CHECK)
    return failed(name, Fault(True, _NO_CONNECTION, errno.ECONNREFUSED, remedy), said)


def _fault(error: DBAPIError) -> Fault:
    if error.connection_invalidated:
        return _LOST
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _STATES.get(state) or _STATES.get(state[:2], _OTHER)
    code = getattr(error.orig, "sqlite_errorcode", 0)  # some errors come from the driver itself
    return _CODES.get(code & 0xFF, _OTHER)
