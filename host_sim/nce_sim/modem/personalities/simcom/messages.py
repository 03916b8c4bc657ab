"""How SIMCom's modems tell of short messages: fewer ways than the standard has.

+CNMI (D: SIM7070_SIM7080_SIM7090 AT manual V1.05, SIM7000 V1.06)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.sms_settings import notifications as standard_notifications
from nce_sim.modem.commands.sms_settings import wanted_notifications
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import MessageFailed
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NOT_SUPPORTED = 303
DISCARD_WHILE_RESERVED = 1  # <mode>


@COMMANDS.add("+CNMI")
def notifications(modem: Modem, command: Command) -> None:
    """`AT+CNMI`: messages (mt 2, 3) and reports (ds 1) are pushed under mode 1 alone."""
    if command.form is Form.SET:
        wanted = wanted_notifications(modem, command.arguments)
        pushes = wanted.messages >= 2 or wanted.reports == 1
        if pushes and wanted.mode != DISCARD_WHILE_RESERVED:
            modem.mistake("CNMI that pushes outside mode 1")
            raise MessageFailed(NOT_SUPPORTED)
    standard_notifications(modem, command)
