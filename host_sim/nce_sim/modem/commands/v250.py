"""Commands about the line itself: echo, result format, profiles. ITU-T V.250, 6.1 and 6.2.

E V Q X &F Z &W &V &D &C S0.. A/ +CMEE +IPR +IFC +CLAC
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

# What a basic command sets, and the largest value it takes.
_SWITCHES = {"E": 1, "V": 1, "Q": 1, "X": 4, "&C": 1, "&D": 2}
RATE_CHANGE_MS = 20  # until the final result is out
RATES_BPS = (9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)
_PROFILE = ("E", "V", "Q", "X", "&C", "&D", "CMEE", "S0", "S3", "S4", "S5")
V250_DEFAULTS = {
    "E": 1,
    "V": 1,
    "Q": 0,
    "X": 0,
    "&C": 1,
    "&D": 1,
    "CMEE": 1,
    "S0": 0,
    "S3": 13,
    "S4": 10,
    "S5": 8,
}


@COMMANDS.add(*_SWITCHES)
def switch(modem: Modem, command: Command) -> None:
    """`ATE0`, `ATV1`, …: a missing number is 0."""
    value = int(command.text or "0")
    if value > _SWITCHES[command.name]:
        raise ArgumentMistake(f"{command.name}{value} is not 0..{_SWITCHES[command.name]}")
    modem.ram[command.name] = value


@COMMANDS.add("S0", "S3", "S4", "S5")
def register(modem: Modem, command: Command) -> None:
    """`ATS0?`, `ATS0=1`."""
    if command.form is Form.READ:
        modem.info(f"{modem.ram[command.name]:03d}")
    elif command.form is Form.SET:
        if command.name in ("S3", "S4", "S5") and command.text != str(modem.ram[command.name]):
            raise ArgumentMistake(f"{command.name} is fixed at {modem.ram[command.name]}")
        modem.ram[command.name] = int(command.text or "0")


@COMMANDS.add("&F")
def factory_defaults(modem: Modem, command: Command) -> None:
    """`AT&F`: the line's settings as delivered."""
    for name in _PROFILE:
        modem.ram[name] = modem.personality.ram_defaults[name]


@COMMANDS.add("Z")
def stored_profile(modem: Modem, command: Command) -> None:
    """`ATZ`: the line's settings as last stored with `AT&W`."""
    factory_defaults(modem, command)
    modem.ram.update(copy.deepcopy(modem.nvm.get("profile", {})))


@COMMANDS.add("&W")
def store_profile(modem: Modem, command: Command) -> None:
    """`AT&W`: keep the line's settings for the next start."""
    modem.nvm["profile"] = {name: modem.ram[name] for name in _PROFILE}


@COMMANDS.add("&V")
def show_profile(modem: Modem, command: Command) -> None:
    """`AT&V`: the line's settings."""
    for name in _PROFILE:
        modem.info(f"{name}: {modem.ram[name]}")


@COMMANDS.add("+CMEE")
def error_format(modem: Modem, command: Command) -> None:
    """`AT+CMEE`: how errors are told (TS 27.007, 9.1)."""
    if command.form is Form.TEST:
        modem.info(f"+CMEE: (0-{modem.personality.most_cmee})")
    elif command.form is Form.READ:
        modem.info(f"+CMEE: {modem.ram['CMEE']}")
    elif command.form is Form.SET:
        modem.ram["CMEE"] = command.arguments.integer(0, 0, modem.personality.most_cmee, default=0)
    else:
        raise CommandFailed()


@COMMANDS.add("+IPR")
def rate(modem: Modem, command: Command) -> None:
    """`AT+IPR`: the line's rate from the final result on, kept; 0 follows the host (6.2.10)."""
    if command.form is Form.READ:
        modem.info(f"+IPR: {modem.uart.rate_bps}")
    elif command.form is Form.TEST:
        modem.info(f"+IPR: (0,{','.join(map(str, RATES_BPS))})")
    elif command.form is Form.SET:
        rate_bps = command.arguments.integer(0, 0, RATES_BPS[-1])
        if rate_bps and rate_bps not in RATES_BPS:
            raise ArgumentMistake(f"{rate_bps} is no rate of this line")
        modem.nvm["+IPR"] = rate_bps
        modem.later(RATE_CHANGE_MS, lambda: modem.uart.set_rate(rate_bps))
    else:
        raise CommandFailed()


@COMMANDS.add("+CLAC")
def list_commands(modem: Modem, command: Command) -> None:
    """`AT+CLAC`: all commands there are."""
    for name in sorted(modem.personality.commands):
        modem.info(f"AT{name}")
