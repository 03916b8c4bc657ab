"""Network registration: +CREG, +CGREG and +CEREG, read by the shape of their fields.

3GPP TS 27.007, 7.2 (CREG), 10.1.20 (CGREG), 10.1.22 (CEREG). One prefix is both the answer to
`AT+CEREG?` (with <n> in front) and the unsolicited result (without); real modems send both within
one exchange, zero-pad, leave quotes out, break them and add fields.

    parse("2,5,\\"00B7\\",\\"00011B07\\",7").stat      # 5
    parse("5,\\"00B7\\",\\"00011B07\\",7").is_read     # False
"""

from collections import namedtuple

from nce_modem.at import syntax

PREFIXES = ("+CEREG", "+CGREG", "+CREG")

# A registered device may use data (5 is roaming: every 1NCE SIM); 9 and 10 are TS 27.007's
# "CSFB not preferred", which is registered too. 6 and 7 are SMS only.
REGISTERED = (1, 5, 9, 10)
DENIED = 3

# is_read: the line has <n>, so it answers the read form. tac, ci: hexadecimal text, "" when
# unknown. act: access technology. cause_type 0 is an EMM cause (TS 24.301, 9.9.3.9).
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, Iterable, NamedTuple

    class Registration(NamedTuple):
        is_read: bool
        stat: int
        tac: str
        ci: str
        act: int | None
        cause_type: int | None
        cause: int | None

else:
    Registration = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Registration", ("is_read", "stat", "tac", "ci", "act", "cause_type", "cause")
    )


def is_read_answer(raw: "list[str]") -> bool:
    """Whether raw fields (stripped, quotes kept) are a read answer, not an unsolicited result."""
    if len(raw) < 2:
        return False
    first, second = syntax.number(raw[0]), syntax.number(raw[1])
    if len(raw) == 2:
        return first is not None and second is not None
    # A quoted, empty or long second field is a tracking area: there is no <n>.
    if first is None or second is None or len(raw[1]) > 4:
        return False
    if first > 5 or not (second <= 11 or second in (80, 90)):
        return False
    # Four bare digits are a zero-padded area code, unless a quoted one follows.
    return not (len(raw[1]) == 4 and raw[2][:1] != '"' and len(raw) <= 4)


def parse(text: str) -> "Registration | None":
    """A `Registration` of the text after the prefix, or None when it holds no state."""
    raw = [field.strip() for field in text.split(",")]
    is_read = is_read_answer(raw)
    values = [field.strip('" ') for field in raw]
    stat = syntax.number(values[1 if is_read else 0])
    if stat is None:
        return None
    rest = values[2:] if is_read else values[1:]
    tac = rest[0] if rest else ""
    # An optional routing area code stands between area and cell: two hex digits.
    if len(rest) > 3 and len(rest[1]) <= 2 and len(rest[2]) > 2:
        rest = rest[:1] + rest[2:]
    ci = rest[1] if len(rest) > 1 else ""
    return Registration(is_read, stat, tac, ci, _at(rest, 2), _at(rest, 3), _at(rest, 4))


def _at(values: "list[str]", index: int) -> "int | None":
    return syntax.number(values[index]) if len(values) > index else None


def answers(command: "Command", text: str) -> bool:
    """Whether `text` may answer `command`: a read form, and fields of the read shape."""
    if not command.is_read:
        return False
    return is_read_answer([field.strip() for field in text.split(",")])


SHAPES = {prefix: answers for prefix in PREFIXES}


class Registrations:
    """The latest of the three domains; any of them registered will do.

    1NCE's own logs have +CEREG 5 beside +CGREG 4: requiring all would never be satisfied.
    """

    def __init__(self) -> None:
        self._latest: "dict[str, Registration]" = {}

    def update(self, prefix: str, text: str) -> "Registration | None":
        """Take a line of any domain; returns its `Registration`, None when unreadable."""
        registration = parse(text)
        if registration is not None:
            self._latest[prefix] = registration
        return registration

    def forget(self) -> None:
        self._latest = {}

    def first(self, stats: "Iterable[int]") -> "Registration | None":
        """The first `Registration` in one of these states, EPS before GPRS before CS; or None."""
        for prefix in ("+CEREG", "+CGREG", "+CREG"):
            registration = self._latest.get(prefix)
            if registration is not None and registration.stat in stats:
                return registration
        return None

    @property
    def registered(self) -> "Registration | None":
        """The `Registration` that lets data pass, or None."""
        return self.first(REGISTERED)

    @property
    def denied(self) -> "Registration | None":
        """The `Registration` that was denied, with its cause if it had one; or None.

        A modem that still searches in LTE is not denied: SIMCom's have +CREG 3, without a cause,
        meanwhile.
        """
        found = self.first((DENIED,))
        registration = self._latest.get(PREFIXES[0])
        if found is not None and found.cause is None and found is self._latest.get(PREFIXES[2]):
            if registration is not None and registration.stat == 2:
                return None
        return found

    @property
    def stat(self) -> "int | None":
        """The most telling state: denied, else the first domain's; None before any report."""
        found = self.denied or self.first(range(256))
        return None if found is None else found.stat

    def evidence(self) -> str:
        """The last report of each domain as text: `+CEREG 2, +CREG 3 cause 8`."""
        parts = []
        for prefix in sorted(self._latest):
            registration = self._latest[prefix]
            text = "%s %d" % (prefix, registration.stat)
            if registration.cause is not None:
                text += " cause %d" % registration.cause
            parts.append(text)
        return ", ".join(parts) or "no registration report"
