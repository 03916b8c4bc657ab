"""Weeks of queue mode in virtual time: what is told arrives, and no more is sent than the lifetime
asks for; awake between, or in deep sleep with all that is kept in bytes."""

from nce.coap import codes
from nce.lwm2m import events
from nce.lwm2m.model import Instance

from lwm2m_scene import (  # isort: skip
    PLAIN_BOOTSTRAP,
    SECURITY,
    Scene,
    Temperature,
    account,
    creatables,
    device,
    text_of,
)

HOUR_MS = 3600000
PATH = "/3303/0/5700"


class Sleeper(Scene):
    """A client in queue mode, with a server that acknowledges all."""

    def __init__(self, celsius):
        self.celsius = celsius
        self.counts = {"rd": 0, "update": 0, "dp": 0, "told": 0, "bs": 0}
        self.values = []
        objects = creatables() + [Instance(SECURITY, 1, PLAIN_BOOTSTRAP)]
        objects += [device(), Temperature(lambda: self.celsius)]
        super().__init__(objects, is_queue_mode=True)

    def heard(self):
        """Answer what was sent, and count it."""
        while self.sent:
            server, message = self.sent.pop(0)
            path = text_of(message, 11)
            if message.code == codes.CONTENT:
                self.counts["told"] += 1
                self.values.append(message.payload)
                self.acknowledge(message, server)
            elif path == ["rd"]:
                self.counts["rd"] += 1
                self.answer(message, codes.CREATED, ((8, b"rd"), (8, b"1")), server=server)
            else:
                self.counts["update" if path[0] == "rd" else path[0]] += 1
                self.answer(message, codes.CHANGED, server=server)

    def live(self, until_ms):
        """Let time pass with an answering server."""
        while True:
            self.heard()
            due_ms = self.client.next_timeout()
            if due_ms is None or due_ms > until_ms:
                break
            self.now_ms = max(self.now_ms, due_ms)
            self.take(self.client.handle_timeout(self.now_ms))
        self.now_ms = max(self.now_ms, until_ms)


def test_thirty_days_with_a_lifetime_of_an_hour_and_a_send_an_hour():
    scene = Sleeper(20.0)
    for one in account(0, 1111, 3600):
        scene.client.tree.add(one)
    scene.start()
    scene.heard()
    scene.observe(PATH, accept=0)
    begun_ms = scene.now_ms
    hours = 30 * 24
    slept = 0
    for hour in range(hours):
        scene.celsius = 20.0 + hour % 17
        scene.client.tree.instance((3303, 0)).changed(5700)
        scene.client.send([(3, 0, 9)], scene.now_ms)
        scene.live(begun_ms + (hour + 1) * HOUR_MS)
        assert scene.told(events.FAILED) == []
        slept += len(scene.told(events.SLEEP))
        scene.events = []
    assert scene.counts["rd"] == 1
    assert scene.counts["dp"] == hours
    # Hour 0 and every 17th later begin at the value that was observed, or follow another one.
    assert scene.counts["told"] == hours - 1
    assert [float(value) for value in scene.values] == [20.0 + at % 17 for at in range(1, hours)]
    # An update has to come before the hour is over, by as much as its copies need (93 s), and up
    # to as much again, so that a fleet does not speak at once.
    least = hours * HOUR_MS // (HOUR_MS - 93000)
    most = hours * HOUR_MS // (HOUR_MS - 2 * 93000) + 1
    assert least <= scene.counts["update"] <= most
    assert len(scene.client.sending) == 0
    assert slept >= hours


def test_a_week_of_deep_sleep_costs_an_update_an_hour_and_what_is_told():
    scene = Sleeper(20.0)
    for one in account(0, 1111, 7200):
        scene.client.tree.add(one)
    scene.start()
    scene.heard()
    scene.observe(PATH, accept=0)
    totals = dict(scene.counts)
    values = []
    for hour in range(1, 7 * 24):
        scene.live(scene.now_ms + 94000)  # until it may rest
        data = scene.client.save(scene.now_ms)
        asleep_ms = HOUR_MS - 94000
        before = scene
        scene = Sleeper(20.0 + hour)
        scene.now_ms = 1000 + hour  # its clock begins anew
        scene._seed = hour
        assert scene.client.restore(data, scene.now_ms, asleep_ms)
        scene.start()
        scene.client.tree.instance((3303, 0)).changed(5700)
        # Awake once an hour and no more: what would be due amid the next sleep is done now.
        scene.take(scene.client.update(scene.now_ms, HOUR_MS))
        scene.live(scene.now_ms)
        for name in totals:
            totals[name] += before.counts[name] if hour > 1 else 0
        values += before.values if hour > 1 else []
    assert totals["rd"] == 1
    assert totals["bs"] == 0
    assert [float(value) for value in values] == [20.0 + hour for hour in range(1, 7 * 24 - 1)]
    # Two hours of lifetime, less the time that copies take: an update every hour.
    assert totals["update"] <= 7 * 24
    assert totals["told"] == 7 * 24 - 2
