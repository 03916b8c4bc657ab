"""Commands of 1NCE's Device Controller to the blueprint `controller`, over a simulated modem."""

import json

import pytest

from nce_sim.services.controller.actions import BASE64, STRING, CoapAction, UdpAction
from nce_sim.services.controller.states import SEND_NOW, SEND_WHEN_ACTIVE
from support.field_device import run_in_field

PORT = 3000


class Commands:
    """Actions at given minutes, by the field's Device Controller."""

    def __init__(self, field):
        self.field = field
        self.ids = {}
        self.organisation_id = field.world.settings.account.organisation_id

    def at(self, minute, name, action):
        self.field.at(minute, lambda: self._create(name, action))

    def _create(self, name, action):
        controller, iccid = self.field.backend.controller, self.field.sim.iccid

        def create(work):
            accepted = controller.create(self.organisation_id, iccid, action, work)
            self.ids[name] = accepted.request_id

        self.field.backend.write_soon(create)

    def results(self):
        controller = self.field.backend.controller
        requests = {
            name: controller.request(self.organisation_id, request_id)
            for name, request_id in self.ids.items()
        }
        return {name: (one.status, one.result) for name, one in requests.items()}


def run_with(plan, monkeypatch, **options):
    """`(field, results by name)`; `plan(commands, field)` says what is sent."""
    found = []

    def trouble(field):
        commands = Commands(field)
        found.append((commands, field))
        plan(commands, field)
        close = field.backend.close
        field.backend.close = lambda: (field.__dict__.update(results=commands.results()), close())

    field, arrived = run_in_field(trouble, monkeypatch, "controller", hours=0.5, **options)
    return field, field.results, arrived


def command(payload, mode=SEND_NOW, **options):
    return CoapAction("command", PORT, "POST", payload, STRING, mode, **options)


FAMILIES = ["bg95", pytest.param("sim7080", marks=pytest.mark.slow)]


@pytest.mark.parametrize("personality", FAMILIES)
def test_a_device_does_what_it_is_sent_and_answers(personality, monkeypatch):
    def plan(commands, field):
        field.answer = "done"
        commands.at(3, "now", command("on"))
        commands.at(4, "bytes", CoapAction("command", PORT, "POST", "AP8=", BASE64))
        commands.at(5, "last", CoapAction("/record", PORT, "GET"))
        commands.at(6, "record", CoapAction("record", PORT, "POST"))
        commands.at(7, "unknown", CoapAction("example?param1=1", PORT, "POST", "x", STRING))
        commands.at(8, "wrong", CoapAction("record", PORT, "DELETE"))
        commands.at(9, "later", command("off", SEND_WHEN_ACTIVE))
        field.at(12, field.modem.faults.reset)  # the port is opened again
        commands.at(24, "again", command("on"))

    field, results, arrived = run_with(plan, monkeypatch, personality=personality)
    assert [message for message, _ in field.heard] == [b"on", b"\x00\xff", b"off", b"on"]
    assert {sender for _, sender in field.heard} == {"10.60.2.242:5683"}
    done = {"code": "204", "payload": "done", "payloadType": "TEXT"}
    for name in ("now", "bytes", "later", "again"):
        assert results[name] == ("SUCCEEDED", done), name
    status, result = results["last"]
    assert (status, result["code"], result["payloadType"]) == ("SUCCEEDED", "205", "TEXT")
    assert json.loads(result["payload"])["battery_level"] == 1
    assert results["record"] == ("SUCCEEDED", {"code": "204"})
    assert results["unknown"][1]["code"] == "404"
    assert results["wrong"][1]["code"] == "405"
    # One record each ten minutes, and the one that was asked for.
    assert len(arrived) == field.measured == 3 + 1
    assert field.board.longest_ms <= 8_000


@pytest.mark.slow
def test_an_unreachable_device_and_datagrams_that_are_no_coap(monkeypatch):
    def plan(commands, field):
        commands.at(3, "datagram", UdpAction("hello", STRING, PORT))
        commands.at(4, "closed", CoapAction("command", 3001, "POST", "x", STRING))
        field.at(11, lambda: field.cover(False))
        commands.at(12, "hole", command("x"))
        field.at(16, lambda: field.cover(True))
        commands.at(25, "after", command("on"))

    field, results, _ = run_with(plan, monkeypatch)
    assert results["datagram"] == ("SUCCEEDED", None)
    no_answer = ("FAILED", {"errorMessage": "The device did not respond: no answer"})
    assert results["closed"] == results["hole"] == no_answer
    assert results["after"] == ("SUCCEEDED", {"code": "204"})
    assert b"on" in [message for message, _ in field.heard]


@pytest.mark.slow
def test_users_code_that_fails_or_hangs_costs_one_command(monkeypatch):
    def plan(commands, field):
        async def received(message, sender, modem):
            field.heard.append((message, sender))
            if message == b"raise":
                raise KeyError("no such command")
            return 7 if message == b"rubbish" else b"fine"

        field.received = received
        for minute, text in ((3, "raise"), (4, "rubbish"), (5, "good")):
            commands.at(minute, text, command(text))

    _, results, arrived = run_with(plan, monkeypatch)
    assert results["raise"] == results["rubbish"] == ("SUCCEEDED", {"code": "204"})
    assert results["good"][1]["payload"] == "ZmluZQ=="
    assert len(arrived) == 3
