"""SIMCom SIM7080G and SIM7070G (CA sockets), SIM7000G (CIP sockets): LTE-M, NB-IoT, GSM."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.v250 import V250_DEFAULTS
from nce_sim.modem.personalities.simcom import (
    ca_security,
    ca_server,
    ca_sockets,
    cip_commands,
    cip_sockets,
    cip_udp,
    device,
)
from nce_sim.modem.personalities.simcom.ca_sockets import CaSockets
from nce_sim.modem.personalities.simcom.cip_sockets import CipSockets
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import MessageStores, Personality, Sleep, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

_BIT = (0, 1)
STORED = (
    Stored("+CLTS", (0,), (_BIT,), kept="nvm"),
    Stored("+CSCLK", (0,), ((0, 2),)),
    Stored("+CPSMSTATUS", (0,), (_BIT,)),
)
CIP_STORED = (
    Stored("+CIPQSEND", (0,), (_BIT,)),
    Stored("+CIPHEAD", (0,), (_BIT,)),
    Stored("+CIPSRIP", (0,), (_BIT,)),
)


class SimcomHooks(StandardHooks):
    """What all of them do on their own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return super().sees(modem, cell) and cell.rat in device.scanned_rats(modem)

    def bearer_lost(self, modem: Modem) -> None:
        modem.sockets.lose_bearer()

    def entering_psm(self, modem: Modem) -> None:
        if modem.ram.get("+CPSMSTATUS", (0,))[0]:
            modem.urc('+CPSMSTATUS: "ENTER PSM"')

    def function_changed(self, modem: Modem, level: int) -> None:
        if level == 0:
            if modem.terminal.is_busy:
                modem.info("+CPIN: NOT READY")  # in front of the OK, as 1NCE's guides show
            return
        modem.urc("+CPIN: READY")
        modem.urc("SMS Ready")


class Sim7080Hooks(SimcomHooks):
    """The CA sockets, whose bearer does not outlive power saving."""

    def make_sockets(self, modem: Modem) -> CaSockets:
        return CaSockets(modem)

    def left_psm(self, modem: Modem) -> None:
        ca_sockets.sockets_of(modem).lose_bearer(is_told=False)


class Sim7000Hooks(SimcomHooks):
    """The CIP sockets."""

    def make_sockets(self, modem: Modem) -> CipSockets:
        return CipSockets(modem)

    def left_psm(self, modem: Modem) -> None:
        cip_sockets.sockets_of(modem).reset()


SIM7080 = Personality(
    name="sim7080",
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7080G",
    revision="R1951",
    imei_tac="86078905",
    commands=STANDARD.joined(
        stored_commands(STORED),
        device.COMMANDS,
        device.SIM7080_COMMANDS,
        ca_sockets.COMMANDS,
        ca_server.COMMANDS,
        ca_security.COMMANDS,
    ),
    hooks=Sim7080Hooks(),
    boot_ms=2_500,
    boot_banner=((0, "RDY"), (100, "+CFUN: 1")),
    sim_ready_ms=600,
    power_down_text="NORMAL POWER DOWN",
    power_down_ms=1_300,
    power_on_pulse_ms=1_000,
    power_off_pulse_ms=1_200,
    reset_silence_ms=1_000,
    access_technologies=MappingProxyType({"2G": 0, "LTE-M": 7, "NB-IoT": 9}),
    ram_defaults=MappingProxyType({**V250_DEFAULTS}),
    nvm_defaults=MappingProxyType(
        {
            "contexts": {1: ("IP", "")},
            "CNMP": 2,
            "CMNB": 3,
            "CBANDCFG": {"CAT-M": "20,8", "NB-IOT": "20,8"},
        }
    ),
    # The manuals have <AcT> 7 and 9 for +CGREG as well, and it was seen to say 5 there.
    cgreg_on_lte=5,
    argument_cme=None,
    abort_result="ERROR",
    unset_clock_s=1_072_915_200,  # 2004-01-01
    sleep=Sleep(boots=False, resume_ms=1_000),
    messages=MessageStores((("SM", 10), ("ME", 23)), no_alpha='""'),
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "+CFSWFILE", "+CSSLCFG", "+CASSLCFG"}),
)

SIM7070 = dataclasses.replace(
    SIM7080, name="sim7070", model="SIMCOM_SIM7070G", imei_tac="86615604"
)

SIM7000 = dataclasses.replace(
    SIM7080,
    name="sim7000",
    model="SIMCOM_SIM7000G",
    revision="R1529",
    imei_tac="86942503",
    commands=STANDARD.joined(
        stored_commands(STORED + CIP_STORED),
        device.COMMANDS,
        cip_commands.COMMANDS,
        cip_udp.COMMANDS,
    ),
    hooks=Sim7000Hooks(),
    boot_ms=4_500,
)
