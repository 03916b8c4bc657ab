"""The flash of a board that is updated: a page cache with folders, and what a life does with it.

disk = UpdateDisk().stand_in(monkeypatch)
boot()                       # the name of the application that was chosen
life(IMAGE)                  # takes the update, or confirms it
"""

from __future__ import annotations

import hashlib
import sys
from types import SimpleNamespace

import app_folder
import application
import update
from support.page_cache import PageCache
from update import Update

CHUNK = 64
ROOM = (1 << 20, 512)


class UpdateDisk(PageCache):
    """As PageCache, with folders in folders."""

    def stand_in(self, monkeypatch):
        super().stand_in(monkeypatch)
        functions = SimpleNamespace(
            getcwd=lambda: "/",
            stat=self._inode_of,
            listdir=self._listdir,
            rmdir=self._rmdir,
            fsync=self._fsync,
        )
        for module in (application, app_folder):
            monkeypatch.setattr(module, "os", functions)
        for module in (application, app_folder, update):
            monkeypatch.setattr(module, "open", self._open, raising=False)
        monkeypatch.setattr(application, "chosen", "")
        return self

    def files_of(self, name):
        """Path -> bytes of an application's folder."""
        top = application.folder_of(name) + "/"
        return {
            path[len(top) :]: inode.cached
            for path, inode in self._cached.items()
            if path.startswith(top)
        }

    def paths(self):
        return sorted(self._cached)

    def flip(self, path, at, mask=0xFF):
        """Change a byte; it is changed on the medium as well."""
        inode = self._cached[path]
        held = bytearray(inode.cached)
        held[at] ^= mask
        inode.cached = inode.synced = bytes(held)

    def bytes_of(self, path):
        return self._cached[path].cached

    def _listdir(self, path):
        if path not in self._folders:
            raise NotADirectoryError(20, path)
        top = path.rstrip("/") + "/"
        inside = [one[len(top) :] for one in (*self._cached, *self._folders)]
        starts = [one.startswith(top) for one in (*self._cached, *self._folders)]
        return sorted({n.split("/")[0] for n, is_in in zip(inside, starts, strict=True) if is_in})

    def _rmdir(self, path):
        if self._listdir(path):
            raise OSError(39, path)
        self.step("rmdir")
        self._folders.discard(path)

    def _remove(self, path):
        if path not in self._cached:
            raise FileNotFoundError(2, path)
        super()._remove(path)


def boot():
    """A board starts: the application that it chose."""
    application.chosen = ""
    path = list(sys.path)
    try:
        application.choose()
    finally:
        sys.path[:] = path
    return application.chosen


def take(image, version="2"):
    """Download an image, from where an earlier life left it, and put it on trial."""
    taken = Update(mpy=0xB06, room=lambda: ROOM)
    digest = hashlib.sha256(image).digest()
    taken.begin(len(image), digest, version)
    while taken.offset < len(image):
        taken.write(taken.offset, image[taken.offset : taken.offset + CHUNK])
    taken.finish()
    taken.apply()
    return taken
