"""What makes one modem family differ from another: data, command tables and a few hooks.

BG95 = Personality(name="bg95", model="BG95-M3", commands=commands, hooks=BG95Hooks(), …)
@commands.add("+CSQ")
def signal_quality(modem, command): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from nce_sim.modem.line.editor import LineRules
from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import OK
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.line.uart import DEFAULT_RATE_BPS
from nce_sim.modem.memory import Context, Domain, LineSettings, Nvm, Ram
from nce_sim.modem.sms.messaging import Messaging
from nce_sim.modem.sources import Source
from nce_sim.modem.stored import CSCON, Stored

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

    def card_moved(self, modem: Modem, *, is_in: bool) -> None:
        """The card was taken out of a running modem, or put in."""

    def may_sleep(self, modem: Modem) -> bool:
        """Whether nothing of the modem's own puts PSM off now that T3324 is over."""
        return True

    def entering_psm(self, modem: Modem) -> None:
        """The modem is about to sleep."""

    def remember_odd_settings(self, modem: Modem) -> None:
        """A fault: an owner before left settings of the family's own, kept over the restart."""

    def profile_stored(self, nvm: Nvm) -> None:
        """`AT&W`: what else of a stored profile does it replace."""

    def profile_loaded(self, nvm: Nvm, ram: Ram) -> None:
        """A start or `ATZ`: what else of a stored profile does it bring back."""

    def left_psm(self, modem: Modem) -> None:
        """The modem is awake again, with its memory kept or by a boot."""

    def started(self, modem: Modem) -> None:
        """A boot: settings that wait for it take effect."""

    def line_sleeps(self, modem: Modem) -> bool:
        """Whether the line is dead, too, while the radio of a modem sleeps."""
        return False

    def takes_network_time(self, modem: Modem) -> bool:
        """Whether `AT+CCLK?` shows the network's time."""
        return True

    def last_cause(self, modem: Modem) -> str:
        """What `AT+CEER` says."""
        reject = modem.radio.reject
        return f"EMM cause {reject[1]}" if reject else "No report available"

    def receiver_is_blocked(self, modem: Modem) -> bool:
        """Whether LTE has the radio that the receiver of satellites shares with it."""
        return False

    def radio_is_taken(self, modem: Modem) -> bool:
        """Whether that receiver has it, and what is to go by LTE waits."""
        return False

    def refused(self, modem: Modem) -> None:
        """The network refused the attach; `modem.radio.reject` says why."""


@dataclass(frozen=True)
class Sleep:
    """What power saving mode does to a family (TS 23.401, 4.3.22 leaves that open).

    `boots` means that waking is a full boot; otherwise memory is kept and the UART is back after
    `resume_ms`. Without `uart_sleeps` only the radio sleeps, and sending wakes it.
    """

    boots: bool = True
    uart_sleeps: bool = True
    resume_ms: int = 500
    line_lasts_ms: int = 0  # how long the line is still answered when the radio sleeps


# The values of <n> of each command (TS 27.007, 7.2, 10.1.20, 10.1.22).
REGISTRATION_MODES: Mapping[Domain, tuple[int, ...]] = {
    Domain.CIRCUIT_SWITCHED: tuple(range(4)),
    Domain.GPRS: tuple(range(6)),
    Domain.EPS: tuple(range(6)),
}
RATES_BPS = (0, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)


@dataclass(frozen=True)
class MessageStores:
    """Where SMS are kept: how many each memory holds, and how text mode shows no alpha tag."""

    capacities: tuple[tuple[str, int], ...] = (("ME", 25), ("SM", 20))
    other_names: Mapping[str, str] = field(default_factory=dict)  # of a memory: {"MT": "ME"}
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
    # Of each command where it is known from; tables of the maker's, STANDARD_SOURCES among them.
    sources: Mapping[str, Source] = field(default_factory=dict)
    make_messaging: Callable[[Modem], Messaging] = Messaging
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
    line_rules: LineRules | None = None  # None: V.250
    line_feed_enters_data_mode: bool = False  # one behind the CR of a command that enters it
    urcs_in_data_mode_are_lost: bool = False  # else they wait for its end
    abort_result: str = OK
    argument_cme: int | None = 50
    unknown_command_cme: int | None = None
    urcs_wait_for_the_command: bool = True
    # <stat> of a guest on LTE, LTE-M or NB-IoT; None is that of +CEREG.
    cgreg_on_lte: int | None = 4
    creg_on_lte: int | None = None
    registration_modes: Mapping[Domain, tuple[int, ...]] = field(
        default_factory=lambda: REGISTRATION_MODES
    )
    cereg_always_tells_cause: bool = False  # a read answer does under <n> 0 to 2, too
    rrc_report: Stored = CSCON  # the command whose URC tells of the RRC connection
    scan_has_tail: bool = True  # the modes and formats behind the operators of AT+COPS=?
    most_psm_mode: int = 2
    psm_waits_for_restart: bool = False
    psm_is_asked_once: bool = False  # AT+CPSMS=1 while it is 1 makes no request
    rates_bps: tuple[int, ...] = RATES_BPS  # of AT+IPR; 0 follows the host
    rate_bps: int = DEFAULT_RATE_BPS  # as delivered
    rate_is_kept_by_profile: bool = False  # AT&W keeps it, not AT+IPR itself
    rat_names: Mapping[str, str] = field(default_factory=dict)  # of the family's own commands
    minds_rts: bool = False  # URCs wait while it is off
    cereg_on_gprs: int = 0  # <stat> of +CEREG on 2G and 3G
    tells_access: tuple[Domain, ...] = tuple(Domain)  # commands of registration that have <AcT>
    a_context_in_use_can_be_redefined: bool = False
    secret_commands: frozenset[str] = frozenset({"+CPIN", "+CLCK", "+CPWD", "+QSSLCFG"})
    attach_cid: int = 1  # the context of the default bearer; Nordic counts from 0
    most_cmee: int = 2
    errors_are_capitalised: bool = False  # u-blox: "Operation not allowed"
    error_texts: Mapping[int, str] = field(default_factory=dict)  # +CME ERROR in its own words
    sim_errors_are_bare: bool = False
    sim_off_cme: int = 13  # of SIM commands while the radio is at AT+CFUN=0
    functions: tuple[int, ...] = (0, 1, 4)  # AT+CFUN levels, as far as they differ here
    reset_functions: tuple[int, ...] = ()  # levels that restart the modem (u-blox 15 and 16)
    command_gap_ms: int = 0  # quiet time the vendor asks for before a command
    unset_clock_s: int = 315_964_800  # seconds since 1970 shown before the network's time: 1980
    banner_is_bare: bool = False  # without a CRLF in front
    sleep: Sleep = Sleep()
    messages: MessageStores = MessageStores()
