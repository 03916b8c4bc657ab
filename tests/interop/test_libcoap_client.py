"""libcoap's and GnuTLS's own programs against the simulator at the loopback twins.

The programs come by `make peers`.
"""

from __future__ import annotations

import asyncio

import pytest
from peers import program

from nce_sim.backend.backend import Backend
from nce_sim.backend.dtls import SUITES, DtlsSettings
from nce_sim.backend.settings import BY_IDENTITY, BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.ports.twin import TwinPorts
from nce_sim.world import World

SIM_TWIN = "127.160.0.1"
TIMEOUT_S = 20


async def run(command_of, settings=None):
    """Run `command_of(iccid, key)` in a world of one SIM; output, stored values, counters, SIM."""
    world = World(seed=1, clock=LoopClock())
    sim = world.add_sim()
    with Backend(world, settings=settings) as backend:
        twins = TwinPorts(world.core, asyncio.get_running_loop())
        await twins.open()
        backend.authenticator.bootstrap(sim.iccid, 0)
        key = backend.authenticator.psk(sim.iccid).decode()
        command, stdin = command_of(sim.iccid, key)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                output, _ = await asyncio.wait_for(process.communicate(stdin), TIMEOUT_S)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        finally:
            twins.close()
        stored = [item.value for item in backend.inspector.history(sim.iccid)]
        return output.decode("utf-8", "replace"), stored, backend.counters, sim


def test_libcoap_gets_its_credentials():
    client = program("coap-client-notls")
    command = (client, "-a", SIM_TWIN, "-B", "5", "coap://127.60.2.219/bootstrap")
    output, _, _, sim = asyncio.run(run(lambda iccid, key: (command, b"")))
    assert output.strip().split(",")[0] == sim.iccid


@pytest.mark.parametrize("build", ["openssl", "gnutls"])
def test_libcoap_posts_by_coaps(build):
    client = program(f"coap-client-{build}")

    def command(iccid, key):
        return (
            *(client, "-a", SIM_TWIN, "-B", "5", "-m", "post", "-e", "hello"),
            *("-u", iccid, "-k", key, "coaps://127.60.2.219/data?t=test"),
        ), b""

    output, stored, counters, _ = asyncio.run(run(command))
    assert stored == [b"hello"], output
    assert (counters.handshakes, counters.handshakes_failed) == (1, 0)


# libcoap's clients cannot be told a suite, so the server is.
@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
@pytest.mark.parametrize("build", ["openssl", "gnutls"])
def test_libcoap_has_every_suite(build, suite):
    client = program(f"coap-client-{build}")

    def command(iccid, key):
        return (
            *(client, "-a", SIM_TWIN, "-B", "5", "-m", "post", "-e", "hello"),
            *("-u", iccid, "-k", key, "coaps://127.60.2.219/data"),
        ), b""

    settings = BackendSettings(dtls=DtlsSettings(suites=(suite.number,)))
    output, stored, _, _ = asyncio.run(run(command, settings))
    assert stored == [b"hello"], output


def test_libcoap_with_another_sims_identity_is_refused():
    client = program("coap-client-openssl")

    def command(iccid, key):
        return (
            *(client, "-a", SIM_TWIN, "-B", "2", "-m", "post", "-e", "hello"),
            *("-u", "8988228066600000000", "-k", key, "coaps://127.60.2.219/data"),
        ), b""

    _, stored, counters, _ = asyncio.run(run(command))
    assert stored == []
    assert counters.handshakes == 0
    assert counters.handshakes_failed >= 1


GNUTLS_SUITES = (
    "AES-128-CCM-8:+AEAD",
    "AES-128-CCM:+AEAD",
    "AES-128-GCM:+AEAD",
    "AES-128-CBC:+SHA256",
    "AES-128-CBC:+SHA1",
    "AES-256-CBC:+SHA1",
)


@pytest.mark.parametrize("suite", GNUTLS_SUITES)
def test_gnutls_shakes_hands_by_every_suite(suite):
    client = program("gnutls-cli")
    priority = f"NONE:+VERS-DTLS1.2:+{suite}:+PSK:+SIGN-ALL:+COMP-NULL:+GROUP-ALL"

    def command(iccid, key):
        # gnutls-cli cannot bind to an address: at 127.0.0.1 it is no SIM, so identity decides.
        return (
            *(client, "--udp", "-p", "5684", "127.60.2.219", "--pskusername", iccid),
            *("--pskkey", key.encode().hex(), "--priority", priority),
        ), b""

    output, _, counters, _ = asyncio.run(run(command, BackendSettings(coaps_device=BY_IDENTITY)))
    assert "Handshake was completed" in output
    assert counters.handshakes == 1
