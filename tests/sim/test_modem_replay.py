"""Recorded sessions answered back, and the ports that need a real line."""

import asyncio
import os
import pty
import termios
import tty

import pytest
import serial

from nce_sim.clock import LoopClock, VirtualClock
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.rfc2217 import Rfc2217Port
from nce_sim.ports.serial_device import SerialPort
from nce_sim.record.replay import (
    Entry,
    Recorder,
    Replay,
    SessionMistake,
    read_session,
    write_session,
)
from nce_sim.world import World

SESSION = """
{"at_ms": 100, "direction": "rx", "hex": "0d0a5244590d0a"}
{"at_ms": 500, "direction": "tx", "hex": "41540d"}
{"at_ms": 512, "direction": "rx", "hex": "0d0a4f4b0d0a"}
{"at_ms": 900, "direction": "rx", "hex": "0d0a2b4354"}
{"at_ms": 905, "direction": "rx", "hex": "5a560d0a"}
{"at_ms": 1000, "direction": "tx", "hex": "4154490d"}
{"at_ms": 1001, "direction": "rx", "hex": "424739350d0a"}
"""


def replayed():
    clock = VirtualClock()
    replay, heard = Replay(read_session(SESSION), clock), []
    replay.send_to_host = heard.append
    return clock, replay, heard


def test_a_session_is_answered_at_its_own_pace():
    clock, replay, heard = replayed()
    clock.advance(5_000)
    assert heard == [b"\r\nRDY\r\n"]
    for byte in b"AT\r":
        replay.receive_from_host(bytes([byte]))
    clock.advance(11)
    assert len(heard) == 1
    clock.advance(1)
    assert heard[1:] == [b"\r\nOK\r\n"]
    clock.advance(388 + 5)
    assert heard[2:] == [b"\r\n+CT", b"ZV\r\n"]
    replay.receive_from_host(b"ATI\r")
    clock.advance(1)
    assert heard[-1] == b"BG95\r\n"
    assert replay.is_over
    assert replay.deviation is None


def test_bytes_that_come_too_early_wait_for_their_turn():
    clock, replay, heard = replayed()
    replay.receive_from_host(b"AT\rATI\r")
    clock.advance(10_000)
    assert b"".join(heard) == b"\r\nRDY\r\n\r\nOK\r\n\r\n+CTZV\r\nBG95\r\n"


def test_another_host_is_not_answered():
    clock, replay, heard = replayed()
    clock.advance(1_000)
    replay.receive_from_host(b"ATE0\r")
    clock.advance(10_000)
    assert len(heard) == 1
    assert "the host sent b'ATE0" in str(replay.deviation)


@pytest.mark.parametrize(
    "line",
    ['{"at_ms": 1}', "nonsense", '{"at_ms": 1, "direction": "up", "hex": ""}', "[1]"],
)
def test_a_broken_session_says_where(line):
    with pytest.raises(SessionMistake, match="line 1"):
        read_session(line)


def test_a_simulated_modems_session_is_recorded_and_replayed():
    world = World(seed=1)
    modem = world.add_modem(world.add_sim())
    recorder, heard = Recorder(modem, world.clock), []
    recorder.send_to_host = heard.append
    modem.power_on()
    world.advance(5_000)
    recorder.receive_from_host(b"ATI\r")
    world.advance(100)
    text = write_session(recorder.entries)
    assert read_session(text) == recorder.entries
    assert isinstance(recorder.entries[0], Entry)
    clock, again = VirtualClock(), []
    replay = Replay(read_session(text), clock)
    replay.send_to_host = again.append
    clock.advance(5_000)
    replay.receive_from_host(b"ATI\r")
    clock.advance(100)
    assert again == heard


def ask(device, line, reads=100):
    device.write(line)
    received = b""
    for _ in range(reads):
        received += device.read(64)
        if received.endswith(b"OK\r\n"):
            break
    return received


async def booted(modem):
    modem.power_on()
    for _ in range(1_000):
        if modem.sim_is_ready:
            await asyncio.sleep(0.1)
            return
        await asyncio.sleep(0.01)


def modem_of(clock):
    import dataclasses

    from nce_sim.modem.personalities import BG95

    world = World(seed=1, clock=clock)
    quick = dataclasses.replace(BG95, boot_ms=20, sim_ready_ms=20)
    return world.add_modem(world.add_sim(), quick)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's own thread
def test_pyserial_reaches_a_modem_by_rfc_2217():
    def client(port):
        with serial.serial_for_url(
            f"rfc2217://127.0.0.1:{port}", baudrate=9_600, timeout=0.05
        ) as device:
            first = ask(device, b"ATE0\r")
            device.dtr = False
            device.dtr = True
            # 255 is Telnet's escape and must come through both ways.
            return first, ask(device, b"\xffAT\r")

    async def main():
        modem = modem_of(LoopClock())
        await booted(modem)
        port = await Rfc2217Port.open(modem)
        answers = await asyncio.wait_for(asyncio.to_thread(client, port.address[1]), 20)
        baud = port.settings.baudrate
        await port.close()
        await port.close()
        return answers, baud

    (first, second), baud = asyncio.run(main())
    assert first.endswith(b"ATE0\r\r\nOK\r\n")
    assert second == b"\r\nOK\r\n"
    assert baud == 9_600


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's own thread
def test_over_rfc_2217_the_rate_matters_when_it_is_told():
    def client(port):
        with serial.serial_for_url(f"rfc2217://127.0.0.1:{port}", 9_600, timeout=0.05) as device:
            first = ask(device, b"ATE0\r", reads=10)
            device.baudrate = 115_200
            ask(device, b"\r", reads=4)
            return first, ask(device, b"AT\r")

    async def main():
        modem = modem_of(LoopClock())
        await booted(modem)
        port = await Rfc2217Port.open(modem)
        port.settings.on_rate = modem.uart.host_is_at
        answers = await asyncio.wait_for(asyncio.to_thread(client, port.address[1]), 20)
        await port.close()
        return answers

    first, second = asyncio.run(main())
    assert b"OK" not in first
    assert second.endswith(b"OK\r\n")


def test_a_modem_on_a_serial_device_answers_a_board():
    async def main():
        modem = modem_of(LoopClock())
        await booted(modem)
        board, device = pty.openpty()
        tty.setraw(device)
        port = SerialPort(modem, os.ttyname(device))
        modem.uart.on_rate = port.set_rate
        os.write(board, b"AT+IPR=9600\r")
        for _ in range(100):
            await asyncio.sleep(0.01)
            if len(modem.timeline.records(kind="result")):
                break
        await asyncio.sleep(0.05)
        answer = os.read(board, 64)
        speed = termios.tcgetattr(device)[4:6]
        port.close()
        os.close(board)
        os.close(device)
        return answer, speed

    answer, speed = asyncio.run(main())
    assert answer == b"AT+IPR=9600\r\r\nOK\r\n"
    assert speed == [termios.B9600, termios.B9600]


def test_a_replay_stands_behind_any_port():
    async def main():
        port = PtyPort(Replay(read_session(SESSION), LoopClock()))

        def client():
            with serial.Serial(port.path, timeout=0.05) as device:
                return ask(device, b"AT\r")

        answer = await asyncio.wait_for(asyncio.to_thread(client), 10)
        port.close()
        return answer

    assert asyncio.run(main()).endswith(b"\r\nOK\r\n")
