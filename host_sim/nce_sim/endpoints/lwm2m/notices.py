"""Notifications as jobs of the intake: confirmed once they are stored, or rejected.

    notices = Notices(ways, service, clock, most_bytes=32_768, take=intake.take, told=told)
    notices.take(notice, client)                # of the CoAP layer
    notices.take_rest(is_secure, outcome)       # True: it was the rest of one

One that nobody observes is rejected. One in blocks is confirmed at its first and fetched to its
end (RFC 7959, 2.6); the service sees it whole. While the database takes nothing, one is not
answered: a confirmable one comes again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from nce.coap import options
from nce_sim.clock import Clock
from nce_sim.endpoints.coap.blocks import BadBlock, block_of
from nce_sim.endpoints.coap.both_ways import Notice
from nce_sim.endpoints.coap.client import Outcome
from nce_sim.endpoints.coap.transfer import Answer, BadResponse
from nce_sim.endpoints.intake import Job
from nce_sim.endpoints.lwm2m.downlink import reply_of
from nce_sim.endpoints.lwm2m.uplinks import Service
from nce_sim.endpoints.lwm2m.ways import Ways, call_of
from nce_sim.services.lwm2m.outbound import Client, Reply
from nce_sim.storage import Work

_MOST_RESTS = 4_096  # notifications whose rest is fetched at the same time; one more is lost

# What became of a notification, for the timeline.
Told = Callable[[Client, Reply, bool], None]


@dataclass(slots=True)
class _NoticeJob:
    notices: Notices
    client: Client
    token: bytes
    reply: Reply
    handle: int | None  # None: it is confirmed already
    is_wanted: bool = False

    def serve(self, work: Work) -> None:
        self.is_wanted = self.notices.service.notified(self.client, self.token, self.reply, work)

    def stored(self) -> None:
        self.notices.answer(self)

    def refused(self, reason: str) -> None:
        self.notices.leave(self)

    def failed(self) -> None:
        self.notices.leave(self)


class Notices:
    """All notifications of the endpoint."""

    def __init__(
        self,
        ways: Ways,
        service: Service,
        clock: Clock,
        *,
        most_bytes: int,
        take: Callable[[Job], None],
        told: Told,
    ) -> None:
        self.service = service
        self.counters: Counter[str] = Counter()
        self._ways = ways
        self._clock = clock
        self._most_bytes = most_bytes
        self._take = take
        self._told = told
        # Those whose rest is fetched, by the request for it.
        self._rests: dict[tuple[bool, int], tuple[Client, bytes]] = {}

    def take(self, notice: Notice, client: Client) -> None:
        """Take a notification, or its first block."""
        message, handle = notice.message, notice.handle
        try:
            block = block_of(message.options, options.BLOCK2)
        except BadBlock:
            self._reject(client, handle)
            return
        if block is not None and block.more:
            self._fetch(notice, client)
            return
        if len(message.payload) > self._most_bytes:
            self._reject(client, handle)
            return
        reply = reply_of(Answer(message.code, message.options, message.payload))
        self._take(_NoticeJob(self, client, message.token, reply, handle))

    def take_rest(self, is_secure: bool, outcome: Outcome) -> bool:
        """Take the end of a request; False when it was for something else."""
        found = self._rests.pop((is_secure, outcome.handle), None)
        if found is None:
            return False
        client, token = found
        if outcome.answer is None:
            self.counters["lost: " + outcome.reason] += 1
        else:
            self._take(_NoticeJob(self, client, token, reply_of(outcome.answer), None))
        return True

    def answer(self, job: _NoticeJob) -> None:
        """It is stored: confirm it, or reject it."""
        if job.handle is not None:
            self._confirm(job.client, job.handle, is_wanted=job.is_wanted)
        self._told(job.client, job.reply, job.is_wanted)

    def leave(self, job: _NoticeJob) -> None:
        """Nothing of it is stored: no answer."""
        if job.handle is not None:
            self._ways.of(job.client.is_secure).leave(job.handle)

    def _fetch(self, notice: Notice, client: Client) -> None:
        observed = self.service.observed(client, notice.message.token)
        if observed is None or len(self._rests) >= _MOST_RESTS:
            self._reject(client, notice.handle)
            return
        way, now_ms = self._ways.of(client.is_secure), self._clock.now_ms()
        try:
            handle = way.fetch_rest(call_of(observed, notice.peer), notice, now_ms)
        except BadResponse as error:
            self.counters[str(error)] += 1
            self._reject(client, notice.handle)
            return
        if isinstance(handle, int):
            self._rests[client.is_secure, handle] = client, notice.message.token
        self._confirm(client, notice.handle, is_wanted=True)

    def _reject(self, client: Client, handle: int) -> None:
        self._confirm(client, handle, is_wanted=False)

    def _confirm(self, client: Client, handle: int, *, is_wanted: bool) -> None:
        now_ms = self._clock.now_ms()
        way = self._ways.of(client.is_secure)
        way.confirm(handle, is_wanted=is_wanted, now_ms=now_ms)
        self._ways.seal(client.is_secure, now_ms)
