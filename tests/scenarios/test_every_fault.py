"""Every fault of the catalogue at every command boundary of one session, for every family.

A session is everything from a cold modem to one datagram there and back: find the family, attach,
open, send, receive, close. Whatever goes wrong in it, wherever, it ends in success or in a
`ModemError` within a bound; no datagram is called sent that has not left, none leaves twice, and
the next session, without a fault, succeeds.
"""

import asyncio
import random
import time
from collections import Counter
from functools import cache

import pytest
from driver_bench import ECHO, FAMILIES, SEND_COMMANDS, Bench

from nce_modem import Modem, errors
from nce_sim.clock import run_virtual
from nce_sim.modem.faults_catalogue import CATALOGUE, ROWS, At

# The longest session: an attach may take its steps' bounds one after the other, a few times over
# when the modem restarts in between.
BOUND_MS = 1_800_000
RECOVERY_TRIES = 10
A_DAY_S = 86_400
# Seconds of cases that a usual run tries; the whole catalogue is `slow`.
SAMPLE_S = 40
SAMPLE_SEED = 21

# (row, family or None for all) -> why "sent" may be untrue after it. After no other it may.
MAY_LIE = {
    (17, None): "the modem confirms a datagram and never sends it: nobody is told",
    (2, "nrf91-slm2"): "data mode has no count, so what loses bytes on the line leaves short",
}
# Points at which a fault strikes besides its own, by where a datagram is in danger.
SEND_POINTS = ("received", "prompt", "after_payload", "before_final", "after_final")
# What only works on a command that has not begun.
RECEIVED_ONLY = ("ERROR without a number", "error for a prompt", "prompt lost")


async def session(bench, data, modem=None):
    """`(the modem, whether it says sent, the answer, the error)` of one whole session."""
    is_sent, answer, port = False, None, None
    try:
        if modem is None:
            modem = await Modem.detect(bench)
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(data)
        is_sent = True
        answer = await port.receive(30_000)
    except errors.ModemError as error:
        return modem, is_sent, answer, error
    finally:
        if port is not None:
            await port.close()
    return modem, is_sent, answer, None


def play(scene):
    return run_virtual(lambda clock: asyncio.wait_for(scene(clock), 3 * A_DAY_S))


@cache
def commands_of(personality):
    """The names of the commands of a session without a fault, in order."""

    async def scene(clock):
        bench = Bench(clock, personality)
        modem, is_sent, answer, error = await session(bench, b"first")
        assert (is_sent, answer, error) == (True, b"first", None)
        await modem.close()
        return [
            record.fields["text"].partition("=")[0].rstrip("?")
            for record in bench.world.timeline.records(kind="command")
        ]

    return play(scene)


def cases_of(personality):
    """(personality, number of the fault in the catalogue, command, point)."""
    found = []
    commands = commands_of(personality)
    for number, fault in enumerate(CATALOGUE):
        if not fault.concerns(personality):
            continue
        for at, name in enumerate(commands, 1):
            points = {fault.point}
            if fault.name not in RECEIVED_ONLY:
                # Not every command passes every point; one that is not passed is no case.
                points.update(SEND_POINTS if name == SEND_COMMANDS[personality] else ())
            found += [(personality, number, at, point) for point in sorted(points)]
    return found


def try_case(case):
    """Run one; returns the error's name or "success". AssertionError and NothingBooked: a bug."""
    personality, number, command, point = case
    fault = CATALOGUE[number]

    async def scene(clock):
        bench = Bench(clock, personality)
        fault.arm(bench.knobs, At(command=command, point=point, byte=command % 7))
        modem, is_sent, answer, error = await session(bench, b"first")
        took_ms = clock.now_ms()
        assert took_ms < BOUND_MS + fault.lasts_ms, f"took {took_ms} ms, {error!r}"
        may_lie = any((fault.row, family) in MAY_LIE for family in (None, personality))
        assert answer in (None, b"first") or fault.row == 6 or may_lie, answer
        assert bench.left(b"first") <= 1, "left twice"
        if not may_lie:
            assert not is_sent or bench.left(b"first") == 1, "called sent, has not left"
        # Once the trouble is over, all is well again.
        bench.knobs.faults.disarm()
        for _ in range(RECOVERY_TRIES):
            modem, is_sent, _answer, last = await session(bench, b"second", modem)
            if is_sent:
                break
            await asyncio.sleep(max(1, getattr(last, "retry_after_ms", 0) / 1000))
        assert is_sent, f"did not recover: {last!r}"
        # A try that ended in an error may have sent it: nobody knows then, and the text says so.
        assert bench.left(b"second") >= 1
        assert bench.left(b"first") <= 1, "left twice, later"
        await modem.close()
        return type(error).__name__ if error else "success"

    return play(scene)


def name_of(case):
    personality, number, command, point = case
    fault = CATALOGUE[number]
    text = commands_of(personality)[command - 1]
    return (
        f"{personality}: row {fault.row}, {fault.name}, at {point} of command {command} ({text})"
    )


def try_all(cases, limit_s=None):
    """`(outcomes, failures)` of the cases, in their order, for `limit_s` at the most."""
    outcomes, failures = Counter(), []
    start = time.monotonic()
    for case in cases:
        try:
            outcomes[try_case(case)] += 1
        except Exception as error:  # noqa: BLE001 - collected: one bug shows in many cases
            failures.append(f"{name_of(case)}: {type(error).__name__}: {error}")
        if limit_s is not None and time.monotonic() - start > limit_s:
            break
    return outcomes, failures


def report(title, outcomes, failures):
    tried = sum(outcomes.values()) + len(failures)
    told = ", ".join(f"{count} {name}" for name, count in outcomes.most_common())
    print(f"\n{title}: {tried} cases tried; {told}; {len(failures)} failed")
    assert not failures, "\n".join([f"{len(failures)} of {tried} failed", *failures[:40]])


def test_catalogue_has_every_row():
    assert {fault.row for fault in CATALOGUE} == set(ROWS)
    assert all(row in ROWS for row, _family in MAY_LIE)


@pytest.mark.slow
def test_a_sample_of_all_cases():
    cases = [case for personality in FAMILIES for case in cases_of(personality)]
    random.Random(SAMPLE_SEED).shuffle(cases)
    outcomes, failures = try_all(cases, SAMPLE_S)
    report(f"a sample of {len(cases)} cases", outcomes, failures)


@pytest.mark.exhaustive
@pytest.mark.parametrize("personality", FAMILIES)
def test_every_fault_at_every_command(personality):
    outcomes, failures = try_all(cases_of(personality))
    report(personality, outcomes, failures)
