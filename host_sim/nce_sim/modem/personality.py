"""What makes one modem family differ from another: data, command tables and a few hooks.

BG95 = Personality(name="bg95", model="BG95-M3", commands=commands, hooks=BG95Hooks(), …)
@commands.add("+CSQ")
def signal_quality(modem, command): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import OK
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.memory import Context, Domain, LineSettings, Nvm, Ram

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.sockets.udp import UdpSockets
    from nce_sim.network.operator import Cell

Handler = Callable[["Modem", Command], Steps | str | None]
Registered = TypeVar("Registered", bound=Handler)


class CommandTable(dict[str, Handler]):
    """Commands by name, each with the function that runs it."""

    def add(self, *names: str) -> Callable[[Registered], Registered]:
        """Register the decorated function under `names`."""

        def register(handler: Registered) -> Registered:
            for name in names:
                self[name] = handler
            return handler

        return register

    def without(self, *names: str) -> CommandTable:
        """This table with some commands missing."""
        return CommandTable({name: run for name, run in self.items() if name not in names})

    def joined(self, *others: CommandTable) -> CommandTable:
        """This table and `others`; a later one overrides."""
        table = CommandTable(self)
        for other in others:
            table.update(other)
        return table


class Hooks:
    """Where a family's own behaviour attaches to the core; the defaults do next to nothing."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        """Whether the modem's RAT and band settings let it find `cell`."""
        return cell.rat in modem.personality.access_technologies

    def shows_urc(self, modem: Modem, text: str) -> bool:
        """Whether an unsolicited line goes to the port that the host listens to."""
        return True

    def registration_changed(self, modem: Modem) -> None:
        """The registration state is another."""

    def pdp_lost(self, modem: Modem, reason: str) -> None:
        """The network ended the PDP session."""

    def function_changed(self, modem: Modem, level: int) -> None:
        """`AT+CFUN` took effect."""

    def entering_psm(self, modem: Modem) -> None:
        """The modem is about to sleep."""

    def remember_odd_settings(self, modem: Modem) -> None:
        """A fault: an owner before left settings of the family's own, kept over the restart."""

    def profile_stored(self, nvm: Nvm) -> None:
        """`AT&W`: what else of a stored profile does it replace."""

    def profile_loaded(self, nvm: Nvm, ram: Ram) -> None:
        """A start or `ATZ`: what else of a stored profile does it bring back."""

    def left_psm(self, modem: Modem) -> None:
        """The modem is awake again, with its memory kept."""


@dataclass(frozen=True)
class Sleep:
    """What power saving mode does to a family (TS 23.401, 4.3.22 leaves that open).

    `boots` means that waking is a full boot; otherwise memory is kept and the UART is back after
    `resume_ms`. Without `uart_sleeps` only the radio sleeps, and sending wakes it.
    """

    boots: bool = True
    uart_sleeps: bool = True
    wakes_on_bytes: bool = False
    resume_ms: int = 500


@dataclass(frozen=True)
class MessageStores:
    """Where SMS are kept: how many each memory holds, and how text mode shows no alpha tag."""

    capacities: tuple[tuple[str, int], ...] = (("ME", 25), ("SM", 20))
    no_alpha: str = ""


@dataclass(frozen=True)
class Personality:
    """One modem model. Times are milliseconds."""

    name: str
    manufacturer: str
    model: str
    revision: str
    imei_tac: str
    commands: CommandTable
    hooks: Hooks
    boot_ms: int
    boot_banner: tuple[tuple[int, str], ...]  # (ms after the UART is up, text)
    sim_ready_ms: int
    power_down_text: str
    power_down_ms: int
    power_on_pulse_ms: int
    power_off_pulse_ms: int
    reset_silence_ms: int
    access_technologies: Mapping[str, int]  # AcT as this family numbers it
    make_sockets: Callable[[Modem], UdpSockets[Any]]
    make_ram: Callable[[], object] = object  # what only this family remembers: `Ram.family`
    make_nvm: Callable[[], object] = object  # `Nvm.family`
    line_settings: LineSettings = field(default_factory=LineSettings)  # as delivered: AT&F
    start_function: int = 1  # the level of AT+CFUN after a start, as delivered
    context: Context = field(default_factory=Context)  # of the default bearer, as delivered
    short_model: str = ""  # where a command of the family tells the model in another way
    short_revision: str = ""
    receive_urc: str | None = None  # how the URC begins that tells of data; None: there is none
    key_resets: bool = False  # the board's line is a reset: a pulse restarts a running modem, too
    answer_ms: int = 5
    line_limit: int = 2048
    abort_result: str = OK
    argument_cme: int | None = 50
    unknown_command_cme: int | None = None
    urcs_wait_for_the_command: bool = True
    cgreg_on_lte: int = 4  # <stat> of +CGREG for a guest on LTE, LTE-M or NB-IoT
    cereg_on_gprs: int | None = None  # <stat> of +CEREG on 2G and 3G; None: that of the others
    tells_access: tuple[Domain, ...] = tuple(Domain)  # commands of registration that have <AcT>
    a_context_in_use_can_be_redefined: bool = False
    secret_commands: frozenset[str] = frozenset({"+CPIN", "+CLCK", "+CPWD", "+QSSLCFG"})
    attach_cid: int = 1  # the context of the default bearer; Nordic counts from 0
    most_cmee: int = 2
    errors_are_capitalised: bool = False  # u-blox: "Operation not allowed"
    bare_error_prefixes: tuple[str, ...] = ()  # commands that fail without a number
    sim_errors_are_bare: bool = False
    functions: tuple[int, ...] = (0, 1, 4)  # AT+CFUN levels, as far as they differ here
    reset_functions: tuple[int, ...] = ()  # levels that restart the modem (u-blox 15 and 16)
    command_gap_ms: int = 0  # quiet time the vendor asks for before a command
    uart_sleep_ms: int | None = None  # idle time after which the first character is lost
    unset_clock_s: int = 315_964_800  # seconds since 1970 shown before the network's time: 1980
    banner_is_bare: bool = False  # without a CRLF in front
    sleep: Sleep = Sleep()
    messages: MessageStores = MessageStores()
