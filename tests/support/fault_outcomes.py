"""What a session may come to after each fault of the catalogue, and why.

    check("bg95", fault, "received", session, "+QIACT")     # raises Wrong

Written from what each row is on a real modem and what a driver can know of it, not from what this
driver does. Success is always right. Beyond that, an outcome is `phase:Error`,
`attach:Error/step`, or `unanswered`: sent, and no answer came to a datagram that was lost. Of a
stream it is also `ended`: it did so in order, before all bytes came back.

Two rules run through the table. Finding and attaching are repeatable as a whole, so trouble that
strikes once and passes never ends them. Opening, sending and receiving are not: a command that got
no answer there may have been done, and the caller is told so.
"""

from nce_sim.modem.faults import AWKWARD
from nce_sim.modem.faults.catalogue import CATALOGUE, STREAM_CATALOGUE
from nce_sim.modem.personalities import PERSONALITIES
from support.driver_bench import TELLS_RESETS

# A command's (or its prompt's) answer never came.
UNANSWERED_COMMAND = "open:CommandTimeout send:CommandTimeout receive:CommandTimeout"
# The modem restarted: it says so, or the command that was pending has no answer. What the modem
# does not know after a restart nobody noticed, it refuses.
RESTARTED = UNANSWERED_COMMAND + (
    " open:ModemReset send:ModemReset receive:ModemReset"
    " open:OpenFailed send:SocketDead receive:SocketDead"
)
# The network took the bearer: said by the modem, or seen when it refuses.
BEARER_LOST = (
    "open:PdpLost send:PdpLost receive:PdpLost"
    " open:OpenFailed send:SocketDead receive:SocketDead unanswered"
)
# A command was refused that should not have been.
REFUSED = "open:OpenFailed send:SocketDead receive:SocketDead"
SILENT = "detect:ModemSilent attach:ModemSilent open:ModemSilent send:ModemSilent"

AMID = "broken lines amid an answer"

# Row, or name where the faults of a row differ -> what is right besides success.
RIGHT = {
    # Restarts; noise, a missing banner or settings of old make no difference to what is lost.
    1: RESTARTED + " unanswered",
    11: RESTARTED,
    22: RESTARTED,
    # Bytes swallowed, garbled, lost: a command or its answer is not understood; a datagram that
    # was cut short is lost.
    2: UNANSWERED_COMMAND,
    8: UNANSWERED_COMMAND + " open:OpenFailed unanswered",
    # Until somebody sets the rate again, neither understands the other.
    "left at another rate": " ".join(
        (
            UNANSWERED_COMMAND,
            SILENT,
            "receive:ModemSilent",
            SILENT.replace("ModemSilent", "WrongRate"),
        )
    ),
    # Echo, unsolicited results anywhere, payloads like commands, chunks: nothing is lost.
    3: "",
    4: "",
    5: "",
    6: "",
    7: "",
    # Late by less than steps and retries take; by more than them.
    "late answer": UNANSWERED_COMMAND,
    "very late answer": UNANSWERED_COMMAND + " " + SILENT + " receive:ModemSilent",
    # Results nobody waits for.
    10: "",
    12: BEARER_LOST,
    "denied by the subscription": BEARER_LOST + " attach:AttachError/registration",
    # Thrown out or without a cell when the bearer comes up: as with a lost bearer afterwards.
    13: BEARER_LOST,
    14: BEARER_LOST,
    15: REFUSED,
    "prompt lost": "send:CommandTimeout",
    "error for a prompt": REFUSED + " attach:AttachError/@",
    # Serial Modem says that it was not sent; no other modem knows.
    17: "unanswered send:SocketDead",
    # The safety poll finds what no unsolicited result told.
    18: "",
    # Closed at the start; when opening finds them taken, they are closed then.
    19: "",
    # Only switching off and on helps: attaching does that.
    20: UNANSWERED_COMMAND + " receive:ModemSilent",
    # Out of power saving comes a modem that booted, or one whose bearer is gone.
    21: RESTARTED + " " + BEARER_LOST,
    23: "",
    24: "",
    "broken lines": "",
    # One of them is an error without a number: it ends the command that runs.
    AMID: REFUSED + " unanswered",
    # Of streams. Most modems say "closed" of a reset, too.
    26: "open:OpenFailed send:SocketDead receive:SocketDead",
    27: "open:OpenFailed send:SocketDead ended",
    28: "",
}
STREAM_RIGHT = {
    # Of bytes of a stream that the line loses there are no others: the stream is broken.
    "bytes lost": "send:SocketDead receive:SocketDead",
    # The modem still waits for the bytes, when the driver asks about the ERROR.
    AMID: "send:CommandTimeout",
}

# Families whose answer to a send over TCP is how many bytes were taken, and there is no other way
# to learn that: an OK without the number says nothing, and an ERROR is a full buffer, too.
COUNT_IN_ANSWER = ("nrf91-slm1", "nrf91-sm")
# Families whose connection cannot be used further once a send was not taken whole (SIM7500/7600
# manual); the error says so, since nobody else would.
WHOLE_OR_LAST = ("a7672", "sim7600")

# The commands of each step of attaching, by what 3GPP and the vendors have for them.
STEPS = {
    "sim": "+CPIN +QCCID +CCID +CICCID +SQNCCID %XICCID",
    "apn": "+CGDCONT +CFUN +QICSGP +CNCFG",
    "radio": "+CFUN",
    "registration": "+CREG +CGREG +CEREG +CEER +CFUN",
    "pdp": "+CGACT +CGPADDR +QIACT +QIDEACT +CNACT +CIFSR +CSTT +CIICR +CIPSHUT +CIPMUX +CIPRXGET "
    "+CIPQSEND +UPSD +UPSDA +UPSND +NETOPEN +NETCLOSE +IPADDR +CIPMODE +CIPCCFG +CIPCFG",
}
ORDER = ("detect", "attach", "open", "send", "receive", "close")


class Wrong(AssertionError):
    """What a session came to is not right."""


# What the diagnosis must say: name of the fault, step -> the reason where the modem tells the
# cause, and the reason where it tells the state alone.
REASONS = {
    ("denied by the subscription", "registration"): (
        "the subscription does not allow any service",
        "the network refused the registration without giving a cause",
    ),
}
# Whatever the reason, the advice must lead to the subscription.
REMEDY = "check the SIM in the 1NCE portal: it must be enabled"


def tells_causes(personality):
    """Whether a family has any answer with the cause of a refusal: +CEER, or +CEREG's.

    SIM7000 and SIM70x0 have neither (their manuals), so that nothing can be known beyond the
    state.
    """
    modem = PERSONALITIES[personality]
    return "+CEER" in modem.commands or modem.cereg_always_tells_cause


def refuses_foreign_lines(personality):
    """Whether a line that does not begin with AT is an ERROR, as Nordic's SLM has it."""
    rules = PERSONALITIES[personality].line_rules
    return rules is not None and rules.foreign_lines_are_errors


def name_at(fault, point):
    """The name of a fault in the tables, which is another where it strikes amid an answer."""
    return AMID if fault.name == "broken lines" and point != fault.point else fault.name


def right_after(personality, fault, point):
    """The outcomes that are right besides success."""
    name = name_at(fault, point)
    right = RIGHT[name if name in RIGHT else fault.row]
    if name == "first characters swallowed" and refuses_foreign_lines(personality):
        # The ERROR to a command without its AT looks like any other. An ERROR may also come from
        # elsewhere while the modem sends (row 25), so that a datagram is not sent again on it.
        right += " " + REFUSED
    return right.split()


def check(personality, fault, point, session, command, right=None):
    """Whether what `session` came to is right for a fault that struck it at `command`."""
    outcome = session.outcome
    if outcome == "success":
        return
    if right is None:
        right = right_after(personality, fault, point)
    if outcome not in right:
        error = session.error
        step = getattr(error, "step", None)
        is_its_own_step = step in STEPS and command in STEPS[step].split()
        if not (is_its_own_step and "attach:AttachError/@" in right):
            raise Wrong(f"{outcome}, struck while in {session.struck_in}: {error}")
    reasons = REASONS.get((fault.name, getattr(session.error, "step", None)))
    if reasons is not None:
        expected = reasons[0 if tells_causes(personality) else 1]
        if session.error.reason != expected or REMEDY not in session.error.remedy:
            raise Wrong(f"diagnosed as {session.error.reason}: {session.error}")
    if session.error is not None and ORDER.index(session.phase) < ORDER.index(session.struck_in):
        raise Wrong(f"{outcome} before the fault struck in {session.struck_in}")


def check_stream(personality, fault, point, session, command):
    """The same for a session with a TCP stream, which is read for as long as its reader waits."""
    right = right_after(personality, fault, point)
    right += STREAM_RIGHT.get(name_at(fault, point), "").split()
    if fault.name == "orphan OK" and personality in COUNT_IN_ANSWER:
        right.append("send:SocketDead")
    if fault.row == 28 and personality in WHOLE_OR_LAST:
        right.append("send:SocketDead")
    if "receive:CommandTimeout" in right or "receive:ModemSilent" in right:
        right.append("unanswered")  # the reader gives up before the driver does
    if fault.row == 26 and personality not in TELLS_RESETS:
        right.append("ended")
    check(personality, fault, point, session, command, right)


def faults_on(bench, name):
    """How often the simulated modem noted a fault."""
    records = bench.world.timeline.records(kind="fault")
    return sum(record.fields["fault"] == name for record in records)


def check_lie(personality, fault, bench, data):
    """A datagram was called sent and has not left: was there no way to know?

    Row 17: the modem itself confirms a datagram and drops it. Its word is all a host has, except
    on Serial Modem, which can wait for the network's. Row 2, SLM: data mode takes bytes without a
    count and says at its end that they were sent, not how many; those that the line swallowed
    within it are missed by nobody. Nothing else is excused.
    """
    if personality != "nrf91-sm" and faults_on(bench, "drop_uplink") == 1:
        return
    swallowed = personality == "nrf91-slm2" and fault.name == "first characters swallowed"
    if swallowed and bench.left(data[2:]) == 1:
        return
    raise Wrong("called sent, has not left")


def check_stream_lie(personality, fault, point, heard, written):
    """A server heard other bytes than those that were called sent: was there no way to know?

    Row 2, SLM: as in `check_lie`. Row 25, Nordic: an ERROR of something else, while the modem
    sends, looks like that of a full buffer, and the same bytes are sent again. No modem was seen
    to say that; the others count what they took, and are asked.
    """
    swallowed = personality == "nrf91-slm2" and fault.name == "first characters swallowed"
    if swallowed and written[2:].startswith(heard):
        return
    if personality in COUNT_IN_ANSWER and name_at(fault, point) == AMID:
        twice = len(heard) - len(written)
        ends = range(twice, len(written) + 1) if twice > 0 else ()
        if any(heard == written[:end] + written[end - twice :] for end in ends):
            return
    raise Wrong(f"the server heard {len(heard)} bytes, {heard[:40]!r}")


def check_other_answer(fault, bench, answer):
    """An answer that is not the echo of what was sent."""
    sent = [
        record.fields["payload"]
        for record in bench.world.timeline.records(kind="datagram")
        if record.fields["direction"] == "up"
    ]
    if fault.row == 6 and answer == AWKWARD:
        return
    if fault.name == "first characters swallowed" and answer in sent:
        return  # the echo of what left
    raise Wrong(f"answered {answer!r}")


def missing():
    """Faults of the catalogues that the table says nothing of."""
    return [
        each.name
        for each in CATALOGUE + STREAM_CATALOGUE
        if each.row not in RIGHT and each.name not in RIGHT
    ]
