"""A report for a support ticket: the state of a modem, and why it is not attached.

    report = await examine(modem)       # attaches, asks the modem; never raises a ModemError
    report = read_log(lines)            # the same for a recorded conversation
    print(render(report))

A log is lines of text as a terminal shows them (`>` or `<` and time stamps in front do no harm),
or the JSON lines of a recorded session. Keys, ICCID, IMSI, IMEI and numbers are masked.
"""

import json
from collections import namedtuple

from nce_modem.at import results, syntax
from nce_modem.at.masking import mask, mask_lines
from nce_modem.diagnosis import cause_in, explain
from nce_modem.errors import AttachError, ModemError, UsageError
from nce_modem.registration import PREFIXES, Registrations

# `rows` are (name, value); `step` is where it stopped, "" when attached; `transcript` is masked.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Iterable, Modem, NamedTuple, Signal

    class Report(NamedTuple):
        is_healthy: bool
        step: str
        reason: str
        remedy: str
        evidence: str
        rows: list[tuple[str, str]]
        transcript: list[str]

else:
    Report = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Report", ("is_healthy", "step", "reason", "remedy", "evidence", "rows", "transcript")
    )

# Asked when attached or not, each answered or left out: (name, command).
QUESTIONS = (
    ("IMEI", "AT+CGSN"),
    ("functionality", "AT+CFUN?"),
    ("SIM", "AT+CPIN?"),
    ("operator", "AT+COPS?"),
    ("registration", "AT+CEREG?"),
    ("attached", "AT+CGATT?"),
    ("APN", "AT+CGDCONT?"),
    ("address", "AT+CGPADDR"),
    ("last failure", "AT+CEER"),
    ("clock", "AT+CCLK?"),
)
MOST_LINES = 64  # of a log, at the end of a report


async def examine(modem: "Modem") -> "Report":
    """Attach, then ask the modem about its state; returns a `Report` in every case."""
    from nce_modem.signal import read_signal, words

    step = reason = remedy = evidence = ""
    try:
        await modem.attach()
    except AttachError as error:
        step, reason, remedy, evidence = error.step, error.reason, error.remedy, error.evidence
    except UsageError as error:
        step, reason = "family", str(error)
        remedy = "name the family with the closest AT manual: Modem(board, family=...)"
    except ModemError as error:
        step, reason = "power", str(error)
        remedy = "check supply, wiring, port, baud rate and power key, then run this again"
    rows = [
        ("driver", modem.family.profile.name),
        ("model", mask(modem.model or "unknown")),
        ("revision", mask(modem.revision or "unknown")),
    ]
    try:
        if modem.link.is_open and not modem.link.is_silent:
            signal = await read_signal(modem)
            rows.append(("signal", "%s (%s)" % (words(signal), _levels(signal))))
            for name, text in QUESTIONS:
                for values in await modem.family.ask_fields(modem.link, text):
                    rows.append((name, mask(",".join(values))))
    except ModemError as error:
        rows.append(("then", mask(str(error))))
    return Report(
        not step, step, mask(reason), remedy, mask(evidence), rows, list(modem.transcript)
    )


def _levels(signal: "Signal") -> str:
    names = ("RSSI %s dBm", "RSRP %s dBm", "RSRQ %s dB", "SINR %s dB")
    found = [name % value for name, value in zip(names, signal) if value is not None]
    return ", ".join(found) or "the modem does not tell"


def render(report: "Report") -> str:
    """The report as text."""
    lines = []
    if report.is_healthy:
        lines.append("ATTACHED")
    else:
        lines.append("STOPPED AT   %s" % report.step)
        lines.append("REASON       %s" % report.reason)
        lines.append("TRY          %s" % report.remedy)
        if report.evidence:
            lines.append("EVIDENCE     %s" % report.evidence)
    lines.append("")
    for name, value in report.rows:
        lines.append(name + " " * max(1, 13 - len(name)) + value)
    if report.transcript:
        lines.append("")
        lines.append("transcript (masked)")
        lines.extend(["  " + line for line in report.transcript])
    return "\n".join(lines)


# Recorded conversations.


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
    return case.report(mask_lines(spoken)[-MOST_LINES:])


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
        reason, remedy = explain(step, code, latest.stat, cause)
        if step == "apn":
            final = final or "APN %s" % (self.apn or "not set")
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
