"""`nce doctor` and `nce modem log` as processes, on pseudo-terminals with a simulated modem."""

import asyncio
import fcntl
import json
import os
import signal
import stat
import sys
import time
import tty

import pytest
from typer.testing import CliRunner

import nce_cli.doctor
import nce_cli.ports
from nce_cli import exit_codes
from nce_modem.serial_board import PortError, SerialBoard
from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.ports.pty import PtyPort
from nce_sim.record.replay import read_session
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World

NCE = "import sys; from nce_cli.app import app; app(sys.argv[1:])"
LIMIT_S = 120


class Bench:
    """A simulated modem on a pty; `path` is the port."""

    def __init__(self, **port_options):
        quick = Settings(cell=CellSettings(search_ms=(100, 200)))
        self.world = World(1, settings=quick, clock=LoopClock())
        self.backend = Backend(self.world)
        self.device = self.world.add_modem(self.world.add_sim())
        if port_options.pop("rate_matters", False):
            port_options["on_rate"] = self.device.uart.host_is_at
        self.port = PtyPort(self.device, **port_options)
        self.path = self.port.path
        self.device.power_on()

    def close(self):
        self.port.close()
        self.backend.close()


def play(scene, **options):
    """Run `scene(bench)` in real time."""

    async def within():
        bench = Bench(**options)
        try:
            return await asyncio.wait_for(scene(bench), LIMIT_S)
        finally:
            bench.close()

    return asyncio.run(within())


async def started(*arguments):
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", NCE, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def nce(*arguments):
    """Exit status, output, and what went to stderr."""
    program = await started(*arguments)
    output, errors = await program.communicate()
    return program.returncode, output.decode(), errors.decode()


@pytest.fixture
def silent_port():
    """A pty on which nothing answers: (path, descriptor of the other end)."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave), master
    os.close(master)
    os.close(slave)


def test_an_attached_modem_is_told_as_json_without_secrets():
    async def scene(bench):
        status, output, _ = await nce("doctor", "--port", bench.path, "--family", "bg95", "--json")
        report = json.loads(output)
        assert (status, report["schema"], report["exit_status"]) == (0, 1, 0), output
        assert report["is_healthy"]
        assert report["step"] == ""
        assert set(report) == {
            "schema", "is_healthy", "exit_status", "step", "reason", "remedy", "evidence", "rows",
            "transcript",
        }  # fmt: skip
        assert {"name": "driver", "value": "Quectel BG95"} in report["rows"]
        sim = bench.device.sim
        for secret in (sim.iccid, sim.imsi, bench.device.imei):
            assert secret not in output

    play(scene)


def test_a_modem_at_another_rate_is_moved_and_told():
    async def scene(bench):
        bench.device.uart.host_is_at(115_200)
        bench.device.faults.set_rate(9600)
        status, output, errors = await nce("doctor", "--port", bench.path, "--family", "bg95")
        assert status == 0, output + errors
        assert "the modem answers at 9600 bit/s" in output
        assert "the modem was moved to 115200 bit/s" in output
        assert bench.device.uart.rate_bps == 115_200

    play(scene, rate_matters=True)


def test_a_modem_without_a_sim_answers_and_is_not_attached():
    async def scene(bench):
        bench.device.sim = None
        status, output, _ = await nce("doctor", "--port", bench.path, "--family", "bg95")
        assert status == exit_codes.NOT_ATTACHED
        assert "STOPPED AT   sim" in output

    play(scene)


def test_a_port_that_is_not_there(tmp_path):
    missing = str(tmp_path / "ttyUSB7")
    status, output, _ = asyncio.run(nce("doctor", "--port", missing))
    assert status == exit_codes.PORT_MISSING
    assert missing in output
    assert "nce doctor --list" in output


def test_a_port_that_another_program_has_is_busy_and_names_it(silent_port):
    path, _ = silent_port
    with open(path, "r+b", buffering=0) as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status, output, _ = asyncio.run(nce("doctor", "--port", path))
    assert status == exit_codes.PORT_BUSY, output
    assert "another program has it" in output
    assert f"({os.getpid()})" in output


def test_doctor_locks_the_port_and_gives_it_back():
    async def scene(bench):
        board = SerialBoard(bench.path)
        _, writer = await board.open_uart()
        with pytest.raises(PortError) as raised:
            await SerialBoard(bench.path).open_uart()
        assert raised.value.step == "port busy"
        writer.close()
        _, writer = await SerialBoard(bench.path).open_uart()
        writer.close()

    play(scene)


def test_a_port_that_is_forbidden(silent_port, monkeypatch):
    """Root may open everything, so the refusal comes from the system call's place."""
    path, _ = silent_port
    opened = os.open

    def refuse(name, *arguments, **keywords):
        if name == path:
            raise PermissionError(13, "Permission denied", name)
        return opened(name, *arguments, **keywords)

    monkeypatch.setattr(os, "open", refuse)
    result = CliRunner().invoke(nce_cli.doctor.app, ["--port", path])
    assert result.exit_code == exit_codes.PORT_FORBIDDEN, result.output
    assert "dialout" in result.output


def test_a_file_is_no_port(tmp_path):
    path = tmp_path / "file"
    path.write_text("AT")
    status, output, _ = asyncio.run(nce("doctor", "--port", str(path)))
    assert status == exit_codes.PORT_FAILED, output


# What a port says to everything, and what doctor makes of it.
VOICES = (
    (bytes.fromhex("e6809880fe989e98e6809880"), exit_codes.GARBAGE, "garbage", "e6 80 98"),
    (b"$GPRMC,,V,,,,,,,,,,N*53\r\n", exit_codes.GARBAGE, "not AT", "GPRMC"),
    (b"", exit_codes.SILENT, "power", "did not answer AT"),
)


async def diagnosed(port):
    status, output, errors = await nce("doctor", "--port", port, "--family", "bg95", "--json")
    assert output, errors
    report = json.loads(output)
    assert report["exit_status"] == status
    return status, report


async def on_a_pty(says, status, step, word):
    master, slave = os.openpty()
    tty.setraw(slave)

    def answer():
        os.read(master, 4096)
        if says:
            os.write(master, says)

    asyncio.get_running_loop().add_reader(master, answer)
    try:
        found, report = await diagnosed(os.ttyname(slave))
    finally:
        asyncio.get_running_loop().remove_reader(master)
        os.close(slave)
        os.close(master)
    assert (found, report["step"]) == (status, step), report
    assert word in report["reason"]
    assert report["remedy"]


async def on_a_line_of_a_fixed_rate():
    async def talk(reader, writer):
        while await reader.read(100):
            writer.write(VOICES[0][0])
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    found, report = await diagnosed(f"socket://127.0.0.1:{number}")
    server.close()
    assert (found, report["step"]) == (exit_codes.WRONG_RATE, "rate"), report
    assert "e6 80" in report["reason"]
    assert "9600" in report["remedy"]


@pytest.mark.slow
def test_a_wrong_rate_gibberish_another_language_and_silence_are_told_apart():
    async def scene():
        # Together: each takes the half minute that a modem is given to start.
        await asyncio.gather(on_a_line_of_a_fixed_rate(), *[on_a_pty(*row) for row in VOICES])

    asyncio.run(asyncio.wait_for(scene(), 3 * LIMIT_S))


class FoundPort:
    device, description, manufacturer = "/dev/ttyUSB0", "LTE Modem", "Quectel"
    vid, pid, serial_number = 0x2C7C, 0x0700, "SECRET-7"


@pytest.mark.parametrize("ports", [[FoundPort()], []])
@pytest.mark.parametrize("as_json", [False, True])
def test_ports_are_listed_with_their_description_and_no_serial_number(monkeypatch, ports, as_json):
    import serial.tools.list_ports

    monkeypatch.setattr(serial.tools.list_ports, "comports", lambda: ports)
    result = CliRunner().invoke(nce_cli.doctor.app, ["--list", *["--json"] * as_json])
    assert result.exit_code == (0 if ports else exit_codes.PORT_MISSING)
    assert "SECRET-7" not in result.output
    if ports and as_json:
        assert json.loads(result.stdout) == {
            "schema": 1,
            "ports": [
                {
                    "port": "/dev/ttyUSB0",
                    "description": "LTE Modem, Quectel",
                    "usb_id": "2c7c:0700",
                }
            ],
        }
    elif ports:
        assert result.stdout == "/dev/ttyUSB0  LTE Modem, Quectel  2c7c:0700\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--list", "--port", "/dev/null"],
        ["--port", "/dev/null", "--family", "bg94"],
        ["--port", "/dev/null", "--power-line", "cts"],
        ["--port", "/dev/null", "--power-line", "rts", "--rtscts"],
    ],
)
def test_wrong_usage_is_2(arguments):
    assert CliRunner().invoke(nce_cli.doctor.app, arguments).exit_code == exit_codes.WRONG_USAGE


def test_the_help_names_each_exit_status():
    text = CliRunner().invoke(nce_cli.doctor.app, ["--help"]).output
    for number in sorted({exit_codes.DONE, exit_codes.NOT_ATTACHED, *exit_codes.OF_STEP.values()}):
        assert f"{number} " in text.partition("Exit status")[2]


# Recording.


async def recording(bench, path, *more):
    """A process that records and has attached."""
    program = await started(
        *("modem", "log", "--port", bench.path, "-o", str(path), "--family", "bg95", *more)
    )
    line = await asyncio.wait_for(program.stderr.readline(), 60)
    assert b"Recording" in line, line
    return program


async def shows(path, text):
    for _ in range(200):
        if text in received(path):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{text} is not in the recording")


def received(path):
    entries = read_session(path.read_text())
    return b"".join(entry.data for entry in entries if entry.direction == "rx")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_lasts_until_ctrl_c(tmp_path, number):
    path = tmp_path / "session.jsonl"

    async def scene(bench):
        program = await recording(bench, path)
        bench.device.faults.say("+CTZV: +08")
        await shows(path, b"+CTZV: +08")
        program.send_signal(number)
        output, errors = await program.communicate()
        assert program.returncode == exit_codes.DONE, output + errors
        assert b"ATTACHED" in output
        assert b"pieces in" in errors

    play(scene)


@pytest.mark.slow
def test_a_recording_that_is_killed_keeps_all_that_was_said(tmp_path):
    path = tmp_path / "session.jsonl"

    async def scene(bench):
        program = await recording(bench, path)
        bench.device.faults.say("+CTZV: +08")
        await shows(path, b"+CTZV: +08")
        program.kill()  # kill -9
        await program.wait()
        assert b"+QIACT" in received(path)
        assert b"+CTZV: +08" in received(path)
        # And the port is free again.
        program = await recording(bench, tmp_path / "next.jsonl")
        program.send_signal(signal.SIGINT)
        await program.communicate()

    play(scene)
    status, output, _ = asyncio.run(nce("doctor", "--log", str(path)))
    assert status == 0
    assert "ATTACHED" in output


def test_a_recording_ends_after_its_minutes(tmp_path):
    path = tmp_path / "session.jsonl"

    async def scene(bench):
        begun_s = time.monotonic()
        status, _, errors = await nce(
            *("modem", "log", "--port", bench.path, "-o", str(path), "--minutes", "0.1")
        )
        assert status == exit_codes.DONE
        assert "pieces in" in errors
        assert 6 <= time.monotonic() - begun_s < 40
        assert received(path)

    play(scene)


def test_a_port_that_goes_away_ends_the_recording_and_keeps_it(tmp_path):
    path = tmp_path / "session.jsonl"

    async def scene(bench):
        program = await recording(bench, path)
        bench.port.close()
        output, errors = await program.communicate()
        assert program.returncode == exit_codes.PORT_FAILED, output + errors
        assert b"went away" in errors
        assert b"+QIACT" in received(path)

    play(scene)


def test_an_earlier_recording_is_not_replaced_unasked(tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text("precious\n")
    arguments = ("modem", "log", "--port", str(tmp_path / "no-port"), "-o", str(path))
    status, _, errors = asyncio.run(nce(*arguments))
    assert status == exit_codes.WRONG_USAGE
    assert "--overwrite" in errors
    assert path.read_text() == "precious\n"
    assert asyncio.run(nce(*arguments, "--overwrite"))[0] == exit_codes.PORT_MISSING


def test_a_port_that_cannot_be_opened_leaves_no_empty_recording(tmp_path):
    path = tmp_path / "session.jsonl"
    arguments = ("modem", "log", "--port", str(tmp_path / "no-port"), "-o", str(path))
    status, output, _ = asyncio.run(nce(*arguments))
    assert status == exit_codes.PORT_MISSING
    assert "no-port" in output
    assert not path.exists()


def test_a_bad_path_is_told_before_the_modem_is_touched(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "x", tmp_path, tmp_path / "file" / "x"):
        status, _, errors = asyncio.run(
            nce("modem", "log", "--port", str(tmp_path / "no-port"), "-o", str(path))
        )
        assert status == exit_codes.WRONG_USAGE, (path, errors)


def test_a_full_disk_ends_the_recording_with_a_reason():
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)

    async def scene(bench):
        status, _, errors = await nce(
            *("modem", "log", "--port", bench.path, "-o", "/dev/full", "--family", "bg95")
        )
        assert status == 1, errors
        assert "takes no more: No space left" in errors

    play(scene)


def test_only_other_programs_hold_a_port(silent_port):
    path, _ = silent_port
    assert nce_cli.ports.holders(path) == []
    assert nce_cli.ports.holders("/dev/no-such-port") == []
