"""Commands about the line itself: echo, result format, profiles. ITU-T V.250, 6.1 and 6.2.

E V Q X &F Z &W &V &D &C S0.. A/ +CMEE +IPR +IFC
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.memory import LINE_SETTINGS
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

SWITCHES = ("E", "V", "Q", "X", "&C", "&D")
REGISTERS = ("S0", "S3", "S4", "S5")
RATE_CHANGE_MS = 20  # until the final result is out


@COMMANDS.add(*SWITCHES)
def switch(modem: Modem, command: Command) -> None:
    """`ATE0`, `ATV1`, …: a missing number is 0."""
    setting, value = LINE_SETTINGS[command.name], int(command.text or "0")
    if value > setting.most:
        raise ArgumentMistake(f"{command.name}{value} is not 0..{setting.most}")
    modem.ram.line = setting.changed(modem.ram.line, value)


@COMMANDS.add(*REGISTERS)
def register(modem: Modem, command: Command) -> None:
    """`ATS0?`, `ATS0=1`."""
    setting = LINE_SETTINGS[command.name]
    now = setting.of(modem.ram.line)
    if command.form is Form.READ:
        modem.info(f"{now:03d}")
    elif command.form is Form.SET:
        if setting.is_fixed and command.text != str(now):
            raise ArgumentMistake(f"{command.name} is fixed at {now}")
        modem.ram.line = setting.changed(modem.ram.line, int(command.text or "0"))


@COMMANDS.add("&F")
def factory_defaults(modem: Modem, command: Command) -> None:
    """`AT&F`: the line's settings as delivered."""
    modem.ram.line = modem.personality.line_settings


@COMMANDS.add("Z")
def stored_profile(modem: Modem, command: Command) -> None:
    """`ATZ`: the line's settings as last stored with `AT&W`."""
    modem.load_profile()


@COMMANDS.add("&W")
def store_profile(modem: Modem, command: Command) -> None:
    """`AT&W`: keep the line's settings for the next start."""
    if modem.personality.rate_is_kept_by_profile:
        modem.nvm.rate_bps = modem.uart.rate_bps
    modem.store_profile()


@COMMANDS.add("&V")
def show_profile(modem: Modem, command: Command) -> None:
    """`AT&V`: the line's settings."""
    for name, value in modem.ram.line.shown():
        modem.info(f"{name}: {value}")


@COMMANDS.add("+CMEE")
def error_format(modem: Modem, command: Command) -> None:
    """`AT+CMEE`: how errors are told (TS 27.007, 9.1)."""
    if command.form is Form.TEST:
        modem.info(f"+CMEE: (0-{modem.personality.most_cmee})")
    elif command.form is Form.READ:
        modem.info(f"+CMEE: {modem.ram.line.error_format}")
    elif command.form is Form.SET:
        wanted = command.arguments.integer(0, 0, modem.personality.most_cmee, default=0)
        modem.ram.line = replace(modem.ram.line, error_format=wanted)
    else:
        raise CommandFailed()


@COMMANDS.add("+IPR")
def rate(modem: Modem, command: Command) -> None:
    """`AT+IPR`: the line's rate from the final result on, kept; 0 follows the host (6.2.10)."""
    rates_bps = modem.personality.rates_bps
    if command.form is Form.READ:
        modem.info(f"+IPR: {modem.uart.rate_bps}")
    elif command.form is Form.TEST:
        modem.info(f"+IPR: ({','.join(map(str, rates_bps))})")
    elif command.form is Form.SET:
        rate_bps = command.arguments.integer(0, 0, rates_bps[-1])
        if rate_bps not in rates_bps:
            raise ArgumentMistake(f"{rate_bps} is no rate of this line")
        if not modem.personality.rate_is_kept_by_profile:
            modem.nvm.rate_bps = rate_bps
        modem.later(RATE_CHANGE_MS, lambda: modem.uart.set_rate(rate_bps))
    else:
        raise CommandFailed()
