"""How the sockets of SIMCom's A76XX and SIM7600 behave (A76XX AT manual V1.09, 15).

+CIPCCFG +CIPCFG +CIPTIMEOUT +CIPMODE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personalities.simcom.net_sockets import BY_PACKET, sockets_of
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

# Bounds of AT+CIPCCFG, 15.2.13.
SETTING_BOUNDS = ((0, 10), (0, 1000), (0, 0), (0, 1), (0, 1), (0, 1), (500, 120_000), (0, 1))


@COMMANDS.add("+CIPCCFG")
def configure(modem: Modem, command: Command) -> None:
    """`AT+CIPCCFG`: of its numbers <errMode> and <udpRecvmode> have an effect (15.2.13)."""
    settings, store = modem.ram.of(NetRam).socket_settings, sockets_of(modem)
    count = store.settings_count
    bounds = SETTING_BOUNDS[:count]
    if command.form is Form.READ:
        modem.info(f"+CIPCCFG: {','.join(map(str, settings[:count]))}")
    elif command.form is Form.TEST:
        shown = ",".join(f"({low}-{high})" if low < high else f"({low})" for low, high in bounds)
        modem.info(f"+CIPCCFG: {shown}")
    elif command.form is Form.EXECUTE:
        settings[:] = NetRam().socket_settings
    else:
        arguments = command.arguments
        arguments.at_most(count)
        for position, (low, high) in enumerate(bounds):
            settings[position] = arguments.integer(position, low, high, default=settings[position])
        if arguments.is_given(BY_PACKET) and store.is_open:
            modem.mistake("udpRecvmode of CIPCCFG behind NETOPEN")


@COMMANDS.add("+CIPCFG")
def data_echo(modem: Modem, command: Command) -> None:
    """`AT+CIPCFG="DATAECHO",ON|OFF`: whether the payload of `+CIPSEND` is echoed (15.2.22)."""
    ram = modem.ram.of(NetRam)
    if command.form is Form.READ:
        modem.info('+CIPCFG: "transwaittm",100')
        modem.info(f'+CIPCFG: "DATAECHO",{"ON" if ram.echoes_payload else "OFF"}')
        return
    arguments = command.set_arguments
    name = arguments.text(0)
    if name == "DATAECHO":
        wanted = arguments.values[1] if len(arguments) > 1 else ""
        if wanted not in ("ON", "OFF"):
            raise ArgumentMistake(f"{wanted!r} is neither ON nor OFF")
        ram.echoes_payload = wanted == "ON"
    elif name == "transwaittm":
        arguments.integer(1, 5, 1000)
    else:
        raise ArgumentMistake(f"CIPCFG knows no {name!r}")


@COMMANDS.add("+CIPTIMEOUT")
def limits(modem: Modem, command: Command) -> None:
    """`AT+CIPTIMEOUT`: of opening the service, of opening and of sending; kept (15.2.12)."""
    ram = modem.ram.of(NetRam)
    if command.form is Form.READ:
        modem.info(f"+CIPTIMEOUT: {','.join(map(str, ram.timeouts_ms))}")
        return
    arguments = command.set_arguments
    first, second, third = (
        arguments.integer(position, 3000, 120_000, default=now)
        for position, now in enumerate(ram.timeouts_ms)
    )
    ram.timeouts_ms = (first, second, third)


@COMMANDS.add("+CIPMODE")
def application_mode(modem: Modem, command: Command) -> None:
    """`AT+CIPMODE`: 0 commands; 1, the transparent mode, is not there yet (15.2.10)."""
    if command.form is Form.READ:
        modem.info("+CIPMODE: 0")
    elif command.form is Form.SET:
        command.arguments.integer(0, 0, 0)
