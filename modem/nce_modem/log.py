"""The same report as `nce_modem.doctor` makes, of a recorded conversation.

    from nce_modem.doctor import render

    print(render(read_log(lines)))

A log is lines of text as a terminal shows them (`>` or `<` and time stamps in front do no harm),
or the JSON lines of a recorded session. Keys, ICCID, IMSI, IMEI and numbers are masked.
"""

import json

from nce_modem.at import results, syntax
from nce_modem.at.masking import mask, mask_lines
from nce_modem.diagnosis import cause_in, explain
from nce_modem.doctor import Report
from nce_modem.errors import UsageError
from nce_modem.registration import PREFIXES, Registrations

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Iterable

MOST_LINES = 64  # of a log, at the end of a report


def conversation(lines: "Iterable[str]") -> "list[tuple[str, str]]":
    """`[(mark, text)]` of a log: `>` sent, `<` received, whatever wrote it."""
    found: "list[tuple[str, str]]" = []
    held = {"<": b"", ">": b""}
    for line in lines:
        entry = _entry(line.strip())
        if entry is None:
            found.extend(_typed(line.strip()))
            continue
        mark, data = entry
        held[mark] += data.replace(b"\r", b"\n")
        *whole, held[mark] = held[mark].split(b"\n")
        for raw in whole:
            text = syntax.to_text(raw).strip()
            if text:
                found.append((mark, text))
    return found


def _typed(line: str) -> "list[tuple[str, str]]":
    """`[(mark, text)]` of a line of a terminal, which may put a mark and a time in front."""
    found = "<"
    text = line
    for mark in (">", "<"):
        head, seen, tail = line.partition(mark + " ")
        if seen and len(head) < 32:
            found, text = mark, tail.strip()
            break
    if text[:2].upper() == "AT":
        found = ">"
    return [(found, text)] if text else []


def _entry(line: str) -> "tuple[str, bytes] | None":
    """(mark, bytes) of a line of a recorded session, or None."""
    if line[:1] != "{":
        return None
    try:
        fields = json.loads(line)
        return {"tx": ">", "rx": "<"}[fields["direction"]], bytes.fromhex(fields["hex"])
    except (ValueError, KeyError, TypeError):
        return None


def _is_spoken(mark: str, text: str) -> bool:
    """Whether a line looks like a command, a result or a boot banner."""
    if mark == ">":
        rest = text[2:3].upper()
        is_basic = rest in "DEHIOQSVXZ" and text[3:4] in "+*#&0123456789"
        return text[:2].upper() == "AT" and (is_basic or rest in syntax.LEADERS + "&\\")
    if results.is_error(text) or text in results.SUCCESS or text in BANNERS:
        return True
    name = text[1 : max(0, text.find(":"))]
    return text[0] in syntax.LEADERS and name.isupper()


def read_log(lines: "Iterable[str]") -> "Report":
    """The `Report` of a recorded conversation: how far it got, and why it stopped there.

    Raises `UsageError` for any other text, and shows nothing of it.
    """
    case = Case()
    spoken = []
    talk = conversation(lines)
    known = len([text for mark, text in talk if _is_spoken(mark, text)])
    # Messages and what a modem says of itself have no form; in a README commands are rare.
    if not known or known * 4 < len(talk):
        raise UsageError(
            "this is not an AT log: %d of %d lines are commands or results; give what a terminal "
            "shows of a conversation with a modem, or the file of nce modem log"
            % (known, len(talk))
        )
    for mark, text in talk:
        spoken.append(mark + " " + text)
        if mark == ">":
            case.sent(text)
        else:
            case.received(text)
    # Masked as a whole: whether a line is a short message follows from the lines before it.
    return case.report(list(mask_lines(spoken))[-MOST_LINES:])


# The command that failed -> the step it belongs to.
STEPS = (
    ("+CPIN", "sim"), ("+QCCID", "sim"), ("+CCID", "sim"), ("+CIMI", "sim"),
    ("+CGDCONT", "apn"), ("+QICSGP", "apn"), ("+CNCFG", "apn"), ("+CSTT", "apn"),
    ("+CFUN", "radio"), ("+CNMP", "radio"), ("+CMNB", "radio"), ("+URAT", "radio"),
    ("+COPS", "registration"), ("+CEREG", "registration"), ("+CGREG", "registration"),
    ("+QIACT", "pdp"), ("+CNACT", "pdp"), ("+CGACT", "pdp"), ("+CGATT", "pdp"), ("+CIICR", "pdp"),
    ("+UPSDA", "pdp"), ("+QIOPEN", "pdp"), ("+CAOPEN", "pdp"), ("#XSOCKET", "pdp"),
)  # fmt: skip
# Answers that carry the device's address when data may flow.
BANNERS = ("RDY", "Ready", "+SYSSTART", "POWERED DOWN", "NORMAL POWER DOWN")
ADDRESSES = ("+CGPADDR", "+QIACT", "+CNACT", "+UUPSDA", "+UPSND", "+CGCONTRDP")


class Case:
    """The facts that a conversation has shown so far."""

    def __init__(self) -> None:
        self.command = ""
        self.answers = 0
        self.sim = ""
        self.apn = ""
        self.address = ""
        self.causes: "list[str]" = []
        self.restarts = 0
        self.failures: "dict[str, str]" = {}  # step -> the final that refused it last
        self.registrations = Registrations()
        self.rows: "list[tuple[str, str]]" = []

    def sent(self, text: str) -> None:
        self.command = text

    def received(self, text: str) -> None:
        if text == self.command:
            return  # echo
        self.answers += 1
        prefix, rest = syntax.split_prefix(text)
        if prefix in PREFIXES:
            self.registrations.update(prefix, rest)
        elif prefix == "+CPIN":
            self.sim = rest
        elif prefix == "+CGDCONT":
            values = syntax.fields(rest)
            self.apn = values[2] if len(values) > 2 else self.apn
        elif prefix in ADDRESSES:
            for value in syntax.fields(rest):
                if value.count(".") == 3 and value != "0.0.0.0":
                    self.address = value
        elif prefix in ("+CSQ", "+CESQ", "+QCSQ", "+CPSI", "%XMONITOR"):
            self.rows = [row for row in self.rows if row[0] != prefix] + [(prefix, mask(rest))]
        elif prefix == "+CEER":
            self.causes.append(text)
        elif text in BANNERS:
            self.restarts += 1
            self.address = ""
        self._judge(text)

    def _judge(self, text: str) -> None:
        """Remember the refusal of a step until the step succeeds."""
        if results.is_error(text):
            step = self._step()
            if step:
                self.failures[step] = text
        elif text == "OK" and self.failures.get(self._step()):
            del self.failures[self._step()]

    def _step(self) -> str:
        for name, step in STEPS:
            if name in self.command.upper():
                return step
        return ""

    def report(self, transcript: "list[str]") -> "Report":
        latest = self.registrations
        rows = [("source", "a recorded conversation")] + self.rows
        for name, value in (
            ("SIM", self.sim),
            ("APN", self.apn),
            ("registration", latest.evidence()),
            ("address", self.address),
        ):
            if value:
                rows.append((name, mask(value)))
        if self.restarts:
            rows.append(
                (
                    "restarts",
                    "%d; a supply whose voltage drops makes modems restart" % self.restarts,
                )
            )
        step = self._stopped_at()
        if not step:
            return Report(True, "", "", "", "", rows, transcript)
        if step == "power":
            reason = "the modem did not answer"
            remedy = "check supply, wiring, baud rate and power key"
            return Report(False, step, reason, remedy, "", rows, transcript)
        final = self.failures.get(step, "")
        code = results.error_code(final)
        if step == "sim" and self.sim not in ("", "READY"):
            code = 12 if "PUK" in self.sim else 11 if "PIN" in self.sim else code
        denied = latest.denied
        cause = denied.cause if denied else None
        if cause is None:
            cause = cause_in(self.causes)
        reason, remedy = explain(step, code, latest.stat, cause, self.apn)
        evidence = "; ".join([text for text in (final, latest.evidence()) if text] + self.causes)
        return Report(False, step, reason, remedy, mask(evidence), rows, transcript)

    def _stopped_at(self) -> str:
        """The first step that is not done; "" when there is an address."""
        if not self.answers:
            return "power"
        if self.address:
            return ""
        if "sim" in self.failures or self.sim not in ("", "READY"):
            return "sim"
        if self.registrations.registered is not None:
            return "pdp"
        for step in ("apn", "radio"):
            if step in self.failures:
                return step
        return "registration"
