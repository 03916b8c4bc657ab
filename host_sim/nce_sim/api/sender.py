"""Who sends a request: whether it is for this server, and not from a page of somebody else's.

wrong_sender("localhost:8080", "https://elsewhere.example", hosts=(), origins=())
# "pages of 'https://elsewhere.example' may not call; `--allow-origin` adds one"
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def wrong_sender(
    host: str, origin: str | None, hosts: tuple[str, ...], origins: tuple[str, ...]
) -> str | None:
    """Why it is refused, or None.

    A page in the user's browser must not drive the world, whatever name it found for it.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if not _is_own(name, hosts):
        return f"this is no server for {name!r}; `--allow-host` adds a name"
    if origin is not None and origin not in origins and urlsplit(origin).netloc != host:
        return f"pages of {origin!r} may not call; `--allow-origin` adds one"
    return None


def _is_own(name: str, more: tuple[str, ...]) -> bool:
    if name == "localhost" or name in more:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
