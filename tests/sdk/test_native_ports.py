"""The native datagram and listening ports: a cancellation that meets a datagram is never lost."""

import asyncio
import socket

import pytest

from nce.datagram import open_datagram
from nce.listener import open_listener

MOST_TURNS = 12  # of the loop between the datagram and the cancellation


def peer_socket():
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    return peer


async def datagram_port(peer):
    port = await open_datagram(*peer.getsockname())
    await port.send(b"hello")
    return port, peer.recvfrom(64)[1], port.receive


async def listening_port(peer):
    port = await open_listener(0, "127.0.0.1")
    return port, port._socket.getsockname(), port.receive_from


@pytest.mark.parametrize("kind", [datagram_port, listening_port])
def test_a_cancellation_that_meets_a_datagram_is_kept(kind):
    async def scene(turns):
        peer = peer_socket()
        port, address, receive = await kind(peer)
        task = asyncio.create_task(receive(30_000))
        await asyncio.sleep(0.01)
        peer.sendto(b"now", address)
        for _ in range(turns):
            await asyncio.sleep(0)
        is_asked = task.cancel()
        await asyncio.wait((task,))
        await port.close()
        peer.close()
        # Whoever is told that its cancellation is on its way must see it arrive.
        return is_asked, task.cancelled()

    outcomes = [asyncio.run(scene(turns)) for turns in range(MOST_TURNS)]
    assert all(is_asked == was_cancelled for is_asked, was_cancelled in outcomes), outcomes
    # Both ends of the race were seen.
    assert {is_asked for is_asked, _ in outcomes} == {True, False}


@pytest.mark.parametrize("kind", [datagram_port, listening_port])
def test_a_datagram_is_taken_and_a_silence_is_none(kind):
    async def scene():
        peer = peer_socket()
        port, address, receive = await kind(peer)
        assert await receive(0) is None
        assert await receive(20) is None
        task = asyncio.create_task(receive(30_000))
        await asyncio.sleep(0.01)
        peer.sendto(b"one", address)
        assert b"one" in (await task, (await task)[0])
        peer.sendto(b"two", address)
        assert b"two" in (found := await receive(30_000), found[0])
        await port.close()
        peer.close()

    asyncio.run(scene())


def test_a_listener_hears_only_at_the_address_that_it_was_given():
    async def scene():
        port = await open_listener(0, "127.0.0.3")
        number = port._socket.getsockname()[1]
        with peer_socket() as peer:
            peer.sendto(b"elsewhere", ("127.0.0.4", number))
            peer.sendto(b"here", ("127.0.0.3", number))
            heard = [await port.receive_from(2_000), await port.receive_from(50)]
        await port.close()
        return [one and one[0] for one in heard]

    assert asyncio.run(scene()) == [b"here", None]
