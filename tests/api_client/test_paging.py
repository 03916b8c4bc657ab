"""Lists: page by page as far as somebody reads, in all of 1NCE's ways of paging."""

import asyncio

import pytest

from nce_api import ListTooLong, UnexpectedAnswer
from support.api_stand_in import ICCID, StandIn, answered


def sims(*numbers, **headers):
    return answered([{"iccid": str(number)} for number in numbers], **headers)


def os_page(page, pages, *ids):
    items = [
        {"id": each, "iccid": ICCID, "imsi1": "901405180005433", "ip": "10.0.0.1"} for each in ids
    ]
    return answered({"items": items, "page": page, "pageAmount": pages})


def message(text):
    return {
        "iccid": ICCID,
        "time": "2026-11-30T08:51:29.015Z",
        "payload": text,
        "protocol": "UDP",
        "deviceId": ICCID,
    }


def queries(service):
    return [dict(request.url.params) for request in service.requests]


def test_the_header_tells_the_last_page():
    service = StandIn(sims(1, 2, X_Total_Pages="2"), sims(3, X_Total_Pages="2"))
    found = [sim.iccid for sim in service.client().sims.list(q="imei:1", page_size=2)]
    assert found == ["1", "2", "3"]
    assert queries(service) == [
        {"page": "1", "pageSize": "2", "q": "imei:1"},
        {"page": "2", "pageSize": "2", "q": "imei:1"},
    ]


def test_a_full_page_may_be_the_last_and_a_short_one_in_between():
    service = StandIn(sims(1, X_Total_Pages="2"), sims(2, 3, X_Total_Pages="2"))
    assert len(list(service.client().sims.list(page_size=2))) == 3


def test_a_page_is_asked_for_when_it_is_reached():
    service = StandIn(sims(1, 2, X_Total_Pages="9"), sims(3, X_Total_Pages="9"))
    found = service.client().sims.list(page_size=2)
    assert not service.requests
    assert [next(found).iccid, next(found).iccid] == ["1", "2"]
    assert len(service.requests) == 1
    assert next(found).iccid == "3"
    assert len(service.tokens) == 1


def test_without_a_number_of_pages_a_page_that_is_not_full_is_the_last():
    order = {"order_number": 1}
    service = StandIn(answered([order] * 10), answered([order] * 3))
    assert len(list(service.client().orders.list())) == 13
    # 1NCE allows 10 orders on a page.
    assert queries(service) == [{"page": "1", "pageSize": "10"}, {"page": "2", "pageSize": "10"}]
    service = StandIn(answered([order] * 10), answered([]))
    assert len(list(service.client().orders.list())) == 10


@pytest.mark.parametrize(
    ("group", "method", "size"),
    [("support", "list", "100"), ("sims_v2", "list_sms", "100"), ("sims_v2", "events", "100")],
)
def test_large_pages_are_asked_for_where_nothing_is_said(group, method, size):
    service = StandIn(answered([]))
    arguments = [] if group == "support" else [ICCID]
    assert list(getattr(getattr(service.client(), group), method)(*arguments)) == []
    (query,) = queries(service)
    assert size in (query.get("pageSize"), query.get("per_page"))


def test_1nce_os_tells_the_pages_in_the_body():
    service = StandIn(os_page(1, 2, "a", "b"), os_page(2, 2, "c"))
    assert [device.id for device in service.client().inspector.list()] == ["a", "b", "c"]
    # The document allows 50.
    assert [query["pageSize"] for query in queries(service)] == ["50", "50"]


def test_events_of_version_1_tell_the_pages_in_their_own_words():
    first = {"events": [{"event_type": "Create PDP Context"}], "totalEvents": 2, "totalPages": 2}
    service = StandIn(answered(first), answered({**first, "totalPages": 2}))
    assert len(list(service.client().sims.events(ICCID))) == 2


def test_what_lies_beyond_the_50_pages_of_1nce_os_is_told():
    pages = [os_page(number, 51, str(number)) for number in range(1, 51)]
    service = StandIn(*pages)
    found = []
    with pytest.raises(ListTooLong, match="more than the 50 pages shown; ask for larger pages"):
        found.extend(device.id for device in service.client().inspector.list(page_size=1))
    assert len(service.requests) == 50
    assert not service.answers


def test_fifty_pages_are_not_too_many():
    service = StandIn(*[os_page(number, 50, str(number)) for number in range(1, 51)])
    assert len(list(service.client().inspector.list(page_size=1))) == 50


def test_history_goes_on_by_token():
    service = StandIn(
        answered({"items": [message("a")], "nextToken": "t1"}),
        answered({"items": [], "nextToken": "t2"}),
        answered({"items": [message("b")]}),
    )
    history = service.client().inspector.history(ICCID, protocol="UDP")
    assert [each.payload for each in history] == ["a", "b"]
    tokens = [query.get("nextToken") for query in queries(service)]
    assert tokens == [None, "t1", "t2"]
    assert all(query["protocol"] == "UDP" for query in queries(service))


def test_a_token_that_leads_back_is_an_error_and_no_endless_list():
    page = {"items": [message("a")], "nextToken": "t1"}
    service = StandIn(answered(page), answered(page), answered(page))
    with pytest.raises(UnexpectedAnswer, match="the token of this one"):
        list(service.client().inspector.history(ICCID))
    assert len(service.requests) == 2


def test_lists_that_come_at_once_are_gone_through_as_well():
    integration = {
        "id": "AP3dIUs3c7_Oo2yJYaXWg",
        "name": "ours",
        "eventTypes": [{"type": "TELEMETRY_DATA", "version": "1.0.0"}],
        "state": "ROLLOUT_DONE",
        "type": "WEBHOOK",
        "createdTime": "2022-03-07T08:51:29.015Z",
        "updatedTime": "2022-03-07T08:51:29.015Z",
        "jsonPayloadEnabled": True,
    }
    service = StandIn(
        answered({"items": [integration], "page": 1, "pageAmount": 1}),
        answered([{"id": 1, "product": "SIM"}]),
    )
    client = service.client()
    assert [each.name for each in client.clouds.list()] == ["ours"]
    assert [each.product for each in client.products.list()] == ["SIM"]
    assert queries(service) == [{}, {}]


def test_the_awaited_client_pages_alike():
    async def story():
        service = StandIn(sims(1, 2, X_Total_Pages="2"), sims(3, X_Total_Pages="2"))
        found = [sim.iccid async for sim in service.async_client().sims_v2.list(page_size=2)]
        assert found == ["1", "2", "3"]
        assert [query["page"] for query in queries(service)] == ["1", "2"]

    asyncio.run(story())


def test_values_of_a_query_are_written_as_1nce_reads_them():
    service = StandIn(
        answered({"coordinates": [], "page": 1, "pageAmount": 1}),
        answered({"request_timestamp": "now"}),
    )
    client = service.client()
    list(client.locator.positions(ICCID, sort=["-sampleTime", "source"]))
    client.sims.connectivity_info(ICCID, subscriber=True, ussd=False)
    first, second = queries(service)
    assert first["sort"] == "-sampleTime,source"
    assert second == {"subscriber": "true", "ussd": "false"}


def test_one_page_of_a_list_in_a_body_comes_with_the_number_of_pages():
    entry = {"id": "2", "customerId": "8", "timestamp": "t", "type": "DEVICE", "message": "m"}
    service = StandIn(answered({"items": [entry], "page": 3, "pageAmount": 7}))
    found = service.client().logs.one_page(page=3, page_size=25, q="type:DEVICE")
    assert ([one.id for one in found.items], found.pages) == (["2"], 7)
    assert queries(service) == [{"page": "3", "pageSize": "25", "q": "type:DEVICE"}]
