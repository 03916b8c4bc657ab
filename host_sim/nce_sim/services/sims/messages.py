"""Short messages of SIMs: sent, listed, read and cancelled by the customer.

    messages.send(subscription, Text("hello"), 1)   # the id of the message
    messages.page(subscription, 1, version=2, sort=None, page=1, page_size=20)
    messages.cancel(subscription, 1)

The centre of the world (`nce_sim.sms`) delivers them. They are shown for seven days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nce_sim.account.account import Account
from nce_sim.account.subscription import Subscription
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.sims.dates import instant_of, iso_time
from nce_sim.services.sims.directory import Page
from nce_sim.services.sims.refusals import refusal
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.sms.centre import SmsCenter, SmsNotAccepted
from nce_sim.sms.short_message import Direction, ShortMessage, Status
from nce_sim.wire.sms.address import ALPHANUMERIC, INTERNATIONAL, NATIONAL
from nce_sim.wire.sms.user_data import EIGHT_BIT, GSM_7_BIT, UCS2

ADDRESS_TYPES = {  # [D]
    INTERNATIONAL: "International",
    NATIONAL: "National",
    ALPHANUMERIC: "Alphanumeric",
}
CODINGS = (GSM_7_BIT, EIGHT_BIT, UCS2)

_SORT: dict[str, Callable[[ShortMessage], Any]] = {
    "status": lambda message: int(message.status),
    "ip_address": lambda message: 0,  # the same for all messages of a SIM
    "id": lambda message: message.id,
    "submit_date": lambda message: message.submitted_at_ms,
}


@dataclass(frozen=True)
class Text:
    """A message to a SIM, as the API takes it; `payload` is hexadecimal for dcs 4."""

    payload: str = field(repr=False)
    dcs: int = GSM_7_BIT
    udh: str = ""
    source_address: str | None = field(default=None, repr=False)
    source_address_type: int = INTERNATIONAL
    expiry_date: str | None = None


def text_of(
    *,
    payload: str | None,
    dcs: int | None,
    udh: str | None,
    source_address: str | None,
    source_address_type: int | None,
    expiry_date: str | None,
) -> Text:
    """A message from the parts of a body, of which each may be left out but the payload."""
    if payload is None:
        raise Invalid("payload is missing; give the text, or hexadecimal digits for dcs 4")
    return Text(
        payload,
        GSM_7_BIT if dcs is None else dcs,
        udh or "",
        source_address,
        INTERNATIONAL if source_address_type is None else source_address_type,
        expiry_date,
    )


class Messages:
    """The messages of all SIMs; `wall` turns the world's clock into ms since 1970."""

    def __init__(
        self,
        centre: SmsCenter,
        account: Account,
        settings: SimsSettings,
        wall_ms: Callable[[], int],
        wall: Callable[[int], int],
    ) -> None:
        self._centre = centre
        self._account = account
        self._settings = settings
        self._wall_ms = wall_ms
        self._wall = wall

    def send(self, subscription: Subscription, text: Text, version: int) -> int:
        """Send a message; its id. Invalid for an impossible one, a refusal over a limit."""
        if text.dcs not in CODINGS:
            raise Invalid(f"dcs is {text.dcs}; choose one of {', '.join(map(str, CODINGS))}")
        if text.source_address_type not in ADDRESS_TYPES:
            choices = ", ".join(map(str, ADDRESS_TYPES))
            raise Invalid(
                f"source_address_type is {text.source_address_type}; choose one of {choices}"
            )
        expiry_ms = None
        if text.expiry_date is not None:
            expiry_ms = instant_of("expiry_date", text.expiry_date) - self._wall_ms()
            if expiry_ms <= 0:
                raise Invalid(f"expiry_date {text.expiry_date} is over; give a later one")
        reason = self._account.sms_refusal(subscription.sim, "mt")
        try:
            if reason is not None:
                raise refusal(version, reason)
            message = self._centre.send_mt(
                subscription.sim,
                text.payload,
                text.dcs,
                text.udh,
                text.source_address,
                text.source_address_type,
                expiry_ms,
            )
        except SmsNotAccepted as mistake:
            raise Invalid(str(mistake)) from mistake
        return message.id

    def page(
        self,
        subscription: Subscription,
        *,
        version: int,
        sort: str | None,
        page: int,
        page_size: int,
    ) -> Page[dict[str, Any]]:
        """A page of the messages to and from a SIM, newest first."""
        kept = self._kept(subscription)
        for key in reversed(sort.split(",") if sort else ()):
            name = key.strip().removeprefix("-")
            if name not in _SORT:
                raise Invalid(f"SMS cannot be sorted by {key!r}; choose one of {', '.join(_SORT)}")
            kept = sorted(kept, key=_SORT[name], reverse=key.strip()[0] == "-")
        start = (page - 1) * page_size
        shown = [
            self.document(message, version, subscription)
            for message in kept[start : start + page_size]
        ]
        return Page(shown, len(kept), page, page_size)

    def get(self, subscription: Subscription, message_id: float, version: int) -> dict[str, Any]:
        """One message; NotFound when the SIM has none of that id."""
        return self.document(self._find(subscription, message_id), version, subscription)

    def cancel(self, subscription: Subscription, message_id: float) -> int:
        """Cancel a message that waits; its id. Invalid when it is too late for that."""
        message = self._find(subscription, message_id)
        if not self._centre.cancel(message):
            raise Invalid(
                f"the SMS {message.id} is {message.status.name} and waits no more; only a waiting "
                "one can be cancelled"
            )
        return message.id

    def document(
        self, message: ShortMessage, version: int, subscription: Subscription
    ) -> dict[str, Any]:
        """A message as version 1 or 2 shows it."""
        submitted = iso_time(self._wall(message.submitted_at_ms))
        status = message.status
        if version != 1 and status is Status.BUFFERED:
            status = Status.PENDING  # [D] version 2 has no other word for it
        sim = message.sim
        shown: dict[str, Any] = {
            "id": message.id,
            "submit_date": submitted,
            "delivery_date": submitted,  # [F] when delivery began, in 1NCE's samples
            "source_address": message.source,
            "iccid": sim.iccid,
            "msisdn": sim.msisdn,
            "imsi": sim.imsi,
            "dcs": message.user_data.dcs,
            "udh": message.user_data.header.hex(),
            "payload": message.user_data.text,
            "status": {"id": int(status), "description": status.name},
            "sms_type": {"id": int(message.direction), "description": message.direction.name},
            "source_address_type": _address_type(message),
        }
        if message.expires_at_ms is not None:
            shown["expiry_date"] = iso_time(self._wall(message.expires_at_ms))
        if message.final_at_ms is not None:
            final = iso_time(self._wall(message.final_at_ms))
            shown |= {"final_date": final, "last_delivery_attempt": final}
        tries, attempt = 0, message.attempt
        if attempt is not None:
            tries = attempt.tries
            shown["retry_date"] = iso_time(self._wall(attempt.due_ms))
        if version == 1:
            return shown | {"retry_count": str(tries)}
        return (
            {"retry_date": None}
            | shown
            | {
                "retry_count": tries,
                "gsm_map_error": None,
                "pid": message.pid,
                "endpoint": {"id": self._account.endpoint_id(sim), "name": sim.iccid},
                "sim_id": self._settings.first_sim_id + subscription.number,
            }
        )

    def _kept(self, subscription: Subscription) -> list[ShortMessage]:
        since_ms = self._wall_ms() - self._settings.messages_kept_ms
        return [
            message
            for message in reversed(self._centre.messages(subscription.sim))
            if self._wall(message.submitted_at_ms) >= since_ms
        ]

    def _find(self, subscription: Subscription, message_id: float) -> ShortMessage:
        for message in self._kept(subscription):
            if message.id == message_id:
                return message
        raise NotFound(f"the SIM has no SMS {message_id:g}; messages are kept for seven days")


def _address_type(message: ShortMessage) -> dict[str, Any]:
    is_to_sim = message.direction is Direction.MT
    number = message.source_type if is_to_sim else INTERNATIONAL
    name = ADDRESS_TYPES.get(number, ADDRESS_TYPES[INTERNATIONAL])
    return {"id": number, "description": name}
