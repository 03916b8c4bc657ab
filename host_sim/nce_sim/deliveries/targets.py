"""Where deliveries may go: servers that anybody can reach, by HTTPS; loopback where it is allowed.

    rules = TargetRules(allow_loopback=False)
    target = rules.check("https://cloud.example.com/in")    # TargetRefused: what the text shows
    address = await rules.resolve(target, look_up)          # TargetRefused: where the name leads

A customer's URL must not open what only this computer reaches: metadata services, private
networks, the simulated one. A name is resolved once and the connection goes to that very address,
so that a second answer of the name server changes nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]

MOST_CHARACTERS = 2_048
DEFAULT_PORTS = {"https": 443, "http": 80}
# The host of a URL as we take it: a name in ASCII (punycode for others), or an address.
_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*\Z")
_PRINTABLE = re.compile(r"[!-\[\]-~]+\Z")  # without blanks and backslashes
# A last label like this makes a host an IPv4 address, however odd (WHATWG URL, 3.5).
_NUMBER = re.compile(r"[0-9]+\Z|0[xX][0-9A-Fa-f]*\Z")

# Blocks that `ipaddress` calls global and that lead inside all the same.
_INSIDE = tuple(
    ipaddress.ip_network(block)
    for block in (
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.0/24",  # IETF's own (RFC 6890); Oracle's metadata service lives here
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "::/96",  # IPv4-compatible (RFC 4291, 2.5.5.1)
        "64:ff9b::/96",  # NAT64 (RFC 6052) and its local block (RFC 8215)
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo (RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056)
        "fec0::/10",  # site-local (RFC 3879)
    )
)


class TargetRefused(ValueError):
    """Nothing is sent there; the message says why and what to use."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts; `host` is a name or an address, without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        """For the Host header: the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """The same URL with an address in the host's place."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True)
class TargetRules:
    """What is allowed beside public HTTPS."""

    allow_loopback: bool = False

    def check(self, url: str) -> Target:
        """The parts of a URL that may be a target; TargetRefused for others."""
        if len(url) > MOST_CHARACTERS:
            raise TargetRefused(f"the URL has {len(url)} characters; at most {MOST_CHARACTERS}")
        if not _PRINTABLE.match(url):
            raise TargetRefused(
                "the URL has blanks, backslashes, control or non-ASCII characters; write them as "
                "%XX, and a name with other letters in punycode (xn--)"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise TargetRefused(f"the URL cannot be read: {error}") from None
        scheme = parts.scheme
        if scheme not in DEFAULT_PORTS:
            raise TargetRefused("the URL must begin with https://")
        if "@" in parts.netloc:
            raise TargetRefused("the URL holds a user or password; put them into a header")
        if port == 0 or parts.netloc.endswith(":"):
            raise TargetRefused("the URL's port is empty or 0; leave it out, or give 1 to 65535")
        host = parts.hostname or ""
        if parts.netloc.startswith("[") and ":" not in host:
            raise TargetRefused("brackets are for addresses of IPv6 alone")
        host = self._host(host)
        if scheme == "http" and not self._is_loopback_host(host):
            raise TargetRefused("the URL must begin with https://")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(scheme, host, port or DEFAULT_PORTS[scheme], path)

    def _host(self, host: str) -> str:
        host = host.removesuffix(".")
        if ":" in host:
            if "%" in host:
                raise TargetRefused("an address with a zone is no public server")
            return str(self._allowed(_address(host)))
        if not _NAME.match(host):
            raise TargetRefused("the URL has no host that a name server could know")
        if _NUMBER.match(host.rpartition(".")[2]):
            # Octal, hexadecimal and short forms mean different hosts to different programs.
            return str(self._allowed(_address(host)))
        name = host.lower()
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
            if not self.allow_loopback:
                raise TargetRefused(_NOT_PUBLIC % name)
        elif "." not in name:
            raise TargetRefused(f"the host {name!r} is no public name; give it with its domain")
        return name

    def _is_loopback_host(self, host: str) -> bool:
        if not self.allow_loopback:
            return False
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    async def resolve(self, target: Target, look_up: LookUp) -> str:
        """The address to connect to; `look_up(host, port)` gives all addresses of a name."""
        addresses = [target.host]
        if not is_address(target.host):
            addresses = list(await look_up(target.host, target.port))
        if not addresses:
            raise TargetRefused(f"the name {target.host} has no address")
        # One address that is not public is reason enough: nobody needs such a name.
        judged = [self._allowed(_address(address)) for address in addresses]
        return str(judged[0])

    def _allowed(self, address: IpAddress) -> IpAddress:
        embedded = getattr(address, "ipv4_mapped", None)
        seen: IpAddress = embedded if embedded is not None else address
        if seen.is_loopback:
            if self.allow_loopback:
                return seen
        elif is_public(seen):
            return seen
        raise TargetRefused(_NOT_PUBLIC % address)


def is_address(host: str) -> bool:
    """Whether the host of a target is an address, not a name."""
    return ":" in host or _NUMBER.match(host.rpartition(".")[2]) is not None


_NOT_PUBLIC = "%s is no public address: deliveries go to servers that anybody can reach"


def is_public(address: IpAddress) -> bool:
    """Whether everybody on the internet can reach the address."""
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in block for block in _INSIDE if block.version == address.version)
    )


def _address(text: str) -> IpAddress:
    try:
        return ipaddress.ip_address(text.partition("%")[0] if ":" in text else text)
    except ValueError:
        raise TargetRefused(
            f"{text!r} is no address in the usual form; write four decimal numbers"
        ) from None
