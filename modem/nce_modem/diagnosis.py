"""Explains in words why attaching failed and what to try, for 1NCE SIMs.

Causes: 3GPP TS 24.301 (EMM 9.9.3.9, ESM 9.9.4.4), TS 27.007 9.2. Imported when something failed.

    reason, remedy = explain("registration", cause=8, stat=3)
"""

from nce_modem.advice import SUBSCRIPTION, session_advice
from nce_modem.errors import AttachError, CommandFailed, CommandTimeout
from nce_modem.registering import PERMANENT_CAUSES

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Iterable, Modem


OPERATOR = (
    "the SIM may not use this operator here; let the modem choose (AT+COPS=0), give it time, "
    "and clear the list of forbidden operators (EF 6F7B) when it stays with this one"
)
AREA = OPERATOR + (
    "; EMM 15 was also seen with the APN of another kind of SIM: new SIMs have sensor.net, older "
    "ones iot.1nce.net"
)
LOGIN = (
    "set the APN iot.1nce.net, or sensor.net for a new SIM, without user and password "
    "(AT+CGAUTH=1,0)"
)
COVERAGE = (
    "check the antenna; check that band and radio access are in use at this place (not every "
    "operator offers LTE-M or NB-IoT, and many roaming partners have no NB-IoT); the first "
    "search of a roaming SIM may take minutes"
)
# Remedies that `advice` makes, as the APN decides about them.
SESSION = "session"
APN = "apn"

# (step, code): code is an EMM cause at registration, a CME code elsewhere.
REASONS = (
    ("sim", 10, "no SIM card found", "check that the card is seated the right way round"),
    (
        "sim",
        11,
        "the SIM asks for a PIN",
        "1NCE SIMs have no PIN: check that this is the right card",
    ),
    (
        "sim",
        12,
        "the SIM is blocked and asks for its PUK",
        "1NCE SIMs have no PIN: check that this is the right card",
    ),
    ("sim", 13, "the SIM failed", "check the contacts; try the card in another device"),
    ("sim", 15, "the modem rejects this SIM", "check whether the modem is locked to an operator"),
    ("registration", 2, "the network does not know the IMSI", SUBSCRIPTION),
    ("registration", 3, "the network refuses the SIM (illegal UE)", SUBSCRIPTION),
    ("registration", 5, "the network refuses the IMEI", SUBSCRIPTION),
    ("registration", 6, "the network refuses the device (illegal ME)", SUBSCRIPTION),
    ("registration", 7, "the subscription does not allow data (EPS)", SUBSCRIPTION),
    ("registration", 8, "the subscription does not allow any service", SUBSCRIPTION),
    ("registration", 11, "this operator is not allowed", OPERATOR),
    ("registration", 12, "this area is not allowed", OPERATOR),
    ("registration", 13, "roaming is not allowed in this area", OPERATOR),
    ("registration", 14, "data is not allowed with this operator", SUBSCRIPTION),
    ("registration", 15, "no suitable cell in this area", AREA),
    ("registration", 17, "the network has a failure", "wait, then try again"),
    (
        "registration",
        19,
        "the data session was refused, and the registration with it",
        SESSION,
    ),
    ("registration", 22, "the network is congested", "try again in 5 to 20 minutes"),
    ("pdp", 30, "no network service", COVERAGE),
    ("pdp", 127, "the network does not know the APN, or not for this SIM", APN),
    ("pdp", 133, "the subscription does not include data here", SESSION),
    ("pdp", 148, "the network refused the data session without saying why", SESSION),
    ("pdp", 149, "the network refused user and password", LOGIN),
    ("pdp", 177, "the operator barred the data session", SESSION),
    ("pdp", 179, "the APN is not served with this radio access", APN),
)

# Registration state without a cause (TS 27.007, 10.1.22).
STATES = (
    (
        0,
        "the modem is not searching for a network",
        "check AT+CFUN=1 and AT+COPS=0, then the antenna",
    ),
    (2, "the modem searched, and no operator accepted it", COVERAGE),
    # Refused sessions (EMM 19) among others; the card has told of forbidden operators before.
    (3, "the network refused the registration without giving a cause", SESSION),
    (4, "out of coverage", COVERAGE),
    (6, "registered for SMS only", SUBSCRIPTION),
    (7, "registered for SMS only", SUBSCRIPTION),
    (8, "emergency calls only: no operator accepts the SIM", SUBSCRIPTION),
)

UNANSWERED = (
    "the modem did not answer a command",
    "check wiring, baud rate and flow control, and that nothing else uses the port; try again",
)

# The explanation of a step when no code and no state is known.
STEPS = {
    "sim": (
        "the SIM was not ready in time",
        "power the modem off and on; check the card's contacts",
    ),
    "apn": (
        "the APN could not be set",
        "a modem refuses it while it is attached; restart the modem",
    ),
    "radio": (
        "the radio could not be switched on",
        "check the supply: a modem resets when its voltage drops",
    ),
    "registration": ("no registration in time", COVERAGE),
    "pdp": ("no data session", SESSION),
}


def explain(
    step: str,
    code: "int | None" = None,
    stat: "int | None" = None,
    cause: "int | None" = None,
    apn: str = "",
) -> "tuple[str, str]":
    """`(reason, remedy)` of a failed step; `code` is a CME code, `cause` an EMM cause.

    apn: the one in force, "" when that is unknown.
    """
    reason, remedy = _row(step, code, stat, cause)
    if remedy in (SESSION, APN):
        remedy = session_advice(apn, remedy == APN)
    return reason, remedy


def _row(
    step: str, code: "int | None", stat: "int | None", cause: "int | None"
) -> "tuple[str, str]":
    for row_step, row_code, reason, remedy in REASONS:
        if row_step == step and row_code == (cause if step == "registration" else code):
            return reason, remedy
    if step == "registration":
        for row_stat, reason, remedy in STATES:
            if row_stat == stat:
                return reason, remedy
    return STEPS.get(step, ("the step failed", "see the transcript"))


async def last_cause(modem: "Modem") -> "int | None":
    """The EMM cause of the last refusal by AT+CEER, or None."""
    try:
        answer = await modem.family.ask(modem.link, "AT+CEER")
    except CommandFailed:
        from nce_modem.recovery import cause_on_card

        return await cause_on_card(modem)
    return cause_in(answer.lines)


async def attach_error(
    modem: "Modem", step: str, evidence: str, error: "Exception | None"
) -> AttachError:
    """The `AttachError` of a failed step, after asking the modem for the cause."""
    from nce_modem.recovery import PERMANENT, cause_on_card

    details = [evidence]
    for text in (modem.family.profile.signal_command, "AT+CEER"):
        try:
            answer = await modem.link.run(modem.family.command(text, timeout_ms=2000))
            details.extend(answer.lines)
        except (CommandFailed, CommandTimeout):
            pass
    if step == "pdp":
        details.append(modem.registrations.evidence())
        last = await modem.family.last_error(modem.link)
        if last:
            details.append("last error " + last)
    cause = getattr(error, "cause", None)
    if cause is None:
        cause = cause_in(details)
    if cause is None and step == "registration":
        try:
            cause = await cause_on_card(modem)
        except CommandTimeout:
            pass
    code = getattr(error, "code", None)
    if isinstance(error, CommandTimeout):
        reason, remedy = UNANSWERED
    else:
        # Both steps come after the one that has set the APN and read it back.
        apn = modem.apn if step in ("registration", "pdp") else ""
        reason, remedy = explain(step, code, getattr(error, "stat", None), cause, apn)
    is_permanent = (
        (step, code) in PERMANENT if step != "registration" else cause in PERMANENT_CAUSES
    )
    found = AttachError(
        step, reason, "; ".join(details), remedy, modem.link.channel.transcript, is_permanent
    )
    modem.pace.last_error = (step, reason, remedy, found.evidence)
    return found


# GM02S names causes (TS 24.301, 9.9.3.9). ESM_FAILURE was seen, the others follow its pattern.
CAUSE_WORDS = {
    "illegal_ue": 3,
    "illegal_me": 6,
    "eps_services_not_allowed": 7,
    "plmn_not_allowed": 11,
    "tracking_area_not_allowed": 12,
    "roaming_not_allowed_in_this_tracking_area": 13,
    "no_suitable_cells_in_tracking_area": 15,
    "esm_failure": 19,
    "congestion": 22,
}


def cause_in(lines: "Iterable[str]") -> "int | None":
    """The EMM cause in the answer to +CEER, or None; vendors word it differently.

    `+CEER: EMM cause 15`, `+CEER: "EMM 15"` (Nordic: other modules have other numbers), and
    `+CEER: lastEmmCause: ESM_FAILURE` (Sequans).
    """
    for line in lines:
        text = line.lower()
        _, found, tail = text.partition("cause")
        if not found:
            _, found, tail = text.partition('"emm')
        word = tail.strip(' :#"').split(" ")[0].split(",")[0].strip('"')
        if line.startswith("+CEER") and found and "esmcause" not in text:
            if word.isdigit():
                return int(word)
            if word in CAUSE_WORDS:
                return CAUSE_WORDS[word]
    return None
