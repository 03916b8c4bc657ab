"""Quectel's commands about the device: identity, SIM, configuration, power, signal.

ATI +QCCID +QINISTAT +QSIMSTAT +QCFG +QURCCFG +QPOWD +QCSQ +QNWINFO +QENG +QPSMS
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.commands.packet import power_saving_mode
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.quectel.memory import QuectelNvm, QuectelRam
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.power_saving import T3324_UNITS_S, T3412_EXTENDED_UNITS_S, timer_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()


@COMMANDS.add("I")
def identification(modem: Modem, command: Command) -> None:
    """`ATI`: three lines."""
    personality = modem.personality
    modem.info(personality.manufacturer)
    modem.info(personality.model)
    modem.info(f"Revision: {personality.revision}")


@COMMANDS.add("+QGMR")
def full_revision(modem: Modem, command: Command) -> None:
    """`AT+QGMR`: the revision with that of the application."""
    modem.info(f"{modem.personality.revision}_01.012.01.012")


@COMMANDS.add("+QCCID", "+CCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT+QCCID`: twenty digits, without quotes."""
    if command.form is not Form.TEST:
        modem.info(f"{command.name}: {ready_sim(modem).iccid_with_luhn}")


@COMMANDS.add("+QINISTAT")
def initialisation(modem: Modem, command: Command) -> None:
    """`AT+QINISTAT`: 1 SIM, 2 SMS, 4 phone book, added up."""
    modem.info(f"+QINISTAT: {'(0-7)' if command.form is Form.TEST else 7 * modem.sim_is_ready}")


@COMMANDS.add("+QSIMSTAT")
def sim_presence(modem: Modem, command: Command) -> None:
    """`AT+QSIMSTAT?`: whether changes are reported, whether a SIM is in."""
    if command.form is Form.READ:
        is_reported = modem.ram.of(QuectelRam).reports_sim
        modem.info(f"+QSIMSTAT: {is_reported},{int(modem.sim is not None)}")
    elif command.form is Form.SET:
        modem.ram.of(QuectelRam).reports_sim = command.arguments.integer(0, 0, 1)


@COMMANDS.add("+QCFG")
def configuration(modem: Modem, command: Command) -> None:
    """`AT+QCFG="name"[,…]`: read or remember an extended setting."""
    stored = modem.nvm.of(QuectelNvm).configuration.texts
    if command.form is Form.TEST:
        for name in stored:
            modem.info(f'+QCFG: "{name}"')
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    name = command.arguments.text(0).lower()
    if name not in stored:
        raise ArgumentMistake(f"QCFG knows no {name!r}")
    _, comma, value = command.text.partition(",")
    if name == "psm/enter" and comma:
        command.arguments.integer(1, 0, 1)
        modem.later(500, modem.power_saving.sleep_now)
        return
    if not comma:
        modem.info(f'+QCFG: "{name}",{stored[name]}')
        return
    count = stored[name].count(",") + 1
    # A last argument beyond the stored ones says "at once", which is what happens here anyway.
    stored[name] = ",".join(value.split(",")[:count])


@COMMANDS.add("+QURCCFG")
def urc_port(modem: Modem, command: Command) -> None:
    """`AT+QURCCFG="urcport"[,…]`: where URCs go; only the port in use exists here."""
    if command.form is Form.TEST:
        modem.info('+QURCCFG: "urcport",("usbat","usbmodem","uart1")')
        return
    if command.form is not Form.SET or command.arguments.text(0) != "urcport":
        raise CommandFailed()
    if len(command.arguments) == 1:
        modem.info(f'+QURCCFG: "urcport","{modem.nvm.of(QuectelNvm).urc_port}"')
        return
    port = command.arguments.text(1)
    if port not in ("usbat", "usbmodem", "uart1"):
        raise ArgumentMistake(f"there is no URC port {port!r}")
    modem.nvm.of(QuectelNvm).urc_port = port


@COMMANDS.add("+QPOWD")
def power_down(modem: Modem, command: Command) -> None:
    """`AT+QPOWD`: OK, then off."""
    if command.form is Form.TEST:
        modem.info("+QPOWD: (0,1)")
        return
    if command.form is Form.SET:
        command.arguments.integer(0, 0, 1)
    modem.later(10, modem.power_down)


@COMMANDS.add("+QCSQ")
def signal(modem: Modem, command: Command) -> None:
    """`AT+QCSQ`: RSSI, RSRP, SINR (0.2 dB steps from -20) and RSRQ."""
    cell = modem.radio.cell
    if cell is None:
        modem.info('+QCSQ: "NOSERVICE"')
        return
    rat, sinr = modem.personality.rat_names[cell.rat], (cell.sinr_db + 20) * 5
    modem.info(f'+QCSQ: "{rat}",{cell.rssi_dbm},{cell.rsrp_dbm},{sinr},{cell.rsrq_db:.0f}')


@COMMANDS.add("+QNWINFO")
def network(modem: Modem, command: Command) -> None:
    """`AT+QNWINFO`: RAT, operator, band and channel."""
    tell_network(modem, command, modem.personality.rat_names, {})


def tell_network(
    modem: Modem, command: Command, access_names: Mapping[str, str], band_names: Mapping[str, str]
) -> None:
    """Answer `AT+QNWINFO` with a family's names of accesses and bands; "LTE BAND" is the usual."""
    cell = modem.radio.cell
    if command.form is Form.TEST:
        return
    if cell is None:
        modem.info("+QNWINFO: No Service")
        return
    band = f"{band_names.get(cell.rat, 'LTE BAND')} {cell.band}"
    modem.info(f'+QNWINFO: "{access_names[cell.rat]}","{cell.plmn}","{band}",{cell.earfcn}')


@COMMANDS.add("+QENG")
def serving_cell(modem: Modem, command: Command) -> None:
    """`AT+QENG="servingcell"`: the cell in use."""
    if command.form is not Form.SET or command.arguments.text(0) != "servingcell":
        raise CommandFailed()
    cell = modem.radio.cell
    if cell is None:
        modem.info('+QENG: "servingcell","SEARCH"')
        return
    mcc, mnc, rat = cell.plmn[:3], cell.plmn[3:], modem.personality.rat_names[cell.rat]
    modem.info(
        f'+QENG: "servingcell","NOCONN","{rat}","FDD",{mcc},{mnc},{cell.ci:X},'
        f"{cell.pci},{cell.earfcn},{cell.band},5,5,{cell.tac:X},{cell.rsrp_dbm},"
        f"{cell.rsrq_db:.0f},{cell.rssi_dbm},{cell.sinr_db},-"
    )


@COMMANDS.add("+QPSMS")
def power_saving(modem: Modem, command: Command) -> None:
    """`AT+QPSMS`: PSM asked for, with the granted timers in seconds when there are any."""
    if command.form is Form.SET:
        power_saving_mode(modem, command)
    elif command.form is Form.READ:
        wanted = modem.nvm.psm
        granted = modem.power_saving.granted_psm
        if granted is None:
            modem.info(f'+QPSMS: {wanted.mode},,,"{wanted.t3412}","{wanted.t3324}"')
        else:
            tau_s = (timer_ms(granted[0], T3412_EXTENDED_UNITS_S) or 0) // 1_000
            active_s = (timer_ms(granted[1], T3324_UNITS_S) or 0) // 1_000
            modem.info(f'+QPSMS: {wanted.mode},,,"{tau_s}","{active_s}"')
