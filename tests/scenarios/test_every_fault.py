"""Every fault of the catalogue at every command boundary of one session, for every family.

Whatever goes wrong, wherever, the session ends in success or in the error that is right for it,
within the limits of makers and standards; no datagram is called sent that has not left, none
leaves twice, and the next session, without a fault, succeeds. `every_fault` runs a case,
`fault_outcomes` says what is right.
"""

import random
from contextlib import nullcontext

import pytest

from nce_modem import errors
from nce_sim.modem.faults.catalogue import CATALOGUE, ROWS, Fault
from support import fault_outcomes
from support.driver_bench import FAMILIES
from support.every_fault import (
    Case,
    Session,
    cases_of,
    check_time,
    limit_ms,
    report,
    try_all,
    try_case,
)

SAMPLE_SEED = 21
# Of each family: in the usual run (7 CPU seconds in all), and in the slow one (3 CPU minutes).
SAMPLE_SIZE = 10
LARGE_SAMPLE_SIZE = 200


def test_every_fault_of_every_row_has_an_outcome():
    assert {fault.row for fault in CATALOGUE} == set(ROWS)
    assert fault_outcomes.missing() == []


def ended(phase, error=None, struck_in="attach"):
    session = Session(None)
    session.phase, session.error, session.struck_in = phase, error, struck_in
    session.answer = b"first" if error is None else None
    return session


@pytest.mark.parametrize(
    ("row", "name", "session"),
    [
        (3, "echo on", ended("send", errors.CommandTimeout("no answer"))),
        (11, "reset", ended("attach", errors.ModemReset("RDY"))),
        (11, "reset", ended("open", errors.ModemReset("RDY"), "send")),
        (15, "ERROR", ended("attach", errors.AttachError("apn", "why", "what", "remedy"))),
        (
            16,
            "error for a prompt",
            ended("attach", errors.AttachError("registration", "why", "what", "remedy")),
        ),
        (
            13,
            "denied by the subscription",
            ended("attach", errors.AttachError("registration", "why", "what", "remedy")),
        ),
    ],
)
def test_an_outcome_that_is_not_right_is_found(row, name, session):
    fault = Fault(row, name, lambda modem, at: None)
    fault_outcomes.check("bg95", fault, fault.point, ended("close"), "+CPIN")
    with pytest.raises(fault_outcomes.Wrong):
        fault_outcomes.check("bg95", fault, fault.point, session, "+CPIN")


CAUSE = "the subscription does not allow any service"
STATE = "the network refused the registration without giving a cause"
PORTAL = "check the SIM in the 1NCE portal: it must be enabled"


@pytest.mark.parametrize(
    ("family", "reason", "remedy", "is_right"),
    [
        ("gm02s", CAUSE, PORTAL, True),  # +CEER
        ("bg95", CAUSE, PORTAL, True),  # +CEREG
        ("bg95", STATE, PORTAL, False),
        ("sim7080", STATE, PORTAL, True),  # neither
        ("sim7080", CAUSE, PORTAL, False),
        ("sim7080", STATE, "check the antenna", False),
    ],
)
def test_a_diagnosis_says_what_the_family_can_know(family, reason, remedy, is_right):
    fault = Fault(13, "denied by the subscription", lambda modem, at: None)
    session = ended("attach", errors.AttachError("registration", reason, "+CEREG 3", remedy))
    with nullcontext() if is_right else pytest.raises(fault_outcomes.Wrong):
        fault_outcomes.check(family, fault, fault.point, session, "+CEREG")


def test_a_lost_at_is_a_refusal_where_a_foreign_line_is_an_error():
    fault = Fault(2, "first characters swallowed", lambda modem, at: None)
    session = ended("send", errors.SocketDead("refused"))
    fault_outcomes.check("nrf91-slm1", fault, fault.point, session, "#XSEND")
    for family in ("nrf91-sm", "bg95"):
        with pytest.raises(fault_outcomes.Wrong):
            fault_outcomes.check(family, fault, fault.point, session, "#XSEND")


# bg95 with a fault that strikes once, in milliseconds, by a sum made by hand.
LIMITS_MS = {
    "detect": 708_900,
    "attach": 1_057_900,
    "open": 704_900,
    "send": 134_900,
    "receive": 106_900,
    "close": 106_900,
}


@pytest.mark.parametrize("phase", LIMITS_MS)
def test_a_session_that_takes_too_long_is_found(phase):
    number = next(i for i, fault in enumerate(CATALOGUE) if fault.name == "reset")
    case = Case("bg95", number, 1, None, "received")
    assert limit_ms("bg95", phase, CATALOGUE[number]) == LIMITS_MS[phase]
    session = ended("close")
    session.phase_ms = {phase: LIMITS_MS[phase]}
    check_time(case, session)
    session.phase_ms = {phase: LIMITS_MS[phase] + 1}
    with pytest.raises(fault_outcomes.Wrong, match=f"{phase} took"):
        check_time(case, session)


def test_a_lie_about_a_datagram_is_found(monkeypatch):
    number = next(i for i, fault in enumerate(CATALOGUE) if fault.row == 17)
    case = Case("bg95", number, 1, "+QISEND", "received")
    assert try_case(case) == "unanswered"
    monkeypatch.setattr(fault_outcomes, "faults_on", lambda bench, name: 0)
    with pytest.raises(fault_outcomes.Wrong, match="has not left"):
        try_case(case)


def try_sample(family, size, figure):
    cases = cases_of(family)
    results = try_all(random.Random(f"{family} {SAMPLE_SEED}").sample(cases, size))
    report(f"{family}, a sample of {len(cases)} cases", results, figure)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sample_of_all_cases(family, figure):
    try_sample(family, SAMPLE_SIZE, figure)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_large_sample_of_all_cases(family, figure):
    try_sample(family, LARGE_SAMPLE_SIZE, figure)


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_every_fault_at_every_command(family, figure):
    report(family, try_all(cases_of(family)), figure)
