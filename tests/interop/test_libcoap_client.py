"""libcoap's and GnuTLS's own programs against the simulator at the loopback twins.

The programs come by `make peers`.
"""

from __future__ import annotations

import asyncio

import pytest

from nce_sim.backend_settings import BY_IDENTITY, BackendSettings
from nce_sim.endpoints.dtls import SUITES, DtlsSettings
from support.peers import program
from support.twin_world import open_twins


async def run(command_of, settings=None):
    """Run `command_of(twins)` in a world of one SIM; output, stored values, counters, SIM."""
    async with open_twins(settings) as twins:
        output = await twins.run(*command_of(twins))
        text = output.decode("utf-8", "replace")
        return text, twins.stored, twins.backend.counters, twins.sim


def test_libcoap_gets_its_credentials():
    client = program("coap-client-notls")

    def command(twins):
        return client, "-a", twins.sim_twin, "-B", "5", f"{twins.coap}/bootstrap"

    output, _, _, sim = asyncio.run(run(command))
    assert output.strip().split(",")[0] == sim.iccid


@pytest.mark.parametrize("build", ["openssl", "gnutls"])
def test_libcoap_posts_by_coaps(build):
    client = program(f"coap-client-{build}")

    def command(twins):
        return (
            *(client, "-a", twins.sim_twin, "-B", "5", "-m", "post", "-e", "hello"),
            *("-u", twins.sim.iccid, "-k", twins.key.decode()),
            f"coaps://{twins.coap_twin}/data?t=test",
        )

    output, stored, counters, _ = asyncio.run(run(command))
    assert stored == [b"hello"], output
    assert (counters.handshakes, counters.handshakes_failed) == (1, 0)


# libcoap's clients cannot be told a suite, so the server is.
@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
@pytest.mark.parametrize("build", ["openssl", "gnutls"])
def test_libcoap_has_every_suite(build, suite):
    client = program(f"coap-client-{build}")

    def command(twins):
        return (
            *(client, "-a", twins.sim_twin, "-B", "5", "-m", "post", "-e", "hello"),
            *("-u", twins.sim.iccid, "-k", twins.key.decode()),
            f"coaps://{twins.coap_twin}/data",
        )

    settings = BackendSettings(dtls=DtlsSettings(suites=(suite.number,)))
    output, stored, _, _ = asyncio.run(run(command, settings))
    assert stored == [b"hello"], output


def test_libcoap_with_another_sims_identity_is_refused():
    client = program("coap-client-openssl")

    def command(twins):
        return (
            *(client, "-a", twins.sim_twin, "-B", "2", "-m", "post", "-e", "hello"),
            *("-u", "8988228066600000000", "-k", twins.key.decode()),
            f"coaps://{twins.coap_twin}/data",
        )

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

    def command(twins):
        # gnutls-cli cannot bind to an address: at 127.0.0.1 it is no SIM, so identity decides.
        return (
            *(client, "--udp", "-p", "5684", twins.coap_twin, "--pskusername", twins.sim.iccid),
            *("--pskkey", twins.key.hex(), "--priority", priority),
        )

    output, _, counters, _ = asyncio.run(run(command, BackendSettings(coaps_device=BY_IDENTITY)))
    assert "Handshake was completed" in output
    assert counters.handshakes == 1
