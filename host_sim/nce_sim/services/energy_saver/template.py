"""A customer's template: its name, text, protocols and status, and the rules for them.

template = StoredTemplate(template_id, 8_000_001, "gps", text, ("COAP",), is_active=True)
template.checked(settings)          # Unprocessable when 1NCE OS would not take it
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import nce_bcl
from nce_sim.problems import Conflict, Unprocessable
from nce_sim.services.energy_saver.settings import ACTIVE, INACTIVE, EnergySaverSettings

PROTOCOLS = ("COAP", "UDP")
MAX_NAME_CHARACTERS = 64


class TemplateConflict(Conflict, ValueError):
    """A protocol has an active template already (the API answers 409)."""


@dataclass(frozen=True)
class StoredTemplate:
    """One template of an organisation."""

    template_id: str
    organisation_id: int
    name: str
    text: str
    protocols: tuple[str, ...]
    is_active: bool
    created_ms: int = 0
    updated_ms: int = 0

    @classmethod
    def of_row(cls, row: Any) -> StoredTemplate:
        """The template of a row of the table."""
        return cls(
            row.template_id,
            row.organisation_id,
            row.name,
            row.text,
            tuple(row.protocols.split(",")),
            row.status == ACTIVE,
            row.created_ms,
            row.updated_ms,
        )

    @property
    def status(self) -> str:
        return ACTIVE if self.is_active else INACTIVE

    @property
    def active_protocols(self) -> tuple[str, ...]:
        return self.protocols if self.is_active else ()

    def row(self) -> dict[str, Any]:
        """The template as a row, without its number."""
        return {
            "template_id": self.template_id,
            "organisation_id": self.organisation_id,
            "name": self.name,
            "text": self.text,
            "protocols": ",".join(self.protocols),
            "status": self.status,
            "created_ms": self.created_ms,
            "updated_ms": self.updated_ms,
        }

    def checked(self, settings: EnergySaverSettings) -> nce_bcl.Template:
        """The parsed template; Unprocessable for a wrong name, a wrong or too long text."""
        if not 1 <= len(self.name) <= MAX_NAME_CHARACTERS:
            raise Unprocessable(
                f"a name of {len(self.name)} characters; it has 1 to {MAX_NAME_CHARACTERS}"
            )
        for what, text in (("name", self.name), ("template", self.text)):
            if not is_storable(text):
                raise Unprocessable(f"the {what} has half a surrogate pair or a NUL; leave it out")
        size = len(self.text.encode())
        if size > settings.max_template_bytes:
            raise Unprocessable(
                f"the template has {size} bytes; at most {settings.max_template_bytes} are taken"
            )
        try:
            return nce_bcl.Template(self.text)
        except nce_bcl.BclError as error:
            raise Unprocessable(f"The template is invalid : {error}") from error


def wanted_protocols(protocols: Iterable[str]) -> tuple[str, ...]:
    """The protocols of a filter, each once; Unprocessable for none or another."""
    wanted = tuple(dict.fromkeys(protocols))
    unknown = [protocol for protocol in wanted if protocol not in PROTOCOLS]
    if unknown or not wanted:
        raise Unprocessable(f"unknown protocols {unknown}; choose from {PROTOCOLS}")
    return wanted


def refuse_second(template: StoredTemplate, others: Collection[StoredTemplate]) -> None:
    """TemplateConflict when one of `others` is active for a protocol of this active one."""
    for protocol in template.active_protocols:
        for other in others:
            if other.template_id != template.template_id and protocol in other.active_protocols:
                raise TemplateConflict(
                    f"template {other.name!r} is active for {protocol}; a protocol has one "
                    "active template: remove that one, or make it INACTIVE, first"
                )


def is_storable(text: str) -> bool:
    """Whether every database takes the text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
