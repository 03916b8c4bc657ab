"""Where the CoAP proxy may go: the documented hosts of partners, and nothing else.

    route = route_of("https://chunks.memfault.com/api/v0/chunks/:iccid:", iccid)
    route.partner, route.host, route.path       # MEMFAULT, ..., "/api/v0/chunks/8988..."

A URI that is not one of the table's is a `ForeignHost`: the proxy is no way to any other server,
to a network's inside, or to another part of a partner's API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from nce_sim.services.plugins.partners import MEMFAULT, MENDER

ICCID = ":iccid:"

# Host -> partner, and the beginnings of paths that its devices use [D], [C] the samples of 1NCE.
_HOSTS = {
    "chunks.memfault.com": (MEMFAULT, "/api/v0/chunks/"),
    "hosted.mender.io": (MENDER, "/api/devices/"),
    "eu.hosted.mender.io": (MENDER, "/api/devices/"),
}
HOSTS = tuple(_HOSTS)
_HTTPS_PORT = 443


class ForeignHost(ValueError):
    """A URI that the proxy does not go to."""


@dataclass(frozen=True)
class Route:
    """A request's way to a partner; `path` has its query."""

    partner: str
    host: str
    path: str

    def url(self, stand_ins: Mapping[str, str]) -> str:
        """The URL that is asked: the partner's, or that of what stands in for it."""
        base = stand_ins.get(self.host, f"https://{self.host}").rstrip("/")
        return base + self.path


def route_of(uri: str, iccid: str) -> Route:
    """The route of a Proxy-Uri, `:iccid:` replaced; ForeignHost for any that is not documented."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise ForeignHost("Proxy-Uri is no URI") from None
    if any(not 0x20 < ord(character) < 0x7F for character in uri):
        raise ForeignHost("Proxy-Uri has a character that no URI has")
    if parts.scheme != "https" or parts.username is not None or port not in (None, _HTTPS_PORT):
        raise ForeignHost("Proxy-Uri is not https://HOST/PATH")
    found = _HOSTS.get((parts.hostname or "").lower())
    if found is None:
        raise ForeignHost("Proxy-Uri names no host of a partner")
    partner, beginning = found
    path = parts.path.replace(ICCID, iccid)
    if not path.startswith(beginning) or _leaves(path):
        raise ForeignHost(f"the path of Proxy-Uri does not stay below {beginning}")
    if parts.query:
        path += "?" + parts.query.replace(ICCID, iccid)
    return Route(partner, (parts.hostname or "").lower(), path)


def _leaves(path: str) -> bool:
    """Whether a server may read `.` or `..` in a path, however it is written."""
    for _ in range(3):  # a server in front of another may decode twice
        path = unquote(path)
    return "\\" in path or any(part in (".", "..") for part in path.split("/"))
