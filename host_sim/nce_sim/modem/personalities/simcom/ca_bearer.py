"""SIM7070's and SIM7080's application bearers, which their sockets need.

+CNCFG +CNACT +CACID

The bearer of sockets is not the PDP context: after power saving the address still shows and the
bearer is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.simcom.ca_sockets import sockets_of
from nce_sim.modem.personalities.simcom.memory import SimcomRam
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

ACTIVATE_MS = 300


@COMMANDS.add("+CNCFG")
def bearer_settings(modem: Modem, command: Command) -> None:
    """`AT+CNCFG=<pdp>,<type>,<apn>…`: the APN of an application bearer."""
    stored = modem.ram.of(SimcomRam).bearers
    if command.form is Form.READ:
        for pdp in range(4):
            ip_type, apn = stored.get(pdp, (0, ""))
            modem.info(f'+CNCFG: {pdp},{ip_type},"{apn}","","",0')
        return
    arguments = command.set_arguments
    pdp = arguments.integer(0, 0, 3)
    stored[pdp] = (arguments.integer(1, 0, 4), str(arguments.text(2, "")))


@COMMANDS.add("+CNACT")
def bearer(modem: Modem, command: Command) -> None:
    """`AT+CNACT=0,1`: OK at once, `+APP PDP: 0,ACTIVE` when it is up; `?` shows all four."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for pdp in range(4):
            is_up = pdp == 0 and store.bearer_is_up
            modem.info(f'+CNACT: {pdp},{int(is_up)},"{modem.radio.host if is_up else "0.0.0.0"}"')
        return
    if command.form is Form.TEST:
        modem.info("+CNACT: (0-3),(0-2)")
        return
    arguments = command.set_arguments
    pdp, action = arguments.integer(0, 0, 3), arguments.integer(1, 0, 2)
    if action == 0:
        if not store.bearer_is_up or pdp != 0:
            raise CommandFailed()
        modem.later(50, store.lose_bearer)
        return
    if store.bearer_is_up or pdp != 0:
        modem.mistake("bearer activated twice", pdp=pdp)
        raise CommandFailed()

    def activated() -> None:
        apn = modem.ram.of(SimcomRam).bearers.get(0, (0, ""))[1]
        core = modem.operator.core
        store.bearer_is_up = modem.radio.session is not None and (
            not apn or core.apn_is_known(apn, modem.sim)
        )
        modem.urc(f"+APP PDP: 0,{'ACTIVE' if store.bearer_is_up else 'DEACTIVE'}")

    modem.later(ACTIVATE_MS, activated)


@COMMANDS.add("+CACID")
def chosen_id(modem: Modem, command: Command) -> None:
    """`AT+CACID`: which id the SSL settings are for."""
    if command.form is Form.READ:
        modem.info(f"+CACID: {modem.ram.of(SimcomRam).chosen_id or 0}")
    elif command.form is Form.TEST:
        modem.info("+CACID: (0-12)")
    else:
        modem.ram.of(SimcomRam).chosen_id = command.set_arguments.integer(0, 0, 12)
