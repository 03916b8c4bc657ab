"""The few file operations that keeping records takes: a test can put a flash in their place.

folder = Folder("/outbox")
folder.append("00000000", b"...")    # on flash when it returns
folder.names(), folder.read("00000000"), folder.remove("00000000")
"""

import os

import nce.durable


class Folder:
    """Files of one folder, which is made when it is not there."""

    def __init__(self, path: str) -> None:
        self._path = path
        nce.durable.make_folder(path)

    def names(self) -> "list[str]":
        """The names of the files, in order."""
        return sorted(os.listdir(self._path))

    def read(self, name: str, offset: int = 0, size: int = -1) -> bytes:
        """The bytes of a file from `offset`, `size` of them; or all, which then last."""
        path = self._path + "/" + name
        return nce.durable.load(path) if size < 0 else nce.durable.read(path, offset, size)

    def append(self, name: str, data: bytes) -> None:
        """Add bytes to the end of a file, which is made when it is not there."""
        nce.durable.append(self._path + "/" + name, data)

    def remove(self, name: str) -> None:
        """Remove a file."""
        nce.durable.remove(self._path + "/" + name)
