"""Stores whose failure is reported, once: a full flash stops nothing, but you should know.

    store = watched(Slots("session"), "session", on_event)
    store.keep(data)  # or an event StoreFailed("session", error)

It is told again only after the store has worked in between.
"""

from collections import namedtuple

if 1 - 1:
    from nce.seams import NamedTuple, Store, Tell

    # what: "session", "credentials", "outbox" or "mids"; error: the `OSError` of the file system.
    class StoreFailed(NamedTuple):
        what: str
        error: "OSError"

else:
    StoreFailed = namedtuple("StoreFailed", ("what", "error"))  # type: ignore[no-redef]


def watched(store: "Store | None", what: str, tell: "Tell") -> "_Watched | None":
    """A store with `load()`, `save(data)` and `keep(data)` over another one; None over None."""
    return None if store is None else _Watched(store, what, tell)


class _Watched:
    def __init__(self, store: "Store", what: str, tell: "Tell") -> None:
        self._store = store
        self._what = what
        self._tell = tell
        self._is_told = False

    def load(self) -> "bytes | None":
        """The bytes saved last; None when there are none, or when they cannot be read."""
        try:
            return self._store.load()
        except OSError as error:
            self._failed(error)
            return None

    def save(self, data: bytes) -> None:
        """Keep `data`; tells and raises the `OSError` of the store."""
        try:
            self._store.save(data)
        except OSError as error:
            self._failed(error)
            raise
        self._is_told = False

    def keep(self, data: bytes) -> None:
        """Keep `data` if that can be; tells what prevents it."""
        try:
            self.save(data)
        except OSError:
            pass  # told

    def _failed(self, error: "OSError") -> None:
        if not self._is_told:
            self._is_told = True
            self._tell(StoreFailed(self._what, error))
