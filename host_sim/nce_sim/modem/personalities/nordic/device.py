"""nRF91's own commands: identity, system mode, credentials, signal, restart.

+CESQ +COPS %XICCID %SHORTSWVER %HWVERSION %XSYSTEMMODE %XBANDLOCK %CMNG %XMONITOR %CESQ %XTIME
%MDMEV %XMODEMSLEEP %XPTW %RAI +CEDRXS #XRESET #XSHUTDOWN #XSLEEP
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.commands.packet import bit_string, extended_drx
from nce_sim.modem.commands.registration import change_function, operator_of
from nce_sim.modem.commands.registration import function as standard_function
from nce_sim.modem.commands.registration import operator as standard_operator
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic.memory import (
    ModemSleep,
    NordicNvm,
    NordicRam,
    SystemMode,
)
from nce_sim.modem.personalities.nordic.security import PSK
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import FLIGHT, FULL

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NOT_FOUND, NOT_WHILE_ACTIVE = 513, 518
# AT+CFUN levels that switch only a part: LTE off and on; the rest touches no LTE.
LTE_LEVELS = {20: FLIGHT, 44: FLIGHT, 21: FULL}
WITHOUT_EFFECT = (30, 31, 40, 41)
GNSS_LEVELS = {0: False, 1: True, 4: False, 30: False, 31: True}
MOST_CREDENTIALS = 64
LEAST_THRESHOLD_MS, LONGEST_SLEEP_MS = 10_240, 35_712_000_000
T3412 = "00011110"  # [U] of %XMONITOR: what the cell gives to all, without "extended"
LTE_M, NB_IOT = 4, 5  # <AcT-type> of +CEDRXS and %XPTW
DEFAULT_WINDOW = "0011"  # [U]: no document says what the modem takes by itself
DEEP, LINE_ALONE = 1, 2  # of AT#XSLEEP


@COMMANDS.add("+CFUN")
def function(modem: Modem, command: Command) -> Steps:
    """`AT+CFUN`: the levels of TS 27.007 and those that switch LTE alone."""
    if command.form is Form.SET:
        level = command.arguments.integer(0, 0, 255)
        if level in GNSS_LEVELS:
            modem.ram.of(NordicRam).gnss_is_active = GNSS_LEVELS[level]
            if not GNSS_LEVELS[level]:
                modem.receiver.stop()
        if level in WITHOUT_EFFECT:
            return None
        if level in LTE_LEVELS:
            return (yield from change_function(modem, LTE_LEVELS[level]))
    return (yield from standard_function(modem, command))


@COMMANDS.add("%XICCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT%XICCID`: the card's digits, twenty of them."""
    if command.form is not Form.TEST:
        modem.info(f"%XICCID: {ready_sim(modem).iccid_with_luhn}")


@COMMANDS.add("%SHORTSWVER", "%HWVERSION")
def versions(modem: Modem, command: Command) -> None:
    """`AT%SHORTSWVER`, `AT%HWVERSION`."""
    is_hardware = command.name == "%HWVERSION"
    personality = modem.personality
    shown = personality.short_model if is_hardware else personality.short_revision
    modem.info(f"{command.name}: {shown}")


@COMMANDS.add("%XSYSTEMMODE")
def system_mode(modem: Modem, command: Command) -> None:
    """`AT%XSYSTEMMODE=<LTE-M>,<NB-IoT>,<GNSS>,<preference>`: only while the radio is off."""
    if command.form is Form.READ:
        modem.info(f"%XSYSTEMMODE: {','.join(map(str, modem.nvm.of(NordicNvm).system_mode))}")
        return
    if command.form is Form.TEST:
        modem.info("%XSYSTEMMODE: (0,1),(0,1),(0,1),(0-4)")
        return
    arguments = command.set_arguments
    wanted = SystemMode(*(arguments.integer(i, 0, 4 if i == 3 else 1) for i in range(4)))
    if modem.radio.function == FULL:
        modem.mistake("XSYSTEMMODE while the radio is on")
        raise CommandFailed(NOT_WHILE_ACTIVE)
    modem.nvm.of(NordicNvm).system_mode = wanted


@COMMANDS.add("%XBANDLOCK")
def band_lock(modem: Modem, command: Command) -> None:
    """`AT%XBANDLOCK=<op>,"<bits>"`: kept, without an effect."""
    if command.form is Form.READ:
        modem.info(f'%XBANDLOCK: "{modem.nvm.of(NordicNvm).band_lock}"')
        return
    arguments = command.set_arguments
    arguments.integer(0, 0, 3)
    bits = arguments.text(1, "1" * 88)
    if set(bits) - {"0", "1"}:
        raise ArgumentMistake("a band mask is made of 0 and 1")
    modem.nvm.of(NordicNvm).band_lock = str(bits)


@COMMANDS.add("%CMNG")
def credentials(modem: Modem, command: Command) -> None:
    """`AT%CMNG`: 0 writes, 1 lists, 3 deletes; nothing is written while the modem is active."""
    stored = modem.nvm.of(NordicNvm).credentials
    arguments = command.set_arguments
    operation = arguments.integer(0, 0, 3)
    if operation == 1:
        for (tag, kind), content in sorted(stored.items()):
            digest = hashlib.sha256(content.encode("latin-1")).hexdigest().upper()
            modem.info(f'%CMNG: {tag},{kind},"{digest}"')
        return
    key = (arguments.integer(1, 0, 2**31), arguments.integer(2, 0, 8))
    if operation == 2:
        raise CommandFailed(514)  # secrets cannot be read back
    if modem.radio.function == FULL:
        modem.mistake("credentials written while the modem is active", operation=operation)
        raise CommandFailed(NOT_WHILE_ACTIVE)
    if operation == 3:
        if stored.pop(key, None) is None:
            raise CommandFailed(NOT_FOUND)
    elif len(stored) < MOST_CREDENTIALS:
        content = str(arguments.text(3))
        if key[1] == PSK and not _is_hexadecimal(content):
            raise ArgumentMistake("a pre-shared key is written in hexadecimal")
        stored[key] = content
    else:
        raise CommandFailed(515)


def _is_hexadecimal(text: str) -> bool:
    try:
        return bool(bytes.fromhex(text))
    except ValueError:
        return False


def _rsrp_index(dbm: int) -> int:
    """RSRP as Nordic counts it: the index less 140 is dBm (D)."""
    return max(0, min(97, dbm + 140))


@COMMANDS.add("+CESQ")
def signal_quality(modem: Modem, command: Command) -> None:
    """`AT+CESQ`: half the RSRQ index less 19.5 is dB, the RSRP index less 140 is dBm (D)."""
    if command.form is Form.TEST:
        modem.info("+CESQ: (99),(99),(255),(255),(0-34,255),(0-97,255)")
        return
    cell = modem.radio.cell
    rsrq = 255 if cell is None else max(0, min(34, int((cell.rsrq_db + 19.5) * 2)))
    rsrp = 255 if cell is None else _rsrp_index(cell.rsrp_dbm)
    modem.info(f"+CESQ: 99,99,255,255,{rsrq},{rsrp}")


@COMMANDS.add("+COPS")
def operator(modem: Modem, command: Command) -> Steps:
    """`AT+COPS`: modes 0, 1 and 3, no access technology; a scan lists operators alone (D)."""
    if command.form is Form.SET:
        command.arguments.at_most(3)
        if command.arguments.integer(0, 0, 3) == 2:
            raise ArgumentMistake("mode 2 does not exist here")
    return (yield from standard_operator(modem, command))


@COMMANDS.add("%XMONITOR")
def monitor(modem: Modem, command: Command) -> None:
    """`AT%XMONITOR`: 16 fields (mfw 1.2), the state alone unless it is 1 or 5; a stray space."""
    radio = modem.radio
    cell = radio.cell
    if cell is None or not radio.is_registered:
        modem.info(f"%XMONITOR: {radio.stat}")
        return
    names = operator_of(modem)
    technology = modem.personality.access_technologies[cell.rat]
    tau, active = modem.power_saving.granted_psm or ("11100000", "11100000")
    edrx = modem.power_saving.granted_edrx
    modem.info(
        f'%XMONITOR: {radio.stat},"{names[0]}","{names[1]}","{cell.plmn}","{cell.tac:04X}",'
        f'{technology},{cell.band},"{cell.ci:08X}",{cell.pci},{cell.earfcn},'
        f'{_rsrp_index(cell.rsrp_dbm)},{cell.sinr_db + 24},"{edrx[1] if edrx else ""}", '
        f'"{active}","{tau}","{T3412}"'
    )


@COMMANDS.add("%CESQ", "%XTIME", "%MDMEV")
def notifications(modem: Modem, command: Command) -> None:
    """Notifications switched on and off; none of these is ever sent."""
    arguments = command.set_arguments
    for position in range(len(arguments)):
        arguments.integer(position, 0, 100_000_000)


@COMMANDS.add("%XMODEMSLEEP")
def sleep_notifications(modem: Modem, command: Command) -> None:
    """`AT%XMODEMSLEEP=1,<warning ms>,<threshold ms>`: sleeps are told; `=0` ends that (D)."""
    ram = modem.ram.of(NordicRam)
    arguments = command.set_arguments
    if arguments.integer(0, 0, 1) == 0:
        arguments.at_most(1)
        ram.modem_sleep = None
    else:
        ram.modem_sleep = ModemSleep(
            arguments.integer(1, 0, LONGEST_SLEEP_MS),
            arguments.integer(2, LEAST_THRESHOLD_MS, LONGEST_SLEEP_MS),
        )


@COMMANDS.add("+CEDRXS")
def edrx(modem: Modem, command: Command) -> None:
    """`AT+CEDRXS`: a set command gives the paging time windows back to the modem (D)."""
    if command.form is Form.SET:
        modem.nvm.paging_windows.clear()
    extended_drx(modem, command)


@COMMANDS.add("%XPTW")
def paging_window(modem: Modem, command: Command) -> None:
    """`AT%XPTW=<4 or 5>[,"<bits>"]`: the window to ask for; without bits, the modem's own (D)."""
    windows = modem.nvm.paging_windows
    if command.form is Form.READ:
        for technology in LTE_M, NB_IOT:
            modem.info(f'%XPTW: {technology},"{windows.get(technology, DEFAULT_WINDOW)}"')
        return
    arguments = command.set_arguments
    technology = arguments.integer(0, LTE_M, NB_IOT)
    if arguments.is_given(1):
        windows[technology] = bit_string(arguments.text(1), 4)
    else:
        windows.pop(technology, None)
    modem.power_saving.settings_changed()


@COMMANDS.add("%RAI")
def release_assistance(modem: Modem, command: Command) -> None:
    """`AT%RAI`: whether release assistance is given; off, sockets' wishes have no effect."""
    if command.form is Form.READ:
        modem.info(f"%RAI: {modem.nvm.of(NordicNvm).release_assistance}")
        return
    modem.nvm.of(NordicNvm).release_assistance = command.set_arguments.integer(0, 0, 1)


@COMMANDS.add("#XRESET")
def restart(modem: Modem, command: Command) -> None:
    """`AT#XRESET`: OK, then a restart."""
    silence_ms = modem.personality.reset_silence_ms
    modem.later(10, lambda: modem.power_down(restart_after_ms=silence_ms))


@COMMANDS.add("#XSHUTDOWN")
def shut_down(modem: Modem, command: Command) -> None:
    """`AT#XSHUTDOWN`: OK, then off."""
    modem.later(10, modem.power_down)


@COMMANDS.add("#XSLEEP")
def sleep(modem: Modem, command: Command) -> None:
    """`AT#XSLEEP`: 1 everything, 2 the UART alone: LTE stays, and `Ready` comes again."""
    if command.set_arguments.integer(0, DEEP, LINE_ALONE) == DEEP:
        modem.later(10, modem.power_down)
    else:
        modem.later(10, modem.stop_line)
