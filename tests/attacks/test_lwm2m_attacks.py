"""Clients that mean harm, or are broken, at the LwM2M endpoint: nothing breaks, nothing grows."""

from __future__ import annotations

from random import Random

import pytest

from nce_sim.endpoints.coap.settings import ClientSettings
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.services.lwm2m.outbound import NoReply
from support.hand_coap import BLOCK2, FORMAT, OBSERVE, PATH, QUERY, block, message, uint
from support.lwm2m_bench import Bench
from support.lwm2m_client import HandClient
from support.lwm2m_world import act, lwm2m_world, outcome

TOKEN = b"observed"
LINKS = b"</3/0>"
SMALL = Lwm2mEndpointSettings(client=ClientSettings(response_max_bytes=1_024))
GOOD = ("ep=a", "lt=300", "lwm2m=1.1")


@pytest.fixture(scope="module")
def whole():
    with lwm2m_world() as (world, backend):
        client = HandClient(world)
        client.bootstrap()
        yield world, backend, client


# Queries and payload of a registration that is none, or is stranger than it should be.
REGISTERS = (
    ("nothing at all", (), b""),
    ("a lifetime of words", ("ep=a", "lt=for ever", "lwm2m=1.1"), LINKS),
    ("a negative lifetime", ("ep=a", "lt=-1", "lwm2m=1.1"), LINKS),
    ("a lifetime of a million digits", ("ep=a", "lt=" + "9" * 200, "lwm2m=1.1"), LINKS),
    ("a version that is none", ("ep=a", "lt=60", "lwm2m=one"), LINKS),
    ("a version to come", ("ep=a", "lt=60", "lwm2m=1.2"), LINKS),
    ("the same query a hundred times", ("ep=a",) * 100, LINKS),
    ("a query that is no pair", ("=", "==", "&", "lt"), LINKS),
    ("a binding of everything", ("ep=a", "lt=60", "lwm2m=1.1", "b=" + "U" * 200), LINKS),
    ("SQL in the name", ("ep='); DROP TABLE lwm2m_registration; --", *GOOD[1:]), LINKS),
    ("a script in the name", ("ep=<script>alert(1)</script>", *GOOD[1:]), LINKS),
    ("zero bytes in the name", ("ep=a\0b", *GOOD[1:]), LINKS),
    ("links that do not end", GOOD, b"</3/0"),
    ("links of brackets", GOOD, b"<" * 1_000),
    ("links of commas", GOOD, b"," * 1_000),
    ("links of quotes", GOOD, b'</3/0>;a="' + b"\\" * 1_001),
    ("links that are no UTF-8", GOOD, b"</3/\xff\xfe>"),
    ("links of huge numbers", GOOD, b"</" + b"9" * 1_000 + b"/0>"),
    ("links below links", GOOD, b"<" + b"/1" * 500 + b">"),
    ("a root of another world", GOOD, b'</../../etc>;rt="oma.lwm2m",</../../etc/3/0>'),
)


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row[0])
def test_a_registration_that_is_none_is_refused_or_taken_and_breaks_nothing(whole, row):
    world, backend, client = whole
    _, queries, payload = row
    answer = client.post("/rd", queries, payload, [(FORMAT, uint(40))], wait_ms=5_000)
    assert answer is not None
    assert answer.code in ("2.01", "4.00", "4.06", "4.12", "4.13", "4.15"), answer
    assert len(backend.lwm2m.clients(world.settings.account.organisation_id)) <= 1
    assert client.register().startswith("/rd/")


def test_lists_of_links_are_bounded(whole):
    _, backend, client = whole
    for count, codes in ((2_000, ("2.01",)), (2_700, ("4.13",))):
        many = b",".join(b"</3303/%d>" % at for at in range(1_000, 1_000 + count))
        answer = None
        for at in range(0, len(many), 1024):
            listed = [(FORMAT, uint(40)), (27, block(at // 1024, at + 1024 < len(many), 6))]
            answer = client.post("/rd", GOOD, many[at : at + 1024], listed, wait_ms=500)
            if answer.code != "2.31":
                break
        assert answer.code in codes, len(many)
    assert client.register().startswith("/rd/")
    assert backend.lwm2m_endpoint.coap.counters["5.00"] == 0


def test_hundreds_of_bootstraps_of_one_sim_are_one_under_way():
    bench = Bench()
    thief, client = bench.client(), bench.client()
    thief.is_deaf = True
    for at in range(300):
        thief.send(message("CON", "0.02", at, b"t", [(PATH, b"bs"), (QUERY, b"ep=x")]))
        if at % 30 == 0:
            bench.world.advance(100)
            assert len(bench.endpoint.bootstraps) <= 1
            assert len(bench.endpoint.downlink) <= 1
            assert len(bench.endpoint.coap.client._under_way) <= 1
    assert client.bootstrap(wait_ms=20_000).code == "2.04"
    assert bench.service.named("bootstrapped")[-1] == ("bootstrapped", client.iccid, None)
    bench.world.advance(300_000)
    assert len(bench.endpoint.bootstraps) == len(bench.endpoint.downlink) == 0
    assert bench.endpoint.coap.client.next_timeout() is None


def test_hundreds_of_notifications_of_nothing_are_rejected_one_by_one():
    bench = Bench()
    client = bench.client()
    for at in range(400):
        client.notify(at.to_bytes(8, "big"), b"x" * 64, at, mid=at)
        if at % 50 == 0:
            bench.world.advance(1_000)
    bench.world.advance(60_000)
    assert {one.kind for one in client.heard} == {"RST"}
    assert len(client.heard) == 400
    assert bench.endpoint.coap._notices == {}


def ends_with(answers):
    """How a read ends that is answered so."""
    bench = Bench(SMALL)
    client = bench.client()
    client.answers = answers
    bench.ask(client, "GET", ("3",))
    bench.world.advance(600_000)
    assert len(bench.endpoint.downlink) == 0
    assert bench.endpoint.coap.client._under_way == {}
    [end] = bench.ends
    return end, client


def endless(asked):
    number = (asked.value(BLOCK2) or 0) >> 4
    return "2.05", [(BLOCK2, block(number, 1, 0))], bytes(16)


def stuck(asked):
    return "2.05", [(BLOCK2, block(0, 1, 2))], bytes(64)


def huge(asked):
    return "2.05", (), bytes(1_100)


def resized(asked):
    number = (asked.value(BLOCK2) or 0) >> 4
    return "2.05", [(BLOCK2, block(number, 1, number % 6))], bytes(16 << number % 6)


def continued(asked):
    return "2.31", [(27, block(0, 1, 6))], b""


@pytest.mark.parametrize("answers", [endless, stuck, huge, resized, continued])
def test_an_answer_that_does_not_end_or_fit_ends_the_request(answers):
    end, client = ends_with(answers)
    assert isinstance(end, NoReply)
    assert len(client.seen) <= 65


def test_a_notification_that_is_too_large_is_rejected_and_its_endless_rest_ends():
    bench = Bench(SMALL)
    client = bench.client()
    bench.service.observed_paths[TOKEN] = ("3",)
    mid = client.notify(TOKEN, bytes(1_100))
    bench.world.advance(5_000)
    assert client.kind_of_reply(mid) == "RST"
    client.answers = endless
    client.notify(TOKEN, bytes(16), options=[(BLOCK2, block(0, 1, 0))])
    bench.world.advance(60_000)
    assert len(client.seen) <= 65
    assert bench.service.named("notified") == []
    assert bench.endpoint.notices._rests == {}


def test_answers_of_one_sim_are_none_for_another():
    bench = Bench()
    client, thief = bench.client(), bench.client()
    client.answers = lambda asked: None
    bench.ask(client, "GET", ("3",))
    bench.world.advance(1_000)
    [asked] = client.seen
    for kind in ("ACK", "CON", "NON"):
        thief.send(message(kind, "2.05", asked.mid, asked.token, (), b"forged"))
    thief.send(message("RST", "0.00", asked.mid))
    bench.world.advance(1_000)
    assert bench.ends == []


def test_a_client_that_never_answers_costs_no_other_client_anything(whole):
    world, backend, client = whole
    mute = HandClient(world)
    mute.bootstrap()
    mute.register("lt=86400")
    client.register("lt=86400")
    mute.answers = lambda asked: None
    lost = [act(backend, mute, "read", f"/3/0/{at}") for at in range(8)]
    client.answers = lambda asked: ("2.05", [(FORMAT, b"")], b"7")
    found = act(backend, client, "read", "/3/0/9")
    world.advance(5_000)
    assert outcome(backend, client, found).status == "SUCCEEDED"
    world.advance(8 * 93_000)
    assert {outcome(backend, mute, one).status for one in lost} == {"FAILED"}
    assert len(backend.lwm2m_endpoint.downlink) == 0


def test_no_datagram_breaks_it():
    _mangle(Bench(), Random(1), 150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 105))
def test_no_datagram_breaks_it_at_length(seed):
    _mangle(Bench(), Random(seed), 2_000)


def _mangle(bench, random, count):
    client = bench.client()
    bench.service.observed_paths[TOKEN] = ("3303",)
    listed = [(PATH, b"rd"), (QUERY, b"ep=a"), (FORMAT, uint(40))]
    for at in range(count):
        asked = client.seen[-1] if client.seen else None
        data = bytearray(
            random.choice(
                (
                    message("CON", "0.02", at, b"t", listed, LINKS),
                    message("CON", "0.02", at, b"t", [(PATH, b"bs")]),
                    message("NON", "2.05", at, TOKEN, [(OBSERVE, uint(at))], b"1"),
                    message("CON", "2.05", at, TOKEN, [(BLOCK2, block(0, 1, 0))], bytes(16)),
                    message("ACK", "2.05", asked.mid, asked.token, (), b"1") if asked else b"",
                    message("RST", "0.00", asked.mid) if asked else b"\x40",
                )
            )
        )
        for _ in range(random.randrange(4)):
            if data:
                data[random.randrange(len(data))] = random.randrange(256)
        client.answers = lambda _: None
        client.send(bytes(data))
        if random.random() < 0.1:
            bench.ask(client, random.choice(("GET", "PUT", "FETCH")), ("3",), payload=b"1" * 2_000)
        bench.world.advance(random.randrange(500))
    bench.world.advance(40 * 93_000)
    assert len(bench.endpoint.downlink) == len(bench.endpoint.bootstraps) == 0
    assert bench.endpoint.coap.client._under_way == {}
    client.answers = HandClient(bench.world).answers
    client._answered.clear()
    assert client.register() == "/rd/1"
