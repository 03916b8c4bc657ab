"""The device's CoAP server over a modem of each family, asked from the network's side.

The bytes are those of RFC 7252, appendix A, figure 16. nRF91's first SLM and SIMCom's A76XX do not
tell who sent a datagram (`#XRECVFROM: <type>,<size>`, `+CIPRXGET: 2,<id>,<size>,<left>`), so that
nobody could be answered: they say so.
"""

import asyncio
import dataclasses

import pytest

from nce.coap import codes
from nce.coap.responder import Answer
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce_modem import errors
from nce_sim.network.core import Address, Datagram
from support.driver_bench import FAMILIES, play

GET_TEMPERATURE = bytes.fromhex("40017d34bb") + b"temperature"
CONTENT = bytes.fromhex("60457d34ff") + b"22.3 C"
PORT = 5683
CONTROLLER = Address("10.60.2.242", 40_001)
SOMEBODY = Address("10.60.2.243", 40_002)
ANSWER_S = 15
WITHOUT = ("nrf91-slm1", "a7672", "sim7600")
# Final results, prompts, zeros: awkward for a line reader.
AWKWARD = b"\r\nOK\r\n> @\x00\x1a+CADATAIND: 0\r\n" + bytes(range(200))


class Peer:
    """One on the network's side: asks, and keeps what comes back."""

    def __init__(self, bench, modem, address):
        self.answers = asyncio.Queue()
        self._core = bench.world.core
        self._device = Address(modem.address, PORT)
        self._address = address
        self._core.listen(address, self.answers.put_nowait)

    async def ask(self, data):
        self._core.send(Datagram(self._address, self._device, data))
        answer = await asyncio.wait_for(self.answers.get(), ANSWER_S)
        assert answer.source == self._device  # at the port that was asked
        return answer.payload


def mistakes(bench):
    """What the driver did that the modem's manual forbids, since the server was there."""
    records = bench.world.timeline.records(kind="mistake")
    return [record.fields for record in records[bench.before :]]


def site():
    found = Site()
    found.add("/temperature", codes.GET, lambda request: b"22.3 C")
    found.add("/echo", codes.POST, lambda request: Answer(codes.CHANGED, (), request.payload))
    return found


@pytest.fixture
def serving(on_modem):
    """Runs `scene(controller, somebody, bench, modem)` while the device serves."""

    def serve(scene):
        async def within(bench, modem):
            await modem.attach()
            if on_modem.family in WITHOUT:
                with pytest.raises(errors.UsageError, match="no unconnected sockets"):
                    await modem.open_unconnected(PORT)
                return
            bench.before = len(bench.world.timeline.records(kind="mistake"))
            port = await modem.open_unconnected(PORT)
            # The SIM's private network has nobody but 1NCE OS: it gets long answers whole.
            server = CoapServer(port, site(), is_verified=lambda peer: True)
            serving = asyncio.create_task(server.serve())
            try:
                peers = [Peer(bench, modem, address) for address in (CONTROLLER, SOMEBODY)]
                await scene(*peers, bench, modem)
                assert not serving.done()
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
                await server.close()

        on_modem(within)

    return serve


def test_the_device_answers_a_request_that_comes_from_the_network(serving):
    async def scene(controller, somebody, bench, modem):
        assert await controller.ask(GET_TEMPERATURE) == CONTENT
        # Nor does it have to be soon after the last one.
        await asyncio.sleep(900)
        later = bytes.fromhex("40017d35bb") + b"temperature"
        assert await controller.ask(later) == bytes.fromhex("60457d35ff") + b"22.3 C"
        assert mistakes(bench) == []

    serving(scene)


def test_each_peer_is_answered_at_its_own_address(serving):
    async def scene(controller, somebody, bench, modem):
        for number in range(5):
            bodies = [b"%d of %d" % (number, who) + AWKWARD for who in range(2)]
            # POST /echo, the token 20: 2.04 with the same message ID, token and payload.
            answers = await asyncio.gather(
                *(
                    peer.ask(b"\x41\x02\x12%c\x20\xb4echo\xff" % number + body)
                    for peer, body in zip((controller, somebody), bodies, strict=True)
                )
            )
            for answer, body in zip(answers, bodies, strict=True):
                assert answer == b"\x61\x44\x12%c\x20\xff" % number + body
        assert controller.answers.empty()
        assert somebody.answers.empty()

    serving(scene)


def test_a_server_and_a_client_share_the_modem(serving):
    async def scene(controller, somebody, bench, modem):
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        for number in range(5):
            await port.send(b"client %d" % number)
            request = b"\x40\x01\x7d%c\xbbtemperature" % number
            answer, reply = await asyncio.gather(controller.ask(request), port.receive(20_000))
            assert answer == b"\x60\x45\x7d%c\xff22.3 C" % number
            assert reply == b"client %d" % number
        await port.close()

    serving(scene)


def test_a_port_is_free_again_when_the_server_is_closed(serving):
    async def scene(controller, somebody, bench, modem):
        for number in range(3):
            other = await modem.open_unconnected(PORT + 1)
            await other.close()
            # On the same number of a socket, one with a peer.
            port = await modem.open_datagram(bench.echo.host, bench.echo.port)
            await port.send(b"%d" % number)
            assert await port.receive(20_000) == b"%d" % number
            await port.close()
        assert await controller.ask(GET_TEMPERATURE) == CONTENT

    serving(scene)


@pytest.mark.parametrize("family", WITHOUT)
def test_a_family_that_cannot_says_so_and_what_to_do(family):
    async def scene(bench, modem):
        await modem.attach()
        with pytest.raises(errors.UsageError) as caught:
            await modem.open_unconnected(PORT)
        message = str(caught.value)
        assert FAMILIES[family] in message
        assert "open_datagram()" in message
        assert "serve_on()" in message

    play(scene, family)


@pytest.mark.parametrize("tells_data", [True, False])
def test_a_simcom_server_is_heard_by_either_of_its_results(tells_data):
    async def scene(bench, modem):
        settings = dataclasses.replace(
            bench.knobs.settings, simcom_udp_server_tells_data=tells_data
        )
        bench.knobs.settings = settings
        await modem.attach()
        port = await modem.open_unconnected(PORT)
        start_ms = modem.now_ms()
        bench.world.core.send(Datagram(CONTROLLER, Address(modem.address, PORT), b"hello"))
        assert await port.receive_from(5000) == (b"hello", tuple(CONTROLLER))
        assert modem.now_ms() - start_ms < 1000

    play(scene, "sim7080")


def test_a_sender_that_was_not_told_cannot_be_answered():
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_unconnected(PORT)
        for peer in (None, "10.60.2.242", ("10.60.2.242",)):
            with pytest.raises(errors.UsageError, match="not a peer"):
                await port.send_to(b"hello", peer)

    play(scene, "bg95")
