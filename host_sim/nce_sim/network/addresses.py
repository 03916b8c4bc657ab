"""A world's addresses: static ones for SIMs, and a whole world moved to another block.

blocks = AddressBlocks(["10.160.0.0/24", "10.161.0.0/24"], first_host=1)
blocks.next_host(organisation_id)   # "10.160.0.1"
shifted(NetworkSettings(), 3)       # SIMs in 10.163.0.0/16, services in 10.63.0.0/16
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nce_sim.settings import NetworkSettings

_SHARED = ipaddress.IPv4Network("100.64.0.0/10")  # RFC 6598; 1NCE hands it out to SIMs
_PRIVATE = [
    ipaddress.IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]

# Each world reads the same 256 blocks of the settings; tests build thousands of worlds.
_network = functools.lru_cache(maxsize=1024)(ipaddress.IPv4Network)

# SIMs are in 10.160 and services in 10.60: shifted by less than 95 the two never meet, and
# neither leaves its octet.
SHIFTS = 95


class AddressBlocks:
    """Hands out every address of every block once, beginning with `first_host` of each block.

    An organisation gets 256 addresses of a /24, and another block when that is used up (service
    description, 2.3.5): the first and the last belong to SIMs as well, since nothing is broadcast
    there. Addresses before `first_host` come at the end of their block. An owner is whatever
    tells organisations apart.
    """

    def __init__(self, blocks: Sequence[str], first_host: int) -> None:
        self._networks = [_network(block) for block in blocks]
        for network in self._networks:
            if network.prefixlen < 16:
                raise ValueError(
                    f"the account's block {network} is larger than a /16; use a smaller one"
                )
        # Thousands of SIMs look their blocks up: each search is in a dictionary.
        self._places: dict[ipaddress.IPv4Network, int] = {}
        self._by_prefix: dict[tuple[int, int], ipaddress.IPv4Network] = {}
        for place, network in enumerate(self._networks):
            self._places.setdefault(network, place)
            length = network.prefixlen
            self._by_prefix[int(network.network_address) >> 32 - length, length] = network
        self._lengths = {length for _, length in self._by_prefix}
        self._first_host = first_host
        self._owners: dict[int, int | None] = {}  # of blocks, by their place in the list
        self._hosts: dict[int | None, Iterator[str]] = {}
        self._freed: dict[int | None, list[str]] = {}
        self._in_use: set[str] = set()

    def next_host(self, owner: int | None = None) -> str:
        """The owner's next address; ValueError when its blocks are full and all are taken."""
        while True:
            for host in self._hosts.get(owner, ()):
                if host not in self._in_use:
                    self._in_use.add(host)
                    return host
            freed = self._freed.get(owner)
            if freed:
                self._in_use.add(freed[0])
                return freed.pop(0)
            self.take_block(owner)

    def take_block(self, owner: int | None = None) -> str:
        """Give the owner the next block that nobody has; ValueError when there is none."""
        for place, network in enumerate(self._networks):
            if place not in self._owners:
                self._give(place, owner)
                return str(network)
        full = ", ".join(map(str, self._networks[:3]))
        if len(self._networks) > 3:
            full += f" and {len(self._networks) - 3} more, up to {self._networks[-1]}"
        raise ValueError(
            f"the account is full: no address is left in {full}; add more blocks to "
            "network.next_account_blocks"
        )

    def claim_block(self, block: str, owner: int | None) -> None:
        """A block is the owner's from an earlier run; ValueError when it is another's."""
        place = self._places.get(_network(block))
        if place is None:
            raise ValueError(f"{block} is none of this world's blocks; use its former settings")
        if self._owners.get(place, owner) != owner:
            raise ValueError(f"{block} belongs to another organisation")
        if place not in self._owners:
            self._give(place, owner)

    def claim_host(self, host: str, owner: int | None) -> None:
        """An address is in use by the owner from an earlier run, and so its block is taken."""
        network = self._network_of(host)
        if network is not None:
            self.claim_block(str(network), owner)
        self._in_use.add(host)

    def here(self, host: str) -> str | None:
        """The address of an earlier run in these blocks, which may be shifted; None if none is."""
        own = str(self._networks[0].network_address).split(".")
        moved = ".".join(own[:2] + host.split(".")[2:])
        return next((one for one in (host, moved) if self._network_of(one) is not None), None)

    def _network_of(self, host: str) -> ipaddress.IPv4Network | None:
        """The block of an address; the first one, where blocks overlap."""
        number = int(ipaddress.IPv4Address(host))
        found = [
            self._by_prefix[key]
            for length in self._lengths
            if (key := (number >> 32 - length, length)) in self._by_prefix
        ]
        return min(found, key=self._places.__getitem__, default=None)

    def release(self, host: str, owner: int | None) -> None:
        """An address is free again; it is handed out when its owner's blocks are full."""
        self._in_use.discard(host)
        self._freed.setdefault(owner, []).append(host)

    def give_back(self, owner: int | None) -> None:
        """The owner is gone, and its blocks are free; none of its addresses may be in use."""
        for place in [place for place, has in self._owners.items() if has == owner]:
            del self._owners[place]
        self._hosts.pop(owner, None)
        self._freed.pop(owner, None)

    def blocks_of(self, owner: int | None = None) -> list[str]:
        """The owner's blocks, in the order of the list."""
        return [
            str(self._networks[place])
            for place in sorted(self._owners)
            if self._owners[place] == owner
        ]

    def _give(self, place: int, owner: int | None) -> None:
        earlier = [self._networks[taken] for taken in self._owners]
        self._owners[place] = owner
        former = self._hosts.get(owner, iter(()))
        self._hosts[owner] = itertools.chain(former, self._walk(place, earlier))

    def _walk(self, place: int, earlier: Sequence[ipaddress.IPv4Network]) -> Iterator[str]:
        network = self._networks[place]
        overlapping = [block for block in earlier if block.overlaps(network)]
        for number in range(network.num_addresses):
            host = network[(self._first_host + number) % network.num_addresses]
            # Blocks may overlap: a larger first one covers those that would follow.
            if not any(host in block for block in overlapping):
                yield str(host)


def shifted(settings: NetworkSettings, by: int) -> NetworkSettings:
    """The same network with `by` added to the second octet of each of its own addresses.

    `by` is 0..94. Addresses outside 10.0.0.0/8 do not belong to this world and stay. Raises
    ValueError for an octet that would exceed 255, and for SIMs in more than one /16: another
    world's block may be there.
    """
    if not 0 <= by < SHIFTS:
        raise ValueError(f"addresses shift by 0 to {SHIFTS - 1}, not by {by}")
    blocks = [settings.account_block, *settings.next_account_blocks]
    second_octets = {_second_octet(block) for block in blocks}
    if len(second_octets) > 1:
        raise ValueError(
            f"the account's blocks {', '.join(blocks)} are in different /16 networks; a world "
            "with twins needs them in one, since the next may be another world's"
        )
    return dataclasses.replace(
        settings,
        account_block=_moved(settings.account_block, by),
        next_account_blocks=tuple(_moved(block, by) for block in settings.next_account_blocks),
        coap_host=_moved(settings.coap_host, by),
        udp_host=_moved(settings.udp_host, by),
        lwm2m_host=_moved(settings.lwm2m_host, by),
        proxy_host=_moved(settings.proxy_host, by),
        controller_host=_moved(settings.controller_host, by),
        onboarding_host=_moved(settings.onboarding_host, by),
        dns_host=_moved(settings.dns_host, by),
        more_names={
            name: tuple(_moved(host, by) for host in hosts)
            for name, hosts in settings.more_names.items()
        },
    )


def _second_octet(block: str) -> int:
    return int(block.split(".")[1])


def _moved(address: str, by: int) -> str:
    """`address`, of a host or of a block."""
    first, second, rest = address.split(".", 2)
    if first != "10":
        return address
    if int(second) + by > 255:
        raise ValueError(f"{address} cannot shift by {by}: its second octet would exceed 255")
    return f"10.{int(second) + by}.{rest}"


def is_private(host: str) -> bool:
    """Whether the internet does not route an address."""
    address = ipaddress.IPv4Address(host)
    return address in _SHARED or any(address in block for block in _PRIVATE)


def check_public(host: str) -> None:
    """ValueError for an address where no host of the internet can be."""
    if is_private(host):
        raise ValueError(f"{host} is a private address; use core.listen for it")
