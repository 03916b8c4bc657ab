"""The templates of all organisations, in the database and parsed in memory.

book = TemplateBook(storage, random, wall_ms, EnergySaverSettings())
template = book.create(organisation_id, "gps", text, ("COAP",), "ACTIVE", work=work)
book.change(organisation_id, template.template_id, status="INACTIVE", work=work)
book.active(organisation_id, "COAP")            # what a message meets, or None
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random

from sqlalchemy import bindparam, delete, insert, select, update

import nce_bcl
from nce_sim.problems import Conflict, NotFound
from nce_sim.services.energy_saver.settings import ACTIVE, EnergySaverSettings
from nce_sim.services.energy_saver.tables import TEMPLATE
from nce_sim.services.energy_saver.template import (
    StoredTemplate,
    refuse_second,
    wanted_protocols,
)
from nce_sim.services.identifiers import nanoid
from nce_sim.storage import Storage, Work

_ADD = insert(TEMPLATE)
_CHANGE = update(TEMPLATE).where(TEMPLATE.c.template_id == bindparam("of_id"))
_DELETE = delete(TEMPLATE).where(TEMPLATE.c.template_id == bindparam("of_id"))


@dataclass(frozen=True)
class Active:
    """An active template, parsed."""

    name: str
    template: nce_bcl.Template


class TemplateBook:
    """Templates by organisation; one of each organisation and protocol is active."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        wall_ms: Callable[[], int],
        settings: EnergySaverSettings,
    ) -> None:
        self._storage = storage
        self._random = random
        self._wall_ms = wall_ms
        self._settings = settings
        self._templates: dict[int, dict[str, StoredTemplate]] = {}
        self._active: dict[tuple[int, str], Active] = {}
        for row in storage.read(select(TEMPLATE).order_by(TEMPLATE.c.number)):
            template = StoredTemplate.of_row(row)
            self._put(template.organisation_id, template.template_id, template)

    def active(self, organisation_id: int, protocol: str) -> Active | None:
        """The template that decodes the messages of a protocol, or None."""
        return self._active.get((organisation_id, protocol))

    def stored(self, organisation_id: int) -> list[StoredTemplate]:
        """All templates of an organisation, in the order of their creation."""
        query = (
            select(TEMPLATE)
            .where(TEMPLATE.c.organisation_id == organisation_id)
            .order_by(TEMPLATE.c.number)
        )
        return [StoredTemplate.of_row(row) for row in self._storage.read(query)]

    def create(
        self,
        organisation_id: int,
        name: str,
        text: str,
        protocols: Iterable[str],
        status: str | None = None,
        *,
        work: Work,
    ) -> StoredTemplate:
        """Add a template; Unprocessable for a wrong one, Conflict for a second active one."""
        of_organisation = self._templates.get(organisation_id, {})
        if len(of_organisation) >= self._settings.max_templates:
            raise Conflict(
                f"the organisation has {len(of_organisation)} templates, the most that it may "
                "have; delete one first"
            )
        now_ms = self._wall_ms()
        stored = StoredTemplate(
            nanoid(self._random),
            organisation_id,
            name,
            text,
            wanted_protocols(protocols),
            (status or self._settings.new_status) == ACTIVE,
            now_ms,
            now_ms,
        )
        stored.checked(self._settings)
        refuse_second(stored, of_organisation.values())
        work.write(_ADD, stored.row())
        self._replace(stored.organisation_id, stored.template_id, stored, work)
        return stored

    def change(
        self,
        organisation_id: int,
        template_id: str,
        *,
        name: str | None = None,
        text: str | None = None,
        protocols: Iterable[str] | None = None,
        status: str | None = None,
        work: Work,
    ) -> StoredTemplate:
        """Change a part of a template or more; what is None stays."""
        before = self._template(organisation_id, template_id)
        stored = replace(
            before,
            name=before.name if name is None else name,
            text=before.text if text is None else text,
            protocols=before.protocols if protocols is None else wanted_protocols(protocols),
            is_active=before.is_active if status is None else status == ACTIVE,
            updated_ms=self._wall_ms(),
        )
        stored.checked(self._settings)
        refuse_second(stored, self._templates[organisation_id].values())
        row = stored.row()
        changed = {name: row[name] for name in ("name", "text", "protocols", "status")}
        work.write(_CHANGE, {**changed, "updated_ms": stored.updated_ms, "of_id": template_id})
        self._replace(organisation_id, template_id, stored, work)
        return stored

    def delete(self, organisation_id: int, template_id: str, *, work: Work) -> None:
        """Delete a template; messages stay raw from now on if it was active."""
        self._template(organisation_id, template_id)
        work.write(_DELETE, {"of_id": template_id})
        self._replace(organisation_id, template_id, None, work)

    def named(self, organisation_id: int, name: str) -> list[StoredTemplate]:
        """The templates of that name; several may have it."""
        of_organisation = self._templates.get(organisation_id, {})
        return [one for one in of_organisation.values() if one.name == name]

    def _template(self, organisation_id: int, template_id: str) -> StoredTemplate:
        template = self._templates.get(organisation_id, {}).get(template_id)
        if template is None:
            raise NotFound(f"there is no template {template_id!r}; list the templates for ids")
        return template

    def _replace(
        self, organisation_id: int, template_id: str, template: StoredTemplate | None, work: Work
    ) -> None:
        before = self._templates.get(organisation_id, {}).get(template_id)
        work.on_rollback(lambda: self._put(organisation_id, template_id, before))
        self._put(organisation_id, template_id, template)

    def _put(
        self, organisation_id: int, template_id: str, template: StoredTemplate | None
    ) -> None:
        of_organisation = self._templates.setdefault(organisation_id, {})
        before = of_organisation.pop(template_id, None)
        if before is not None:
            for protocol in before.active_protocols:
                self._active.pop((organisation_id, protocol), None)
        if template is None:
            return
        of_organisation[template_id] = template
        if template.is_active:
            active = Active(template.name, nce_bcl.Template(template.text))
            for protocol in template.protocols:
                self._active[organisation_id, protocol] = active
