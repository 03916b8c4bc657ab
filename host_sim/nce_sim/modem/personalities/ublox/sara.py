"""u-blox SARA-R410M (LTE-M, NB-IoT, GPRS) and SARA-R510S (LTE-M, NB-IoT).

Times are those of ubxlib's table of modules. Neither says anything at boot.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.v250 import V250_DEFAULTS
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personalities.ublox import device, security, socket_commands
from nce_sim.modem.personalities.ublox.device import RATS
from nce_sim.modem.personalities.ublox.socket_commands import sockets_of
from nce_sim.modem.personalities.ublox.sockets import UbloxSockets
from nce_sim.modem.personality import Personality, Sleep, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

STORED = (
    Stored("+UPSMR", (0,), ((0, 1),)),
    Stored("+UPSMVER", (4,), ((0, 255),), kept="nvm"),
)


class SaraHooks(StandardHooks):
    """What a SARA does on its own."""

    def __init__(self, urc: str, *, has_profiles: bool) -> None:
        self._urc = urc
        self._has_profiles = has_profiles

    def make_sockets(self, modem: Modem) -> UbloxSockets:
        return UbloxSockets(modem, self._urc, has_profiles=self._has_profiles)

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return super().sees(modem, cell) and RATS.get(cell.rat) in modem.nvm["URAT"]

    def bearer_lost(self, modem: Modem) -> None:
        sockets_of(modem).lose_bearer()

    def remember_odd_settings(self, modem: Modem) -> None:
        modem.nvm["profile"]["UDCONF"] = 1

    def entering_psm(self, modem: Modem) -> None:
        if modem.ram.get("+UPSMR", (0,))[0]:
            modem.urc("+UUPSMR: 1")


SARA_R4 = Personality(
    name="sara-r4",
    manufacturer="u-blox",
    model="SARA-R410M-02B",
    revision="L0.0.00.00.05.08",
    imei_tac="35272209",
    commands=STANDARD.joined(
        stored_commands(STORED), device.COMMANDS, socket_commands.COMMANDS, security.COMMANDS
    ),
    hooks=SaraHooks("+UUSORD", has_profiles=False),
    boot_ms=6_000,
    boot_banner=(),
    sim_ready_ms=1_000,
    power_down_text="",
    power_down_ms=2_000,
    power_on_pulse_ms=300,
    power_off_pulse_ms=2_000,
    reset_silence_ms=1_000,
    access_technologies=MappingProxyType({"2G": 0, "LTE-M": 7, "NB-IoT": 9}),
    ram_defaults=MappingProxyType({**V250_DEFAULTS, "CMEE": 0}),
    nvm_defaults=MappingProxyType(
        {
            "contexts": {1: ("IP", "")},
            "UMNOPROF": 100,
            "URAT": (7, 8),
            "UBANDMASK": {0: 524_420, 1: 524_420},
        }
    ),
    argument_cme=3,
    abort_result="ABORTED",
    errors_are_capitalised=True,
    reset_functions=(15,),
    command_gap_ms=20,
    uart_sleep_ms=9_200,
    sleep=Sleep(boots=True),
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "+USECPRF"}),
)

SARA_R5 = dataclasses.replace(
    SARA_R4,
    name="sara-r5",
    model="SARA-R510S",
    revision="02.06",
    imei_tac="35457411",
    commands=SARA_R4.commands.joined(device.PROFILES, security.SECURE),
    hooks=SaraHooks("+UUSORF", has_profiles=True),
    power_on_pulse_ms=1_500,
    access_technologies=MappingProxyType({"LTE-M": 7, "NB-IoT": 9}),
    reset_functions=(16,),
)
