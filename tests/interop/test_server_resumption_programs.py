"""OpenSSL's and GnuTLS's programs take sessions up again at the simulator's twins.

Their programs come by `make peers`.
"""

from __future__ import annotations

import asyncio

import pytest

from nce_sim.backend_settings import BY_IDENTITY, BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from support.peers import program
from support.twin_world import open_twins

WAYS = ({"session_ids": True}, {"session_tickets": True}, {})
OPENSSL_SUITES = (
    "PSK-AES128-CCM8",
    "PSK-AES128-CCM",
    "PSK-AES128-GCM-SHA256",
    "PSK-AES128-CBC-SHA256",
    "PSK-AES128-CBC-SHA",
    "PSK-AES256-CBC-SHA",
)
GNUTLS_SUITES = (
    "AES-128-CCM-8:+AEAD",
    "AES-128-CCM:+AEAD",
    "AES-128-GCM:+AEAD",
    "AES-128-CBC:+SHA256",
    "AES-128-CBC:+SHA1",
    "AES-256-CBC:+SHA1",
)
# CON POST with token 01 and payload, and its answer 2.04.
POST, CHANGED = b"\x41\x02\x42%c\x01\xffhello", b"\x61\x44\x42%c\x01"


def settings_of(way):
    # Neither program binds to an address of the SIM here, so identity decides.
    return BackendSettings(coaps_device=BY_IDENTITY, dtls=DtlsSettings(**way))


def name_of(way):
    return next(iter(way), "off")


async def visit_by_openssl(way, suite, *options):
    """Post once per option of `options`; the outputs, the counters, what is stored."""
    openssl = program("openssl")
    async with open_twins(settings_of(way)) as twins:
        command = (
            *(openssl, "s_client", "-dtls1_2", "-connect", f"{twins.coap_twin}:5684"),
            *("-psk", twins.key.hex(), "-psk_identity", twins.sim.iccid),
            *("-cipher", f"{suite}:@SECLEVEL=0", "-nocommands"),
        )
        outputs = []
        for number, option in enumerate(options, 0x41):
            post, changed = POST % (number,), CHANGED % (number,)
            outputs.append(await twins.run(*command, *option, stdin=post, until=changed))
        return outputs, twins.backend.counters, twins.stored


@pytest.mark.parametrize("way", WAYS[:2], ids=name_of)
@pytest.mark.parametrize("suite", OPENSSL_SUITES)
def test_openssl_takes_its_session_up_again(tmp_path, suite, way):
    kept = str(tmp_path / "session.pem")
    options = ("-sess_out", kept), ("-sess_in", kept)
    (first, second), counters, stored = asyncio.run(visit_by_openssl(way, suite, *options))
    assert b"New, " in first
    assert b"Reused, " in second
    assert (counters.handshakes, counters.handshakes_resumed) == (2, 1)
    assert stored == [b"hello", b"hello"]


def test_openssl_gets_no_session_where_it_is_off(tmp_path):
    kept = tmp_path / "session.pem"
    asyncio.run(visit_by_openssl({}, OPENSSL_SUITES[0], ("-sess_out", str(kept))))
    assert not kept.exists()


@pytest.mark.parametrize("way", WAYS, ids=name_of)
@pytest.mark.parametrize("suite", GNUTLS_SUITES)
def test_gnutls_takes_its_session_up_again(suite, way):
    gnutls = program("gnutls-cli")
    priority = f"NONE:+VERS-DTLS1.2:+{suite}:+PSK:+SIGN-ALL:+COMP-NULL:+GROUP-ALL"

    async def visit():
        async with open_twins(settings_of(way)) as twins:
            output = await twins.run(
                *(gnutls, "--resume", "--udp", "-p", "5684", twins.coap_twin),
                *("--pskusername", twins.sim.iccid, "--pskkey", twins.key.hex()),
                *("--priority", priority),
            )
            return output.decode(), twins.backend.counters

    output, counters = asyncio.run(visit())
    assert ("This is a resumed session" in output) is bool(way), output
    assert (counters.handshakes, counters.handshakes_resumed) == (2, int(bool(way)))
