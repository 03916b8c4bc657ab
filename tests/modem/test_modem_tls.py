"""The modem's own TLS, as Quectel's have it: verified by its CA and clock, told as errors."""

import asyncio
import datetime
import random

import pytest

from nce_modem import errors
from nce_modem.secure_streams import SecureStreams
from nce_sim.network.core import Address
from nce_sim.settings import Settings
from support.driver_bench import FAMILIES, KNOWN, play
from support.tls_authority import Authority
from support.tls_server import secured

QUECTEL = tuple(name for name in KNOWN if KNOWN[name].startswith("Quectel"))
SECURE = (
    *QUECTEL,
    "sim7070",
    "sim7080",
    "sara-r4",
    "sara-r422",
    "sara-r5",
    "nrf91-slm2",
    "nrf91-sm",
    "gm02s",
)
# One of each room of the driver that has TLS.
ROOMS = ("bg95", "sim7080", "sara-r5", "nrf91-slm2", "nrf91-sm", "gm02s")
COMPARES_NAMES = ("sara-r5", "nrf91-slm2", "nrf91-sm", "gm02s")
ALWAYS_CHECKS_DATES = ("nrf91-slm2", "nrf91-sm", "gm02s")
HOST, PORT = "server.test", 443
SERVER = Address("203.0.113.7", PORT)
# The world's day, which the modem's clock shows.
TODAY = datetime.datetime.fromtimestamp(Settings().calendar_start_s, datetime.UTC)
AUTHORITY = Authority(TODAY)
NOISE = random.Random(1).randbytes(12_000)


async def echo(peer):
    while data := await peer.read():
        peer.write(data)
        await peer.drain()
    peer.close()


def serve(bench, context, handler=echo, failures=None):
    bench.world.core.internet.add_name(HOST, SERVER.host)
    return bench.world.core.internet.serve(SERVER, secured(handler, context, failures))


async def finished(modem, writer):
    writer.close()
    await writer.wait_closed()
    assert not modem.sockets


@pytest.mark.parametrize("personality", [*ROOMS, "ec25", "sara-r4"])
def test_every_byte_comes_back_sealed_and_the_modem_makes_no_mistake(personality):
    peers, names = [], []

    async def handler(peer):
        peers.append(peer)
        await echo(peer)

    async def scene(bench, modem):
        context = AUTHORITY.server_context(HOST)
        context.sni_callback = lambda tls, name, _: names.append(name)
        serve(bench, context, handler)
        secure = SecureStreams(modem, AUTHORITY.pem)
        reader, writer = await secure.open(HOST, PORT)
        writer.write(NOISE)
        await writer.drain()
        assert await reader.readexactly(len(NOISE)) == NOISE
        await finished(modem, writer)
        await asyncio.sleep(60)
        assert peers[0].was_closed
        assert names == [HOST]
        mistakes = bench.world.timeline.records(kind="mistake")
        # u-blox's are closed at the start, whichever are open.
        assert {each.fields["reason"] for each in mistakes} <= {"a socket that is not open"}
        assert NOISE[:50] not in b"".join(
            record.fields["payload"] for record in bench.world.timeline.records(kind="datagram")
        )

    play(scene, personality)


@pytest.mark.parametrize("personality", ROOMS)
def test_the_peers_close_is_the_end_and_a_restart_is_an_error_until_it_is_opened_again(
    personality,
):
    async def handler(peer):
        peer.write(NOISE[:3000])
        await peer.drain()
        if len(peers) == 1:
            await peer.read()
        peer.close()

    peers = []

    async def counted(peer):
        peers.append(peer)
        await handler(peer)

    async def scene(bench, modem):
        stop = serve(bench, AUTHORITY.server_context(HOST), counted)
        secure = SecureStreams(modem, AUTHORITY.pem)
        reader, writer = await secure.open(HOST, PORT)
        stop()
        assert await reader.readexactly(3000) == NOISE[:3000]
        bench.knobs.faults.reset()
        # Not every modem says that it restarted: some are silent.
        with pytest.raises((errors.ModemReset, errors.CommandTimeout)):
            await asyncio.wait_for(reader.read(), 600)
        await finished(modem, writer)
        stored = [text for text in str(modem.transcript).splitlines() if is_upload(text)]
        # Every setting is there again, and verifies.
        stop = serve(bench, Authority(TODAY).server_context(HOST), failures=[])
        with pytest.raises(errors.OpenFailed):
            await secure.open(HOST, PORT)
        stop()
        serve(bench, AUTHORITY.server_context(HOST), counted)
        reader, writer = await secure.open(HOST, PORT)
        assert await reader.read() == NOISE[:3000]
        again = [text for text in str(modem.transcript).splitlines() if is_upload(text)]
        assert len(again) <= len(stored)
        await finished(modem, writer)

    play(scene, personality)


def is_upload(line):
    return any(name in line for name in ("QFUPL", "CFSWFILE", "USECMNG=0", "CMNG=0", "SQNSNVW"))


def past(days):
    return {"life": datetime.timedelta(days=-days), "age": datetime.timedelta(days=days + 2)}


@pytest.mark.parametrize("personality", ROOMS)
def test_what_the_ca_did_not_sign_or_the_clock_does_not_allow_is_refused(personality):
    async def scene(bench, modem):
        first = SecureStreams(modem, AUTHORITY.pem)
        foreign = Authority(TODAY).server_context(HOST)
        for server, secure, is_good in (
            (AUTHORITY.server_context(HOST), first, True),
            (foreign, first, False),
            (
                AUTHORITY.server_context(HOST, **past(3)),
                SecureStreams(modem, AUTHORITY.pem),
                False,
            ),
            (
                AUTHORITY.server_context(HOST, **past(3)),
                SecureStreams(modem, AUTHORITY.pem, checks_dates=False),
                None if personality in ALWAYS_CHECKS_DATES else True,
            ),
            (foreign, SecureStreams(modem, verifies=False), True),
            (foreign, first, False),  # its own settings are there again
            (
                AUTHORITY.server_context("other.test"),
                SecureStreams(modem, AUTHORITY.pem),
                personality not in COMPARES_NAMES,
            ),
        ):
            stop = serve(bench, server, failures=[])
            if is_good:
                _, writer = await secure.open(HOST, PORT)
                await finished(modem, writer)
            elif is_good is None:
                with pytest.raises(errors.UsageError, match="checks_dates"):
                    await secure.open(HOST, PORT)
            else:
                with pytest.raises(errors.OpenFailed, match="another CA"):
                    await secure.open(HOST, PORT)
                assert not modem.sockets
            stop()

    play(scene, personality)


@pytest.mark.parametrize("personality", ROOMS)
def test_a_server_that_wants_a_certificate_gets_the_devices(personality):
    async def scene(bench, modem):
        context = AUTHORITY.server_context(HOST)
        context.load_verify_locations(cadata=AUTHORITY.pem.decode())
        context.verify_mode = 2  # CERT_REQUIRED
        context.verify_flags |= 0x20_0000  # the world's day is not this computer's
        serve(bench, context, failures=[])
        certificate, key = AUTHORITY.issue("device-1", is_client=True)
        secure = SecureStreams(modem, AUTHORITY.pem, certificate, key)
        reader, writer = await secure.open(HOST, PORT)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        await finished(modem, writer)
        assert key[40:80].decode() not in str(modem.transcript)
        with pytest.raises(errors.OpenFailed):
            await SecureStreams(modem, AUTHORITY.pem).open(HOST, PORT)

    play(scene, personality)


@pytest.mark.parametrize("personality", ROOMS)
def test_a_plain_stream_beside_a_secure_one_does_not_mix(personality):
    async def plainly(reader, writer):
        while data := await reader.read(1000):
            writer.write(data[::-1])
            await writer.drain()
        writer.close()

    async def scene(bench, modem):
        serve(bench, AUTHORITY.server_context(HOST))
        bench.world.core.internet.serve(Address(SERVER.host, 80), plainly)
        secure = SecureStreams(modem, AUTHORITY.pem)
        reader, writer = await secure.open(HOST, PORT)
        plain_reader, plain_writer = await modem.open_connection(SERVER.host, 80)
        for _ in range(3):
            writer.write(b"sealed")
            plain_writer.write(b"open")
            assert await plain_reader.readexactly(4) == b"nepo"
            assert await reader.readexactly(6) == b"sealed"
        plain_writer.close()
        await plain_writer.wait_closed()
        await finished(modem, writer)

    play(scene, personality)


@pytest.mark.parametrize("personality", sorted(set(FAMILIES) - set(SECURE)))
def test_where_nobody_has_confirmed_it_the_modem_does_not_do_it(personality):
    async def scene(bench, modem):
        with pytest.raises(errors.UsageError, match="ssl=context"):
            await SecureStreams(modem, AUTHORITY.pem).install()

    play(scene, personality)


def test_certificates_that_cannot_be_meant_are_refused():
    for options in (
        {},
        {"authority": b"a", "verifies": False},
        {"authority": b"a", "key": b"k"},
        {"certificate": b"c", "key": b"k", "verifies": False},
    ):
        with pytest.raises(errors.UsageError):
            SecureStreams(None, **options)
