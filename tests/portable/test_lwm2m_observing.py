"""Observations: who is told, when, and when no more (OMA 301 to 311, RFC 7641, attributes)."""

from nce.coap import codes
from nce.coap.message import ACK, CON, NON, RST, empty
from nce.errors import UsageError
from nce.lwm2m import events
from nce.lwm2m.budget import MOST_ATTEMPTS_PER_HOUR
from nce.lwm2m.model import Creatable, Instance

from lwm2m_scene import (  # isort: skip
    SAMPLE,
    Scene,
    Temperature,
    account,
    device,
    option,
    senml,
    text_of,
)

PATH = "/3303/0/5700"


class Thermometer(Scene):
    """A scene whose temperature is set by the test."""

    def __init__(self, *more, **settings):
        self.celsius = 20.0
        objects = account() + [device(), Temperature(lambda: self.celsius)] + list(more)
        super().__init__(objects, **settings)
        self.registered()

    def heat(self, celsius):
        """Set the temperature, say so, and let the engine work."""
        self.celsius = celsius
        self.client.tree.instance((3303, 0)).changed(5700)
        self.pass_time(0)

    def attributes(self, path, *texts):
        answer = self.ask(codes.PUT, path, tuple([(15, text.encode()) for text in texts]))
        assert answer.code == codes.CHANGED

    def notifications(self, acknowledges=True):
        """The payloads that were told since, in order, each acknowledged."""
        found = []
        while self.sent:
            message = self.next()
            assert (message.type, message.code) == (CON, codes.CONTENT), message
            found.append(message.payload)
            if acknowledges:
                self.acknowledge(message)
        return found


def test_lwm2m_1_1_int_301_observation_and_notification_of_parameter_values():
    scene = Thermometer()
    answer = scene.observe(PATH, b"\x0b\x0c", 0)
    assert (answer.code, answer.payload, option(answer, 12)) == (codes.CONTENT, b"20", 0)
    assert option(answer, 6) is not None
    assert scene.told(events.OBSERVED) == [((3303, 0, 5700),)]
    scene.heat(20.5)
    message = scene.next()
    assert (message.type, message.code, message.token) == (CON, codes.CONTENT, b"\x0b\x0c")
    assert (message.payload, option(message, 12)) == (b"20.5", 0)
    assert option(message, 6) > option(answer, 6)
    scene.acknowledge(message)
    scene.heat(20.5)  # not another value
    assert not scene.sent
    assert scene.client.next_timeout() - scene.now_ms > 80000000


def test_an_instance_and_an_object_are_observed_whole():
    scene = Thermometer()
    scene.observe("/3303/0", b"\x01", 110)
    scene.observe("/3303", b"\x02", 110)
    scene.heat(30.0)
    message = scene.next()
    assert senml(message) == {"/3303/0/5700": 30.0, "/3303/0/5701": "Cel"}
    assert not scene.sent  # one at a time
    scene.acknowledge(message)
    assert senml(scene.next()) == {"/3303/0/5700": 30.0, "/3303/0/5701": "Cel"}


def test_what_a_server_writes_is_told_to_who_observes_it():
    scene = Thermometer(Instance(SAMPLE, 0, {12: 1, 3: {0: 1, 4: 2}}))
    scene.observe("/33605/0/12", b"\x01", 0)
    scene.observe("/33605/0/3/4", b"\x02", 0)
    assert scene.write("/33605/0/12", 0, b"7").code == codes.CHANGED
    assert scene.notifications() == [b"7"]
    assert scene.write("/33605/0/3/4", 0, b"9").code == codes.CHANGED
    assert scene.notifications() == [b"9"]


def test_a_value_that_the_program_sets_is_told():
    scene = Thermometer(Instance(SAMPLE, 0, {12: 1}))
    scene.observe("/33605/0/12", b"\x01", 0)
    woken = []
    scene.client.on_changed = lambda: woken.append(True)
    instance = scene.client.tree.instance((33605, 0))
    instance.set(12, 1)
    assert woken == []
    instance.set(12, 2)
    assert woken == [True]
    assert scene.client.next_timeout() == 0
    scene.pass_time(0)
    assert scene.notifications() == [b"2"]


def test_lwm2m_1_1_int_302_cancel_observations_using_reset():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    scene.receive(empty(RST, scene.next().mid))
    assert scene.told(events.CANCELLED) == [((3303, 0, 5700),)]
    scene.heat(22.0)
    assert not scene.sent


def test_lwm2m_1_1_int_303_cancel_observations_using_observe_with_cancel_parameter():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    answer = scene.observe(PATH, accept=0, register=b"\x01")
    assert (answer.payload, option(answer, 6)) == (b"20", None)
    assert scene.told(events.CANCELLED) == [((3303, 0, 5700),)]
    scene.heat(22.0)
    assert not scene.sent


def test_the_same_token_observes_anew():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.observe("/3/0/9", accept=0)
    scene.heat(22.0)
    assert not scene.sent
    assert len(scene.server().observations) == 1


COMPOSITE = b'[{"n":"/3/0/14"},{"n":"/3303/0/5700"}]'


def composite(scene, register=b"", payload=COMPOSITE):
    its_options = ((6, register), (12, b"\x6e"), (17, b"\x6e"))
    return scene.ask(codes.FETCH, "/", its_options, payload, token=b"\x0c")


def test_lwm2m_1_1_int_304_observe_composite():
    scene = Thermometer()
    answer = composite(scene)
    assert senml(answer) == {"/3/0/14": "+02:00", "/3303/0/5700": 20.0}
    assert option(answer, 6) is not None
    scene.heat(25.0)
    message = scene.next()
    assert message.token == b"\x0c"
    assert senml(message) == {"/3/0/14": "+02:00", "/3303/0/5700": 25.0}
    scene.acknowledge(message)
    assert scene.write("/3/0/14", 0, b"+01:00").code == codes.CHANGED
    assert senml(scene.next()) == {"/3/0/14": "+01:00", "/3303/0/5700": 25.0}


def test_the_periods_of_a_composite_are_the_longest_pmin_and_the_shortest_pmax():
    scene = Thermometer()
    scene.attributes("/3/0/14", "pmin=5", "pmax=200")
    scene.attributes(PATH, "pmin=20", "pmax=100")
    composite(scene)
    scene.heat(25.0)
    scene.pass_time(19000)
    assert not scene.sent
    scene.pass_time(1000)
    assert len(scene.notifications()) == 1
    scene.pass_time(99000)
    assert not scene.sent
    scene.pass_time(1000)
    assert len(scene.notifications()) == 1


def test_lwm2m_1_1_int_305_cancel_observe_composite():
    scene = Thermometer()
    composite(scene)
    answer = composite(scene, b"\x01")
    assert (answer.code, option(answer, 6)) == (codes.CONTENT, None)
    scene.heat(25.0)
    assert not scene.sent


def test_lwm2m_1_1_int_308_to_310_observe_composite_and_instances_that_come_and_go():
    scene = Thermometer(Creatable(SAMPLE))
    composite(scene, b"", b'[{"n":"/33605"},{"n":"/3/0/14"}]')
    assert scene.write("/33605", 11542, b"\xc1\x0c\x05", codes.POST).code == codes.CREATED
    scene.answer(scene.next(), codes.CHANGED)  # first the update with the new instance
    message = scene.next()
    assert senml(message) == {"/33605/0/12": 5, "/3/0/14": "+02:00"}
    scene.acknowledge(message)
    assert scene.write("/33605/0/12", 0, b"6").code == codes.CHANGED
    message = scene.next()
    assert senml(message) == {"/33605/0/12": 6, "/3/0/14": "+02:00"}
    scene.acknowledge(message)
    assert scene.ask(codes.DELETE, "/33605/0").code == codes.DELETED
    scene.answer(scene.next(), codes.CHANGED)
    message = scene.next()
    assert senml(message) == {"/3/0/14": "+02:00"}


def test_the_end_of_what_is_observed_is_told_and_ends_it():
    scene = Thermometer(Creatable(SAMPLE), Instance(SAMPLE, 0, {12: 5}))
    scene.observe("/33605/0/12", accept=0)
    assert scene.ask(codes.DELETE, "/33605/0").code == codes.DELETED
    scene.answer(scene.next(), codes.CHANGED)
    message = scene.next()
    assert (message.code, message.token) == (codes.NOT_FOUND, b"\x0b")
    assert scene.server().observations == []


# Attributes: (attributes, [(after seconds, temperature or None to say nothing, told payloads)]).
TIMES = (
    # Nothing before pmin; then the newest value.
    (("pmin=10",), [(1, 21.0, []), (5, 22.0, []), (4, None, [b"22"]), (1, 23.0, []),
                    (9, None, [b"23"])]),
    # At pmax in any case.
    (("pmax=60",), [(59, None, []), (1, None, [b"20"]), (60, None, [b"20"]),
                    (1, 20.5, [b"20.5"])]),
    # pmax that is no more than pmin does not count.
    (("pmin=60", "pmax=60"), [(200, None, []), (1, 20.5, [b"20.5"])]),
    (("pmin=60", "pmax=30"), [(200, None, []), (1, 20.5, [b"20.5"])]),
    # gt: each crossing, up and down.
    (("gt=30",), [(1, 25.0, []), (1, 31.0, [b"31"]), (1, 35.0, []), (1, 29.0, [b"29"])]),
    (("lt=10",), [(1, 25.0, []), (1, 9.0, [b"9"]), (1, 5.0, []), (1, 12.0, [b"12"])]),
    # st: from the value that was told, not from the last one.
    (("st=2",), [(1, 21.5, []), (1, 21.9, []), (1, 22.0, [b"22"]), (1, 20.0, [b"20"])]),
    (("gt=30", "st=5"), [(1, 24.0, []), (1, 25.0, [b"25"]), (1, 29.9, []), (1, 30.5, [b"30.5"])]),
    # A crossing within pmin is told when pmin is over, with the newest value.
    (("pmin=10", "gt=30"), [(1, 31.0, []), (1, 29.0, []), (8, None, [b"29"])]),
    # pmax tells what no other condition would.
    (("gt=30", "pmax=20"), [(10, 25.0, []), (10, None, [b"25"]), (20, None, [b"25"])]),
    # epmax looks by itself, without a word of the program.
    (("epmax=5", "st=2"), [(5, -22.5, []), (5, None, [b"22.5"]), (100, None, [])]),
    # epmin: not looked at more often; a crossing between goes unseen.
    (("epmin=10", "gt=30"), [(1, 31.0, []), (1, 29.0, []), (8, None, []), (1, 31.0, []),
                             (9, None, [b"31"])]),
)  # fmt: skip


def test_what_is_told_when_by_attributes():
    for attributes, steps in TIMES:
        scene = Thermometer()
        scene.attributes(PATH, *attributes)
        assert scene.observe(PATH, accept=0).payload == b"20"
        for index, (seconds, celsius, told) in enumerate(steps):
            scene.pass_time(seconds * 1000)
            if celsius is not None and celsius < 0:
                scene.celsius = -celsius  # without a word
            elif celsius is not None:
                scene.heat(celsius)
            assert scene.notifications() == told, (attributes, index)


def test_attributes_are_inherited_by_level():
    scene = Thermometer()
    scene.attributes("/3303", "pmax=100")
    scene.attributes("/3303/0", "pmin=50", "pmax=200")
    scene.attributes(PATH, "pmin=0")
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    assert scene.notifications() == [b"21"]  # pmin of the resource
    scene.pass_time(199000)
    assert scene.notifications() == []
    scene.pass_time(1000)
    assert scene.notifications() == [b"21"]  # pmax of the instance


def test_the_defaults_of_the_account_hold_where_nothing_else_does():
    scene = Thermometer()
    scene.client.tree.instance((1, 0)).values.update({2: 10, 3: 100})
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    assert scene.notifications() == []
    scene.pass_time(10000)
    assert scene.notifications() == [b"21"]
    scene.pass_time(100000)
    assert scene.notifications() == [b"21"]
    # The server writes another default: it counts from now on.
    assert scene.write("/1/0/3", 0, b"50").code == codes.CHANGED
    scene.pass_time(50000)
    assert scene.notifications() == [b"21"]


def test_attributes_that_come_after_the_observation_count():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.attributes(PATH, "pmin=30")
    scene.heat(21.0)
    assert scene.notifications() == []
    scene.pass_time(30000)
    assert scene.notifications() == [b"21"]


def test_while_one_is_under_way_only_the_newest_value_follows():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    first = scene.next()
    for celsius in (22.0, 23.0, 24.0):
        scene.heat(celsius)
    assert not scene.sent
    scene.acknowledge(first)
    assert scene.notifications() == [b"24"]


def test_two_observations_take_turns():
    scene = Thermometer(Instance(SAMPLE, 0, {12: 1}))
    scene.observe(PATH, b"\x01", 0)
    scene.observe("/33605/0/12", b"\x02", 0)
    tokens = []
    for turn in range(6):
        scene.heat(30.0 + turn)
        scene.client.tree.instance((33605, 0)).set(12, 10 + turn)
        scene.pass_time(0)
        message = scene.next()
        tokens.append(message.token)
        scene.acknowledge(message)
        while scene.sent:
            message = scene.next()
            tokens.append(message.token)
            scene.acknowledge(message)
    assert tokens.count(b"\x01") == tokens.count(b"\x02") == 6


def test_a_value_that_changes_all_the_time_starves_no_other():
    scene = Thermometer(Instance(SAMPLE, 0, {12: 1}))
    scene.observe(PATH, b"\x01", 0)
    scene.observe("/33605/0/12", b"\x02", 0)
    scene.heat(30.0)
    scene.client.tree.instance((33605, 0)).set(12, 2)
    tokens = []
    for turn in range(4):
        message = scene.next()
        tokens.append(message.token)
        scene.heat(31.0 + turn)  # again, before it is heard
        scene.acknowledge(message)
    assert b"\x02" in tokens[:2]


def test_a_sensor_is_not_asked_before_its_value_may_be_told():
    scene = Thermometer()
    scene.attributes(PATH, "pmin=10")
    scene.observe(PATH, accept=0)
    asked = []

    def sensor():
        asked.append(scene.now_ms)
        return 20.0 + len(asked)

    instance = scene.client.tree.instance((3303, 0))
    instance.values[5700] = sensor
    for _ in range(5):
        instance.changed(5700)
        scene.pass_time(1000)
    assert asked == []
    scene.pass_time(5000)
    assert len(scene.notifications()) == 1


def test_what_was_under_way_when_the_port_was_lost_is_told_again():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    assert scene.next().payload == b"21"
    scene.take(scene.client.failed(scene.server(), OSError("no bearer"), scene.now_ms))
    scene.answer(scene.next(), codes.CHANGED)
    assert scene.notifications() == [b"21"]


def test_a_notification_that_nobody_hears_brings_the_connection_back_and_the_newest_value():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.heat(21.0)
    scene.pass_time(93000)
    scene.celsius = 22.0
    sent = [message for _server, message in scene.sent]
    assert [message.code for message in sent[:6]] == [codes.CONTENT] * 5 + [codes.POST]
    update = sent[5]  # over a new connection
    scene.sent = []
    assert text_of(update, 11) == ["rd", "5a3f"]
    scene.answer(update, codes.CHANGED)
    assert scene.notifications() == [b"22"]
    assert len(scene.server().observations) == 1


def test_a_server_that_acknowledges_no_notification_exceeds_no_bound():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    opened = []
    scene.opens = lambda server: opened.append(scene.now_ms) or True
    scene.heat(21.0)
    until_ms = scene.now_ms + 5 * 3600000
    while scene.now_ms < until_ms:
        while scene.sent:
            message = scene.next()
            if message.code == codes.POST:
                scene.answer(message, codes.CHANGED)
        scene.pass_time(max(0, scene.client.next_timeout() - scene.now_ms))
    most = max([len([one for one in opened if at <= one < at + 3600000]) for at in opened])
    assert 12 <= most <= MOST_ATTEMPTS_PER_HOUR
    assert len(scene.server().observations) == 1


def test_a_new_registration_ends_the_observations():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    scene.take(scene.client.update(scene.now_ms))
    scene.answer(scene.next(), codes.NOT_FOUND)
    scene.answer(scene.next(), codes.CREATED, ((8, b"rd"), (8, b"new")))
    scene.heat(21.0)
    assert not scene.sent


def test_a_value_that_is_not_there_for_a_while_is_observed_still():
    scene = Thermometer()
    scene.attributes(PATH, "pmax=60")
    scene.observe(PATH, accept=0)
    scene.heat(None)
    scene.pass_time(200_000)
    assert not scene.sent
    assert scene.told(events.CANCELLED) == []
    scene.heat(22.5)
    assert scene.notifications() == [b"22.5"]
    # What is gone ends it.
    del scene.client.tree.instance((3303, 0)).values[5700]
    scene.client.tree.instance((3303, 0)).changed(5700)
    scene.pass_time(0)
    assert scene.next().code == codes.NOT_FOUND


def test_a_sensor_that_fails_is_told_to_the_program_and_observed_still():
    scene = Thermometer()
    scene.observe(PATH, accept=0)
    instance = scene.client.tree.instance((3303, 0))

    def broken():
        raise OSError("no answer on the bus")

    instance.values[5700] = broken
    instance.changed(5700)
    scene.pass_time(0)
    assert not scene.sent
    ((path, error),) = scene.told(events.HANDLER_FAILED)
    assert (path, str(error)) == ((3303, 0, 5700), "no answer on the bus")
    instance.values[5700] = lambda: 23.0
    instance.changed(5700)
    scene.pass_time(0)
    assert scene.notifications() == [b"23"]


def test_no_more_observations_than_there_is_room_for():
    scene = Thermometer()
    for number in range(20):
        answer = scene.observe(PATH, bytes((number,)), 0)
        assert answer.code == codes.CONTENT
        assert (option(answer, 6) is not None) == (number < 16)


def test_a_long_notification_is_fetched_in_blocks():
    many = [Temperature(lambda: 21.5, number) for number in range(1, 60)]
    scene = Thermometer(*many)
    scene.observe("/3303", accept=110)
    scene.heat(22.0)
    message = scene.next()
    assert len(message.payload) == 1024
    assert option(message, 23) & 8
    answer = scene.ask(codes.GET, "/3303", ((17, b"\x6e"), (23, b"\x16")))
    assert answer.payload and option(answer, 23) >> 4 == 1


def test_lwm2m_1_1_int_306_and_311_send():
    scene = Thermometer()
    handle = scene.client.send([(3303, 0, 5700), (3, 0, 9)], scene.now_ms)
    assert scene.client.next_timeout() == 0
    scene.pass_time(0)
    request = scene.next()
    assert (request.type, request.code, text_of(request, 11)) == (CON, codes.POST, ["dp"])
    assert option(request, 12) == 112
    assert b"5700" in request.payload
    scene.answer(request, codes.CHANGED)
    assert scene.told(events.SENT) == [(handle, codes.CHANGED)]
    # Values of earlier times, in JSON.
    scene = Thermometer(preferred_format=110)
    scene.client.send(
        [((3303, 0, 5700), 4, 19.5, 1700000000), ((3303, 0, 5700), 4, 20.5, 1700000060)],
        scene.now_ms,
    )
    scene.pass_time(0)
    payload = scene.next().payload
    assert b"19.5" in payload and b"20.5" in payload and b"17000000" in payload


def test_lwm2m_1_1_int_307_muting_send():
    scene = Thermometer()
    scene.client.tree.instance((1, 0)).values[23] = False
    assert scene.write("/1/0/23", 0, b"1").code == codes.CHANGED
    try:
        scene.client.send([(3303, 0, 5700)], scene.now_ms)
    except UsageError as error:
        assert "/1/x/23" in str(error)
    else:
        raise AssertionError("it was sent")
    assert scene.write("/1/0/23", 0, b"0").code == codes.CHANGED
    scene.client.send([(3303, 0, 5700)], scene.now_ms)


def test_a_send_has_nothing_of_the_keys():
    scene = Thermometer()
    for what in ([(0, 0)], [((0, 0, 5), 6, b"key", None)]):
        try:
            scene.client.send(what, scene.now_ms)
        except UsageError as error:
            assert "object 0" in str(error)
        else:
            raise AssertionError("it was sent")


def test_a_send_of_nothing_says_so():
    scene = Thermometer(Temperature(lambda: None, 7))
    scene.client.tree.instance((3303, 7)).values.pop(5701)
    scene.client.send([(3303, 7, 5700), (3, 0, 9), (77, 0)], scene.now_ms)
    for what in ([], [(3303, 7)], [(3303, 7, 5700)], [(3, 1)]):
        try:
            scene.client.send(what, scene.now_ms)
        except UsageError as error:
            assert "has a value" in str(error)
        else:
            raise AssertionError("it was sent")


def test_what_is_no_path_and_no_entry_is_said():
    scene = Thermometer()
    at = (3303, 0, 5700)
    for what in (
        (3303, 0),
        ["/3303/0"],
        [("3303", 0)],
        [[0, 0]],
        [(3303, 0, 5700, 0, 0)],
        [(3303, 65535)],
        [(at, 4, 1.0)],
        [(at, 44, 1.0, None)],
        [(at, 4, 1.0, "now")],
        [(at, 4, 1.0, float("nan"))],
        [(at, 4, 1.0, 10**30)],
        [((3303, 0), 4, 1.0, None)],
    ):
        try:
            scene.client.send(what, scene.now_ms)
        except UsageError as error:
            assert "list of paths" in str(error), (what, error)
        else:
            raise AssertionError(what)


def test_a_sensor_that_fails_keeps_no_other_value_from_being_sent():
    def broken():
        raise OSError("no answer on the bus")

    scene = Thermometer(Temperature(broken, 7))
    scene.client.send([(3303, 7), (3, 0, 9), (3303, 0, 5700)], scene.now_ms)
    scene.pass_time(0)
    payload = scene.next().payload
    assert b"5700" in payload and b"3303/7" not in payload
    ((path, error),) = scene.told(events.HANDLER_FAILED)
    assert (path, str(error)) == ((3303, 7), "no answer on the bus")
    try:
        scene.client.send([(3303, 7)], scene.now_ms)
    except OSError as error:
        assert "on the bus" in str(error)
    else:
        raise AssertionError("nothing was sent")


def test_a_send_that_was_lost_follows_the_update_and_one_that_is_refused_does_not():
    scene = Thermometer()
    handle = scene.client.send([(3, 0, 9)], scene.now_ms)
    scene.pass_time(0)
    scene.pass_time(93000)
    update = scene.sent[-1][1]
    scene.sent = []
    assert text_of(update, 11) == ["rd", "5a3f"]
    scene.answer(update, codes.CHANGED)
    request = scene.next()
    assert text_of(request, 11) == ["dp"]
    scene.answer(request, codes.NOT_FOUND)
    assert scene.told(events.SENT) == [(handle, codes.NOT_FOUND)]
    assert len(scene.client.sending) == 0


def test_sends_wait_for_the_registration_and_not_too_many_of_them():
    scene = Scene().start()
    for _ in range(4):
        scene.client.send([(3, 0, 9)], scene.now_ms)
    try:
        scene.client.send([(3, 0, 9)], scene.now_ms)
    except UsageError as error:
        assert "4 sends wait" in str(error)
    else:
        raise AssertionError("a fifth")
    scene.pass_time(0)
    assert text_of(scene.next(), 11) == ["rd"]
    assert not scene.sent


def test_a_send_that_is_given_up_frees_its_place_and_is_not_sent_later():
    scene = Scene().start()
    handles = [scene.client.send([(3, 0, 9)], scene.now_ms) for _ in range(4)]
    for handle in handles + [handles[0], 77]:
        scene.client.sending.cancel(handle)
    assert len(scene.client.sending) == 0
    scene.client.send([(3, 0, 9)], scene.now_ms)
    scene.pass_time(0)
    scene.answer(scene.next(), codes.CREATED, ((8, b"rd"), (8, b"5a3f")))
    request = scene.next()
    assert text_of(request, 11) == ["dp"]
    scene.answer(request, codes.CHANGED)
    scene.pass_time(0)
    assert not scene.sent
    assert scene.told(events.SENT) == [(handles[-1] + 1, codes.CHANGED)]


def test_a_send_that_is_given_up_on_its_way_may_be_answered_and_nothing_is_told():
    for code in (codes.CHANGED, None):
        scene = Thermometer()
        handle = on_its_way(scene)
        scene.client.sending.cancel(handle)
        request = scene.next()
        if code is not None:
            scene.answer(request, code)
        else:
            # The silence is noticed still: the server is met again, without what was given up.
            scene.pass_time(93000)
            update = scene.sent[-1][1]
            assert text_of(update, 11) == ["rd", "5a3f"]
            scene.sent = []
            scene.answer(update, codes.CHANGED)
        scene.pass_time(1000)
        assert not scene.sent
        assert scene.told(events.SENT) == []


def on_its_way(scene):
    handle = scene.client.send([(3, 0, 9)], scene.now_ms)
    scene.pass_time(0)
    return handle


def test_a_long_send_that_is_given_up_stops_between_two_blocks():
    scene = Thermometer(*[Temperature(lambda: 21.5, number) for number in range(1, 60)])
    handle = scene.client.send([(3303,)], scene.now_ms)
    scene.pass_time(0)
    request = scene.next()
    scene.client.sending.cancel(handle)
    scene.answer(request, codes.CONTINUE, ((27, b"\x0e"),))
    scene.pass_time(100000)
    assert not scene.sent
    assert scene.told(events.SENT) == []


def test_a_long_send_goes_in_blocks():
    many = [Temperature(lambda: 21.5, number) for number in range(1, 60)]
    scene = Thermometer(*many)
    handle = scene.client.send([(3303,)], scene.now_ms)
    scene.pass_time(0)
    request = scene.next()
    assert (len(request.payload), option(request, 27)) == (1024, 0x0E)
    scene.answer(request, codes.CONTINUE, ((27, b"\x0e"),))
    request = scene.next()
    assert option(request, 27) == 0x16
    scene.answer(request, codes.CHANGED, ((27, b"\x16"),))
    assert scene.told(events.SENT) == [(handle, codes.CHANGED)]


def test_1_0_has_no_send_and_no_composite():
    scene = Thermometer(version="1.0")
    try:
        scene.client.send([(3, 0, 9)], scene.now_ms)
    except UsageError as error:
        assert "1.0" in str(error)
    else:
        raise AssertionError("it was sent")
    answer = scene.ask(codes.FETCH, "/", ((12, b"\x6e"),), COMPOSITE)
    assert answer.code == codes.METHOD_NOT_ALLOWED
    assert answer.type == ACK


def test_what_changed_while_the_server_was_away_is_stored_for_it_or_not():
    for is_stored, told in ((True, [b"22"]), (False, [])):
        scene = Thermometer()
        scene.client.tree.instance((1, 0)).values[6] = is_stored
        scene.observe(PATH, accept=0)
        scene.take(scene.client.failed(scene.server(), OSError("no bearer"), scene.now_ms))
        scene.heat(22.0)
        update = scene.next()
        assert text_of(update, 11) == ["rd", "5a3f"]
        scene.answer(update, codes.CHANGED)
        assert scene.notifications() == told
        scene.heat(23.0)
        assert scene.notifications() == [b"23"]


def test_without_con_a_notification_is_not_confirmable_but_one_a_day_is():
    scene = Thermometer()
    scene.observe(PATH, b"\x01", 0)
    scene.attributes(PATH, "con=0")
    scene.server().due_ms = scene.server().expires_ms = None  # no updates in between
    kinds = []
    for hour in range(49):
        scene.heat(21.0 + hour)
        message = scene.next()
        assert message.payload == b"%d" % (21 + hour)
        kinds.append(message.type)
        if message.type == CON:
            scene.acknowledge(message)
        scene.pass_time(3600000)
    assert [at for at, kind in enumerate(kinds) if kind == CON] == [24, 48]
    scene.attributes(PATH, "con=1")
    scene.heat(1.0)
    assert scene.next().type == CON


def test_a_reset_to_what_is_not_confirmable_ends_the_observation():
    scene = Thermometer()
    scene.observe(PATH, b"\x01", 0)
    scene.attributes(PATH, "con=0")
    scene.heat(21.0)
    message = scene.next()
    assert message.type == NON
    scene.receive(empty(RST, message.mid))
    assert scene.told(events.CANCELLED) == [((3303, 0, 5700),)]
    scene.heat(22.0)
    assert not scene.sent


def test_a_device_rests_though_a_reset_may_still_come():
    scene = Thermometer(is_queue_mode=True, awake_ms=4000)
    scene.observe(PATH, b"\x01", 0)
    scene.attributes(PATH, "con=0")
    scene.heat(21.0)
    assert scene.next().type == NON
    scene.pass_time(4000)
    assert scene.told(events.SLEEP) == [None]


def test_con_is_nought_or_one_and_is_told():
    scene = Thermometer()
    assert scene.ask(codes.PUT, PATH, ((15, b"con=2"),)).code == codes.BAD_REQUEST
    scene.attributes(PATH, "con=0")
    assert scene.read(PATH, 40).payload == b"</3303/0/5700>;con=0"


def test_attributes_that_an_earlier_version_kept_are_read():
    scene = Thermometer()
    scene.observe(PATH, b"\x01", 0)
    scene.server().attributes[(3303, 0, 5700)] = [5, None, None, None, None, None, None]
    assert scene.read(PATH, 40).payload == b"</3303/0/5700>;pmin=5"
    scene.attributes(PATH, "con=0", "pmin")
    scene.heat(21.0)
    assert scene.next().type == NON
