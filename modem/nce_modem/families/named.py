"""A family by its name: "bg95", "SIM7080", "sara-r5".

modem = Modem(board, family="bg95")
"""

from nce_modem.errors import UsageError
from nce_modem.families import FAMILIES, load_family

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family


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
