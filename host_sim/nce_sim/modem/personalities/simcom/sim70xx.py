"""SIMCom SIM7080G and SIM7070G (CA sockets), SIM7000G (CIP sockets): LTE-M, NB-IoT, GSM."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.calls import FAX
from nce_sim.modem.commands.capabilities import BATTERY, CAPABILITIES
from nce_sim.modem.line.results import ERROR
from nce_sim.modem.line.uart import DEFAULT_RATE_BPS
from nce_sim.modem.personalities.simcom import (
    ca_bearer,
    ca_commands,
    ca_security,
    ca_server,
    cip_commands,
    cip_sockets,
    cip_streams,
    cip_udp,
    device,
    messages,
    ping,
    positioning,
    release,
)
from nce_sim.modem.personalities.simcom.ca_sockets import CaSockets
from nce_sim.modem.personalities.simcom.cip_sockets import CipSockets
from nce_sim.modem.personalities.simcom.memory import SimcomNvm, SimcomRam
from nce_sim.modem.personalities.simcom.sources import SIM70X0_SOURCES, SIM7000_SOURCES
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import MessageStores, Personality, Sleep
from nce_sim.modem.registration import FULL
from nce_sim.modem.stored import BIT, Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

# [U] that it is kept: nobody could hear of the end of a sleep else, which is a boot
CPSMSTATUS = Stored("+CPSMSTATUS", (0,), (BIT,), Kept.NVM)
CLTS = Stored("+CLTS", (0,), (BIT,), Kept.NVM)
CRRCSTATE = Stored("+CRRCSTATE", (0,), (BIT,))
STORED = (CLTS, Stored("+CSCLK", (0,), (BIT,)), CPSMSTATUS, CRRCSTATE)
# What the manuals have not (D).
MISSING = ("+CEER", "+CESQ", "+CSCON", "+CGCONTRDP", "+CLAC", "+CTZU")
CA_STORED = (device.CDNSPDPID,)
CIP_STORED = (cip_sockets.CIPQSEND, cip_sockets.CIPHEAD, cip_sockets.CIPSRIP)


class SimcomHooks(StandardHooks):
    """What all of them do on their own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return super().sees(modem, cell) and cell.rat in device.scanned_rats(modem)

    def entering_psm(self, modem: Modem) -> None:
        if modem.stored(CPSMSTATUS)[0]:
            modem.urc('+CPSMSTATUS: "ENTER PSM"')

    def left_psm(self, modem: Modem) -> None:
        if modem.stored(CPSMSTATUS)[0]:
            modem.urc('+CPSMSTATUS: "EXIT PSM"')

    def takes_network_time(self, modem: Modem) -> bool:
        return bool(modem.stored(CLTS)[0])

    def card_moved(self, modem: Modem, *, is_in: bool) -> None:
        if not is_in:
            modem.urc("+CPIN: NOT READY")

    def function_changed(self, modem: Modem, level: int) -> None:
        if level == 0:
            if modem.terminal.is_busy:
                modem.info("+CPIN: NOT READY")  # in front of the OK, as 1NCE's guides show
            return
        modem.urc("+CPIN: READY")
        modem.urc("SMS Ready")


class Sim7080Hooks(SimcomHooks):
    """The receiver and LTE, one at a time (S)."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return super().sees(modem, cell) and not modem.receiver.is_on

    def receiver_is_blocked(self, modem: Modem) -> bool:
        return modem.radio.function == FULL


SIM7080 = Personality(
    name="sim7080",
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7080G",
    short_model="SIM7080G",
    revision="R1951",
    imei_tac="86078905",
    sources=SIM70X0_SOURCES,
    commands=STANDARD.without(*MISSING).joined(
        stored_commands((*STORED, *CA_STORED, ping.SNPDPID)),
        FAX,
        BATTERY,
        CAPABILITIES,
        messages.COMMANDS,
        release.COMMANDS,
        device.COMMANDS,
        device.SIM7080_COMMANDS,
        ca_bearer.COMMANDS,
        ca_commands.COMMANDS,
        ca_server.COMMANDS,
        ca_security.COMMANDS,
        ping.CA_COMMANDS,
        positioning.CGNS_COMMANDS,
        positioning.SIM7080_COMMANDS,
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
    make_sockets=CaSockets,
    receive_urc="+CADATAIND",
    make_ram=SimcomRam,
    make_nvm=SimcomNvm,
    # The manuals have <AcT> 7 and 9 for +CGREG as well; the field shows 5 there, and 0 or 3 for
    # +CREG (D/S): dataclasses.replace(SIM7080, creg_on_lte=3) is the other one.
    cgreg_on_lte=5,
    creg_on_lte=0,
    rrc_report=CRRCSTATE,
    psm_is_asked_once=True,
    rate_bps=0,  # D
    argument_cme=None,
    abort_result=ERROR,
    unset_clock_s=1_072_915_200,  # 2004-01-01
    sleep=Sleep(boots=True),  # the power key or T3412 ends it; like power-off (D)
    messages=MessageStores((("SM", 50),), no_alpha='""'),
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "+CFSWFILE", "+CSSLCFG", "+CASSLCFG"}),
)

SIM7070 = dataclasses.replace(
    SIM7080,
    name="sim7070",
    model="SIMCOM_SIM7070G",
    short_model="SIM7070G",
    imei_tac="86615604",
)

SIM7000 = dataclasses.replace(
    SIM7080,
    name="sim7000",
    model="SIMCOM_SIM7000G",
    short_model="SIM7000G",
    revision="R1529",
    imei_tac="86942503",
    sources=SIM7000_SOURCES,
    commands=STANDARD.without(*MISSING).joined(
        stored_commands(STORED + CIP_STORED),
        FAX,
        BATTERY,
        CAPABILITIES,
        messages.COMMANDS,
        release.COMMANDS,
        device.COMMANDS,
        cip_commands.COMMANDS,
        cip_udp.COMMANDS,
        cip_streams.COMMANDS,
        ping.CIP_COMMANDS,
        positioning.CGNS_COMMANDS,
        positioning.SIM7000_COMMANDS,
    ),
    hooks=SimcomHooks(),  # the receiver works beside LTE (S, disputed)
    psm_waits_for_restart=True,  # D
    rate_bps=DEFAULT_RATE_BPS,
    make_sockets=CipSockets,
    receive_urc="+CIPRXGET: 1",
    boot_ms=4_500,
)
