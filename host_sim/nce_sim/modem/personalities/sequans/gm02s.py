"""Sequans GM02S: LTE-M and NB-IoT, one at a time.

+SQNCCID +SQNMODEACTIVE +SQNBANDSEL +SQNSSHDN ^RESET +SQNEDRX
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, indicators, stored_commands
from nce_sim.modem.commands.calls import FAX
from nce_sim.modem.commands.capabilities import CAPABILITIES, LISTS, NETWORKS
from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import ERROR, CommandFailed
from nce_sim.modem.memory import LineSettings
from nce_sim.modem.personalities.sequans import ping, positioning, security, server, sockets
from nce_sim.modem.personalities.sequans.memory import RING_DATA, Extended, SequansNvm, SequansRam
from nce_sim.modem.personalities.sequans.sockets import SequansSockets
from nce_sim.modem.personalities.sequans.sources import SOURCES
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import CommandTable, Personality, Sleep
from nce_sim.modem.stored import Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

COMMANDS = CommandTable()
RATS = {1: "LTE-M", 2: "NB-IoT"}  # AT+SQNMODEACTIVE
SQNIPSCFG = Stored("+SQNIPSCFG", (1, 100), ((0, 2), (0, 65_535)), Kept.NVM)
STORED = (
    SQNIPSCFG,
    Stored("+SQNIBRCFG", (0,), ((0, 2),), Kept.NVM),
)


# AT+CEER has words for the causes of TS 24.301, A.1 and B.1: two were seen (S), the others are
# spelled like them (I).
EMM_CAUSES = {
    3: "ILLEGAL_UE",
    6: "ILLEGAL_ME",
    7: "EPS_SERVICES_NOT_ALLOWED",
    8: "EPS_SERVICES_AND_NON_EPS_SERVICES_NOT_ALLOWED",
    10: "IMPLICITLY_DETACHED",
    11: "PLMN_NOT_ALLOWED",
    12: "TRACKING_AREA_NOT_ALLOWED",
    13: "ROAMING_NOT_ALLOWED_IN_THIS_TRACKING_AREA",
    14: "EPS_SERVICES_NOT_ALLOWED_IN_THIS_PLMN",
    15: "NO_SUITABLE_CELLS_IN_TRACKING_AREA",
    19: "ESM_FAILURE",
    22: "CONGESTION",
}
ESM_CAUSES = {
    8: "OPERATOR_DETERMINED_BARRING",
    26: "INSUFFICIENT_RESOURCES",
    27: "MISSING_OR_UNKNOWN_APN",
    29: "USER_AUTHENTICATION_FAILED",
    33: "REQUESTED_SERVICE_OPTION_NOT_SUBSCRIBED",
    36: "REGULAR_DEACTIVATION",
}


@COMMANDS.add("I")
def identification(modem: Modem, command: Command) -> None:
    """`ATI`, `ATI1`: the firmware's versions."""
    if command.text == "1":
        modem.info("UE8.0.5.11")
        modem.info(modem.personality.revision)
        return
    for line in (modem.personality.manufacturer, modem.personality.model, "UE8.0.5.11"):
        modem.info(line)


@COMMANDS.add("+SQNCCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT+SQNCCID`: in quotes, with an empty EUICC id behind."""
    if command.form is not Form.TEST:
        modem.info(f'+SQNCCID: "{ready_sim(modem).iccid_with_luhn}",""')


@COMMANDS.add("+SQNMODEACTIVE")
def active_mode(modem: Modem, command: Command) -> None:
    """`AT+SQNMODEACTIVE`: 1 LTE-M, 2 NB-IoT; effective after a restart."""
    if command.form is Form.READ:
        modem.info(f"+SQNMODEACTIVE: {modem.nvm.of(SequansNvm).active_mode}")
    elif command.form is Form.TEST:
        modem.info("+SQNMODEACTIVE: (1,2)")
    else:
        modem.nvm.of(SequansNvm).active_mode = command.set_arguments.integer(0, 1, 2)


@COMMANDS.add("+SQNBANDSEL")
def bands(modem: Modem, command: Command) -> None:
    """`AT+SQNBANDSEL=<rat>,<operator>,<bands>`: kept, without an effect."""
    stored = modem.nvm.of(SequansNvm).bands
    if command.form is Form.READ:
        for rat, chosen in sorted(stored.items()):
            modem.info(f"+SQNBANDSEL: {rat},standard,{chosen}")
        return
    arguments = command.set_arguments
    arguments.text(1)
    stored[arguments.integer(0, 0, 1)] = str(arguments.text(2))


@COMMANDS.add("+SQNSSHDN")
def shut_down(modem: Modem, command: Command) -> None:
    """`AT+SQNSSHDN`: OK, `+SHUTDOWN`, then only a hardware reset helps."""
    modem.later(10, modem.power_down)


@COMMANDS.add("^RESET")
def restart(modem: Modem, command: Command) -> None:
    """`AT^RESET`: OK, then a restart."""
    silence_ms = modem.personality.reset_silence_ms
    modem.later(10, lambda: modem.power_down(restart_after_ms=silence_ms))


@COMMANDS.add("+SQNEDRX")
def extended_drx(modem: Modem, command: Command) -> None:
    """`AT+SQNEDRX?`: eDRX asked for, with the paging time window."""
    if command.form is not Form.READ:
        raise CommandFailed()
    for technology, cycle in sorted(modem.nvm.edrx.items()):
        modem.info(f'+SQNEDRX: 2,{technology},"{cycle}","0000"')


class Gm02sHooks(StandardHooks):
    """What a GM02S does on its own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return RATS[modem.ram.of(SequansRam).active_mode] == cell.rat

    def registration_changed(self, modem: Modem) -> None:
        super().registration_changed(modem)
        if modem.radio.is_registered:
            modem.ram.of(SequansRam).clock_is_set = True

    def receiver_is_blocked(self, modem: Modem) -> bool:
        return positioning.is_blocked(modem)

    def started(self, modem: Modem) -> None:
        modem.ram.of(SequansRam).active_mode = modem.nvm.of(SequansNvm).active_mode

    def line_sleeps(self, modem: Modem) -> bool:
        # S: RTS high lets it sleep, unless AT+SQNIPSCFG forbids it; RTS low wakes the line, and
        # nothing is said. I: with RTS held low the line is answered all the time.
        return not modem.rts_is_on and modem.stored(SQNIPSCFG)[0] != 0

    def last_cause(self, modem: Modem) -> str:
        reject = modem.radio.reject
        if reject is None:
            return "NO CAUSE RECEIVED"
        words = [f"lastEmmCause: {EMM_CAUSES.get(reject[1], 'UNKNOWN')}"]
        if modem.radio.reject_esm is not None:
            words.append(f"lastEsmCause: {ESM_CAUSES.get(modem.radio.reject_esm, 'UNKNOWN')}")
        return ", ".join(words)

    def remember_odd_settings(self, modem: Modem) -> None:
        odd = Extended(RING_DATA, receives_hexadecimal=1, sends_hexadecimal=1)
        for socket_id in range(sockets.FIRST, sockets.FIRST + sockets.MOST):
            modem.nvm.of(SequansNvm).extended[socket_id] = odd


GM02S = Personality(
    name="gm02s",
    manufacturer="SEQUANS Communications",
    model="GM02S",
    revision="LR8.2.1.0-61488",
    imei_tac="35485111",
    commands=STANDARD.joined(
        stored_commands(STORED),
        FAX,
        CAPABILITIES,
        LISTS,
        NETWORKS,
        indicators.COMMANDS,
        COMMANDS,
        sockets.COMMANDS,
        security.COMMANDS,
        server.COMMANDS,
        ping.COMMANDS,
    ),
    sources=SOURCES,
    hooks=Gm02sHooks(),
    boot_ms=2_000,
    boot_banner=((0, "+SYSSTART"),),
    sim_ready_ms=500,
    power_down_text="+SHUTDOWN",
    power_down_ms=800,
    # The reset line, held low, as Walter's driver does: `+SYSSTART` follows. After AT+SQNSSHDN it
    # is the only thing that helps.
    power_on_pulse_ms=300,
    power_off_pulse_ms=1_000_000,
    key_resets=True,
    reset_silence_ms=500,
    access_technologies=MappingProxyType({"LTE-M": 7, "NB-IoT": 9}),
    make_sockets=SequansSockets,
    receive_urc="+SQNSRING",
    make_ram=SequansRam,
    make_nvm=SequansNvm,
    line_settings=LineSettings(error_format=0),
    start_function=0,
    argument_cme=50,
    abort_result=ERROR,
    functions=(0, 1, 4, 5),
    unset_clock_s=0,  # 1970-01-01
    sleep=Sleep(boots=False, uart_sleeps=False),
    minds_rts=True,
    sim_off_cme=10,
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "+SQNSPCFG", "+SQNSNVW"}),
)

# The same with a receiver of satellites; `World.add_modem` takes it as it is, not by its name.
GM02SP = dataclasses.replace(
    GM02S,
    name="gm02sp",
    model="GM02SP",
    imei_tac="35485112",
    commands=GM02S.commands.joined(positioning.COMMANDS),
)
