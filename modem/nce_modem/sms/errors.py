"""The errors of short messages; the causes of +CMS ERROR in words (TS 27.005, 3.2.5)."""

from nce_modem.errors import ModemError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import CommandFailed, Transcript


# (code, meaning, remedy)
CAUSES = (
    (21, "the network rejected the message", "ask whether the SIM may send SMS"),
    (28, "the network does not know the SIM", "check the SIM in the 1NCE portal"),
    (38, "the network is out of order", "try again later"),
    (41, "a temporary failure of the network", "try again later"),
    (42, "the network is congested", "try again later"),
    (50, "the subscription has no SMS", "check the SIM's SMS quota in the 1NCE portal"),
    (
        69,
        "the service centre does not offer this",
        "send a plain message, without special options",
    ),
    (302, "the modem does not allow this now", "register first; see attach()"),
    (304, "the modem considers the PDU invalid", "check the number"),
    (305, "the modem considers a parameter invalid", "check the number"),
    (310, "no SIM", "check the card's contacts"),
    (320, "the memory failed", "choose another storage"),
    (321, "there is no message at that place", "call list() to see the messages"),
    (322, "the message storage is full", "delete messages"),
    (330, "no service centre is known", "set it with AT+CSCA"),
    (331, "no network service", "register first; see attach()"),
    (332, "the network did not answer", "try again later"),
)
STORAGE_FULL = 322


class SmsError(ModemError):
    """The base class of all errors of short messages."""


class BadPdu(SmsError):
    """A PDU that TS 23.040 does not allow; the message says where."""


class SmsTooLong(SmsError):
    """More text than 255 parts hold, or than text mode takes; nothing was sent."""

    is_permanent = True


class SmsRefused(SmsError):
    """The modem or the network refused; `code` is the CMS number or None.

    `references` belong to the parts sent before; the recipient needs all parts to read them.
    """

    def __init__(
        self,
        message: str,
        code: "int | None" = None,
        references: "tuple[int | None, ...]" = (),
        transcript: "Transcript | None" = None,
    ) -> None:
        super().__init__(message, transcript)
        self.code = code
        self.references = references


class StorageFull(SmsRefused):
    """The modem's message storage is full: nothing more arrives until messages are deleted."""


def explain(code: "int | None") -> str:
    """`meaning; remedy` of a CMS code."""
    for row_code, meaning, remedy in CAUSES:
        if row_code == code:
            return "%s; %s" % (meaning, remedy)
    if code is not None and code < 128:
        return "the network refused it (TS 24.011 cause %d)" % code
    return "the modem names no known cause; see the transcript"


def refused(
    error: "CommandFailed",
    what: str,
    references: "tuple[int | None, ...]" = (),
    transcript: "Transcript | None" = None,
) -> SmsRefused:
    """The `SmsRefused` of a `CommandFailed`."""
    kind = StorageFull if error.code == STORAGE_FULL else SmsRefused
    message = "%s: %s: %s" % (what, error.final, explain(error.code))
    return kind(message, error.code, references, transcript)
