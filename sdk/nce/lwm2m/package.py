"""A firmware package on its way to the flash: a head that names the image, and the image.

    package = Package(update, digest)   # an `update.Update` of the firmware, or one of its shape
    package.seek(0)                     # or where `position` was, also after a restart
    package.write(block)                # the next bytes of the package
    package.finish()                    # PackageRefused unless the image is what the head says

The head: b"NCE5", bytes of the image (4), its SHA-256 (32), length of its version, version. The
image is what `nce board image` makes. `digest` is the image's, where the head itself came by a way
that proves nothing; the two have to be the same then.
"""

import struct

from nce.const import const
from nce.errors import PeerError

if 1 - 1:
    from nce.seams import Any, FirmwareStore

MAGIC = b"NCE5"
_FIXED = const(41)
# LwM2M's Update Result (object 5, resource 5).
_NO_ROOM = const(2)
_OUT_OF_MEMORY = const(3)
_CONNECTION_LOST = const(4)
_BROKEN = const(5)
_WRONG_TYPE = const(6)


class PackageRefused(PeerError):
    """The package is none that this device takes; `result` says so in LwM2M's numbers."""

    def __init__(self, result: int, message: str) -> None:
        super().__init__(message)
        self.result = result


def head_of(size: int, sha256: bytes, version: str) -> bytes:
    """The head of a package."""
    name = version.encode()
    return MAGIC + struct.pack(">I", size) + sha256 + bytes((len(name),)) + name


def result_of(error: "BaseException") -> int:
    """LwM2M's number for what `Package` raised."""
    if isinstance(error, MemoryError):
        return _OUT_OF_MEMORY
    if getattr(error, "is_permanent", False):
        return _CONNECTION_LOST  # of the bearer
    # An `OSError` of the flash has none: it takes no more.
    return getattr(error, "result", _NO_ROOM)


class Package:
    """See above. `position`: how many bytes of the package are taken."""

    def __init__(self, update: "FirmwareStore", digest: "bytes | None" = None) -> None:
        self._update = update
        self._digest = digest
        self._head = b""
        self._head_bytes = 0  # 0 while the head is not whole
        self.position = 0

    def resume(self) -> int:
        """Go on with what is on flash of a package that was begun before; the new `position`."""
        update = self._update
        if update.size and update.state == 1:
            self._head_bytes = len(head_of(update.size, update.sha256, update.version))
            self.position = self._head_bytes + update.offset
        return self.position

    def seek(self, position: int) -> None:
        """Take the bytes from an earlier position on; what is here already is passed over."""
        if position > self.position:
            raise PackageRefused(
                _BROKEN, "bytes %d to %d did not come" % (self.position, position - 1)
            )
        if not position:  # perhaps another package
            self._head, self._head_bytes = b"", 0
        self.position = position

    def write(self, data: "Any") -> int:
        """Take the next bytes; how many there were. Raises `PackageRefused` and the update's
        errors; `position` says where to go on after an error of the flash."""
        count = len(data)
        if not self._head_bytes:
            self._head += bytes(data)
            if not self._begin():
                self.position += count
                return count
            data = self._head[self._head_bytes :]
            self._head = b""
            self.position = self._head_bytes
        view = memoryview(data)
        if self.position < self._head_bytes:
            skipped = min(self._head_bytes - self.position, len(view))
            self.position += skipped
            view = view[skipped:]
        if len(view):
            self._update.write(self.position - self._head_bytes, view)
            self.position += len(view)
        return count

    def _begin(self) -> bool:
        """Whether the head is whole; then the update is begun, or goes on."""
        head = self._head
        if head[:4] != MAGIC[: len(head)]:
            raise PackageRefused(
                _WRONG_TYPE,
                "this is no package: it begins with %s; make one by `nce lwm2m package`"
                % head[:4].hex(),
            )
        if len(head) < _FIXED or len(head) < _FIXED + head[_FIXED - 1]:
            return False
        size = struct.unpack(">I", head[4:8])[0]
        sha256 = head[8:40]
        if self._digest is not None and sha256 != self._digest:
            raise PackageRefused(_BROKEN, "the package is another one than the URI says")
        try:
            version = head[_FIXED : _FIXED + head[_FIXED - 1]].decode()
        except ValueError:  # of bytes that are no UTF-8
            raise PackageRefused(_WRONG_TYPE, "the version in the head is no text")
        self._update.begin(size, sha256, version)
        self._head_bytes = _FIXED + head[_FIXED - 1]
        return True

    def finish(self) -> None:
        """The last byte is here: check the image. Raises as `write` does."""
        if not self._head_bytes or self._update.offset < self._update.size:
            raise PackageRefused(_BROKEN, "the package ends after %d bytes" % self.position)
        self._update.finish()
