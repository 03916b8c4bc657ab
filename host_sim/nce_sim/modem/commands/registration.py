"""Radio on and off, registration, operator, signal.

3GPP TS 27.007, 7.2, 7.3, 8.2, 8.5, 8.69 and 10.1.

+CFUN +CREG +CGREG +CEREG +CEER +COPS +CGATT +CSQ +CESQ
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.memory import Domain
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import DENIED, FULL, IDLE, MINIMUM, ROAMING, UNKNOWN, Selection

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

_GPRS = ("2G", "3G")
SCAN_MS = 25_000
CURRENT = 2  # <stat> of an operator in a scan
ATTACH_LIMIT_S = 140


@COMMANDS.add("+CFUN")
def function(modem: Modem, command: Command) -> Steps:
    """`AT+CFUN`: 0 minimum, 1 full, 4 flight; a second 1 restarts the modem."""
    personality = modem.personality
    levels = personality.functions
    if command.form is Form.TEST:
        modem.info(f"+CFUN: ({','.join(map(str, levels + personality.reset_functions))}),(0,1)")
        return None
    if command.form is Form.READ:
        modem.info(f"+CFUN: {modem.radio.function}")
        return None
    if command.form is Form.EXECUTE:
        raise CommandFailed()
    level = command.arguments.integer(0, 0, 255)
    if level not in levels + personality.reset_functions:
        raise ArgumentMistake(f"CFUN={level} is none of {', '.join(map(str, levels))}")
    if command.arguments.integer(1, 0, 1, default=0) or level in personality.reset_functions:
        silence_ms = personality.reset_silence_ms
        modem.later(10, lambda: modem.power_down(restart_after_ms=silence_ms))
        return None
    return (yield from change_function(modem, level))


def change_function(modem: Modem, level: int) -> Steps:
    """What `AT+CFUN=<level>` does."""
    before = modem.radio.function
    if level == before:
        return None
    yield Pause(300)
    if level != FULL:
        modem.radio.stop("radio off")
    modem.radio.function = level
    if level == MINIMUM:
        modem.sim_is_ready = False
        if modem.sim is not None and modem.sim.lock is not None:
            modem.sim.lock.power_cycled()
        modem.personality.hooks.function_changed(modem, level)
    elif before == MINIMUM:
        modem.start_sim()
    else:
        modem.radio.start()
    return None


def _stat(modem: Modem, domain: Domain) -> int:
    """The state that a command tells: the older ones have no say on LTE, and families differ."""
    personality, radio = modem.personality, modem.radio
    if radio.stat != ROAMING or radio.cell is None or radio.cell.rat in _GPRS:
        return radio.stat
    others = {
        Domain.GPRS: personality.cgreg_on_lte,
        Domain.CIRCUIT_SWITCHED: personality.creg_on_lte,
    }
    on_lte = others.get(domain)
    return radio.stat if on_lte is None else on_lte


def registration_fields(modem: Modem, domain: Domain, mode: int, *, is_answer: bool) -> str:
    """What follows `<n>,` in an answer, or stands alone in a URC: stat, place, cause, timers."""
    radio, cell = modem.radio, modem.radio.cell
    stat, personality = _stat(modem, domain), modem.personality
    if domain is Domain.EPS and radio.is_registered and cell is not None and cell.rat in _GPRS:
        stat = personality.cereg_on_gprs  # EPS has no part in a 2G or 3G registration
    fields = str(stat)
    tells_cause = mode in (3, 5) or (
        is_answer
        and mode <= 2
        and domain is Domain.EPS
        and modem.personality.cereg_always_tells_cause
    )
    if cell is not None and mode >= 2 and stat not in (IDLE, UNKNOWN):
        fields += f',"{cell.tac:04X}","{cell.ci:X}"'
        if domain in personality.tells_access:
            fields += f",{personality.access_technologies[cell.rat]}"
        psm = modem.power_saving.granted_psm
        if mode >= 4 and psm is not None:
            fields += f',,,"{psm[1]}","{psm[0]}"'
    elif tells_cause and stat == DENIED and radio.reject is not None:
        fields += f",,,,{radio.reject[0]},{radio.reject[1]}"
    return fields


@COMMANDS.add(*(domain.value for domain in Domain))
def registration(modem: Modem, command: Command) -> None:
    """`AT+CREG`, `AT+CGREG`, `AT+CEREG`: the state, and which URCs tell of it."""
    domain = Domain(command.name)
    name, mode = domain.value, modem.ram.reports.get(domain, 0)
    modes = modem.personality.registration_modes[domain]
    if command.form is Form.TEST:
        is_a_range = modes == tuple(range(len(modes)))
        modem.info(f"{name}: ({f'0-{modes[-1]}' if is_a_range else ','.join(map(str, modes))})")
    elif command.form is Form.READ:
        modem.info(f"{name}: {mode},{registration_fields(modem, domain, mode, is_answer=True)}")
    elif command.form is Form.SET:
        wanted = command.arguments.integer(0, 0, modes[-1], default=0)
        if wanted not in modes:
            raise ArgumentMistake(f"{name}={wanted} is none of {modes}")
        modem.ram.reports[domain] = wanted
    else:
        raise CommandFailed()


def report_registration(modem: Modem) -> None:
    """Send the URCs that the host asked for."""
    for domain in Domain:
        mode = modem.ram.reports.get(domain, 0)
        if mode:
            fields = registration_fields(modem, domain, mode, is_answer=False)
            modem.urc(f"{domain.value}: {fields}")


@COMMANDS.add("+CEER")
def last_cause(modem: Modem, command: Command) -> None:
    """`AT+CEER`: the last refusal in words."""
    if command.form is not Form.TEST:
        modem.info(f"+CEER: {modem.personality.hooks.last_cause(modem)}")


def operator_of(modem: Modem) -> tuple[str, str, str]:
    """The serving operator: long name, short name, PLMN."""
    cell = modem.radio.cell
    if cell is None:
        return "", "", ""
    return cell.carrier.long_name, cell.carrier.short_name, cell.plmn


@COMMANDS.add("+COPS")
def operator(modem: Modem, command: Command) -> Steps:
    """`AT+COPS`: which operator, chosen how; the scan may be aborted by any byte."""
    radio = modem.radio
    if command.form is Form.READ:
        line = f"+COPS: {radio.selection.value}"
        if radio.cell is not None:
            style = modem.ram.operator_format
            name = operator_of(modem)[style]
            technology = modem.personality.access_technologies[radio.cell.rat]
            line += f',{style},"{name}",{technology}'
        modem.info(line)
    elif command.form is Form.TEST:
        ready_sim(modem)
        yield Pause(SCAN_MS, abortable=True)
        technologies = modem.personality.access_technologies
        serving = (radio.cell.plmn, radio.cell.rat) if radio.cell is not None else None
        found = "".join(
            f'({CURRENT if (carrier.plmn, rat) == serving else status},"{carrier.long_name}",'
            f'"{carrier.short_name}","{carrier.plmn}",{technologies[rat]}),'
            for status, carrier, rat in modem.operator.scan()
            if rat in technologies
        )
        tail = ",(0-4),(0-2)"
        modem.info(f"+COPS: {found + tail if modem.personality.scan_has_tail else found[:-1]}")
    elif command.form is Form.SET:
        arguments = command.arguments
        mode = arguments.integer(0, 0, 4)
        if mode == 3:
            modem.ram.operator_format = arguments.integer(1, 0, 2)
            return None
        ready_sim(modem)
        yield Pause(200)
        if mode == 2:
            radio.selection = Selection.DEREGISTERED
            radio.stop("deregistered")
            return None
        if mode in (1, 4):
            wanted = arguments.text(2)
            plmns = {
                name: carrier.plmn
                for carrier in modem.operator.carriers.values()
                for name in (carrier.long_name, carrier.short_name)
            }
            radio.plmn = plmns.get(wanted, wanted) if mode == 1 else None
            radio.selection = Selection.MANUAL if mode == 1 else Selection.AUTOMATIC
            if radio.cell is not None and radio.plmn not in (None, radio.cell.plmn):
                radio.stop("another operator was chosen")
        else:
            radio.selection, radio.plmn = Selection.AUTOMATIC, None
        radio.start()
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("+CGATT")
def attachment(modem: Modem, command: Command) -> Steps:
    """`AT+CGATT`: attach and detach; attaching takes as long as registration does."""
    if command.form is Form.TEST:
        modem.info("+CGATT: (0,1)")
    elif command.form is Form.READ:
        modem.info(f"+CGATT: {int(modem.radio.is_registered)}")
    elif command.form is Form.SET:
        wanted = command.arguments.integer(0, 0, 1)
        ready_sim(modem)
        if wanted == 0:
            modem.radio.stop("detached")
            return None
        modem.radio.start()
        for _ in range(ATTACH_LIMIT_S):
            if modem.radio.is_registered:
                return None
            yield Pause(1_000, abortable=True)
        raise CommandFailed(30)
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("+CSQ")
def signal_quality(modem: Modem, command: Command) -> None:
    """`AT+CSQ`: RSSI in steps of 2 dB from -113 dBm; 99 is unknown."""
    if command.form is Form.TEST:
        modem.info("+CSQ: (0-31,99),(0-7,99)")
        return
    cell = modem.radio.cell
    rssi = 99 if cell is None else max(0, min(31, (cell.rssi_dbm + 113) // 2))
    modem.info(f"+CSQ: {rssi},99")


@COMMANDS.add("+CESQ")
def extended_signal_quality(modem: Modem, command: Command) -> None:
    """`AT+CESQ`: RSRQ in half dB from -20, RSRP in dB from -141; 255 is unknown."""
    if command.form is Form.TEST:
        modem.info("+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)")
        return
    cell = modem.radio.cell
    rsrq = 255 if cell is None else max(0, min(34, int((cell.rsrq_db + 20) * 2)))
    rsrp = 255 if cell is None else max(0, min(97, cell.rsrp_dbm + 141))
    modem.info(f"+CESQ: 99,99,255,255,{rsrq},{rsrp}")
