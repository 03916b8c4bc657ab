"""The LwM2M endpoint before a scripted service: bootstraps, lines, notifications, identities."""

from __future__ import annotations

import pytest

from nce.coap import codes
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.settings import ClientSettings, CoapSettings
from nce_sim.endpoints.lwm2m.downlink import GONE
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.services.lwm2m.outbound import Answer, NoReply, Reply, Step
from support.hand_coap import BLOCK2, FORMAT, OBSERVE, block, message, uint
from support.lwm2m_bench import STEPS, Bench

TOKEN = b"observed"


@pytest.fixture(scope="module")
def shared():
    return Bench()


@pytest.fixture
def bench(shared):
    yield shared
    shared.begin_again()
    assert len(shared.endpoint.downlink) == len(shared.endpoint.bootstraps) == 0
    assert shared.endpoint.coap.client.next_timeout() is None


@pytest.fixture
def client(bench):
    return bench.client()


def asked_of(client):
    return [one.what for one in client.seen]


# -- requests of a client --------------------------------------------------------------------


def test_each_request_reaches_the_service_with_its_parts(bench, client):
    assert client.register("b=U") == "/rd/1"
    assert client.post("/rd/1", ["lt=60"], b"</3/0>").code == "2.04"
    assert client.post("/dp", (), b"[]", [(FORMAT, uint(110))]).code == "2.04"
    assert client.ask("DELETE", "/rd/1").code == "2.02"
    names = [one[0] for one in bench.service.told]
    assert names == ["register", "update", "sent", "deregister"]
    [(_, known, query, payload)] = bench.service.named("register")
    assert (known.host, known.port, known.is_secure) == (*client.home, False)
    assert known.identity == client.iccid
    assert query == ("ep=" + client.iccid, "lt=300", "lwm2m=1.1", "b=U")
    assert payload == b"</3/0>,</3303/0>"
    assert bench.service.named("update")[0][2:] == (("rd", "1"), ("lt=60",), b"</3/0>")
    assert bench.service.named("sent")[0][2:] == (110, b"[]")
    assert bench.service.named("deregister")[0][2] == ("rd", "1")


REFUSED = (
    ("GET", "/bspack", "4.04"),
    ("GET", "/", "4.04"),
    ("POST", "/", "4.04"),
    ("POST", "/bs/1", "4.04"),
    ("POST", "/dp/1", "4.04"),
    ("GET", "/rd", "4.05"),
    ("GET", "/rd/1", "4.05"),
    ("PUT", "/rd/1", "4.05"),
    ("DELETE", "/rd", "4.05"),
    ("GET", "/bs", "4.05"),
    ("DELETE", "/dp", "4.05"),
)


def test_other_paths_and_methods_are_refused(bench, client):
    for method, path, code in REFUSED:
        assert client.ask(method, path).code == code, (method, path)
    assert bench.service.told == []


def test_only_the_source_says_who_it_is(bench, client):
    other = bench.client()
    other.post("/rd", ["ep=" + client.iccid, "lt=60"], b"</3/0>")
    assert bench.service.told[0][1].identity == other.iccid


def test_a_disabled_sim_gets_4_01_at_its_first_block_already(bench, client):
    client.sim.is_enabled = False
    data = message("CON", "0.02", 1, b"", [(11, b"rd"), (27, block(0, 1, 0))], b"x" * 16)
    assert bench.endpoint.coap.receive_datagram(data, CoapPeer(*client.home), 0)[0].code == 0x81
    assert bench.service.told == []


def test_a_body_in_blocks_and_one_that_is_too_large(bench, client):
    links = b",".join(b"</3303/%d>" % at for at in range(200))
    for number in range(0, len(links), 512):
        piece = links[number : number + 512]
        more = number + 512 < len(links)
        listed = [(FORMAT, uint(40)), (27, block(number // 512, more, 5))]
        answer = client.post("/rd", ["ep=a"], piece, listed)
    assert answer.code == "2.01"
    assert bench.service.told[0][3] == links
    small = Bench(Lwm2mEndpointSettings(coap=CoapSettings(block_wise=True, upload_max_bytes=99)))
    assert small.client().post("/rd", ["ep=a"], b"x" * 100).code == "4.13"
    size = [(27, block(0, 1, 6)), (60, uint(40_000))]
    assert client.post("/rd", ["ep=a"], b"x" * 1024, size).code == "4.13"


# -- bootstrap -------------------------------------------------------------------------------


def test_a_bootstrap_is_answered_first_and_then_its_steps_come_one_by_one(bench, client):
    answer = client.bootstrap("pct=112")
    assert answer.code == "2.04"
    assert bench.service.told[0] == ("bootstrap", client.iccid, client.iccid, 112)
    assert asked_of(client) == ["DELETE /0", "PUT /0/0", "POST /bs"]
    put = client.seen[1]
    assert (put.value(FORMAT), put.payload) == (11542, b"\xc1\x01\x00")
    assert bench.service.named("bootstrapped") == [("bootstrapped", client.iccid, None)]
    assert len(bench.endpoint.bootstraps) == len(bench.endpoint.downlink) == 0


def test_the_preferred_format_is_a_number_or_nothing(bench, client):
    for query, expected in (
        (["pct=110"], 110),
        ([], None),
        (["pct=abc"], None),
        (["pct=999999"], None),
        (["pct="], None),
        (["pct=\u0661"], None),
    ):
        client.bootstrap(*query)
        assert bench.service.named("bootstrap")[-1][3] == expected, query


def refusing(*codes_by_step):
    """Answers by the order of requests; the last one for ever."""
    left = list(codes_by_step)

    def answers(asked):
        return (left.pop(0) if len(left) > 1 else left[0]), (), b""

    return answers


def test_what_is_not_needed_may_be_refused():
    bench = Bench(Lwm2mEndpointSettings(bootstrap_discovers=True))
    client = bench.client()
    client.answers = refusing("4.00", "4.05", "2.04")
    client.bootstrap()
    assert asked_of(client) == ["GET /", "DELETE /0", "PUT /0/0", "POST /bs"]
    assert bench.service.named("bootstrapped")[0][2] is None


def test_a_needed_step_is_tried_again_and_then_the_bootstrap_has_failed(bench, client):
    client.answers = refusing("2.02", "4.01", "4.01", "2.04")
    client.bootstrap(wait_ms=10_000)
    assert asked_of(client) == ["DELETE /0", "PUT /0/0", "PUT /0/0", "PUT /0/0", "POST /bs"]
    assert bench.service.named("bootstrapped")[0][2] is None
    client.answers = refusing("2.02", "4.06")
    client.bootstrap(wait_ms=10_000)
    assert bench.service.named("bootstrapped")[1][2] == "PUT /0/0: 4.06"
    assert len(bench.endpoint.bootstraps) == 0


def test_a_client_that_vanishes_amid_it_ends_in_a_bounded_time(bench, client):
    client.answers = lambda asked: ("2.02", (), b"") if asked.code == "0.04" else None
    client.bootstrap(wait_ms=100_000)
    assert bench.service.named("bootstrapped")[0][2] == "PUT /0/0: no answer"
    assert len(bench.endpoint.bootstraps) == len(bench.endpoint.downlink) == 0
    assert bench.endpoint.coap.client.next_timeout() is None


def test_a_client_that_confirms_and_never_answers_ends_with_the_patience():
    bench = Bench(Lwm2mEndpointSettings(bootstrap_patience_ms=60_000))
    client = bench.client()

    def only_confirms(asked):
        client.send(message("ACK", "0.00", asked.mid))

    client.answers = only_confirms
    client.bootstrap(wait_ms=61_000)
    assert bench.service.named("bootstrapped")[0][2] == "it takes longer than 60000 ms"
    assert bench.endpoint.coap.client.next_timeout() is None


def test_a_client_that_begins_again_gets_all_steps_again(bench, client):
    client.answers = lambda asked: None
    client.bootstrap()
    client.answers = refusing("2.04")
    client.bootstrap()
    assert asked_of(client) == ["DELETE /0", "DELETE /0", "PUT /0/0", "POST /bs"]
    bench.world.advance(300_000)
    assert bench.service.named("bootstrapped") == [("bootstrapped", client.iccid, None)]
    assert asked_of(client) == ["DELETE /0", "DELETE /0", "PUT /0/0", "POST /bs"]


def test_a_registration_tells_that_the_finish_came_though_its_answer_was_lost(bench, client):
    client.answers = lambda asked: None if asked.what == "POST /bs" else ("2.04", (), b"")
    client.bootstrap()
    assert bench.service.named("bootstrapped") == []
    assert client.register() == "/rd/1"
    names = [one[0] for one in bench.service.told]
    assert names == ["bootstrap", "bootstrapped", "register"], "in this order"
    bench.world.advance(300_000)
    assert asked_of(client).count("POST /bs") == 1, "it is not repeated as a new message"


def test_a_registration_amid_a_bootstrap_does_not_end_it(bench, client):
    client.answers = lambda asked: None
    client.bootstrap()
    client.register()
    assert bench.service.named("bootstrapped") == []


def test_a_bootstrap_that_is_refused_has_no_steps(bench, client):
    bench.service.steps = ()
    client.bootstrap()
    assert client.seen == []
    assert bench.service.named("bootstrapped") == []


# -- requests to a client --------------------------------------------------------------------


def test_a_request_has_its_parts_and_its_reply_comes_back_whole(bench, client):
    client.answers = lambda asked: ("2.05", [(FORMAT, uint(112)), (OBSERVE, b"\x05")], b"\x80")
    bench.ask(client, "GET", ("3303", "0"), accept=112, query=("pmin=1",), observe=0, token=TOKEN)
    bench.world.advance(1_000)
    [asked] = client.seen
    assert (asked.what, asked.token) == ("GET /3303/0", TOKEN)
    assert (asked.value(17), asked.value(OBSERVE)) == (112, 0)
    assert asked.values(15) == [b"pmin=1"]
    assert bench.ends == [Reply(codes.CONTENT, 112, b"\x80", 5)]
    assert bench.records("lwm2m_request")[0]["path"] == "/3303/0"


def test_one_is_under_way_and_the_others_wait_in_line_up_to_a_bound(bench, client):
    client.answers = lambda asked: None
    for at in range(40):
        bench.ask(client, "GET", (str(at),))
    bench.world.advance(1_000)
    assert asked_of(client) == ["GET /0"]
    # One may leave the line before the next ones come.
    assert [type(one) for one in bench.ends] == [NoReply] * (40 - 32)
    client.answers = refusing("2.05")
    client._answered.clear()
    bench.world.advance(60_000)
    assert len(bench.ends) == 40
    assert [one.code for one in bench.ends[8:]] == [codes.CONTENT] * 32


def test_a_request_that_is_never_answered_ends(bench, client):
    client.answers = lambda asked: None
    bench.ask(client, "FETCH", (), content_format=112, payload=b"\x80")
    bench.world.advance(93_000)
    assert bench.ends == [NoReply("no answer")]
    assert len(bench.endpoint.downlink) == 0


def test_a_client_that_is_forgotten_is_asked_no_more(bench, client):
    client.answers = lambda asked: None
    for path in ("1", "2", "3"):
        bench.ask(client, "GET", (path,))
    bench.world.advance(1_000)
    bench.endpoint.downlink.forget(bench.client_of(client))
    assert bench.ends == [], "later, never within the call"
    bench.world.advance(300_000)
    assert bench.ends == [NoReply(GONE)] * 3
    assert asked_of(client) == ["GET /1"]
    assert bench.endpoint.coap.client.next_timeout() is None


def test_a_client_in_queue_mode_is_asked_when_it_is_heard(bench, client):
    bench.service.queueing.add(client.iccid)
    bench.ask(client, "GET", ("1",))
    bench.world.advance(3_600_000)
    assert (client.seen, bench.ends) == ([], [])
    mid = client.start("POST", "/rd/1")
    bench.world.advance(1_000)
    assert client.answer_to(mid).code == "2.04"
    assert asked_of(client) == ["GET /1"]
    assert [one.code for one in bench.ends] == [codes.CONTENT]
    bench.world.advance(50_000)
    bench.ask(client, "GET", ("2",))
    bench.world.advance(1_000)
    assert asked_of(client) == ["GET /1", "GET /2"], "it is awake still"
    bench.world.advance(94_000)
    bench.ask(client, "GET", ("3",))
    bench.world.advance(1_000)
    assert len(client.seen) == 2, "now it is not"


def test_without_an_answer_a_client_in_queue_mode_is_asleep_again(bench, client):
    bench.service.queueing.add(client.iccid)
    client.post("/rd/1")
    client.answers = lambda asked: None
    bench.ask(client, "GET", ("1",))
    bench.ask(client, "GET", ("2",))
    bench.world.advance(120_000)
    assert bench.ends == [NoReply("no answer")]
    assert asked_of(client) == ["GET /1"]


def test_what_waits_finds_a_client_that_has_moved(bench, client, monkeypatch):
    bench.service.queueing.add(client.iccid)
    client.register()
    bench.world.advance(100_000)
    former = bench.client_of(client)

    def update(client, location, query, payload, work):
        # As the service does: nobody is at the former address.
        work.after_commit(lambda: bench.endpoint.downlink.forget(former))
        return Answer(codes.CHANGED)

    monkeypatch.setattr(bench.service, "update", update)
    bench.ask(client, "GET", ("1",))
    client.home = client.home._replace(port=60_000)
    client.post("/rd/1")
    assert [one.code for one in bench.ends] == [codes.CONTENT]
    bench.service.queueing.clear()
    client.answers = lambda asked: None
    bench.ask(client, "GET", ("2",))
    bench.ask(client, "GET", ("3",))
    bench.world.advance(1_000)
    bench.endpoint.downlink.forget(bench.client_of(client))
    bench.world.advance(1_000)
    assert bench.ends[1:] == [NoReply(GONE)] * 2, "from where it is, it is gone for good"


def test_only_a_registration_tells_where_a_client_is(bench, client):
    bench.service.queueing.add(client.iccid)
    client.register()
    bench.world.advance(100_000)
    bench.ask(client, "GET", ("1",))
    home = client.home
    client.home = home._replace(port=60_000)
    client.post("/dp", (), b"[]")
    assert client.seen == []
    client.home = home
    bench.world.advance(3_000)
    assert asked_of(client) == ["GET /1"]


def test_a_bootstrap_from_another_port_waits_for_nothing_of_before(bench, client):
    client.register()
    client.answers = lambda asked: None
    bench.ask(client, "GET", ("1",))
    bench.ask(client, "GET", ("2",))
    bench.world.advance(1_000)
    client.answers = refusing("2.04")
    client.home = client.home._replace(port=60_000)
    client.bootstrap()
    assert asked_of(client) == ["GET /1", "DELETE /0", "PUT /0/0", "POST /bs"]
    assert bench.ends == [NoReply(GONE)] * 2


def test_a_bootstrap_from_another_port_does_not_move_a_client(bench, client):
    client.register()
    home = client.home
    client.home = home._replace(port=60_000)
    client.bootstrap()
    assert asked_of(client) == ["DELETE /0", "PUT /0/0", "POST /bs"]
    client.home = home
    bench.ask(client, "GET", ("1",))
    bench.world.advance(1_000)
    assert asked_of(client)[3:] == ["GET /1"]


def test_a_request_waits_for_a_sleeping_client_for_a_bounded_time(bench, client):
    bench.service.queueing.add(client.iccid)
    bench.ask(client, "GET", ("1",))
    bench.world.advance(86_400_000)
    assert bench.ends == [NoReply("the client was not heard in time")]
    assert len(bench.endpoint.downlink) == 0


def test_a_large_reply_and_a_large_body_go_in_blocks():
    bench = Bench(Lwm2mEndpointSettings(client=ClientSettings(block_bytes=64)))
    client = bench.client()

    def answers(asked):
        number = (asked.value(BLOCK2) or 0) >> 4
        if asked.code == "0.01":
            more = number < 2
            return "2.05", [(BLOCK2, block(number, more, 0))], bytes([number]) * 16
        value = asked.values(27)[0]
        return ("2.31" if asked.value(27) & 8 else "2.04"), [(27, value)], b""

    client.answers = answers
    bench.ask(client, "GET", ("3",))
    bench.ask(client, "PUT", ("5", "0", "0"), content_format=42, payload=bytes(150))
    bench.world.advance(10_000)
    assert bench.ends[0].payload == b"".join(bytes([at]) * 16 for at in range(3))
    assert bench.ends[1].code == codes.CHANGED
    assert [len(one.payload) for one in client.seen] == [0, 0, 0, 64, 64, 22]


# -- notifications and troubles --------------------------------------------------------------


def test_a_notification_is_confirmed_if_the_service_knows_its_token(bench, client):
    bench.service.observed_paths[TOKEN] = ("3303", "0", "5700")
    known = client.notify(TOKEN, b"21.5", 7, options=[(FORMAT, b"")])
    unknown = client.notify(b"strange", b"1", 8)
    bench.world.advance(1_000)
    assert (client.kind_of_reply(known), client.kind_of_reply(unknown)) == ("ACK", "RST")
    assert bench.service.named("notified")[0][2:] == (TOKEN, Reply(codes.CONTENT, 0, b"21.5", 7))


def test_a_repeated_notification_is_told_once_and_confirmed_again(bench, client):
    bench.service.observed_paths[TOKEN] = ("3303",)
    mid = client.notify(TOKEN, b"1")
    bench.world.advance(1_000)
    client.notify(TOKEN, b"1", mid=mid)
    bench.world.advance(1_000)
    assert [one.kind for one in client.heard] == ["ACK", "ACK"]
    assert len(bench.service.named("notified")) == 1


def test_a_notification_in_blocks_is_told_whole(bench, client):
    bench.service.observed_paths[TOKEN] = ("3303", "0")
    client.answers = lambda asked: ("2.05", [(BLOCK2, block(1, 0, 0))], b"b")
    mid = client.notify(TOKEN, b"a" * 16, 3, options=[(BLOCK2, block(0, 1, 0))])
    lost = client.notify(b"strange", b"a" * 16, 3, options=[(BLOCK2, block(0, 1, 0))])
    bench.world.advance(2_000)
    assert (client.kind_of_reply(mid), client.kind_of_reply(lost)) == ("ACK", "RST")
    [asked] = client.seen
    assert (asked.what, asked.values(OBSERVE)) == ("GET /3303/0", [])
    [(_, _, token, reply)] = bench.service.named("notified")
    assert (token, reply.payload, reply.observe) == (TOKEN, b"a" * 16 + b"b", 3)


def test_while_the_database_takes_nothing_a_notification_has_no_answer(bench, client):
    bench.service.observed_paths[TOKEN] = ("3303",)
    job = bench.around.intake.take
    bench.endpoint.notices._take = lambda one: one.refused("locked")
    mid = client.notify(TOKEN, b"1")
    bench.world.advance(1_000)
    assert client.heard == []
    bench.endpoint.notices._take = job
    client.notify(TOKEN, b"1", mid=mid)
    bench.world.advance(1_000)
    assert client.kind_of_reply(mid) == "ACK"


def test_troubles_concern_it_by_its_name(bench, client):
    troubles = bench.around.troubles
    troubles.begin("lwm2m", "error", count=1)
    assert client.post("/rd", ["ep=a"]).code == "5.03"
    troubles.begin("lwm2m", "silence", count=1)
    assert client.post("/rd", ["ep=a"]) is None
    down = troubles.begin("lwm2m", "down")
    assert client.post("/rd", ["ep=a"]) is None
    troubles.end(down.number)
    assert client.register() == "/rd/1"
    assert len(bench.service.told) == 1


def test_what_happens_is_on_the_timeline_without_numbers_of_subscribers(bench, client):
    bench.service.observed_paths[TOKEN] = ("3303",)
    client.bootstrap()
    client.register()
    client.notify(TOKEN, b"1")
    bench.world.advance(1_000)
    for kind in ("coap", "lwm2m_request", "lwm2m_notification"):
        assert bench.records(kind), kind
        assert client.iccid not in repr(bench.records(kind))
    assert STEPS[1].payload.hex() not in repr(bench.records("lwm2m_request"))


def test_after_its_close_it_answers_nothing():
    bench = Bench()
    client = bench.client()
    client.answers = lambda asked: None
    client.bootstrap()
    bench.ask(client, "GET", ("1",))
    bench.endpoint.close()
    bench.endpoint.close()
    assert client.register() is None
    bench.ask(client, "GET", ("1",))
    bench.world.advance(300_000)
    assert bench.ends == []
    assert bench.service.named("bootstrapped") == []


def test_a_step_of_a_bootstrap_shows_no_key():
    assert "secret" not in repr(Step("PUT", ("0", "0"), 11542, b"secret"))
