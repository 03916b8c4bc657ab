"""What a customer may ask of an integration; each check returns the value as it is kept.

event_types([("ERROR", None)])              # ("ERROR",), or Invalid
url("https://example.com/:iccid:", rules)
headers({"x-api-key": "..."}, settings)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nce_sim.deliveries.targets import TargetRefused, TargetRules
from nce_sim.problems import Invalid
from nce_sim.services.clouds.event_types import CHOICES
from nce_sim.services.clouds.placeholders import filled
from nce_sim.services.clouds.settings import VERSION, CloudsSettings

MOST_NAME = 128  # [D]
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.1
_VALUE = re.compile(r"[\x20-\x7e]*\Z")
# The request's own: another Host or length would be another request (RFC 9110, 7.6.1; 9112, 6).
_OURS = frozenset(
    (
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


def name(text: str) -> str:
    """The name of an integration."""
    if not 1 <= len(text) <= MOST_NAME:
        raise Invalid(f"a name of {len(text)} characters; give 1 to {MOST_NAME}")
    return text


def url(text: str, rules: TargetRules) -> str:
    """The URL of a webhook, its placeholders still in it."""
    try:
        rules.check(filled(text, {}))
    except TargetRefused as error:
        raise Invalid(f"url: {error}") from None
    return text


def event_types(chosen: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """The names of event types, each once, of rows (name, version)."""
    found: dict[str, None] = {}
    for kind, version in chosen:
        if kind not in CHOICES:
            raise Invalid(f"unknown event type {kind!r}; choose of {', '.join(CHOICES)}")
        if version not in (None, VERSION):
            raise Invalid(f"{kind} has no version {version!r}; leave it out, or give {VERSION}")
        found[kind] = None
    if not found:
        raise Invalid("no event type is chosen; give at least one in eventTypes")
    return tuple(found)


def headers(given: Mapping[str, str], settings: CloudsSettings) -> Mapping[str, str]:
    """Headers of a webhook; no message shows a value, which may be a secret."""
    if len(given) > settings.most_headers:
        raise Invalid(f"{len(given)} headers; at most {settings.most_headers}")
    if len({one.lower() for one in given}) < len(given):
        raise Invalid("two headers have names that differ only in case; give one of them")
    size = sum(len(one) + len(value) for one, value in given.items())
    if size > settings.most_header_characters:
        raise Invalid(f"headers of {size} characters; at most {settings.most_header_characters}")
    for one, value in given.items():
        if not _TOKEN.match(one):
            raise Invalid(f"{one!r} is no name of a header; use letters, digits and hyphens")
        if one.lower() in _OURS:
            raise Invalid(f"the header {one} belongs to the request itself; leave it out")
        if not _VALUE.match(value):
            raise Invalid(f"the value of {one} has other characters than printable ASCII")
    return dict(given)
