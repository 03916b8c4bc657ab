"""The DTLS client against other servers over loopback: GnuTLS, mbed TLS and libcoap's two builds.

The programs come by `make peers`, python-mbedtls from PyPI.
"""

import asyncio
import contextlib
import socket
import threading

import pytest

from nce.coap.client import CoapClient
from nce.coap.codes import CONTENT, GET
from nce.datagram import open_datagram
from nce.dtls.parameters import Parameters
from nce.dtls.saved import restore, save
from nce.dtls.session import DtlsPort
from nce.dtls.suites import (
    ALL,
    PSK_AES_128_CBC_SHA256,
    PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,
    PSK_AES_128_CCM,
    PSK_AES_128_CCM_8,
    PSK_AES_128_GCM_SHA256,
)
from support.peers import free_port, listening, program

IDENTITY = "8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
QUICK = Parameters(500, 2000, 4)

GNUTLS = (
    ("AES-128-CCM-8:+AEAD", PSK_AES_128_CCM_8),
    ("AES-128-CCM:+AEAD", PSK_AES_128_CCM),
    ("AES-128-GCM:+AEAD", PSK_AES_128_GCM_SHA256),
    ("AES-128-CBC:+SHA256", PSK_AES_128_CBC_SHA256),
    ("AES-128-CBC:+SHA256:%NO_ETM", PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT),
)

MBED_TLS = (
    ("TLS-PSK-WITH-AES-128-CCM-8", PSK_AES_128_CCM_8),
    ("TLS-PSK-WITH-AES-128-CCM", PSK_AES_128_CCM),
    ("TLS-PSK-WITH-AES-128-GCM-SHA256", PSK_AES_128_GCM_SHA256),
    ("TLS-PSK-WITH-AES-128-CBC-SHA256", PSK_AES_128_CBC_SHA256),
)


async def open_dtls(port, suites, **more):
    beneath = await open_datagram("127.0.0.1", port)
    return DtlsPort(beneath, IDENTITY, KEY, parameters=QUICK, suites=suites, **more)


@pytest.mark.parametrize(("priority", "suite"), GNUTLS)
@pytest.mark.parametrize("ticket", [False, True])
def test_gnutls_by_every_suite_in_full_and_resumed(tmp_path, priority, suite, ticket):
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{IDENTITY}:{KEY.hex()}\n")
    port = free_port()
    priority = f"NONE:+VERS-DTLS1.2:+{priority}:+PSK:+SIGN-ALL:+COMP-NULL:+GROUP-ALL"
    # The priority's flags come last.
    name, flag, _rest = priority.partition(":%NO_ETM")
    priority = name + ":+SIGN-ALL:+PSK:+COMP-NULL:+GROUP-ALL" + flag
    arguments = [program("gnutls-serv"), "--udp", "-p", str(port), "--echo"]
    arguments += ["--pskpasswd", str(passwords), "--priority", priority]

    async def main():
        kept = b""
        sent = []
        for _ in range(2):
            dtls = await open_dtls(port, (suite,), ticket=ticket)
            restore(dtls.client, kept)
            await dtls.connect()
            sent.append(dtls.client.sent_bytes)
            await dtls.send(b"hello\n")
            assert await dtls.receive(2000) == b"hello\n"
            assert dtls.client.encrypt_then_mac == suite.needs_encrypt_then_mac
            assert bool(dtls.client.session[1]) == ticket
            await dtls.close(notify=True)
            kept = save(dtls.client)
            await asyncio.sleep(0.1)
        extra = 2 * (len(dtls.client.session[0]) + len(dtls.client.session[1]))
        # Two hellos with the session's name, and no key exchange of 46 bytes.
        assert sent[1] - sent[0] == extra - (13 + 12 + 2 + len(IDENTITY))

    with listening(port, *arguments, *([] if ticket else ["--noticket"])):
        asyncio.run(main())


def until_done(call, *arguments):
    from mbedtls import tls

    for _ in range(100):
        try:
            return call(*arguments)
        except (tls.WantReadError, tls.WantWriteError):
            continue
    raise RuntimeError("mbed TLS wants too often")


def serve_one_with_mbedtls(server):
    from mbedtls import tls

    first, address = until_done(server.accept)
    with contextlib.closing(first):
        first.setcookieparam(address[0].encode())
        with pytest.raises(tls.HelloVerifyRequest):
            until_done(first.do_handshake)
        second, address = until_done(first.accept)
        with contextlib.closing(second):
            second.setcookieparam(address[0].encode())
            until_done(second.do_handshake)
            second.send(bytes(until_done(second.recv, 100))[::-1])


@pytest.mark.parametrize(("cipher", "suite"), MBED_TLS)
def test_mbed_tls_by_every_suite(cipher, suite):
    tls = pytest.importorskip("mbedtls.tls", reason="pip install python-mbedtls")
    configuration = tls.DTLSConfiguration(
        pre_shared_key_store={IDENTITY: KEY}, ciphers=(cipher,), validate_certificates=False
    )
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # it moves to a new one
    server = tls.ServerContext(configuration).wrap_socket(sock)
    server.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=serve_one_with_mbedtls, args=(server,), daemon=True)
    thread.start()

    async def main():
        dtls = await open_dtls(server.getsockname()[1], (suite,))
        await dtls.connect()
        assert dtls.client.suite is suite
        assert dtls.client.encrypt_then_mac == suite.needs_encrypt_then_mac
        assert dtls.client.dropped_records == 0
        await dtls.send(b"ping")
        assert await dtls.receive(2000) == b"gnip"
        await dtls.close()

    try:
        asyncio.run(main())
        thread.join(5)
        assert not thread.is_alive()
    finally:
        server.close()
        sock.close()


@pytest.mark.parametrize("build", ["openssl", "gnutls"])
def test_coap_over_dtls_with_libcoap(build):
    port = free_port()
    server = program(f"coap-server-{build}")
    command = (server, "-A", "127.0.0.1", "-p", str(port - 1), "-h", "hint", "-k", KEY.decode())

    async def main():
        # Which suites a build takes is its own affair: it gets the choice.
        dtls = await open_dtls(port, ALL)
        await dtls.connect()
        response = await CoapClient(dtls).request(GET, "/.well-known/core")
        assert response.code == CONTENT
        assert response.payload.startswith(b"</")
        await dtls.close(notify=True)

    with listening(port, *command):
        asyncio.run(main())
