"""The error of an attach that is too early: when the next may begin, and what it waits for.

Imported when `Pace.wait` refuses a try.
"""

from nce_modem.errors import AttachError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


class TooEarly(AttachError):
    """The next attach may not begin yet.

    `waits_for` is the step whose failure it waits for, "" when that is unknown.
    """

    waits_for = ""


def error(modem: "Modem", attaches: int, most: int, delay_ms: int) -> TooEarly:
    """The error of step "pace", with the reason, remedy and evidence of the last failure."""
    reason = "it is too early for another try"
    evidence = "%d attaches in 24 h (%d are fair use), %d failures since the last success" % (
        attaches, most, modem.pace.failures
    )  # fmt: skip
    remedy = "try again in %d s; sleep until then, and keep `save_state()`" % (
        (delay_ms + 999) // 1000
    )
    if modem.pace.is_spent(modem.now_ms()):
        reason += ": the attaches of a day are used up"
    step = ""
    if modem.pace.last_error is not None:
        step, last_reason, last_remedy, last_evidence = modem.pace.last_error
        reason += "; the last one stopped at %s: %s" % (step, last_reason)
        remedy = "%s; then %s" % (last_remedy, remedy)
        if last_evidence:
            evidence += "; the last time: " + last_evidence
    found = TooEarly(
        "pace",
        reason,
        evidence,
        remedy,
        modem.link.channel.transcript,
        retry_after_ms=delay_ms,
    )
    found.waits_for = step
    return found
