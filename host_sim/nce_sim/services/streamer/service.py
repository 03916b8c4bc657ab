"""The Data Streamer: streams of an organisation, fed with records of its SIMs.

    streamer = Streamer(storage, deliveries, wall_ms, random, write_soon=..., settings=...)
    streamer.create(organisation_id, "mine", EVENT, "https://example.com/in", "user", "secret",
                    work=work)
    streamer.stop(organisation_id, stream_id, work)         # start, restart, delete alike

Records come from `feed`; they are written in line with the devices' messages and leave by the
outbox. What comes while a stream is stopped or failed is not for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from sqlalchemy import bindparam, delete, insert, select

from nce_sim.deliveries import Deliveries, Message
from nce_sim.deliveries.targets import TargetRefused, TargetRules, is_address
from nce_sim.problems import Conflict, Invalid
from nce_sim.services.identifiers import nanoid
from nce_sim.services.streamer.feed import Made
from nce_sim.services.streamer.owner import KIND, StreamOwner
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.services.streamer.store import Streams
from nce_sim.services.streamer.stream import (
    ACTIVE,
    FAILED,
    KINESIS,
    S3,
    SMS,
    STOPPED,
    TYPES,
    Stream,
)
from nce_sim.services.streamer.tables import STREAM_RECORD
from nce_sim.storage import Storage, Work

WriteSoon = Callable[[Callable[[Work], None]], None]

_ADD_RECORD = insert(STREAM_RECORD)
_PURGE = delete(STREAM_RECORD).where(STREAM_RECORD.c.at_ms < bindparam("oldest_ms"))
_PURGE_EVERY_MS = 3_600_000
_MOST_NAME = 128
# The names of AWS: a region, a bucket (S3, "Bucket naming rules"), a role (IAM, "ARNs").
_S3_URL = re.compile(
    r"s3://[a-z]{2}(-[a-z]+)+-\d/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    r"(\?role=arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512})?",
    re.ASCII,
)


class Streamer:
    """All streams of a world."""

    def __init__(
        self,
        storage: Storage,
        deliveries: Deliveries,
        wall_ms: Callable[[], int],
        random: Random,
        *,
        write_soon: WriteSoon,
        settings: StreamerSettings | None = None,
    ) -> None:
        self.settings = settings or StreamerSettings()
        self._storage = storage
        self._deliveries = deliveries
        self._wall_ms = wall_ms
        self._random = random
        self._write_soon = write_soon
        self._streams = Streams(storage)
        self._targets = TargetRules(deliveries.settings.allow_loopback)
        self._pending: list[Made] = []
        self._is_written_soon = False
        self._purged_ms = wall_ms()
        deliveries.register(StreamOwner(self._streams, self.settings, wall_ms))

    # -- records ---------------------------------------------------------------------------

    def wants(self, organisation_id: int, kind: str, is_replayed: bool) -> bool:
        """Whether a record is for anybody, now or at a replay."""
        return is_replayed or bool(self._takers(organisation_id, kind))

    def hear(self, made: Made) -> None:
        """Take a record of `Feed`."""
        self._pending.append(made)
        if not self._is_written_soon:
            self._is_written_soon = True
            self._write_soon(self._write)

    def save(self, work: Work) -> None:
        """For the `Saver`: an event is not stored in the list of its SIM without its record."""
        if self._pending:
            self._write(work)

    def _takers(self, organisation_id: int, kind: str) -> list[Stream]:
        return [
            one
            for one in self._streams.of(organisation_id)
            if one.type == kind and one.state == ACTIVE
        ]

    def _write(self, work: Work) -> None:
        made, self._pending = self._pending, []
        self._is_written_soon = False

        def undo() -> None:
            self._pending = made + self._pending
            self._is_written_soon = True  # `write_soon` calls again until it is stored

        work.on_rollback(undo)
        for one in made:
            body = json.dumps(one.record, separators=(",", ":"))
            if one.is_replayed:
                row = {
                    "record_id": one.record_id,
                    "organisation_id": one.organisation_id,
                    "type": one.type,
                    "at_ms": one.at_ms,
                    "body": body,
                }
                work.write(_ADD_RECORD, row)
            for stream in self._takers(one.organisation_id, one.type):
                self._add(stream, one.record_id, body, work)
        self._purge(work)

    def _add(self, stream: Stream, record_id: int, body: str, work: Work) -> bool:
        message = Message(stream.organisation_id, KIND, stream.stream_id, str(record_id), body)
        return self._deliveries.add(message, work)

    def _purge(self, work: Work) -> None:
        now_ms = self._wall_ms()
        if now_ms - self._purged_ms >= _PURGE_EVERY_MS:
            self._purged_ms = now_ms
            work.write(_PURGE, {"oldest_ms": now_ms - self.settings.replay_ms})

    # -- streams ---------------------------------------------------------------------------

    def list(self, organisation_id: int) -> Sequence[Stream]:
        """The streams of an organisation, oldest first."""
        return self._streams.of(organisation_id)

    def get(self, organisation_id: int, stream_id: str) -> Stream:
        """One stream; NotFound when it is not there."""
        return self._streams.get(organisation_id, stream_id)

    def create(
        self,
        organisation_id: int,
        name: str,
        kind: str,
        url: str,
        user: str = "",
        password: str = "",
        *,
        replay: bool = False,
        work: Work,
    ) -> Stream:
        """A stream to a server, to `kinesis://region/name` or to `s3://region/bucket`.

        `replay`: the records of the last days first.
        """
        count = len(self._streams.of(organisation_id))
        if count >= self.settings.most_streams:
            raise Conflict(f"there are {count} streams already; delete one first")
        if not 1 <= len(name) <= _MOST_NAME:
            raise Invalid(f"a name of {len(name)} characters; give 1 to {_MOST_NAME}")
        if kind not in TYPES:
            raise Invalid(f"unknown type of stream {kind!r}; choose of {', '.join(TYPES)}")
        self._check(kind, url, user)
        stream = Stream(
            nanoid(self._random),
            organisation_id,
            name,
            kind,
            url,
            user,
            password,
            ACTIVE,
            self._wall_ms(),
        )
        self._streams.put(stream, work)
        if replay:
            self._replay(stream, work)
        return stream

    def _check(self, kind: str, url: str, user: str) -> None:
        if ":" in user:
            raise Invalid("a user's name has no colon (RFC 7617, 2); leave it out")
        if url.startswith(KINESIS):
            region, _, name = url.removeprefix(KINESIS).partition("/")
            if not region or not name or "/" in name:
                raise Invalid("a stream of Kinesis is kinesis://region/name")
            return
        if url.startswith(S3):
            if kind == SMS:
                raise Invalid("type: files of S3 have usage or events; use REST for SMS")
            if not _S3_URL.fullmatch(url):
                raise Invalid(
                    "a stream of S3 is s3://region/bucket, with ?role=arn:aws:iam::123456789012:"
                    "role/name where a role is to be assumed"
                )
            return
        try:
            target = self._targets.check(url)
        except TargetRefused as error:
            raise Invalid(f"url: {error}") from None
        if is_address(target.host) and not self._deliveries.settings.allow_loopback:
            raise Invalid("url: the host must be a domain name, not an address")  # [D]

    def _replay(self, stream: Stream, work: Work) -> None:
        query = (
            select(STREAM_RECORD.c.record_id, STREAM_RECORD.c.body)
            .where(
                STREAM_RECORD.c.organisation_id == stream.organisation_id,
                STREAM_RECORD.c.type == stream.type,
                STREAM_RECORD.c.at_ms >= self._wall_ms() - self.settings.replay_ms,
            )
            .order_by(STREAM_RECORD.c.record_id)
            .limit(self._deliveries.settings.most_waiting)
        )
        for row in self._storage.read(query):
            self._add(stream, row.record_id, row.body, work)

    def stop(self, organisation_id: int, stream_id: str, work: Work) -> Stream:
        """Send nothing until it is started; what waits is kept."""
        return self._turn(organisation_id, stream_id, (ACTIVE,), STOPPED, work)

    def start(self, organisation_id: int, stream_id: str, work: Work) -> Stream:
        """Go on with a stopped stream."""
        return self._turn(organisation_id, stream_id, (STOPPED,), ACTIVE, work)

    def restart(self, organisation_id: int, stream_id: str, work: Work) -> Stream:
        """Go on with a failed stream: its tries count from the beginning."""
        return self._turn(organisation_id, stream_id, (FAILED,), ACTIVE, work)

    def delete(self, organisation_id: int, stream_id: str, work: Work) -> None:
        """Remove a stream, and what waits for it."""
        self._streams.remove(self.get(organisation_id, stream_id), work)
        self._deliveries.drop(KIND, stream_id, work)

    def _turn(
        self,
        organisation_id: int,
        stream_id: str,
        from_states: tuple[str, ...],
        state: str,
        work: Work,
    ) -> Stream:
        found = self.get(organisation_id, stream_id)
        if found.state not in from_states:
            raise Conflict(
                f"stream {stream_id} is in state {found.state}, not in {' or '.join(from_states)}"
            )
        if state == ACTIVE:
            self._deliveries.begin_again(KIND, stream_id, work)
        return self._streams.put(replace(found, state=state, error=None), work)
