"""A registration: what a client says of itself, checked (OMA LwM2M Core 1.1, 6.2.1 and 6.2.2).

    told = told_of(("ep=a", "lt=300", "lwm2m=1.1", "b=U"))
    told.version, told.lifetime_s           # None where the client says nothing
    Registration(location, client, ...).parsed.objects

    updated(registration, client, query, payload, now_ms, settings)
What is wrong is a Mistake: a code, and a text for whoever writes the client.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nce.coap import codes
from nce_sim.services.lwm2m.outbound import Answer, Client
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.wire.lwm2m import links as core_links
from nce_sim.wire.lwm2m.record import LwM2mMistake

_BINDING = re.compile(r"[UTSNQ]{1,5}", re.ASCII)
_LIFETIME = re.compile(r"[0-9]{1,18}", re.ASCII)
_VERSION = re.compile(r"[0-9]\.[0-9]{1,3}", re.ASCII)
_NAME_CHARACTERS = 255


class Mistake(ValueError):
    """A request that is not as the specification has it."""

    def __init__(self, text: str, code: int = codes.BAD_REQUEST) -> None:
        super().__init__(text)
        self.code = code

    @property
    def answer(self) -> Answer:
        return Answer(self.code, payload=str(self).encode())


@dataclass(frozen=True)
class Told:
    """The queries of a registration or an update; None where there is none."""

    endpoint_name: str | None = None
    version: str | None = None
    lifetime_s: int | None = None
    binding: str | None = None
    is_queueing: bool | None = None


@dataclass(frozen=True)
class Registration:
    """A client that is registered; `links` is its list of objects as it sent it."""

    location: str
    client: Client
    organisation_id: int
    endpoint_name: str
    version: str
    lifetime_s: int
    binding: str
    is_queueing: bool
    links: str
    registered_ms: int
    updated_ms: int
    due_ms: int

    @property
    def iccid(self) -> str:
        return self.client.identity

    @property
    def parsed(self) -> core_links.Links:
        """The list of objects; parsed each time, since thousands of clients are kept."""
        return core_links.parse(self.links)

    def __repr__(self) -> str:
        return f"Registration({self.location}, {self.client})"


def registered(
    client: Client,
    query: Sequence[str],
    payload: bytes,
    *,
    location: str,
    organisation_id: int,
    now_ms: int,
    settings: Lwm2mSettings,
) -> Registration:
    """The registration that a client asks for; Mistake, 4.12 for another version."""
    told, listed = told_of(query), _links_of(payload)
    if told.version is None:
        raise Mistake("lwm2m is missing; give the version, such as lwm2m=1.1")
    if told.version not in settings.versions:
        known = ", ".join(settings.versions)
        raise Mistake(f"lwm2m is {told.version}; give {known}", codes.PRECONDITION_FAILED)
    if told.endpoint_name is None and told.version == "1.0":
        raise Mistake("ep is missing; version 1.0 requires it")
    lifetime_s = min(told.lifetime_s or settings.default_lifetime_s, settings.most_lifetime_s)
    return Registration(
        location,
        client,
        organisation_id,
        told.endpoint_name or client.identity,
        told.version,
        lifetime_s,
        told.binding or "U",
        bool(told.is_queueing),
        listed,
        now_ms,
        now_ms,
        now_ms + lifetime_s * 1000,
    )


def updated(
    before: Registration,
    client: Client,
    query: Sequence[str],
    payload: bytes,
    now_ms: int,
    settings: Lwm2mSettings,
) -> Registration:
    """The registration after an update; Mistake for a wrong one."""
    told = told_of(query)
    lifetime_s = min(told.lifetime_s or before.lifetime_s, settings.most_lifetime_s)
    return replace(
        before,
        client=client,
        lifetime_s=lifetime_s,
        binding=told.binding or before.binding,
        is_queueing=before.is_queueing if told.is_queueing is None else told.is_queueing,
        links=_links_of(payload) if payload else before.links,
        updated_ms=now_ms,
        due_ms=now_ms + lifetime_s * 1000,
    )


def told_of(query: Sequence[str]) -> Told:
    """What the queries say; unknown ones are not looked at."""
    values: dict[str, str] = {}
    for one in query:
        key, _, value = one.partition("=")
        values.setdefault(key, value)
    name: str | None = values.get("ep")
    lifetime = values.get("lt")
    version, binding = values.get("lwm2m"), values.get("b")
    if name is not None and not 1 <= len(name) <= _NAME_CHARACTERS:
        raise Mistake(f"ep has {len(name)} characters; give 1 to {_NAME_CHARACTERS}")
    if name is not None and not name.isprintable():
        raise Mistake("ep has a character that cannot be printed")
    if lifetime is not None and (not _LIFETIME.fullmatch(lifetime) or int(lifetime) == 0):
        raise Mistake(f"lt is {lifetime[:20]!r}; give a number of seconds from 1")
    if version is not None and not _VERSION.fullmatch(version):
        raise Mistake(f"lwm2m is {version[:20]!r}; give a version such as 1.1")
    if binding is not None and not _BINDING.fullmatch(binding):
        raise Mistake(f"b is {binding[:20]!r}; give letters of UTSNQ")
    # Queue mode: a letter of the binding in version 1.0, a query of its own since 1.1.
    is_queueing = None
    if "Q" in values or binding is not None:
        is_queueing = "Q" in values or "Q" in (binding or "")
    return Told(name, version, None if lifetime is None else int(lifetime), binding, is_queueing)


def _links_of(payload: bytes) -> str:
    try:
        text = payload.decode()
        objects = core_links.parse(text).objects
    except UnicodeDecodeError:
        raise Mistake("the list of objects is no UTF-8") from None
    except LwM2mMistake as mistake:
        raise Mistake(f"the list of objects: {mistake}") from None
    if not objects:
        raise Mistake("the list of objects is empty; register with </3/0> and what else there is")
    return text
