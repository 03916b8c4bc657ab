"""Cards that ask the same at the same time ask the service once."""

import asyncio

import pytest

pytest.importorskip("nicegui")

from nce_sim.portal.parts.together import Together


def asked(*answers):
    """A service that gives these answers in turn, and how often it was asked."""
    left, calls = list(answers), []

    async def call():
        calls.append(len(calls))
        answer = left[calls[-1]]
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call, calls


def test_questions_at_the_same_time_are_one_call_and_a_later_one_is_another():
    call, calls = asked("one", "two")

    async def run():
        overview = Together(call)
        first = await asyncio.gather(*(overview.ask() for _ in range(3)))
        return first, await overview.ask()

    assert asyncio.run(run()) == (["one"] * 3, "two")
    assert len(calls) == 2


def test_a_failure_is_told_to_all_of_them_and_does_not_stay():
    call, calls = asked(ValueError("no"), "two")

    async def run():
        overview = Together(call)
        first = await asyncio.gather(overview.ask(), overview.ask(), return_exceptions=True)
        return [str(each) for each in first], await overview.ask()

    assert asyncio.run(run()) == (["no", "no"], "two")
    assert len(calls) == 2


def test_one_who_leaves_takes_the_answer_from_nobody():
    call, _ = asked("one")

    async def run():
        overview = Together(call)
        leaving, staying = (asyncio.create_task(overview.ask()) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(run()) == "one"
