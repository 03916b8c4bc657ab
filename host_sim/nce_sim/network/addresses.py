"""Static addresses for SIMs, out of the account's blocks in their order.

blocks = AddressBlocks(["10.160.0.0/24", "10.161.0.0/24"], first_host=1)
blocks.next_host()                  # "10.160.0.1"
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence


class AddressBlocks:
    """Hands out every address of every block once, beginning with `first_host` of each block.

    The account is given 256 addresses of a /24 (service description, 2.3.5): the first and the
    last are SIMs' as well, since nothing is broadcast there. What is before `first_host` comes
    at the end of its block.
    """

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
            full = ", ".join(map(str, self._networks[:3]))
            if len(self._networks) > 3:
                full += f" and {len(self._networks) - 3} more, up to {self._networks[-1]}"
            raise ValueError(
                f"the account is full: no address is left in {full}; name more blocks in "
                "network.next_account_blocks"
            )
        return host

    def _walk(self, first_host: int) -> Iterator[str]:
        for position, network in enumerate(self._networks):
            earlier = [block for block in self._networks[:position] if block.overlaps(network)]
            for number in range(network.num_addresses):
                host = network[(first_host + number) % network.num_addresses]
                # Blocks may overlap: a larger first one covers those that would follow.
                if not any(host in block for block in earlier):
                    yield str(host)
