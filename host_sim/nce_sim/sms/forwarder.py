"""The SMS forwarder: messages of SIMs and delivery reports, to the customer's HTTPS server.

    def forward(method, body, done):    # "POST" a message, "PATCH" a delivery report
        done(200)                       # the HTTP status; None without an answer

Only 200 ends the attempts. After any other answer the forwarder tries again, after 5, 15 and 30
minutes, then at doubled times, and gives up after 24 h. Without a forwarder a message stays
pending and fails exactly 24 h later. An `Outbox` knows the servers of all organisations; what it
sends it sends again by itself, also after a stop.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from nce_sim.account.account import Account
from nce_sim.sms.short_message import Attempt, ShortMessage

if TYPE_CHECKING:
    from nce_sim.network.core import Core
    from nce_sim.settings import SmsSettings

Done = Callable[["int | None"], None]
Forward = Callable[[str, dict[str, Any], Done], None]


class Outbox(Protocol):
    """Servers of organisations, and tries that outlive a world."""

    def has_server(self, organisation_id: int) -> bool:
        """Whether the organisation has a forwarder."""

    def send(
        self,
        organisation_id: int,
        method: str,
        body: dict[str, Any],
        started_ms: int,
        finished: Callable[[bool], None],
    ) -> None:
        """Send until it is taken or 24 h after `started_ms` of the clock are over.

        What was sent in an earlier run, and is on its way, is not sent a second time.
        """


class Forwarder:
    """Sends with retries; it calls `finished(message, is_taken)` when a message is done.

    What is left to do is in `message.attempt`; `changed(message)` is called when that changes.
    """

    def __init__(
        self,
        core: Core,
        account: Account,
        settings: SmsSettings,
        finished: Callable[[ShortMessage, bool], None],
        changed: Callable[[ShortMessage], None],
    ) -> None:
        self._core = core
        self._account = account
        self._settings = settings
        self._finished = finished
        self._changed = changed
        self._forward: Forward | None = None
        self._url = ""
        self.outbox: Outbox | None = None

    def set_target(self, forward: Forward | None, url: str) -> None:
        """Replace the customer's server; waiting messages go to the new one at their next try."""
        self._forward, self._url = forward, url

    def first(self, message: ShortMessage) -> Attempt:
        """The attempt that `dispatch` will make."""
        return Attempt("POST", 0, message.submitted_at_ms)

    def dispatch(self, message: ShortMessage) -> None:
        """Send a message of a SIM."""
        message.attempt = self.first(message)
        if self._forward is None and self._outbox_of(message) is None:
            self._core.events.emit("no_forwarder", message.sim, destination=message.destination)
        self._try(message, message.attempt)

    def plan_report(self, message: ShortMessage) -> None:
        """Plan the delivery report of a message to a SIM, if there is a server for it."""
        if self._forward is not None or self._outbox_of(message) is not None:
            message.attempt = Attempt("PATCH", 0, self._core.clock.now_ms())

    def report(self, message: ShortMessage) -> None:
        """Send the delivery report that is planned."""
        if message.attempt is not None:
            self._try(message, message.attempt)

    def resume(self, message: ShortMessage) -> None:
        """Go on with a message of an earlier run."""
        if message.attempt is not None:
            self._arm(message, message.attempt)

    def _arm(self, message: ShortMessage, attempt: Attempt) -> None:
        delay_ms = max(0, attempt.due_ms - self._core.clock.now_ms())
        self._core.clock.call_later(delay_ms, lambda: self._due(message, attempt))

    def _due(self, message: ShortMessage, attempt: Attempt) -> None:
        if attempt.due_ms < self._started_ms(message, attempt) + self._settings.mo_expiry_ms:
            self._try(message, attempt)
        else:
            self._end(message, attempt, is_taken=False)

    def _try(self, message: ShortMessage, attempt: Attempt) -> None:
        is_message = attempt.method == "POST"
        body = self._body(message) if is_message else self._report_body(message)

        def end(is_taken: bool) -> None:
            self._end(message, attempt, is_taken=is_taken)

        def done(status: int | None) -> None:
            if status == 200:
                end(True)
                return
            self._core.events.emit(
                "dispatch_failed",
                message.sim,
                what="SMS" if is_message else "DLR",
                url=self._url,
                http_status=status or 0,
            )
            self._again(message, attempt)

        outbox = self._outbox_of(message)
        if self._forward is not None:
            self._forward(attempt.method, body, done)
        elif outbox is not None:
            started_ms = self._started_ms(message, attempt)
            outbox.send(self._organisation_of(message), attempt.method, body, started_ms, end)
        else:
            self._again(message, attempt)

    def _again(self, message: ShortMessage, attempt: Attempt) -> None:
        waits, last_ms = self._settings.forwarder_tries_min, self._settings.mo_expiry_ms
        tries = attempt.tries
        wait_ms = min(waits[tries] * 60_000, last_ms) if tries < len(waits) else last_ms
        due_ms = self._started_ms(message, attempt) + wait_ms
        message.attempt = Attempt(attempt.method, tries + 1, due_ms)
        self._changed(message)
        self._arm(message, message.attempt)

    def _end(self, message: ShortMessage, attempt: Attempt, *, is_taken: bool) -> None:
        message.attempt = None
        self._changed(message)
        if attempt.method == "POST":
            self._finished(message, is_taken)

    def _started_ms(self, message: ShortMessage, attempt: Attempt) -> int:
        return message.submitted_at_ms if attempt.method == "POST" else message.final_at_ms or 0

    def _outbox_of(self, message: ShortMessage) -> Outbox | None:
        outbox = self.outbox
        if outbox is not None and outbox.has_server(self._organisation_of(message)):
            return outbox
        return None

    def _organisation_of(self, message: ShortMessage) -> int:
        return self._account.subscription(message.sim).organisation_id

    # -- bodies ----------------------------------------------------------------------------

    def _body(self, message: ShortMessage) -> dict[str, Any]:
        part = message.user_data.part
        return {
            "id": message.id,
            "payload": message.user_data.text,
            "submit_date": self._date(message.submitted_at_ms),
            "dest_address": message.destination,
            "source_address": message.source,
            "dcs": message.user_data.dcs,
            "endpoint": self._endpoint(message),
            "organisation": {"id": self._organisation_of(message)},
            "multi_part_info": None
            if part is None
            else {"partno": part[2], "total": part[1], "identifier": part[0]},
            "pid": message.pid,
        }

    def _report_body(self, message: ShortMessage) -> dict[str, Any]:
        final_at_ms = message.final_at_ms or message.submitted_at_ms
        return {
            "id": message.id,
            "final_date": self._date(final_at_ms),
            "submit_date": self._date(message.submitted_at_ms),
            "organisation": {"id": self._organisation_of(message)},
            "endpoint": self._endpoint(message),
            "status": {"id": int(message.status), "status": message.status.name},
        }

    def _endpoint(self, message: ShortMessage) -> dict[str, Any]:
        return {"id": self._account.endpoint_id(message.sim), "name": message.sim.iccid}

    def _date(self, at_ms: int) -> str:
        at = datetime.fromtimestamp(self._core.epoch_s(at_ms), UTC)
        return at.strftime("%Y-%m-%d %H:%M:%S")
