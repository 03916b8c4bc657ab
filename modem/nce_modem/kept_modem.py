"""What is known of a modem as a short text that outlives a deep sleep of the host.

    text = save(modem)
    restore(modem, text, slept_ms)      # a `Modem` that has not been powered on

With its family, its card and the pace of attaching a new program wakes a modem that it has never
met as `nce_modem.waking` does: nothing is asked for that purpose, and what does not fit is found.
"""

import sys

from nce_modem.families import load

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem

ROOMS = "nce_modem.families."


def save(modem: "Modem") -> str:
    """The family by its module and name, the number of the card, the pace; a line for each."""
    lines = [_name_of(modem), modem.iccid or "", modem.save_state()]
    return "\n".join(lines)


def restore(modem: "Modem", text: str, slept_ms: int) -> None:
    """Go on as the modem of a saved state. Raises ValueError for a text that is none."""
    name, iccid, pace = text.split("\n", 2)
    modem.restore_state(pace, slept_ms)
    room, _, name = name.partition(":")
    if not name:
        return
    try:
        family = load(room, name)
    except (ImportError, AttributeError):
        return  # of another version of this program
    modem.family = family
    modem._is_unknown = False
    modem.link.family_changed(family)
    modem.iccid = iccid or None


def _name_of(modem: "Modem") -> str:
    """`module:NAME`, "" for a family that is not known yet or is the caller's own."""
    for path in sorted(sys.modules):
        if path.startswith(ROOMS):
            module = sys.modules[path]
            for name in dir(module):
                if name[0] != "_" and getattr(module, name) is modem.family:
                    return path[len(ROOMS) :] + ":" + name
    return ""
