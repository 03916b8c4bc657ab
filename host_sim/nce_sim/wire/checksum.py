"""The internet checksum of IP, UDP and TCP (RFC 1071), and the pseudo header of the latter two.

checksum(pseudo_header(source, destination, 6, len(segment)) + segment)     # 0: it is right
"""

from __future__ import annotations

import ipaddress
import struct


def checksum(octets: bytes) -> int:
    """The one's complement of the sum of the 16-bit words; over octets with their sum, 0."""
    words = struct.unpack(f"!{(len(octets) + 1) // 2}H", octets + b"\0" * (len(octets) % 2))
    total: int = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source_host: str, destination_host: str, protocol: int, size: int) -> bytes:
    """What UDP and TCP sum before their header (RFC 768; RFC 9293, 3.1)."""
    ends = (ipaddress.IPv4Address(host).packed for host in (source_host, destination_host))
    return b"".join(ends) + struct.pack("!BBH", 0, protocol, size)
