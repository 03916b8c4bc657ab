"""u-blox SARA-R410M and SARA-R422S (LTE-M, NB-IoT, GPRS), SARA-R510S (LTE-M, NB-IoT).

Times are those of ubxlib's table of modules. Neither says anything at boot.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, indicators, stored_commands
from nce_sim.modem.commands.calls import FAX
from nce_sim.modem.commands.capabilities import LISTS
from nce_sim.modem.memory import LineSettings, Nvm, Ram
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personalities.ublox import (
    certificates,
    device,
    ping,
    positioning,
    security,
    socket_commands,
)
from nce_sim.modem.personalities.ublox.device import RATS
from nce_sim.modem.personalities.ublox.memory import UbloxNvm, UbloxRam
from nce_sim.modem.personalities.ublox.sockets import UbloxSockets
from nce_sim.modem.personalities.ublox.sources import SOURCES
from nce_sim.modem.personality import Personality, Sleep
from nce_sim.modem.stored import BIT, Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

UPSMR = Stored("+UPSMR", (0,), (BIT,))  # R410M-02B and R412M-02B have it not (S)
STORED = (Stored("+UPSMVER", (4,), ((0, 255),), Kept.NVM),)


class SaraHooks(StandardHooks):
    """What a SARA does on its own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return super().sees(modem, cell) and RATS.get(cell.rat) in modem.ram.of(UbloxRam).rats

    def started(self, modem: Modem) -> None:
        nvm, ram = modem.nvm.of(UbloxNvm), modem.ram.of(UbloxRam)
        ram.operator_profile, ram.rats = nvm.operator_profile, nvm.rats

    def remember_odd_settings(self, modem: Modem) -> None:
        modem.nvm.of(UbloxNvm).hexadecimal = 1

    def profile_stored(self, nvm: Nvm) -> None:
        nvm.of(UbloxNvm).hexadecimal = None

    def profile_loaded(self, nvm: Nvm, ram: Ram) -> None:
        kept = nvm.of(UbloxNvm).hexadecimal
        if kept is not None:
            ram.of(UbloxRam).hexadecimal = kept

    def may_sleep(self, modem: Modem) -> bool:
        blocker = modem.settings.sara_sleep_is_blocked_by
        if blocker is not None and UPSMR.name in modem.personality.commands:
            if modem.stored(UPSMR)[0]:
                modem.urc(f"+UUPSMR: 2,{blocker}")
            return False
        return True

    def entering_psm(self, modem: Modem) -> None:
        if modem.stored(UPSMR)[0]:
            modem.urc("+UUPSMR: 1")

    def left_psm(self, modem: Modem) -> None:
        if modem.stored(UPSMR)[0]:
            modem.urc("+UUPSMR: 0")


SARA_R4 = Personality(
    name="sara-r4",
    manufacturer="u-blox",
    model="SARA-R410M-02B",
    revision="L0.0.00.00.05.08",
    imei_tac="35272209",
    commands=STANDARD.joined(
        stored_commands(STORED),
        FAX,
        LISTS,
        indicators.COMMANDS,
        device.COMMANDS,
        socket_commands.COMMANDS,
        security.COMMANDS,
        certificates.COMMANDS,
        ping.COMMANDS,
        positioning.COMMANDS,
    ),
    sources=SOURCES,
    hooks=SaraHooks(),
    make_sockets=partial(UbloxSockets, urc="+UUSORD", has_profiles=False),
    receive_urc="+UUSOR",
    make_ram=UbloxRam,
    make_nvm=UbloxNvm,
    boot_ms=6_000,
    boot_banner=(),
    sim_ready_ms=1_000,
    power_down_text="",
    power_down_ms=2_000,
    power_on_pulse_ms=300,
    power_off_pulse_ms=2_000,
    reset_silence_ms=1_000,
    access_technologies=MappingProxyType({"2G": 0, "LTE-M": 7, "NB-IoT": 9}),
    line_settings=LineSettings(error_format=0),
    argument_cme=3,
    abort_result="ABORTED",
    errors_are_capitalised=True,
    reset_functions=(15,),
    command_gap_ms=20,
    sleep=Sleep(boots=True),
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "+USECMNG", "+USECPRF"}),
)

SARA_R5 = dataclasses.replace(
    SARA_R4,
    name="sara-r5",
    model="SARA-R510S",
    revision="02.06",
    imei_tac="35457411",
    commands=SARA_R4.commands.joined(stored_commands((UPSMR,)), device.PROFILES, security.SECURE),
    # S: the stack sleeps at `+UUPSMR: 1`, the line is answered for a while; [U] for how long
    sleep=Sleep(boots=True, line_lasts_ms=5_000),
    make_sockets=partial(UbloxSockets, urc="+UUSORF", has_profiles=True),
    power_on_pulse_ms=1_500,
    access_technologies=MappingProxyType({"LTE-M": 7, "NB-IoT": 9}),
    reset_functions=(16,),
)

# What ubxlib has of it (S): as SARA-R5 but for the suite, the context and the restart.
SARA_R422 = dataclasses.replace(
    SARA_R5,
    name="sara-r422",
    model="SARA-R422S",
    revision="00.12",
    imei_tac="35485312",
    commands=SARA_R5.commands.joined(device.FORCED, security.QUOTED),
    power_on_pulse_ms=SARA_R4.power_on_pulse_ms,
    access_technologies=SARA_R4.access_technologies,
    reset_functions=(15,),
)
