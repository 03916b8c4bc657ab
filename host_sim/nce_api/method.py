"""Methods written once, that block in one client and are awaited in the other.

    class Sims(Group[M]):
        @call("sims.get")
        def get(self, iccid: str) -> Call[Sim]:
            \"\"\"One SIM.\"\"\"
            return Call(iccid)

`Sims(blocking).get(iccid)` is a `Sim`; `Sims(awaited).get(iccid)` is awaited and then is one. A
method says what to ask, and the group's driver asks it. A list, made by `pages`, is gone through
with `for` in the one and with `async for` in the other.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from nce_api.calls import Call, OnePage, Pages
from nce_api.drivers import Awaited, Blocking
from nce_api.operations import Operation, find

M = TypeVar("M", bound=Blocking | Awaited)
P = ParamSpec("P")
T = TypeVar("T")


class Group(Generic[M]):
    """The operations of one group."""

    def __init__(self, driver: M) -> None:
        self._driver = driver


class _Method(Generic[P]):
    def __init__(self, operation: Operation, ask: Callable[..., Any]) -> None:
        self.operation = operation
        self.ask = ask
        self.__doc__ = ask.__doc__

    def _bound(self, group: Group[Any], run: Callable[[Operation, Any], Any]) -> Any:
        @wraps(self.ask)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return run(self.operation, self.ask(group, *args, **kwargs))

        return method


class CallMethod(_Method[P], Generic[P, T]):
    """A method with one answer."""

    @overload
    def __get__(self, group: Group[Blocking], owner: object) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, group: Group[Awaited], owner: object
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, group: None, owner: object) -> Self: ...
    def __get__(self, group: Any, owner: object) -> Any:
        return self if group is None else self._bound(group, group._driver.call)


class PagesMethod(_Method[P], Generic[P, T]):
    """A method that lists."""

    @overload
    def __get__(self, group: Group[Blocking], owner: object) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, group: Group[Awaited], owner: object) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, group: None, owner: object) -> Self: ...
    def __get__(self, group: Any, owner: object) -> Any:
        return self if group is None else self._bound(group, group._driver.pages)


class PageMethod(_Method[P], Generic[P, T]):
    """A method that gives one page of a list."""

    @overload
    def __get__(self, group: Group[Blocking], owner: object) -> Callable[P, OnePage[T]]: ...
    @overload
    def __get__(
        self, group: Group[Awaited], owner: object
    ) -> Callable[P, Coroutine[Any, Any, OnePage[T]]]: ...
    @overload
    def __get__(self, group: None, owner: object) -> Self: ...
    def __get__(self, group: Any, owner: object) -> Any:
        return self if group is None else self._bound(group, group._driver.page)


def call(name: str) -> Callable[[Callable[Concatenate[Any, P], Call[T]]], CallMethod[P, T]]:
    """The method calls the operation of this name."""
    operation = find(name)
    return lambda ask: CallMethod(operation, ask)


def pages(name: str) -> Callable[[Callable[Concatenate[Any, P], Pages[T]]], PagesMethod[P, T]]:
    """The method lists what the operation of this name answers."""
    operation = find(name)
    return lambda ask: PagesMethod(operation, ask)


def page(name: str) -> Callable[[Callable[Concatenate[Any, P], Pages[T]]], PageMethod[P, T]]:
    """The method gives a page of the list that the operation of this name answers."""
    operation = find(name)
    return lambda ask: PageMethod(operation, ask)
