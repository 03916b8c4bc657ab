"""Quectel's files, as far as certificates need them.

+QFUPL +QFDEL +QFLST

    AT+QFUPL="UFS:ca.pem",1939,60       CONNECT, 1939 bytes, +QFUPL: 1939,4f64
    AT+QFLST="*"                        +QFLST: "UFS:ca.pem",1939

[S] as public drivers and field logs have it. [I] the sizes; 405 and 407 for a file that is not
there, or is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Prompt, Steps
from nce_sim.modem.personalities.quectel.memory import QuectelNvm
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

CONNECT = b"\r\nCONNECT\r\n"
MOST_BYTES = 1_000_000
NOT_FOUND, EXISTS = 405, 407
DISK = "UFS:"


def checksum(content: bytes) -> int:
    """The exclusive or of the content's words of 16 bits, high byte first."""
    even = content + b"\0" * (len(content) % 2)
    result = 0
    for at in range(0, len(even), 2):
        result ^= int.from_bytes(even[at : at + 2], "big")
    return result


@COMMANDS.add("+QFUPL")
def upload(modem: Modem, command: Command) -> Steps:
    """`AT+QFUPL="<name>",<size>[,<s>[,<mode>]]`: `CONNECT`, the bytes, size and checksum."""
    arguments = command.set_arguments
    name = arguments.text(0).removeprefix(DISK)
    size = arguments.integer(1, 1, MOST_BYTES)
    arguments.integer(2, 1, 65_535, default=5)
    arguments.integer(3, 0, 1, default=0)
    files = modem.nvm.of(QuectelNvm).files
    if not name or name in files:
        raise CommandFailed(EXISTS)
    content = yield Prompt(size, text=CONNECT, is_data_mode=True)
    files[name] = content
    modem.info(f"+QFUPL: {len(content)},{checksum(content):x}")
    return None


@COMMANDS.add("+QFDEL")
def delete(modem: Modem, command: Command) -> None:
    """`AT+QFDEL="<name>"`, or "*" for all."""
    files = modem.nvm.of(QuectelNvm).files
    name = command.set_arguments.text(0).removeprefix(DISK)
    if name == "*":
        files.clear()
    elif files.pop(name, None) is None:
        raise CommandFailed(NOT_FOUND)


@COMMANDS.add("+QFLST")
def listed(modem: Modem, command: Command) -> None:
    """`AT+QFLST[="<name>"]`: names and sizes."""
    if command.form is Form.TEST:
        return
    wanted = command.arguments.text(0).removeprefix(DISK) if command.form is Form.SET else "*"
    for name, content in modem.nvm.of(QuectelNvm).files.items():
        if wanted in ("*", name):
            modem.info(f'+QFLST: "{DISK}{name}",{len(content)}')
