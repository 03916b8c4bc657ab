"""The Data Streamer's side of the outbox: arrays of records, and what their outcome changes.

[D] Only 200 counts. After the last wait a stream is FAILED and keeps what waits for its restart.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from nce_sim.deliveries import Delivery, Outcome, Request
from nce_sim.services.streamer.csv_files import file_body, file_name
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.services.streamer.store import Streams
from nce_sim.services.streamer.stream import ACTIVE, FAILED, Stream
from nce_sim.storage import Work

KIND = "stream"
_OK = 200


class StreamOwner:
    """What `Deliveries` asks about streams."""

    kind = KIND

    def __init__(
        self, streams: Streams, settings: StreamerSettings, wall_ms: Callable[[], int]
    ) -> None:
        self.most_together = settings.most_records
        self._streams = streams
        self._settings = settings
        self._wall_ms = wall_ms
        self._last_file_ms = 0

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        stream = self._streams.find(target_id)
        if stream is None or stream.state != ACTIVE:
            return None
        body = f"[{','.join(delivery.body for delivery in deliveries)}]".encode()
        timeout_ms = self._settings.timeout_ms
        delivery_id = deliveries[0].delivery_id
        if stream.api == "S3":
            return self._file(stream, [delivery.body for delivery in deliveries], delivery_id)
        if stream.api == "KINESIS":
            return Request("PUT", stream.url, {}, body, delivery_id, timeout_ms)
        secret = base64.b64encode(f"{stream.user}:{stream.password}".encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {secret}"}
        return Request("POST", stream.url, headers, body, delivery_id, timeout_ms)

    def _file(self, stream: Stream, bodies: Sequence[str], delivery_id: str) -> Request:
        """A file of its own: the name has the second, so two of one second would be one."""
        at_ms = max(self._wall_ms() // 1000 * 1000, self._last_file_ms + 1000)
        self._last_file_ms = at_ms
        url, _, query = stream.url.partition("?")
        access = {"key": file_name(stream.type, at_ms)}
        role = query.removeprefix("role=")
        if role:
            # [U] the external id of a role that 1NCE's template makes
            access |= {"role": role, "external_id": str(stream.organisation_id)}
        body = file_body(stream.type, [json.loads(text) for text in bodies])
        timeout_ms = self._settings.timeout_ms
        return Request("PUT", url, {}, body, delivery_id, timeout_ms, access)

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        stream = self._streams.find(target_id)
        if stream is None or outcome.status == _OK:
            return None
        wait_ms = self._settings.wait_ms(deliveries[0].tries)
        if wait_ms is not None:
            return wait_ms
        self._streams.put(replace(stream, state=FAILED, error=str(outcome)), work)
        return 0
