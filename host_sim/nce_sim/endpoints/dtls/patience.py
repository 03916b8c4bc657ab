"""The patience with a half-open handshake: repeats of its flight, and a refusal put off.

    patience = Patience(settings)
    patience.arm(now_ms)                     # the flight is out (RFC 6347, 4.2.4)
    patience.refuse_later(refusal, now_ms)   # for a message that anyone may have written
    told, is_flight_due = patience.look(now_ms)

Anyone can write an unprotected message, so none ends a handshake by itself (RFC 6347, 4.1.2.7):
the peer's own may still come. An alert is remembered as the last word, should nothing follow.
"""

from __future__ import annotations

from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.settings import ALERT, DtlsSettings
from nce_sim.wire.dtls import alerts


class Patience:
    """The deadlines of one handshake; all on the clock of `now_ms`."""

    def __init__(self, settings: DtlsSettings) -> None:
        self.last_word = ""
        self._settings = settings
        self._flight_due_ms: int | None = None
        self._repeats = 0
        self._refusal: Refusal | None = None
        self._refusal_due_ms: int | None = None

    @property
    def deadline_ms(self) -> int | None:
        """When to look again, or None."""
        due = (self._flight_due_ms, self._refusal_due_ms)
        return min((one for one in due if one is not None), default=None)

    def arm(self, now_ms: int) -> None:
        """Wait for the answer to a flight; twice as long each time."""
        wait_ms = self._settings.retransmit_ms << self._repeats
        self._flight_due_ms = now_ms + min(wait_ms, self._settings.retransmit_max_ms)

    def refuse_later(self, refusal: Refusal, now_ms: int) -> None:
        """Refuse unless the peer's own message comes in time; the first reason counts."""
        if self._refusal is None:
            self._refusal = refusal
            self._refusal_due_ms = now_ms + self._settings.refuse_after_ms

    def keys_differ(self, now_ms: int) -> None:
        """Note a record that does not open: a Finished under other keys, or anyone's."""
        reason = "the Finished does not decrypt: device and server have different keys"
        refusal = Refusal(alerts.DECRYPT_ERROR, reason)
        if self._settings.wrong_key != ALERT:
            refusal = Refusal(None, reason + "; dropped in silence", is_final=False)
        self.refuse_later(refusal, now_ms)

    def take_back(self) -> None:
        """Take the refusal back: a message came that may well be the peer's own."""
        self._refusal = self._refusal_due_ms = None

    def look(self, now_ms: int) -> tuple[Refusal | None, bool]:
        """The refusal to report, and whether to repeat the flight; a final Refusal is raised."""
        told = None
        if self._refusal is not None and _is_due(self._refusal_due_ms, now_ms):
            if self._refusal.is_final:
                raise self._refusal
            told, self._refusal_due_ms = self._refusal, None
        if not _is_due(self._flight_due_ms, now_ms):
            return told, False
        if self._repeats >= self._settings.retransmissions:
            last_word = (
                self.last_word and f"; the last that came was an unprotected {self.last_word}"
            )
            raise Refusal(None, "the client stopped answering" + last_word)
        self._repeats += 1
        self.arm(now_ms)
        return told, True


def _is_due(due_ms: int | None, now_ms: int) -> bool:
    return due_ms is not None and now_ms >= due_ms
