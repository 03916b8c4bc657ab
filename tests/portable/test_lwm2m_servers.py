"""Several servers and their rights (object 2, OMA 950 and 951), and what outlives a deep sleep."""

from nce.coap import codes
from nce.lwm2m import events
from nce.lwm2m.model import Creatable, Instance

from lwm2m_scene import (  # isort: skip
    ACCESS_CONTROL,
    PLAIN_BOOTSTRAP,
    SAMPLE,
    SECURITY,
    Scene,
    Temperature,
    account,
    creatables,
    device,
    option,
    text_of,
)

PATH = "/3303/0/5700"
OTHER = "coap://192.0.2.9:5683"


def rule(number, object_number, instance, rows, owner):
    return Instance(ACCESS_CONTROL, number, {0: object_number, 1: instance, 2: rows, 3: owner})


def two(*rules, **settings):
    """A scene that is registered at 1111 and 2222."""
    objects = account(0, 1111) + account(1, 2222, uri=OTHER)
    objects += [device(), Creatable(SAMPLE), Instance(SAMPLE, 0, {12: 1})] + list(rules)
    scene = Scene(objects, **settings).start()
    for short_id in (1111, 2222):
        for index, (server, message) in enumerate(scene.sent):
            if server.short_id == short_id:
                scene.sent.pop(index)
                place = ((8, b"rd"), (8, b"%d" % short_id))
                scene.answer(message, codes.CREATED, place, server=server)
                break
    return scene


def test_ets_950_registration_at_several_servers():
    scene = two()
    assert scene.told(events.REGISTERED) == [("rd", "1111"), ("rd", "2222")]
    assert scene.told(events.CONNECT) == [None, None]


def test_each_server_has_its_own_observations_and_attributes():
    scene = two()
    one, other = scene.server(1111), scene.server(2222)
    scene.observe("/33605/0/12", b"\x01", 0, server=one)
    scene.observe("/33605/0/12", b"\x01", 0, server=other)
    scene.ask(codes.PUT, "/33605/0/12", ((15, b"pmin=60"),), server=other)
    scene.client.tree.instance((33605, 0)).set(12, 2)
    scene.pass_time(0)
    assert [server for server, _message in scene.sent] == [one]
    assert scene.read("/33605/0/12", 40, server=one).payload == b"</33605/0/12>"
    assert scene.read("/33605/0/12", 40, server=other).payload == b"</33605/0/12>;pmin=60"


def test_one_server_needs_no_rules():
    objects = account() + [device(), rule(0, 3, 0, {1111: 0}, 9)]
    scene = Scene(objects).registered()
    assert scene.read("/3/0/9", 0).payload == b"95"


RULES = (
    # rows of the rule of /33605/0, its owner, then what 1111 gets for GET, PUT, POST (execute),
    # DELETE
    ({1111: 1}, 2222, (69, 129, 129, 129)),
    ({1111: 3}, 2222, (69, 68, 129, 129)),
    ({1111: 4}, 2222, (129, 129, 68, 129)),
    ({1111: 8}, 2222, (129, 129, 129, 66)),
    ({0: 1}, 2222, (69, 129, 129, 129)),
    ({0: 15, 1111: 0}, 2222, (129, 129, 129, 129)),
    ({}, 1111, (69, 68, 68, 66)),  # the owner
    ({1111: 1}, 1111, (69, 129, 129, 129)),  # an owner with a row of its own
    ({}, 2222, (129, 129, 129, 129)),
    (None, 0, (129, 129, 129, 129)),  # no rule at all
)


def test_ets_951_rights_by_the_rules_of_object_2():
    for rows, owner, expected in RULES:
        rules = [] if rows is None else [rule(0, 33605, 0, rows, owner)]
        scene = two(rule(7, 3, 0, {0: 1}, 2222), *rules)
        scene.client.tree.instance((33605, 0)).values[2] = lambda arguments: None
        server = scene.server(1111)
        found = (
            scene.read("/33605/0/12", 0, server=server).code,
            scene.write("/33605/0/12", 0, b"5", server=server).code,
            scene.ask(codes.POST, "/33605/0/2", server=server).code,
            scene.ask(codes.DELETE, "/33605/0", server=server).code,
        )
        assert found == expected, (rows, owner)


def test_what_may_not_be_read_is_left_out_of_an_object_and_of_a_composite():
    scene = two(rule(0, 33605, 0, {1111: 1}, 2222), rule(1, 33605, 1, {2222: 1}, 2222))
    scene.client.tree.add(Instance(SAMPLE, 1, {12: 2}))
    server = scene.server(1111)
    assert scene.read("/33605", 11542, server=server).payload == bytes.fromhex("0300c10c01")
    answer = scene.ask(
        codes.FETCH,
        "/",
        ((12, b"\x6e"), (17, b"\x6e")),
        b'[{"n":"/33605/1/12"},{"n":"/33605/0/12"}]',
        server=server,
    )
    assert answer.payload.count(b'"v"') == 1
    assert scene.observe("/33605/1/12", server=server).code == codes.UNAUTHORIZED


def test_who_makes_an_instance_owns_it():
    rules = (rule(0, 33605, 65535, {1111: 16}, 65535), Creatable(ACCESS_CONTROL))
    scene = two(*rules)
    one, other = scene.server(1111), scene.server(2222)
    payload = bytes.fromhex("080703 c10c06")
    assert scene.write("/33605", 11542, payload, codes.POST, server=other).code == (
        codes.UNAUTHORIZED
    )
    assert scene.write("/33605", 11542, payload, codes.POST, server=one).code == codes.CREATED
    assert scene.read("/33605/7/12", 0, server=one).payload == b"6"
    assert scene.read("/33605/7/12", 0, server=other).code == codes.UNAUTHORIZED
    made = scene.client.tree.instances(2)[-1].values
    assert (made[0], made[1], made[3]) == (33605, 7, 1111)
    # The owner opens it to the other one.
    number = scene.client.tree.instances(2)[-1].number
    path = "/2/%d/2" % number
    row = bytes.fromhex("8602 620457 0f 6208ae 01").replace(b"\x86\x02", b"\x88\x02\x08")
    assert scene.write(path, 11542, row, server=other).code == codes.UNAUTHORIZED
    assert scene.write(path, 11542, row, server=one).code in (codes.CHANGED, codes.BAD_REQUEST)
    # With the instance goes its rule.
    assert scene.ask(codes.DELETE, "/33605/7", server=one).code == codes.DELETED
    assert len(scene.client.tree.instances(2)) == 1


def test_a_servers_own_account_is_open_to_it_alone():
    scene = two(rule(0, 3, 0, {0: 1}, 65535))
    one, other = scene.server(1111), scene.server(2222)
    assert scene.write("/1/0/1", 0, b"600", server=one).code == codes.CHANGED
    assert scene.write("/1/0/1", 0, b"60", server=other).code == codes.UNAUTHORIZED
    assert scene.ask(codes.POST, "/1/0/8", server=other).code == codes.UNAUTHORIZED


def test_a_send_goes_to_all_or_to_one():
    scene = two()
    scene.client.send([(3, 0, 9)], scene.now_ms)
    scene.pass_time(0)
    assert [server.short_id for server, _message in scene.sent] == [1111, 2222]
    for server, message in list(scene.sent):
        scene.answer(message, codes.CHANGED, server=server)
    scene.sent = []
    scene.client.send([(3, 0, 9)], scene.now_ms, scene.server(2222))
    scene.pass_time(0)
    assert [server.short_id for server, _message in scene.sent] == [2222]


def sleeping(*more, **settings):
    """A scene that bootstrapped, registered, is observed, and sleeps since 93 s."""
    objects = creatables() + [Instance(SECURITY, 1, PLAIN_BOOTSTRAP)]
    objects += account(0, 1111, 3600) + [device(), Temperature(lambda: 20.0)] + list(more)
    scene = Scene(objects, is_queue_mode=True, **settings).registered()
    scene.ask(codes.PUT, PATH, ((15, b"pmin=10"), (15, b"pmax=7200")))
    scene.observe(PATH, b"\x0b\x0c", 0)
    scene.pass_time(93000)
    assert scene.told(events.SLEEP) == [None]
    return scene


def woken(data, slept_ms, celsius=20.0, **settings):
    """A new life, whose clock and bootstrap data begin anew."""
    objects = creatables() + [Instance(SECURITY, 1, PLAIN_BOOTSTRAP)]
    objects += [device(), Temperature(lambda: celsius)]
    scene = Scene(objects, is_queue_mode=True, **settings)
    scene._seed = 99
    scene.now_ms = 50
    assert scene.client.restore(data, scene.now_ms, slept_ms)
    return scene


def test_waking_costs_nothing_when_nothing_is_due():
    scene = sleeping()
    due_ms = scene.client.next_timeout() - scene.now_ms
    later = woken(scene.client.save(scene.now_ms), 600000)
    later.start()
    assert [event.kind for event in later.events] == [events.SLEEP]  # at once
    assert later.sent == []
    assert later.client.next_timeout() - later.now_ms == due_ms - 600000


def test_waking_costs_one_update_when_that_is_due():
    scene = sleeping()
    due_ms = scene.client.next_timeout() - scene.now_ms
    later = woken(scene.client.save(scene.now_ms), due_ms)
    later.start()
    later.pass_time(0)
    request = later.next()
    assert (request.code, text_of(request, 11)) == (codes.POST, ["rd", "5a3f"])
    assert not later.sent
    later.answer(request, codes.CHANGED)
    assert later.told(events.UPDATED) == [None]


def test_how_long_it_slept_is_unknown_then_it_updates():
    scene = sleeping()
    later = woken(scene.client.save(scene.now_ms), None)
    later.start()
    later.pass_time(0)
    assert text_of(later.next(), 11) == ["rd", "5a3f"]


def test_a_registration_that_ended_meanwhile_begins_again():
    scene = sleeping()
    later = woken(scene.client.save(scene.now_ms), 3600000)
    later.start()
    assert text_of(later.next(), 11) == ["rd"]
    # A registration that goes on needs no bootstrap, though each connect is to have one.
    later = woken(scene.client.save(scene.now_ms), 600000, bootstraps_on_connect=True)
    later.start()
    assert later.sent == []
    # Where each connect is to bootstrap, so is this one.
    later = woken(scene.client.save(scene.now_ms), 3600000, bootstraps_on_connect=True)
    later.start()
    assert text_of(later.next(), 11) == ["bs"]


def test_observations_and_attributes_outlive_a_sleep():
    scene = sleeping()
    data = scene.client.save(scene.now_ms)
    # What was told after that, the state that is taken up does not know of.
    scene.client.tree.instance((3303, 0)).values[5700] = lambda: 1.0
    scene.client.tree.instance((3303, 0)).changed(5700)
    scene.pass_time(0)
    before = option(scene.next(), 6)
    later = woken(data, 600000, celsius=23.5)
    later.start()
    later.client.tree.instance((3303, 0)).changed(5700)
    later.pass_time(0)
    assert [event.kind for event in later.events] == [events.SLEEP, events.CONNECT]
    message = later.next()
    assert (message.token, message.payload, option(message, 12)) == (b"\x0b\x0c", b"23.5", 0)
    assert option(message, 6) > before  # newer than all that the server has seen
    later.acknowledge(message)
    assert later.read(PATH, 40).payload == b"</3303/0/5700>;pmin=10;pmax=7200"
    # pmax counts through the sleep: the last one was told just now.
    later = woken(scene.client.save(scene.now_ms), 2000000)
    later.start()
    assert later.sent == []


def test_message_ids_go_on_behind_those_of_the_life_before():
    scene = sleeping()
    last = scene.server().mids.next
    later = woken(scene.client.save(scene.now_ms), None)
    later.start()
    later.pass_time(0)
    assert 0 < (later.next().mid - last) & 0xFFFF < 256


def test_bootstrap_data_outlives_a_sleep():
    scene = sleeping()
    scene.write("/1/0/2", 0, b"15")
    later = woken(scene.client.save(scene.now_ms), 1000)
    assert later.client.tree.value(1, 0, 2) == 15
    assert later.client.tree.value(0, 0, 0) == "coap://10.60.2.240:5683"
    assert later.client.tree.value(0, 1, 1) is True


def test_instances_that_servers_made_outlive_a_sleep():
    scene = sleeping(Creatable(SAMPLE))
    scene.write("/33605", 11542, bytes.fromhex("080707 c10c06 c80f0161"), codes.POST)
    data = scene.client.save(scene.now_ms)
    objects = creatables() + [Creatable(SAMPLE), device(), Temperature(lambda: 1.0)]
    later = Scene(objects, is_queue_mode=True)
    assert later.client.restore(data, later.now_ms, 0)
    assert later.client.tree.value(33605, 7, 12) == 6


def test_the_bound_on_requests_outlives_a_reboot():
    scene = sleeping()
    for _ in range(30):
        if not scene.client.attempts.take(scene.now_ms):
            break
    data = scene.client.save(scene.now_ms)
    later = woken(data, 0)
    assert not later.client.attempts.take(later.now_ms)
    later = woken(data, 310000)  # the time asleep counts
    assert later.client.attempts.take(later.now_ms)
    assert not later.client.attempts.take(later.now_ms)


def test_data_that_is_none_of_ours_changes_nothing():
    data = sleeping().client.save(1093000)
    other = Scene([Creatable(SECURITY)] + creatables()[1:] + [device()])
    other.client.endpoint_name = "another"
    assert not other.client.restore(data, 0, 0)
    scene = Scene(creatables() + [device(), Temperature(lambda: 1.0)])
    for wrong in (b"", b"\x01", data[:-1], b"\x09" + data[1:], data[:50] + b"!" + data[51:]):
        assert not scene.client.restore(wrong, 0, 0)
        assert scene.client.tree.instances(0) == []
    assert scene.client.restore(data, 0, 0)


def ordered(*rows, **settings):
    """A scene with a server for each row of resource values, not started."""
    objects = [device()]
    for index, values in enumerate(rows):
        uri = "coap://192.0.2.%d:5683" % index
        mine = account(index, 1111 * (index + 1), uri=uri)
        mine[1].values.update(values)
        objects += mine
    return Scene(objects, **settings)


def requests_of(scene):
    """Whom the client asked to register with since the last look, first things first."""
    found = [
        (server, one) for server, one in scene.sent if one.code and text_of(one, 11) == ["rd"]
    ]
    scene.sent = []
    return found


def test_servers_are_registered_with_in_their_order():
    scene = ordered({13: 20}, {13: 10}, {}).start()
    found = requests_of(scene)
    assert sorted([server.short_id for server, _one in found]) == [2222, 3333]
    for server, request in found:
        if server.short_id == 3333:  # without a place it waits for nobody, and nobody for it
            scene.answer(request, codes.CREATED, ((8, b"rd"), (8, b"3")), server=server)
            assert requests_of(scene) == []
    for server, request in found:
        if server.short_id == 2222:
            scene.answer(request, codes.CREATED, ((8, b"rd"), (8, b"2")), server=server)
    assert [server.short_id for server, _one in requests_of(scene)] == [1111]


def test_a_server_that_fails_lets_the_next_one_begin_unless_it_blocks():
    for blocks, begun in ((False, [2222]), (True, [])):
        scene = ordered({13: 1, 15: blocks, 16: False}, {13: 2}).start()
        [(server, request)] = requests_of(scene)
        scene.answer(request, codes.FORBIDDEN, server=server)
        assert [one.short_id for one, _request in requests_of(scene)] == begun, blocks


def test_the_next_in_order_waits_after_a_bootstrap_only():
    for is_fresh, wait_ms in ((True, 45000), (False, 0)):
        scene = ordered({13: 1}, {13: 2, 14: 45}).start()
        [(server, request)] = requests_of(scene)
        scene.server(2222).is_fresh = is_fresh
        scene.answer(request, codes.CREATED, ((8, b"rd"), (8, b"1")), server=server)
        assert bool(requests_of(scene)) == (not is_fresh)
        scene.pass_time(max(0, wait_ms - 1))
        assert requests_of(scene) == []
        scene.pass_time(1)
        assert bool(requests_of(scene)) == is_fresh


def test_a_registration_has_failed_after_as_many_sequences_as_the_account_says():
    scene = ordered({13: 1, 16: False, 17: 2, 18: 30, 19: 600, 20: 3}, {13: 2})
    begun = []
    scene.opens = lambda server: begun.append((server.short_id, scene.now_ms)) and False
    scene.start()
    while begun[-1][0] == 1111:
        scene.take(scene.client.failed(scene.server(1111), OSError("no way"), scene.now_ms))
        if begun[-1][0] == 1111:
            scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    times = [at_ms for short_id, at_ms in begun if short_id == 1111]
    assert len(times) == 6
    for at, least in enumerate((30, 600, 30, 600, 30)):
        wait = (times[at + 1] - times[at]) // 1000
        assert least <= wait <= least * 5 // 4, (at, wait)
