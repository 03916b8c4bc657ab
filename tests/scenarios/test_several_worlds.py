"""Several worlds on one computer: each has a block of twins of its own, and its own SIMs."""

import asyncio
import socket
from contextlib import ExitStack

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from support.running_world import (
    bootstrap,
    endpoint_twin,
    open_world,
    parts,
    private_folder,
    run_nce,
    socket_at,
)
from support.twin_world import open_twins

pytestmark = pytest.mark.slow


def test_two_programs_and_one_in_process_answer_their_own_sims():
    async def in_process(descriptions):
        async with open_twins() as twins:
            blocks = [description["twins"] for description in descriptions]
            assert twins.ports._block.shift not in blocks
            iccid, _, _ = await asyncio.to_thread(ask, twins.sim_twin, (twins.coap_twin, 5683))
            assert iccid == twins.sim.iccid.encode()

    def ask(sim_twin, coap_twin):
        with socket_at(sim_twin) as line:
            return bootstrap(line, coap_twin)

    with private_folder() as folder, ExitStack() as worlds:
        # Seeds apart, so that no ICCID can be right by being another world's.
        descriptions = [
            worlds.enter_context(open_world("--seed", seed, folder=folder)).description
            for seed in ("2", "3")
        ]
        assert descriptions[0]["twins"] != descriptions[1]["twins"]
        assert descriptions[0]["control"]["socket"] != descriptions[1]["control"]["socket"]
        for description in descriptions:
            sim = description["sims"][0]
            iccid, key, url = ask(sim["twin"], endpoint_twin(description, 5683))
            assert (iccid, url) == (sim["iccid"].encode(), b"coaps://coap.os.1nce.com:5684")
            assert len(key) == 16
        asyncio.run(in_process(descriptions))


def test_twins_can_be_chosen_and_what_is_taken_is_refused():
    with private_folder() as folder, open_world(folder=folder) as first:
        taken = str(first.description["twins"])
        refused = run_nce(folder, "sim", "up", "--twins", taken)
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert f"block {taken} is not free" in refused.stderr
        assert "--twins auto" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("text", ["95", "-1", "x", "007 ", ""])
def test_a_block_that_cannot_be_is_refused(text):
    done = CliRunner().invoke(app, ["sim", "up", "--twins", text])
    assert done.exit_code == 2
    assert "0 to 94" in done.stderr


def test_a_world_without_twins_binds_nothing():
    with open_world("--twins", "off") as world, ExitStack() as sockets:
        assert world.description["twins"] is None
        assert world.description["sims"][0]["twin"] is None
        ports = set()
        for endpoint in world.description["endpoints"]:
            assert endpoint["twin"] is None
            host, port = parts(endpoint["address"])
            assert host.startswith("10.60.")
            ports.add(port)
        for port in ports:
            # Another world may have that one; this one has nothing at 0.0.0.0 either.
            probe = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            probe.bind(("127.200.0.1", port))


def test_a_tcp_port_in_use_is_named_with_what_to_try():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for more in ((), ("--rfc2217",)):
            done = CliRunner().invoke(app, ["sim", "modem", "--tcp", port, *more])
            assert (done.exit_code, done.stdout) == (1, ""), done.exception
            assert f"port {port} of 127.0.0.1 is in use; `--tcp 0`" in done.stderr
