"""The Energy Saver: turns compact payloads into JSON by the customer's BCL template.

    saver = EnergySaver()
    saver.add_template("gps", template_text, ("COAP",))
    translation = saver.translate("COAP", payload)     # None when no template is active
    translation.value, translation.location

One template per protocol is active. A payload that its template cannot decode stays as it came,
and the reason goes to the administrator logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import nce_bcl

PROTOCOLS = ("COAP", "UDP")
MAX_NAME_CHARACTERS = 64

_LONGITUDE = "location_long"
_LATITUDE = "location_lat"


class TemplateConflict(ValueError):
    """A protocol has an active template already (the API answers 409)."""


@dataclass(frozen=True)
class Translation:
    """A decoded payload; `location` is (longitude, latitude) when both were in the message."""

    template: str
    value: dict[str, Any] | None
    error: str | None = None
    location: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Active:
    name: str
    template: Any
    location_paths: dict[str, tuple[str, ...]]


class EnergySaver:
    """The active templates."""

    def __init__(self) -> None:
        self._active: dict[str, _Active] = {}

    def add_template(
        self, name: str, template: str | dict[str, Any], protocols: Iterable[str] = PROTOCOLS
    ) -> None:
        """Activate a template; `nce_bcl.BclError` for a wrong one, TemplateConflict for a second.

        `template` is the text of a JSON document, or the document.
        """
        wanted = tuple(protocols)
        if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
            raise ValueError(f"a template's name has 1..{MAX_NAME_CHARACTERS} characters")
        strange = [protocol for protocol in wanted if protocol not in PROTOCOLS]
        if strange or not wanted:
            raise ValueError(f"protocols {strange} are not among {PROTOCOLS}")
        for protocol in wanted:
            if protocol in self._active:
                raise TemplateConflict(
                    f"template {self._active[protocol].name!r} is active for {protocol}; "
                    "one per protocol is possible: remove it first"
                )
        compiled = nce_bcl.Template(template)
        document = nce_bcl.read_document(template)
        active = _Active(name, compiled, _location_paths(document["sense"]))
        for protocol in wanted:
            self._active[protocol] = active

    def remove_template(self, name: str) -> None:
        """Deactivate a template; KeyError when there is none of that name."""
        of_name = [protocol for protocol, one in self._active.items() if one.name == name]
        if not of_name:
            raise KeyError(f"no active template is called {name!r}")
        for protocol in of_name:
            del self._active[protocol]

    def translate(self, protocol: str, payload: bytes) -> Translation | None:
        """Decode a payload; None when the protocol has no active template."""
        active = self._active.get(protocol)
        if active is None:
            return None
        try:
            value = active.template.decode(payload)
        except nce_bcl.BclError as error:
            return Translation(active.name, None, str(error))
        return Translation(active.name, value, None, _location(value, active.location_paths))


def _location_paths(sense: list[Any]) -> dict[str, tuple[str, ...]]:
    """Which assets carry each location type, in the order of the template."""
    paths: dict[str, tuple[str, ...]] = {}
    for statement in _mappings(sense):
        kind = statement.get("custom_type")
        if kind in (_LONGITUDE, _LATITUDE):
            paths[kind] = (*paths.get(kind, ()), statement["asset"])
    return paths


def _mappings(block: list[Any]) -> Iterator[dict[str, Any]]:
    # A stack of its own: a template may be nested deeper than Python likes to recurse.
    waiting = [*reversed(block)]
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, list):
            waiting += reversed(statement)
        elif "asset" in statement:
            yield statement
        else:
            for case in reversed(statement.get("on", [])):
                waiting += reversed(case.get("do", []))


def _location(
    value: dict[str, Any], paths: dict[str, tuple[str, ...]]
) -> tuple[float, float] | None:
    longitude = _first_number(value, paths.get(_LONGITUDE, ()))
    latitude = _first_number(value, paths.get(_LATITUDE, ()))
    if longitude is None or latitude is None:
        return None
    return longitude, latitude


def _first_number(value: dict[str, Any], paths: tuple[str, ...]) -> float | None:
    """The first asset that this message had; assets of branches not taken are absent."""
    for path in paths:
        found: Any = value
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return float(found)
    return None
