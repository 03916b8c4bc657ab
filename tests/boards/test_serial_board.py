"""The driver over a serial device with a simulated modem; recorded, replayed, diagnosed."""

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nce_cli.doctor import doctor, examine_board
from nce_cli.modem_log import RecordingBoard
from nce_modem import BG95, Modem, errors
from nce_modem.serial_board import SerialBoard
from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.rfc2217 import Rfc2217Port
from nce_sim.ports.tcp import TcpPort
from nce_sim.record.replay import Replay, read_session, write_session
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World

BOARD = Path(__file__).parents[2] / "boards/serial/board.py"


def load_board():
    spec = importlib.util.spec_from_file_location("serial_board_file", BOARD)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Board


def play(scene, timeout_s=60, with_sim=True):
    """Run `scene(path of the pty, simulated modem, world)` in real time."""

    async def within():
        quick = Settings(cell=CellSettings(search_ms=(100, 200)))
        world = World(1, settings=quick, clock=LoopClock())
        backend = Backend(world)
        device = world.add_modem(world.add_sim())
        if not with_sim:
            device.sim = None
        port = PtyPort(device)
        device.power_on()
        try:
            return await asyncio.wait_for(scene(port.path, device, world), timeout_s)
        finally:
            port.close()
            backend.close()

    return asyncio.run(within())


def test_a_port_is_opened_by_one_program_at_a_time():
    async def scene(path, device, world):
        _, writer = await SerialBoard(path).open_uart()
        with pytest.raises(errors.LineClosed):
            await SerialBoard(path).open_uart()
        writer.close()
        _, writer = await SerialBoard(path).open_uart()
        writer.close()

    play(scene)


def test_a_modem_on_a_serial_port_attaches_and_carries_datagrams():
    board_class = load_board()

    async def scene(path, device, world):
        board = board_class(path)
        assert board.power_key is None
        modem = Modem(board, family=BG95)
        await modem.attach()
        assert modem.address.startswith("10.160.")
        port = await modem.open_datagram("udp.os.1nce.com", 4445)
        await port.send(bytes(range(256)) * 4)
        await port.close()
        await modem.close()
        # And again: the device survives its user.
        modem = Modem(SerialBoard(path), family=BG95)
        await modem.power_on()
        assert modem.model.startswith("BG95")
        await modem.close()

    play(scene)


@pytest.mark.slow
def test_a_recorded_session_is_played_back_and_diagnosed(tmp_path):
    file = tmp_path / "session.jsonl"

    async def record(path, device, world):
        entries = []
        board = RecordingBoard(SerialBoard(path), entries.append)
        report = await examine_board(board)
        assert report.is_healthy
        file.write_text(write_session(entries))
        return device.sim

    sim = play(record)
    entries = read_session(file.read_text())
    assert {entry.direction for entry in entries} == {"tx", "rx"}

    async def play_back():
        clock = LoopClock()
        replay = Replay(entries, clock)
        port = PtyPort(replay)
        try:
            return await asyncio.wait_for(examine_board(SerialBoard(port.path)), 60), replay
        finally:
            port.close()

    report, replay = asyncio.run(play_back())
    assert replay.deviation is None
    assert report.is_healthy

    app = typer.Typer()
    app.command()(doctor)
    result = CliRunner().invoke(app, ["--log", str(file)])
    assert result.exit_code == 0, result.output
    assert "ATTACHED" in result.output
    assert sim.iccid not in result.output


def test_doctor_names_the_missing_sim():
    async def scene(path, device, world):
        return await examine_board(SerialBoard(path))

    report = play(scene, with_sim=False)
    assert not report.is_healthy
    assert report.step == "sim"
    assert "SIM" in report.reason


def test_a_port_that_is_not_there_is_an_error_that_says_so():
    async def scene():
        modem = Modem(SerialBoard("/dev/no-such-port"), family=BG95)
        with pytest.raises(errors.LineClosed, match="no-such-port"):
            await modem.power_on()
        report = await examine_board(SerialBoard("/dev/no-such-port"))
        assert report.step == "port missing"
        assert "--list" in report.remedy

    asyncio.run(scene())


def test_a_port_that_goes_away_is_a_closed_line():
    async def scene():
        master, slave = os.openpty()
        path = os.ttyname(slave)
        reader, writer = await SerialBoard(path).open_uart()
        os.write(master, b"x")
        assert await asyncio.wait_for(reader.read(10), 5) == b"x"
        os.close(slave)
        os.close(master)
        assert await asyncio.wait_for(reader.read(10), 5) == b""
        writer.write(b"AT\r")
        with pytest.raises(OSError, match="gone"):
            await writer.drain()
        writer.close()
        writer.close()

    asyncio.run(scene())


def test_a_wrong_power_line_is_refused():
    with pytest.raises(ValueError, match="dtr"):
        SerialBoard("/dev/null", power_line="cts")


def play_remote(scene, port_class, timeout_s=60):
    """Run `scene(TCP port, simulated modem)` in real time."""

    async def within():
        quick = Settings(cell=CellSettings(search_ms=(100, 200)))
        world = World(1, settings=quick, clock=LoopClock())
        device = world.add_modem(world.add_sim())
        port = await port_class.open(device)
        device.power_on()
        try:
            return await asyncio.wait_for(scene(port.address[1], port, device), timeout_s)
        finally:
            await port.close()

    return asyncio.run(within())


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "kind"), [("rfc2217", Rfc2217Port), ("socket", TcpPort)])
def test_doctor_examines_a_modem_across_the_network(scheme, kind, tmp_path):
    async def scene(number, port, device):
        url = f"{scheme}://127.0.0.1:{number}"
        nce = "import sys; from nce_cli.app import app; app(sys.argv[1:])"
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", nce, "doctor", "--port", url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await program.communicate())[0].decode()
        assert program.returncode == 0, output
        assert "ATTACHED" in output
        # And again, recorded: the line was let go.
        session = tmp_path / "session.jsonl"
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", nce, "modem", "log", "--port", url, "-o", str(session)),
            *("--minutes", "0.2"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await program.communicate())[0].decode()
        assert program.returncode == 0, output
        assert len(read_session(session.read_text())) > 50

    play_remote(scene, kind)


# pyserial's way to make its thread.
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
def test_a_remote_line_that_ends_is_closed_and_its_power_key_is_a_control_line():
    async def scene(number, port, device):
        board = SerialBoard(f"rfc2217://127.0.0.1:{number}", power_line="dtr")
        modem = Modem(board, family=BG95)
        await modem.power_on()
        for is_pressed in (False, True, False):
            board.power_key(is_pressed)
            for _ in range(50):
                if port.settings.dtr == is_pressed:
                    break
                await asyncio.sleep(0.1)
            assert port.settings.dtr == is_pressed
        await port.close()
        await asyncio.sleep(1)  # pyserial's own thread sees it
        with pytest.raises(errors.LineClosed):
            await modem.resolve("udp.os.1nce.com")
        await modem.close()

    play_remote(scene, Rfc2217Port)


@pytest.mark.parametrize(
    "url",
    ["socket://127.0.0.1:1", "rfc2217://127.0.0.1:1", "socket://nowhere", "carrier://pigeon"],
)
def test_an_address_where_no_port_is_is_an_error_that_says_so(url):
    report = asyncio.run(examine_board(SerialBoard(url)))
    assert report.step in ("port", "port missing")
    assert url in report.reason
