"""Keys that a customer sets, as text and as HEX, from the portal to a delivered record.

Firmware, driver and modem are the real ones in virtual time, 1NCE OS the simulated one. OpenSSL
says what a HEX key is: `-psk` takes hex digits.
"""

from __future__ import annotations

import asyncio
import shutil

import pytest

from memory_stores import Kept
from nce.device import ACKNOWLEDGED, Device
from nce.dtls.parameters import Parameters
from nce_modem import BG95, Modem
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.ports.pipe import PipeBoard
from nce_sim.services.authenticator.service import HEX, STRING
from nce_sim.world import World
from support.twin_world import open_twins

DIGITS = "00112233445566778899AAbbccddeeff"
# (secret, format, handshakes that failed before the one that did not)
KEYS = (
    ("aB3dE6gH9jK2mN5p", STRING, 0),
    ('a "quoted" key', STRING, 0),
    (DIGITS, STRING, 0),
    (DIGITS, HEX, 1),
    ("a0" * 128, HEX, 1),
    ("00000000", HEX, 1),
)


@pytest.mark.parametrize(("secret", "key_format", "failures"), KEYS)
def test_a_key_of_the_customers_delivers_and_is_known_after_a_reboot(secret, key_format, failures):
    async def story(clock):
        world = World(seed=3, clock=clock)
        sim = world.add_sim()
        with Backend(world) as backend:
            backend.authenticator.set_psk(sim.iccid, secret, key_format)
            store = Kept()
            modem = Modem(PipeBoard(world.add_modem(sim)), BG95)
            attempts = []
            for _life in range(2):
                device = Device(
                    modem,
                    credentials_store=store,
                    dtls_options={"parameters": Parameters(1000, 4000, 3)},
                )
                delivery = await device.send(b"record")
                assert delivery.proof == ACKNOWLEDGED
                attempts.append(delivery.attempts)
                await device.close()
            await modem.close()
            return attempts, backend.counters, store

    attempts, counters, store = run_virtual(story)
    assert attempts == [1 + failures, 1]
    assert (counters.bootstraps, counters.messages) == (1, 2)
    assert store.saves == 1 + failures


def test_a_key_that_no_line_could_carry_cannot_be_set():
    world = World(seed=3)
    sim = world.add_sim()
    with Backend(world) as backend:
        for secret, key_format in (
            ("with\rcontrol", STRING),
            ("with,comma", STRING),
            ("00 11 22 33", HEX),
            ("0011223", HEX),
            ("é" * 10, STRING),
        ):
            with pytest.raises(ValueError, match="key") as raised:
                backend.authenticator.set_psk(sim.iccid, secret, key_format)
            assert secret not in str(raised.value)


@pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no `openssl`; `make peers` installs it"
)
def test_openssl_and_the_simulator_read_the_same_key_in_the_same_digits():
    async def main():
        async with open_twins() as twins:
            twins.backend.authenticator.set_psk(twins.sim.iccid, DIGITS, HEX)
            return await twins.run(
                *("openssl", "s_client", "-dtls1_2", "-connect", f"{twins.coap_twin}:5684"),
                *(
                    "-bind",
                    f"{twins.sim_twin}:0",
                    "-psk",
                    DIGITS,
                    "-psk_identity",
                    twins.sim.iccid,
                ),
                *("-cipher", "PSK-AES128-CCM8:@SECLEVEL=0"),
                until=b"Verify return code",
            )

    output = asyncio.run(main())
    assert b"Cipher is PSK-AES128-CCM8" in output
