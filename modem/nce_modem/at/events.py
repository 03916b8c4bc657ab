"""The events of the channel: one named tuple for each kind of thing that can happen on the line.

Fields are as received, except in notes, which are masked; `repr` masks all of them.
"""

# pyright: reportIncompatibleVariableOverride=false, reportUntypedNamedTuple=false
# (the fields of a named tuple with a method get their types in its class)

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

    class Failed(NamedTuple):
        command: Command
        reason: str

    class Reset(NamedTuple):
        banner: str

    class Note(NamedTuple):
        kind: str
        text: str

else:
    # The command is over without a final result.
    Failed = namedtuple("Failed", ("command", "reason"))  # type: ignore[no-redef,unused-ignore]
    # A boot banner: the modem lost its state.
    Reset = namedtuple("Reset", ("banner",))  # type: ignore[no-redef,unused-ignore]
    # Nothing to act on, but worth showing: one of the kinds above, and the text.
    Note = namedtuple("Note", ("kind", "text"))  # type: ignore[no-redef,unused-ignore]


# The modem answered: `final` ended it, `lines` came before, `payloads` (bytes) sat in them.
class Answer(namedtuple("Answer", ("command", "is_ok", "final", "lines", "payloads"))):
    command: "Command"
    is_ok: bool
    final: str
    lines: "list[str]"
    payloads: "list[bytes]"

    def __repr__(self) -> str:
        # An answer may be an ICCID, a message or a datagram: only its size is shown.
        counts = (mask(self.final), len(self.lines), len(self.payloads))
        return "Answer(%r, %s, %d lines, %d payloads)" % ((self.command,) + counts)


# A known unsolicited result: `text` follows the prefix ("" when it has none); payload or None.
class Urc(namedtuple("Urc", ("prefix", "text", "payload"))):
    prefix: str
    text: str
    payload: "bytes | None"

    def __repr__(self) -> str:
        text = mask("%s: %s" % (self.prefix, self.text))
        return "Urc(%s, %d bytes)" % (text, len(self.payload or b""))
