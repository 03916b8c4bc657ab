"""A line that is not silent, and on which nothing answers AT: what was heard, and what to try.

    try:
        await modem.power_on()
    except WrongRate as error:
        print(error.heard, error.remedy)

All are `ModemSilent`, and have a `step` and a `remedy` for the report of `nce_modem.doctor`.
"""

from nce_modem.at import results, syntax
from nce_modem.at.masking import mask
from nce_modem.errors import ModemSilent

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Transcript


MOST_SHOWN = 12  # bytes of what was heard, in a message


class Misheard(ModemSilent):
    """The line is not silent, and nothing on it answers AT.

    `heard` are the first bytes, `rate_bps` the line's rate, `tried` all rates that were tried.
    """

    step = "power"
    remedy = ""
    says = ""

    def __init__(
        self,
        heard: bytes,
        rate_bps: "int | None",
        tried: "tuple[int, ...]",
        transcript: "Transcript | None" = None,
    ) -> None:
        where = "at %d bit/s" % rate_bps if rate_bps else "at the board's rate"
        rates = ", ".join([str(rate) for rate in tried if rate != rate_bps])
        also = "; tried as well: %s" % rates if rates else ""
        super().__init__(
            "%s %s (%s)%s; %s" % (self.says, where, shown(heard), also, self.remedy), transcript
        )
        self.heard = heard
        self.rate_bps = rate_bps
        self.tried = tried


class WrongRate(Misheard):
    """Gibberish on a line whose rate cannot be changed here."""

    step = "rate"
    says = "the modem talks gibberish"
    remedy = (
        "it is probably at another rate: open the port at 9600, 57600, 230400, 460800 or 921600, "
        "or set the modem's rate with AT+IPR"
    )


class LineGarbage(Misheard):
    """Gibberish at each rate of the table."""

    step = "garbage"
    says = "the line carries gibberish"
    remedy = (
        "check ground and levels (1.8 V or 3.3 V), that TX goes to RX, that the line has 8 data "
        "bits and no parity, and that this is the modem's AT port"
    )


class NotAModem(Misheard):
    """Readable text that is no answer to AT."""

    step = "not AT"
    says = "the port sends text and answers no AT command"
    remedy = (
        "this may be the modem's port for positions or logs, or another device; try its other "
        "ports (`nce doctor --list` shows them)"
    )


def shown(heard: bytes) -> str:
    """What was heard, for a message: text as text, gibberish in hexadecimal."""
    more = " ..." if len(heard) > MOST_SHOWN else ""
    if is_garbage(heard):
        return "heard " + " ".join(["%02x" % byte for byte in heard[:MOST_SHOWN]]) + more
    text = "".join([chr(byte) if 0x20 <= byte < 0x7F else " " for byte in heard])
    return 'heard "%s"' % mask(" ".join(text.split()))


def is_garbage(heard: bytes) -> bool:
    """Whether bytes look like a line read at another rate: a quarter of them is no text.

    A slow line makes a few bytes of a whole answer, so that two are enough; one may be a spike of
    the supply. Some modems send a few zeros while they start.
    """
    bad = [byte for byte in heard if byte and not (0x20 <= byte < 0x7F or byte in b"\r\n\t")]
    if len(heard) >= 8 and not any(heard):
        return True
    return len(heard) >= 2 and len(bad) * 4 > len(heard)


def misheard(
    heard: bytes,
    rate_bps: "int | None",
    tried: "tuple[int, ...]",
    transcript: "Transcript | None" = None,
) -> "Misheard | None":
    """The error that fits what was heard, None for silence.

    rate_bps: the line's; None when it cannot be changed. tried: all rates that were tried.
    """
    if is_garbage(heard):
        return (LineGarbage if rate_bps else WrongRate)(heard, rate_bps, tried, transcript)
    # `to_text` leaves line ends out: cut before.
    parts = [syntax.to_text(part).strip() for part in heard.replace(b"\r", b"\n").split(b"\n")]
    lines = [line for line in parts if line]
    if not lines or [line for line in lines if _is_of_a_modem(line)]:
        return None
    return NotAModem(heard, rate_bps, tried, transcript)


def _is_of_a_modem(line: str) -> bool:
    """Whether a line is a result of any kind: a modem that falls silent is not another device."""
    is_result = line in results.SUCCESS or results.is_error(line) or line in ("RDY", "Ready")
    return is_result or line[0] in "+#%"
