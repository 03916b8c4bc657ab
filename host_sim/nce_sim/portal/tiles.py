"""A server of map tiles, by its template: what may be shown of it, and what a page may load.

    tiles = Tiles.of("https://tile.example.com/{z}/{x}/{y}.png", "© whose map it is")
    tiles.origin                            # "https://tile.example.com", for the CSP

Without one nothing is loaded from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_PLACES = ("{z}", "{x}", "{y}")
_LONGEST = 300


@dataclass(frozen=True)
class Tiles:
    """The template of the addresses, and whose map it is."""

    url: str
    credit: str
    origin: str

    @classmethod
    def of(cls, url: str, credit: str = "") -> Tiles:
        """ValueError for what is no template of tiles on one host."""
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "")
        try:
            port = parts.port
        except ValueError:
            is_whole = None
        if not is_whole or parts.username or not url.isprintable() or len(url) > _LONGEST:
            raise ValueError(
                f"{url[:80]!r} is no address of a tile server; such as "
                "https://tile.example.com/{z}/{x}/{y}.png"
            )
        missing = [place for place in _PLACES if place not in parts.path + parts.query]
        if missing:
            raise ValueError(f"{url[:80]!r} has no {missing[0]}, the place of a tile's number")
        rest = url
        for place in _PLACES:
            rest = rest.replace(place, "")
        if "{" in rest or "}" in rest:
            raise ValueError(f"{url[:80]!r} has a place that is none of {', '.join(_PLACES)}")
        host = parts.hostname if port is None else f"{parts.hostname}:{port}"
        return cls(url, credit, f"{parts.scheme}://{host}")
