"""What a modem remembers, and for how long.

    modem.ram.line.echo                     # ATE
    modem.nvm.contexts[1].apn               # AT+CGDCONT
    modem.nvm.of(SimcomNvm).iot_mode        # what only one family has

`Nvm` outlives resets and power cycles. `Ram` is new after each start, and after a sleep that ends
with a boot. `LineSettings` is the part of `Ram` that `AT&W` copies into `Nvm.profile`; `ATZ` and
every start bring it back from there, and `AT&F` takes the values of delivery.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from nce_sim.modem.line.uart import DEFAULT_RATE_BPS
from nce_sim.modem.stored import Kept, Numbers, Stored

if TYPE_CHECKING:
    from nce_sim.modem.personality import Personality

Part = TypeVar("Part")


def _setting(name: str, delivered: int, most: int, *, is_fixed: bool = False) -> Any:
    return field(default=delivered, metadata={"name": name, "most": most, "is_fixed": is_fixed})


@dataclass(frozen=True)
class LineSettings:
    """How the line works (V.250, 6.2; TS 27.007, 9.1); each field says its command and bound."""

    echo: int = _setting("E", 1, 1)
    verbose: int = _setting("V", 1, 1)
    quiet: int = _setting("Q", 0, 1)
    call_results: int = _setting("X", 0, 4)
    carrier_detect: int = _setting("&C", 1, 1)
    data_terminal_ready: int = _setting("&D", 1, 2)
    error_format: int = _setting("CMEE", 1, 2)
    answers_after: int = _setting("S0", 0, 255)
    line_end: int = _setting("S3", 13, 127, is_fixed=True)
    line_feed: int = _setting("S4", 10, 127, is_fixed=True)
    backspace: int = _setting("S5", 8, 127, is_fixed=True)

    def shown(self) -> Iterator[tuple[str, int]]:
        """Each setting by the name of its command, in the order of `AT&V`."""
        for each in fields(self):
            yield each.metadata["name"], getattr(self, each.name)


class LineSetting(NamedTuple):
    """One field of the settings, for the command that reads and sets it."""

    field_name: str
    most: int
    is_fixed: bool

    def of(self, settings: LineSettings) -> int:
        """Its value."""
        value: int = getattr(settings, self.field_name)
        return value

    def changed(self, settings: LineSettings, value: int) -> LineSettings:
        """The settings with another value of it."""
        return replace(settings, **{self.field_name: value})


LINE_SETTINGS = {
    each.metadata["name"]: LineSetting(each.name, each.metadata["most"], each.metadata["is_fixed"])
    for each in fields(LineSettings)
}


class Domain(enum.Enum):
    """What a modem registers with; the value is the command that tells of it."""

    CIRCUIT_SWITCHED = "+CREG"  # TS 27.007, 7.2
    GPRS = "+CGREG"  # 10.1.20
    EPS = "+CEREG"  # 10.1.22


class TextParameters(NamedTuple):
    """`AT+CSMP`: first octet, validity, protocol and coding of texts to come."""

    first: int = 17
    validity: int = 167
    protocol: int = 0
    coding: int = 0


class Notifications(NamedTuple):
    """`AT+CNMI`: how messages and reports are told as they come (TS 27.005, 3.4.1)."""

    mode: int = 2
    messages: int = 1
    broadcasts: int = 0
    reports: int = 0
    buffer: int = 0


@dataclass
class SmsRam:
    """Settings of short messages until the next start; `character_set` None is the kept one."""

    is_text_mode: int = 0  # AT+CMGF
    shows_details: int = 0  # AT+CSDH
    phase: int = 0  # AT+CSMS
    notifications: Notifications = field(default_factory=Notifications)
    parameters: TextParameters = field(default_factory=TextParameters)
    character_set: str | None = None  # AT+CSCS


@dataclass
class SmsNvm:
    """Settings of short messages that are kept; None is what the card or the family has."""

    centre: str | None = None  # AT+CSCA
    memories: tuple[str, str, str] | None = None  # AT+CPMS
    parameters: TextParameters = field(default_factory=TextParameters)  # AT+CSAS
    character_set: str = "GSM"


class Context(NamedTuple):
    """A PDP context as `AT+CGDCONT` defines it."""

    pdp_type: str = "IP"
    apn: str = ""


class PsmRequest(NamedTuple):
    """`AT+CPSMS`: whether PSM is wanted (1), T3412 extended and T3324 as bit strings."""

    mode: int = 0
    t3412: str = "00101100"
    t3324: str = "00001010"


def _part(of: object, kind: type[Part]) -> Part:
    if not isinstance(of, kind):
        raise TypeError(f"this family keeps a {type(of).__name__}, not a {kind.__name__}")
    return of


@dataclass
class Nvm:
    """What outlives resets and power cycles; `family` is what only one family keeps."""

    contexts: dict[int, Context]
    family: object
    function: int = 1  # the level of AT+CFUN after a start
    profile: LineSettings | None = None  # AT&W
    rate_bps: int = DEFAULT_RATE_BPS  # AT+IPR; 0 follows the host
    greeting: str | None = None  # a line to say after each boot
    psm: PsmRequest = field(default_factory=PsmRequest)
    authentication: dict[int, int] = field(default_factory=dict)  # AT+CGAUTH: kind by context
    edrx: dict[int, str] = field(default_factory=dict)  # AT+CEDRXS: cycle by access technology
    paging_windows: dict[int, str] = field(default_factory=dict)  # the same, where they are chosen
    sms: SmsNvm = field(default_factory=SmsNvm)
    numbers: dict[Stored, Numbers] = field(default_factory=dict)

    def of(self, kind: type[Part]) -> Part:
        """The family's own part; TypeError when it is another family's."""
        return _part(self.family, kind)


@dataclass
class Ram:
    """What lasts until the next start; `family` is what only one family has."""

    line: LineSettings
    family: object
    reports: dict[Domain, int] = field(default_factory=dict)  # AT+CREG=… and the like
    operator_format: int = 0  # AT+COPS=3,…
    clock_start_s: int | None = None  # AT+CCLK: the time when the world's clock was 0; None unset
    clock_is_stuck: bool = False  # a fault: the network's time is not taken
    uart_sleep_ms: int | None = None  # idle time after which the first character gets lost
    psm: PsmRequest = field(default_factory=PsmRequest)  # what the network is asked for
    indicators: tuple[int, ...] = ()  # what AT+CMER has told of last
    selected_file: int | None = None  # of the card, by AT+CSIM
    sms: SmsRam = field(default_factory=SmsRam)
    numbers: dict[Stored, Numbers] = field(default_factory=dict)

    def of(self, kind: type[Part]) -> Part:
        """The family's own part; TypeError when it is another family's."""
        return _part(self.family, kind)


class Memory:
    """The memory of one modem."""

    def __init__(self, personality: Personality) -> None:
        self.personality = personality
        self.nvm = Nvm(
            {personality.attach_cid: personality.context},
            personality.make_nvm(),
            function=personality.start_function,
            rate_bps=personality.rate_bps,
        )
        self.forget_ram()

    def forget_ram(self) -> None:
        """The modem starts: nothing is left but what is kept."""
        self.ram = Ram(self.personality.line_settings, self.personality.make_ram())
        self.ram.psm = self.nvm.psm
        self.load_profile()

    def load_profile(self) -> None:
        """Take the line's settings as last stored with `AT&W`, or those of delivery."""
        self.ram.line = self.nvm.profile or self.personality.line_settings
        self.personality.hooks.profile_loaded(self.nvm, self.ram)

    def store_profile(self) -> None:
        """Keep the line's settings for `ATZ` and the next start."""
        self.nvm.profile = self.ram.line
        self.personality.hooks.profile_stored(self.nvm)

    def stored(self, row: Stored) -> Numbers:
        """What a command that only remembers numbers holds now."""
        return self._numbers(row).get(row, row.default)

    def store(self, row: Stored, numbers: Numbers) -> None:
        """Remember the numbers of such a command."""
        self._numbers(row)[row] = numbers

    def _numbers(self, row: Stored) -> dict[Stored, Numbers]:
        return self.nvm.numbers if row.kept is Kept.NVM else self.ram.numbers
