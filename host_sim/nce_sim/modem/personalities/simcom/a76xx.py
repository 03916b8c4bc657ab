"""SIMCom A7672E (A76XX) and SIM7600E: LTE Cat 1 and Cat 4 with 3G and 2G behind them.

A76XX AT manual V1.09; what only a log or another's source shows is marked S, what is concluded I.

ATI +CGMR +CICCID +CNMP +CPSI +CNSMOD +CPOF +CRESET +CNMI +CTZU
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.calls import FAX
from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.commands.sms_settings import notifications
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed, MessageFailed
from nce_sim.modem.memory import Domain
from nce_sim.modem.personalities.simcom import (
    net_commands,
    net_service,
    net_settings,
    ping,
    positioning,
)
from nce_sim.modem.personalities.simcom.memory import NetNvm, NetRam
from nce_sim.modem.personalities.simcom.net_sockets import (
    CIPHEAD,
    CIPSRIP,
    NetSockets,
    Sim7600Sockets,
)
from nce_sim.modem.personalities.simcom.sources import A76XX_SOURCES, SIM7600_SOURCES
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import CommandTable, MessageStores, Personality
from nce_sim.modem.registration import MINIMUM
from nce_sim.modem.stored import BIT, Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

COMMANDS = CommandTable()

CTZU = Stored("+CTZU", (0,), (BIT,), Kept.NVM)  # 4.2.12: off as delivered
STORED = (CTZU, CIPHEAD, CIPSRIP, Stored("+CATR", (0,), ((0, 7),)))  # 10.2.9
# AT+CNMP, 4.2.7: automatic, GSM, WCDMA, LTE.
MODES = {2: ("2G", "3G", "LTE"), 13: ("2G",), 14: ("3G",), 38: ("LTE",)}
SYSTEM_MODES = {"2G": 1, "3G": 4, "LTE": 8}  # AT+CNSMOD, 4.2.11
LEAST_MODE_OF_DIRECT, DIRECT, CLASS_3, STATUS_REPORTS = 1, 2, 3, 1  # AT+CNMI, 9.2.9
NOT_ALLOWED = 302  # TS 27.005, 3.2.5


@COMMANDS.add("I")
def identification(modem: Modem, command: Command) -> None:
    """`ATI`: each line with its name (2.2.7)."""
    personality = modem.personality
    modem.info(f"Manufacturer: {personality.manufacturer}")
    modem.info(f"Model: {personality.model}")
    modem.info(f"Revision: {personality.revision}")
    modem.info(f"IMEI: {modem.imei}")
    modem.info("+GCAP: +CGSM,+FCLASS,+DS")


@COMMANDS.add("+CGMR")
def revision(modem: Modem, command: Command) -> None:
    """`AT+CGMR`: with its own name in front (2.2.18)."""
    if command.form is not Form.TEST:
        modem.info(f"+CGMR: {modem.personality.revision}")


@COMMANDS.add("+CICCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT+CICCID`: the answer is called `+ICCID` (6.2.1)."""
    if command.form is not Form.TEST:
        modem.info(f"+ICCID: {ready_sim(modem).iccid_with_luhn}")


@COMMANDS.add("+CNMP")
def preferred_mode(modem: Modem, command: Command) -> None:
    """`AT+CNMP`: 2 automatic, 13 GSM, 14 WCDMA, 38 LTE; at once (4.2.7)."""
    nvm = modem.nvm.of(NetNvm)
    if command.form is Form.TEST:
        modem.info("+CNMP: (2,13,14,38)")
    elif command.form is Form.READ:
        modem.info(f"+CNMP: {nvm.preferred_mode}")
    else:
        mode = command.set_arguments.integer(0, 2, 38)
        if mode not in MODES:
            raise CommandFailed()
        nvm.preferred_mode = mode
        modem.radio.settings_changed()


@COMMANDS.add("+CPSI")
def system_information(modem: Modem, command: Command) -> None:
    """`AT+CPSI?`: the serving cell, with the levels as reports have them (4.2.9)."""
    cell = modem.radio.cell
    if command.form is not Form.READ:
        return
    if cell is None:
        modem.info("+CPSI: NO SERVICE,Online")
        return
    place = f"Online,{cell.plmn[:3]}-{cell.plmn[3:]},0x{cell.tac:04X},{cell.ci}"
    if cell.rat == "2G":
        modem.info(f"+CPSI: GSM,{place},{cell.earfcn} EGSM 900,{cell.rssi_dbm},0,40-40")
    elif cell.rat == "3G":
        modem.info(
            f"+CPSI: WCDMA,{place},WCDMA IMT 2000,{cell.pci},{cell.earfcn},0,6,"
            f"{-cell.rsrp_dbm},36,{-cell.rssi_dbm},500"
        )
    else:
        levels = (cell.rsrq_db * 2 + 40, cell.rsrp_dbm + 140, cell.rssi_dbm + 110, cell.sinr_db)
        shown = ",".join(f"{level:.0f}" for level in levels)
        modem.info(
            f"+CPSI: LTE,{place},{cell.pci},EUTRAN-BAND{cell.band},{cell.earfcn},5,0,{shown}"
        )


@COMMANDS.add("+CNSMOD")
def system_mode(modem: Modem, command: Command) -> None:
    """`AT+CNSMOD?`: what kind of network (4.2.11)."""
    cell = modem.radio.cell
    if command.form is Form.READ:
        modem.info(f"+CNSMOD: 0,{SYSTEM_MODES[cell.rat] if cell else 0}")


@COMMANDS.add("+CPOF")
def power_down(modem: Modem, command: Command) -> None:
    """`AT+CPOF`: OK, then off (3.2.5)."""
    if command.form is Form.EXECUTE:
        modem.later(10, modem.power_down)


@COMMANDS.add("+CRESET")
def restart(modem: Modem, command: Command) -> None:
    """`AT+CRESET`: OK, then a restart (3.2.6)."""
    if command.form is Form.EXECUTE:
        silence_ms = modem.personality.reset_silence_ms
        modem.later(10, lambda: modem.power_down(restart_after_ms=silence_ms))


@COMMANDS.add("+CNMI")
def message_indications(modem: Modem, command: Command) -> None:
    """`AT+CNMI`: <mt> 3 and <ds> 1 need <mode> 1, <mt> 2 needs 1 or 2; kept (9.2.9)."""
    if command.form is Form.SET:
        now, arguments = modem.ram.sms.notifications, command.arguments
        mode = arguments.integer(0, 0, 2, default=now.mode)
        messages = arguments.integer(1, 0, 3, default=now.messages)
        reports = arguments.integer(3, 0, 2, default=now.reports)
        is_wrong = (messages == CLASS_3 or reports == STATUS_REPORTS) and mode != 1
        if is_wrong or (messages == DIRECT and mode < LEAST_MODE_OF_DIRECT):
            raise MessageFailed(NOT_ALLOWED)
    notifications(modem, command)


class NetHooks(StandardHooks):
    """What both do on their own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return cell.rat in MODES[modem.nvm.of(NetNvm).preferred_mode]

    def card_moved(self, modem: Modem, *, is_in: bool) -> None:
        if not is_in:
            modem.urc("+CPIN: NOT READY")

    def function_changed(self, modem: Modem, level: int) -> None:
        if level == MINIMUM:
            modem.urc("+CPIN: NOT READY")
            return
        for text in ("+CPIN: READY", "SMS DONE", "PB DONE"):
            modem.urc(text)


A7672 = Personality(
    name="a7672",
    manufacturer="SIMCOM INCORPORATED",
    model="A7672E-FASE",
    revision="A50C4B12A7672M7",
    imei_tac="86228206",
    sources=A76XX_SOURCES,
    commands=STANDARD.without("+CPSMS", "+CEDRXS", "+CEDRXRDP", "+CSCON").joined(
        stored_commands(STORED),
        FAX,
        COMMANDS,
        net_service.COMMANDS,
        net_commands.COMMANDS,
        net_settings.COMMANDS,
        ping.NET_COMMANDS,
        positioning.A76XX_COMMANDS,
    ),
    hooks=NetHooks(),
    boot_ms=8_000,
    boot_banner=((0, "*ATREADY: 1"),),  # (S)
    sim_ready_ms=1_500,
    power_down_text="",
    power_down_ms=2_000,
    power_on_pulse_ms=50,
    power_off_pulse_ms=2_500,
    reset_silence_ms=2_000,
    # TS 27.007, 7.3 and 4.2.2.
    access_technologies=MappingProxyType({"2G": 0, "3G": 2, "LTE": 7}),
    make_sockets=NetSockets,
    receive_urc="+CIPRXGET: 1",
    make_ram=NetRam,
    make_nvm=NetNvm,
    cgreg_on_lte=5,
    cereg_on_gprs=4,
    tells_access=(Domain.EPS,),  # 4.2.1 and 5.2.1 have none
    argument_cme=None,
    line_limit=3_071,  # 1.5.2
    messages=MessageStores((("SM", 50), ("ME", 23))),
)
SIM7600 = dataclasses.replace(
    A7672,
    name="sim7600",
    model="SIMCOM_SIM7600E-H",
    revision="LE20B04SIM7600M22",
    imei_tac="86147503",
    sources=SIM7600_SOURCES,
    commands=A7672.commands.without("+CIPCFG", "+CGNSSPWR", "+CGNSSINFO").joined(
        positioning.SIM7600_COMMANDS
    ),
    boot_ms=11_000,
    boot_banner=((0, "RDY"),),  # (S)
    power_on_pulse_ms=100,
    make_sockets=Sim7600Sockets,
)
