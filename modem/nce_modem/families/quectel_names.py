"""Names resolved by Quectel's modems: QIDNSGIP, whose addresses come unasked after its OK.

Quectel BG95&BG77&BG600L TCP/IP application note, 2.3. Loaded by `Modem.resolve` alone: sockets are
opened by name.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import host, resolved
from nce_modem.errors import OpenFailed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Quectel, Urc


async def resolve(family: "Quectel", link: "Link", name: str) -> str:
    """The dotted address of a name; raises `OpenFailed` with the modem's code."""

    def address(urc: "Urc") -> "str | int | None":
        values = syntax.fields(urc.text)
        if urc.prefix != "+QIURC" or values[0] != "dnsgip" or len(values) < 2:
            return None
        if len(values) == 2 and "." in values[1]:
            return values[1]
        # 0: addresses follow, each on a line of its own.
        return False if values[1] == "0" else syntax.number(values[1])

    command = family.command("AT+QIDNSGIP=%d,%s" % (family.profile.cid, host(name)))
    found: "str | int" = await link.run_until(command, address, 60_000)
    if isinstance(found, int):
        raise OpenFailed("%s was not resolved: code %d" % (name, found), found)
    return resolved(name, found)
