"""Registration of the LwM2M client: what it says, when, and how each loss is recovered from."""

from nce.coap import codes
from nce.coap.message import CON, RST, empty
from nce.lwm2m import events, registration
from nce.lwm2m.budget import MOST_ATTEMPTS_PER_HOUR, MOST_UPDATES_PER_HOUR
from nce.lwm2m.model import Creatable, Definition, Instance

from lwm2m_scene import (  # isort: skip
    PLAIN_BOOTSTRAP,
    SAMPLE,
    SECURITY,
    SERVER,
    Scene,
    Temperature,
    account,
    device,
    option,
    text_of,
)

PLACE = ((8, b"rd"), (8, b"5a3f"))


def test_lwm2m_1_1_int_101_initial_registration():
    scene = Scene().start()
    assert [event.kind for event in scene.events] == [events.CONNECT]
    request = scene.next()
    assert (request.type, request.code) == (CON, codes.POST)
    assert text_of(request, 11) == ["rd"]
    assert text_of(request, 15) == ["lwm2m=1.1", "ep=urn:imei:490154203237518"]
    assert option(request, 12) == 40
    assert request.payload == (b"</>;ct=112,</1/0>,</3/0>,</3303>;ver=1.1,</3303/0>")
    scene.answer(request, codes.CREATED, PLACE)
    assert scene.told(events.REGISTERED) == [("rd", "5a3f")]
    assert not scene.sent


def test_an_object_without_instances_is_told_and_the_keys_never():
    scene = Scene(account() + [device(), Creatable(SAMPLE)]).start()
    links = scene.next().payload
    assert links.endswith(b",</33605>")
    assert b"</0" not in links


def test_lwm2m_1_1_int_102_update_comes_before_the_lifetime_ends_and_not_much_before():
    for lifetime_s in (60, 120, 300, 3600, 86400):
        scene = Scene(account(lifetime_s=lifetime_s) + [device()]).registered()
        begun_ms = scene.now_ms
        for _ in range(3):
            wait_ms = scene.client.next_timeout() - begun_ms
            # All copies of an update fit before the end: 93 s; a short lifetime is halved.
            assert wait_ms <= max(lifetime_s * 1000 - 93000, lifetime_s * 500)
            assert wait_ms >= lifetime_s * 500
            assert wait_ms >= lifetime_s * 950 - 93000
            scene.pass_time(wait_ms)
            request = scene.next()
            assert text_of(request, 11) == ["rd", "5a3f"]
            assert (request.code, text_of(request, 15), request.payload) == (codes.POST, [], b"")
            scene.answer(request, codes.CHANGED)
            begun_ms = scene.now_ms
        assert len(scene.told(events.UPDATED)) == 3


def test_updates_of_a_fleet_are_spread():
    waits = []
    for seed in range(8):
        scene = Scene(account(lifetime_s=86400) + [device()])
        scene._seed = seed * 7919 + 1
        scene.registered()
        waits.append(scene.client.next_timeout() - scene.now_ms)
    assert len(set(waits)) > 6
    assert max(waits) - min(waits) > 10000


def test_what_a_server_takes_for_granted_is_not_sent():
    # 1.1, 7.2.3: of core objects the versions that came with 1.1; of others 1.0.
    scene = Scene(
        account(lifetime_s=86401) + [device(), Instance(Definition(4, "1.3", False, ()))]
    )
    request = scene.start().next()
    assert text_of(request, 15)[-1] == "lt=86401"
    assert request.payload == b"</>;ct=112,</1/0>,</3/0>,</4>;ver=1.3,</4/0>"
    objects = account() + [Instance(Definition(3, "1.2", False, ()))]
    scene = Scene(objects, preferred_format=11542)
    assert scene.start().next().payload == b"</1/0>,</3>;ver=1.2,</3/0>"


def test_a_lifetime_of_nought_never_ends():
    scene = Scene(account(lifetime_s=0) + [device()]).registered()
    assert scene.client.next_timeout() is None


def test_lwm2m_1_1_int_103_deregistration():
    scene = Scene().registered()
    scene.take(scene.client.stop(scene.now_ms))
    request = scene.next()
    assert (request.code, text_of(request, 11)) == (codes.DELETE, ["rd", "5a3f"])
    scene.answer(request, codes.DELETED)
    assert [event.kind for event in scene.events] == [events.DEREGISTERED, events.DISCONNECT]
    assert scene.client.next_timeout() is None


def test_a_deregistration_opens_the_port_that_was_closed_to_sleep():
    scene = Scene(is_queue_mode=True).registered()
    scene.pass_time(93000)
    scene.take(scene.client.disconnected(scene.server(), scene.now_ms))
    scene.events = []
    scene.take(scene.client.stop(scene.now_ms))
    assert [event.kind for event in scene.events] == [events.CONNECT]
    request = scene.next()
    assert (request.code, text_of(request, 11)) == (codes.DELETE, ["rd", "5a3f"])
    scene.answer(request, codes.DELETED)
    assert scene.told(events.DEREGISTERED) == [None]
    # Where there is no way, it ends as well.
    scene = Scene(is_queue_mode=True).registered()
    scene.take(scene.client.disconnected(scene.server(), scene.now_ms))
    scene.opens = lambda server: False
    scene.take(scene.client.stop(scene.now_ms))
    scene.take(scene.client.failed(scene.server(), OSError("no bearer"), scene.now_ms))
    assert scene.told(events.DEREGISTERED) == [None]


def test_a_deregistration_that_nobody_hears_ends_as_well():
    scene = Scene().registered()
    scene.take(scene.client.stop(scene.now_ms))
    scene.pass_time(200000)
    assert scene.told(events.DEREGISTERED) == [None]
    assert scene.client.next_timeout() is None


def test_lwm2m_1_1_int_104_registration_update_trigger():
    scene = Scene().registered()
    assert scene.ask(codes.POST, "/1/0/8").code == codes.CHANGED
    request = scene.next()
    assert (request.code, text_of(request, 11)) == (codes.POST, ["rd", "5a3f"])
    scene.answer(request, codes.CHANGED)
    assert scene.told(events.UPDATED) == [None]


def test_lwm2m_1_1_int_105_discarded_register_update():
    # The server answers 4.04: it has no such registration; the client registers again.
    scene = Scene().registered()
    scene.take(scene.client.update(scene.now_ms))
    scene.answer(scene.next(), codes.NOT_FOUND)
    request = scene.next()
    assert text_of(request, 11) == ["rd"]
    scene.answer(request, codes.CREATED, ((8, b"rd"), (8, b"two")))
    assert scene.told(events.REGISTERED) == [("rd", "two")]


def test_a_server_that_rebooted_and_resets_an_update_is_registered_with_again():
    scene = Scene().registered()
    scene.take(scene.client.update(scene.now_ms))
    scene.receive(empty(RST, scene.next().mid))
    assert text_of(scene.next(), 11) == ["rd"]


def test_lwm2m_1_1_int_107_extending_the_lifetime():
    scene = Scene().registered()
    assert scene.write("/1/0/1", 0, b"172800").code == codes.CHANGED
    request = scene.next()
    assert text_of(request, 11) == ["rd", "5a3f"]
    assert text_of(request, 15) == ["lt=172800"]
    scene.answer(request, codes.CHANGED)
    assert scene.client.next_timeout() - scene.now_ms > 172800 * 950


def test_lwm2m_1_1_int_108_turn_on_queue_mode():
    scene = Scene(is_queue_mode=True).start()
    assert text_of(scene.next(), 15)[-1] == "Q"


def test_queue_mode_of_1_0_is_in_the_binding():
    scene = Scene(is_queue_mode=True, version="1.0").start()
    request = scene.next()
    assert text_of(request, 15) == [
        "lwm2m=1.0",
        "ep=urn:imei:490154203237518",
        "b=UQ",
    ]
    assert request.payload == b"</1/0>,</3/0>,</3303/0>"


def test_lwm2m_1_1_int_109_behaviour_in_queue_mode():
    scene = Scene(is_queue_mode=True).registered()
    scene.pass_time(92000)
    assert scene.told(events.SLEEP) == []
    scene.read("/3/0/0")
    scene.pass_time(92000)  # what the server asks keeps the client awake
    assert scene.told(events.SLEEP) == []
    scene.pass_time(1000)
    assert scene.told(events.SLEEP) == [None]
    # Nothing is due until the update.
    assert scene.client.next_timeout() - scene.now_ms > 80000000
    scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    scene.answer(scene.next(), codes.CHANGED)
    scene.pass_time(93000)
    assert scene.told(events.SLEEP) == [None]


def test_a_port_that_was_closed_to_sleep_is_asked_for_again_when_it_is_needed():
    scene = Scene(is_queue_mode=True).registered()
    scene.pass_time(93000)
    scene.take(scene.client.disconnected(scene.server(), scene.now_ms))
    scene.events = []
    scene.pass_time(80000000)
    assert scene.events == []
    scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    assert [event.kind for event in scene.events] == [events.CONNECT]
    request = scene.next()
    assert text_of(request, 11) == ["rd", "5a3f"]  # an update, not a registration


def test_a_server_that_refuses_1_1_is_registered_with_as_1_0():
    scene = Scene().start()
    scene.answer(scene.next(), codes.PRECONDITION_FAILED)
    request = scene.next()
    assert text_of(request, 15)[0] == "lwm2m=1.0"
    assert request.payload == b"</1/0>,</3/0>,</3303/0>"  # no version, no content format
    scene.answer(request, codes.CREATED, PLACE)
    assert scene.told(events.REGISTERED) == [("rd", "5a3f")]


def test_a_server_of_1_0_that_stumbles_over_the_links_of_1_1_is_registered_with_as_1_0():
    # npm's: 4.00 to `;ver=` and to `ct`. When that was not the reason, 1.1 is offered again.
    scene = Scene().start()
    scene.answer(scene.next(), codes.BAD_REQUEST)
    request = scene.next()
    assert text_of(request, 15)[0] == "lwm2m=1.0"
    scene.answer(request, codes.BAD_REQUEST)
    assert not scene.sent
    scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    assert text_of(scene.next(), 15)[0] == "lwm2m=1.1"


def test_a_location_in_one_option_is_taken_apart():
    scene = Scene().start()
    scene.answer(scene.next(), codes.CREATED, ((8, b"rd/1"),))
    scene.take(scene.client.update(scene.now_ms))
    assert text_of(scene.next(), 11) == ["rd", "1"]


def test_long_links_go_in_blocks():
    objects = account() + [Temperature(lambda: 1.0, number) for number in range(120)]
    scene = Scene(objects).start()
    body = b""
    for _ in range(9):
        request = scene.next()
        body += request.payload
        value = option(request, 27)
        if not value & 8:
            break
        scene.answer(
            request, codes.CONTINUE, ((27, bytes((value >> 8, value & 255)).lstrip(b"\0")),)
        )
    scene.answer(request, codes.CREATED, PLACE + ((27, bytes((value,))),))
    assert body.endswith(b"</3303/119>") and body.count(b"</3303/") == 120
    assert scene.told(events.REGISTERED) == [("rd", "5a3f")]


def test_silence_on_an_update_brings_a_new_connection_and_the_update_again():
    scene = Scene().registered()
    scene.take(scene.client.update(scene.now_ms))
    scene.pass_time(100000)
    kinds = [event.kind for event in scene.events]
    assert kinds == [events.FAILED, events.DISCONNECT, events.CONNECT]
    for _ in range(5):  # the first and its copies
        scene.sent.pop(0)
    request = scene.next()
    assert text_of(request, 11) == ["rd", "5a3f"]
    scene.answer(request, codes.CHANGED)
    assert scene.told(events.UPDATED) == [None]


def test_a_new_attachment_is_told_by_one_update():
    scene = Scene().registered()
    scene.take(scene.client.reattached(scene.now_ms))
    request = scene.next()
    assert text_of(request, 11) == ["rd", "5a3f"]
    assert not scene.sent


def test_registration_is_tried_again_after_waits_that_double():
    objects = account() + [device()]
    objects[1].values.update({17: 4, 18: 30, 19: 1000})
    scene = Scene(objects)
    begun = []
    scene.opens = lambda server: begun.append(scene.now_ms) and False
    scene.start()
    for _ in range(8):
        scene.take(scene.client.failed(scene.server(), OSError("no way"), scene.now_ms))
        scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    waits = [(begun[at + 1] - begun[at]) // 1000 for at in range(len(begun) - 1)]
    for wait, least in zip(waits, (30, 60, 120, 1000, 1000, 1000, 1000)):
        assert least <= wait <= least * 5 // 4, waits


class Storm(Scene):
    """Counts what is asked of the network, however it ends."""

    def __init__(self, *arguments, **settings):
        self.asked = []
        super().__init__(*arguments, **settings)

    def opens(self, server):
        self.asked.append(self.now_ms)
        return True


def most_in_an_hour(times):
    return max([len([one for one in times if at <= one < at + 3600000]) for at in times])


def answered_by(code_of, hours=6, objects=None):
    """The attempts and updates of a client whose requests get what `code_of` gives."""
    scene = Storm(objects, is_queue_mode=False)
    attempts, updates = [], []
    scene.start()
    until_ms = scene.now_ms + hours * 3600000
    while scene.now_ms < until_ms:
        while scene.sent:
            server, request = scene.sent.pop(0)
            if request.code == 0 or request.code > 31:
                continue
            place = text_of(request, 11)
            is_update = len(place) > 1
            (updates if is_update else attempts).append(scene.now_ms)
            code = code_of(place)
            if code:
                options = PLACE if code == codes.CREATED else ()
                scene.answer(request, code, options, server=server)
        due_ms = scene.client.next_timeout()
        scene.now_ms = until_ms if due_ms is None else max(scene.now_ms, due_ms)
        scene.take(scene.client.handle_timeout(scene.now_ms))
        scene.events = []
    return scene, attempts, updates


def test_nothing_that_a_server_answers_exceeds_the_bound():
    def forgets(place):
        return codes.NOT_FOUND if len(place) > 1 else codes.CREATED

    refused_all = (
        lambda place: codes.FORBIDDEN,
        lambda place: codes.SERVICE_UNAVAILABLE,
        lambda place: codes.PRECONDITION_FAILED,
        forgets,
    )
    for code_of in refused_all:
        objects = [Instance(SECURITY, 9, PLAIN_BOOTSTRAP)]
        objects += account(lifetime_s=20) + [device()]
        objects[2].values.update({17: 2, 18: 1, 19: 1})  # a server that asks for haste
        scene, attempts, updates = answered_by(code_of, objects=objects)
        assert attempts
        connections = scene.asked
        assert most_in_an_hour(attempts + connections) <= MOST_ATTEMPTS_PER_HOUR
        assert not updates or most_in_an_hour(updates) <= MOST_UPDATES_PER_HOUR


def test_triggers_without_end_exceed_no_bound():
    scene = Scene().registered()
    updates = []
    for _ in range(1800):
        scene.ask(codes.POST, "/1/0/8")
        while scene.sent:
            request = scene.next()
            updates.append(scene.now_ms)
            scene.answer(request, codes.CHANGED)
        scene.pass_time(2000)
        scene.events.clear()  # of a board's heap
    assert len(updates) > 20
    assert most_in_an_hour(updates) <= MOST_UPDATES_PER_HOUR


def test_disabled_for_a_while_and_back():
    objects = account() + [device()]
    objects[1].values[5] = 600
    scene = Scene(objects).registered()
    assert scene.ask(codes.POST, "/1/0/4").code == codes.CHANGED
    request = scene.next()
    assert request.code == codes.DELETE
    scene.answer(request, codes.DELETED)
    scene.pass_time(599000)
    assert not scene.sent
    scene.pass_time(1000)
    request = scene.next()
    assert text_of(request, 11) == ["rd"]
    scene.answer(request, codes.CREATED, PLACE)
    assert not scene.sent  # once


def test_a_registration_that_ended_while_there_was_no_way_begins_again():
    scene = Scene(account(lifetime_s=300) + [device()]).registered()
    scene.opens = lambda server: False
    scene.take(scene.client.failed(scene.server(), OSError("no bearer"), scene.now_ms))
    scene.now_ms += 299000
    scene.take(scene.client.connected(scene.server(), 1152, scene.now_ms))
    assert text_of(scene.next(), 11) == ["rd", "5a3f"]
    scene.take(scene.client.failed(scene.server(), OSError("no bearer"), scene.now_ms))
    scene.now_ms += 1000
    scene.opens = lambda server: True
    scene.pass_time(scene.client.next_timeout() - scene.now_ms)
    assert text_of(scene.next(), 11) == ["rd"]


def test_it_stops_in_the_middle_of_an_update_and_of_a_connection():
    scene = Scene().registered()
    scene.take(scene.client.update(scene.now_ms))
    scene.sent = []
    scene.take(scene.client.stop(scene.now_ms))
    request = scene.next()
    assert request.code == codes.DELETE
    scene.answer(request, codes.DELETED)
    assert scene.told(events.DEREGISTERED) == [None]
    scene = Scene()
    scene.opens = lambda server: False
    scene.start()
    scene.take(scene.client.stop(scene.now_ms))
    assert scene.told(events.DISCONNECT) == [None]
    assert scene.client.next_timeout() is None


def test_the_table_has_a_row_for_each_answer_in_each_state_that_waits_for_one():
    waiting = (registration.REGISTERING, registration.UPDATING, registration.LEAVING)
    for state in waiting:
        for happened in (registration.ACCEPTED, registration.SILENT, registration.BROKEN):
            assert state << 4 | happened in registration._TABLE


def test_a_definition_of_ones_own_takes_five_lines():
    scene = Scene(account() + [Temperature(lambda: -3.25)]).registered()
    assert scene.read("/3303/0/5700", 0).payload == b"-3.25"
    assert scene.read("/3303/0/5701", 0).payload == b"Cel"
    assert Instance(SERVER, 1).values == {}


def test_a_lifetime_of_a_minute_is_kept_for_hours():
    scene = Scene(account(lifetime_s=60) + [device()]).registered()
    updates = []
    until_ms = scene.now_ms + 3 * 3600000  # the list fits a board
    while scene.now_ms < until_ms:
        scene.pass_time(scene.client.next_timeout() - scene.now_ms)
        request = scene.next()
        assert text_of(request, 11) == ["rd", "5a3f"]
        updates.append(scene.now_ms)
        scene.answer(request, codes.CHANGED)
    assert max([updates[at + 1] - updates[at] for at in range(len(updates) - 1)]) < 60000
    assert most_in_an_hour(updates) <= MOST_UPDATES_PER_HOUR


def test_a_key_that_the_server_does_not_know_any_more_is_asked_for_by_a_bootstrap():
    objects = account() + [Instance(SECURITY, 9, PLAIN_BOOTSTRAP), device()]
    scene = Scene(objects)
    scene.opens = lambda server: server.is_bootstrap
    scene.start()
    scene.take(scene.client.failed(scene.server(), OSError("alert 115"), scene.now_ms, True))
    assert text_of(scene.next(), 11) == ["bs"]
    # Where there is none, it is asked again after a while.
    scene = Scene()
    scene.opens = lambda server: False
    scene.start()
    scene.take(scene.client.failed(scene.server(), OSError("alert 115"), scene.now_ms, True))
    assert 3600000 <= scene.client.next_timeout() - scene.now_ms <= 3600000 * 5 // 4


def test_a_session_that_nobody_can_speak_for_needs_no_token():
    objects = account(uri="coaps://10.60.2.240:5684") + [device()]
    objects[0].values.update({2: 0, 3: b"8988", 5: b"key"})
    scene = Scene(objects).start()
    request = scene.next()
    assert request.token == b""
    scene.answer(request, codes.CREATED, PLACE)
    assert scene.told(events.REGISTERED) == [("rd", "5a3f")]


def test_an_instance_that_the_program_adds_and_removes_is_told():
    scene = Scene().registered()
    scene.client.add(Temperature(lambda: 3.0, 5))
    scene.pass_time(0)
    request = scene.next()
    assert b"</3303/5>" in request.payload
    scene.answer(request, codes.CHANGED)
    assert scene.read("/3303/5/5700", 0).payload == b"3"
    scene.client.remove(3303, 5)
    scene.pass_time(0)
    assert b"</3303/5>" not in scene.next().payload


def test_a_port_for_an_account_that_has_gone_is_closed_again():
    scene = Scene()
    scene.opens = lambda server: False
    scene.start()
    server = scene.server()
    scene.client.tree.remove(0, 0)
    scene.client._read_accounts()
    scene.events = []
    scene.take(scene.client.connected(server, 1152, scene.now_ms))
    assert [event.kind for event in scene.events][-1:] == [events.DISCONNECT]
    assert not scene.sent
