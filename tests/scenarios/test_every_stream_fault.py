"""Every fault of both catalogues at every command of a session with a TCP stream.

As `test_every_fault`, with 600 bytes to an echo server and back in place of a datagram: the bytes
are right or the stream ends with an error, never silently short, and the next session succeeds.
Every family that has TCP; the faults of streams alone at all their commands, the others sampled.
"""

import random

import pytest

from nce_modem import errors
from nce_sim.modem.faults.catalogue import STREAM_CATALOGUE
from support import every_stream_fault, fault_outcomes
from support.driver_bench import STREAM_FAMILIES
from support.every_fault import cases_of as cases_of_kind
from support.every_fault import fault_of, report, struck_command, try_all, try_case
from support.every_stream_fault import FIRST, StreamSession

SAMPLE_SEED = 22
SAMPLE_SIZE = 60  # of each family: 40 CPU seconds in all


def cases_of(family):
    return cases_of_kind(family, StreamSession)


def of_streams(family):
    """The faults of streams, from the moment on when there is one."""
    return [
        case
        for case in cases_of(family)
        if fault_of(case) in STREAM_CATALOGUE
        and struck_command(case)[1] not in ("detect", "attach")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_every_fault_of_streams_at_every_command_of_one(family, figure):
    report(f"{family}, TCP, faults of streams", try_all(of_streams(family)), figure)


@pytest.mark.slow
@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_a_sample_of_all_cases(family, figure):
    cases = cases_of(family)
    sample = random.Random(f"{family} {SAMPLE_SEED}").sample(cases, SAMPLE_SIZE)
    report(f"{family}, TCP, a sample of {len(cases)} cases", try_all(sample), figure)


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", STREAM_FAMILIES)
def test_every_fault_at_every_command(family, figure):
    report(f"{family}, TCP", try_all(cases_of(family)), figure)


def case_of(family, name, command):
    """The first case of a fault at a command."""
    return next(
        case
        for case in cases_of(family)
        if fault_of(case).name == name and struck_command(case)[0] == command
    )


def test_a_stream_that_ends_early_is_right_only_where_nobody_can_know_better(monkeypatch):
    reset = case_of("bg95", "TCP reset by the peer", "+QIRD")
    assert try_case(reset) == "ended"
    monkeypatch.setattr(fault_outcomes, "TELLS_RESETS", ("bg95",))
    with pytest.raises(fault_outcomes.Wrong, match=r"^ended"):
        try_case(reset)


def test_a_byte_that_the_server_did_not_say_is_found(monkeypatch):
    full = case_of("bg95", "TCP send buffer full", "+QISEND")
    assert try_case(full) == "success"

    class Liar(every_stream_fault.Echo):
        """A server whose record of what it heard lacks a byte."""

        async def _serve(self, reader, writer):
            await super()._serve(reader, writer)
            del self.heard[-1][7]

    monkeypatch.setattr(every_stream_fault, "Echo", Liar)
    with pytest.raises(fault_outcomes.Wrong, match=r"^read b"):
        try_case(full)


def test_other_bytes_than_those_written_are_found_unless_the_sending_failed():
    fault = STREAM_CATALOGUE[0]

    class Server:
        heard = (b"\x1b" * 600,)

    class Bench:
        stream_echo = Server()

    session = StreamSession(Bench())
    session._connections_before = 0
    with pytest.raises(fault_outcomes.Wrong, match="the server heard"):
        session.check_bytes("bg95", fault, fault.point)
    session.error = errors.CommandTimeout("no answer")
    session.check_bytes("bg95", fault, fault.point)
    assert not FIRST.startswith(Server.heard[0])
