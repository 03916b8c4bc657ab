"""The seams of the SDK as type checkers see them; there is no module of this name at run time.

    if TYPE_CHECKING:
        from nce.seams import Bearer, DatagramPort, Store

docs/architecture.md says what each member does. A thing fits by its shape and derives from
nothing here. A lost bearer is an `OSError` on all of them.
"""

from collections.abc import Awaitable as Awaitable
from collections.abc import Callable as Callable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any
from typing import NamedTuple as NamedTuple
from typing import Protocol, TypeVar

Buffer = bytes | bytearray | memoryview
# (number, value) in ascending order of number.
Options = tuple[tuple[int, bytes], ...]
# n -> n unpredictable bytes
RandomBytes = Callable[[int], bytes]
# A monotonic integer that never wraps.
NowMs = Callable[[], int]
T = TypeVar("T")
Tell = Callable[[Any], object]
# (source, destination): buffers of whole blocks, the same one at will.
Crypt = Callable[[Any, Any], object]

class DatagramPort(Protocol):
    """A way to one peer."""

    @property
    def max_datagram(self) -> int: ...
    async def send(self, data: bytes, /) -> object: ...
    async def receive(self, timeout_ms: int, /) -> bytes | None: ...
    async def close(self) -> object: ...

class ListeningPort(Protocol):
    """What a device that serves listens on; a peer is anything that equals itself."""

    @property
    def max_datagram(self) -> int: ...
    async def receive_from(self, timeout_ms: int, /) -> tuple[bytes, Any] | None: ...
    async def send_to(self, data: bytes, peer: Any, /) -> object: ...
    async def close(self) -> object: ...

class Bearer(Protocol):
    """A modem or another way to the network; it may also have an `iccid`."""

    async def attach(self) -> object: ...
    async def open_datagram(self, host: str, port: int, /) -> DatagramPort: ...

class Template(Protocol):
    """Packs a record, such as `nce_bcl.Template`; raises ValueError for one that does not fit."""

    def encode(self, mapping: Any, /) -> bytes: ...

class Store(Protocol):
    """Bytes that outlive a reboot."""

    def load(self) -> bytes | None: ...
    def save(self, data: bytes, /) -> object: ...

class Disk(Protocol):
    """Whole files; `nce.durable` is one."""

    def load(self, path: str, /) -> bytes: ...
    def write(self, path: str, data: bytes, /) -> object: ...

class FolderLike(Protocol):
    """Files of one folder, as `nce.folder.Folder` has them."""

    def names(self) -> list[str]: ...
    def read(self, name: str, offset: int = ..., size: int = ..., /) -> bytes: ...
    def append(self, name: str, data: bytes, /) -> object: ...
    def remove(self, name: str, /) -> object: ...

class Aead(Protocol):
    """CCM or GCM under one key."""

    def seal(self, nonce: bytes, plaintext: bytes, additional: bytes, /) -> bytes: ...
    def open(self, nonce: bytes, sealed: bytes, additional: bytes, /) -> bytes | None: ...

class Protection(Protocol):
    """What protects the records of one direction of a DTLS session."""

    def room(self, size: int, /) -> int: ...
    def seal(self, number: bytes, header: bytes, plaintext: bytes, /) -> bytes: ...
    def open(self, number: bytes, header: bytes, fragment: bytes, /) -> bytes | None: ...

# LwM2M: () to (object, instance, resource, resource instance).
Path = tuple[int, ...]
# The kind of a resource or of an instance of it, None where it is unknown.
KindOf = Callable[[Path], int | None]
# What is written: path, kind, value, seconds since 1970 or None.
Entry = tuple[Path, int, Any, int | None]
# What was read: path, value, seconds or None.
Read = tuple[Path, Any, int | None]

class Lwm2mCodec(Protocol):
    """A module such as `nce.lwm2m.tlv`; `nce.lwm2m.formats` says what they do."""

    def encode(self, base: Path, entries: Sequence[Entry]) -> bytes: ...
    def decode(self, base: Path, data: bytes, kind_of: KindOf) -> list[Read]: ...

class FirmwareStore(Protocol):
    """What takes a firmware image, as `update.Update` of the firmware does."""

    size: int
    sha256: bytes
    version: str
    offset: int

    @property
    def state(self) -> int: ...
    @property
    def result(self) -> int: ...
    def begin(self, size: int, sha256: bytes, version: str = ..., /) -> int: ...
    def write(self, offset: int, data: Any, /) -> object: ...
    def finish(self) -> None: ...
    def apply(self) -> None: ...
    def cancel(self) -> None: ...
