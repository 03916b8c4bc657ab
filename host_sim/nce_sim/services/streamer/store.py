"""The streams of all organisations, in memory and in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from nce_sim.problems import NotFound
from nce_sim.services.streamer.stream import Stream
from nce_sim.services.streamer.tables import STREAM
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(STREAM)
_REMOVE = delete(STREAM).where(STREAM.c.stream_id == bindparam("gone_id"))


class Streams:
    """A few streams: all of them are in memory."""

    def __init__(self, storage: Storage) -> None:
        query = select(STREAM).order_by(STREAM.c.created_ms, STREAM.c.stream_id)
        self._found = {row.stream_id: Stream.of_row(row) for row in storage.read(query)}
        # Every event asks whose they are; a change empties this.
        self._by_organisation: dict[int, list[Stream]] = {}

    def of(self, organisation_id: int) -> Sequence[Stream]:
        """The streams of an organisation, oldest first."""
        found = self._by_organisation.get(organisation_id)
        if found is None:
            found = [one for one in self._found.values() if one.organisation_id == organisation_id]
            self._by_organisation[organisation_id] = found
        return found

    def find(self, stream_id: str) -> Stream | None:
        return self._found.get(stream_id)

    def get(self, organisation_id: int, stream_id: str) -> Stream:
        """One stream; NotFound when it is not there, or another organisation's."""
        found = self._found.get(stream_id)
        if found is None or found.organisation_id != organisation_id:
            raise NotFound(f"there is no stream {stream_id!r}")
        return found

    def put(self, stream: Stream, work: Work) -> Stream:
        """Keep a stream, in place of the one with its id."""
        former = self._found.get(stream.stream_id)
        work.on_rollback(lambda: self._restore(stream.stream_id, former))
        self._found[stream.stream_id] = stream
        self._by_organisation.clear()
        work.write(_KEEP, vars(stream))
        return stream

    def remove(self, stream: Stream, work: Work) -> None:
        """Forget a stream."""
        work.on_rollback(lambda: self._restore(stream.stream_id, stream))
        del self._found[stream.stream_id]
        self._by_organisation.clear()
        work.write(_REMOVE, {"gone_id": stream.stream_id})

    def _restore(self, stream_id: str, former: Stream | None) -> None:
        self._by_organisation.clear()
        if former is None:
            self._found.pop(stream_id, None)
        else:
            self._found[stream_id] = former
