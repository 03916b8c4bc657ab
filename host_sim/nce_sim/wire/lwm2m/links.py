"""CoRE links: what a client registers, discovers and reports (RFC 6690; LwM2M Core 1.1, 6.2, 7.4).

    links = parse('</>;rt="oma.lwm2m";ct="60 112",</1>;ver=1.1,</1/0>,</3/0>')
    links.objects                              # {1: "1.1", 3: None}
    links.instances                            # ((1, 0), (3, 0))
    links.content_formats                      # (60, 112)
    links.links[2].path, .attributes           # (3, 0), {}

The registered paths may stand below another root: </lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nce_sim.wire.lwm2m.record import LwM2mMistake, Path, parse_path

_TARGET = re.compile(r"\s*<([^<>]*)>")
# ptoken and quoted-string (RFC 6690, 2).
_ATTRIBUTE = re.compile(
    r"\s*;\s*([A-Za-z0-9!#$&+\-.^_`|~*]+)"
    r"(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([A-Za-z0-9!#$%&'()*+\-./:<=>?@\[\]^_`{|}~]+)))?"
)
_NEXT = re.compile(r"\s*(,|$)")
# Clients of the drafts begin Bootstrap-Discover's answer with their version alone.
_BARE_VERSION = re.compile(r"lwm2m=\"?([0-9.]+)\"?\s*(?:,|$)")
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
_ROOT = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_OMA = "oma.lwm2m"
MOST_CHARACTERS = 1 << 17
MOST_LINKS = 4096


@dataclass(frozen=True)
class CoreLink:
    """One link to an object, instance, resource or resource instance."""

    path: Path
    attributes: Mapping[str, str | None]


@dataclass(frozen=True)
class Links:
    """The links of a registration or of a Discover, in their order."""

    links: tuple[CoreLink, ...]
    root: str = ""
    resource_type: str | None = None
    content_formats: tuple[int, ...] = ()
    lwm2m_version: str | None = None

    @property
    def objects(self) -> Mapping[int, str | None]:
        """The objects, with their version where it is told."""
        found: dict[int, str | None] = {}
        for link in self.links:
            if link.path:
                version = link.attributes.get("ver") if len(link.path) == 1 else None
                found[link.path[0]] = version or found.get(link.path[0])
        return found

    @property
    def instances(self) -> tuple[Path, ...]:
        """The object instances."""
        return tuple(link.path for link in self.links if len(link.path) == 2)


def parse(text: str) -> Links:
    """The links of a body; LwM2mMistake for what is no link, object or version."""
    if len(text) > MOST_CHARACTERS:
        raise LwM2mMistake(f"{len(text)} characters of links, at most {MOST_CHARACTERS}")
    version = _BARE_VERSION.match(text)
    raw = _split(text, version.end() if version else 0)
    if not raw:
        raise LwM2mMistake("there is no link; a device has at least </3/0>")
    root, about = _root(raw)
    if about is not None:
        del raw[about[0]]
    attributes = about[1] if about is not None else {}
    links = tuple(CoreLink(_path(target, root), MappingProxyType(found)) for target, found in raw)
    for link in links:
        _check_version(link)
    return Links(
        links,
        root,
        attributes.get("rt"),
        _content_formats(attributes.get("ct")),
        attributes.get("lwm2m") or (version[1] if version else None),
    )


def _split(text: str, position: int) -> list[tuple[str, dict[str, str | None]]]:
    raw: list[tuple[str, dict[str, str | None]]] = []
    while position < len(text):
        target = _TARGET.match(text, position)
        if target is None:
            raise LwM2mMistake(f"no <link> at {text[position : position + 40]!r}")
        position = target.end()
        attributes: dict[str, str | None] = {}
        while found := _ATTRIBUTE.match(text, position):
            name, quoted, bare = found.groups()
            if quoted is not None:
                quoted = re.sub(r"\\(.)", r"\1", quoted)
            attributes[name] = bare if quoted is None else quoted
            position = found.end()
        raw.append((target[1], attributes))
        if len(raw) > MOST_LINKS:
            raise LwM2mMistake(f"more than {MOST_LINKS} links")
        end = _NEXT.match(text, position)
        if end is None:
            raise LwM2mMistake(f"no comma after <{target[1][:40]}>")
        position = end.end()
        if end[1] and position == len(text):
            raise LwM2mMistake("the links end with a comma")
    return raw


def _root(
    raw: list[tuple[str, dict[str, str | None]]],
) -> tuple[str, tuple[int, dict[str, str | None]] | None]:
    """Where the objects begin, and the place and attributes of the link that says so."""
    for index, (target, attributes) in enumerate(raw):
        if attributes.get("rt") == _OMA or target == "/":
            root = target.rstrip("/")
            if not _ROOT.fullmatch(root):
                raise LwM2mMistake(f"<{target[:60]}> is no root for objects")
            return root, (index, attributes)
    return "", None


def _path(target: str, root: str) -> Path:
    if root and target.startswith(root + "/"):
        target = target[len(root) :]
    return parse_path(target)


def _check_version(link: CoreLink) -> None:
    version = link.attributes.get("ver", "")
    if version != "" and (version is None or not _VERSION.fullmatch(version)):
        raise LwM2mMistake(f"{link.path} has ver={version!r}; a version is written 1.1")


def _content_formats(written: str | None) -> tuple[int, ...]:
    if not written:
        return ()
    numbers = written.split()
    if not all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers):
        raise LwM2mMistake(f"ct={written[:60]!r} has what is no Content-Format")
    return tuple(map(int, numbers))
