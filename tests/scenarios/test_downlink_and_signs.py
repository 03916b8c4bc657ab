"""What reaches a device that runs for ever: datagrams, short messages, a finger on its button."""

import asyncio
import itertools

import pytest

from nce_sim.wire.datagram import Address, Datagram
from support.field_device import run_in_field

PORT = 3000
SERVER = Address("10.60.2.250", 7000)
SENDER = "1234567890"  # of the simulated API


def datagram_at(field, minute, data):
    """From another host of the SIM's network."""

    def send():
        session = field.world.operator.core.session_of(field.sim)
        field.world.operator.core.send(Datagram(SERVER, Address(session.host, PORT), data))

    field.at(minute, send)


def sent_back(field):
    """The payloads of what the device sent to the server."""
    records = [record for record in field.world.timeline if record.kind == "datagram"]
    back = [record.fields for record in records if record.fields.get("destination") == str(SERVER)]
    return [each["payload"] for each in back]


def said(field, words):
    return [line for line in field.console_lines if words in line]


@pytest.mark.parametrize("personality", ["bg95", pytest.param("sim7080", marks=pytest.mark.slow)])
def test_datagrams_to_the_port_reach_the_users_code_between_the_records(personality, monkeypatch):
    def trouble(field):
        field.answer = b"done"
        datagram_at(field, 3, b"on")
        datagram_at(field, 13, b"\x1b[2J\xff")
        field.at(20.5, field.modem.faults.reset)  # the port is opened again
        datagram_at(field, 34, b"off")

    field, arrived = run_in_field(
        trouble, monkeypatch, "udp", hours=1, personality=personality, LISTEN_PORT=PORT
    )
    assert [message for message, _ in field.heard] == [b"on", b"\x1b[2J\xff", b"off"]
    assert {sender for _, sender in field.heard} == {str(SERVER)}
    assert len(arrived) == field.measured == 6
    assert len(said(field, "listening on port 3000")) == 2
    assert field.board.longest_ms <= 8_000


def test_without_a_port_in_the_settings_nobody_listens(monkeypatch):
    field, arrived = run_in_field(
        lambda field: datagram_at(field, 3, b"on"), monkeypatch, "udp", hours=1
    )
    assert field.heard == []
    assert len(arrived) == 6


@pytest.mark.slow
def test_users_code_that_raises_hangs_or_answers_rubbish_costs_one_message(monkeypatch):
    def trouble(field):
        whole = field.received

        async def received(message, sender, modem):
            await whole(message, sender, modem)
            if message == b"raise":
                raise KeyError("no such command")
            if message == b"hang":
                await asyncio.Event().wait()
            return 7 if message == b"rubbish" else None

        field.received = received
        for minute, data in ((3, b"raise"), (13, b"rubbish"), (23, b"hang"), (33, b"good")):
            datagram_at(field, minute, data)

    field, arrived = run_in_field(trouble, monkeypatch, "udp", hours=1, LISTEN_PORT=PORT)
    assert [message for message, _ in field.heard] == [b"raise", b"rubbish", b"hang", b"good"]
    assert said(field, "the message is dropped: KeyError: ")
    assert said(field, "the message is dropped: TypeError: 7 is no answer")
    assert said(field, "the message is dropped: TimeoutError: ")
    assert len(arrived) == 6


def test_a_modem_without_such_sockets_is_told_of_once_and_sends_all_the_same(monkeypatch):
    field, arrived = run_in_field(
        lambda field: None, monkeypatch, "udp", hours=1, personality="a7672", LISTEN_PORT=PORT
    )
    assert len(arrived) == 6
    assert len(said(field, "no listening: ")) == 1


def sms_at(field, minute, text, source=SENDER):
    field.at(
        minute,
        lambda: field.world.operator.sms.send_mt(field.sim, text, source_address=source),
    )


def test_commands_by_sms_are_believed_of_the_named_sender_alone(monkeypatch):
    def trouble(field):
        field.answer = "done"
        sms_at(field, 3, "buzzer on \u00a3")
        sms_at(field, 13, "buzzer off", "4915112345678")
        sms_at(field, 23, "buzzer off")

    field, arrived = run_in_field(
        trouble, monkeypatch, "sms", hours=1, SMS_FROM=(SENDER, "+" + SENDER)
    )
    assert [message[:9] for message, _ in field.heard] == ["buzzer on", "buzzer of"]
    assert arrived.count("done") == 2
    assert len(arrived) == 6 + 2
    # What came in is printed as one line of plain characters.
    assert said(field, "an SMS: buzzer on ?")
    assert said(field, "an SMS from a number that ends in 5678 is dropped")
    assert not said(field, "4915112345678")


def test_an_sms_is_its_record_in_the_order_of_names(monkeypatch):
    field, arrived = run_in_field(lambda field: None, monkeypatch, "sms", hours=1)
    assert arrived == [
        f"battery_level={number} signal_strength=0 software_version=0.1.0"
        for number in range(1, 7)
    ]
    messages = field.world.operator.sms.messages(field.sim)
    assert {message.destination for message in messages} == {"+882285000016868"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "status",
            {"battery_level": 80, "signal_strength": -94, "software_version": "0.1.0"},
        ),
        (
            "environment",
            {
                "data_type": "Environment Data Collector",
                "temperature": 21.5,
                "humidity": 40,
                "brightness": 300,
                "battery_charge": 80,
                "maintenance_needed": False,
            },
        ),
    ],
)
def test_energy_saver_sends_what_the_modem_knows(template, expected, monkeypatch):
    _field, arrived = run_in_field(
        lambda field: None,
        monkeypatch,
        "energy_saver",
        hours=0.5,
        template=template,
        reads=False,
        TEMPLATE=f"blueprints.{template}_codec",
    )
    assert len(arrived) == 3
    assert arrived[-1] == expected
    # Not online yet: neither is known, and the record goes all the same.
    first = arrived[0]
    assert first.get("battery_level", 255) == 255
    assert first.get("battery_charge", -1) == -1


def test_the_led_shows_each_round_and_a_press_of_the_button_asks_for_a_record(monkeypatch):
    light = []

    def board(field):
        field.board.led = lambda is_on: light.append((field.clock.now_ms(), is_on))
        pressed = []
        field.board.button = lambda: bool(pressed)
        field.at(3, lambda: pressed.append(1))  # held for a minute: one press
        field.at(4, pressed.clear)
        field.at(13, lambda: pressed.append(1))  # bounces: shorter than two looks
        field.at(13 + 0.05 / 60, pressed.clear)
        field.at(29, lambda: field.cover(False))

    field, arrived = run_in_field(board, monkeypatch, hours=0.52)
    assert len(said(field, "the button asks for a record")) == 1
    assert field.measured == 4 + 1
    assert len(arrived) == 4  # the last one waits
    assert light[-1][1] is False  # it is dark between two rounds
    lit = [
        later[0] - earlier[0]
        for earlier, later in itertools.pairwise(light)
        if earlier[1] and not later[1]
    ]
    assert len([each for each in lit if each // 10 == 50]) == 4  # delivered


def test_a_led_and_a_button_that_raise_are_left_out(monkeypatch):
    def raising(*_):
        raise ValueError("no such pin")

    def board(field):
        field.board.led = field.board.button = raising

    field, arrived = run_in_field(board, monkeypatch, hours=0.5)
    assert len(arrived) == 3
    assert len(said(field, "the LED is left out: ValueError: no such pin")) == 1
    assert len(said(field, "the button is left out: ")) == 1
