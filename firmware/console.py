"""What the firmware does, in lines that a person can follow, and what went wrong, kept on flash.

console = Console(log)
console.event(event)            # of the modem or the device
console.say("3 records wait")
console.trouble("no coverage")  # the log has it, too
"""

from log_ring import printable
from nce.clock import now_ms

if 1 - 1:  # for type checkers alone
    from log_ring import LogRing
    from nce_modem.seams import Any, Callable

MOST_OF_A_LINE = 400  # characters

# Event -> what is said of it, and its fields in that order. Others are said as they print.
SENTENCES = {
    "PoweredOn": ("the modem answers: %s, firmware %s", (0, 1)),
    "SimReady": ("the SIM is ready: %s", (0,)),
    "Registering": ("searching for a network", ()),
    "Registered": ("registered by %s, cell %s", (1, 3)),
    "PdpActive": ("online with the address %s", (0,)),
    "PdpDeactivated": ("the network ended the connection", ()),
    "Restarted": ("the modem restarted (%s)", (0,)),
    "Waiting": ("%s ms until the network may be asked again", (0,)),
    "Authenticated": ("1NCE OS gave the key of this SIM", ()),
    "Secured": ("secured by DTLS with %s:%s", (0, 1)),
    "Retrying": ("attempt %s follows in %s ms, since %s", (0, 1, 2)),
    "RecordRefused": ("1NCE OS does not take record %s: %s", (0, 1)),
    "StoreFailed": ("the flash does not keep the %s: %s", (0, 1)),
}
# Told by what comes before and after them, or by every start of a modem.
UNSAID = ("Opened", "Closed", "Noticed")
# These are trouble.
LOGGED = ("Restarted", "RecordRefused", "StoreFailed")


class Console:
    """Prints; `log`: a `LogRing`, None for none. `write`: in the place of `print`."""

    def __init__(
        self, log: "LogRing | None" = None, write: "Callable[[str], object]" = print
    ) -> None:
        self._log = log
        self._write = write
        self._last = ""  # that was logged
        self._is_log_lost = False

    def say(self, text: str) -> None:
        """One line, with the seconds since the start."""
        self._write("%7d s  %s" % (now_ms() // 1000, printable(text, MOST_OF_A_LINE)))

    def trouble(self, text: str) -> None:
        """One line that is logged as well, where it differs from the line logged last."""
        self.say(text)
        if self._log is None or text == self._last:
            return
        try:
            self._log.add("%d s  %s" % (now_ms() // 1000, text))
        except OSError as error:
            if not self._is_log_lost:
                self.say("the log takes no line: %s" % error)
            self._is_log_lost = True
        else:
            self._last = text
            self._is_log_lost = False

    def event(self, event: "Any") -> None:
        """An event of the modem or the device."""
        name = type(event).__name__
        if name in UNSAID:
            return
        text = "%s" % (event,)
        if name in SENTENCES:
            sentence, fields = SENTENCES[name]
            text = sentence % tuple([event[field] for field in fields])
        if name in LOGGED:
            self.trouble(text)
        else:
            self.say(text)
