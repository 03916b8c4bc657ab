"""The line discipline, byte for byte: captures of real modems and ITU-T V.250."""

import pytest

from nce_sim.modem.memory import Context
from nce_sim.ports.typist import Typist
from nce_sim.world import World

# What a BG96 answered, from a raw capture of its UART (first column: echo still on).
CAPTURED = [
    (True, b"ATE0\r", b"ATE0\r\r\nOK\r\n"),
    (False, b"AT+CFUN?\r", b"\r\n+CFUN: 1\r\n\r\nOK\r\n"),
    (False, b"AT+QICSGP=1\r", b'\r\n+QICSGP: 1,"","","",0\r\n\r\nOK\r\n'),
    (False, b"AT+QISDE=0\r", b"\r\nOK\r\n"),
    (False, b"AT+QIACT?\r", b"\r\nOK\r\n"),
    (True, b"AT&FZE0\r", b"AT&FZE0\r\r\nOK\r\n"),
]

# V.250, 5.7 and 6.2: the frame under other formats.
FORMATS = [
    (b"ATV0\r", b"ATV0\r0\r"),
    (b"ATE0V0+CFUN?\r", b"ATE0V0+CFUN?\r+CFUN: 1\r\n0\r"),
    (b"ATE0V0+NOSUCH\r", b"ATE0V0+NOSUCH\r4\r"),
    (b"ATE0Q1\r", b"ATE0Q1\r"),
    (b"at+cfun?\r", b"at+cfun?\r\r\n+CFUN: 1\r\n\r\nOK\r\n"),
    (b"AT\r\n", b"AT\r\r\nOK\r\n"),
    (b"\r\nAT\r\n", b"\rAT\r\r\nOK\r\n"),
    (b"\x00\xffzzAT\r", b"\x00\xffzzAT\r\r\nOK\r\n"),
    (b"hello\r", b"hello\r"),
    (b"AX\x08T\r", b"AX\x08T\r\r\nOK\r\n"),
    (b"AT+\r", b"AT+\r\r\nERROR\r\n"),
    (b"AT+CFUN=?\r", b"AT+CFUN=?\r\r\n+CFUN: (0,1,4),(0,1)\r\n\r\nOK\r\n"),
]


@pytest.fixture
def typist() -> Typist:
    world = World(seed=1)
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.switch_on()
    return typist


@pytest.mark.parametrize(("echo", "sent", "received"), CAPTURED)
def test_answers_like_the_captured_modem(typist, echo, sent, received):
    if not echo:
        typist.ask("ATE0")
    if b"QICSGP" in sent:
        typist.modem.nvm.contexts[1] = Context("IP", "")
    assert typist.type(sent) == received


@pytest.mark.parametrize(("sent", "received"), FORMATS)
def test_frames_as_v250_says(typist, sent, received):
    assert typist.type(sent) == received


@pytest.mark.parametrize(("sent", "received"), FORMATS)
def test_the_answer_does_not_depend_on_how_the_host_cuts_its_bytes(typist, sent, received):
    for byte in sent:
        typist.modem.receive_from_host(bytes([byte]))
    assert typist.wait(400) == received


def test_several_lines_of_one_answer_share_one_frame(typist):
    typist.ask("ATE0")
    assert typist.type(b"ATI\r") == (
        b"\r\nQuectel\r\nBG95-M3\r\nRevision: BG95M3LAR02A04\r\n\r\nOK\r\n"
    )


def test_the_first_failing_command_ends_the_line_and_those_before_it_took_effect(typist):
    assert typist.ask("ATE0+CMEE=2;+NOSUCH;+CMEE=0") == ["ERROR"]
    assert typist.ask("AT+CMEE?") == ["+CMEE: 2", "OK"]


def test_a_slash_repeats_the_last_line_without_a_return(typist):
    typist.ask("ATE0")
    typist.type(b"AT+CFUN?\r")
    assert typist.type(b"A/") == b"\r\n+CFUN: 1\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    ("cmee", "result"),
    [(0, "ERROR"), (1, "+CME ERROR: 50"), (2, "+CME ERROR: incorrect parameters")],
)
def test_cmee_chooses_how_an_error_is_told(typist, cmee, result):
    typist.ask(f"ATE0+CMEE={cmee}")
    assert typist.ask("AT+CFUN=7") == [result]


def test_an_overlong_line_is_an_error_and_the_next_one_is_fine(typist):
    typist.ask("ATE0")
    assert typist.type(b"AT+" + b"X" * 5_000 + b"\r") == b"\r\nERROR\r\n"
    assert typist.type(b"AT\r") == b"\r\nOK\r\n"


def test_bytes_while_a_command_runs_are_lost_and_noted(typist):
    typist.ask("ATE0")
    typist.modem.receive_from_host(b"AT+CFUN?\r")
    assert typist.type(b"AT+CSQ\r") == b"\r\n+CFUN: 1\r\n\r\nOK\r\n"
    mistakes = typist.world.timeline.records(kind="mistake")
    assert mistakes[-1].fields["reason"] == "bytes while a command is running"


def test_a_byte_aborts_the_network_scan(typist):
    typist.ask("ATE0")
    assert typist.type(b"AT+COPS=?\r", wait_ms=5_000) == b""
    assert typist.type(b"A") == b"\r\nOK\r\n"


def test_urcs_wait_for_the_running_command(typist):
    typist.ask("ATE0")
    typist.modem.receive_from_host(b"AT+CFUN?\r")
    typist.modem.urc("+CTZV: +08")
    assert typist.wait(100) == b"\r\n+CFUN: 1\r\n\r\nOK\r\n\r\n+CTZV: +08\r\n"


def test_echo_cmee_and_cereg_are_forgotten_and_the_apn_is_kept_over_a_power_cycle(typist):
    typist.ask('ATE0+CMEE=2;+CEREG=2;+CGDCONT=1,"IP","iot.1nce.net"')
    assert typist.ask("AT+CFUN=1,1") == ["OK", "+CEREG: 0"]
    assert b"POWERED DOWN" in typist.wait(2_000)
    assert typist.wait(10_000).startswith(b"\r\nRDY\r\n")
    assert typist.type(b"AT+CEREG=?\r").startswith(b"AT+CEREG=?\r")
    assert typist.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]
    assert typist.ask("AT+CEREG?")[0].startswith("+CEREG: 0,")
    assert '+CGDCONT: 1,"IP","iot.1nce.net"' in typist.ask("AT+CGDCONT?")[0]


def test_a_stored_profile_outlives_a_power_cycle(typist):
    typist.ask("ATE0&W")
    typist.modem.faults.reset()
    typist.wait(10_000)
    assert typist.type(b"AT\r") == b"\r\nOK\r\n"
