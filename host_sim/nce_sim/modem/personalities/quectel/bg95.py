"""Quectel BG95-M3, and beside it BG96 and BG77.

Timings are those of its hardware design guide where the field agrees; the rest is marked. BG77
shares BG95's manuals: only its name is another here.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.registration import report_registration
from nce_sim.modem.commands.v250 import V250_DEFAULTS
from nce_sim.modem.personalities.quectel import context_commands, device, socket_commands
from nce_sim.modem.personalities.quectel.device import IOT_OPERATION_MODES, QCFG_DEFAULTS
from nce_sim.modem.personalities.quectel.socket_commands import QICFG_DEFAULTS
from nce_sim.modem.personalities.quectel.sockets import QuectelSockets
from nce_sim.modem.personality import Hooks, Personality, Stored
from nce_sim.modem.power_saving import T3324_UNITS_S, T3412_EXTENDED_UNITS_S, timer_ms

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.operator import Cell

STORED = (Stored("+QSCLK", (0,), ((0, 2),)),)


class BG95Hooks(Hooks):
    """What the BG95 does on its own."""

    def make_sockets(self, modem: Modem) -> QuectelSockets:
        return QuectelSockets(modem)

    def sees(self, modem: Modem, cell: Cell) -> bool:
        settings = modem.nvm["QCFG"]
        scanned = settings["nwscanmode"].strip()  # 0 all, 1 GSM only, 3 LTE only
        if cell.rat == "2G":
            return scanned in ("0", "1")
        modes = IOT_OPERATION_MODES.get(settings["iotopmode"].strip(), ())
        return scanned != "1" and cell.rat in modes

    def registration_changed(self, modem: Modem) -> None:
        report_registration(modem)
        if modem.radio.session is None:
            sockets = modem.sockets
            assert isinstance(sockets, QuectelSockets)
            sockets.lose_context()

    def pdp_lost(self, modem: Modem, reason: str) -> None:
        if modem.ram.get("+CGEREP", (0,))[0]:
            modem.urc("+CGEV: NW PDN DEACT 1")

    def entering_psm(self, modem: Modem) -> None:
        granted = modem.power_saving.granted_psm
        if granted is not None and modem.nvm["QCFG"]["psm/urc"].strip() == "1":
            tau_ms = timer_ms(granted[0], T3412_EXTENDED_UNITS_S) or 0
            active_ms = timer_ms(granted[1], T3324_UNITS_S) or 0
            modem.urc(f"+QPSMTIMER: {tau_ms // 1_000},{active_ms // 1_000}")
        modem.urc("PSM POWER DOWN")

    def remember_odd_settings(self, modem: Modem) -> None:
        modem.nvm["profile"]["QICFG"] = {**QICFG_DEFAULTS, "dataformat": "1,1"}

    def function_changed(self, modem: Modem, level: int) -> None:
        if level == 0:
            modem.urc("+CPIN: NOT READY")
            return
        for text in ("+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"):
            modem.urc(text)


BG95 = Personality(
    name="bg95",
    manufacturer="Quectel",
    model="BG95-M3",
    revision="BG95M3LAR02A04",
    imei_tac="86448004",
    commands=STANDARD.joined(
        stored_commands(STORED),
        device.COMMANDS,
        context_commands.COMMANDS,
        socket_commands.COMMANDS,
    ),
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
    ram_defaults=MappingProxyType({**V250_DEFAULTS, "QISDE": 1, "QICFG": dict(QICFG_DEFAULTS)}),
    nvm_defaults=MappingProxyType(
        {
            "contexts": {1: ("IPV4V6", "")},
            "QICSGP": {},
            "QCFG": dict(QCFG_DEFAULTS),
            "QURCCFG": "uart1",
        }
    ),
)

BG96 = dataclasses.replace(
    BG95,
    name="bg96",
    model="BG96",
    revision="BG96MAR02A07M1G",
    imei_tac="86642503",
    power_on_pulse_ms=150,
    boot_ms=4_000,
    boot_banner=((0, "RDY"), (250, "+CFUN: 1")),
)

BG77 = dataclasses.replace(
    BG95,
    name="bg77",
    model="BG77",
    revision="BG77LAR02A04",  # as BG95's is built
    imei_tac="86450205",
)
