"""Finds the family by asking the modem: ATI, CGMI, CGMM, CGMR.

modem = Modem(board)
await modem.power_on()
modem.family.profile.name, modem.model
"""

from nce_modem.at.dialect import Dialect
from nce_modem.at.masking import mask
from nce_modem.errors import CommandFailed, CommandTimeout, ModemReset, UsageError
from nce_modem.families import load_family
from nce_modem.families.family import DEFAULTS, UNCONNECTED, Family
from nce_modem.registration import SHAPES

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Awaitable, Callable, DatagramSocket, Link, Modem


TRIES = 3  # a restart of the modem or an unanswered command starts a new try

# Boot banners of all families: the family is not known yet.
BOOT = (
    "RDY", "POWERED DOWN", "NORMAL POWER DOWN", "Ready", "+SYSSTART", "+SHUTDOWN", "*ATREADY: 1"
)  # fmt: skip

# Lines of a modem that has started; Quectel's follow its banner by seconds.
GREETINGS = ("APP RDY", "SMS DONE", "SMS Ready", "Call Ready", "PB DONE")

# A part of an answer, in capitals -> the family. The first that fits counts.
MODELS = (
    ("BG95", "BG95"),
    ("BG96", "BG96"),
    ("BG77", "BG77"),
    ("EC21", "EC21"),
    ("EC25", "EC25"),
    ("EG91", "EG91"),
    ("EG95", "EG95"),
    ("SIM7080", "SIM7080"),
    ("SIM7070", "SIM7070"),
    ("SIM7090", "SIM7090"),
    ("SIM7000", "SIM7000"),
    ("SIM7600", "SIM7600"),
    # A7670, A7672 and their like: the line of ATI, or that of +CGMM.
    ("MODEL: A76", "A76XX"),
    ("\nA76", "A76XX"),
    ("SARA-R410", "SARA_R410"),
    ("SARA-R412", "SARA_R412"),
    ("SARA-R422", "SARA_R422"),
    ("SARA-R5", "SARA_R5"),
    ("NRF91", "NRF91"),
    ("GM02SP", "GM02SP"),
    ("GM02S", "GM02S"),
    ("SEQUANS", "GM02S"),
)


NOT_ASKED = "the modem's family is not known yet; attach() first"


class Anyone(Family):
    """The part of a family that is needed to ask an unknown modem for its model."""

    async def close_stale_sockets(self, link: "Link") -> None:
        pass

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        raise link.error or link.error_of(UsageError, NOT_ASKED)

    async def resolve(self, link: "Link", name: str) -> str:
        raise link.error or link.error_of(UsageError, NOT_ASKED)


ANYONE = Anyone(
    DEFAULTS,
    name="not asked yet",
    max_sockets=1,
    dialect=Dialect(
        "+QUSIM +QIND",
        boot=BOOT,
        boot_follows=("APP RDY",),
        urc_lines=GREETINGS,
        shapes=SHAPES,
        guard_ms=100,
        end=b"\r\n",  # of Nordic's SLM, which CR alone does not reach; others drop the LF
    ),
    power_pulse_ms=1500,  # SARA-R5 needs this long; no modem that is off is harmed by it
    power_off_pulse_ms=2800,  # A76XX: more than 2.5 s
    power_on_ms=60_000,
    boot_wait_ms=15_000,
    line="",  # the family's own commands come when it is known
    capabilities=(UNCONNECTED,),  # so that opening any socket raises the right error
)


def family_of(lines: "list[str]") -> "Family | None":
    """The family that identification lines speak of, or None."""
    text = "\n".join(lines).upper()
    for part, name in MODELS:
        if part in text:
            return load_family(name)
    return None


async def identify(modem: "Modem", power_on: "Callable[[Modem], Awaitable[None]]") -> None:
    """Wake a modem, ask for its model, choose its family; `power_on(modem)` then sets it up.

    Raises `ModemSilent`; `UsageError` with the identification lines of an unknown modem.
    """
    for left in range(TRIES, 0, -1):
        try:
            await power_on(modem)
            modem.family = await _ask(modem)
            modem.link.family_changed(modem.family)
            return
        except (CommandTimeout, ModemReset):
            if left == 1:
                raise


async def _ask(modem: "Modem") -> "Family":
    lines: "list[str]" = []
    family = None
    for text in ("AT+CGMI", "AT+CGMM", "AT+CGMR", "ATI"):
        if text == "ATI":
            # Nordic's modems have none, and no other V.250 command either.
            family = family_of(lines)
            if family is not None:
                return family
        try:
            answer = await modem.family.ask(modem.link, text)
            lines.extend(answer.lines)
        except CommandFailed:
            pass
    family = family_of(lines)
    if family is None:
        found = mask("; ".join(lines)) or "nothing"
        raise UsageError(
            "unknown modem; it identifies itself as: %s; give Modem a family= that fits" % found
        )
    return family
