"""A report for a support ticket: the state of a modem, and why it is not attached.

    report = await examine(modem)       # attaches, asks the modem; never raises a ModemError
    print(render(report))

`nce_modem.log` makes the same of a recorded conversation. Keys, ICCID, IMSI, IMEI and numbers are
masked.
"""

from collections import namedtuple

from nce_modem.at.masking import mask
from nce_modem.errors import AttachError, LineClosed, ModemError, UsageError

# `rows` are (name, value); `step` is where it stopped, "" when attached; `transcript` is masked.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, NamedTuple, Signal

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
        # Errors of the port and of what is heard on it know their step and what to try.
        step = getattr(error, "step", "port" if isinstance(error, LineClosed) else "power")
        reason = str(error)
        remedy = getattr(error, "remedy", None) or (
            "check supply, wiring, port, baud rate and power key, then run this again"
        )
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
        rows.append(("not asked", mask(str(error))))
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
