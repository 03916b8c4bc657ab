"""Deliveries by HTTP to a server on loopback, in real time."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from nce_sim.deliveries import DeliverySettings, Outcome, Request
from nce_sim.deliveries import http as carrier
from nce_sim.deliveries.http import HttpTransport
from nce_sim.deliveries.receiver import LoopbackReceiver
from support.tls_authority import Authority

ALLOWED = DeliverySettings(allow_loopback=True)


async def outcome_of(
    url: str, settings: DeliverySettings = ALLOWED, timeout_ms: int = 5_000, **headers: str
) -> Outcome:
    answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    request = Request("POST", url, headers, b'{"level": 42}', "d1", timeout_ms)
    handle = HttpTransport(settings).send(request, answer.set_result)
    assert not answer.done()
    try:
        return await asyncio.wait_for(answer, 10)
    finally:
        handle.cancel()


def test_a_request_arrives_as_it_was_made_and_its_status_comes_back(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")

    async def main() -> None:
        async with LoopbackReceiver.opened() as receiver:
            receiver.status = 201
            url = receiver.url + "in?x=1"
            assert await outcome_of(url, Authorization="Basic abc") == Outcome(201)
            [received] = receiver.requests
            assert (received.method, received.path) == ("POST", "/in?x=1")
            assert received.json == {"level": 42}
            assert dict(received.headers) == {
                "host": receiver.url.split("/")[2],
                "user-agent": "1NCE-OS-simulator",
                "accept": "*/*",
                "accept-encoding": "identity",
                "connection": "close",
                "authorization": "Basic abc",
                "content-length": "13",
            }

    asyncio.run(main())


def test_a_redirect_is_an_answer_and_nothing_more():
    async def main() -> None:
        async with LoopbackReceiver.opened() as receiver:
            receiver.status = 307
            assert await outcome_of(receiver.url) == Outcome(307)
            assert len(receiver.requests) == 1

    asyncio.run(main())


def test_without_an_answer_there_is_a_reason():
    async def main() -> None:
        async with LoopbackReceiver.opened() as receiver:
            receiver.delay_ms = 5_000
            assert await outcome_of(receiver.url, timeout_ms=200) == Outcome(
                None, "no answer within 0.2 s"
            )
            receiver.delay_ms, receiver.status = 0, None
            assert (await outcome_of(receiver.url)).status is None
            arrived = len(receiver.requests)
            refused = await outcome_of(receiver.url, DeliverySettings())
            assert "no public address" in refused.reason
            refused = await outcome_of(receiver.url.replace("http:", "https:"), DeliverySettings())
            assert "no public address" in refused.reason
            assert len(receiver.requests) == arrived
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        gone = await outcome_of(f"http://127.0.0.1:{port}/")
        assert gone.reason.startswith("no connection")

    asyncio.run(main())


def test_an_endless_answer_is_not_read_to_its_end():
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while sent < 50_000_000:
                writer.write(b"x" * 10_000)
                sent += 10_000
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(pour, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert await outcome_of(f"http://127.0.0.1:{port}/") == Outcome(200)
        server.close()
        await asyncio.sleep(0)

    asyncio.run(main())
    assert sent < 50_000_000


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.mark.parametrize(
    ("name", "is_trusted", "is_taken"),
    [
        ("cloud.example.com", True, True),
        ("cloud.example.com", False, False),
        ("other.example.com", True, False),
        ("127.0.0.1", True, False),  # the certificate is the name's, not the address's
    ],
)
def test_the_certificate_must_be_the_names_and_of_a_known_authority(
    authority, name, is_trusted, is_taken, tmp_path, monkeypatch
):
    """The name leads to loopback here: the connection goes where the one look-up said."""
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    asked = []

    async def look_up(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(carrier, "_look_up", look_up)
    settings = DeliverySettings(
        allow_loopback=True, extra_ca_file=str(tmp_path / "ca.pem") if is_trusted else None
    )

    async def main() -> None:
        tls = authority.server_context(name)
        names: list[str | None] = []
        tls.sni_callback = lambda connection, server_name, context: names.append(server_name)
        async with LoopbackReceiver.opened(tls) as receiver:
            port = receiver.url.split(":")[2]
            outcome = await outcome_of(f"https://cloud.example.com:{port}in", settings)
            assert (outcome.status == 200) is is_taken, outcome
            assert names == ["cloud.example.com"]
            if is_taken:
                host = receiver.requests[0].headers["host"]
                assert host == "cloud.example.com:" + port.strip("/")
            else:
                assert receiver.requests == []
                assert "certificate" in outcome.reason.lower()

    asyncio.run(main())
    assert asked == ["cloud.example.com"]
    assert ssl.create_default_context().check_hostname
