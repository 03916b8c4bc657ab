"""Commands that every family answers alike: V.250, 3GPP TS 27.007 and TS 27.005."""

from nce_sim.modem.commands import (
    calls,
    card,
    identity,
    packet,
    registration,
    security,
    sms_messages,
    sms_settings,
    v250,
)
from nce_sim.modem.commands.stored import stored_commands
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.stored import STANDARD_STORED

STANDARD = CommandTable().joined(
    stored_commands(STANDARD_STORED),
    v250.COMMANDS,
    identity.COMMANDS,
    security.COMMANDS,
    card.COMMANDS,
    calls.COMMANDS,
    registration.COMMANDS,
    packet.COMMANDS,
    sms_settings.COMMANDS,
    sms_messages.COMMANDS,
)

__all__ = ["STANDARD", "stored_commands"]
