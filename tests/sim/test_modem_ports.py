"""The ports, with a real thing at the other end where there is one."""

import asyncio
import dataclasses
import os
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest
import serial

from nce_sim.clock import LoopClock, run_virtual
from nce_sim.modem import Modem, Power
from nce_sim.modem.personalities import BG95
from nce_sim.ports.descriptor import WRITE_LIMIT
from nce_sim.ports.pipe import PipeBoard, open_pipe
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.ports.tcp import TcpPort
from nce_sim.world import World

LIMIT_S = 10
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))


# Real seconds are dear: a BG95 that boots at once.
QUICK = dataclasses.replace(BG95, boot_ms=100, sim_ready_ms=100, reset_silence_ms=10)


def modem_off(clock) -> Modem:
    world = World(seed=1, clock=clock)
    return world.add_modem(world.add_sim(), QUICK)


def modem_on(clock) -> Modem:
    modem = modem_off(clock)
    modem.power_on()
    return modem


async def until(condition, limit_s=LIMIT_S):
    for _ in range(limit_s * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("the condition did not come true")


def test_a_pipe_carries_the_line_in_virtual_time():
    async def main(clock):
        modem = modem_on(clock)
        reader, writer = open_pipe(modem)
        received = b""
        while b"SMS DONE" not in received:
            received += await asyncio.wait_for(reader.read(16), 30)
        writer.write(b"AT\r")
        await writer.drain()
        received = b""
        while len(received) < 9:
            received += await asyncio.wait_for(reader.read(64), 5)
        writer.close()
        with pytest.raises(OSError, match="closed"):
            writer.write(b"AT\r")
        return received, await reader.read(4), clock.now_ms()

    received, end, now_ms = run_virtual(main)
    assert received == b"AT\r\r\nOK\r\n"
    assert end == b""
    assert now_ms < 5_000


def test_a_child_gets_a_non_blocking_line_and_a_power_key():
    async def main():
        modem = modem_off(LoopClock())
        port = SocketpairPort(modem)
        uart, key = (os.dup(fd) for fd in port.child_fds)
        port.child_started()
        assert not os.get_blocking(uart)
        with pytest.raises(BlockingIOError):
            os.read(uart, 1)
        os.write(key, b"1")
        await asyncio.sleep(0.55)
        os.write(key, b"0")
        await until(lambda: modem.power is Power.ON)
        await asyncio.sleep(0.6)  # APP RDY and the SIM's lines
        assert os.read(uart, 4096).startswith(b"\r\nRDY\r\n")
        os.write(uart, b"AT\r")
        await asyncio.sleep(0.1)
        answer = os.read(uart, 64)
        os.close(uart), os.close(key)
        await asyncio.wait_for(port.ended.wait(), LIMIT_S)
        port.close()
        port.close()
        return answer

    assert asyncio.run(main()) == b"AT\r\r\nOK\r\n"


CHILD = r"""
import asyncio, sys
async def main():
    uart, key = (open(int(fd), "r+b") for fd in sys.argv[1:3])
    reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})
    key.write(b"1"); await asyncio.sleep_ms(550); key.write(b"0")
    while await reader.readline() != b"RDY\r\n": pass
    writer.write(b"AT\r"); await writer.drain()
    while await reader.readline() != b"OK\r\n": pass
    print("answered")
asyncio.run(asyncio.wait_for(main(), 9))
"""


@pytest.mark.skipif(MICROPYTHON is None, reason="no MicroPython interpreter is installed")
def test_micropython_switches_the_modem_on_and_is_answered(tmp_path):
    script = tmp_path / "child.py"
    script.write_text(CHILD)

    async def main():
        port = SocketpairPort(modem_off(LoopClock()))
        child = await asyncio.create_subprocess_exec(
            MICROPYTHON,
            script,
            *map(str, port.child_fds),
            pass_fds=port.child_fds,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        port.child_started()
        output, _ = await asyncio.wait_for(child.communicate(), LIMIT_S)
        await asyncio.wait_for(port.ended.wait(), LIMIT_S)
        port.close()
        return output

    assert asyncio.run(main()) == b"answered\n"


def test_output_a_child_does_not_read_is_bounded():
    async def main():
        modem = modem_on(LoopClock())
        port = SocketpairPort(modem)
        for _ in range(2_000):
            modem.send_to_host(bytes(1_000))
        lost = port.line.bytes_lost
        port.close()
        modem.send_to_host(b"to nobody")
        return lost

    assert 0 < asyncio.run(main()) <= 2_000_000 - WRITE_LIMIT


def ask(path, line, limit_s=LIMIT_S):
    with serial.Serial(path, 115_200, timeout=0.05) as device:
        device.write(line)
        received, deadline = b"", time.monotonic() + limit_s
        while not received.endswith((b"OK\r\n", b"ERROR\r\n")) and time.monotonic() < deadline:
            received += device.read(64)
        return received


def test_pyserial_talks_to_the_pty_which_outlives_hosts_and_resets():
    async def main():
        modem = modem_on(LoopClock())
        port = PtyPort(modem)
        await until(lambda: modem.sim_is_ready)
        first = await asyncio.to_thread(ask, port.path, b"AT\r")
        second = await asyncio.to_thread(ask, port.path, b"ATI\r\n")
        modem.faults.kill(silent_ms=modem.personality.boot_ms)
        await until(lambda: modem.boots == 2)
        third = await asyncio.to_thread(ask, port.path, b"ATE0\r")
        port.close()
        return first, second, third

    first, second, third = asyncio.run(main())
    assert first == b"AT\r\r\nOK\r\n"
    assert second.startswith(b"ATI\r\r\nQuectel\r\nBG95-M3\r\n")
    assert third.endswith(b"ATE0\r\r\nOK\r\n")


def test_a_host_connects_by_tcp_a_second_is_turned_away():
    async def main():
        modem = modem_on(LoopClock())
        port = await TcpPort.open(modem)
        await until(lambda: modem.sim_is_ready)
        reader, writer = await asyncio.open_connection(*port.address)
        await asyncio.sleep(0.05)
        other_reader, other_writer = await asyncio.open_connection(*port.address)
        turned_away = await asyncio.wait_for(other_reader.read(8), LIMIT_S)
        other_writer.close()
        writer.write(b"AT\r")
        answer = await asyncio.wait_for(reader.readexactly(9), LIMIT_S)
        writer.close()
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection(*port.address)
        writer.write(b"AT\r")
        again = await asyncio.wait_for(reader.readexactly(9), LIMIT_S)
        writer.close()
        await port.close()
        with pytest.raises(OSError):
            socket.create_connection(port.address, timeout=1).close()
        return turned_away, answer, again

    turned_away, answer, again = asyncio.run(main())
    assert turned_away == b""
    assert answer == again == b"AT\r\r\nOK\r\n"


def test_a_board_without_power_is_neither_heard_nor_hears():
    async def main(clock):
        modem = World(1, clock).add_modem(None)
        modem.power_on()
        board = PipeBoard(modem)
        reader, writer = await board.open_uart()
        await asyncio.sleep(5)
        assert b"RDY" in await reader.read(100)

        board.cut_power()
        for uart in (writer, (await board.open_uart())[1]):
            uart.write(b"AT+CGMM\r")
            await uart.drain()
        board.power_key(True)
        await asyncio.sleep(5)
        assert modem.timeline.records(kind="command") == []
        assert modem.power is Power.ON
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read(1), 5)

        board.restore_power()
        writer.write(b"AT+CGMM\r")  # of the program that was running
        reader, writer = await board.open_uart()
        writer.write(b"AT\r")
        await asyncio.sleep(1)
        assert await reader.read(100) == b"AT\r\r\nOK\r\n"
        assert modem.timeline.records(kind="command") == []

    run_virtual(main)
