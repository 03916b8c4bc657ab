"""DTLS by the modem: CoAP over it without `nce.dtls`, on each simulated family that has it."""

import asyncio

import pytest

from nce.coap.client import CoapClient
from nce.coap.codes import POST
from nce_modem import errors
from nce_modem.families.secured import HandshakeFailed
from nce_modem.secure import SecureSockets
from nce_sim.backend import Backend
from support.driver_bench import FAMILIES, play

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}
KEY = "aB3dE6gH9jK2mN5p"
HOST = "coap.os.1nce.com"
# Over a restart, which a SARA alone forgets its key in.
COMMANDS_OF_INSTALLING = {"sar": ("+USECPRF", 10), "sim": ("+CFSWFILE", 1), "nrf": ("%CMNG", 2)}
SECURE = ("sim7070", "sim7080", "sara-r422", "sara-r5", "nrf91-slm2", "nrf91-sm")


@pytest.fixture(params=SECURE)
def personality(request):
    return request.param


def play_secure(scene, personality, key=KEY):
    """Run `scene(bench, modem, sockets, backend)`; `key` is what the device has."""

    async def within(bench, modem):
        with Backend(bench.world) as backend:
            backend.add_template("tank", TEMPLATE, ("COAP",))
            backend.authenticator.set_psk(bench.sim.iccid, KEY)
            sockets = SecureSockets(modem, bench.sim.iccid, key.encode())
            await scene(bench, modem, sockets, backend)

    play(within, personality, has_echo=False)


async def post(port, level):
    client = CoapClient(port)
    response = await client.request(POST, "/", payload=bytes((level,)), query=("t=tank",))
    return response.code


def mistakes(bench):
    """What the simulated modem minds, but for closing to be sure."""
    told = [record.fields["reason"] for record in bench.world.timeline.records(kind="mistake")]
    return [reason for reason in told if reason != "a socket that is not open"]


def uplinks(bench):
    return [
        record.fields["payload"]
        for record in bench.world.timeline.records(kind="datagram")
        if record.fields["direction"] == "up"
    ]


def test_coap_passes_sealed_by_the_modem_and_no_key_is_told(personality):
    async def scene(bench, modem, sockets, backend):
        await sockets.install()
        await modem.attach()
        port = await sockets.open(HOST, 5684)
        lines = []
        for level in range(10):
            assert await post(port, level) == 0x44
            lines += modem.transcript
        values = [item.value["level"] for item in backend.inspector.history(bench.sim.iccid)]
        assert sorted(values) == list(range(10))
        assert not any(b"t=tank" in datagram for datagram in uplinks(bench))
        assert mistakes(bench) == []
        told = repr(lines) + repr(bench.told) + repr(port) + repr(vars(modem.link.channel))
        for secret in (KEY, KEY.encode().hex()):
            assert secret.lower() not in told.lower()
        await port.close()

    play_secure(scene, personality)


def test_install_is_once_and_again_when_a_restart_took_it(personality):
    async def scene(bench, modem, sockets, backend):
        for level in range(2):
            port = await sockets.open(HOST, 5684)
            assert await post(port, level) == 0x44
            await port.close()
        bench.knobs.faults.reset()
        await asyncio.sleep(60)
        for _ in range(5):
            try:
                port = await sockets.open(HOST, 5684)
                break
            except errors.ModemError:
                await asyncio.sleep(5)
        assert await post(port, 2) == 0x44
        commands = [
            str(record.fields["text"]) for record in bench.world.timeline.records(kind="command")
        ]
        name, count = COMMANDS_OF_INSTALLING[personality[:3]]
        assert len([text for text in commands if text.startswith(name)]) == count

    play_secure(scene, personality)


def test_a_key_is_installed_into_a_modem_that_is_attached(personality):
    async def scene(bench, modem, sockets, backend):
        await modem.attach()
        port = await sockets.open(HOST, 5684)
        assert await post(port, 7) == 0x44
        assert modem.address.startswith("10.")

    play_secure(scene, personality)


def test_a_wrong_key_says_what_to_do_and_spares_plain_sockets(personality):
    async def scene(bench, modem, sockets, backend):
        with pytest.raises(HandshakeFailed, match="Device Authenticator") as caught:
            await sockets.open(HOST, 5684)
        told = str(caught.value) + repr(caught.value.transcript)
        for secret in (KEY[::-1], KEY[::-1].encode().hex()):
            assert secret.lower() not in told.lower()
        for _ in range(10):
            port = await modem.open_datagram(HOST, 5683)
            assert await post(port, 1) == 0x44
            await port.close()
        assert mistakes(bench) == []

    play_secure(scene, personality, key=KEY[::-1])


def test_secure_and_plain_sockets_stand_side_by_side(personality):
    async def scene(bench, modem, sockets, backend):
        await sockets.install()
        await modem.attach()
        plain = await modem.open_datagram(HOST, 5683)
        secure = await sockets.open(HOST, 5684)
        for level in range(4):
            assert await post(secure, level) == 0x44
            assert await post(plain, level) == 0x44
        assert b"t=tank" in b"".join(uplinks(bench))
        with pytest.raises(errors.DatagramTooLarge):
            await secure.send(bytes(secure.max_datagram + 1))

    play_secure(scene, personality)


def test_the_largest_datagram_passes_sealed(personality):
    async def scene(bench, modem, sockets, backend):
        port = await sockets.open(HOST, 5684)
        await port.send(bytes(port.max_datagram))
        await asyncio.sleep(1)
        sealed = uplinks(bench)[-1]
        assert len(sealed) == port.max_datagram + 29
        assert len(sealed) + 28 <= 1500

    play_secure(scene, personality)


@pytest.mark.parametrize("personality", sorted(set(FAMILIES) - set(SECURE)))
def test_where_nobody_has_confirmed_it_the_modem_does_not_do_it(personality):
    async def scene(bench, modem):
        assert "dtls_psk" not in modem.family.profile.capabilities
        with pytest.raises(errors.UsageError, match=r"nce\.dtls"):
            await SecureSockets(modem, bench.sim.iccid, b"key").install()

    play(scene, personality)


def test_what_a_sara_cannot_take_is_refused_before_it_is_said():
    async def scene(bench, modem):
        for identity, key in (("898", b'a"b'), ("898", b"\x01\x02"), ('8"9', b"abc")):
            with pytest.raises(errors.UsageError, match="printable"):
                await SecureSockets(modem, identity, key).install()
        with pytest.raises(errors.UsageError, match="identity and a key"):
            SecureSockets(modem, "", b"abc")

    play(scene, "sara-r5")
