"""Imports of many keys: taken at once, set a little later, their results kept for 30 days.

    imports = KeyImports(storage, clock, random, wall_ms, authenticator, take, settings)
    imports.create(organisation_id, [NewKey(iccid, "COAP", "0011223344556677", "HEX")], work=work)
    imports.listed(organisation_id)[0].status      # "IN_PROGRESS", then "DONE"

A key that cannot be set (another's device, bad digits) counts as failed; the others are set. What
is in progress when a world ends is done by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from nce_sim.clock import Clock
from nce_sim.problems import Invalid, Problem
from nce_sim.services.authenticator.credential import (
    FORMATS,
    MAX_IMPORTED_CHARACTERS,
    MIN_CHARACTERS,
    PROTOCOLS,
    STRING,
)
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.authenticator.settings import AuthenticatorSettings
from nce_sim.services.authenticator.tables import KEY_IMPORT, KEY_IMPORT_ITEM
from nce_sim.services.identifiers import ksuid
from nce_sim.services.scheduled import Scheduled, Take, WallMs
from nce_sim.storage import Storage, Work

MAX_KEYS = 5_000
_MAX_ID_CHARACTERS = 64  # of the column

_ADD = insert(KEY_IMPORT)
_ADD_ITEM = insert(KEY_IMPORT_ITEM)
_FINISH = update(KEY_IMPORT).where(KEY_IMPORT.c.job_id == bindparam("of_id"))
_DROP_ITEMS = delete(KEY_IMPORT_ITEM).where(KEY_IMPORT_ITEM.c.job_id == bindparam("of_id"))
_PURGE = delete(KEY_IMPORT).where(
    KEY_IMPORT.c.due_ms.is_(None), KEY_IMPORT.c.created_ms < bindparam("oldest_ms")
)


@dataclass(frozen=True)
class NewKey:
    """One key of an import."""

    device_id: str
    protocol: str
    secret: str = field(repr=False)
    key_format: str = STRING


@dataclass(frozen=True)
class KeyImport:
    """An import and what became of its keys so far."""

    job_id: str
    created_ms: int
    updated_ms: int
    is_done: bool
    amount: int
    failed: int
    done: int

    @property
    def status(self) -> str:
        return "DONE" if self.is_done else "IN_PROGRESS"


class KeyImports:
    """The imports of all organisations."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        random: Random,
        wall_ms: WallMs,
        authenticator: Authenticator,
        take: Take,
        settings: AuthenticatorSettings,
    ) -> None:
        self._storage = storage
        self._random = random
        self._wall_ms = wall_ms
        self._authenticator = authenticator
        self._settings = settings
        self._due = Scheduled(clock, take, self._run)
        self._schedule()

    def create(self, organisation_id: int, keys: Sequence[NewKey], *, work: Work) -> str:
        """Take an import; its id. Invalid for none or too many keys, or what no database takes."""
        if not 1 <= len(keys) <= MAX_KEYS:
            raise Invalid(f"{len(keys)} keys; an import has 1 to {MAX_KEYS}")
        for position, key in enumerate(keys):
            if not _is_plain(key.device_id, _MAX_ID_CHARACTERS):
                raise Invalid(f"deviceId of key {position} is no ICCID")
            if not _is_plain(key.secret, MAX_IMPORTED_CHARACTERS):
                raise Invalid(
                    f"secretKey of key {position}: use {MIN_CHARACTERS} to "
                    f"{MAX_IMPORTED_CHARACTERS} printable ASCII characters"
                )
            if key.protocol not in PROTOCOLS or key.key_format not in FORMATS:
                raise Invalid(f"key {position} has an unknown protocol or format")
        now_ms = self._wall_ms()
        job_id = ksuid(now_ms, self._random)
        row = {
            "job_id": job_id,
            "organisation_id": organisation_id,
            "created_ms": now_ms,
            "updated_ms": now_ms,
            "due_ms": now_ms + self._settings.import_ms,
            "amount": len(keys),
            "failed": 0,
            "done": 0,
        }
        work.write(_ADD, row)
        for position, key in enumerate(keys):
            item = {
                "job_id": job_id,
                "position": position,
                "device_id": key.device_id,
                "protocol": key.protocol,
                "text": key.secret,
                "key_format": key.key_format,
            }
            work.write(_ADD_ITEM, item)
        work.write(_PURGE, {"oldest_ms": self._oldest_kept_ms()})
        work.after_commit(self._schedule)
        return job_id

    def listed(self, organisation_id: int) -> list[KeyImport]:
        """The imports of the last 30 days, newest first."""
        query = (
            select(KEY_IMPORT)
            .where(
                KEY_IMPORT.c.organisation_id == organisation_id,
                KEY_IMPORT.c.created_ms >= self._oldest_kept_ms(),
            )
            .order_by(KEY_IMPORT.c.number.desc())
            .limit(self._settings.imports_listed)
        )
        return [_import_of(row) for row in self._storage.read(query)]

    def close(self) -> None:
        """Leave what is in progress to the next world."""
        self._due.close()

    def _oldest_kept_ms(self) -> int:
        return self._wall_ms() - self._settings.import_kept_ms

    def _schedule(self) -> None:
        due_ms = self._storage.read(select(func.min(KEY_IMPORT.c.due_ms)))[0][0]
        if due_ms is not None:
            self._due.schedule(int(due_ms) - self._wall_ms())

    def _run(self, work: Work) -> None:
        """Do the oldest import that is due; the next follows."""
        due = (
            select(KEY_IMPORT)
            .where(KEY_IMPORT.c.due_ms <= self._wall_ms())
            .order_by(KEY_IMPORT.c.number)
            .limit(1)
        )
        for job in self._storage.read(due):
            items = self._storage.read(
                select(KEY_IMPORT_ITEM)
                .where(KEY_IMPORT_ITEM.c.job_id == job.job_id)
                .order_by(KEY_IMPORT_ITEM.c.position)
            )
            done = sum(self._is_set(job.organisation_id, item, work) for item in items)
            result = {
                "of_id": job.job_id,
                "updated_ms": self._wall_ms(),
                "due_ms": None,
                "done": done,
                "failed": job.amount - done,
            }
            work.write(_FINISH, result)
            work.write(_DROP_ITEMS, {"of_id": job.job_id})
        work.after_commit(self._schedule)

    def _is_set(self, organisation_id: int, item: Any, work: Work) -> bool:
        try:
            self._authenticator.set_key(
                organisation_id,
                item.device_id,
                item.protocol,
                item.text,
                item.key_format,
                max_characters=MAX_IMPORTED_CHARACTERS,
                work=work,
            )
        except Problem:
            return False  # counted as failed; 1NCE names no reason
        return True


def _is_plain(text: str, most: int) -> bool:
    return len(text) <= most and text.isascii() and text.isprintable()


def _import_of(row: Any) -> KeyImport:
    return KeyImport(
        row.job_id,
        row.created_ms,
        row.updated_ms,
        row.due_ms is None,
        row.amount,
        row.failed,
        row.done,
    )
