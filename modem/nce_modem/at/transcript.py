"""The last lines exchanged with the modem, masked, for errors and tickets.

Keys, PINs and the digits of ICCID, IMSI, IMEI and telephone numbers are masked as they enter; of
payloads only the length is kept.
"""

# What follows `=` is a secret or holds one.
SECRET = (
    "%CMNG",
    "+USECPRF",
    "+SQNSPCFG",
    '+QSSLCFG="PSK"',
    "+CPIN=",
    "+CPWD",
    "+CLCK",
    "+QCOAPCFG",
)


def mask_digits(text):
    """Long runs of digits masked after the first few: ten and more, or seven after a `+`."""
    result = ""
    run_start = 0
    index = 0
    while index <= len(text):
        if index < len(text) and text[index].isdigit():
            index += 1
            continue
        run = index - run_start
        if run >= 10 or (run >= 7 and run_start and text[run_start - 1] == "+"):
            shown = 5 if run >= 14 else 2
            result += text[run_start : run_start + shown] + "*" * (run - shown)
        else:
            result += text[run_start:index]
        if index < len(text):
            result += text[index]
        index += 1
        run_start = index
    return result


def mask(text):
    """A line fit to be shown to others."""
    upper = text.upper()
    for secret in SECRET:
        at = upper.find(secret)
        if at >= 0:
            return text[: at + len(secret)] + " ***"
    return mask_digits(text)


class Transcript:
    """A ring of the last `size` lines; `>` was sent, `<` received, `!` happened."""

    def __init__(self, size=64):
        self._ring = [("", "")] * size
        self._next = 0

    def _add(self, mark, text):
        # Masked when read: most lines are never read.
        self._ring[self._next] = (mark, text)
        self._next = (self._next + 1) % len(self._ring)

    def sent(self, text):
        self._add(">", text)

    def received(self, text):
        self._add("<", text)

    def noted(self, text):
        self._add("!", text)

    def lines(self):
        """The lines, oldest first, masked."""
        ordered = self._ring[self._next :] + self._ring[: self._next]
        return ["%s %s" % (entry[0], mask(entry[1])) for entry in ordered if entry[0]]
