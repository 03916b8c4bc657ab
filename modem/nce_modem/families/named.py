"""A family by its name: "bg95", "SIM7080", "sara-r5".

modem = Modem(board, family="bg95")
"""

from nce_modem.errors import UsageError
from nce_modem.families import load

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family


# Module and the families in it.
FAMILIES = (
    "quectel:BG95,quectel_bg96:BG96 BG77,"
    "simcom7080:SIM7070 SIM7080 SIM7090 SIM7080_TELLING_ID,"
    "simcom7000:SIM7000,quectel_cat1:EC21 EC25 EG91 EG95,simcom7600:A76XX SIM7600,"
    "ublox:SARA_R410 SARA_R412,ublox5:SARA_R422 SARA_R5,nordic:NRF91,sequans:GM02S GM02SP"
)


def load_family(name: str) -> "Family | None":
    """The family `name`, such as "BG95"; None when there is no such name."""
    for row in FAMILIES.split(","):
        room, names = row.split(":")
        if name in names.split(" "):
            return load(room, name)  # type: ignore[no-any-return]
    return None


def family_named(text: str) -> "Family":
    """The family of a name in any case, `-` or `_`; `UsageError` tells which names there are."""
    name = text.upper().replace("-", "_")
    family = load_family(name)
    if family is not None:
        return family
    names: "list[str]" = []
    for row in FAMILIES.split(","):
        names.extend(row.partition(":")[2].split(" "))
    message = "unknown family %r; use one of %s, or leave it out: then the modem is asked"
    raise UsageError(message % (text, ", ".join(names)))
