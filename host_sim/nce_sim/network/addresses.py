"""Static addresses for SIMs, out of the account's blocks in their order.

blocks = AddressBlocks(["10.160.0.0/24", "10.161.0.0/24"], first_host=1)
blocks.next_host()                  # "10.160.0.1"
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence


class AddressBlocks:
    """Hands out every usable host once; a block's last address is its broadcast address."""

    def __init__(self, blocks: Sequence[str], first_host: int) -> None:
        self._networks = [ipaddress.IPv4Network(block) for block in blocks]
        for network in self._networks:
            if network.prefixlen < 16:
                raise ValueError(
                    f"the account's block {network} is larger than a /16; take a smaller one"
                )
        self._hosts = self._walk(first_host)

    def next_host(self) -> str:
        """The next address; ValueError when all blocks are full."""
        host = next(self._hosts, None)
        if host is None:
            full = ", ".join(map(str, self._networks))
            raise ValueError(
                f"the account is full: no address is left in {full}; name more blocks in "
                "network.next_account_blocks"
            )
        return host

    def _walk(self, first_host: int) -> Iterator[str]:
        for position, network in enumerate(self._networks):
            earlier = self._networks[:position]
            for number in range(first_host, network.num_addresses - 1):
                host = network[number]
                # Blocks may overlap: a larger first one covers those that would follow.
                if not any(host in block for block in earlier):
                    yield str(host)
