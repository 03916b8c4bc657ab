"""What a modem says when its send buffer is full, when a send is lost, and in every fault."""

import pytest

from nce_sim.modem.faults.catalogue import STREAM_CATALOGUE, At
from nce_sim.network.tcp import Reset
from support.tcp_bench import OK, Bench
from support.tcp_programs import PROGRAMS

BG95, SIM7000, SIM7080, R4 = "bg95", "sim7000", "sim7080", "sara-r4"
SLM1, SLM2, SM, GM02S = "nrf91-slm1", "nrf91-slm2", "nrf91-sm", "gm02s"
DATA = bytes(range(65, 91)) * 50  # 1300 bytes


def opened(family: str) -> Bench:
    bench = Bench(family, is_echo=False)
    bench.program = PROGRAMS[family](bench.typist)
    bench.program.open()
    bench.typist.wait(500)
    return bench


def filled(family: str, send: bytes, prompt: bytes, done: bytes, size: int = 1_000) -> Bench:
    """Send until the answer is another one: the host does not read."""
    bench = opened(family)
    bench.host.is_reading = False
    for _ in range(40):
        assert bench.type(send % size, 100) == prompt
        answer = bench.type(DATA[:size], 200)
        if answer != done:
            bench.answer = answer
            return bench
    raise AssertionError("the buffers never were full")


def test_quectel_says_send_fail_and_takes_nothing():
    bench = filled(BG95, b"AT+QISEND=0,%d\r", b"\r\n> ", b"\r\nSEND OK\r\n")
    assert bench.answer == b"\r\nSEND FAIL\r\n"
    total = bench.modem.sockets.streams.by_id[0].total_sent
    assert total % 1_000 == 0
    acknowledged = 8_192  # what the host's window holds
    line = f"+QISEND: {total},{acknowledged},{total - acknowledged}"
    assert bench.typist.ask("AT+QISEND=0,0") == [line, "OK"]
    bench.host.is_reading = True
    bench.host.heard += bench.host.connection.receive(65_536)
    bench.type(b"", 120_000)
    assert bench.program.send(DATA[:1_000]) == 1_000


def test_sim7000_waits_for_the_acknowledgement_up_to_645_s():
    bench = opened(SIM7000)
    bench.world.operator.cells[0].is_in_coverage = False
    bench.type(b"AT+CIPSEND=0,5\r", 100)
    assert bench.type(b"hello", 500) == b""
    # No SEND OK before the peer has it; here the stack gives up before the modem does.
    answer = bench.type(b"", 650_000)
    assert answer.startswith(b"\r\n0, SEND FAIL\r\n")


def test_sim7000_in_quick_mode_tells_how_much_it_took():
    bench = opened(SIM7000)
    bench.type(b"AT+CIPQSEND=1\r")
    bench.host.is_reading = False
    took = []
    for _ in range(40):
        bench.type(b"AT+CIPSEND=0,1000\r", 100)
        answer = bench.type(DATA[:1_000], 200)
        if not answer.startswith(b"\r\nDATA ACCEPT:0,"):
            break
        took.append(int(answer.split(b",")[1]))
    assert answer == b"\r\n0, SEND FAIL\r\n"
    assert took[-1] < 1_000
    assert sum(took) == 16_384
    assert bench.typist.ask("AT+CIPACK=0") == ["+CIPACK: 16384,8192,8192", "OK"]
    assert bench.typist.ask("AT+CIPSEND?") == ["+CIPSEND: 0,0", "OK"]


def test_sim7080_tells_the_room_and_takes_no_more():
    bench = filled(SIM7080, b"AT+CASEND=0,%d\r", b"\r\n>", OK)
    assert bench.answer == b"\r\nERROR\r\n"
    assert bench.typist.ask("AT+CASEND=0") == ["+CASEND: 384", "OK"]
    assert bench.typist.ask("AT+CAACK=0") == ["+CAACK: 16000,7808", "OK"]


def test_a76xx_takes_a_part_and_nothing_after_that():
    bench = opened("a7672")
    bench.host.is_reading = False
    answer = DONE = OK + b"\r\n+CIPSEND: 0,1000,1000\r\n"
    while answer == DONE:
        assert bench.type(b"AT+CIPSEND=0,1000\r", 100) == b"\r\n>"
        answer = bench.type(DATA[:1_000], 200)
    assert answer == OK + b"\r\n+CIPSEND: 0,1000,384\r\n"
    assert bench.typist.ask("AT+CIPACK=0") == ["+CIPACK: 16384,8192,0", "OK"]
    bench.host.is_reading = True
    bench.host.heard += bench.host.connection.receive(65_536)
    bench.type(b"", 120_000)
    # "If not equal, the socket cannot be used further."
    assert bench.type(b"AT+CIPSEND=0,10\r", 200) == b"\r\n+CIPERROR: 4\r\n\r\nERROR\r\n"
    assert len(bench.host.heard) == 16_384
    # What comes can still be read.
    bench.host.say(b"I hear you")
    bench.type(b"")
    assert bench.program.read() == b"I hear you"


def test_u_blox_tells_how_much_it_took():
    bench = opened(R4)
    bench.host.is_reading = False
    took = []
    while not took or took[-1]:
        took.append(bench.program.send(DATA[:1_000]))
    assert took[-2] == 384
    assert sum(took) == 16_384
    assert bench.typist.ask("AT+USOER") == ["+USOER: 11", "OK"]
    assert bench.typist.ask("AT+USOCTL=0,11") == ["+USOCTL: 0,11,8192", "OK"]


def test_a_send_of_nrf91_waits_for_room_for_30_s_and_tells_how_much_went():
    bench = opened(SM)
    bench.host.is_reading = False
    for _ in range(16):
        assert bench.program.send(DATA[:1_000]) == 1_000
    line = b'AT#XSEND=0,0,0,"%s"\r' % DATA[:1_000]
    assert bench.type(line, 29_900) == b""
    assert bench.type(b"", 1_000) == b"\r\n#XSEND: 0,0,384\r\n" + OK
    assert bench.type(line, 29_900) == b""
    assert bench.type(b"", 1_000) == b"\r\nERROR\r\n"


def test_gm02s_refuses_what_has_no_room():
    bench = filled(GM02S, b"AT+SQNSSENDEXT=1,%d\r", b"\r\n> ", OK)
    assert bench.answer == b"\r\nERROR\r\n"
    assert bench.typist.ask("AT+SQNSI=1") == ["+SQNSI: 1,16000,0,0,7808", "OK"]


# A send that finds a full buffer, and one that is taken in part: the answers.
REFUSED_SENDS = {
    BG95: (b"AT+QISEND=0,10\r", DATA[:10], b"\r\nSEND FAIL\r\n", b"\r\nSEND FAIL\r\n"),
    SIM7000: (b"AT+CIPSEND=0,10\r", DATA[:10], b"\r\n0, SEND FAIL\r\n", b"\r\n0, SEND FAIL\r\n"),
    SIM7080: (b"AT+CASEND=0,10\r", DATA[:10], b"\r\nERROR\r\n", b"\r\nERROR\r\n"),
    R4: (b"AT+USOWR=0,10\r", DATA[:10], b"\r\n+USOWR: 0,0\r\n" + OK, b"\r\n+USOWR: 0,5\r\n" + OK),
    GM02S: (b"AT+SQNSSENDEXT=1,10\r", DATA[:10], b"\r\nERROR\r\n", b"\r\nERROR\r\n"),
}


@pytest.mark.parametrize("family", REFUSED_SENDS)
@pytest.mark.parametrize(("share", "answer"), [(0.0, 2), (0.5, 3)])
def test_a_fault_fills_the_send_buffer_once(family, share, answer):
    bench = opened(family)
    line, data, *_ = row = REFUSED_SENDS[family]
    bench.modem.faults.fill_send_buffer(share=share)
    bench.type(line, 100)
    assert bench.type(data, 500) == row[answer]
    assert bench.program.send(data) == 10


def test_a_connection_that_breaks_in_data_mode_is_told_by_the_modems_own_plusses():
    bench = opened(SM)
    assert bench.type(b"AT#XSEND=0,2,0\r", 100) == OK
    bench.type(b"some bytes", 100)
    bench.host.connection.abort()
    assert bench.type(b"", 1_000) == b"+++"
    assert bench.type(b"are dropped", 500) == b""
    assert bench.type(b"+++", 500) == b"\r\n#XDATAMODE: -1\r\n"


def test_slm_2_says_it_at_the_end_of_data_mode_alone():
    bench = opened(SLM2)
    bench.type(b"AT#XSEND\r", 100)
    bench.host.connection.abort()
    bench.type(b"", 1_000)
    assert bench.type(b"bytes", 1_000) == b""
    assert bench.type(b"+++", 500) == b"\r\n#XDATAMODE: -1\r\n"


def test_a_segment_that_never_left_is_sent_again():
    bench = opened(BG95)
    bench.modem.faults.drop_uplink()
    assert bench.program.send(b"hello") == 5
    bench.type(b"", 300)
    assert bench.host.heard == b""
    bench.type(b"", 3_000)
    assert bench.host.heard == b"hello"


@pytest.mark.parametrize("family", PROGRAMS)
def test_every_fault_of_streams_at_every_command(family):
    cases = failures = 0
    for fault in STREAM_CATALOGUE:
        for command in range(1, 7):
            bench = Bench(family)
            fault.arm(bench.modem, At(command=command))
            program, accepted = PROGRAMS[family](bench.typist), b""
            program.limit_ms = 20_000
            try:
                program.open()
                for data in (DATA[:5], DATA[:100]):
                    accepted += data  # as much as may come, when the program fails here
                    taken = program.send(data)
                    accepted = accepted[: len(accepted) - len(data) + taken]
                    bench.typist.wait(2_000)
                    program.read()
                program.close()
            except (AssertionError, TimeoutError):
                failures += 1  # the program was told, and knows no other answer
            assert accepted.startswith(bench.host.heard), (fault.name, command)
            bench.modem.faults.disarm()
            bench.typist.wait(700_000)
            assert bench.type(b"AT\r", 400).endswith(OK), (fault.name, command)
            cases += 1
    print(f"{family}: {cases} cases, {failures} told as an error")
    assert cases == 36
    assert 0 < failures < 30


def test_a_modem_that_sleeps_with_its_radio_alone_keeps_its_connection():
    bench = opened(SM)
    bench.modem.faults.sleep()
    bench.type(b"", 5_000)
    assert bench.modem.power_saving.is_asleep
    assert bench.program.send(b"hello") == 5
    bench.type(b"", 5_000)
    assert not bench.modem.power_saving.is_asleep
    assert bench.host.heard == b"hello"


def test_a_modem_that_boots_out_of_power_saving_has_forgotten_it():
    bench = opened(BG95)
    bench.modem.faults.sleep()
    bench.type(b"", 5_000)
    bench.typist.press(600)
    bench.typist.wait(20_000)
    assert bench.typist.ask("AT+QISTATE")[-1] == "OK"
    assert bench.modem.sockets.streams.by_id == {}
    bench.host.say(b"are you there?")
    bench.typist.wait(60_000)
    assert isinstance(bench.host.events[-1], Reset)


def test_edrx_delays_a_segment_that_comes_down():
    bench = opened(SM)
    bench.type(b'AT+CEDRXS=2,4,"0010"\r')
    bench.type(b"AT#XRECVCFG=0,1\r", 30_000)
    bench.host.say(b"late")
    received, waited_ms = b"", 0
    while not received:
        received, waited_ms = bench.typist.wait(100), waited_ms + 100
    assert received.endswith(b"late\r\n")
    assert 200 < waited_ms <= 20_600
