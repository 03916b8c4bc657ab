"""What the channel tells: one named tuple for each kind of thing that can happen on the line."""

from collections import namedtuple

# Why a command failed without a final result.
TIMEOUT = "no answer in time"
NO_PROMPT = "no prompt in time"
SHORT_PAYLOAD = "the answer's payload stopped short"
RESET = "the modem restarted"

# The modem answered: `final` ended it, `lines` came before, `payloads` (bytes) sat in them.
Answer = namedtuple("Answer", ("command", "is_ok", "final", "lines", "payloads"))
# The command is over without a final result.
Failed = namedtuple("Failed", ("command", "reason"))
# A known unsolicited result: `text` follows the prefix ("" when it has none); payload or None.
Urc = namedtuple("Urc", ("prefix", "text", "payload"))
# A boot banner: whatever the modem was doing is lost.
Reset = namedtuple("Reset", ("banner",))
# A line that nothing accounts for.
Unknown = namedtuple("Unknown", ("line",))
# A final result with no command to end.
Orphan = namedtuple("Orphan", ("final",))
# A line of the answer to a command that timed out before.
Late = namedtuple("Late", ("line",))
# A line longer than the buffer was dropped.
Overlong = namedtuple("Overlong", ("length",))
# The payload of an unsolicited result stopped short: `length` of `expected` characters came.
Truncated = namedtuple("Truncated", ("prefix", "length", "expected"))
