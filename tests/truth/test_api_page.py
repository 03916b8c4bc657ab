"""The examples of host_sim/nce_api/README.md do what the page says of them."""

import httpx
import pytest

from support.api_stand_in import StandIn, answered
from truth.pages import ROOT, page_of
from truth.stage import chains_of

CHAINS = chains_of(page_of(ROOT / "host_sim/nce_api/README.md"))
ICCID = "8988228066680005433"
MESSAGE = {
    "iccid": ICCID,
    "time": "2026-11-30T08:51:29.015Z",
    "payload": "dGFuaw==",
    "protocol": "UDP",
    "deviceId": ICCID,
}
INTEGRATION = {
    "id": "AP3dIUs3c7_Oo2yJYaXWg",
    "name": "ours",
    "eventTypes": [{"type": "TELEMETRY_DATA", "version": "1.0.0"}],
    "state": "ROLLOUT_DONE",
    "type": "WEBHOOK",
    "createdTime": "2022-03-07T08:51:29.015Z",
    "updatedTime": "2022-03-07T08:51:29.015Z",
    "headers": {"Authorization": "Bearer …"},
    "url": "https://example.com/1nce",
    "jsonPayloadEnabled": True,
}
SIMS = [
    {"iccid": ICCID, "status": "Enabled", "current_quota": 499.5},
    {"iccid": ICCID, "status": "Enabled", "current_quota": 0},
]


def play(monkeypatch, capsys, word, *answers):
    """The example that has the word, with these answers; the requests, and what it prints."""
    service = StandIn(*answers)

    async def awaited(_, request):
        return service(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: service(request))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", awaited)
    (block,) = (each for chain in CHAINS for each in chain if word in each.text)
    exec(compile("\n" * (block.line - 1) + block.text, str(block.path), "exec"), {})
    assert not service.answers
    assert len(service.tokens) == 1
    calls = [(request.method, request.url.path) for request in service.requests]
    return service, calls, capsys.readouterr().out


def test_the_first_calls(monkeypatch, capsys):
    status = {"status": {"description": "ONLINE"}, "services": ["DATA"]}
    answers = answered(SIMS, X_Total_Pages="1"), answered(), answered(status)
    service, calls, printed = play(monkeypatch, capsys, "SimUpdate(", *answers)
    root = "/management-api/v2/sims"
    assert calls == [
        ("GET", root),
        ("PUT", f"{root}/{ICCID}"),
        ("GET", f"{root}/{ICCID}/status"),
    ]
    assert service.requests[0].url.host == "api.1nce.com"
    assert service.requests[1].content == b'{"status":"Disabled"}'
    assert printed == f"{ICCID} Enabled 499.5\n{ICCID} Enabled 0.0\nONLINE\n"


def test_from_asyncio(monkeypatch, capsys):
    answers = answered(INTEGRATION, 201), answered({"items": [MESSAGE]})
    _, calls, printed = play(monkeypatch, capsys, "AsyncClient(", *answers)
    assert calls[0] == ("POST", "/management-api/v1/integrate/clouds/webhooks")
    assert printed == "AP3dIUs3c7_Oo2yJYaXWg ROLLOUT_DONE\n2026-11-30T08:51:29.015Z dGFuaw==\n"


def test_the_simulators_address(monkeypatch, capsys):
    products = answered([{"product": "1NCE FlexSIM"}])
    service, _, printed = play(monkeypatch, capsys, "127.0.0.1:8080", products)
    assert str(service.requests[0].url) == "http://127.0.0.1:8080/management-api/v1/products"
    assert printed == "['1NCE FlexSIM']\n"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (httpx.ReadTimeout(""), "look for it in sims_v2.list_sms(iccid)\n"),
        (answered({"message": "no"}, 400), "sims_v2.send_sms: answered 400 Bad Request (no); "),
        (answered({"id": "77"}, 201), ""),
    ],
)
def test_when_it_does_not_work(monkeypatch, capsys, answer, text):
    _, calls, printed = play(monkeypatch, capsys, "error.look_up", answer)
    assert calls == [("POST", f"/management-api/v2/sims/{ICCID}/sms")]
    assert printed.startswith(text)
    assert bool(printed) == bool(text)


def test_every_example_of_the_page_is_played():
    words = ("SimUpdate(", "AsyncClient(", "127.0.0.1:8080", "error.look_up")
    assert len(CHAINS) == len(words)
