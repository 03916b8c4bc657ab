"""Modem families: a row of values and a few hooks each. A family's module is loaded on demand."""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Family


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


def load(room: str, name: str) -> "Any":
    """What is called `name` in the module `room`: a family, or its hooks for streams."""
    return getattr(__import__("nce_modem.families." + room, None, None, (name,)), name)
