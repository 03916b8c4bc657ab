"""The Energy Saver: turns compact payloads into JSON by the customer's BCL template.

    saver = EnergySaver()
    saver.add_template("gps", template_text, ("COAP",))
    translation = saver.translate("COAP", payload)     # None when no template is active
    translation.value, translation.location

One template per protocol is active. A payload that the template cannot decode, or that gives no
value, stays raw, and the reason goes to the administrator logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import nce_bcl
from nce_bcl.unmatched import unmatched

PROTOCOLS = ("COAP", "UDP")
MAX_NAME_CHARACTERS = 64


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
    template: nce_bcl.Template


class EnergySaver:
    """The active templates; `empty_is_error`: see `BackendSettings`."""

    def __init__(self, *, empty_is_error: bool = True) -> None:
        self._active: dict[str, _Active] = {}
        self._empty_is_error = empty_is_error

    def add_template(
        self, name: str, template: str | dict[str, Any], protocols: Iterable[str] = PROTOCOLS
    ) -> None:
        """Activate a template; `nce_bcl.BclError` for a wrong one, TemplateConflict for a second.

        `template` is the text of a JSON document, or the document.
        """
        wanted = tuple(protocols)
        if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
            raise ValueError(f"a template's name has 1..{MAX_NAME_CHARACTERS} characters")
        unknown = [protocol for protocol in wanted if protocol not in PROTOCOLS]
        if unknown or not wanted:
            raise ValueError(f"unknown protocols {unknown}; choose from {PROTOCOLS}")
        parsed = nce_bcl.Template(template)
        active = _Active(name, parsed)
        for protocol in wanted:
            if protocol in self._active:
                raise TemplateConflict(
                    f"template {self._active[protocol].name!r} is active for {protocol}; "
                    "a protocol has one template: remove that one first"
                )
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
            value, location = active.template.decode_with_location(payload)
        except nce_bcl.BclError as error:
            return Translation(active.name, None, str(error))
        if not value and self._empty_is_error and unmatched(active.template, payload):
            return Translation(
                active.name, None, f"no case matches a payload of {len(payload)} bytes"
            )
        return Translation(active.name, value, None, _as_numbers(location))


def _as_numbers(location: tuple[Any, Any] | None) -> tuple[float, float] | None:
    """A position as floats; None when the template gave other values."""
    if location is None:
        return None
    try:
        longitude, latitude = (float(part) for part in location)
    except (TypeError, ValueError):
        return None
    return longitude, latitude
