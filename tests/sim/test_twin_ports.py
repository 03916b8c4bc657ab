"""Twins at work: batches up to 64, and what the machine does not take is counted."""

import asyncio
import socket

import pytest

from nce_sim.clock import LoopClock
from nce_sim.ports.twin import TwinBlock, TwinPorts, twin_of
from nce_sim.settings import Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.running_world import socket_at

TIMEOUT_S = 10


def play(scene):
    """Run `scene(world, twins, service)`: one service, at a port of its own, one SIM."""

    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("0.0.0.0", 0))
            port = probe.getsockname()[1]
        block = TwinBlock.claim(Settings(), lambda network: [Address(network.udp_host, port)])
        world = World(1, clock=LoopClock(), settings=block.settings)
        service = Address(world.settings.network.udp_host, port)
        twins = TwinPorts(world.core, asyncio.get_running_loop(), block)
        try:
            return await asyncio.wait_for(scene(world, twins, service), TIMEOUT_S)
        finally:
            twins.close()

    return asyncio.run(main())


def test_what_has_arrived_is_handed_over_in_batches_of_64():
    async def scene(world, twins, service):
        sim = world.core.address_of(world.add_sim())
        heard, all_heard, batches = [], asyncio.Event(), []
        send_all = world.core.send_all

        def noting(datagrams):
            batches.append(len(datagrams))
            send_all(datagrams)

        def take(datagram):
            heard.append(datagram.payload)
            if len(heard) == 200:
                all_heard.set()

        world.core.send_all = noting
        world.core.listen(service, take)
        await twins.open()
        with socket_at(twin_of(sim)) as line:
            for number in range(200):
                line.sendto(b"%d" % number, (twin_of(service.host), service.port))
            await all_heard.wait()
        return heard, batches

    heard, batches = play(scene)
    assert heard == [b"%d" % number for number in range(200)]
    assert batches == [64, 64, 64, 8]


def test_a_batch_arrives_at_one_instant():
    world = World(1)
    service = Address("10.60.2.239", 4445)
    turns = []
    world.core.listen(service, lambda datagram: turns.append(booked()))
    booked = iter(range(10)).__next__
    batch = [Datagram(Address("10.160.0.9", port), service, b"") for port in (1, 2, 3)]
    calls = []
    call_later = world.clock.call_later
    world.clock.call_later = lambda *args: calls.append(args) or call_later(*args)
    world.core.send_all(batch)
    assert len(calls) == 1
    world.advance(10)
    assert turns == [0, 1, 2]


def test_a_disabled_sim_s_datagram_is_taken_out_of_its_batch():
    world = World(1)
    service = Address("10.60.2.239", 4445)
    hosts = [world.core.address_of(world.add_sim()) for _ in range(2)]
    world.set_sim_enabled(world.sims[0], False)
    heard = []
    world.core.listen(service, lambda datagram: heard.append(datagram.source.host))
    world.core.send_all([Datagram(Address(host, 1), service, b"") for host in hosts])
    world.advance(10)
    assert heard == [hosts[1]]


def test_a_service_that_fails_at_one_datagram_gets_the_rest_of_the_batch():
    world = World(1)
    service = Address("10.60.2.239", 4445)
    heard = []

    def take(datagram):
        heard.append(datagram.source.port)
        if datagram.source.port == 1:
            raise KeyError("a bug")

    world.core.listen(service, take)
    world.core.send_all(
        [Datagram(Address("10.160.0.9", port), service, b"") for port in (1, 2, 3)]
    )
    with pytest.raises(KeyError):
        world.advance(10)
    world.advance(10)
    assert heard == [1, 2, 3]


def test_what_cannot_be_sent_is_counted_and_the_next_one_is_sent():
    async def scene(world, twins, service):
        host = world.core.address_of(world.add_sim())
        world.core.listen(service, lambda datagram: None)
        await twins.open()
        with socket_at(twin_of(host)) as line:
            port = line.getsockname()[1]
            line.setblocking(False)
            for to, payload in (
                (Address(host, 0), b"to port 0"),  # EINVAL
                (Address(host, port), bytes(70_000)),  # EMSGSIZE
                (Address("192.0.2.1", 1), b"no twin"),
                (Address(host, port), b"good"),
            ):
                world.core.send(Datagram(service, to, payload))
            got = await asyncio.get_running_loop().sock_recv(line, 100)
        reasons = [record.fields["reason"] for record in world.timeline.records(kind="dropped")]
        return got, twins.lost, reasons

    got, lost, reasons = play(scene)
    assert got == b"good"
    assert lost == 2
    assert reasons == [
        "its twin could not send it: EINVAL",
        "its twin could not send it: EMSGSIZE",
        "nobody is there",
    ]


def test_a_service_that_comes_later_gets_its_twin_and_close_leaves_none():
    async def scene(world, twins, service):
        world.core.listen(service, lambda datagram: None)
        await twins.open()
        later = Address(service.host.rpartition(".")[0] + ".77", service.port)
        world.core.listen(later, lambda datagram: None)
        await twins.open()
        assert list(twins.addresses) == [service, later]
        twins.close()
        assert twins.addresses == {}
        for address in (service, later):
            socket_at(twin_of(address.host), address.port).close()

    play(scene)
