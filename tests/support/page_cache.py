"""A disk behind a page cache: what was not synced may be lost, in any order (POSIX, fsync).

    disk = PageCache()
    disk.stand_in(monkeypatch)   # beneath `nce.durable` and `nce.folder`
    disk.cut_at = 17             # the power goes before operation 17
    disk = disk.after_power_loss(rng)

Contents are durable by fsync of the file, names (made or removed) by fsync of the folder. Of what
was not synced each page and each name may have reached the disk or not, by the throws of `rng`; a
page that a file grew by and that was not written holds zeros, or what another file left there.
`fault`, called with the name of each operation before it is done ("write") and after a sync took
effect ("synced"), may raise the error that the operation is to meet.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from types import SimpleNamespace

import nce.durable
import nce.folder
from memory_stores import PowerCutError

PAGE = 16  # bytes: small, so that a record has many
ENOSPC = 28


class _Inode:
    def __init__(self) -> None:
        self.cached = b""
        self.synced = b""


class _File:
    def __init__(self, disk: PageCache, inode: _Inode) -> None:
        self._disk = disk
        self._inode = inode
        self._buffered = b""
        self._at = 0

    def __enter__(self) -> _File:
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        if kind is None:
            self.flush()

    def fileno(self) -> _Inode:
        return self._inode

    def seek(self, offset: int) -> None:
        self._at = offset

    def read(self, size: int = -1) -> bytes:
        data = self._inode.cached[self._at :]
        data = data if size < 0 else data[:size]
        self._at += len(data)
        return data

    def write(self, data: bytes) -> int:
        self._buffered += data
        return len(data)

    def flush(self) -> None:
        data, self._buffered = self._buffered, b""
        if not data:
            return
        self._disk.step("write")
        room = self._disk.room()
        self._inode.cached += data[:room]
        if room < len(data):
            raise OSError(ENOSPC, "no space left on the device")


class PageCache:
    """The disk; `operations` counts what may be cut, `size` bounds the bytes of all files."""

    def __init__(self, size: int = 1 << 30) -> None:
        self.operations = 0
        self.cut_at: int | None = None
        self.fault: Callable[[str], None] | None = None
        self.size = size
        self._cached: dict[str, _Inode] = {}
        self._synced: dict[str, _Inode] = {}
        self._folders: set[str] = set()
        self._garbage = b""

    def stand_in(self, monkeypatch) -> PageCache:
        functions = SimpleNamespace(
            O_RDONLY=os.O_RDONLY,
            open=self._open_folder,
            close=lambda _descriptor: None,
            fsync=self._fsync,
            stat=self._inode_of,
            mkdir=self._mkdir,
            listdir=self._listdir,
            remove=self._remove,
        )
        monkeypatch.setattr(nce.durable, "os", functions)
        monkeypatch.setattr(nce.folder, "os", functions)
        monkeypatch.setattr(nce.durable, "open", self._open, raising=False)
        return self

    def step(self, operation: str) -> None:
        self.operations += 1
        if self.operations - 1 == self.cut_at:
            raise PowerCutError
        if self.fault is not None:
            self.fault(operation)

    def room(self) -> int:
        return max(0, self.size - sum(len(inode.cached) for inode in self._cached.values()))

    def after_power_loss(self, rng: Random) -> PageCache:
        """The disk as it may be found; everything on it is synced."""
        found = type(self)(self.size)
        found._folders = set(self._folders)
        found._garbage = rng.choice((b"", b"".join(i.cached for i in self._cached.values())))
        for name in sorted({*self._cached, *self._synced}):
            inodes = [names[name] for names in (self._cached, self._synced) if name in names]
            is_settled = self._cached.get(name) is self._synced.get(name)
            if not is_settled and (len(inodes) < 2 and rng.random() < 0.5):
                continue  # made or removed, but not for good
            inode = _Inode()
            inode.cached = inode.synced = self._content(rng, rng.choice(inodes))
            found._cached[name] = found._synced[name] = inode
        return found

    def _content(self, rng: Random, inode: _Inode) -> bytes:
        old, new = inode.synced, inode.cached
        if old == new or rng.random() < 0.2:
            return old
        size = rng.choice((len(new), rng.randint(min(len(old), len(new)), len(new))))
        pages = []
        for at in range(0, size, PAGE):
            garbage = (self._garbage + bytes(size))[at : at + PAGE]
            written = new[at : at + PAGE]
            kept = old[at : at + PAGE]
            page = kept if kept == written else rng.choice((written, kept or garbage))
            pages.append((page + garbage[len(page) :])[: max(len(written), len(page))])
        return b"".join(pages)[:size]

    def _open(self, path: str, mode: str) -> _File:
        if mode == "rb":
            return _File(self, self._inode_of(path))
        if path not in self._cached:
            self.step("make")
            self._cached[path] = _Inode()
        elif mode == "wb":
            self.step("truncate")
            self._cached[path].cached = b""
        return _File(self, self._cached[path])

    def _inode_of(self, path: str) -> _Inode:
        if path not in self._cached and path not in self._folders:
            raise FileNotFoundError(2, path)
        return self._cached.get(path)  # type: ignore[return-value]

    def _open_folder(self, path: str, _flags: int) -> str:
        assert path in self._folders or path in (".", "/")
        return path

    def _fsync(self, what: _Inode | str) -> None:
        self.step("sync")
        self._sync(what)
        if self.fault is not None:
            self.fault("synced")

    def _sync(self, what: _Inode | str) -> None:
        if isinstance(what, _Inode):
            what.synced = what.cached
            return
        prefix = "" if what == "." else what.rstrip("/") + "/"
        for names, others in ((self._cached, self._synced), (self._synced, self._cached)):
            for name in list(names):
                if name.startswith(prefix) and "/" not in name[len(prefix) :]:
                    if name in self._cached:
                        self._synced[name] = self._cached[name]
                    elif name not in others:
                        del names[name]

    def _mkdir(self, path: str) -> None:
        if path in self._folders:
            raise FileExistsError(path)
        self._folders.add(path)

    def _listdir(self, path: str) -> list[str]:
        return [name[len(path) + 1 :] for name in self._cached if name.startswith(path + "/")]

    def _remove(self, path: str) -> None:
        self.step("remove")
        del self._cached[path]
