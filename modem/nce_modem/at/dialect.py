"""The knowledge of a family that the engine needs to read its lines: data, a few predicates.

Dialect("+CEREG +QIURC", boot=("RDY",), shapes={"+CEREG": is_registration_answer})
"""

from nce_modem.at import syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, Mapping, Payload, Shape


# 3GPP unsolicited results that any modem may send (TS 27.007, TS 27.005).
COMMON_URCS = (
    "+CREG +CGREG +CEREG +CGEV +CSCON +CEDRXP +CMTI +CMT +CDSI +CDS +CBM +CPIN +CFUN +CTZV +CTZE "
    "+CRING "
)

# A short message follows on the next line; a report in text mode is one line (TS 27.005, 3.4.1).
COMMON_PAYLOADS = {
    "+CMT": syntax.Payload(syntax.NEXT_LINE),
    "+CDS": syntax.Payload(syntax.NEXT_LINE, field_count=1),
}


class Dialect:
    """The unsolicited results of a family, and how they differ from answers.

    urcs            prefixes of unsolicited results, between blanks; matched whole
    urc_lines       unsolicited lines without a prefix
    boot            lines that a starting (or stopping) modem sends: all it was doing is lost
    boot_follows    lines that follow a boot banner; within `boot_window_ms` of it no second reset
    shapes          prefix -> predicate(command, text): may `text` answer `command`?
    payloads        prefix -> Payload of the unsolicited result, beside those of short messages
    guard_ms        quiet time after a final result or URC before the next command
    guard_limit_ms  how long a command waits for that at the most: then it is written all the same
    drain_ms        how long the line is blocked for an overdue answer, twice at most
    payload_ms      the longest pause within a payload, which may take six times as long as a whole
    end             what ends a command line: Nordic's SLM needs CR and LF
    """

    def __init__(
        self,
        urcs: str = "",
        urc_lines: "tuple[str, ...]" = (),
        boot: "tuple[str, ...]" = (),
        boot_follows: "tuple[str, ...]" = (),
        shapes: "Mapping[str, Shape] | None" = None,
        payloads: "dict[str, Payload] | None" = None,
        guard_ms: int = 20,
        guard_limit_ms: int = 1000,
        drain_ms: int = 2000,
        payload_ms: int = 5000,
        boot_window_ms: int = 30_000,
        end: bytes = b"\r",
    ) -> None:
        # One text, as a tuple of texts takes four times the heap.
        self.urcs: "str" = " " + COMMON_URCS + urcs + " "
        self.urc_lines: "tuple[str, ...]" = urc_lines
        self.boot: "tuple[str, ...]" = boot
        self.boot_follows: "tuple[str, ...]" = boot_follows
        self.shapes: "Mapping[str, Shape]" = shapes or {}
        self.payloads: "dict[str, Payload]" = COMMON_PAYLOADS
        if payloads:
            self.payloads = dict(COMMON_PAYLOADS)
            self.payloads.update(payloads)
        self.guard_ms = guard_ms
        # No manual gives a bound. The quiet time lets the modem finish its lines: the bound may
        # cost a late result, and never the command.
        self.guard_limit_ms = guard_limit_ms
        self.drain_ms = drain_ms
        self.payload_ms = payload_ms
        self.boot_window_ms = boot_window_ms
        self.end = end

    def is_answer(self, command: "Command", prefix: str, text: str) -> bool:
        """Whether a line may answer `command`: by its prefix, then by the shape of its fields."""
        if prefix not in command.expects:
            return False
        shape = self.shapes.get(prefix)
        if shape is not None:
            return shape(command, text)
        # An unsolicited prefix answers only a read form: +QIOPEN is an event of AT+QIOPEN=..
        return command.is_read or not self.has_urc(prefix)

    def has_urc(self, prefix: str) -> bool:
        """Whether a prefix is one of unsolicited results."""
        return bool(prefix) and " " + prefix + " " in self.urcs

    def is_urc(self, prefix: str, line: str) -> bool:
        """Whether a line is a known unsolicited result."""
        if self.has_urc(prefix) or line in self.urc_lines:
            return True
        # `<n>, CLOSED` (SIMCom, multi-connection mode).
        head, comma, tail = line.partition(",")
        return bool(comma) and head.isdigit() and tail.strip() in self.urc_lines
