"""The failure catalogue: every row, at every command of a datagram's life, for every family.

Whatever goes wrong, no exception leaves the modem, and after its power has been cut and given
again it works.
"""

import random

import pytest

from nce_sim.modem.faults.catalogue import CATALOGUE, ROWS, At, Fault
from nce_sim.modem.faults.line import EchoMode
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.world import World
from support.socket_lives import LIVES, OK, attached


def works_again(typist: Typist) -> bool:
    modem = typist.modem
    modem.faults.disarm()
    typist.wait(250_000)  # what was held back is out
    modem.cut_power()
    modem.power_on()
    typist.wait(20_000)
    return typist.quieten() and typist.type(b"AT" + typist.line_end) == OK


def test_the_catalogue_has_every_row():
    assert {fault.row for fault in CATALOGUE} == set(ROWS)


def cases_of(family: str) -> list[tuple[Fault, int]]:
    faults = [fault for fault in CATALOGUE if fault.concerns(PERSONALITIES[family])]
    return [(fault, command) for fault in faults for command in range(1, len(LIVES[family]) + 1)]


def check(family: str, cases: list[tuple[Fault, int]]) -> None:
    for fault, command in cases:
        typist = attached(family)
        fault.arm(typist.modem, At(command=command, byte=3))
        for sent, _ in LIVES[family]:
            typist.type(typist.ended(sent), 1_000)
        assert works_again(typist), (fault.name, command)


@pytest.mark.parametrize("family", PERSONALITIES)
def test_a_sample_of_faults_at_commands(family):
    check(family, random.Random(family).sample(cases_of(family), 12))


@pytest.mark.slow
@pytest.mark.parametrize("family", PERSONALITIES)
def test_every_fault_at_every_command(family, figure):
    cases = cases_of(family)
    assert len(cases) > 100
    check(family, cases)
    figure(f"{family}: {len(cases)} cases")


def seen(name: str, sent: bytes = b"AT+CFUN?\r", wait_ms: int = 400, **at) -> bytes:
    typist = attached("bg95")
    fault = next(fault for fault in CATALOGUE if fault.name == name)
    fault.arm(typist.modem, At(**at))
    return typist.type(sent, wait_ms)


PLAIN = b"\r\n+CFUN: 1\r\n\r\nOK\r\n"


@pytest.mark.parametrize("byte", range(len(PLAIN)))
def test_a_urc_can_be_put_at_every_byte_of_an_answer(byte):
    received = seen("URC at a byte of the answer", byte=byte)
    urc = b"\r\n+CTZV: +08\r\n"
    assert received == PLAIN[:byte] + urc + PLAIN[byte:]


@pytest.mark.parametrize("byte", range(len(PLAIN) - 3))
def test_bytes_can_be_lost_anywhere(byte):
    assert seen("bytes lost", byte=byte) == PLAIN[:byte] + PLAIN[byte + 3 :]


@pytest.mark.parametrize("byte", range(len(PLAIN) + 1))
@pytest.mark.parametrize(("name", "rest"), [("reset", False), ("orphan OK", True)])
def test_any_fault_can_wait_for_a_byte_of_an_answer(name, rest, byte):
    received = seen(name, after_bytes=byte, point="received")
    said = b"\r\nOK\r\n" + PLAIN[byte:] if rest else b""
    assert received == PLAIN[:byte] + said


def test_what_a_modem_says_of_a_fault_at_a_byte_does_not_tear_its_answer():
    typist = attached("nrf91-sm")
    typist.ask("AT+CGEREP=1")
    lost = next(fault for fault in CATALOGUE if fault.name == "PDP lost")
    lost.arm(typist.modem, At(after_bytes=3, point="received"))
    told = b"\r\n+CGEV: NW PDN DEACT 0\r\n"
    assert typist.type(b"AT+CMEE?\r", 100) == b"\r\n+CMEE: 0\r\n\r\nOK\r\n" + told


SEEN = [
    ("late answer", 19_000, b""),
    ("late answer", 21_000, PLAIN),
    ("ERROR without a number", 400, b"\r\nERROR\r\n"),
    ("orphan NO CARRIER", 5_000, PLAIN + b"\r\nNO CARRIER\r\n"),
    ("URC with the answer's prefix", 400, b"\r\n+CEREG: 5\r\n" + PLAIN),
    ("deaf", 60_000, b""),
    ("orphan OK", 400, PLAIN + b"\r\nOK\r\n"),
]


@pytest.mark.parametrize(("name", "wait_ms", "expected"), SEEN)
def test_what_a_host_sees_of_a_fault(name, wait_ms, expected):
    assert seen(name, wait_ms=wait_ms) == expected


def test_a_fault_can_wait_for_the_second_command_of_a_name_or_for_a_time():
    typist = attached("bg95")
    bare = next(fault for fault in CATALOGUE if fault.name == "ERROR without a number")
    bare.arm(typist.modem, At(command=2, name="+CSQ"))
    answers = [typist.ask(line)[-1] for line in ("AT+CSQ", "AT+CFUN?", "AT+CSQ", "AT+CSQ")]
    assert answers == ["OK", "OK", "ERROR", "OK"]
    deaf = next(fault for fault in CATALOGUE if fault.name == "deaf")
    deaf.arm(typist.modem, At(time_ms=typist.world.clock.now_ms() + 5_000))
    assert typist.ask("AT") == ["OK"]
    typist.wait(5_000)
    assert typist.ask("AT") == []


def test_double_echo_and_swallowed_characters():
    typist = attached("bg95", echo=True)
    typist.modem.faults.echo_mode = EchoMode.DOUBLE
    assert typist.type(b"AT\r") == b"AT\rAT\r\r\nOK\r\n"
    typist.modem.faults.echo_mode = EchoMode.PLAIN
    typist.modem.faults.swallow(1)
    assert typist.type(b"AT\r") == b"T\r"


def test_at_another_rate_nothing_is_understood_and_then_everything():
    typist = attached("bg95")
    typist.modem.faults.garble(1_000)
    assert b"OK" not in typist.type(b"AT\r", 500)
    typist.wait(600)
    typist.type(b"\r")
    assert typist.type(b"AT\r").endswith(b"OK\r\n")


def test_a_modem_left_at_another_rate_is_found_by_probing_rates():
    typist = attached("bg95")
    uart = typist.modem.uart
    uart.host_is_at(115_200)
    typist.modem.faults.set_rate(9_600)
    assert typist.ask("AT") == []
    typist.modem.faults.reset()
    typist.wait(20_000)  # kept over the restart: even the banner is gibberish
    answers = {}
    for rate_bps in (115_200, 57_600, 9_600):
        uart.host_is_at(rate_bps)
        answers[rate_bps] = typist.type(b"AT\r").endswith(b"OK\r\n")
    assert answers == {115_200: False, 57_600: False, 9_600: True}
    # The final result still comes at the old rate (V.250, 6.2.10).
    assert typist.ask("AT+IPR=115200")[-1] == "OK"
    assert "OK" not in typist.ask("AT")
    uart.host_is_at(115_200)
    typist.type(b"\r")
    assert typist.ask("AT+IPR?") == ["+IPR: 115200", "OK"]


def test_a_modem_that_follows_the_host_understands_every_rate():
    typist = attached("sim7080")
    assert typist.ask("AT+IPR?") == ["+IPR: 0", "OK"]  # as delivered
    typist.modem.uart.host_is_at(57_600)
    assert typist.ask("AT+IPR?") == ["+IPR: 0", "OK"]
    assert typist.ask("AT+IPR=1234")[-1] == "ERROR"


def test_a_rate_by_fault_ends_when_it_is_disarmed():
    typist = attached("bg95")
    typist.modem.faults.set_rate(9_600)
    assert typist.ask("AT") == []
    typist.modem.faults.disarm()
    typist.type(b"\r")
    assert typist.ask("AT+IPR?") == ["+IPR: 115200", "OK"]


def test_a_stalled_line_loses_what_the_host_sends_and_nothing_of_what_it_gets():
    typist = attached("bg95")
    typist.modem.faults.stall(500)
    assert typist.type(b"AT\r", 400) == b""
    typist.modem.urc("+CTZV: +08")
    assert typist.wait(200) == b"\r\n+CTZV: +08\r\n"
    assert typist.ask("AT") == ["OK"]


def test_odd_settings_of_another_owner_outlive_the_reset():
    typist = attached("bg95")
    typist.modem.faults.remember_odd_settings()
    typist.modem.faults.reset()
    typist.wait(10_000)
    assert typist.type(b"AT\r") == b"AT\r0\r"  # echo is back, results are numbers
    typist.ask("ATE0V1")
    assert "wireless.twilio.com" in typist.ask("AT+CGDCONT?")[0]
    assert typist.ask("AT+CSCS?")[0] == '+CSCS: "UCS2"'
    assert typist.ask('AT+QICFG="dataformat"')[0] == '+QICFG: "dataformat",1,1'


@pytest.mark.parametrize(
    ("family", "question", "answer"),
    [
        ("gm02s", "AT+SQNSCFGEXT?", "+SQNSCFGEXT: 1,2,1,0,0,1"),
        ("sara-r5", "AT+UDCONF=1", "+UDCONF: 1,1"),
    ],
)
def test_odd_settings_are_those_of_the_family(family, question, answer):
    typist = attached(family)
    typist.modem.faults.remember_odd_settings()
    typist.modem.faults.reset()
    typist.wait(20_000)
    typist.ask("ATE0V1")
    assert typist.ask(question)[0] == answer


def test_small_chunks_come_of_the_worlds_seed():
    def pieces(seed):
        world = World(seed)
        typist = Typist(world, world.add_modem(world.add_sim()))
        typist.attach()
        next(fault for fault in CATALOGUE if fault.name == "small chunks").arm(typist.modem, At())
        out = []
        typist.modem.send_to_host = out.append
        typist.type(b"ATI\r", 1_000)
        return out

    assert pieces(1) == pieces(1) != pieces(2)
