"""The blueprint `lwm2m` on a simulated board: what servers see and switch, what it survives."""

import asyncio
import types

import pytest

import readings
import settings_check
from nce_sim.services.controller.actions import Lwm2mAction
from support.field_device import WatchedBoard, run_in_field

KEY = "the customer's key"
SECURE = {"TRANSPORT": "coaps", "LWM2M_KEY": KEY}


def admit(field):
    """What the customer does in 1NCE OS."""
    organisation_id = field.backend.devices.organisation_of(field.sim.iccid)
    with field.backend.storage.unit() as work:
        field.backend.device_integrator.change(
            organisation_id, "LWM2M", is_active=True, settings={}, work=work
        )
        field.backend.authenticator.set_key(
            organisation_id, field.sim.iccid, "LWM2M", KEY, work=work
        )
    field.organisation_id = organisation_id


def act(field, action, path, data=None):
    with field.backend.storage.unit() as work:
        return field.backend.controller.create(
            field.organisation_id, field.sim.iccid, Lwm2mAction(action, path, data=data), work
        ).request_id


def status(field, request_id):
    return field.backend.controller.request(field.organisation_id, request_id).status


def said(field, words):
    return [line for line in field.console_lines if words in line]


def test_it_sends_and_servers_switch_what_the_board_has(monkeypatch):
    shown = []
    pressed = [False]

    class Board(WatchedBoard):
        def rgb(self, *colour):
            shown.append(colour)

        def buzzer(self, is_on):
            shown.append(("buzzer", is_on))

        def led(self, is_on):
            shown.append(("led", is_on))

        @property
        def buttons(self):
            return (lambda: pressed[0], lambda: False)

    def trouble(field):
        admit(field)
        field.board = Board(field.modem, field.clock)
        field.asked = []
        later = (
            ("write", "/3311/0/5850", "true"),
            ("write", "/3311/0/5706", "ff8000"),
            ("write", "/3311/0/5851", "50"),
            ("write", "/3338/0/5850", "true"),
            ("observe-start", "/3347/0", None),
        )
        for at, row in enumerate(later):
            field.at(1 + at / 2, lambda row=row: field.asked.append(act(field, *row)))
        field.at(5, lambda: pressed.__setitem__(0, True))
        field.at(6, lambda: field.asked.append(act(field, "execute", "/3/0/4")))
        field.ends = []
        field.at(8, lambda: field.ends.extend(status(field, one) for one in field.asked))

    field, arrived = run_in_field(trouble, monkeypatch, "lwm2m", hours=0.18, reads=False, **SECURE)
    assert field.ends == ["SUCCEEDED"] * 6
    assert (127, 64, 0) in shown
    assert ("buzzer", True) in shown
    assert ("led", True) in shown  # the state
    sends = [item for item in arrived if "/3/0/0" in item]
    assert len(sends) == 2
    assert sends[0]["/3/0/0"] == "1NCE"
    assert sends[0]["/3/0/2"] == field.sim.iccid
    assert sends[0]["/3303/0/5700"] == 21.5
    assert any(item.get("/3347/0/5501") == 1 for item in arrived)
    assert field.board.restarts


def a_hole_in_the_coverage(field):
    field.at(15, lambda: field.cover(False))
    field.at(45, lambda: field.cover(True))


def a_modem_that_is_killed(field):
    field.at(15, lambda: field.modem.faults.kill(silent_ms=4_000))


def a_registration_that_is_lost(field):
    """The network ends the session: 1NCE wants a bootstrap, then a registration."""
    field.at(15, lambda: field.world.set_sim_enabled(field.sim, False))
    field.at(25, lambda: field.world.set_sim_enabled(field.sim, True))


TROUBLES = (a_hole_in_the_coverage, a_modem_that_is_killed, a_registration_that_is_lost)


@pytest.mark.slow
@pytest.mark.parametrize("queue", [False, True], ids=["awake", "queue"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_it_comes_back_from(trouble, queue, monkeypatch):
    def troubles(field):
        admit(field)
        trouble(field)

    changes = {**SECURE, "LWM2M_QUEUE_MODE": queue, "PSM_ACTIVE_S": 4}
    field, arrived = run_in_field(troubles, monkeypatch, "lwm2m", hours=3, reads=False, **changes)
    print("\n".join(field.console_lines))
    sends = [item for item in arrived if "/3/0/0" in item]
    assert len(sends) >= 9
    # The last hour is as if nothing had been.
    assert not [line for line in said(field, "not delivered") if int(line.split()[0]) > 7_200]
    assert field.board.longest_ms < 8_000


@pytest.mark.slow
def test_a_position_and_sensors_of_the_users_are_told(monkeypatch):
    from nce.lwm2m.sensors import Humidity

    async def position(modem):
        return 56.5, 24.25

    monkeypatch.setattr(readings, "position", position)
    monkeypatch.setattr(readings, "objects", lambda: [Humidity(lambda: 45, 1)])

    def trouble(field):
        admit(field)
        field.at(8, lambda: act(field, "read", "/6/0"))

    _, arrived = run_in_field(trouble, monkeypatch, "lwm2m", hours=0.25, reads=False)
    assert any(item.get("/6/0/0") == 56.5 for item in arrived)
    assert any(item.get("/3304/1/5700") == 45 for item in arrived)
    assert any(item.get("/3304/0/5700") == 40 for item in arrived)  # `readings.environment`


MISTAKES = (
    ({"TRANSPORT": "coaps"}, "LWM2M_KEY is None: give the key that you set for LwM2M in 1NCE OS"),
    ({"TRANSPORT": "udp", "TOPIC": None}, "TRANSPORT is 'udp': the blueprint lwm2m needs coaps"),
    ({"LWM2M_KEY": "short7"}, "LWM2M_KEY is no key: give 8 to 256 characters as text"),
    ({"LWM2M_KEY": b"abc"}, "LWM2M_KEY is no key: give 8 to 256 characters as text"),
    ({"LWM2M_QUEUE_MODE": 1}, "LWM2M_QUEUE_MODE is 1: give True or False"),
)


def test_a_wrong_configuration_is_told_and_no_key_is_printed():
    for changes, told in MISTAKES:
        wanted = types.SimpleNamespace(BLUEPRINT="lwm2m", **changes)
        (mistake,) = settings_check.read(wanted)[1]
        assert mistake.startswith(told), mistake
        assert "short7" not in mistake


def test_what_is_shipped_has_no_place_and_no_more_objects():
    assert readings.objects() == []
    assert asyncio.run(readings.position(None)) is None
