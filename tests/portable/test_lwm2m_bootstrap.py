"""Bootstrap of the LwM2M client: 1NCE's contents, wrong ones, and what is kept when it goes wrong.

The payloads are TLV and SenML CBOR as Leshan 2.0.0-M19 writes them, with 1NCE's values."""

from nce.coap import codes
from nce.coap.message import CON, Message
from nce.errors import UsageError
from nce.lwm2m import events
from nce.lwm2m.model import Creatable, Instance

from lwm2m_scene import (  # isort: skip
    PLAIN_BOOTSTRAP,
    SECURITY,
    SERVER,
    Scene,
    account,
    creatables,
    device,
    option,
    text_of,
)

TLV = 11542
URI = b"coap://10.60.2.240:5683"
# /0/0: URI, no bootstrap server, NoSec, short id 1111; /1/0: 1111, 86400 s, pmin 1, storing, U.
SECURITY_TLV = b"\xc8\x00\x17" + URI + bytes.fromhex("c10100 c10203 c20a0457")
SERVER_TLV = bytes.fromhex("c2000457 c40100015180 c10201 c10601 c10755")
# /0/1 again, the bootstrap server's own account: 2222.
BOOTSTRAP_TLV = b"\xc8\x00\x23coap://lwm2m.os.1nce.example.com:56" + bytes.fromhex(
    "c10101 c10203 c20a08ae"
)
# As Leshan writes /0/0 and /1/0 in SenML CBOR, resources 6 to 9 and all (recorded).
SECURITY_CBOR = (
    b"\x8d\xa3\x00a0\x03ucoap://127.0.0.1:5683!e/0/0/\xa2\x00a1\x04\xf4\xa2\x00a2\x02\x03\xa2\x00"
    b"a3\x08@\xa2\x00a4\x08@\xa2\x00a5\x08@\xa2\x00a6\x02\x03\xa2\x00a7\x08@\xa2\x00a8\x08@\xa2"
    b"\x00a9\x03`\xa2\x00b10\x02\x19\x04W\xa2\x00b11\x02\x01\xa2\x00b12\x02\x00"
)
SERVER_CBOR = (
    b"\x85\xa3\x00a0\x02\x19\x04W!e/1/0/\xa2\x00a1\x02\x1a\x00\x01Q\x80\xa2\x00a2\x02\x01\xa2\x00"
    b"a6\x04\xf5\xa2\x00a7\x03aU"
)
PLACE = ((8, b"rd"), (8, b"1"))


def scene_of(more=(), hold_off_s=0, **settings):
    values = dict(PLAIN_BOOTSTRAP)
    if hold_off_s:
        values[11] = hold_off_s
    objects = creatables() + [Instance(SECURITY, 1, values), device()] + list(more)
    return Scene(objects, **settings)


def asked(**settings):
    """A scene in which the bootstrap server said that it will begin."""
    scene = scene_of(bootstraps_on_connect=True, **settings).start()
    scene.answer(scene.next(), codes.CHANGED, server=scene.server(2222))
    return scene


def from_bootstrap(scene, code, path, payload=None, content_format=TLV):
    server = scene.server(2222)
    if payload is None:
        return scene.ask(code, path, server=server)
    return scene.write(path, content_format, payload, code, server=server)


def finish(scene):
    return from_bootstrap(scene, codes.POST, "/bs")


def test_lwm2m_1_1_int_0_client_initiated_bootstrap():
    scene = scene_of().start()
    assert [event.kind for event in scene.events] == [events.CONNECT]
    request = scene.next()
    assert (request.code, text_of(request, 11)) == (codes.POST, ["bs"])
    assert text_of(request, 15) == ["ep=urn:imei:490154203237518", "pct=112"]
    assert not request.payload
    scene.answer(request, codes.CHANGED, server=scene.server(2222))
    assert from_bootstrap(scene, codes.DELETE, "/0").code == codes.DELETED
    assert from_bootstrap(scene, codes.DELETE, "/1").code == codes.DELETED
    assert from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV).code == codes.CHANGED
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV).code == codes.CHANGED
    assert from_bootstrap(scene, codes.PUT, "/0/1", BOOTSTRAP_TLV).code == codes.CHANGED
    assert finish(scene).code == codes.CHANGED
    assert scene.told(events.BOOTSTRAPPED) == [None]
    server = scene.server(1111)
    assert (server.uri, server.mode, server.is_secure) == (URI.decode(), 3, False)
    request = scene.next()
    assert text_of(request, 11) == ["rd"]
    assert text_of(request, 15) == ["lwm2m=1.1", "ep=urn:imei:490154203237518"]  # of a day
    # The port of the bootstrap server stays until then: the answer to its finish may be lost.
    assert scene.told(events.DISCONNECT) == []
    scene.answer(request, codes.CREATED, PLACE)
    assert scene.told(events.REGISTERED) == [("rd", "1")]
    assert scene.told(events.DISCONNECT) == [None]


def test_the_port_of_a_bootstrap_is_closed_without_a_registration_too():
    scene = asked()
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    assert finish(scene).code == codes.CHANGED
    scene.pass_time(29000)
    assert scene.told(events.DISCONNECT) == []
    scene.pass_time(1000)
    assert scene.told(events.DISCONNECT) == [None]


def test_lwm2m_1_1_int_1_client_initiated_bootstrap_full_psk():
    scene = asked()
    key = bytes.fromhex("c8030d") + b"8988228066600" + bytes.fromhex("c8050d") + b"secret-secret"
    uri = b"\xc8\x00\x18coaps://10.60.2.240:5684"
    written = uri + bytes.fromhex("c10100 c10200") + key + bytes.fromhex("c20a0457")
    assert from_bootstrap(scene, codes.PUT, "/0/0", written).code == codes.CHANGED
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV).code == codes.CHANGED
    assert finish(scene).code == codes.CHANGED
    server = scene.server(1111)
    assert (server.mode, server.identity, server.key) == (0, b"8988228066600", b"secret-secret")
    assert "secret" not in repr(server) + repr(scene.events)


def test_lwm2m_1_1_int_4_bootstrap_delete():
    scene = asked(more=account(3, 3333))
    server = scene.server(2222)
    assert scene.ask(codes.DELETE, "/", server=server).code == codes.DELETED
    # Left are the account of the bootstrap server, and what is the program's own.
    assert [one.number for one in scene.client.tree.instances(0)] == [1]
    assert scene.client.tree.instances(1) == []
    assert [one.number for one in scene.client.tree.instances(3)] == [0]
    assert scene.ask(codes.DELETE, "/3/0", server=server).code == codes.METHOD_NOT_ALLOWED
    assert scene.ask(codes.DELETE, "/0/1", server=server).code == codes.BAD_REQUEST
    assert scene.ask(codes.DELETE, "/77", server=server).code == codes.NOT_FOUND
    assert scene.ask(codes.DELETE, "/1/7", server=server).code == codes.NOT_FOUND


def test_lwm2m_1_1_int_5_server_initiated_bootstrap():
    # It begins by itself, while the client holds off.
    scene = scene_of(hold_off_s=30).start()
    assert not scene.sent
    assert from_bootstrap(scene, codes.DELETE, "/1").code == codes.DELETED
    assert from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV).code == codes.CHANGED
    scene.pass_time(60000)
    assert not scene.sent  # the client does not ask for what is under way
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV).code == codes.CHANGED
    assert finish(scene).code == codes.CHANGED
    assert text_of(scene.next(), 11) == ["rd"]


def test_lwm2m_1_1_int_6_bootstrap_sequence_with_its_hold_off():
    scene = scene_of(hold_off_s=10).start()
    scene.pass_time(9999)
    assert not scene.sent
    scene.pass_time(1)
    assert text_of(scene.next(), 11) == ["bs"]


def test_lwm2m_1_1_int_7_fallback_to_bootstrap():
    # A server that refuses the registration, as 1NCE's does without a bootstrap before.
    scene = scene_of(more=account(0, 1111)).start()
    scene.answer(scene.next(), codes.FORBIDDEN)
    kinds = [event.kind for event in scene.events]
    assert kinds == [events.CONNECT, events.FAILED, events.DISCONNECT, events.CONNECT]
    assert text_of(scene.next(), 11) == ["bs"]


def test_lwm2m_1_1_int_8_bootstrap_read():
    scene = asked(more=account(0, 1111))
    server = scene.server(2222)
    answer = scene.read("/1/0", TLV, server=server)
    assert (answer.code, answer.payload) == (
        codes.CONTENT,
        bytes.fromhex("c2000457 c40100015180 c10601 c10755"),
    )
    assert scene.read("/0", TLV, server=server).code == codes.METHOD_NOT_ALLOWED
    assert scene.read("/0/1", TLV, server=server).code == codes.METHOD_NOT_ALLOWED
    assert scene.read("/3/0", TLV, server=server).code == codes.METHOD_NOT_ALLOWED


def test_bootstrap_discover():
    scene = asked(more=account(0, 1111))
    answer = scene.read("/", 40, server=scene.server(2222))
    assert answer.payload == (
        b'</>;lwm2m=1.1,</0>;ver=1.1,</0/0>;ssid=1111;uri="coap://10.60.2.240:5683",'
        b'</0/1>;uri="coap://bs.example:5683",</1>;ver=1.1,</1/0>;ssid=1111,</2>;ver=1.1,'
        b"</3>;ver=1.1,</3/0>"
    )
    assert option(answer, 12) == 40


def test_lwm2m_1_1_int_9_bootstrap_and_configuration_consistency():
    """What is of no use is told with 4.06, and the data of before is valid again."""
    no_key = b"\xc8\x00\x18coaps://10.60.2.240:5684" + bytes.fromhex("c10100 c10200 c20a0457")
    no_uri = bytes.fromhex("c10100 c10203 c20a0457")
    http = b"\xc8\x00\x12http://example.com" + bytes.fromhex("c10100 c10203 c20a0457")
    wrong = (
        ((), b"no server in /0"),
        ((("/0/0", SECURITY_TLV),), b"no /1 for server 1111"),
        ((("/0/0", no_key), ("/1/0", SERVER_TLV)), b"/0/0 has no key"),
        ((("/0/0", no_uri), ("/1/0", SERVER_TLV)), b"no server at"),
        ((("/0/0", http), ("/1/0", SERVER_TLV)), b"no server at"),
        ((("/0/0", SECURITY_TLV), ("/1/0", bytes.fromhex("c2000457"))), b"no lifetime"),
        ((("/0/0", SECURITY_TLV), ("/1/0", bytes.fromhex("c2000458"))), b"no /1 for server"),
        (
            (("/0/0", SECURITY_TLV), ("/0/3", SECURITY_TLV), ("/1/0", SERVER_TLV)),
            b"/0/3/10 is 1111",
        ),
    )
    for writes, problem in wrong:
        scene = asked(more=account(5, 5555, uri="coap://192.0.2.5"))
        from_bootstrap(scene, codes.DELETE, "/0")
        from_bootstrap(scene, codes.DELETE, "/1")
        for path, payload in writes:
            assert from_bootstrap(scene, codes.PUT, path, payload).code == codes.CHANGED
        answer = finish(scene)
        assert answer.code == codes.NOT_ACCEPTABLE
        assert problem in answer.payload, answer.payload
        assert scene.told(events.BOOTSTRAPPED) == []
        assert len(scene.told(events.FAILED)) == 1
        tree = scene.client.tree
        assert [one.number for one in tree.instances(0)] == [1, 5]
        assert tree.value(1, 5, 1) == 86400
        # The server of before is registered with meanwhile.
        assert text_of(scene.next(), 11) == ["rd"]
        assert scene.server(5555).uri == "coap://192.0.2.5"


def test_a_bootstrap_server_that_falls_silent_changes_nothing():
    scene = asked(more=account(5, 5555))
    from_bootstrap(scene, codes.DELETE, "/1")
    from_bootstrap(scene, codes.PUT, "/0/5", SECURITY_TLV)
    scene.pass_time(246000)
    assert scene.told(events.FAILED) == []
    scene.pass_time(2000)
    assert len(scene.told(events.FAILED)) == 1
    tree = scene.client.tree
    assert tree.value(0, 5, 0) == "coap://10.60.2.240:5683"
    assert tree.value(0, 5, 10) == 5555
    assert tree.value(1, 5, 0) == 5555


def test_a_bootstrap_that_fails_is_tried_again_after_waits_that_double():
    scene = scene_of()
    begun = []
    scene.opens = lambda server: begun.append(scene.now_ms) and False
    scene.start()
    for _ in range(6):
        scene.take(scene.client.failed(scene.server(2222), OSError("no way"), scene.now_ms))
        scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    waits = [(begun[at + 1] - begun[at]) // 1000 for at in range(len(begun) - 1)]
    for wait, least in zip(waits, (60, 120, 240, 480, 960, 1920)):
        assert least <= wait <= least * 5 // 4, waits


def test_writes_as_leshan_makes_them_in_senml_cbor():
    scene = asked()
    assert from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_CBOR, 112).code == codes.CHANGED
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_CBOR, 112).code == codes.CHANGED
    assert finish(scene).code == codes.CHANGED
    assert scene.server(1111).uri == "coap://127.0.0.1:5683"
    assert 6 not in scene.client.tree.instance((0, 0)).values  # unknown here: passed over


def test_several_instances_in_one_write():
    scene = asked()
    instances = b"\x08\x00" + bytes((len(SECURITY_TLV),)) + SECURITY_TLV
    other = SECURITY_TLV.replace(b"\x04\x57", b"\x04\x58")
    instances += b"\x08\x07" + bytes((len(other),)) + other
    assert from_bootstrap(scene, codes.PUT, "/0", instances).code == codes.CHANGED
    assert [one.number for one in scene.client.tree.instances(0)] == [0, 1, 7]
    assert scene.client.tree.value(0, 7, 10) == 1112


def test_a_write_replaces_what_an_instance_had():
    scene = asked(more=account(0, 1111))
    scene.client.tree.instance((1, 0)).values[3] = 60
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV).code == codes.CHANGED
    assert 3 not in scene.client.tree.instance((1, 0)).values


def test_a_write_replaces_what_no_server_can_write_as_well():
    scene = asked(more=account(0, 1111))
    scene.client.tree.instance((0, 0)).values[11] = 600
    assert from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV).code == codes.CHANGED
    assert 11 not in scene.client.tree.instance((0, 0)).values


def test_a_bootstrap_that_is_over_takes_no_more_writes():
    scene = asked()
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    finish(scene)
    assert from_bootstrap(scene, codes.DELETE, "/0").code == codes.METHOD_NOT_ALLOWED
    assert len(scene.client.tree.instances(0)) == 2


def test_a_refused_registration_and_a_refused_bootstrap_leave_long_waits():
    scene = scene_of(more=account(0, 1111)).start()
    begun_ms = scene.now_ms
    asked_for = []
    until_ms = begun_ms + 6 * 3600000
    while scene.now_ms < until_ms:
        while scene.sent:
            server, request = scene.sent.pop(0)
            asked_for.append(text_of(request, 11)[0])
            scene.answer(request, codes.FORBIDDEN, server=server)
        scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    # 60, 120, … 3600 s between bootstraps, an hour between registrations.
    assert 8 <= asked_for.count("bs") <= 12
    assert asked_for.count("rd") <= 8


def test_a_bootstrap_server_of_1_0_is_asked_without_a_format():
    scene = scene_of().start()
    scene.answer(scene.next(), codes.BAD_REQUEST, server=scene.server(2222))
    assert text_of(scene.next(), 15) == ["ep=urn:imei:490154203237518"]


def test_its_requests_may_overtake_its_answer():
    scene = scene_of().start()
    request = scene.next()
    assert from_bootstrap(scene, codes.DELETE, "/0").code == codes.DELETED
    assert from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV).code == codes.CHANGED
    scene.answer(request, codes.CHANGED, server=scene.server(2222))
    assert from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV).code == codes.CHANGED
    assert finish(scene).code == codes.CHANGED
    assert scene.server(1111).short_id == 1111


def test_its_answer_may_be_lost_when_it_writes():
    scene = scene_of().start()
    for path, payload in (("/0/0", SECURITY_TLV), ("/1/0", SERVER_TLV)):
        scene.pass_time(60000)
        assert from_bootstrap(scene, codes.PUT, path, payload).code == codes.CHANGED
    assert scene.told(events.FAILED) == []
    assert finish(scene).code == codes.CHANGED


def test_a_finish_that_is_sent_again_is_answered_again_and_done_once():
    scene = asked()
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    message = Message(CON, codes.POST, 0x4242, b"\x01", ((11, b"bs"),), b"")
    for _ in range(3):
        scene.receive(message, scene.server(2222))
    answers = [one for server, one in scene.sent if server.is_bootstrap]
    assert [one.code for one in answers] == [codes.CHANGED] * 3
    assert scene.told(events.BOOTSTRAPPED) == [None]


def test_bootstrap_on_every_connect_as_1nce_asks():
    for after_ms in (0, 5000, 60000):
        connects_twice(after_ms)


def connects_twice(after_ms):
    scene = scene_of(more=account(0, 1111), bootstraps_on_connect=True).start()
    request = scene.next()
    assert text_of(request, 11) == ["bs"]
    assert not scene.sent  # no registration beside it
    scene.answer(request, codes.CHANGED, server=scene.server(2222))
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    finish(scene)
    scene.answer(scene.next(), codes.CREATED, PLACE)
    scene.ask(codes.PUT, "/3/0/9", ((15, b"pmin=9"),))
    scene.pass_time(after_ms)
    scene.events = []
    # Attached again: bootstrap, then a registration though nothing in the account changed.
    scene.take(scene.client.reattached(scene.now_ms))
    request = scene.next()
    assert text_of(request, 11) == ["bs"]
    scene.answer(request, codes.CHANGED, server=scene.server(2222))
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    finish(scene)
    request = scene.next()
    assert text_of(request, 11) == ["rd"]
    scene.answer(request, codes.CREATED, PLACE)
    assert b"pmin" not in scene.read("/3/0/9", 40).payload  # all begins anew


def test_a_registration_that_1nce_lost_begins_with_a_bootstrap():
    scene = asked()
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    finish(scene)
    scene.answer(scene.next(), codes.CREATED, PLACE)
    scene.take(scene.client.update(scene.now_ms))
    scene.answer(scene.next(), codes.NOT_FOUND)
    request = scene.next()
    assert text_of(request, 11) == ["bs"]
    scene.answer(request, codes.CHANGED, server=scene.server(2222))
    from_bootstrap(scene, codes.PUT, "/0/0", SECURITY_TLV)
    from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
    finish(scene)
    request = scene.next()
    assert text_of(request, 11) == ["rd"]
    scene.answer(request, codes.CREATED, PLACE)
    assert not scene.sent
    assert len(scene.told(events.REGISTERED)) == 2


def test_a_port_that_is_closed_amid_a_bootstrap_ends_it():
    for end in (
        lambda scene: scene.client.disconnected(scene.server(2222), scene.now_ms),
        lambda scene: scene.client.failed(scene.server(2222), OSError("lost"), scene.now_ms),
    ):
        scene = asked(more=account(5, 5555))
        from_bootstrap(scene, codes.DELETE, "/1")
        scene.take(end(scene))
        assert scene.client.tree.value(1, 5, 0) == 5555
        assert text_of(scene.next(), 11) == ["rd"]


def test_nobody_sleeps_amid_a_bootstrap():
    scene = asked(is_queue_mode=True)
    scene.pass_time(200000)
    assert scene.told(events.SLEEP) == []
    scene.pass_time(50000)  # the server has given up, there is nothing but to wait
    assert scene.told(events.SLEEP) == [None]


def test_the_bootstrap_request_trigger():
    scene = scene_of(more=account(0, 1111)).start()
    scene.answer(scene.next(), codes.CREATED, PLACE)
    assert scene.ask(codes.POST, "/1/0/9").code == codes.CHANGED
    assert text_of(scene.next(), 11) == ["bs"]


def test_no_server_bootstraps_but_the_one_that_was_asked():
    scene = scene_of(more=account(0, 1111)).start()
    scene.answer(scene.next(), codes.CREATED, PLACE)
    assert scene.write("/0/0", TLV, SECURITY_TLV).code == codes.UNAUTHORIZED
    assert scene.ask(codes.DELETE, "/").code == codes.METHOD_NOT_ALLOWED
    assert scene.ask(codes.POST, "/bs").code == codes.NOT_FOUND


def test_a_client_without_any_server_says_so():
    try:
        Scene([Creatable(SECURITY), Creatable(SERVER), device()]).start()
    except UsageError as error:
        assert "bootstrap server" in str(error)
    else:
        raise AssertionError("it started")


def test_a_send_that_a_bootstrap_overtakes_goes_to_the_server_with_the_new_key():
    def bootstrap(scene, key):
        secret = bytes.fromhex("c8030d") + b"8988228066600" + bytes.fromhex("c8050d") + key
        uri = b"\xc8\x00\x18coaps://10.60.2.240:5684"
        written = uri + bytes.fromhex("c10100 c10200") + secret + bytes.fromhex("c20a0457")
        from_bootstrap(scene, codes.PUT, "/0/0", written)
        from_bootstrap(scene, codes.PUT, "/1/0", SERVER_TLV)
        finish(scene)
        scene.answer(scene.next(), codes.CREATED, PLACE)

    scene = asked()
    bootstrap(scene, b"secret-secret")
    handle = scene.client.send([(3, 0, 9)], scene.now_ms)
    scene.pass_time(0)
    assert text_of(scene.next(), 11) == ["dp"]
    # Attached again, and the bootstrap gives another key: that is another account.
    scene.take(scene.client.reattached(scene.now_ms))
    scene.answer(scene.next(), codes.CHANGED, server=scene.server(2222))
    bootstrap(scene, b"another-tiger")
    request = scene.next()
    assert text_of(request, 11) == ["dp"]
    scene.answer(request, codes.CHANGED)
    assert scene.told(events.SENT) == [(handle, codes.CHANGED)]
    assert len(scene.client.sending) == 0
