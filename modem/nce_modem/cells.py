"""The serving cell, for a location service: operator, area, cell, radio access.

TS 27.007, 7.3 (+COPS) and 10.1.22 (+CEREG). Additional vendor fields are ignored.

    cell = await read_cell(modem)       # None when not registered
    cell.mcc, cell.mnc, cell.tac, cell.ci, cell.act, cell.rsrp_dbm
"""

from collections import namedtuple

from nce_modem.at import syntax
from nce_modem.registration import REGISTERED

# mcc and mnc as text ("01" is not "1"); tac and ci as numbers, None when unknown. act: "LTE-M",
# "NB-IoT", "LTE", "UMTS", "GSM", "EGPRS", or None.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, NamedTuple

    class Cell(NamedTuple):
        mcc: str
        mnc: str
        tac: int | None
        ci: int | None
        act: str | None
        rsrp_dbm: float | None

else:
    Cell = namedtuple("Cell", ("mcc", "mnc", "tac", "ci", "act", "rsrp_dbm"))  # type: ignore[no-redef,unused-ignore]


def operator(values: "list[str]") -> "tuple[str, str]":
    """`(mcc, mnc)` of the fields of +COPS with a numeric operator, ("", "") without one."""
    name = values[2] if len(values) > 2 else ""
    if values[1:2] != ["2"] or not name.isdigit() or len(name) not in (5, 6):
        return "", ""
    return name[:3], name[3:]


def hexadecimal(text: str) -> "int | None":
    """A hexadecimal field as a number, None when it is none."""
    try:
        return int(text, 16)
    except ValueError:
        return None


async def read_cell(modem: "Modem") -> "Cell | None":
    """The `Cell` that serves the modem, None when it is not registered.

    Raises what the line raises.
    """
    place = await read_place(modem)
    if place is None:
        return None
    from nce_modem.signal import read_signal

    signal = await read_signal(modem)
    return Cell(*place[:-1], signal.rsrp_dbm)


async def read_place(modem: "Modem") -> "Cell | None":
    """The same without a level: `rsrp_dbm` is None."""
    from nce_modem.registering import access_name, ask_registration

    family, link = modem.family, modem.link
    # Fresh, and with area and cell: +CEREG=2 is part of every family's set-up.
    await ask_registration(modem)
    found = modem.registrations.first(REGISTERED)
    if found is None:
        return None
    await family.ask_fields(link, "AT+COPS=3,2")
    mcc = mnc = ""
    number = found.act
    for values in await family.ask_fields(link, "AT+COPS?"):
        mcc, mnc = operator(values)
        if number is None and len(values) > 3:
            number = syntax.number(values[3])  # A76XX: +CREG and +CGREG have none
    act = access_name(number, family.profile.m1_act)
    modem.unload("registering")
    return Cell(mcc, mnc, hexadecimal(found.tac), hexadecimal(found.ci), act, None)
