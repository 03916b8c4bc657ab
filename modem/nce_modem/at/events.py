"""The events of the channel: one named tuple for each kind of thing that can happen on the line.

Fields are as received, except in notes, which are masked; `repr` masks all of them.
"""

from collections import namedtuple

from nce_modem.at.masking import mask

# Why a command failed without a final result.
TIMEOUT = "no answer in time"
NO_PROMPT = "no prompt in time"
SHORT_PAYLOAD = "the answer's payload stopped short"
RESET = "the modem restarted"

# Kinds of notes.
UNKNOWN = "unknown"  # a line that nothing accounts for
ORPHAN = "orphan"  # a final result with no command to end
LATE = "late"  # a line of the answer to a command that timed out before
OVERLONG = "overlong"  # a line longer than the buffer was dropped: its length
TRUNCATED = "truncated"  # a payload stopped short: prefix, bytes that came, bytes announced


if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, NamedTuple

# The modem answered: `final` ended it, `lines` came before, `payloads` (bytes) sat in them.
if 1 - 1:

    class Answer(NamedTuple):
        command: Command
        is_ok: bool
        final: str
        lines: list[str]
        payloads: list[bytes]

else:

    class Answer(  # type: ignore[no-redef,unused-ignore]
        namedtuple("Answer", ("command", "is_ok", "final", "lines", "payloads"))
    ):
        def __repr__(self) -> str:
            # An answer may be an ICCID, a message or a datagram: only its size is shown.
            counts = (mask(self.final), len(self.lines), len(self.payloads))
            return "Answer(%r, %s, %d lines, %d payloads)" % ((self.command,) + counts)


# The command is over without a final result.
if 1 - 1:

    class Failed(NamedTuple):
        command: Command
        reason: str

else:
    Failed = namedtuple("Failed", ("command", "reason"))  # type: ignore[no-redef,unused-ignore]


# A known unsolicited result: `text` follows the prefix ("" when it has none); payload or None.
if 1 - 1:

    class Urc(NamedTuple):
        prefix: str
        text: str
        payload: bytes | None

else:

    class Urc(namedtuple("Urc", ("prefix", "text", "payload"))):  # type: ignore[no-redef,unused-ignore]
        def __repr__(self) -> str:
            text = mask("%s: %s" % (self.prefix, self.text))
            return "Urc(%s, %d bytes)" % (text, len(self.payload or b""))


if 1 - 1:

    class Reset(NamedTuple):
        """A boot banner: the modem lost its state."""

        banner: str

    class Note(NamedTuple):
        """Nothing to act on, but worth showing: one of the kinds above, and the text."""

        kind: str
        text: str

else:
    Reset = namedtuple("Reset", ("banner",))  # type: ignore[no-redef,unused-ignore]
    Note = namedtuple("Note", ("kind", "text"))  # type: ignore[no-redef,unused-ignore]
