"""The client without its input and output: a generator of steps that takes the answers.

    steps = Exchange(credentials, Retries()).call(operation, Call("8988…"))
    step = next(steps)                         # Send(request) or Wait(seconds)
    step = steps.send(answer)                  # or steps.throw(httpx.ReadTimeout(…))

It ends with the model as the value of `StopIteration`. `client.py` drives it, once blocking and
once with asyncio. The token is fetched when it is first needed, kept until shortly before it
expires, and fetched again once if a call is refused with 401.
"""

import base64
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx

from nce_api.answers import read, refusal
from nce_api.calls import Call, OnePage, Pages
from nce_api.errors import ApiError, NotReached, OutcomeUnknown, UnexpectedAnswer
from nce_api.models.authorization import AccessToken, TokenRequest
from nce_api.operations import Operation, Paging, find
from nce_api.requests import Request, build
from nce_api.retries import AGAIN_LATER, Retries, retry_after_s

T = TypeVar("T")

# What httpx raises before a byte of the request was sent.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOKEN = find("token.get")
# Before it expires: a call under way must not arrive with a dead token.
_MARGIN_S = 60.0
# 1NCE's tokens, where an answer does not say (`expires_in` is not required).
_LIFETIME_S = 3600


@dataclass(frozen=True)
class Send:
    """The driver sends this, and hands back the answer or throws what httpx raised."""

    request: Request


@dataclass(frozen=True)
class Wait:
    """The driver waits so long, and hands back nothing."""

    seconds: float


Steps = Generator[Send | Wait, httpx.Response | None, T]


@dataclass(frozen=True)
class Credentials:
    """Who calls."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The header that a token is asked for with (RFC 7617)."""
        pair = "%s:%s" % (self.client_id, self.client_secret)
        return "Basic " + base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True)
class SessionToken:
    """The token of a portal user's session, in place of credentials; none before the sign-in."""

    text: str = field(repr=False)


class Exchange:
    """The calls of one client: its token and its patience."""

    def __init__(
        self,
        credentials: Credentials | SessionToken,
        retries: Retries,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._retries = retries
        self._clock = clock
        self._token = ""
        self._renewed_at = 0.0

    def call(self, operation: Operation, asked: Call[T]) -> Steps[T]:
        """The answer of one call."""
        answer, attempts = yield from self.answer(operation, asked)
        result: T = read(operation, answer, attempts)
        return result

    def page(self, operation: Operation, asked: Pages[T]) -> Steps[OnePage[T]]:
        """One page of a list; headers or fields of the body count the rest."""
        answer, attempts = yield from self.answer(
            operation, Call(*asked.path, body=asked.body, query=asked.query)
        )
        body, paging = read(operation, answer, attempts), operation.paging or Paging()
        items: list[T] = body if paging.items is None else getattr(body, paging.items)
        total = answer.headers.get("X-Total-Count", "")
        pages = getattr(body, paging.pages) if paging.pages else None
        return OnePage(items, int(total) if total.isdecimal() else None, pages)

    def answer(self, operation: Operation, asked: Call[Any]) -> Steps[tuple[httpx.Response, int]]:
        """The answer of one call as it came, and how often the call was sent."""
        request = build(operation, asked.path, asked.body, asked.query)
        token = yield from self._valid_token()
        answer, attempts = yield from self._patiently(operation, _authorized(request, token))
        if answer.status_code == 401 and isinstance(self._credentials, Credentials):
            # Refused before anything was done: this call may be sent again, whatever it is.
            if self._token == token:
                self._token = ""
            token = yield from self._valid_token()
            answer, attempts = yield from self._patiently(operation, _authorized(request, token))
        if answer.is_success:
            return answer, attempts
        raise refusal(operation, answer, attempts, self._secrets())

    def _valid_token(self) -> Steps[str]:
        if isinstance(self._credentials, SessionToken):
            return self._credentials.text
        if not self._token or self._clock() >= self._renewed_at:
            request = build(_TOKEN, (), TokenRequest(grant_type="client_credentials"), {})
            headers = {**request.headers, "Authorization": self._credentials.basic}
            asked_at = self._clock()
            request = replace(request, headers=headers)
            answer, attempts = yield from self._patiently(_TOKEN, request)
            if not answer.is_success:
                raise refusal(_TOKEN, answer, attempts, self._secrets())
            token: AccessToken = read(_TOKEN, answer, attempts)
            if not token.access_token:
                raise UnexpectedAnswer(
                    _TOKEN.name, "answered without access_token", status=answer.status_code
                )
            lifetime_s = _LIFETIME_S if token.expires_in is None else token.expires_in
            self._token = token.access_token
            self._renewed_at = asked_at + max(lifetime_s - _MARGIN_S, lifetime_s / 2)
        return self._token

    def _patiently(
        self, operation: Operation, request: Request
    ) -> Steps[tuple[httpx.Response, int]]:
        attempts = 0
        while True:
            attempts += 1
            try:
                answer = yield Send(request)
            except httpx.RequestError as error:
                sent = not isinstance(error, _NOTHING_SENT)
                if sent and not operation.is_repeatable:
                    raise self._unknown(operation, _why(error), attempts) from error
                wait_s = self._retries.wait_s(attempts, None)
                if wait_s is None:
                    raise NotReached(operation.name, _why(error), attempts=attempts) from error
            else:
                assert answer is not None, "a driver hands back an answer, or throws"
                wait_s = self._wait_for(operation, answer, attempts)
                if wait_s is None:
                    return answer, attempts
            yield Wait(wait_s)

    def _wait_for(
        self, operation: Operation, answer: httpx.Response, attempts: int
    ) -> float | None:
        """How long until the same call is sent again; none if this answer is the one."""
        status = answer.status_code
        # 501: the service does not know the operation, so that nothing was done.
        if status >= 500 and status != 501 and not operation.is_repeatable:
            fault: ApiError = refusal(operation, answer, attempts, self._secrets())
            what = "answered %d" % status
            raise self._unknown(operation, what, attempts, status) from fault
        if status not in AGAIN_LATER:
            return None
        return self._retries.wait_s(attempts, retry_after_s(answer.headers.get("Retry-After")))

    def _unknown(
        self, operation: Operation, what: str, attempts: int, status: int | None = None
    ) -> OutcomeUnknown:
        return OutcomeUnknown(
            operation.name, what, look_up=operation.once, status=status, attempts=attempts
        )

    def _secrets(self) -> tuple[str, ...]:
        if isinstance(self._credentials, SessionToken):
            return (self._credentials.text,) if self._credentials.text else ()
        return (self._credentials.client_secret, self._credentials.basic, self._token)


def _authorized(request: Request, token: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": "Bearer " + token})


def _why(error: httpx.RequestError) -> str:
    # httpx's text may be empty. It tells the reason, and neither address nor header.
    reason = ": %s" % str(error).rstrip(".") if str(error) else ""
    return "no answer (%s%s)" % (type(error).__name__, reason)
