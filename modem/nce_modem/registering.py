"""Asks for the registration, reads it and its context, and makes the modem register again.

TS 27.007, 7.2, 10.1.20, 10.1.22 (the domains), 8.2 (radio), 8.18 (the card); TS 24.301 (causes).
Loaded while the modem attaches: `nce_modem.registration` reads what comes at any time.
"""

from nce_modem import progress
from nce_modem.at import syntax
from nce_modem.errors import CommandFailed
from nce_modem.registration import PREFIXES

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, Registration


# EMM causes that no other try at the same network can fix (TS 24.301, 9.9.3.9).
PERMANENT_CAUSES = (3, 5, 6, 7, 8, 14)


async def ask_registration(modem: "Modem") -> None:
    """Read the domains until one of them is registered."""
    for name in PREFIXES:
        try:
            answer = await modem.family.ask(modem.link, "AT%s?" % name)
        except CommandFailed:
            continue  # no such domain here
        for line in answer.lines:
            prefix, rest = syntax.split_prefix(line)
            modem.registrations.update(prefix, rest)
        if modem.registrations.registered is not None:
            return


async def restart_radio(modem: "Modem") -> None:
    """Make the modem forget that it was denied and search again."""
    modem.pace.count(modem.now_ms())
    await modem.link.run(modem.family.command("AT+CFUN=4"))
    modem.registrations.forget()
    await modem.link.run(modem.family.command("AT+CFUN=1"))


async def forget_forbidden(modem: "Modem") -> None:
    """Clear the forbidden operators (EF 6F7B): a cause 11, 13 or 15 put this one there."""
    text = 'AT+CRSM=214,28539,0,0,12,"%s"' % ("F" * 24)
    await modem.family.ask_fields(modem.link, text)
    await restart_radio(modem)


def access_name(act: "int | None", m1_act: int) -> "str | None":
    """The radio access of <AcT>: "LTE", "LTE-M", "NB-IoT", "UMTS", "GSM", "EGPRS", or None.

    m1_act: the number that this family gives LTE-M.
    """
    if act is None or act > 9:
        return None
    if act == m1_act:
        return "LTE-M"
    # TS 27.007, 7.3; 4 to 6 are UTRAN with HSDPA, HSUPA, both. 1 is GSM compact, 8 EC-GSM-IoT.
    return "GSM,,UMTS,EGPRS,UMTS,UMTS,UMTS,LTE,,NB-IoT".split(",")[act] or None


def welcome(modem: "Modem", found: "Registration") -> None:
    """The modem is registered: the next attach is no waking from PSM."""
    modem.pace.wakes_registered = False
    act = access_name(found.act, modem.family.profile.m1_act)
    modem.tell(progress.Registered(found.stat, act, found.tac, found.ci))


def is_context(line: str, cid: int, wanted: str) -> bool:
    """Whether a +CGDCONT line gives context `cid` the APN; the network may add `.mnc..gprs`."""
    values = syntax.fields(syntax.split_prefix(line)[1])
    if len(values) < 3 or values[0] != str(cid) or values[1] != "IP":
        return False
    name, wanted = values[2].lower(), wanted.lower()
    return name == wanted or name.startswith(wanted + ".mnc")
