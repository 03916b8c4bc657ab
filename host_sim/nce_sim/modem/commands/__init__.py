"""Commands that every family answers alike: V.250 and 3GPP TS 27.007."""

from nce_sim.modem.commands import identity, packet, registration, v250
from nce_sim.modem.commands.stored import stored_commands
from nce_sim.modem.personality import CommandTable

STANDARD = CommandTable().joined(
    v250.COMMANDS, identity.COMMANDS, registration.COMMANDS, packet.COMMANDS
)

__all__ = ["STANDARD", "stored_commands"]
