"""TLS of the driver over simulated modems: OpenSSL answers, each bad end is the right error."""

import asyncio
import datetime
import random
import ssl

import pytest

from nce_modem import errors, tls
from nce_sim.network.core import Address
from support.driver_bench import play
from support.tls_authority import Authority
from support.tls_server import secured

SERVER = Address("203.0.113.7", 443)
NAME = "server.test"
AUTHORITY = Authority()
NOISE = random.Random(1).randbytes(30_000)


def context_of_server(*names, **options):
    return AUTHORITY.server_context(*(names or (NAME,)), **options)


async def opened(modem, context=None, **options):
    options = {"server_hostname": NAME, **options}
    context = context or AUTHORITY.client_context()
    return await modem.open_connection(SERVER.host, SERVER.port, ssl=context, **options)


async def finished(modem, writer):
    writer.close()
    await writer.wait_closed()
    assert not modem.sockets


async def echo(peer):
    while data := await peer.read():
        peer.write(data)
        await peer.drain()
    peer.close()


@pytest.mark.parametrize(
    ("family", "version"),
    [
        ("bg95", ssl.TLSVersion.TLSv1_2),
        ("sim7080", ssl.TLSVersion.TLSv1_3),
        ("sara-r5", ssl.TLSVersion.TLSv1_3),
        ("gm02s", ssl.TLSVersion.TLSv1_2),
        ("nrf91-sm", ssl.TLSVersion.TLSv1_3),
    ],
)
def test_every_byte_comes_back_and_both_ends_are_told(family, version):
    peers = []

    async def serve(peer):
        peers.append(peer)
        await echo(peer)

    async def scene(bench, modem):
        server = context_of_server()
        server.maximum_version = server.minimum_version = version
        bench.world.core.internet.serve(SERVER, secured(serve, server))
        await modem.attach()
        reader, writer = await opened(modem)
        assert writer.get_extra_info("ssl_object").version() == version.name.replace("_", ".")
        assert writer.get_extra_info("peername") == tuple(SERVER)
        writer.write(NOISE)  # more than one record holds
        await writer.drain()
        writer.write(b"\nthe last line")
        assert await reader.readexactly(len(NOISE)) == NOISE
        assert await reader.readline() == b"\n"
        await finished(modem, writer)
        await asyncio.sleep(60)
        assert peers[0].was_closed

    play(scene, family)


def test_the_peers_close_notify_is_the_end_and_the_end_of_tcp_alone_is_an_error():
    async def scene(bench, modem):
        for notify in (True, False):

            async def serve(peer, notify=notify):
                peer.write(NOISE[:5000])
                peer.close(notify)

            stop = bench.world.core.internet.serve(SERVER, secured(serve, context_of_server()))
            await modem.attach()
            reader, writer = await opened(modem)
            assert await reader.readexactly(5000) == NOISE[:5000]
            if notify:
                assert await reader.read() == b""
                assert reader.at_eof()
                writer.write(b"too late")
                writer.close()
                with pytest.raises(errors.SocketDead):
                    await writer.wait_closed()
                assert not modem.sockets
            else:
                for _ in range(2):
                    with pytest.raises(tls.TlsTruncated, match="close_notify"):
                        await reader.read()
                with pytest.raises(tls.TlsTruncated):
                    writer.write(b"more")
                await finished(modem, writer)
            stop()

    play(scene, "bg95")


def past(days):
    return {"life": datetime.timedelta(days=-days), "age": datetime.timedelta(days=days + 2)}


# The server's certificate, the error's words for the reason and for the remedy.
REFUSED = [
    ((AUTHORITY, "other.test", {}), "Hostname mismatch", "server_hostname"),
    ((AUTHORITY, NAME, past(3)), "expired", "this clock is right: it says 20"),
    ((Authority(), NAME, {}), "issuer", "load the CA"),
    ((AUTHORITY, NAME, {"is_client": True}), "purpose", "for a server"),
]


def test_a_bad_certificate_is_refused_for_good_and_the_server_hears_it():
    async def scene(bench, modem):
        await modem.attach()
        for (authority, name, options), reason, remedy in REFUSED:
            failures = []
            server = authority.server_context(name, **options)
            stop = bench.world.core.internet.serve(SERVER, secured(echo, server, failures))
            with pytest.raises(tls.CertificateRefused) as caught:
                await opened(modem)
            assert caught.value.is_permanent
            assert reason in caught.value.reason
            assert remedy in caught.value.remedy
            assert not modem.sockets
            await asyncio.sleep(60)
            assert len(failures) == 1
            assert "ALERT" in failures[0]
            stop()

    play(scene, "bg95")


def test_an_address_is_verified_as_the_name_when_there_is_no_other():
    async def scene(bench, modem):
        await modem.attach()
        server = context_of_server(SERVER.host)
        bench.world.core.internet.serve(SERVER, secured(echo, server))
        _, writer = await opened(modem, server_hostname=None)
        await finished(modem, writer)
        with pytest.raises(tls.CertificateRefused, match="Hostname mismatch"):
            await opened(modem)

    play(scene, "bg95")


async def silence(reader, writer):
    await reader.read()
    await asyncio.sleep(3600)
    writer.close()


async def speak_plainly(reader, writer):
    await reader.read(1)
    writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    writer.close()


async def hang_up(reader, writer):
    await reader.read(1)
    writer.close()


def old_server():
    context = context_of_server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return secured(echo, context, [])


def modern_client():
    context = AUTHORITY.client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


FAILED = [
    (silence, AUTHORITY.client_context, "no end of the handshake within 120 s", "signal and port"),
    (speak_plainly, AUTHORITY.client_context, "no TLS record", "does not speak TLS"),
    (hang_up, AUTHORITY.client_context, "closed the connection", "the server's log"),
    (old_server(), modern_client, "ALERT_PROTOCOL_VERSION", "the server's log"),
]


@pytest.mark.parametrize("family", ["bg95", "sara-r5"])
def test_a_handshake_that_fails_says_what_to_try_and_frees_the_socket(family):
    async def scene(bench, modem):
        await modem.attach()
        for serve, client, reason, remedy in FAILED:
            stop = bench.world.core.internet.serve(SERVER, serve)
            with pytest.raises(tls.TlsFailed) as caught:
                await asyncio.wait_for(opened(modem, client()), 300)
            assert not caught.value.is_permanent
            assert reason in caught.value.reason
            assert remedy in caught.value.remedy
            assert caught.value.transcript
            assert not modem.sockets
            stop()

    play(scene, family)


def test_a_lost_bearer_or_modem_during_the_handshake_is_told_as_itself():
    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, silence)
        for lose, kind in (
            (bench.knobs.faults.drop_pdp, errors.PdpLost),
            (bench.knobs.faults.reset, errors.ModemReset),
        ):
            await modem.attach()
            opening = asyncio.create_task(opened(modem))
            await asyncio.sleep(30)
            assert not opening.done()
            lose()
            with pytest.raises(kind):
                await asyncio.wait_for(opening, 60)
            assert not modem.sockets

    play(scene, "bg95")


def test_a_cancelled_opening_frees_the_socket():
    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, silence)
        await modem.attach()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(opened(modem), 30)
        await asyncio.sleep(30)
        assert not modem.sockets

    play(scene, "bg95")


def test_bytes_that_somebody_changed_are_never_handed_out():
    async def serve(peer):
        peer.write(b"genuine")
        await asyncio.sleep(20)
        # A record of application data that no key has sealed.
        peer.writer.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        await peer.read()

    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, secured(serve, context_of_server()))
        await modem.attach()
        reader, writer = await opened(modem)
        assert await reader.readexactly(7) == b"genuine"
        for _ in range(2):
            with pytest.raises(tls.TlsBroken, match=r"BAD_RECORD_MAC|BAD_DECRYPT"):
                await reader.read(10)
        with pytest.raises(tls.TlsBroken):
            await writer.drain()
        assert writer.is_closing()
        await finished(modem, writer)

    play(scene, "bg95")


def test_a_cancelled_read_loses_no_byte():
    async def scene(bench, modem):
        bench.world.core.internet.serve(SERVER, secured(echo, context_of_server()))
        await modem.attach()
        reader, writer = await opened(modem)
        writer.write(NOISE[:9000])
        came, cancelled = b"", 0
        while len(came) < 9000:
            try:
                came += await asyncio.wait_for(reader.read(700), 0.05)
            except TimeoutError:
                cancelled += 1
        assert came == NOISE[:9000]
        assert cancelled > 10
        await finished(modem, writer)

    play(scene, "bg95")


def test_what_cannot_work_is_refused_before_a_byte_is_sent():
    server_side = context_of_server()
    nameless = AUTHORITY.client_context()

    async def scene(bench, modem):
        await modem.attach()
        before = list(modem.transcript)
        for options in (
            {"ssl": 1},
            {"ssl": server_side},
            {"ssl": nameless, "server_hostname": ""},
            {"server_hostname": NAME},
            {"ssl_handshake_timeout": 5},
        ):
            with pytest.raises(errors.UsageError):
                await modem.open_connection(SERVER.host, SERVER.port, **options)
        assert modem.transcript == before
        # The system's CAs do not know this server's: True verifies.
        bench.world.core.internet.serve(SERVER, secured(echo, context_of_server(), []))
        with pytest.raises(tls.CertificateRefused):
            await modem.open_connection(SERVER.host, SERVER.port, ssl=True, server_hostname=NAME)

    play(scene, "bg95")
