"""Blocks of twins: shifted addresses, and the claim that is the bind itself."""

import errno
import socket
import subprocess
import sys
from contextlib import ExitStack
from ipaddress import IPv4Address

import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.network.addresses import SHIFTS, shifted
from nce_sim.ports.twin import TwinBlock, TwinError, twin_of
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.settings import NetworkSettings, Settings
from nce_sim.wire.datagram import Address
from nce_sim.world import World

SERVICES = BackendSettings().addresses


def free_ports(count):
    """UDP ports free on every address, so that a test has all blocks for itself."""
    with ExitStack() as probes:
        ports = []
        for _ in range(count):
            probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            probe.bind(("0.0.0.0", 0))
            ports.append(probe.getsockname()[1])
        return ports


@pytest.fixture
def services():
    """The backend's endpoints, at ports that nobody has in any block."""
    coap, coaps, udp, plain, secure = free_ports(5)
    lwm2m = Lwm2mSettings(plain_port=plain, secure_port=secure)
    return BackendSettings(coap_port=coap, coaps_port=coaps, udp_port=udp, lwm2m=lwm2m).addresses


@pytest.fixture
def claim(services):
    with ExitStack() as blocks:

        def claimed(shift=None, settings=None):
            block = TwinBlock.claim(settings or Settings(), services, shift)
            blocks.callback(block.close)
            return block

        yield claimed


def occupied(address):
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((twin_of(address.host), address.port))
    return other


def test_twins_of_addresses():
    assert twin_of("10.60.2.219") == "127.60.2.219"
    assert twin_of("127.160.0.7") == "10.160.0.7"
    with pytest.raises(ValueError, match="no twin"):
        twin_of("192.0.2.1")


@pytest.mark.parametrize("by", [0, 1, 94])
def test_a_shifted_network_moves_its_own_addresses_and_no_others(by):
    pair = {"app.example": ("10.60.9.9", "203.0.113.7")}
    network = shifted(NetworkSettings(more_names=pair), by)
    assert network.account_block == f"10.{160 + by}.0.0/24"
    assert network.next_account_blocks[2] == f"10.{160 + by}.3.0/24"
    hosts = (network.coap_host, network.udp_host, network.lwm2m_host, network.dns_host)
    assert hosts == (
        f"10.{60 + by}.2.219",
        f"10.{60 + by}.2.239",
        f"10.{60 + by}.2.240",
        f"10.{60 + by}.0.53",
    )
    assert network.names["app.example"] == (f"10.{60 + by}.9.9", "203.0.113.7")
    assert network.public_dns_hosts == ("8.8.8.8", "8.8.4.4")
    assert network.regions == NetworkSettings().regions


def test_no_two_blocks_have_an_address_in_common():
    seen = set()
    for by in range(SHIFTS):
        network = shifted(NetworkSettings(), by)
        octets = {block.split(".")[1] for block in (network.account_block, network.coap_host)}
        assert len(octets) == 2
        assert not octets & seen
        seen |= octets
        assert IPv4Address(network.coap_host)


WRONG = (
    ({}, 95, "0 to 94"),
    ({}, -1, "0 to 94"),
    ({"coap_host": "10.250.2.219"}, 6, "octet would exceed 255"),
    ({"next_account_blocks": ("10.161.0.0/24",)}, 0, "different /16"),
)


@pytest.mark.parametrize(("fields", "by", "message"), WRONG)
def test_a_shift_that_cannot_be_is_refused(fields, by, message):
    with pytest.raises(ValueError, match=message):
        shifted(NetworkSettings(**fields), by)


def test_names_and_sims_of_a_claimed_world_are_in_its_block(claim):
    claim()
    block = claim()
    assert block.shift == 1
    world = World(1, settings=block.settings)
    assert world.core.resolve("coap.os.1nce.com") == ["10.61.2.219"]
    assert world.core.address_of(world.add_sim()) == "10.161.0.1"


def test_the_highest_block_has_its_twins_too(claim):
    block = claim(94)
    assert twin_of(block.settings.network.coap_host) == "127.154.2.219"
    world = World(1, settings=block.settings)
    assert world.core.address_of(world.add_sim()) == "10.254.0.1"
    with pytest.raises(TwinError, match="block 94 is not free"):
        claim(94)


def test_a_virtual_world_stays_where_it_always_was():
    world = World(1)
    assert world.core.resolve("udp.os.1nce.com") == ["10.60.2.239"]
    assert world.core.address_of(world.add_sim()) == "10.160.0.1"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_block_is_taken_when_any_of_its_addresses_is(claim, services, which):
    addresses = list(services(NetworkSettings()))
    with occupied(addresses[which]):
        assert claim().shift == 1
        # Nothing of the block that was tried first is held.
        for address in addresses:
            if address != addresses[which]:
                occupied(address).close()


def test_a_block_that_was_asked_for_is_taken_or_refused_by_name(claim, services):
    assert claim(7).shift == 7
    first = min(services(shifted(NetworkSettings(), 7)), key=lambda address: address.port)
    with pytest.raises(TwinError, match=r"block 7 is not free: 127\.67\.2\.2\d9:\d+ is in") as got:
        claim(7)
    assert got.value.errno == errno.EADDRINUSE
    assert first.host.startswith("10.67.")


def test_a_port_taken_on_all_addresses_takes_every_block(claim, services):
    port = next(iter(services(NetworkSettings()))).port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as everywhere:
        everywhere.bind(("0.0.0.0", port))
        with pytest.raises(TwinError, match=r"none of the 95 blocks .*0\.0\.0\.0"):
            claim()


def test_what_is_claimed_is_free_again_after_close(services):
    TwinBlock.claim(Settings(), services).close()
    block = TwinBlock.claim(Settings(), services)
    taken = block.take(next(iter(services(block.settings.network))))
    assert block.shift == 0
    block.close()
    with taken:
        assert taken.getsockname()[0] == "127.60.2.219"
    TwinBlock.claim(Settings(), services, 0).close()


RACER = """
import sys
from nce_sim.backend_settings import BackendSettings
from nce_sim.ports.twin import TwinBlock
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.settings import Settings

*others, plain, secure = map(int, sys.argv[1:])
ports = dict(zip(("coap_port", "coaps_port", "udp_port"), others))
ports["lwm2m"] = Lwm2mSettings(plain_port=plain, secure_port=secure)
print("ready", flush=True)
sys.stdin.readline()
block = TwinBlock.claim(Settings(), BackendSettings(**ports).addresses)
print(block.shift, flush=True)
sys.stdin.readline()
"""


def test_worlds_that_race_each_get_a_whole_block():
    ports = list(map(str, free_ports(5)))
    command = [sys.executable, "-c", RACER, *ports]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as racers:
        field = []
        for _ in range(4):
            racer = racers.enter_context(subprocess.Popen(command, **pipes))
            racers.callback(racer.kill)
            field.append(racer)
        for racer in field:
            assert racer.stdout.readline() == "ready\n"
        for racer in field:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        shifts = [int(racer.stdout.readline()) for racer in field]
    # One that lost a race may have passed over a block that was let go of again.
    assert len(set(shifts)) == 4
    assert max(shifts) < 8


def test_the_order_of_binding_is_that_of_the_addresses(monkeypatch, services):
    bound = []
    real = socket.socket.bind

    class Noting(socket.socket):
        def bind(self, address):
            bound.append(address)
            real(self, address)

    monkeypatch.setattr("nce_sim.ports.twin_block.socket.socket", Noting)

    def backwards(network):
        return [Address("10.60.10.1", 40_000), *reversed(list(services(network)))]

    TwinBlock.claim(Settings(), backwards, 0).close()
    assert bound == sorted(bound, key=lambda one: (IPv4Address(one[0]), one[1]))
    assert len(bound) == 6
