"""The service centre: up to the forwarder, down to the modem, reports both ways."""

import dataclasses

import pytest

from nce_sim.settings import AccountSettings, CellSettings, Settings
from nce_sim.sms.centre import SmsNotAccepted, SmsRejected
from nce_sim.sms.short_message import Status
from nce_sim.sms.waiting import ModemMemoryFull
from nce_sim.world import World

HELLO = bytes.fromhex("11000B916407281553F80000AA0AE8329BFD4697D9EC37")
HELLO_WITH_REPORT = bytes([HELLO[0] | 0x20]) + HELLO[1:]
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def world():
    return World(seed=5)


@pytest.fixture
def sim(world):
    return world.add_sim()


class Server:
    """A customer's server that answers with the next of its statuses, the last one for ever."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.requests = []

    def __call__(self, method, body, done):
        self.requests.append((method, body))
        done(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])


def names_of(world):
    return [record.fields["type"] for record in world.timeline.records(kind="event")]


# -- from the SIM ------------------------------------------------------------------------------


def test_a_message_of_a_sim_reaches_the_forwarder(world, sim):
    server = Server(200)
    world.operator.sms.set_forwarder(server, "https://example.com/sms")
    assert world.operator.sms.submit(sim, HELLO) == 0
    assert world.operator.sms.submit(sim, HELLO) == 1
    method, body = server.requests[0]
    assert method == "POST"
    assert body == {
        "id": 1,
        "payload": "hellohello",
        "submit_date": "2026-01-01 00:00:00",
        "dest_address": "+46708251358",
        "source_address": sim.msisdn,
        "dcs": 0,
        "endpoint": {"id": 10_000_001, "name": sim.iccid},
        "organisation": {"id": 8_000_001},
        "multi_part_info": None,
        "pid": 0,
    }
    assert world.account.subscription(sim).sms.used == 2
    assert [r.fields["tx"] for r in world.timeline.records(kind="usage")] == [1, 1]


def test_without_a_forwarder_a_message_fails_exactly_a_day_later(world, sim):
    world.operator.sms.submit(sim, HELLO)
    [message] = world.operator.sms.messages(sim)
    world.advance(DAY_MS - 1)
    assert message.status is Status.PENDING
    world.advance(1)
    assert (message.status, message.final_at_ms) == (Status.FAILED, DAY_MS)
    [event] = world.timeline.records(kind="event")
    assert event.fields["description"] == (
        "SMS to +46708251358 cannot be forwarded, because no API Callback URL defined in service "
        "profile."
    )


def test_only_200_consumes_and_tries_are_5_15_and_30_minutes_after_the_start(world, sim):
    times = []

    def refuse(method, body, done):
        times.append(world.clock.now_ms() // MINUTE_MS)
        done(202)

    world.operator.sms.set_forwarder(refuse, "https://example.com")
    world.operator.sms.submit(sim, HELLO)
    world.advance(2 * DAY_MS)
    assert times[:4] == [0, 5, 15, 30]
    assert times[-1] < 24 * 60
    [message] = world.operator.sms.messages(sim)
    assert (message.status, message.final_at_ms) == (Status.FAILED, DAY_MS)
    event = world.timeline.records(kind="event")[0]
    assert "(HTTP code=202)" in event.fields["description"]
    assert (event.fields["type"], event.fields["severity"]) == (0, "WARN")


def test_a_server_that_recovers_gets_the_message_once(world, sim):
    server = Server(500, None, 200)
    world.operator.sms.set_forwarder(server, "https://example.com")
    world.operator.sms.submit(sim, HELLO)
    world.advance(DAY_MS * 2)
    assert len(server.requests) == 3
    [message] = world.operator.sms.messages(sim)
    assert (message.status, message.final_at_ms) == (Status.DELIVERED, 15 * MINUTE_MS)


@pytest.mark.parametrize(("status", "reported"), [(200, 0x00), (503, 0x46)])
def test_a_status_report_comes_down_when_asked_for(world, sim, status, reported):
    got = []
    world.operator.sms.set_forwarder(Server(status), "https://example.com")
    world.operator.sms.attach_receiver(sim, got.append)
    reference = world.operator.sms.submit(sim, HELLO_WITH_REPORT)
    world.operator.sms.submit(sim, HELLO)
    world.advance(DAY_MS + 1_000)
    [report] = got
    assert (report[0] & 3, report[1], report[-1]) == (2, reference, reported)


def test_references_wrap(world, sim):
    settings = Settings(account=AccountSettings(sms_volume=1_000))
    world = World(1, settings=settings)
    sim = world.add_sim()
    references = [world.operator.sms.submit(sim, HELLO) for _ in range(258)]
    assert references[254:] == [254, 255, 0, 1]


def test_octets_that_are_no_submit_are_an_error_of_the_pdu(world, sim):
    with pytest.raises(SmsRejected) as rejected:
        world.operator.sms.submit(sim, b"\x00\x01")
    assert rejected.value.cms_error == 304


def test_a_sim_without_volume_cannot_send(world):
    world = World(1, settings=Settings(account=AccountSettings(sms_volume=5)))
    sim = world.add_sim()
    for _ in range(5):
        world.operator.sms.submit(sim, HELLO)
    with pytest.raises(SmsRejected) as rejected:
        world.operator.sms.submit(sim, HELLO)
    assert rejected.value.cms_error == 8
    assert [number for number in names_of(world) if number] == [20, 21]
    world.account.top_up(sim)
    world.operator.sms.submit(sim, HELLO)


def test_there_is_no_sms_over_nb_iot():
    nb_iot = dataclasses.replace(CellSettings(), rat="NB-IoT")
    world = World(1, settings=Settings(cell=nb_iot, more_cells=(CellSettings(),)))
    sim, got = world.add_sim(), []
    narrow, broad = world.operator.cells
    registration = world.operator.register(sim, narrow)
    world.operator.sms.attach_receiver(sim, got.append)
    world.operator.sms.send_mt(sim, "hello")
    with pytest.raises(SmsRejected) as rejected:
        world.operator.sms.submit(sim, HELLO)
    assert rejected.value.cms_error == 69
    world.advance(HOUR_MS)
    assert got == []
    registration.move_to(broad)
    world.advance(1_000)
    assert len(got) == 1
    world.operator.sms.submit(sim, HELLO)


# -- to the SIM --------------------------------------------------------------------------------


def test_a_message_to_a_sim_waits_until_it_is_attached(world, sim):
    got, server = [], Server(200)
    world.operator.sms.set_forwarder(server, "https://example.com")
    first = world.operator.sms.send_mt(sim, "first", source_address="4915112345678")
    second = world.operator.sms.send_mt(
        sim, "second", source_address="1NCE", source_address_type=208
    )
    world.advance(HOUR_MS)
    assert (first.status, second.status) == (Status.BUFFERED, Status.BUFFERED)
    detach = world.operator.sms.attach_receiver(sim, got.append)
    world.advance(1_000)
    assert [message.status for message in (first, second)] == [Status.DELIVERED] * 2
    assert [octets[0] & 3 for octets in got] == [0, 0]
    assert [method for method, _ in server.requests] == ["PATCH", "PATCH"]
    assert server.requests[0][1]["status"] == {"id": 4, "status": "DELIVERED"}
    detach()
    third = world.operator.sms.send_mt(sim, "third")
    world.advance(DAY_MS)
    assert third.status is Status.EXPIRED
    assert server.requests[-1][1]["status"] == {"id": 6, "status": "EXPIRED"}
    world.operator.sms.attach_receiver(sim, got.append)
    world.advance(1_000)
    assert len(got) == 2


def test_an_expiry_of_ones_own_is_kept(world, sim):
    message = world.operator.sms.send_mt(sim, "soon", expiry_ms=60_000)
    world.advance(60_000)
    assert message.status is Status.EXPIRED


def test_a_full_modem_is_tried_again_when_it_has_room(world, sim):
    room, got = [False], []

    def receive(octets):
        if not room[0]:
            raise ModemMemoryFull
        got.append(octets)

    world.operator.sms.attach_receiver(sim, receive)
    message = world.operator.sms.send_mt(sim, "hello")
    world.advance(HOUR_MS)
    assert message.status is Status.BUFFERED
    room[0] = True
    world.operator.sms.memory_available(sim)
    world.advance(1_000)
    assert (message.status, len(got)) == (Status.DELIVERED, 1)


def test_a_message_waits_for_coverage_and_for_the_sleeper(world, sim):
    [cell], got = world.operator.cells, []
    session = world.operator.attach(sim, cell, "iot.1nce.net", deliver=print, on_closed=print)
    world.operator.sms.attach_receiver(sim, got.append)
    cell.is_in_coverage = False
    world.operator.sms.send_mt(sim, "1")
    world.advance(HOUR_MS)
    assert got == []
    cell.is_in_coverage = True
    world.advance(1_000)
    assert len(got) == 1
    session.sleep()
    world.operator.sms.send_mt(sim, "2")
    world.advance(HOUR_MS)
    assert len(got) == 1
    session.wake()
    world.advance(1_000)
    assert len(got) == 2


def test_a_waiting_message_can_be_taken_back(world, sim):
    message = world.operator.sms.send_mt(sim, "never")
    assert world.operator.sms.cancel(message)
    assert not world.operator.sms.cancel(message)
    assert message.status is Status.FAILED


LONGEST = [
    (0, "x" * 160, ""),
    (0, "x" * 153, "0500035c0201"),
    (0, "€" * 80, ""),
    (4, "ab" * 140, ""),
    (4, "ab" * 134, "0500035c0201"),
    (8, "漢" * 70, ""),
    (8, "漢" * 67, "0500035c0201"),
]


@pytest.mark.parametrize(("dcs", "payload", "udh"), LONGEST)
def test_the_longest_message_fits_and_no_longer_one(world, sim, dcs, payload, udh):
    got = []
    world.operator.sms.attach_receiver(sim, got.append)
    world.operator.sms.send_mt(sim, payload, dcs=dcs, udh=udh)
    world.advance(1_000)
    assert len(got[0]) <= 13 + 12 + 140
    with pytest.raises(SmsNotAccepted, match="fit"):
        world.operator.sms.send_mt(sim, payload + payload[:2], dcs=dcs, udh=udh)


@pytest.mark.parametrize(
    "arguments",
    [
        {"payload": "ł"},
        {"payload": "x", "dcs": 1},
        {"payload": "xyz", "dcs": 4},
        {"payload": "x", "udh": "0600"},
        {"payload": "x", "source_address": "a name too long", "source_address_type": 208},
        {"payload": "x", "source_address": "letters"},
    ],
)
def test_what_the_api_cannot_send_is_refused_and_not_counted(world, sim, arguments):
    with pytest.raises(SmsNotAccepted):
        world.operator.sms.send_mt(sim, **arguments)
    assert world.account.subscription(sim).sms.used == 0


def test_monthly_limits_on_sms_count_at_once_and_end_on_the_first(world, sim):
    world.account.set_limit(sim, "sms_mt", 2)
    world.account.set_limit(sim, "sms_mo", 1)
    world.operator.sms.submit(sim, HELLO)
    with pytest.raises(SmsRejected):
        world.operator.sms.submit(sim, HELLO)
    world.operator.sms.send_mt(sim, "1")
    world.operator.sms.send_mt(sim, "2")
    with pytest.raises(SmsNotAccepted, match="Traffic limit of 2 SMS per month exceeded"):
        world.operator.sms.send_mt(sim, "3")
    world.account.set_limit(sim, "sms_mt", 3)
    world.operator.sms.send_mt(sim, "3")
    world.advance(31 * DAY_MS)
    world.operator.sms.send_mt(sim, "4")
    world.operator.sms.submit(sim, HELLO)


def test_no_number_and_no_text_is_on_the_timeline(world, sim):
    world.operator.sms.send_mt(sim, "secret")
    world.operator.sms.submit(sim, HELLO)
    text = "\n".join(map(str, world.timeline.records()))
    for hidden in (sim.msisdn, sim.iccid, sim.imsi, "secret", "hellohello"):
        assert hidden not in text
