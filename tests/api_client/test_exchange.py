"""The client's steps without a network: the token, what is sent again, and what never is."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from nce_api import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    NotReached,
    OutcomeUnknown,
    Refused,
    Retries,
    ServerFault,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
)
from nce_api.calls import Call
from nce_api.exchange import Credentials, Exchange, Wait
from nce_api.models.sims import NewSms
from nce_api.operations import OPERATIONS, find
from nce_api.retries import retry_after_s
from support.api_stand_in import BASIC, ICCID, SECRET, TOKEN, TOKEN_BODY, answered

GET = find("sims.get")
SMS = find("sims.send_sms")
ONE_SIM = Call(ICCID)
ONE_SMS = Call(ICCID, body=NewSms(payload="on"))
SIM_BODY = {"iccid": ICCID, "status": "Enabled", "imei_lock": False}
ONCE = [operation for operation in OPERATIONS if not operation.is_repeatable]

# Raised by httpx when nothing was sent, and when something may have been.
NOT_SENT = (httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout(""))
MAYBE_SENT = (
    httpx.ReadTimeout(""),
    httpx.WriteTimeout(""),
    httpx.ReadError("reset"),
    httpx.WriteError(""),
    httpx.RemoteProtocolError("closed"),
    httpx.DecodingError("not gzip"),
)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Bench:
    """Drives the steps of one exchange; the waits and the requests are kept."""

    def __init__(self, retries=None):
        self.clock = Clock()
        credentials = Credentials("810012345", SECRET)
        self.exchange = Exchange(credentials, retries or Retries(), self.clock)
        self.waits = []
        self.paths = []
        self.requests = []

    def run(self, operation, call, *answers):
        steps = self.exchange.call(operation, call)
        answers = list(answers)
        step = next(steps)
        try:
            while True:
                if isinstance(step, Wait):
                    self.waits.append(step.seconds)
                    step = steps.send(None)
                    continue
                self.requests.append(step.request)
                self.paths.append(step.request.path)
                answer = answers.pop(0)
                failed = isinstance(answer, Exception)
                step = steps.throw(answer) if failed else steps.send(answer)
        except StopIteration as end:
            assert not answers, "answers that nobody asked for"
            return end.value


@pytest.fixture
def bench():
    return Bench()


def test_the_token_is_asked_for_by_basic_and_json_when_it_is_first_needed(bench):
    sim = bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered(SIM_BODY))
    assert (sim.iccid, sim.status) == (ICCID, "Enabled")
    token, get = bench.requests
    assert (token.method, token.path) == ("POST", "/oauth/token")
    assert json.loads(token.body) == {"grant_type": "client_credentials"}
    assert token.headers == {"Content-Type": "application/json", "Authorization": BASIC}
    assert (get.method, get.path, get.body) == ("GET", "/v1/sims/" + ICCID, None)
    assert get.headers == {"Authorization": "Bearer " + TOKEN}


def test_the_token_is_kept_until_a_minute_before_it_expires(bench):
    bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered(SIM_BODY))
    bench.clock.now += 3600 - 60 - 0.1
    bench.run(GET, ONE_SIM, answered(SIM_BODY))
    bench.clock.now += 0.1
    bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered(SIM_BODY))
    assert bench.paths.count("/oauth/token") == 2


def test_a_token_of_a_cache_that_lives_shortly_is_kept_for_half_its_life(bench):
    # 1NCE hands the same token out again, with what is left of its life.
    short = TOKEN_BODY | {"expires_in": 30}
    bench.run(GET, ONE_SIM, answered(short), answered(SIM_BODY))
    bench.clock.now += 14.9
    bench.run(GET, ONE_SIM, answered(SIM_BODY))
    bench.clock.now += 0.1
    bench.run(GET, ONE_SIM, answered(short), answered(SIM_BODY))


@pytest.mark.parametrize(("operation", "call"), [(GET, ONE_SIM), (SMS, ONE_SMS)])
def test_a_refused_token_is_fetched_again_once(bench, operation, call):
    refused, ours = answered({"message": "Unauthorized"}, 401), answered(TOKEN_BODY)
    bench.run(operation, call, ours, refused, ours, answered(SIM_BODY, 201))
    with pytest.raises(Unauthorized) as caught:
        bench.run(operation, call, refused, ours, refused)
    assert caught.value.status == 401
    # The token of the last renewal was refused as well, and is tried by the next call.
    assert bench.paths.count("/oauth/token") == 3
    assert bench.waits == []


def test_a_token_without_its_text_is_no_token(bench):
    with pytest.raises(Exception, match=r"token\.get: answered without access_token"):
        bench.run(GET, ONE_SIM, answered({"expires_in": 3600}))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_be_repeated_is_sent_again_with_longer_waits(bench, status):
    busy = answered(status=status)
    bench.run(GET, ONE_SIM, answered(TOKEN_BODY), busy, busy, busy, answered(SIM_BODY))
    assert len(bench.waits) == 3
    for wait, longest in zip(bench.waits, (0.5, 1, 2), strict=True):
        assert longest / 2 <= wait <= longest


@pytest.mark.parametrize("error", NOT_SENT + MAYBE_SENT, ids=lambda error: type(error).__name__)
def test_what_may_be_repeated_is_sent_four_times_without_an_answer(bench, error):
    with pytest.raises(NotReached, match=type(error).__name__) as caught:
        bench.run(GET, ONE_SIM, answered(TOKEN_BODY), *4 * [error])
    assert (caught.value.attempts, caught.value.status) == (4, None)
    assert len(bench.waits) == 3


@pytest.mark.parametrize(("status", "kind"), [(429, TooManyRequests), (503, ServerFault)])
def test_retry_after_is_kept_to_and_told_in_the_end(bench, status, kind):
    busy = answered(status=status, Retry_After="7")
    with pytest.raises(kind) as caught:
        bench.run(GET, ONE_SIM, answered(TOKEN_BODY), *4 * [busy])
    assert bench.waits == [7, 7, 7]
    assert (caught.value.retry_after_s, caught.value.attempts) == (7, 4)


def test_a_retry_after_that_is_too_long_ends_the_call(bench):
    with pytest.raises(TooManyRequests) as caught:
        bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered(status=429, Retry_After="61"))
    assert caught.value.retry_after_s == 61
    assert bench.waits == []


def test_retry_after_may_be_a_date_and_is_ignored_if_unreadable():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 28 <= retry_after_s(soon) <= 30
    for zone in ("GMT", "-0000"):
        assert retry_after_s("Wed, 21 Oct 2015 07:28:00 " + zone) == 0
    assert [retry_after_s(text) for text in (None, "soon", "-1", "1.5")] == [None] * 4


def test_the_token_is_asked_for_again_as_well(bench):
    busy = answered(status=503)
    bench.run(GET, ONE_SIM, busy, answered(TOKEN_BODY), answered(SIM_BODY))
    assert bench.paths == ["/oauth/token", "/oauth/token", "/v1/sims/" + ICCID]


def attempt(bench, operation, *answers):
    """Sends what may not be repeated, whatever its arguments are."""
    request = Exchange._patiently(bench.exchange, operation, object())
    step = next(request)
    for answer in answers:
        failed = isinstance(answer, Exception)
        step = request.throw(answer) if failed else request.send(answer)
        if isinstance(step, Wait):
            step = next(request)
    return step


def test_what_costs_or_reaches_a_device_is_never_repeated_blindly():
    names = {operation.name for operation in ONCE}
    assert names >= {
        "orders.create",
        "sims.top_up",
        "sims.top_up_many",
        "sims.transfer",
        "sims.extend",
        "sims.send_sms",
        "sims_v2.top_up",
        "sims_v2.extend",
        "sims_v2.send_sms",
        "devices.send_coap",
        "devices.send_udp_to_many",
        "support.create",
    }
    # What makes a thing makes a second one if it is sent twice.
    made = [o for o in OPERATIONS if o.method == "POST" and (201 in o.answers or 202 in o.answers)]
    setting = {o.name for o in made if o.is_repeatable}
    assert setting == {
        "settings.accept",
        "sims.update_many",
        "sims.set_limits",
        "sims.set_auto_top_up",
        "sims_v2.set_auto_top_up",
    }
    assert not any(o.method in ("GET", "PUT", "PATCH", "DELETE") for o in ONCE)


@pytest.mark.parametrize("operation", ONCE, ids=lambda operation: operation.name)
def test_an_unknown_outcome_is_told_with_where_to_look_it_up(bench, operation):
    for error in MAYBE_SENT:
        with pytest.raises(OutcomeUnknown, match=type(error).__name__) as caught:
            attempt(bench, operation, error)
        assert caught.value.look_up == operation.once
        assert str(caught.value).endswith("; it may have been carried out; " + operation.once)
    for status in (500, 502, 503, 504):
        with pytest.raises(OutcomeUnknown, match=f"answered {status}") as caught:
            attempt(bench, operation, answered(status=status, Retry_After="1"))
        assert (caught.value.status, caught.value.attempts) == (status, 1)
        assert isinstance(caught.value.__cause__, ServerFault)


@pytest.mark.parametrize("error", NOT_SENT, ids=lambda error: type(error).__name__)
def test_what_may_not_be_repeated_is_sent_again_when_it_was_not_carried_out(bench, error):
    busy = answered(status=429, Retry_After="2")
    accepted = answered(status=201, Location="https://api.1nce.com/management-api/v1/sms/77")
    made = bench.run(SMS, ONE_SMS, answered(TOKEN_BODY), busy, error, accepted)
    assert made.number == "77"
    assert bench.waits[0] == 2
    assert bench.paths.count(f"/v1/sims/{ICCID}/sms") == 3


def test_what_the_service_does_not_know_was_not_carried_out(bench):
    with pytest.raises(ServerFault, match="501"):
        bench.run(SMS, ONE_SMS, answered(TOKEN_BODY), answered(status=501))


# 1NCE's shapes, after the examples and the texts of its documents.
OS_400 = {"statusCode": 400, "statusText": "Bad Request", "errors": [{"message": "port is -1"}]}
V2_409 = {"error_code": 1000, "error_token": "Conflict", "message": "Duplicate entry"}
TOP_UP_400 = {"message": "Payment method used is not valid."}
REFUSALS = [
    (400, OS_400, BadRequest, "port is -1"),
    (400, TOP_UP_400, BadRequest, "Payment method used is not valid."),
    (401, {"message": "Unauthorized"}, Unauthorized, "Unauthorized"),
    (403, None, Forbidden, "403 Forbidden"),
    (
        404,
        {"error_code": 1000, "error_token": "NotFound", "message": "No SIM"},
        NotFound,
        "No SIM",
    ),
    (409, V2_409, Conflict, "Conflict: Duplicate entry"),
    (418, None, Refused, "418"),
    (422, {"message": "The following SIMs are expired"}, Unprocessable, "are expired"),
    (500, {"statusText": "Unknown Error", "errors": ["{}"]}, ServerFault, "500"),
    (302, None, Refused, "check base_url"),
]


@pytest.mark.parametrize(("status", "body", "kind", "text"), REFUSALS)
def test_a_refusal_is_of_its_kind_and_carries_the_body(bench, status, body, kind, text):
    answers = [answered(TOKEN_BODY), answered(body, status)]
    if status == 401:
        answers += answers
    with pytest.raises(kind) as caught:
        bench.run(GET, ONE_SIM, *answers)
    error = caught.value
    assert type(error) is kind
    assert (error.operation, error.status) == ("sims.get", status)
    assert text in str(error)
    assert error.remedy in str(error)
    if body is not None:
        assert error.body.model_dump(exclude_unset=True) == body
        assert not error.body.model_extra


def test_an_error_in_no_known_shape_is_told_by_its_status(bench):
    for content in (
        b"<html>Bad Gateway</html>",
        b"[]",
        b'{"detail": 1}',
        b'{"message": {}}',
        b"7",
        b"[" * 99999,
    ):
        answer = httpx.Response(404, content=content)
        with pytest.raises(NotFound) as caught:
            bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answer)
        assert caught.value.body is None
        bench = Bench()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("BadCredentials", "User does not exist."),
        ("AuthValidationError", "Auth header validation error: Missing attributes 'password'"),
    ],
)
def test_credentials_that_are_refused_are_told_as_such(bench, code, message):
    body = {"statusCode": 400, "errorCode": code, "message": message}
    with pytest.raises(Unauthorized, match=message) as caught:
        bench.run(GET, ONE_SIM, answered(body, 400))
    assert (caught.value.operation, caught.value.body.errorCode) == ("token.get", code)
    assert not caught.value.body.model_extra
    assert "client_secret" in caught.value.remedy


def test_a_sim_that_is_not_found_may_be_one_of_version_2():
    for operation, remedy in ((GET, "under sims_v2"), (find("sims_v2.get"), "this account")):
        bench = Bench()
        with pytest.raises(NotFound, match=remedy):
            bench.run(operation, ONE_SIM, answered(TOKEN_BODY), answered(status=404))


def test_a_second_attempt_to_delete_may_find_nothing(bench):
    delete = find("templates.delete")
    gone = answered({"statusCode": 404, "statusText": "Not Found", "errors": []}, 404)
    with pytest.raises(NotFound, match="may have deleted it") as caught:
        bench.run(delete, Call("t1"), answered(TOKEN_BODY), MAYBE_SENT[0], gone)
    assert caught.value.attempts == 2


def test_no_secret_and_no_subscriber_is_in_an_error_or_a_repr(bench):
    told = "token %s of %s with %s for %s" % (TOKEN, SECRET, BASIC, ICCID)
    with pytest.raises(BadRequest) as caught:
        bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered({"message": told}, 400))
    shown = str(caught.value) + repr(bench.exchange) + repr(bench.requests)
    shown += repr(Credentials("810012345", SECRET))
    for secret in (TOKEN, SECRET, BASIC, BASIC.removeprefix("Basic "), "810012345"):
        assert secret not in shown
    assert "token … of … with … for …5433" in str(caught.value)
    assert ICCID not in str(caught.value)


def test_a_long_error_is_cut(bench):
    with pytest.raises(BadRequest) as caught:
        bench.run(GET, ONE_SIM, answered(TOKEN_BODY), answered({"message": "x" * 9999}, 400))
    assert len(str(caught.value)) < 500


def test_retries_that_never_send_are_refused():
    with pytest.raises(ValueError, match="attempts is 0"):
        Retries(attempts=0)
