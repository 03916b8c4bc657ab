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
from nce_sim.sms.short_message import ShortMessage

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
        """Send until it is taken or 24 h after `started_ms` of the clock are over."""


class Forwarder:
    """Sends with retries; it calls `finished(message, is_taken)` when a message is done."""

    def __init__(
        self,
        core: Core,
        account: Account,
        settings: SmsSettings,
        finished: Callable[[ShortMessage, bool], None],
    ) -> None:
        self._core = core
        self._account = account
        self._settings = settings
        self._finished = finished
        self._forward: Forward | None = None
        self._url = ""
        self.outbox: Outbox | None = None

    def set_target(self, forward: Forward | None, url: str) -> None:
        """Replace the customer's server; waiting messages go to the new one at their next try."""
        self._forward, self._url = forward, url

    def dispatch(self, message: ShortMessage) -> None:
        """Send a message of a SIM."""
        if self._forward is None and self._outbox_of(message) is None:
            self._core.events.emit("no_forwarder", message.sim, destination=message.destination)
        self._try("POST", message, self._body(message), 0)

    def report(self, message: ShortMessage) -> None:
        """Send the delivery report of a message to a SIM, if there is a server for it."""
        if self._forward is not None or self._outbox_of(message) is not None:
            self._try("PATCH", message, self._report_body(message), 0)

    def _try(self, method: str, message: ShortMessage, body: dict[str, Any], tries: int) -> None:
        started_ms = message.submitted_at_ms if method == "POST" else message.final_at_ms or 0

        def again() -> None:
            waits = self._settings.forwarder_tries_min
            due_ms = waits[tries] * 60_000 if tries < len(waits) else self._settings.mo_expiry_ms
            due_ms = min(due_ms, self._settings.mo_expiry_ms)
            delay_ms = max(0, started_ms + due_ms - self._core.clock.now_ms())
            is_last = due_ms >= self._settings.mo_expiry_ms
            self._core.clock.call_later(delay_ms, give_up if is_last else once_more)

        def once_more() -> None:
            self._try(method, message, body, tries + 1)

        def give_up() -> None:
            if method == "POST":
                self._finished(message, False)

        def done(status: int | None) -> None:
            if status == 200:
                if method == "POST":
                    self._finished(message, True)
                return
            what = "SMS" if method == "POST" else "DLR"
            self._core.events.emit(
                "dispatch_failed", message.sim, what=what, url=self._url, http_status=status or 0
            )
            again()

        outbox = self._outbox_of(message)
        if self._forward is not None:
            self._forward(method, body, done)
        elif outbox is not None:
            outbox.send(
                self._organisation_of(message),
                method,
                body,
                started_ms,
                lambda is_taken: done(200) if is_taken else give_up(),
            )
        else:
            again()

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
