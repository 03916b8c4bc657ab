"""What a user's type checker says of the packages: on a computer, and of firmware for a board."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [str(ROOT / folder) for folder in ("sdk", "bcl", "modem", "host_sim")]
BOARD_TYPES = ROOT / "tools" / "board_types"
STUBS = Path(sys.prefix) / "stubs"  # `make check` and `make test-slow` put them there

# Each comment is the type as basedpyright says it.
FIRMWARE = """
from nce import Device, Outbox, Undelivered
from nce_bcl import Template, pack
from nce_modem import BG95, AttachError, Modem
from nce_modem.signal import read_signal


async def report(device: Device, outbox: Outbox) -> None:
    reveal_type(await device.send({"battery": 99}))  # Delivery
    reveal_type((await device.send(b"...", topic="gps")).attempts)  # int
    reveal_type(device.store(b"..."))  # int
    reveal_type(outbox)  # Outbox
    reveal_type(Undelivered)  # type[Undelivered]


async def connect(modem: Modem) -> None:
    reveal_type(await modem.open_datagram("coap.os.1nce.com", 5683))  # DatagramSocket
    reveal_type((await read_signal(modem)).rsrp_dbm)  # float | None
    reveal_type(modem.iccid)  # str | None
    reveal_type(BG95)  # Quectel
    reveal_type(AttachError)  # type[AttachError]


def pack_up(template: Template) -> None:
    reveal_type(template.decode(b"1"))  # dict[str, Any]
    reveal_type(template.encode({"on": True}))  # bytes
    reveal_type(pack(1, []))  # bytes
"""
# The types that the fixtures of the same names have.
HOST = """
from nce_sim import Backend, PipeBoard, SimCard, World


def test_world(world: World, backend: Backend, sim_card: SimCard) -> None:
    reveal_type(world.add_sim())  # SimCard
    reveal_type(world.add_modem(sim_card).faults)  # Faults
    reveal_type(PipeBoard(world.add_modem(sim_card)))  # PipeBoard
    reveal_type(backend.settings)  # BackendSettings
"""
PORTS_OWN = """
import asyncio
import time


async def wait(until_ms: int) -> None:
    await asyncio.sleep_ms(time.ticks_diff(until_ms, time.ticks_ms()))
    asyncio.get_running_loop()  # CPython alone
"""


def types_of(source: str) -> list[str]:
    return re.findall(r"reveal_type\(.*\)  # (.*)", source)


def said_by_basedpyright(folder: Path, source: str, **settings: object) -> list[tuple[str, str]]:
    """`(severity, message)` of everything that basedpyright says of a file."""
    (folder / "theirs.py").write_text(source)
    config = {"include": ["theirs.py"], "extraPaths": FOLDERS, "typeCheckingMode": "standard"}
    (folder / "pyrightconfig.json").write_text(json.dumps({**config, **settings}))
    done = subprocess.run(
        [Path(sys.executable).with_name("basedpyright"), "--outputjson", "-p", folder],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [(row["severity"], row["message"].partition("\n")[0]) for row in found]


@pytest.mark.slow
def test_basedpyright_tells_a_user_the_types(tmp_path):
    source = FIRMWARE + HOST
    said = said_by_basedpyright(tmp_path, source)
    assert {severity for severity, _ in said} == {"information"}, said
    named = [message.rpartition(' is "')[2].rstrip('"') for _, message in said]
    assert named == types_of(source)


@pytest.mark.slow
@pytest.mark.parametrize("port", ["unix", "esp32", "rp2"])
def test_basedpyright_tells_an_author_of_firmware_the_types_of_a_port(port, tmp_path):
    if not (STUBS / port).is_dir():
        pytest.skip(f"needs {STUBS / port}: make check")
    said = said_by_basedpyright(
        tmp_path,
        FIRMWARE + PORTS_OWN,
        extends=str(BOARD_TYPES / f"{port}.json"),
        typeshedPath=str(STUBS / port),
        stubPath=str(STUBS / port),
        reportMissingModuleSource=False,
    )
    named = [
        message.rpartition(' is "')[2].rstrip('"') for kind, message in said if kind != "error"
    ]
    assert named == types_of(FIRMWARE)
    errors = [message for kind, message in said if kind == "error"]
    assert errors == ['"get_running_loop" is not a known attribute of module "asyncio"']


@pytest.mark.slow
def test_mypy_tells_a_user_the_types(tmp_path):
    source = FIRMWARE + HOST
    (tmp_path / "theirs.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", tmp_path, "theirs.py"],
        cwd=tmp_path,
        env={"MYPYPATH": ":".join(FOLDERS), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    wanted = [re.sub(r"type\[(\w+)\]", r"\1", name) for name in types_of(source)]
    assert len(revealed) == len(wanted), done.stdout
    for shown, name in zip(revealed, wanted, strict=True):
        # A class is shown as its constructor, a named tuple as a tuple; each ends in the name.
        assert re.search(rf"(^|[ .=>]){re.escape(name)}\]?$", shown), (shown, name)
