"""The types that annotations name and no interpreter needs: protocols at the seams, aliases.

There is no module `nce_modem.seams` at run time. Annotations are text, and the import of their
names stands under a condition that MicroPython's compiler folds away and no checker folds:

    if 1 - 1:  # for type checkers alone
        from nce_modem.seams import Link, Urc

So it costs no byte of `.mpy`. `if TYPE_CHECKING` would cost about 50 bytes for each module.
"""

from collections.abc import Awaitable as Awaitable
from collections.abc import Callable as Callable
from collections.abc import Coroutine as Coroutine
from collections.abc import Iterable as Iterable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any
from typing import NamedTuple as NamedTuple
from typing import Protocol, TypeAlias, TypedDict, TypeVar
from typing import Unpack as Unpack

from nce_modem.at.channel import Channel as Channel
from nce_modem.at.command import Command as Command
from nce_modem.at.dialect import Dialect as Dialect
from nce_modem.at.events import Answer as Answer
from nce_modem.at.events import Failed as Failed
from nce_modem.at.events import Note as Note
from nce_modem.at.events import Reset as Reset
from nce_modem.at.events import Urc as Urc
from nce_modem.at.lines import LineBuffer as LineBuffer
from nce_modem.at.syntax import Payload as Payload
from nce_modem.at.transcript import Transcript as Transcript
from nce_modem.attach import StepFailed as StepFailed
from nce_modem.errors import AttachError as AttachError
from nce_modem.errors import CommandFailed as CommandFailed
from nce_modem.errors import CommandTimeout as CommandTimeout
from nce_modem.errors import DatagramTooLarge as DatagramTooLarge
from nce_modem.errors import LineClosed as LineClosed
from nce_modem.errors import ModemError as ModemError
from nce_modem.errors import ModemReset as ModemReset
from nce_modem.errors import ModemSilent as ModemSilent
from nce_modem.errors import OpenFailed as OpenFailed
from nce_modem.errors import PdpLost as PdpLost
from nce_modem.errors import SendFailed as SendFailed
from nce_modem.errors import SocketDead as SocketDead
from nce_modem.errors import UsageError as UsageError
from nce_modem.families.family import Family as Family
from nce_modem.families.nordic import NRF91 as NRF91
from nce_modem.families.nordic import Nrf91 as Nrf91
from nce_modem.families.quectel import BG95 as BG95
from nce_modem.families.quectel import Quectel as Quectel
from nce_modem.families.quectel_bg96 import BG77 as BG77
from nce_modem.families.quectel_bg96 import BG96 as BG96
from nce_modem.families.quectel_cat1 import EC21 as EC21
from nce_modem.families.quectel_cat1 import EC25 as EC25
from nce_modem.families.quectel_cat1 import EG91 as EG91
from nce_modem.families.quectel_cat1 import EG95 as EG95
from nce_modem.families.secured import Secured as Secured
from nce_modem.families.sequans import GM02S as GM02S
from nce_modem.families.sequans import GM02SP as GM02SP
from nce_modem.families.simcom7000 import SIM7000 as SIM7000
from nce_modem.families.simcom7080 import SIM7070 as SIM7070
from nce_modem.families.simcom7080 import SIM7080 as SIM7080
from nce_modem.families.simcom7080 import SIM7080_TELLING_ID as SIM7080_TELLING_ID
from nce_modem.families.simcom7080 import SIM7090 as SIM7090
from nce_modem.families.simcom7600 import A76XX as A76XX
from nce_modem.families.simcom7600 import SIM7600 as SIM7600
from nce_modem.families.ublox import SARA_R410 as SARA_R410
from nce_modem.families.ublox import SARA_R412 as SARA_R412
from nce_modem.families.ublox5 import SARA_R5 as SARA_R5
from nce_modem.families.ublox5 import SARA_R422 as SARA_R422
from nce_modem.families.ublox5 import SaraR5 as SaraR5
from nce_modem.gnss import Fix as Fix
from nce_modem.link import Link as Link
from nce_modem.modem import Modem as Modem
from nce_modem.network_time import NetworkTime as NetworkTime
from nce_modem.pace import Pace as Pace
from nce_modem.registration import Registration as Registration
from nce_modem.secure_streams import SecureStreams as SecureStreams
from nce_modem.serial_board import SerialBoard as SerialBoard
from nce_modem.signal import Signal as Signal
from nce_modem.sms.concatenation import Message as Message
from nce_modem.sms.inbox import Inbox as Inbox
from nce_modem.sms.tpdu import Part as Part
from nce_modem.sms.tpdu import Report as Report
from nce_modem.sockets import DatagramSocket as DatagramSocket
from nce_modem.streams import Stream as Stream
from nce_modem.tls import TlsStream as TlsStream
from nce_modem.unconnected import UnconnectedSocket as UnconnectedSocket

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound=ModemError)
F = TypeVar("F", bound=Family)
S = TypeVar("S", DatagramSocket, UnconnectedSocket, Stream)

# Both ends of a connection, plain or secured.
ByteStream: TypeAlias = Stream | TlsStream
# Host (a name or a dotted address) and port.
Peer: TypeAlias = tuple[str, int]
# What was received and from whom, None when the modem does not tell.
Received: TypeAlias = tuple[bytes, Peer | None]
# What an unsolicited result comes down to: kind, number of the socket or context, payload.
Notice: TypeAlias = tuple[int, int, Any]
# What the AT engine tells, in the order in which it happened.
Events: TypeAlias = list[Answer | Failed | Urc | Reset | Note]
# Whether a text may answer a command.
Shape: TypeAlias = Callable[[Command, str], bool]
# The value of an unsolicited result, None when it is another's, False when it has no value yet.
Match: TypeAlias = Callable[[Urc], object]
# Milliseconds that only grow.
Clock: TypeAlias = Callable[[], int]
# One step of attaching, with its bound in milliseconds.
Step: TypeAlias = Callable[[Modem, int], Awaitable[None]]

# A part of a short message and its place in the storage, None when it lies in none.
Held: TypeAlias = tuple[Part, int | None]
# What tells the parts of one long message: number, reference, parts, alphabet, direction.
Key: TypeAlias = tuple[str, int | None, int, int, bool]
# Parts of a message that misses some: their key, the parts, and when the first one came.
Unfinished: TypeAlias = tuple[Key, list[Held], int]
# What a storage holds, by place.
Stored: TypeAlias = list[tuple[int, Part | Report]]
Listed: TypeAlias = list[Message | Report]
Texts: TypeAlias = list[str]  # a class with a method `list` has no other name for it
# What can be handed out, and its places in the storage.
Ready: TypeAlias = tuple[Message | Report, tuple[int, ...]]
# Reference, part, parts.
Place: TypeAlias = tuple[int | None, int, int]
# The units of a timer: coding and seconds of each.
Units: TypeAlias = tuple[tuple[int, int], ...]

class Memory(TypedDict, total=False):
    """What `Link.memory` may hold of this run of the modem; a board pays for what it holds."""

    radio: bool  # the owner's choice of radio access and bands was set
    rate: int  # bit/s, at which the modem answers instead of the board's
    apn: str  # SIM7000: between quotes
    extended: set[int]  # SIM7000: the ids in UDP extended mode
    casrip: bool  # SIM70xx: reading shows the peer
    rai: bool  # Nordic: %RAI is there
    up: int  # ms, until when a modem that woke is known to be attached

class TlsOptions(TypedDict, total=False):
    """What `Modem.open_connection` takes for TLS, as `asyncio.open_connection` has it."""

    ssl: Any  # an `ssl.SSLContext`; on CPython True as well
    server_hostname: str | None
    ssl_handshake_timeout: float | None

class Reader(Protocol):
    """The receiving half of a board's UART, as an asyncio stream has it."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """1 to `size` bytes, b"" when the line is gone."""

class Writer(Protocol):
    """The sending half of a board's UART, as an asyncio stream has it."""

    def write(self, data: bytes, /) -> object: ...
    def drain(self) -> Awaitable[None]: ...

class Board(Protocol):
    """What a modem is wired to: see boards/README.md."""

    @property
    def power_key(self) -> Callable[[bool], object] | None:
        """Presses PWRKEY with True and releases it with False; None where there is no key."""

    def open_uart(self) -> Awaitable[tuple[Reader, Writer]]:
        """The line to the modem, at the board's rate."""

class OpeningHooks(Protocol):
    """What opening a socket needs of a family."""

    profile: Profile

    async def open_udp(self, link: Link, socket: Any, /) -> None: ...
    async def close_socket(self, link: Link, socket_id: int) -> None: ...
    async def close_stale_sockets(self, link: Link) -> None: ...

class SocketHooks(Protocol):
    """What a socket needs of a family, or of its secure sockets."""

    profile: Profile

    async def open_udp(self, link: Link, socket: DatagramSocket) -> None: ...
    async def send(self, link: Link, socket: DatagramSocket, data: bytes, peer: Peer) -> None: ...
    async def read(self, link: Link, socket: DatagramSocket) -> Received | None: ...
    async def close_socket(self, link: Link, socket_id: int) -> None: ...
    async def close_stale_sockets(self, link: Link) -> None: ...

# The row of values of a family; made in `nce_modem.families.family`, which says what each is.
class Profile(NamedTuple):
    name: str
    dialect: Dialect
    cid: int
    power_pulse_ms: int
    power_off_pulse_ms: int
    boot_wait_ms: int
    power_on_ms: int
    probe_timeout_ms: int
    sync_gap_ms: int
    poll_ms: int
    tells_arrivals: bool
    socket_ids: tuple[int, ...]
    max_sockets: int
    max_datagram: int
    received: Payload | None
    capabilities: tuple[str, ...]
    passing_open_codes: tuple[int, ...]
    off_banners: tuple[str, ...]
    sleep_banners: tuple[str, ...]
    setup: tuple[str, ...]
    iccid_command: str
    signal_command: str
    sleep_command: str
    radio: str
    stream: str
    gnss: str
    timeouts: dict[str, int]
    has_sim_after_radio: bool
    m1_act: int
    line: str

class ModemSocket(Protocol):
    """What the modem, and a family's `open`, know of a socket: datagrams or a stream."""

    socket_id: Any
    peer: Peer | None
    generation: int

    def on_data(self, payload: bytes | None) -> None: ...
    def on_dead(self, kind: type[ModemError], message: str) -> ModemError: ...

class StreamHooks(Protocol):
    """What a stream needs of a family: see `nce_modem.families.tcp`."""

    profile: Profile
    frees_itself: bool
    announces_each: bool

    async def open_udp(self, link: Link, stream: Stream) -> None: ...
    async def send(self, link: Link, stream: Stream, data: bytes) -> int: ...
    async def receive(self, link: Link, stream: Stream) -> bytes | None: ...
    async def is_closed(self, link: Link, stream: Stream) -> bool: ...
    async def conclude(self, link: Link, stream: Stream) -> None: ...
    async def close_socket(self, link: Link, socket_id: int) -> None: ...
    async def close_stale_sockets(self, link: Link) -> None: ...

class Counting(Protocol):
    """The hooks of a stream whose modem counts what it took: see `families.tcp_count`."""

    family: Family
    sent: int

    async def is_closed(self, link: Link, stream: Stream) -> bool: ...
