"""The Energy Saver: turns compact payloads into JSON by the customer's BCL template.

    saver = EnergySaver(storage, random, wall_ms, organisation_id=8_000_001)
    saver.templates.create(organisation_id, "gps", text, ("COAP",), "ACTIVE", work=work)
    translation = saver.translate("COAP", payload, organisation_id)   # None: no active template
    translation.value, translation.location
    saver.savings(organisation_id, days=7)

One template per organisation and protocol is active. A payload that it cannot decode, or that
gives no value, stays raw, and the reason goes to the administrator logs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import bindparam, delete, func, select

import nce_bcl
from nce_bcl.unmatched import unmatched
from nce_sim.problems import Invalid, Unprocessable
from nce_sim.services.energy_saver.book import TemplateBook
from nce_sim.services.energy_saver.savings import Savings, Sums, saved_percent
from nce_sim.services.energy_saver.settings import ACTIVE, EnergySaverSettings
from nce_sim.services.energy_saver.tables import SAVING
from nce_sim.services.energy_saver.template import PROTOCOLS, StoredTemplate, TemplateConflict
from nce_sim.services.json_text import json_text, size_of
from nce_sim.storage import Plain, Storage, Work, add_up

__all__ = ["PROTOCOLS", "EnergySaver", "TemplateConflict", "Tested", "Translation"]

RANGES_DAYS = (1, 7, 30)
_DAY_MS = 86_400_000
_KEPT_DAYS = 2 * RANGES_DAYS[-1]  # the longest range, and the one that it is compared with

_COUNTED = ("messages", "json_bytes", "payload_bytes")


def _added(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a commit, one for each device: it counts all its messages at once."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["organisation_id"], row["day"], row["iccid"], row["protocol"])
        known = found.get(key)
        if known is None:
            found[key] = dict(row)
        else:
            for name in _COUNTED:
                known[name] += row[name]
    return list(found.values())


_COUNT = Plain(add_up(SAVING), _added)
_PURGE = delete(SAVING).where(SAVING.c.day < bindparam("oldest_day"))


@dataclass(frozen=True)
class Translation:
    """A decoded payload and its JSON; `location` is (longitude, latitude) when both were there."""

    template: str
    value: dict[str, Any] | None
    error: str | None = None
    location: tuple[float, float] | None = None
    text: str | None = None


@dataclass(frozen=True)
class Tested:
    """What a template makes of a sample, and what it saves."""

    text: str
    reduced_bytes: int
    saved_percent: float


class EnergySaver:
    """The templates of all organisations; `empty_is_error`: see `BackendSettings`.

    `organisation_id` is the one that calls without an organisation mean.
    """

    def __init__(
        self,
        storage: Storage,
        random: Random,
        wall_ms: Callable[[], int],
        settings: EnergySaverSettings | None = None,
        *,
        organisation_id: int,
        empty_is_error: bool = True,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._settings = settings or EnergySaverSettings()
        self._organisation_id = organisation_id
        self._empty_is_error = empty_is_error
        self._counted_day = 0
        self.templates = TemplateBook(storage, random, wall_ms, self._settings)

    # -- templates of the default organisation -----------------------------------------------

    def add_template(
        self, name: str, template: str | dict[str, Any], protocols: Iterable[str] = PROTOCOLS
    ) -> None:
        """Activate a template of the default organisation, in place of that of the same name.

        `template` is the text of a JSON document, or the document. `nce_bcl.BclError` for a wrong
        one, TemplateConflict when one of another name is active.
        """
        nce_bcl.Template(template)
        written = template if isinstance(template, str) else json.dumps(template)
        organisation_id = self._organisation_id
        with self._storage.unit() as work:
            for one in self.templates.named(organisation_id, name):
                self.templates.delete(organisation_id, one.template_id, work=work)
            try:
                self.templates.create(organisation_id, name, written, protocols, ACTIVE, work=work)
            except Unprocessable as error:
                raise ValueError(str(error)) from error

    def remove_template(self, name: str) -> None:
        """Delete a template of the default organisation; KeyError when none has that name."""
        of_name = self.templates.named(self._organisation_id, name)
        if not of_name:
            raise KeyError(f"no template is called {name!r}")
        with self._storage.unit() as work:
            for one in of_name:
                self.templates.delete(self._organisation_id, one.template_id, work=work)

    # -- messages --------------------------------------------------------------------------

    def translate(
        self, protocol: str, payload: bytes, organisation_id: int | None = None
    ) -> Translation | None:
        """Decode a payload; None when the protocol has no active template."""
        if organisation_id is None:
            organisation_id = self._organisation_id
        active = self.templates.active(organisation_id, protocol)
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
        return Translation(active.name, value, None, _as_numbers(location), json_text(value))

    def count(
        self,
        organisation_id: int,
        iccid: str,
        protocol: str,
        text: str,
        payload: bytes,
        work: Work,
    ) -> None:
        """Count a message that was translated to `text` from `payload`."""
        day = self._wall_ms() // _DAY_MS
        if day != self._counted_day:
            before, self._counted_day = self._counted_day, day
            work.on_rollback(lambda: setattr(self, "_counted_day", before))
            work.write(_PURGE, {"oldest_day": day - _KEPT_DAYS})
        row = {
            "organisation_id": organisation_id,
            "day": day,
            "iccid": iccid,
            "protocol": protocol,
            "messages": 1,
            "json_bytes": size_of(text),
            "payload_bytes": len(payload),
        }
        work.write(_COUNT, row)

    def test(self, template: str, payload: bytes) -> Tested:
        """What a template makes of a payload; Invalid when it makes nothing of it."""
        stored = StoredTemplate("", self._organisation_id, "test", template, PROTOCOLS, True)
        try:
            parsed = stored.checked(self._settings)
        except Unprocessable as error:
            raise Invalid(str(error)) from error
        try:
            made = json_text(parsed.decode(payload))
        except nce_bcl.BclError as error:
            raise Invalid(
                f"The template is invalid : Received payload cannot be processed. {error}"
            ) from error
        size = size_of(made)
        return Tested(made, size - len(payload), saved_percent(size, len(payload)))

    # -- savings ---------------------------------------------------------------------------

    def savings(
        self,
        organisation_id: int,
        days: int = 1,
        *,
        protocol: str | None = None,
        iccid: str | None = None,
    ) -> Savings:
        """What was saved in the last 1, 7 or 30 days, today included, and in those before."""
        if days not in RANGES_DAYS:
            raise Invalid(f"a range of {days} days; choose one of {RANGES_DAYS}")
        next_day = self._wall_ms() // _DAY_MS + 1
        now, before = (
            self._sums(organisation_id, end - days, end, protocol, iccid)
            for end in (next_day, next_day - days)
        )
        return Savings.between(now, before)

    def _sums(
        self, organisation_id: int, start: int, end: int, protocol: str | None, iccid: str | None
    ) -> Sums:
        names = ("messages", "json_bytes", "payload_bytes")
        query = select(*(func.coalesce(func.sum(SAVING.c[name]), 0) for name in names)).where(
            SAVING.c.organisation_id == organisation_id, SAVING.c.day >= start, SAVING.c.day < end
        )
        for column, wanted in ((SAVING.c.protocol, protocol), (SAVING.c.iccid, iccid)):
            if wanted is not None:
                query = query.where(column == wanted)
        [row] = self._storage.read(query)
        return Sums(*map(int, row))


def _as_numbers(location: tuple[Any, Any] | None) -> tuple[float, float] | None:
    """A position as floats; None when the template gave other values."""
    if location is None:
        return None
    try:
        longitude, latitude = (float(part) for part in location)
    except (TypeError, ValueError):
        return None
    return longitude, latitude
