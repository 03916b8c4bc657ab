"""The short message service centre: from modem to forwarder, from API to modem.

    reference = world.operator.sms.submit(sim, tpdu)          # an SMS-SUBMIT, from the modem
    detach = world.operator.sms.attach_receiver(sim, deliver)  # deliver(tpdu): DELIVER and reports
    world.operator.sms.send_mt(sim, "hello", dcs=0)            # as POST /v1/sims/{iccid}/sms does
    world.operator.sms.set_forwarder(forward, "https://example.com/sms")

TPDUs are those of 3GPP TS 23.040 without the service centre's address in front. Messages from a
SIM go to the customer's forwarder for every dialled number; no message goes from SIM to SIM.
Messages to a SIM wait until it is attached, by default for 24 h, and never arrive over NB-IoT.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from nce_sim.account.account import Account
from nce_sim.problems import Unavailable
from nce_sim.sim_card import SimCard
from nce_sim.sms.forwarder import Forward, Forwarder, Outbox
from nce_sim.sms.payload import user_data_of
from nce_sim.sms.short_message import Direction, ShortMessage, Status
from nce_sim.sms.waiting import Receiver, Report, Waiting
from nce_sim.wire.sms import address, tpdu
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.user_data import UserData

if TYPE_CHECKING:
    from nce_sim.network.core import Core
    from nce_sim.settings import SmsSettings
    from nce_sim.storage import Work

_MOST_KEPT = 1_000  # messages kept for each SIM, for `messages`


class SmsRejected(Exception):
    """The network refuses an SMS of a modem; `cms_error` is for +CMS ERROR (TS 27.005, 3.2.5)."""

    def __init__(self, cms_error: int, reason: str) -> None:
        super().__init__(f"SMS rejected: {reason} (CMS error {cms_error})")
        self.cms_error = cms_error
        self.reason = reason


class SmsNotAccepted(ValueError):
    """The API refuses an SMS to a SIM; the message says why."""


class MessageKeeper(Protocol):
    """Keeps messages over the end of the program."""

    def unit(self) -> AbstractContextManager[Work]:
        """A Work that is committed when its block ends; raises Unavailable."""

    def put(self, message: ShortMessage, work: Work) -> None:
        """Write a message with `work`."""

    def changed(self, message: ShortMessage) -> None:
        """It changed in passing: write it soon."""


class SmsCenter:
    """All short messages of a world."""

    def __init__(
        self,
        core: Core,
        account: Account,
        settings: SmsSettings,
        rat_of: Callable[[SimCard], str | None],
        is_reachable: Callable[[SimCard], bool],
    ) -> None:
        self.settings = settings
        self._core = core
        self._account = account
        self._rat_of = rat_of
        self._forwarder = Forwarder(core, account, settings, self._forwarded, self._changed)
        self._waiting = Waiting(
            core, settings.delivery_ms, is_reachable, self._delivery, self._delivered
        )
        self._references: dict[SimCard, int] = {}
        self._messages: dict[SimCard, deque[ShortMessage]] = {}
        self._count = 0
        self._keeper: MessageKeeper | None = None

    def keep_in(self, keeper: MessageKeeper) -> None:
        """Have every message in `keeper` from now on, before anybody hears that it was taken."""
        self._keeper = keeper

    def restore(self, messages: Iterable[ShortMessage]) -> None:
        """Take up messages of earlier runs, in the order of their ids; what waits goes on."""
        for message in messages:
            sim = message.sim
            self._count = max(self._count, message.id)
            self._add(message)
            if message.direction is Direction.MO:
                self._references[sim] = message.reference
                if message.report is not None:
                    self._waiting.add(sim, Report(message, message.report))
            elif message.status in (Status.PENDING, Status.BUFFERED):
                self._waiting.add(sim, message)
                self._arm(message)
            self._forwarder.resume(message)

    # -- the modem's side ------------------------------------------------------------------

    def submit(self, sim: SimCard, pdu: bytes) -> int:
        """Take an SMS-SUBMIT; the result is its message reference, 0..255, for +CMGS.

        The reference is the network's own count: status reports carry it, and TP-MR is ignored.
        Raises SmsRejected.
        """
        codes = self.settings
        try:
            submit = tpdu.Submit.parse(pdu)
        except TpduMistake as mistake:
            raise SmsRejected(codes.cms_bad_pdu, str(mistake)) from mistake
        if self._rat_of(sim) == "NB-IoT":
            raise SmsRejected(codes.cms_no_service, "there is no SMS over NB-IoT")
        refusal = self._account.sms_refusal(sim, "mo")
        if refusal is not None:
            raise SmsRejected(codes.cms_over_limit, refusal)
        reference = self._references.get(sim, -1) + 1 & 0xFF
        user_data = submit.user_data
        message = self._new(sim, Direction.MO, user_data)
        message.source, message.destination = sim.msisdn, submit.destination.text
        message.pid, message.reference = submit.pid, reference
        message.wants_report = submit.wants_report
        message.expires_at_ms = message.submitted_at_ms + codes.mo_expiry_ms
        message.attempt = self._forwarder.first(message)
        try:
            self._put(message, "mo")
        except Unavailable as error:
            raise SmsRejected(codes.cms_not_stored, str(error)) from error
        self._references[sim] = reference
        self._note(message, "submitted")
        self._forwarder.dispatch(message)
        return reference

    def attach_receiver(self, sim: SimCard, deliver: Receiver) -> Callable[[], None]:
        """Give waiting and new messages for `sim` to `deliver(tpdu)`; the result ends that.

        What it may raise: see `waiting`.
        """
        return self._waiting.attach(sim, deliver)

    def memory_available(self, sim: SimCard) -> None:
        """The modem has room, or can be reached, again: deliver the waiting messages in order."""
        self._waiting.deliver_soon(sim)

    def acknowledge(self, sim: SimCard, *, is_taken: bool) -> None:
        """The answer to the message last delivered; it is kept when it was not taken."""
        self._waiting.acknowledge(sim, is_taken=is_taken)

    # -- the customer's side ---------------------------------------------------------------

    def send_mt(
        self,
        sim: SimCard,
        payload: str,
        dcs: int = 0,
        udh: str = "",
        source_address: str | None = None,
        source_address_type: int = address.INTERNATIONAL,
        expiry_ms: int | None = None,
    ) -> ShortMessage:
        """Send an SMS to `sim`; `payload` and `udh` as the API has them (dcs 4: hexadecimal).

        `expiry_ms` counts from now, 24 h by default. Raises SmsNotAccepted, or Unavailable when
        it cannot be kept.
        """
        try:
            user_data = user_data_of(payload, dcs, bytes.fromhex(udh))
            source = PhoneNumber(
                source_address or self.settings.source_address, source_address_type
            )
            source.encode()
        except ValueError as mistake:
            raise SmsNotAccepted(str(mistake)) from mistake
        refusal = self._account.sms_refusal(sim, "mt")
        if refusal is not None:
            raise SmsNotAccepted(refusal)
        message = self._new(sim, Direction.MT, user_data)
        message.source, message.source_type = source.text, source.toa
        message.destination = sim.msisdn
        message.status = Status.BUFFERED
        patience_ms = self.settings.mt_expiry_ms if expiry_ms is None else expiry_ms
        message.expires_at_ms = message.submitted_at_ms + patience_ms
        self._put(message, "mt")
        self._note(message, "submitted")
        self._waiting.add(sim, message)
        self._arm(message)
        return message

    def cancel(self, message: ShortMessage) -> bool:
        """Cancel a waiting message; False when it is too late."""
        if not self._waiting.remove(message):
            return False
        self._finish(message, Status.FAILED)
        return True

    def set_forwarder(self, forward: Forward | None, url: str = "") -> None:
        """Forward messages of SIMs, and delivery reports, through `forward(method, body, done)`.

        `method` is POST or PATCH; call `done` with the HTTP status, or None without an answer.
        """
        self._forwarder.set_target(forward, url)

    def forward_by(self, outbox: Outbox) -> None:
        """Forward through the servers of the organisations, unless `set_forwarder` set one."""
        self._forwarder.outbox = outbox

    def messages(self, sim: SimCard) -> list[ShortMessage]:
        """The messages from and to `sim`, oldest first."""
        return list(self._messages.get(sim, ()))

    # -- inside ----------------------------------------------------------------------------

    def _new(self, sim: SimCard, direction: Direction, user_data: UserData) -> ShortMessage:
        self._count += 1
        return ShortMessage(self._count, sim, direction, user_data, self._core.clock.now_ms())

    def _put(self, message: ShortMessage, direction: str) -> None:
        """Keep a new message, and its count with it."""
        if self._keeper is None:
            self._account.count_sms(message.sim, direction)
        else:
            with self._keeper.unit() as work:
                self._keeper.put(message, work)
                self._account.count_sms(message.sim, direction, work)
        self._add(message)

    def _settle(self, message: ShortMessage) -> None:
        """Keep what became of a message before anybody hears of it."""
        if self._keeper is None:
            return
        try:
            with self._keeper.unit() as work:
                self._keeper.put(message, work)
        except Unavailable:
            self._keeper.changed(message)  # as soon as the database is there

    def _add(self, message: ShortMessage) -> None:
        self._messages.setdefault(message.sim, deque(maxlen=_MOST_KEPT)).append(message)

    def _changed(self, message: ShortMessage) -> None:
        if self._keeper is not None:
            self._keeper.changed(message)

    def _arm(self, message: ShortMessage) -> None:
        """Schedule the end of a message that waits."""
        delay_ms = max(0, (message.expires_at_ms or 0) - self._core.clock.now_ms())
        message.expiry = self._core.clock.call_later(delay_ms, lambda: self._expired(message))

    def _delivered(self, item: Report | ShortMessage) -> None:
        if isinstance(item, ShortMessage):
            self._finish(item, Status.DELIVERED)
        else:
            item.message.report = None
            self._settle(item.message)

    def _delivery(self, message: ShortMessage) -> bytes:
        """The TPDU for the SIM."""
        source, now = PhoneNumber(message.source, message.source_type), tpdu.timestamp(self._now())
        return tpdu.Deliver(source, message.user_data, now, message.pid).encode()

    def _expired(self, message: ShortMessage) -> None:
        if message.status in (Status.PENDING, Status.BUFFERED):
            self._waiting.remove(message)
            self._finish(message, Status.EXPIRED)

    def _forwarded(self, message: ShortMessage, is_taken: bool) -> None:
        """The forwarder delivered a message of a SIM, or gave up."""
        message.status = Status.DELIVERED if is_taken else Status.FAILED
        message.final_at_ms = self._core.clock.now_ms()
        self._note(message, message.status.name.lower())
        if message.wants_report:
            is_international = message.destination.startswith("+")
            toa = address.INTERNATIONAL if is_international else address.NATIONAL
            report = tpdu.StatusReport(
                message.reference,
                PhoneNumber(message.destination, toa),
                tpdu.timestamp(self._at(message.submitted_at_ms)),
                tpdu.timestamp(self._now()),
                tpdu.RECEIVED if is_taken else tpdu.VALIDITY_EXPIRED,
            )
            message.report = report.encode()
            self._waiting.add(message.sim, Report(message, message.report))
        self._changed(message)

    def _finish(self, message: ShortMessage, status: Status) -> None:
        message.status = status
        message.final_at_ms = self._core.clock.now_ms()
        if message.expiry is not None:
            message.expiry.cancel()
        self._forwarder.plan_report(message)
        self._settle(message)
        self._note(message, status.name.lower())
        self._forwarder.report(message)

    def _note(self, message: ShortMessage, state: str) -> None:
        self._core.timeline.add(
            "sms",
            "sms",
            message,
            sim=message.sim.masked,
            id=message.id,
            direction=message.direction.name,
            state=state,
            dcs=message.user_data.dcs,
            size=message.user_data.length,
            payload=message.user_data.octets,
        )

    def _now(self) -> datetime:
        return self._at(self._core.clock.now_ms())

    def _at(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(self._core.epoch_s(at_ms), UTC)
