"""What the channel tells: one named tuple for each kind of thing that can happen on the line."""

from collections import namedtuple

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

# The modem answered: `final` ended it, `lines` came before, `payloads` (bytes) sat in them.
Answer = namedtuple("Answer", ("command", "is_ok", "final", "lines", "payloads"))
# The command is over without a final result.
Failed = namedtuple("Failed", ("command", "reason"))
# A known unsolicited result: `text` follows the prefix ("" when it has none); payload or None.
Urc = namedtuple("Urc", ("prefix", "text", "payload"))
# A boot banner: whatever the modem was doing is lost.
Reset = namedtuple("Reset", ("banner",))
# Nothing to act on, but worth telling: one of the kinds above, and the text.
Note = namedtuple("Note", ("kind", "text"))
