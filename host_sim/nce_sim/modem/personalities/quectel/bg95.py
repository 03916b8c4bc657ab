"""Quectel BG95-M3, and beside it BG96 and BG77.

Timings are those of its hardware design guide where the field agrees; the rest is marked. BG77
shares BG95's manuals: only its name is another here.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.calls import FAX
from nce_sim.modem.commands.capabilities import BATTERY
from nce_sim.modem.memory import Context, Domain, Nvm, Ram
from nce_sim.modem.personalities.quectel import (
    context_commands,
    device,
    files,
    ping,
    positioning,
    secure_commands,
    socket_commands,
    transparent,
)
from nce_sim.modem.personalities.quectel.memory import DataFormat, QuectelNvm, QuectelRam
from nce_sim.modem.personalities.quectel.sockets import QuectelSockets
from nce_sim.modem.personalities.quectel.sources import BG95_SOURCES
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import RATES_BPS, MessageStores, Personality
from nce_sim.modem.power_saving import T3324_UNITS_S, T3412_EXTENDED_UNITS_S, timer_ms
from nce_sim.modem.registration import FULL
from nce_sim.modem.stored import BIT, Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.operator import Cell

# Bounds and defaults are those of the BG95&BG77&BG600L AT manual, V2.0 (D).
CTZU = Stored("+CTZU", (1,), ((0, 3),), Kept.NVM)
QCSCON = Stored("+QCSCON", (0,), (BIT,))
STORED = (Stored("+QSCLK", (0,), (BIT,)), CTZU, QCSCON)
# What that manual has not.
MISSING = ("+CEER", "+CESQ", "+CSCON", "+CGCONTRDP", "+CLAC")


class BG95Hooks(StandardHooks):
    """What the BG95 does on its own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return cell.rat in modem.nvm.of(QuectelNvm).configuration.rats

    def card_moved(self, modem: Modem, *, is_in: bool) -> None:
        if not is_in:
            modem.urc("+CPIN: NOT READY")  # D
        if modem.ram.of(QuectelRam).reports_sim:
            modem.urc(f"+QSIMSTAT: 1,{int(is_in)}")

    def entering_psm(self, modem: Modem) -> None:
        granted = modem.power_saving.granted_psm
        if granted is not None and modem.nvm.of(QuectelNvm).configuration.tells_psm_timers:
            tau_ms = timer_ms(granted[0], T3412_EXTENDED_UNITS_S) or 0
            active_ms = timer_ms(granted[1], T3324_UNITS_S) or 0
            modem.urc(f"+QPSMTIMER: {tau_ms // 1_000},{active_ms // 1_000}")
        modem.urc("PSM POWER DOWN")

    def remember_odd_settings(self, modem: Modem) -> None:
        modem.nvm.of(QuectelNvm).data_format = DataFormat(True, True)

    def profile_stored(self, nvm: Nvm) -> None:
        nvm.of(QuectelNvm).data_format = None

    def profile_loaded(self, nvm: Nvm, ram: Ram) -> None:
        kept = nvm.of(QuectelNvm).data_format
        if kept is not None:
            ram.of(QuectelRam).data_format = kept

    def takes_network_time(self, modem: Modem) -> bool:
        return modem.stored(CTZU)[0] > 0

    def function_changed(self, modem: Modem, level: int) -> None:
        if level == 0:
            return  # `+CPIN: NOT READY` is SIMCom's; here AT+CPIN? is an error from now on (D)
        for text in ("+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"):
            modem.urc(text)

    def receiver_is_blocked(self, modem: Modem) -> bool:
        # S: one radio for both, by a priority. LTE's leaves the receiver what eDRX leaves LTE;
        # with its own it has all but a connection, and those that there are it ends (`QGPS`).
        saving = modem.power_saving
        if modem.radio.function != FULL or saving.is_asleep:
            return False
        is_first = positioning.priority_of(modem) == positioning.RECEIVER_FIRST
        return saving.is_connected or not (is_first or saving.granted_edrx is not None)

    def radio_is_taken(self, modem: Modem) -> bool:
        # S: what LTE has to send begins a connection after the receiver had the radio. I: which it
        # has until its fix; then both take turns.
        is_first = positioning.priority_of(modem) == positioning.RECEIVER_FIRST
        is_searching = modem.receiver.is_on and not modem.receiver.has_fix
        return is_first and is_searching and not modem.power_saving.is_connected


class BG96Hooks(BG95Hooks):
    """What the BG96 does on its own."""

    def receiver_is_blocked(self, modem: Modem) -> bool:
        return False  # I: nothing was found of a conflict, and no command for one

    def radio_is_taken(self, modem: Modem) -> bool:
        return False


FULL_REVISION = "+QGMR"  # in BG96's manual; BG95's and BG77's V2.0 has none
COMMANDS = STANDARD.joined(
    stored_commands(STORED),
    FAX,
    BATTERY,
    device.COMMANDS,
    context_commands.COMMANDS,
    socket_commands.COMMANDS,
    transparent.COMMANDS,
    secure_commands.COMMANDS,
    files.COMMANDS,
    ping.COMMANDS,
    positioning.COMMANDS,
)

BG95 = Personality(
    name="bg95",
    manufacturer="Quectel",
    model="BG95-M3",
    revision="BG95M3LAR02A04",
    imei_tac="86448004",
    commands=COMMANDS.without(*MISSING, FULL_REVISION).joined(positioning.PRIORITY),
    sources=BG95_SOURCES,
    hooks=BG95Hooks(),
    boot_ms=2_500,
    boot_banner=((0, "RDY"), (300, "APP RDY"), (350, "+CFUN: 1")),
    sim_ready_ms=700,
    power_down_text="POWERED DOWN",
    power_down_ms=1_200,
    power_on_pulse_ms=500,
    power_off_pulse_ms=650,
    reset_silence_ms=1_000,
    # LTE-M is 8 in Quectel's numbering, where TS 27.007 has 7.
    access_technologies=MappingProxyType({"2G": 0, "LTE-M": 8, "NB-IoT": 9}),
    make_sockets=QuectelSockets,
    receive_urc="+QIURC",
    make_ram=QuectelRam,
    make_nvm=QuectelNvm,
    context=Context("IPV4V6"),
    registration_modes={
        Domain.CIRCUIT_SWITCHED: (0, 1, 2),
        Domain.GPRS: (0, 1, 2, 4),
        Domain.EPS: (0, 1, 2, 4),
    },
    cereg_always_tells_cause=True,
    rrc_report=QCSCON,
    most_psm_mode=1,
    rates_bps=RATES_BPS[1:],
    rate_is_kept_by_profile=True,
    # [U] the size of SR; "MT" is "ME" by another name
    messages=MessageStores((("ME", 23), ("SM", 50), ("SR", 5)), {"MT": "ME"}),
    error_texts={58: "invalid command line", **positioning.ERROR_TEXTS},
    rat_names={"2G": "GSM", "LTE-M": "eMTC", "NB-IoT": "NBIoT"},
)

BG96 = dataclasses.replace(
    BG95,
    name="bg96",
    model="BG96",
    commands=COMMANDS.without(*MISSING),
    hooks=BG96Hooks(),
    revision="BG96MAR02A07M1G",
    imei_tac="86642503",
    power_on_pulse_ms=150,
    boot_ms=4_000,
    boot_banner=((0, "RDY"), (250, "+CFUN: 1")),
    rat_names={"2G": "GSM", "LTE-M": "CAT-M1", "NB-IoT": "CAT-NB1"},  # S
)

BG77 = dataclasses.replace(
    BG95,
    name="bg77",
    model="BG77",
    revision="BG77LAR02A04",  # as BG95's is built
    imei_tac="86450205",
)
