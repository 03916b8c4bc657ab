"""The Device Controller's rules, on devices of a simulated network, in virtual time."""

import re

import pytest
from sqlalchemy import select

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.services.controller.actions import (
    BASE64,
    STRING,
    CoapAction,
    Lwm2mAction,
    UdpAction,
)
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import (
    ACTIVE,
    ARCHIVED,
    INITIAL,
    SEND_NOW,
    SEND_WHEN_ACTIVE,
    Step,
    after,
)
from nce_sim.services.controller.tables import ACTION_REQUEST
from nce_sim.settings import Settings
from nce_sim.storage import Work
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

OURS, THEIRS = Settings().account.organisation_id, 8_000_002
HOUR, DAY = 3_600_000, 86_400_000
UDP_ENDPOINT = Address("10.60.2.239", 4445)
CONTROLLER = "10.60.2.242"
TEXT = b"\xc0"  # Content-Format 0


class Device:
    """A SIM on the air; `answers` are codes and what follows them, one for each request."""

    def __init__(self, world, *answers):
        self.world, self.sim, self.got = world, world.add_sim(), []
        self.id = self.sim.iccid
        self.host = world.core.address_of(self.sim)
        self._answers = list(answers)
        self.session = None
        self.attach()

    def attach(self):
        self.session = self.world.core.open_session(self.sim, self._take)

    def _take(self, datagram):
        self.got.append(datagram)
        if self._answers and datagram.source.port == 5683:
            answer = self._answers.pop(0)
            if answer is not None:
                # An ACK with the ID and the token of the request.
                code, rest = answer
                reply = bytes([0x68, code]) + datagram.payload[2:12] + rest
                self.session.send(Datagram(datagram.destination, datagram.source, reply))

    @property
    def payloads(self):
        return [datagram.payload for datagram in self.got]

    def speaks(self):
        """An uplink message."""
        self.session.send(Datagram(Address(self.host, 40_000), UDP_ENDPOINT, b"1"))
        self.world.advance(5_000)


class Bench:
    def __init__(self, path=None, settings=None, start_ms=0):
        self.world = World(seed=1)
        self.world.advance(start_ms)
        self.backend = Backend(self.world, path, BackendSettings(controller=settings or KEEP))

    def create(self, device, action, organisation_id=OURS):
        controller = self.backend.controller
        accepted = self.run(
            lambda work: controller.create(organisation_id, device.id, action, work)
        )
        return accepted.request_id

    def run(self, call):
        """A call in a unit of work of its own; a refusal comes through."""
        with self.backend.storage.unit() as work:
            return call(work)

    def request(self, request_id):
        return self.backend.controller.request(OURS, request_id)

    def listed(self, statuses=(*ACTIVE, *ARCHIVED), **options):
        page = self.backend.controller.requests(OURS, statuses, **options)
        return [request.request_id for request in page.items]


KEEP = ControllerSettings()


@pytest.fixture
def bench():
    bench = Bench()
    with bench.backend:
        yield bench


def coap(mode=SEND_NOW, attempts=1, payload="hello"):
    return CoapAction("example?a=1", 3000, "POST", payload, STRING, mode, attempts)


def udp(mode=SEND_NOW, payload="on"):
    return UdpAction(payload, STRING, 3000, mode)


# -- one request -----------------------------------------------------------------------------

ANSWERS = (
    ((0x44, b""), "SUCCEEDED", {"code": "204"}),
    (
        (0x45, TEXT + b"\xff21.5"),
        "SUCCEEDED",
        {"code": "205", "payload": "21.5", "payloadType": "TEXT"},
    ),
    (
        (0x45, b"\xff21.5"),
        "SUCCEEDED",
        {"code": "205", "payload": "MjEuNQ==", "payloadType": "BASE64"},
    ),
    (
        (0x45, b"\xc1\x2a\xff\x01\x02"),
        "SUCCEEDED",
        {"code": "205", "payload": "AQI=", "payloadType": "BASE64"},
    ),
    (
        (0x45, TEXT + b"\xff\xff\xfe"),
        "FAILED",
        {"code": "205", "errorMessage": "The payload of the response is malformed"},
    ),
    ((0x84, b""), "FAILED", {"code": "404", "errorMessage": "The device responded 4.04"}),
    (
        (0xA0, TEXT + b"\xffbroken"),
        "FAILED",
        {
            "code": "500",
            "payload": "broken",
            "payloadType": "TEXT",
            "errorMessage": "The device responded 5.00",
        },
    ),
)


def test_an_answer_decides_what_becomes_of_a_request(bench):
    for answer, status, result in ANSWERS:
        decides(bench, answer, status, result)


def decides(bench, answer, status, result):
    device = Device(bench.world, answer)
    request_id = bench.create(device, coap())
    assert re.fullmatch("[0-9A-Za-z]{27}", request_id)
    assert bench.request(request_id).status == "IN_PROGRESS"
    bench.world.advance(5_000)
    found = bench.request(request_id)
    assert found.status == status
    assert (found.attempts_left, found.attempts) == (0, 1)
    assert set(found.result) == set(result)
    for name, value in result.items():
        assert found.result[name].startswith(value)
    assert found.updated_ms > found.created_ms
    [datagram] = device.got
    assert datagram.source.host == CONTROLLER
    assert datagram.payload[0:2] == b"\x48\x02"
    assert datagram.payload[12:] == b"\xb7example\x10\x33a=1\xffhello"


def test_a_request_is_shown_as_1nce_shows_it(bench):
    device = Device(bench.world, (0x44, b""))
    request_id = bench.create(device, coap())
    bench.world.advance(5_000)
    shown = bench.request(request_id).as_json()
    data = shown.pop("requestData")
    assert shown == {
        "id": request_id,
        "status": "SUCCEEDED",
        "deviceId": device.id,
        "ip": device.host,
        "protocol": "COAP",
        "created": shown["created"],
        "updated": shown["updated"],
        "mode": "SEND_NOW",
        "resultData": {"code": "204"},
        "sendAttemptsLeft": 0,
        "sendAttempts": 1,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["created"])
    assert re.fullmatch("1-[0-9a-f]{8}-[0-9a-f]{24}", data.pop("traceId"))
    assert data == {
        "path": "example?a=1",
        "port": 3000,
        "requestType": "POST",
        "payload": "hello",
        "payloadType": "STRING",
        "iccid": device.id,
        "imsi1": device.sim.imsi,
        "deviceId": device.id,
        "requestId": request_id,
        "customerId": str(OURS),
        "requestMode": "SEND_NOW",
        "deviceIpAddress": device.host,
    }


def test_a_udp_action_succeeds_once_it_is_sent(bench):
    device = Device(bench.world)
    off = Device(bench.world)
    off.session.close()
    ids = [bench.create(one, udp()) for one in (device, off)]
    bench.world.advance(5_000)
    assert device.payloads == [b"on"]
    assert device.got[0].source == Address(CONTROLLER, 4445)
    assert [bench.request(one).status for one in ids] == ["SUCCEEDED"] * 2
    assert bench.request(ids[0]).result is None


def test_a_device_that_does_not_answer_fails_after_62_to_93_s(bench):
    device, off = Device(bench.world), Device(bench.world)
    off.session.close()
    ids = [bench.create(one, coap()) for one in (device, off)]
    bench.world.advance(61_000)
    assert [bench.request(one).status for one in ids] == ["IN_PROGRESS"] * 2
    bench.world.advance(33_000)
    for found in map(bench.request, ids):
        assert found.status == "FAILED"
        assert found.result == {"errorMessage": "The device did not respond: no answer"}
    assert (len(device.got), len(off.got)) == (5, 0)
    assert len(set(device.payloads)) == 1


def test_the_attempts_of_send_now_follow_one_another(bench):
    device = Device(bench.world, None, None, None, None, None, (0x44, b""))
    request_id = bench.create(device, coap(attempts=3))
    bench.world.advance(200_000)
    found = bench.request(request_id)
    assert (found.status, found.attempts_left) == ("SUCCEEDED", 1)
    assert len(set(device.payloads)) == 2, "the second attempt is a message of its own"


def test_a_refusal_ends_the_attempts_unless_it_is_set_otherwise():
    for repeats, sends in ((False, 1), (True, 3)):
        bench = Bench(settings=ControllerSettings(refusals_are_repeated=repeats))
        with bench.backend:
            device = Device(bench.world, *[(0x84, b"")] * 5)
            request_id = bench.create(device, coap(attempts=3))
            bench.world.advance(60_000)
            found = bench.request(request_id)
            assert (found.status, found.attempts_left) == ("FAILED", 3 - sends)
            assert len(device.got) == sends


# -- when the device is active ---------------------------------------------------------------


def test_a_scheduled_request_waits_for_the_next_message_of_its_device(bench):
    device, other = Device(bench.world, (0x44, b"")), Device(bench.world)
    ids = [bench.create(device, make(SEND_WHEN_ACTIVE)) for make in (coap, udp)]
    bench.world.advance(HOUR)
    other.speaks()
    assert [bench.request(one).status for one in ids] == ["SCHEDULED"] * 2
    assert [bench.request(one).attempts_left for one in ids] == [1, 1]
    assert device.got == []
    device.speaks()
    bench.world.advance(5_000)
    assert [bench.request(one).status for one in ids] == ["SUCCEEDED"] * 2
    assert [bench.request(one).attempts_left for one in ids] == [0, 0]
    assert {payload[-5:] for payload in device.payloads} == {b"hello", b"on"}
    device.speaks()
    assert len(device.got) == 2


def test_an_attempt_that_failed_waits_for_the_next_trigger(bench):
    device = Device(bench.world, *[None] * 5, (0x44, b""))
    request_id = bench.create(device, coap(SEND_WHEN_ACTIVE, attempts=2))
    device.speaks()
    bench.world.advance(95_000)
    found = bench.request(request_id)
    assert (found.status, found.attempts_left) == ("SCHEDULED", 1)
    assert found.result == {"errorMessage": "The device did not respond: no answer"}
    bench.world.advance(HOUR)
    assert len(device.got) == 5
    device.speaks()
    bench.world.advance(5_000)
    assert bench.request(request_id).status == "SUCCEEDED"
    assert bench.request(request_id).result == {"code": "204"}


def test_a_request_that_nothing_triggers_fails_after_a_day(bench):
    device = Device(bench.world)
    request_id = bench.create(device, coap(SEND_WHEN_ACTIVE))
    bench.world.advance(DAY - 1_000)
    assert bench.request(request_id).status == "SCHEDULED"
    bench.world.advance(1_000)
    found = bench.request(request_id)
    assert found.status == "FAILED"
    assert "not active within 24 hours" in found.result["errorMessage"]
    device.speaks()
    assert device.got == []


def test_an_attempt_over_the_end_of_the_day_is_the_last(bench):
    device = Device(bench.world)
    request_id = bench.create(device, coap(SEND_WHEN_ACTIVE, attempts=5))
    bench.world.advance(DAY - 30_000)
    device.speaks()
    bench.world.advance(95_000)
    assert bench.request(request_id).status == "FAILED"


def test_all_are_deleted_seven_days_after_their_creation(bench):
    device = Device(bench.world, (0x44, b""))
    ids = [bench.create(device, coap(mode)) for mode in INITIAL]
    bench.world.advance(7 * DAY - 1_000)
    assert set(bench.listed()) == set(ids)
    bench.world.advance(2_000)
    assert bench.listed() == []
    with pytest.raises(NotFound, match="no action request"):
        bench.request(ids[0])
    assert bench.backend.storage.read(select(ACTION_REQUEST)) == []


def test_ten_requests_may_be_scheduled_for_a_device(bench):
    device, other = Device(bench.world), Device(bench.world)
    ids = [bench.create(device, udp(SEND_WHEN_ACTIVE)) for _ in range(10)]
    with pytest.raises(Conflict, match="has 10 scheduled action requests"):
        bench.create(device, udp(SEND_WHEN_ACTIVE))
    bench.create(device, udp())
    bench.create(other, udp(SEND_WHEN_ACTIVE))
    bench.run(lambda work: bench.backend.controller.cancel(OURS, ids[3], work))
    bench.create(device, udp(SEND_WHEN_ACTIVE))


# -- cancelling ------------------------------------------------------------------------------


def test_a_cancelled_request_is_not_sent(bench):
    device = Device(bench.world)
    controller = bench.backend.controller
    first, second, third = (bench.create(device, udp(SEND_WHEN_ACTIVE)) for _ in range(3))
    cancelled = bench.run(lambda work: controller.cancel(OURS, first, work))
    assert (cancelled.request_id, cancelled.status) == (first, "CANCELLED")
    with pytest.raises(NotFound, match="no scheduled action request"):
        bench.run(lambda work: controller.cancel(OURS, first, work))
    rest = bench.run(lambda work: controller.cancel_all(OURS, device.id, work))
    assert [one.request_id for one in rest] == [second, third]
    assert bench.run(lambda work: controller.cancel_all(OURS, device.id, work)) == ()
    device.speaks()
    assert device.got == []
    assert {bench.request(one).status for one in (first, second, third)} == {"CANCELLED"}


def test_a_request_under_way_cannot_be_cancelled(bench):
    device = Device(bench.world)
    request_id = bench.create(device, coap())
    with pytest.raises(NotFound, match="is IN_PROGRESS; only a scheduled one"):
        bench.run(lambda work: bench.backend.controller.cancel(OURS, request_id, work))


# -- bulk, lists, organisations --------------------------------------------------------------


def test_a_bulk_request_tells_whom_it_did_not_reach(bench):
    devices = [Device(bench.world) for _ in range(3)]
    for _ in range(10):
        bench.create(devices[1], udp(SEND_WHEN_ACTIVE))
    wanted = [devices[0].id, devices[1].id, "8988228066600000000", devices[2].id, devices[0].id]
    bulk = bench.run(
        lambda work: bench.backend.controller.create_many(
            OURS, wanted, udp(SEND_WHEN_ACTIVE), work
        )
    )
    assert [device for device, _ in bulk.accepted] == [devices[0].id, devices[2].id]
    assert bulk.rejected == (devices[1].id, "8988228066600000000")
    assert "successfuly scheduled for devices" in bulk.message
    for device_id, request_id in bulk.accepted:
        assert bench.request(request_id).device_id == device_id
    for count in (0, 101):
        with pytest.raises(Invalid, match=f"deviceIds has {count} devices; give 1 to 100"):
            bench.backend.controller.create_many(OURS, ["1"] * count, udp(), None)


def test_lists_are_filtered_sorted_and_paged(bench):
    one, two = Device(bench.world, (0x84, b"")), Device(bench.world)
    ids = []
    for device, action in (
        (one, coap()),
        (one, udp()),
        (two, udp(SEND_WHEN_ACTIVE)),
        (two, udp(SEND_WHEN_ACTIVE)),
    ):
        ids.append(bench.create(device, action))
        bench.world.advance(5_000)
    assert bench.listed() == ids[::-1]
    assert bench.listed(sort="created") == ids
    assert bench.listed(ACTIVE) == [ids[3], ids[2]]
    assert bench.listed(ARCHIVED, status="FAILED") == [ids[0]]
    assert bench.listed(device_id=one.id, protocol="UDP") == [ids[1]]
    assert bench.listed(sort="created", page=2, page_size=3) == [ids[3]]
    assert bench.backend.controller.requests(OURS, page_size=3).total == 4
    two.speaks()
    assert bench.listed(sort="-updated")[:2] == [ids[3], ids[2]]
    assert bench.listed(device_id="\0") == []
    with pytest.raises(NotFound):
        bench.request("\0")
    for wrong in ({"status": "SUCCEEDED"}, {"protocol": "SMS"}, {"sort": "id"}):
        with pytest.raises(Invalid):
            bench.listed(ACTIVE, **wrong)


def test_another_organisation_has_nothing_of_it(bench):
    device = Device(bench.world)
    controller = bench.backend.controller
    request_id = bench.create(device, udp(SEND_WHEN_ACTIVE))
    refused = (
        lambda work: controller.create(THEIRS, device.id, udp(), work),
        lambda work: controller.cancel(THEIRS, request_id, work),
        lambda work: controller.cancel_all(THEIRS, device.id, work),
        lambda work: controller.request(THEIRS, request_id),
    )
    for call in refused:
        with pytest.raises(NotFound):
            bench.run(call)
    assert controller.requests(THEIRS).total == 0
    bulk = bench.run(lambda work: controller.create_many(THEIRS, [device.id], udp(), work))
    assert (bulk.accepted, bulk.rejected) == ((), (device.id,))
    assert bench.request(request_id).status == "SCHEDULED"
    bench.world.advance(5_000)
    assert device.got == []


def test_a_device_that_was_transferred_gets_nothing_of_its_former_owner(bench):
    device = Device(bench.world)
    waiting = bench.create(device, udp(SEND_WHEN_ACTIVE))
    repeated = bench.create(device, coap(attempts=2))
    bench.world.advance(1_000)
    bench.world.account.subscription(device.sim).organisation_id = THEIRS
    sent = len(device.got)
    device.speaks()
    bench.world.advance(200_000)
    for request_id in (waiting, repeated):
        found = bench.request(request_id)
        assert found.status == "FAILED"
        assert found.result == {"errorMessage": "The device has left the organisation"}
    assert len(set(device.payloads[sent:])) == 1, "the repeats of the first attempt alone"
    assert len(device.got) == 5


# -- what is allowed -------------------------------------------------------------------------

ALLOWED = (
    UdpAction("x" * 508, STRING, 1),
    UdpAction("AAEC", BASE64, 65535),
    CoapAction("", 3000, "GET"),
    CoapAction("a" * 255, 3000, "PATCH", "x" * 1024, STRING),
    CoapAction("/a%20b/c?d=%26&e#f", 3000, "DELETE"),
)
REFUSED = (
    (UdpAction("x" * 509, STRING, 1), "509 bytes; UDP carries at most 508"),
    (UdpAction("ä" * 255, STRING, 1), "510 bytes"),
    (UdpAction("no base64", BASE64, 1), "no base64"),
    (UdpAction("x", "HEX", 1), "give STRING or BASE64"),
    (UdpAction("x", STRING, 0), "port is 0"),
    (UdpAction("x", STRING, 65536), "port is 65536"),
    (UdpAction("\ud800", STRING, 1), "surrogate"),
    (UdpAction("x", STRING, 1, "SEND_LATER"), "requestMode is 'SEND_LATER'"),
    (CoapAction("a", 1, "POST", "x" * 1025, STRING), "1025 bytes; COAP carries at most 1024"),
    (CoapAction("a" * 256, 1, "GET"), "path has 256 characters"),
    (CoapAction("a b", 1, "GET"), "one that is not allowed"),
    (CoapAction("a", 1, "FETCH"), "requestType is 'FETCH'"),
    (CoapAction("a", 1, "GET", attempts=6), "sendAttempts is 6"),
    (CoapAction("a", 1, "GET", attempts=0), "sendAttempts is 0"),
    (Lwm2mAction("reboot", "/3/0/4"), "action is 'reboot'"),
    (Lwm2mAction("read", "/3/0/4", "1"), "data is for the action write alone"),
)


def test_what_the_document_allows_is_taken(bench):
    device = Device(bench.world)
    for action in ALLOWED:
        bench.create(device, action)
    bench.world.advance(300_000)
    # `/a b/c` and two arguments, percent-decoded (RFC 7252, 6.4).
    assert any(payload[12:] == b"\xb3a b\x01c\x43d=&\x01e" for payload in device.payloads)


def test_what_it_does_not_allow_is_refused(bench):
    device = Device(bench.world)
    for action, message in REFUSED:
        with pytest.raises(Invalid, match=re.escape(message)):
            bench.create(device, action)
    assert bench.listed() == []


def test_lwm2m_is_refused_as_documented(bench):
    device = Device(bench.world)
    integrator = bench.backend.device_integrator
    with pytest.raises(Conflict, match="Device is not registered to any LwM2M server"):
        bench.create(device, Lwm2mAction("read", "/3/0/0"))
    later = Lwm2mAction("read", "/3/0/0", mode=SEND_WHEN_ACTIVE)
    with pytest.raises(Conflict, match="endpoint is not active"):
        bench.create(device, later)
    bench.run(
        lambda work: integrator.change(OURS, "LWM2M", is_active=True, settings={}, work=work)
    )
    accepted = bench.run(
        lambda work: bench.backend.controller.create(OURS, device.id, later, work)
    )
    assert accepted.message == (
        f"Action read for resource /3/0/0 successfuly scheduled for device {device.id}."
    )
    device.speaks()
    found = bench.request(accepted.request_id)
    assert found.status == "FAILED"
    assert found.result == {"errorMessage": "Device is not registered to any LwM2M server."}


def test_the_table_of_states_has_no_way_out_of_an_end():
    for status in ARCHIVED:
        assert all(after(status, step) is None for step in Step)
    assert set(INITIAL.values()) == set(ACTIVE)


# -- a world that ends -----------------------------------------------------------------------


def test_what_was_under_way_goes_on_after_a_kill(db):
    bench = Bench(db)
    device = Device(bench.world)
    now, later, old = (
        bench.create(device, action)
        for action in (coap(), udp(SEND_WHEN_ACTIVE), udp(SEND_WHEN_ACTIVE))
    )
    bench.run(lambda work: bench.backend.controller.cancel(OURS, old, work))
    bench.world.advance(1_000)
    bench.backend.storage.close()  # no service has a last word
    again = Bench(db, start_ms=2_000)
    with again.backend:
        device = Device(again.world, (0x44, b""))
        again.world.advance(10_000)
        assert again.request(now).status == "SUCCEEDED"
        assert len(device.got) == 1
        assert again.request(later).status == "SCHEDULED"
        assert again.request(old).status == "CANCELLED"
        device.speaks()
        assert again.request(later).status == "SUCCEEDED"
    last = Bench(db, start_ms=8 * DAY)
    with last.backend:
        last.world.advance(1)
        assert last.listed() == []


def test_a_request_that_expired_while_the_world_was_down_fails_at_its_start(db):
    bench = Bench(db)
    with bench.backend:
        request_id = bench.create(Device(bench.world), udp(SEND_WHEN_ACTIVE))
    again = Bench(db, start_ms=2 * DAY)
    with again.backend:
        again.world.advance(1)
        assert again.request(request_id).status == "FAILED"
        assert again.listed(device_id=again.request(request_id).device_id) == [request_id]


def test_a_rolled_back_request_is_not_sent_and_takes_no_room(bench):
    device = Device(bench.world)
    controller = bench.backend.controller
    for mode in INITIAL:
        work = Work()
        controller.create(OURS, device.id, udp(mode), work)
        work.rolled_back()
    device.speaks()
    assert device.got == []
    assert bench.listed() == []
