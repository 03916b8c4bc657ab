"""PDP contexts and power saving. 3GPP TS 27.007, 10.1 and 7.38 to 7.40.

+CGDCONT +CGAUTH +CGACT +CGPADDR +CGCONTRDP +CPSMS +CEDRXS +CEDRXRDP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.memory import Context, PsmRequest
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

LAST_CONTEXT = 16
PDP_TYPES = ("IP", "PPP", "IPV6", "IPV4V6", "Non-IP")
OPERATION_NOT_ALLOWED = 3


def redefine_context(modem: Modem, cid: int, definition: Context | None) -> None:
    """Give a context another definition; refused while it is in use."""
    contexts = modem.nvm.contexts
    if contexts.get(cid) == definition:
        return
    is_in_use = cid == modem.personality.attach_cid and modem.radio.session is not None
    if is_in_use and not modem.personality.a_context_in_use_can_be_redefined:
        modem.mistake("context redefined while attached", cid=cid)
        raise CommandFailed(OPERATION_NOT_ALLOWED)
    if definition is None:
        contexts.pop(cid, None)
    else:
        contexts[cid] = definition
    modem.radio.settings_changed()


@COMMANDS.add("+CGDCONT")
def define_context(modem: Modem, command: Command) -> None:
    """`AT+CGDCONT`: which APN; kept through power cycles."""
    contexts = modem.nvm.contexts
    if command.form is Form.TEST:
        for pdp_type in PDP_TYPES:
            cids = f"({modem.personality.attach_cid}-{LAST_CONTEXT})"
            modem.info(f'+CGDCONT: {cids},"{pdp_type}",,,(0-2),(0-4),(0-1),(0-1)')
    elif command.form is Form.READ:
        for cid, (pdp_type, apn) in sorted(contexts.items()):
            address = _address(modem, cid) or "0.0.0.0"
            modem.info(f'+CGDCONT: {cid},"{pdp_type}","{apn}","{address}",0,0,0,0')
    elif command.form is Form.SET:
        arguments = command.arguments
        cid = arguments.integer(0, modem.personality.attach_cid, LAST_CONTEXT)
        if len(arguments) == 1:
            redefine_context(modem, cid, None)
            return
        pdp_type = arguments.text(1)
        if pdp_type not in PDP_TYPES:
            raise ArgumentMistake(f"PDP type {pdp_type!r} is none of {', '.join(PDP_TYPES)}")
        redefine_context(modem, cid, Context(pdp_type, arguments.text(2, default="")))
    else:
        raise CommandFailed()


@COMMANDS.add("+CGAUTH")
def authentication(modem: Modem, command: Command) -> None:
    """`AT+CGAUTH=<cid>[,<0 none, 1 PAP, 2 CHAP>[,"user","password"]]` (10.1.31): none at 1NCE."""
    stored = modem.nvm.authentication
    if command.form is Form.TEST:
        modem.info(f"+CGAUTH: ({modem.personality.attach_cid}-{LAST_CONTEXT}),(0-2),64,64")
    elif command.form is Form.READ:
        for cid, kind in sorted(stored.items()):
            modem.info(f"+CGAUTH: {cid},{kind}")
    elif command.form is Form.SET:
        arguments = command.arguments
        arguments.at_most(4)
        cid = arguments.integer(0, modem.personality.attach_cid, LAST_CONTEXT)
        kind = arguments.integer(1, 0, 2, default=0)
        if kind:
            arguments.text(2)
            arguments.text(3)
        stored[cid] = kind
    else:
        raise CommandFailed()


@COMMANDS.add("+CGACT")
def activate_context(modem: Modem, command: Command) -> Steps:
    """`AT+CGACT`: on LTE the first context is active as long as the modem is attached."""
    is_active = modem.radio.session is not None
    first = modem.personality.attach_cid
    if command.form is Form.TEST:
        modem.info("+CGACT: (0,1)")
    elif command.form is Form.READ:
        for cid in sorted(modem.nvm.contexts):
            modem.info(f"+CGACT: {cid},{int(cid == first and is_active)}")
    elif command.form is Form.SET:
        wanted = command.arguments.integer(0, 0, 1)
        cid = command.arguments.integer(1, first, LAST_CONTEXT, default=first)
        yield Pause(100)
        is_active = modem.radio.session is not None
        if wanted and not (cid == first and is_active):
            raise CommandFailed(148)
        if not wanted and cid == first and is_active:
            raise CommandFailed(171)  # the last PDN connection stays
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("+CGPADDR")
def address(modem: Modem, command: Command) -> None:
    """`AT+CGPADDR`: the address of a context."""
    cids = sorted(modem.nvm.contexts)
    if command.form is Form.TEST:
        modem.info(f"+CGPADDR: ({','.join(map(str, cids))})")
        return
    if command.form is Form.SET:
        cids = [command.arguments.integer(0, modem.personality.attach_cid, LAST_CONTEXT)]
    for cid in cids:
        modem.info(f'+CGPADDR: {cid},"{_address(modem, cid) or "0.0.0.0"}"')


def _address(modem: Modem, cid: int) -> str | None:
    return modem.radio.host if cid == modem.personality.attach_cid else None


@COMMANDS.add("+CGCONTRDP")
def dynamic_parameters(modem: Modem, command: Command) -> None:
    """`AT+CGCONTRDP`: what the network gave the context."""
    first, host = modem.personality.attach_cid, modem.radio.host
    if command.form is Form.TEST:
        modem.info(f"+CGCONTRDP: ({first})" if host else "+CGCONTRDP: ()")
        return
    if command.form is Form.SET and command.arguments.integer(0, first, LAST_CONTEXT) != first:
        return
    if host is not None:
        apn = modem.nvm.contexts.get(first, Context()).apn
        dns = modem.operator.core.settings.dns_host
        modem.info(f'+CGCONTRDP: {first},5,"{apn}","{host}.255.255.255.0",,"{dns}",""')


@COMMANDS.add("+CPSMS")
def power_saving_mode(modem: Modem, command: Command) -> None:
    """`AT+CPSMS`: PSM wanted, with T3412 extended and T3324 as bit strings."""
    now = modem.nvm.psm
    if command.form is Form.TEST:
        bits = '("00000000"-"11111111")'
        modem.info(f"+CPSMS: (0-{modem.personality.most_psm_mode}),,,{bits},{bits}")
    elif command.form is Form.READ:
        modem.info(f'+CPSMS: {now.mode},,,"{now.t3412}","{now.t3324}"')
    elif command.form is Form.SET:
        arguments = command.arguments
        wanted = modem.nvm.psm = PsmRequest(
            arguments.integer(0, 0, modem.personality.most_psm_mode),
            bit_string(arguments.text(3, default=now.t3412), 8),
            bit_string(arguments.text(4, default=now.t3324), 8),
        )
        is_on_already = now.mode == wanted.mode == 1 and modem.personality.psm_is_asked_once
        if modem.personality.psm_waits_for_restart or is_on_already:
            return
        modem.ram.psm = wanted
        modem.power_saving.settings_changed()
    else:
        raise CommandFailed()


@COMMANDS.add("+CEDRXS")
def extended_drx(modem: Modem, command: Command) -> None:
    """`AT+CEDRXS`: eDRX wanted, per access technology."""
    wanted = modem.nvm.edrx
    if command.form is Form.TEST:
        modem.info('+CEDRXS: (0-3),(4,5),("0000"-"1111")')
    elif command.form is Form.READ:
        for technology, cycle in sorted(wanted.items()):
            modem.info(f'+CEDRXS: {technology},"{cycle}"')
    elif command.form is Form.SET:
        arguments = command.arguments
        mode = arguments.integer(0, 0, 3)
        technology = arguments.integer(1, 4, 5, default=4)
        if mode in (0, 3):
            wanted.pop(technology, None)
        else:
            wanted[technology] = bit_string(arguments.text(2, default="0010"), 4)
        modem.power_saving.settings_changed()
        granted = modem.power_saving.granted_edrx
        if mode == 2 and granted is not None:
            modem.urc(f"+CEDRXP: {_edrx_fields(modem, granted)}")
    else:
        raise CommandFailed()


@COMMANDS.add("+CEDRXRDP")
def granted_drx(modem: Modem, command: Command) -> None:
    """`AT+CEDRXRDP`: eDRX asked for and granted; only the execute form exists."""
    if command.form is Form.TEST:
        return
    if command.form is not Form.EXECUTE:
        raise CommandFailed()
    granted = modem.power_saving.granted_edrx
    shown = "0" if granted is None else _edrx_fields(modem, granted)
    modem.info(f"+CEDRXRDP: {shown}")


def _edrx_fields(modem: Modem, granted: tuple[int, str, str]) -> str:
    technology, cycle, window = granted
    wanted = modem.nvm.edrx.get(technology, cycle)
    return f'{technology},"{wanted}","{cycle}","{window}"'


def bit_string(text: str, length: int) -> str:
    """An argument of so many zeros and ones."""
    if len(text) != length or set(text) - {"0", "1"}:
        raise ArgumentMistake(f"{text!r} is not a string of {length} bits")
    return text
