"""Quectel BG95-M3: LTE-M, NB-IoT and GSM.

Timings are those of its hardware design guide where the field agrees; the rest is marked.
"""

from __future__ import annotations

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

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.operator import Cell

_BIT = (0, 1)
STORED = (
    Stored("+CSCON", (0,), (_BIT,)),
    Stored("+CGEREP", (0, 0), ((0, 2), _BIT)),
    Stored("+CTZR", (0,), ((0, 2),), kept="nvm"),
    Stored("+CTZU", (0,), ((0, 3),), kept="nvm"),
    Stored("+IPR", (115_200,), ((0, 3_000_000),), kept="nvm"),
    Stored("+IFC", (0, 0), ((0, 2), (0, 2)), kept="nvm"),
    Stored("+ICF", (3, 3), ((3, 3), (0, 3)), kept="nvm"),
    Stored("+QSCLK", (0,), ((0, 2),)),
)


class BG95Hooks(Hooks):
    """What the BG95 does on its own."""

    def make_sockets(self, modem: Modem) -> QuectelSockets:
        return QuectelSockets(modem)

    def sees(self, modem: Modem, cell: Cell) -> bool:
        settings = modem.nvm["QCFG"]
        if settings["nwscanmode"].strip() == "1":  # GSM only
            return False
        return cell.rat in IOT_OPERATION_MODES.get(settings["iotopmode"].strip(), ())

    def registration_changed(self, modem: Modem) -> None:
        report_registration(modem)
        if modem.radio.session is None:
            sockets = modem.sockets
            assert isinstance(sockets, QuectelSockets)
            sockets.lose_context()

    def pdp_lost(self, modem: Modem, reason: str) -> None:
        if modem.ram.get("+CGEREP", (0,))[0]:
            modem.urc("+CGEV: NW PDN DEACT 1")

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
    access_technologies=MappingProxyType({"LTE-M": 8, "NB-IoT": 9}),
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
