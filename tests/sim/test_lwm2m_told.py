"""`nce sim lwm2m`: clients of a running world from the terminal, over the control channel."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.api.metrics import metrics_text
from nce_sim.clock import LoopClock
from nce_sim.control.channel import ControlChannel
from nce_sim.control.verb import Reach
from nce_sim.services.lwm2m.outbound import NoReply, Reply
from support.lwm2m_rules import Bench
from support.running_world import private_folder

TIMEOUT_S = 20
# OMA's TLV by hand: resource 5700 of 21.5 in 32 bits.
TEMPERATURE = Reply(0x45, 11542, bytes.fromhex("e4 16 44 41 ac 00 00"), 1)


@pytest.fixture
def play(monkeypatch):
    """Run `scene(bench, nce)` beside a world in real time; `nce(*words)` types a command."""
    monkeypatch.setenv("COLUMNS", "200")
    with private_folder() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)

        def run(scene):
            async def nce(*words):
                result = await asyncio.to_thread(CliRunner().invoke, app, ("sim", "lwm2m", *words))
                return result.exit_code, result.stdout, result.stderr

            async def main():
                bench = Bench(clock=LoopClock())
                with bench.backend:
                    channel = await ControlChannel.open(Reach(bench.world, bench.backend))
                    try:
                        await asyncio.wait_for(scene(bench, nce), TIMEOUT_S)
                    finally:
                        await channel.close()

            asyncio.run(main())

        yield run


def test_clients_are_listed_and_asked(play):
    async def scene(bench, nce):
        assert await nce() == (0, "No LwM2M client is registered.\n", "")
        device = bench.client()
        bench.bootstrap(device)
        name = f"[red]1-{device.iccid}-{device.sim.imsi}"
        query = (f"ep={name}", "lt=300", "lwm2m=1.1", "b=U", "Q")
        bench.register(device, query, b"</3>;ver=1.1,</3/0>,</3303/0>")
        status, printed, _ = await nce()
        assert status == 0
        for text in (f"{device.host}:40000", "1.1, queue mode", "of 300 s", "3 (1.1) 3303"):
            assert text in printed
        assert device.iccid not in printed
        assert device.sim.imsi not in printed
        assert "[red]1-898822" in printed, "a name is no markup"

        device.says("GET", "/3303/0/5700", TEMPERATURE)
        assert await nce("read", "1", "/3303/0/5700") == (0, "/3303/0/5700 = 21.5\n", "")
        assert (await nce("observe", "1", "/3303/0/5700"))[0] == 0
        [client] = json.loads((await nce("--json"))[1])["clients"]
        assert client["observations"] == ["/3303/0/5700"]
        assert client["objects"] == {"3": "1.1", "3303": None}
        assert (client["sim"], client["is_queueing"], client["lifetime_s"]) == (1, True, 300)
        assert (await nce("observe", "1", "/3303/0/5700", "--end"))[0] == 0
        assert device.requests[-1].observe == 1

        device.says("PUT", "/3303/0/5601", Reply(0x44))
        assert await nce("write", "1", "/3303/0/5601", "-5") == (0, "2.04\n", "")
        # OMA's TLV: -5 in 32 bits.
        assert device.requests[-1].payload == bytes.fromhex("e4 15 e1 c0 a0 00 00")
        device.says("POST", "/3/0/4", Reply(0x44))
        status, printed, _ = await nce("execute", "1", "/3/0/4", "--json")
        assert json.loads(printed) == {
            "sim": device.sim.masked,
            "status": "SUCCEEDED",
            "code": "204",
            "errorMessage": "",
        }

    play(scene)


def test_clients_are_counted_for_prometheus():
    bench = Bench()
    with bench.backend:
        bench.registered()
        assert b"nce_lwm2m_clients 1.0" in metrics_text(bench.backend)


def test_what_fails_says_why(play):
    async def scene(bench, nce):
        device = bench.registered()
        bench.client()
        device.says("GET", "/3/0/0", NoReply("no answer"))
        device.says("GET", "/3/0/1", Reply(0x81))
        for words, text in (
            (("read", "2", "/3/0/0"), "Device is not registered to any LwM2M server."),
            (("read", "3", "/3/0/0"), "there is no SIM 3"),
            (("read", "1", "3/0/0"), "is no path; write /object/instance/resource"),
            (("execute", "1", "/3/0"), "execute takes 3, such as /3303/0/5700"),
            (("write", "1", "/3/0/13", "soon"), "/3/0/13"),
            (("read", "1", "/3/0/0"), "The device did not respond: no answer"),
            (("read", "1", "/3/0/1"), "The device responded 4.01"),
        ):
            status, printed, told = await nce(*words)
            assert (status, printed) == (1, ""), words
            assert text in told

    play(scene)


def test_a_silent_client_is_waited_for_so_long_and_no_longer(play):
    async def scene(bench, nce):
        device = bench.registered()
        bench.double.request = lambda request, ended: None
        status, _, told = await nce("read", "1", "/3/0/0", "--wait-s", "1")
        assert status == 1
        assert "no answer within 1 s; a client in queue mode is asked when it is heard" in told
        assert device.requests == []

    play(scene)
