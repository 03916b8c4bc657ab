"""The LwM2M endpoint by DTLS: keys of one identity, whose an association is, where requests go."""

from __future__ import annotations

import pytest

from nce.coap import codes
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.endpoints.dtls.flights import MOST_KEYS
from nce_sim.endpoints.lwm2m.downlink import NO_ASSOCIATION
from nce_sim.services.lwm2m.outbound import NoReply, Reply, Request
from support.lwm2m_bench import Bench
from support.lwm2m_client import HandClient, SecureHandClient

CUSTOMERS, FRESH, WRONG = b"the customer's key", bytes(range(16)), b"0123456789abcdef"
TOKEN = b"observed"


@pytest.fixture(scope="module")
def shared():
    return Bench(dtls_settings=DtlsSettings(connection_id_bytes=6))


@pytest.fixture
def bench(shared):
    shared.begin_again()
    return shared


@pytest.fixture
def client(bench):
    client = SecureHandClient(bench.world)
    bench.service.psks[client.iccid] = (CUSTOMERS, FRESH)
    return client


def test_each_key_of_an_identity_opens_and_no_other(bench, client):
    for key, is_known in ((CUSTOMERS, True), (FRESH, True), (WRONG, False), (CUSTOMERS, True)):
        assert client.connect(key) is is_known, key
    bench.service.psks[client.iccid] = (FRESH,)
    assert client.connect(CUSTOMERS) is False
    bench.service.psks.clear()
    assert client.connect(FRESH) is False


def test_no_more_than_a_few_keys_of_an_identity_are_tried(bench, client):
    keys = [bytes([at]) * 16 for at in range(MOST_KEYS + 1)]
    bench.service.psks[client.iccid] = tuple(keys)
    assert client.connect(keys[MOST_KEYS - 1])
    assert not client.connect(keys[MOST_KEYS])


def test_a_bootstrap_by_dtls_and_a_registration_with_the_key_of_it(bench, client):
    assert client.connect(CUSTOMERS)
    assert client.bootstrap().code == "2.04"
    assert [one.what for one in client.seen] == ["DELETE /0", "PUT /0/0", "POST /bs"]
    assert client.connect(FRESH)
    assert client.register() == "/rd/1"
    [(_, known, *_)] = bench.service.named("register")
    assert (known.is_secure, known.identity) == (True, client.iccid)


def request_of(bench, client, path="3"):
    return Request(bench.client_of(client), "GET", (path,))


def test_requests_go_by_the_association_that_the_client_used_last(bench, client):
    endpoint, ends = bench.endpoint, bench.ends
    endpoint.downlink.request(request_of(bench, client), ends.append)
    bench.world.advance(1_000)
    assert ends == [NoReply(NO_ASSOCIATION)]
    assert client.connect(CUSTOMERS)
    client.register()
    endpoint.downlink.request(request_of(bench, client), ends.append)
    bench.world.advance(1_000)
    assert ends[1].code == codes.CONTENT
    # The same SIM with an association from another port, as a bootstrap client may have.
    other = SecureHandClient(bench.world, client.sim, port=40_001)
    other.join(client)
    assert other.connect(FRESH)
    endpoint.downlink.request(request_of(bench, client, "4"), ends.append)
    bench.world.advance(1_000)
    assert [one.what for one in client.seen] == ["GET /3", "GET /4"]
    other.post("/rd/1")
    endpoint.downlink.request(request_of(bench, client, "5"), ends.append)
    bench.world.advance(1_000)
    assert [one.what for one in other.seen] == ["GET /5"]


def test_a_client_with_a_connection_id_is_reached_where_it_is_now(bench, client):
    assert client.connect(CUSTOMERS, cid=b"\x07")
    client.register()
    client.home = client.home._replace(port=50_000)
    bench.service.observed_paths[TOKEN] = ("3",)
    mid = client.notify(TOKEN, b"1")
    bench.world.advance(1_000)
    assert client.kind_of_reply(mid) == "ACK"
    bench.endpoint.downlink.request(request_of(bench, client), bench.ends.append)
    bench.world.advance(10_000)
    assert bench.ends[0].code == codes.CONTENT


def test_an_association_that_ended_is_none(bench, client):
    assert client.connect(CUSTOMERS)
    client.register()
    bench.dtls.close()
    bench.endpoint.downlink.request(request_of(bench, client), bench.ends.append)
    bench.world.advance(1_000)
    assert bench.ends == [NoReply(NO_ASSOCIATION)]


def test_a_new_handshake_alone_makes_a_client_reachable_again(bench, client):
    assert client.connect(CUSTOMERS)
    client.register()
    assert client.connect(FRESH)
    bench.endpoint.downlink.request(request_of(bench, client), bench.ends.append)
    bench.world.advance(1_000)
    assert bench.ends[0].code == codes.CONTENT


def test_a_request_in_an_association_that_is_over_holds_up_nothing(bench, client):
    assert client.connect(CUSTOMERS)
    client.register()
    client.answers = lambda asked: None
    for path in ("1", "2"):
        bench.endpoint.downlink.request(request_of(bench, client, path), bench.ends.append)
    bench.world.advance(1_000)
    client.answers = SecureHandClient(bench.world).answers
    assert client.connect(FRESH)
    client.post("/rd/1")
    assert [type(one) for one in bench.ends] == [NoReply, Reply]
    assert [one.what for one in client.seen] == ["GET /1", "GET /2"]


def test_what_was_meant_for_records_never_leaves_without(bench, client):
    assert client.connect(CUSTOMERS)
    client.register()
    bench.service.queueing.add(client.iccid)
    bench.world.advance(200_000)
    bench.endpoint.downlink.request(request_of(bench, client), bench.ends.append)
    plain = HandClient(bench.world, client.sim)
    plain.join(client)
    plain.register()
    bench.world.advance(5_000)
    assert plain.seen == []
    assert [one.what for one in client.seen] == ["GET /3"]


def test_no_key_is_in_the_records(bench, client):
    client.connect(CUSTOMERS)
    client.connect(FRESH)
    client.bootstrap()
    text = repr([one.fields for one in bench.world.timeline.records() if one.kind != "datagram"])
    assert FRESH.hex() not in text
    assert CUSTOMERS.decode() not in text
    assert client.iccid not in text
