"""SMS of a SIM to the server of its organisation: what is sent, and when it is tried again."""

from __future__ import annotations

import pytest

from nce_sim import Backend, World
from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.problems import Invalid, NotFound
from nce_sim.sms.short_message import Status

URL = "https://sms.example.com/in"
A_MINUTE = 60_000
# SMS-SUBMIT to 12345 with the text "hello" (3GPP TS 23.040, by hand).
SUBMIT = bytes.fromhex("010005812143f5000005e8329bfd06")


class Scene:
    def __init__(self, db=None):
        self.world = World(1)
        self.backend = Backend(self.world, db=db)
        self.organisation_id = self.world.settings.account.organisation_id
        self.receiver = VirtualReceiver(self.backend.deliveries.transport, URL)
        self.sim = self.world.add_sim()
        self.world.advance(1)

    def set_server(self, url=URL, organisation_id=None):
        with self.backend.storage.unit() as work:
            self.backend.sms_forwarding.set_server(
                organisation_id or self.organisation_id, url, work
            )

    def submit(self):
        self.world.sms.submit(self.sim, SUBMIT)
        return self.world.sms.messages(self.sim)[-1]

    @property
    def failures(self):
        return [
            record.subject.description
            for record in self.world.timeline.records(kind="event")
            if record.fields["type"] == 0
        ]


@pytest.fixture
def scene():
    scene = Scene()
    with scene.backend:
        yield scene


def test_a_message_of_a_sim_is_posted(scene):
    scene.set_server()
    message = scene.submit()
    scene.world.advance(1_000)
    [request] = scene.receiver.requests
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "id": message.id,
        "payload": "hello",
        "submit_date": "2026-01-01 00:00:00",
        "dest_address": "12345",
        "source_address": scene.sim.msisdn,
        "dcs": 0,
        "endpoint": {
            "id": scene.world.account.endpoint_id(scene.sim),
            "name": scene.sim.iccid,
        },
        "organisation": {"id": scene.organisation_id},
        "multi_part_info": None,
        "pid": 0,
    }
    assert message.status is Status.DELIVERED


def test_a_delivery_report_is_patched(scene):
    scene.set_server()
    message = scene.world.sms.send_mt(scene.sim, "hello")
    scene.world.advance(24 * 60 * A_MINUTE + 1_000)
    [request] = scene.receiver.requests
    assert request.method == "PATCH"
    assert request.json["id"] == message.id
    assert request.json["status"] == {"id": 6, "status": "EXPIRED"}


def test_tries_at_5_15_and_30_minutes_each_of_them_an_event(scene):
    scene.set_server()
    scene.receiver.status = 404
    message = scene.submit()
    for minute, count in ((4, 1), (6, 2), (14, 2), (16, 3), (29, 3), (31, 4)):
        scene.world.advance(minute * A_MINUTE - scene.world.clock.now_ms())
        assert len(scene.receiver.requests) == count, minute
    assert scene.failures[-1] == (
        f"Unable to dispatch SMS to API Callback URL '{URL}' (HTTP code=404), please verify the "
        "URL is correct and the application server is accepting requests."
    )
    assert len(scene.failures) == 4
    assert message.status is Status.PENDING
    scene.receiver.status = 200
    scene.world.advance(30 * A_MINUTE)
    assert message.status is Status.DELIVERED


def test_after_a_day_a_message_has_failed(scene):
    scene.set_server()
    scene.receiver.status = 500
    message = scene.submit()
    scene.world.advance(24 * 60 * A_MINUTE - 1_000)
    assert message.status is Status.PENDING
    scene.world.advance(2_000)
    assert message.status is Status.FAILED
    tries = len(scene.receiver.requests)
    scene.world.advance(24 * 60 * A_MINUTE)
    assert len(scene.receiver.requests) == tries


def test_one_message_does_not_hold_up_another(scene):
    scene.set_server()
    scene.receiver.status = 500
    first = scene.submit()
    scene.world.advance(1_000)
    scene.receiver.status = 200
    second = scene.submit()
    scene.world.advance(1_000)
    assert (first.status, second.status) == (Status.PENDING, Status.DELIVERED)


def test_a_message_from_before_the_forwarder_was_set_goes_to_it(scene):
    message = scene.submit()
    assert "no API Callback URL" in scene.failures[0]
    scene.set_server()
    scene.world.advance(6 * A_MINUTE)
    assert message.status is Status.DELIVERED


def test_another_organisations_forwarder_gets_nothing(scene):
    scene.set_server(organisation_id=scene.organisation_id + 1)
    scene.submit()
    scene.world.advance(10 * A_MINUTE)
    assert scene.receiver.requests == []
    assert scene.backend.sms_forwarding.server(scene.organisation_id) is None
    with scene.backend.storage.unit() as work, pytest.raises(NotFound):
        scene.backend.sms_forwarding.remove_server(scene.organisation_id, work)


def test_a_wrong_server_is_refused(scene):
    for url in ("http://example.com/", "https://9.9.9.9/", "https://10.0.0.1/"):
        with pytest.raises(Invalid):
            scene.set_server(url)


def test_a_stopped_world_goes_on_forwarding(db):
    scene = Scene(db)
    scene.set_server()
    scene.receiver.status = 500
    message = scene.submit()
    scene.world.advance(1_000)
    scene.backend.close()

    again = Scene(db)
    with again.backend:
        body, ends = scene.receiver.requests[0].json, []
        again.backend.sms_forwarding.send(
            again.organisation_id, "POST", body, message.submitted_at_ms, ends.append
        )
        again.world.advance(6 * A_MINUTE)
        [request] = again.receiver.requests
        assert request.json == body
        assert ends == [True]
