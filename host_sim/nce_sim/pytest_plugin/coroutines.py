"""Runs `async def` tests and fixtures on the world's loop, beside plugins that run other tests.

The plugin runs a test when `_nce_stage` is among its fixtures, that is when the test asks for
`world` or a fixture built on it. pytest, pytest-asyncio and anyio then see a plain function in its
place. The test's `async def` fixtures of function scope run on the same loop; the plugin leaves
fixtures of wider scope alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

import pytest

from nce_sim.pytest_plugin.stage import Stage

STAGE = "_nce_stage"
_ENDED = object()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run an `async def` test that asks for the world on the world's loop."""
    __tracebackhide__ = True
    stage = pyfuncitem.funcargs.get(STAGE)
    function = _coroutine_function(pyfuncitem.obj)
    if not isinstance(stage, Stage) or function is None:
        return (yield)
    given = pyfuncitem.obj
    pyfuncitem.obj = _plain(function, stage)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = given


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Run an `async def` fixture of such a test on the same loop."""
    __tracebackhide__ = True
    given = fixturedef.func
    is_generator = inspect.isasyncgenfunction(given)
    is_ours = (
        (is_generator or inspect.iscoroutinefunction(given))
        and fixturedef.scope == "function"
        and STAGE in request.fixturenames
    )
    if not is_ours:
        return (yield)
    stage: Stage = request.getfixturevalue(STAGE)
    function = _bound(given, request)
    plain = _plain_generator(function, stage) if is_generator else _plain(function, stage)
    fixturedef.func = plain  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = given  # type: ignore[misc]


def _coroutine_function(function: Any) -> Callable[..., Any] | None:
    """`function`, or the one that another plugin wrapped; None unless it is async."""
    while not inspect.iscoroutinefunction(function):
        function = getattr(function, "__wrapped__", None)
        if function is None:
            return None
    found: Callable[..., Any] = function
    return found


def _bound(function: Callable[..., Any], request: pytest.FixtureRequest) -> Callable[..., Any]:
    """A fixture that is a method, bound to the instance that the test runs on."""
    instance = request.instance
    if inspect.ismethod(function) and isinstance(instance, type(function.__self__)):
        bound: Callable[..., Any] = function.__func__.__get__(instance)
        return bound
    return function


def _plain(function: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(**arguments: Any) -> Any:
        __tracebackhide__ = True
        return stage.run(function(**arguments))

    del run.__wrapped__  # or other plugins find the coroutine function in it
    return run


def _plain_generator(function: Callable[..., Any], stage: Stage) -> Callable[..., Any]:
    def run(**arguments: Any) -> Generator[Any, None, None]:
        __tracebackhide__ = True
        steps = function(**arguments)
        value = stage.run(_next_of(steps))
        if value is _ENDED:
            raise RuntimeError(f"the fixture {function.__qualname__} yields nothing")
        yield value
        if stage.run(_next_of(steps)) is not _ENDED:
            raise RuntimeError(f"the fixture {function.__qualname__} yields more than once")

    return run


async def _next_of(steps: Any) -> object:
    return await anext(steps, _ENDED)
