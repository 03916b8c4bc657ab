"""The two clients: every operation by its method, as its document has it; addresses and ends."""

import ast
import asyncio
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import httpx
import pytest
from pydantic import TypeAdapter

import nce_api
from nce_api import (
    AsyncClient,
    Client,
    Created,
    NotSendable,
    OutcomeUnknown,
    UnexpectedAnswer,
)
from nce_api.calls import Call, Pages
from nce_api.documents.faults import repaired
from nce_api.method import CallMethod, PagesMethod
from nce_api.models.clouds import NewWebhook
from nce_api.models.integrate import NewPreSharedKey
from nce_api.models.locate import NewCircle
from nce_api.models.sims import IccidRange, Sim, SimUpdate
from nce_api.models.sims_v2 import NewSms
from nce_api.operations import OPERATIONS
from support.api_stand_in import BASE_URL, ICCID, SECRET, TOKEN, StandIn, answered

DOCUMENTS = {}


def document_of(operation):
    # Those in no document take version 1's bodies.
    name = operation.document or "sim-management"
    if name not in DOCUMENTS:
        DOCUMENTS[name] = repaired(name)
    path = operation.path if operation.document else operation.path.replace("/v2/", "/v1/")
    document = DOCUMENTS[name]
    return document, document["paths"][path][operation.method.lower()]


def followed(schema, document):
    while "$ref" in schema:
        place = document
        for part in schema["$ref"].split("/")[1:]:
            place = place[part]
        schema = place
    return schema


TEXTS = {"serverDomain": "bridge-us.tartabit.com", "webhookKey": "abc", "deviceIds": ICCID}


def sample(schema, document, name=""):
    """A body that the document allows, with every field that it names."""
    schema = followed(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {key: sample(each, document, key) for key, each in schema["properties"].items()}
    for forms in ("oneOf", "anyOf"):
        if forms in schema:
            return sample(schema[forms][0], document)
    kind = schema.get("type")
    if kind == "array":
        return [sample(schema["items"], document, name)] * max(1, schema.get("minItems", 1))
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return True
    if kind == "object":
        return {}
    return TEXTS.get(name, "a" * max(1, schema.get("minLength", 1)))


def content_of(body, document):
    content = followed(body, document).get("content") or {}
    return next((each["schema"] for each in content.values()), None)


def methods():
    client = StandIn().client()
    for group in vars(client).values():
        for name, method in vars(type(group)).items():
            if isinstance(method, CallMethod | PagesMethod):
                yield group, name, method


METHODS = list(methods())
IDS = [method.operation.name for _, _, method in METHODS]


def test_every_operation_has_one_method_named_as_in_the_table():
    named = [method.operation.name for _, _, method in METHODS]
    assert sorted(named) == sorted(o.name for o in OPERATIONS if o.name != "token.get")
    client = StandIn().client()
    for group, name, method in METHODS:
        group_name, _, method_name = method.operation.name.partition(".")
        assert type(getattr(client, group_name)) is type(group)
        assert method_name == name
        assert method.__doc__


def test_a_method_says_it_returns_what_the_table_has():
    for _, _, method in METHODS:
        check_annotation(method, method.operation)


def test_a_method_takes_every_parameter_of_the_table():
    for group, _, method in METHODS:
        positional, named, _ = arguments_for(method)
        asked = method.ask(group, *positional, **named)
        paging = method.operation.paging
        by_itself = {paging.page, paging.token} if paging else set()
        names = {query.name for query in method.operation.query}
        assert set(asked.query) == names - by_itself, method.operation.name


def check_annotation(method, operation):
    hint = get_type_hints(method.ask)["return"]
    (said,) = get_args(hint)
    if isinstance(method, PagesMethod):
        assert hint.__origin__ is Pages
        answer = operation.answers[200]
        if operation.paging.items:
            answer = answer.model_fields[operation.paging.items].annotation
            answer = next((each for each in get_args(answer) if get_args(each)), answer)
        assert said == get_args(answer)[0]
        return
    assert hint.__origin__ is Call
    if operation.location:
        assert said is Created
        return
    answers = list(operation.answers.values())
    wanted = answers[0]
    for each in answers[1:]:
        if each is not wanted:
            wanted = wanted | each
    assert said == (type(None) if wanted is None else wanted)


def arguments_for(method):
    """The least that a method takes: texts, and a body that the document allows."""
    operation = method.operation
    signature = inspect.signature(method.ask)
    positional, named, body = [], {}, None
    if operation.body is not None:
        document, entry = document_of(operation)
        body = sample(content_of(entry["requestBody"], document), document)
    parameters = list(signature.parameters.values())[1:]
    path = [re.sub("(?<=[a-z])(?=[A-Z])", "_", part).lower() for part in operation.path_parameters]
    path = ["sms_id" if part == "id" else part for part in path]
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                named[parameter.name] = "Europe/Berlin"
        elif parameter.name in path:
            positional.append("part of/the way")
        else:
            positional.append(TypeAdapter(operation.body).validate_python(body))
    return positional, named, body


def answer_for(operation):
    status = next(iter(operation.answers))
    if operation.location:
        return answered(status=status, Location=BASE_URL + "/v1/orders/1234"), None
    document, entry = document_of(operation)
    schema = content_of(entry["responses"][str(status)], document)
    if schema is None:
        return answered(status=status), None
    body = sample(schema, document)
    if isinstance(body, str):
        return httpx.Response(status, text="https://download.example.com/1"), body
    return answered(body, status), body


def check_request(service, operation, positional, named, body):
    (request,) = service.requests
    segments = iter(positional)
    path = re.sub("{.*?}", lambda _: "part%20of%2Fthe%20way", operation.path)
    if operation.name == "sims.update":
        path = "/v1/sims/" + next(segments).iccid
    assert request.method == operation.method
    assert request.url.raw_path.decode().split("?")[0] == "/management-api" + path
    assert request.headers["Authorization"] == "Bearer " + TOKEN
    required = {query.name for query in operation.query if query.required}
    assert required <= set(request.url.params)
    assert set(request.url.params) <= {query.name for query in operation.query}
    if body is None:
        assert request.content == b""
    else:
        assert request.headers["Content-Type"] == "application/json"
        assert json.loads(request.content) == body


@pytest.mark.parametrize(("name", "method"), [each[1:] for each in METHODS], ids=IDS)
def test_a_method_sends_what_is_documented_and_reads_what_comes(name, method):
    operation = method.operation
    positional, named, body = arguments_for(method)
    answer, content = answer_for(operation)
    service = StandIn(answer)
    result = getattr(getattr(service.client(), operation.group), name)(*positional, **named)
    if isinstance(method, PagesMethod):
        first = next(result)
        items = content if operation.paging.items is None else content[operation.paging.items]
        assert first.model_dump(exclude_unset=True) == items[0]
    elif operation.location:
        assert result.number == "1234"
    elif content is None:
        assert result is None
    elif isinstance(content, str):
        assert result == "https://download.example.com/1"
    elif isinstance(content, list):
        assert [each.model_dump(exclude_unset=True) for each in result] == content
    else:
        assert result.model_dump(exclude_unset=True) == content
    check_request(service, operation, positional, named, body)


def test_every_method_is_awaited_alike():
    async def story():
        for _, name, method in METHODS:
            operation = method.operation
            positional, named, body = arguments_for(method)
            service = StandIn(answer_for(operation)[0])
            client = service.async_client()
            result = getattr(getattr(client, operation.group), name)(*positional, **named)
            if isinstance(method, PagesMethod):
                async for _ in result:
                    break
                await result.aclose()
            else:
                await result
            check_request(service, operation, positional, named, body)

    asyncio.run(story())


def test_only_what_was_given_is_sent():
    # The document's default for imei_lock is false: sent unasked, it would open the lock.
    service = StandIn(answered())
    service.client().sims.update(SimUpdate(iccid=ICCID, status="Enabled"))
    assert json.loads(service.requests[0].content) == {"iccid": ICCID, "status": "Enabled"}


def test_what_1nce_adds_is_kept_and_a_value_it_adds_breaks_nothing():
    body = {"iccid": ICCID, "status": "Suspended", "platform": "2.0", "imsi": 901405180005433}
    sim = StandIn(answered(body)).client().sims.get(ICCID)
    assert (sim.status, sim.imsi) == ("Suspended", "901405180005433")
    assert sim.model_extra == {"platform": "2.0"}


def test_an_answer_that_is_not_as_documented_is_told_without_its_values():
    service = StandIn(answered({"iccid": ICCID, "imei_lock": SECRET}), answered())
    client = service.client()
    with pytest.raises(
        UnexpectedAnswer, match="imei_lock: Input should be a valid bool"
    ) as caught:
        client.sims.get(ICCID)
    assert SECRET not in str(caught.value)
    assert SECRET in caught.value.text
    with pytest.raises(UnexpectedAnswer, match="an empty body"):
        client.sims.get(ICCID)


def test_a_part_of_the_path_that_names_nothing_is_refused():
    client = StandIn().client()
    for value in ("", ".", ".."):
        with pytest.raises(NotSendable, match=r"sims\.get: iccid is '.*', which names nothing"):
            client.sims.get(value)


def test_what_no_address_has_room_for_is_refused_before_anything_is_sent():
    service = StandIn()
    with pytest.raises(NotSendable, match=r"no address can have these values: .* too long"):
        service.client().inspector.one_page(q="iccid:" + "9" * 100_000)
    assert not service.requests


def test_a_body_of_another_operation_is_refused_before_anything_is_sent():
    service = StandIn()
    with pytest.raises(ValueError, match="NewWebhook"):
        service.client().clouds.create_webhook(NewSms(payload="on"))
    assert not service.requests
    assert not service.tokens


def test_a_lost_answer_to_an_sms_is_told_by_both_clients():
    lost = httpx.ReadTimeout("")
    service = StandIn(lost)
    with pytest.raises(OutcomeUnknown, match=r"look for it in sims_v2\.list_sms\(iccid\)"):
        service.client().sims_v2.send_sms(ICCID, NewSms(payload="on"))

    async def story():
        awaited = StandIn(lost)
        with pytest.raises(OutcomeUnknown):
            await awaited.async_client().sims_v2.send_sms(ICCID, NewSms(payload="on"))
        assert len(awaited.requests) == 1

    asyncio.run(story())
    assert len(service.requests) == 1


def test_both_clients_wait_and_send_again():
    def service():
        return StandIn(answered(status=503), httpx.ReadTimeout(""), answered({"iccid": ICCID}))

    assert service().client().sims.get(ICCID).iccid == ICCID

    async def story():
        assert (await service().async_client().sims.get(ICCID)).iccid == ICCID

    asyncio.run(story())


@pytest.mark.parametrize(
    ("base_url", "text"),
    [
        ("api.1nce.com/management-api", "begins with https://"),
        ("ftp://api.1nce.com", "begins with https://"),
        ("https://", "names a host"),
        ("http://api.1nce.com/management-api", "take https"),
        ("http://192.168.1.7:8080", "take https"),
        ("https://user:secret@api.1nce.com", "leave the rest out"),
        ("https://user@api.1nce.com", "leave the rest out"),
        ("https://api.1nce.com?x=1", "leave the rest out"),
        ("https://api.1nce.com#x", "leave the rest out"),
    ],
)
def test_an_address_that_cannot_be_called_safely_is_refused(base_url, text):
    with pytest.raises(ValueError, match=re.escape(text)) as caught:
        Client(base_url, client_id="a", client_secret="b")
    assert "secret" not in str(caught.value).replace("client_secret", "")


@pytest.mark.parametrize(
    ("client_id", "client_secret", "text"),
    [("", "b", "client_id is empty"), ("a", "", "client_secret is empty"), ("a:b", "c", "colon")],
)
def test_credentials_that_cannot_be_sent_are_refused(client_id, client_secret, text):
    with pytest.raises(ValueError, match=text):
        AsyncClient(client_id=client_id, client_secret=client_secret)


def test_a_client_ends_its_own_connections_and_no_others():
    with Client("http://127.0.0.1:1/management-api/", client_id="a", client_secret="b") as client:
        assert client.base_url == "http://127.0.0.1:1/management-api"
    assert client._http.is_closed
    http = httpx.Client(transport=httpx.MockTransport(StandIn()))
    with http, Client(client_id="a", client_secret="b", http=http):
        pass
    with httpx.Client(transport=httpx.MockTransport(StandIn())) as http:
        Client(client_id="a", client_secret="b", http=http).close()
        assert not http.is_closed

    async def story():
        async with AsyncClient("http://[::1]:1", client_id="a", client_secret="b") as client:
            assert not client._http.is_closed
        assert client._http.is_closed

    asyncio.run(story())


def test_secrets_and_subscribers_are_in_no_repr():
    shown = repr(StandIn().client()) + repr(StandIn().async_client())
    assert shown.count(BASE_URL) == 2
    assert SECRET not in shown
    key = NewPreSharedKey(secretKey=SECRET, protocol="COAP")
    hook = NewWebhook(
        name="ours", url="https://a.b", headers={"x": SECRET}, eventTypes=[{"type": "ERROR"}]
    )
    assert SECRET not in repr(key) + str(key) + repr(hook)
    sim = Sim(iccid=ICCID, imsi="901405180005433", label="tank", puk=SECRET)
    assert repr(sim) == "Sim(iccid='…5433', imsi='…5433', label='tank', puk='…')"
    with pytest.raises(ValueError, match="secretKey") as caught:
        NewPreSharedKey(secretKey="short!", protocol="COAP")
    assert "short!" not in str(caught.value)
    with pytest.raises(ValueError, match="imei_lock") as caught:
        Sim.model_validate({"imei_lock": SECRET})
    assert SECRET not in str(caught.value)


def test_null_is_no_value_of_what_is_sent():
    with pytest.raises(ValueError, match="label is null: leave it out"):
        SimUpdate.model_validate({"iccid": ICCID, "status": "Enabled", "label": None})
    with pytest.raises(ValueError, match="from is null: leave it out"):
        IccidRange.model_validate({"from": None})
    # Only where the device of a geofence is meant, it says something: all devices.
    fence = {"name": "all", "type": "circle", "radius": 50, "center": [13.4, 52.5]}
    assert NewCircle.model_validate({**fence, "deviceId": None}).deviceId is None
    # Left out, the center is where the device was last; null says nothing.
    del fence["center"]
    assert NewCircle.model_validate({**fence, "deviceId": ICCID}).center is None
    with pytest.raises(ValueError, match="center is null: leave it out"):
        NewCircle.model_validate({**fence, "center": None})


def test_every_public_name_is_there():
    assert all(getattr(nce_api, name).__name__ == name for name in nce_api.__all__)
    assert set(nce_api.__all__) <= set(dir(nce_api))
    tree = ast.parse(Path(nce_api.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body for alias in node.names}
    assert {name: f"nce_api.{room}" for name, room in nce_api._ROOM_OF.items()} == typed
    assert sorted(typed) == nce_api.__all__
    with pytest.raises(AttributeError, match="no attribute 'Sim'"):
        nce_api.Sim  # noqa: B018


def test_a_server_that_shares_the_models_needs_no_http_client():
    program = "import sys, nce_api.operations, nce_api.documents.faults; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pydantic" in done.stdout.split()
    assert "httpx" not in done.stdout.split()
