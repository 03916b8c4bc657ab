"""Registration: from searching to roaming, or to a refusal with its cause.

3GPP TS 27.007, 10.1.22 (`+CEREG`), TS 24.301 for the causes. A roaming SIM searches (stat 2), asks
to attach, and is let in (5) or refused (3). The default bearer comes with the attach on LTE.

A modem whose cell is gone notices after a while, says so (2 or 4), searches, and goes on with its
bearer in whatever cell it finds, by a tracking area update; so does one that wakes from PSM.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.clock import Handle
from nce_sim.modem.memory import Context
from nce_sim.modem.registration import (
    DENIED,
    FINAL_CAUSES,
    FULL,
    HOME,
    IDLE,
    ROAMING,
    SEARCHING,
    Selection,
)
from nce_sim.network.causes import PLMN_NOT_ALLOWED
from nce_sim.network.operator import AttachRejected, Cell
from nce_sim.network.session import Session
from nce_sim.wire.datagram import Datagram

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

TRACKING_AREA_UPDATE_MS = (300, 900)
MOST_HELD = 64  # datagrams that wait while a receiver of satellites has the radio; I
LOOK_MS = 200  # how soon it is found free again


class Radio:
    """The radio side of one modem."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.function = FULL  # AT+CFUN
        self.stat = IDLE
        self.cell: Cell | None = None
        self.session: Session | None = None
        self.reject: tuple[int, int] | None = None  # cause type and cause (TS 27.007)
        self.reject_esm: int | None = None  # the ESM cause that came with it
        self.denied_cause: int | None = None  # a fault: refuse with this cause
        self.blind_until_ms = 0  # a fault: no cell is found before
        self.selection = Selection.AUTOMATIC
        self.plmn: str | None = None
        self._refusals = 0  # in a row: the attach attempt counter (TS 24.301, 5.5.1.2.6)
        self._is_suspended = False
        self._scheduled: Handle | None = None
        self._stop_watching: Callable[[], None] | None = None
        self._held: deque[Callable[[], None]] = deque(maxlen=MOST_HELD)

    @property
    def is_registered(self) -> bool:
        """Whether the modem is attached."""
        return self.stat in (HOME, ROAMING)

    @property
    def host(self) -> str | None:
        """The modem's IPv4 address, or None."""
        return self.session.host if self.session is not None else None

    def start(self) -> None:
        """Search and attach, if the settings let it."""
        can_start = self.function == FULL and self._modem.sim_is_usable
        is_off = self.selection is Selection.DEREGISTERED
        if is_off or not can_start or self._scheduled is not None:
            return
        if self._is_suspended:
            self.resume()
            return
        if self.is_registered:
            return
        self._set(SEARCHING)
        self._schedule(self._modem.operator.search_ms(self._modem.random), self._searched)

    def stop(self, reason: str) -> None:
        """Detach and stop searching."""
        self._detach(reason)
        self.reject = None
        self._refusals = 0
        self._set(IDLE)

    def _detach(self, reason: str) -> None:
        self._cancel()
        self._is_suspended = False
        self._held.clear()
        self._modem.power_saving.reset()
        self._modem.messaging.detach()
        session, self.session = self.session, None
        if session is not None:
            session.on_closed = None
            session.close(reason)
        self._camp(None)

    def suspend(self) -> None:
        """Power saving mode: registration, address and session stay, nothing is heard."""
        self._cancel()
        self._is_suspended = True

    def resume(self) -> None:
        """Awake again: a tracking area update in place of an attach."""
        if not self._is_suspended:
            return
        self._is_suspended = False
        if self.session is None:
            self._set(IDLE)
            self.start()
            return
        self._set(SEARCHING)
        self._look_again()

    def woke(self) -> None:
        """Awake again from a sleep in which the UART went on: an update, if there is a cell."""
        if self.session is None:
            self.restart("the session ended during sleep")
        elif self.cell is not None and self.cell.is_in_coverage:
            self._modem.power_saving.registered()
            self.session.wake()
        else:
            self._cell_lost()

    # -- one radio for LTE and satellites ----------------------------------------------------

    @property
    def is_taken(self) -> bool:
        """Whether a receiver of satellites has the radio now."""
        return self._modem.personality.hooks.radio_is_taken(self._modem)

    def when_free(self, action: Callable[[], None]) -> None:
        """Do something over the air: now, or in its turn once the radio is free."""
        if not self._held and not self.is_taken:
            action()
            return
        if not self._held:
            self._modem.clock.call_later(LOOK_MS, self._look_for_the_end)
        self._held.append(action)

    def _look_for_the_end(self) -> None:
        if self._held and self.is_taken:
            self._modem.clock.call_later(LOOK_MS, self._look_for_the_end)
            return
        while self._held:
            self._held.popleft()()

    # -- coverage --------------------------------------------------------------------------

    def _camp(self, cell: Cell | None) -> None:
        if self._stop_watching is not None:
            self._stop_watching()
        self.cell = cell
        self._stop_watching = None if cell is None else cell.watch(self._coverage_turned)

    def _coverage_turned(self, cell: Cell) -> None:
        # One that sleeps finds out when it wakes.
        if not cell.is_in_coverage and self.is_registered and not self._is_asleep:
            lost_ms = self._modem.random.randint(*self._modem.operator.settings.cell_lost_ms)
            self._schedule(lost_ms, self._cell_lost)

    def _cell_lost(self) -> None:
        self._scheduled = None
        if self.cell is not None and self.cell.is_in_coverage:
            return  # a hole too short to be noticed
        self._camp(None)
        self._modem.power_saving.cell_lost()
        self._set(self._modem.operator.settings.stat_without_coverage)
        self._schedule(self._modem.operator.search_ms(self._modem.random), self._look_again)

    def _look_again(self) -> None:
        self._scheduled = None
        cells = self._cells_in_sight()
        if self.cell is not None and self.cell.is_in_coverage:
            cells.insert(0, self.cell)
        if self.session is None:
            self.restart("the session ended without coverage")
        elif cells:
            update_ms = self._modem.random.randint(*TRACKING_AREA_UPDATE_MS)
            self._schedule(update_ms, lambda: self._update(cells[0]))
        else:
            self._camp(None)
            self._set(self._modem.operator.settings.stat_without_coverage)
            self._schedule(self._modem.operator.settings.attach_retry_ms, self._look_again)

    def _update(self, cell: Cell) -> None:
        self._scheduled = None
        modem = self._modem
        assert modem.sim is not None
        registration = modem.operator.registration_of(modem.sim)
        if self.session is None or registration is None:
            self.restart("the network has forgotten it")
            return
        if not cell.is_in_coverage:
            self._look_again()
            return
        if cell is not self.cell:
            try:
                registration.move_to(cell)
            except AttachRejected as rejected:
                self._detach("the update was refused")
                self._refused(cell, rejected)
                return
            self._camp(cell)
        self._arrive()
        self.session.wake()

    @property
    def _is_asleep(self) -> bool:
        return self._is_suspended or self._modem.power_saving.is_asleep

    def _cells_in_sight(self) -> list[Cell]:
        modem = self._modem
        assert modem.sim is not None
        if modem.clock.now_ms() < self.blind_until_ms:
            return []
        cells = modem.operator.select(plmn=self.plmn, forbidden_plmns=modem.sim.forbidden_plmns)
        return [cell for cell in cells if modem.personality.hooks.sees(modem, cell)]

    # -- attach ----------------------------------------------------------------------------

    def _arrive(self) -> None:
        self._modem.power_saving.registered()
        self._set(ROAMING if self._modem.operator.settings.roaming else HOME)
        self._modem.messaging.attach()

    def restart(self, reason: str) -> None:
        """Leave the network and look for it again."""
        self.stop(reason)
        self.start()

    def settings_changed(self) -> None:
        """A refused modem tries again when what it was refused for may have changed."""
        if self.stat == DENIED and self._scheduled is not None:
            self._cancel()
            self._refusals = 0
            self._set(SEARCHING)
            self._schedule(self._modem.operator.search_ms(self._modem.random), self._searched)

    def _searched(self) -> None:
        self._scheduled = None
        settings = self._modem.operator.settings
        cells = self._cells_in_sight()
        if not cells:
            self._schedule(settings.attach_retry_ms, self._searched)
            return
        delay_ms = self._modem.random.randint(*settings.attach_ms)
        self._schedule(delay_ms, lambda: self._attach(cells[0]))

    def _attach(self, cell: Cell) -> None:
        self._scheduled = None
        modem = self._modem
        assert modem.sim is not None
        if self.is_taken:
            self._schedule(LOOK_MS, lambda: self._attach(cell))
            return
        try:
            if self.denied_cause is not None:
                raise AttachRejected(self.denied_cause, None, "denied by a fault")
            session = modem.operator.attach(
                modem.sim,
                cell,
                modem.nvm.contexts.get(modem.personality.attach_cid, Context()).apn,
                deliver=self._deliver,
                on_closed=self._session_lost,
                imei=modem.imei,
            )
        except AttachRejected as rejected:
            self._refused(cell, rejected)
            return
        self.session = session
        session.deliver_segment = self._deliver
        self._camp(cell)
        self.reject = None
        self._refusals = 0
        self._arrive()

    def _refused(self, cell: Cell, rejected: AttachRejected) -> None:
        modem = self._modem
        assert modem.sim is not None
        modem.note(
            "attach_rejected",
            emm_cause=rejected.emm_cause,
            esm_cause=rejected.esm_cause,
            reason=rejected.reason,
        )
        self.reject = (0, rejected.emm_cause)
        self.reject_esm = rejected.esm_cause
        if rejected.emm_cause == PLMN_NOT_ALLOWED:
            modem.sim.forbid_plmn(cell.plmn)
        self._set(DENIED)
        modem.personality.hooks.refused(modem)
        if rejected.emm_cause not in FINAL_CAUSES:
            self._refusals += 1
            settings = modem.operator.settings
            has_tried_enough = self._refusals % settings.attach_tries == 0
            self._schedule(
                settings.attach_pause_ms if has_tried_enough else settings.attach_retry_ms,
                self._again,
            )

    def _again(self) -> None:
        self._scheduled = None
        self.start()

    def _deliver(self, datagram: Datagram) -> None:
        delay_ms = self._modem.power_saving.paging_delay_ms()
        if delay_ms:
            self._modem.clock.call_later(delay_ms, lambda: self._paged(datagram))
        else:
            self.when_free(lambda: self._paged(datagram))

    def _paged(self, datagram: Datagram) -> None:
        if self.session is not None and not self._modem.power_saving.is_asleep:
            self._modem.power_saving.heard()
            if datagram.segment is not None:
                self.session.tcp.receive(datagram)
            else:
                self._modem.sockets.receive(datagram)

    def _session_lost(self, reason: str) -> None:
        self.session = None
        self._camp(None)
        if self._modem.power_saving.is_asleep:
            return  # found out when the modem wakes
        self._modem.power_saving.reset()
        self._modem.messaging.detach()
        self._modem.personality.hooks.pdp_lost(self._modem, reason)
        # Without a PDN connection an LTE device is detached (TS 24.301, 5.5.2.3).
        self._set(IDLE)
        self.start()

    def _set(self, stat: int) -> None:
        if stat != self.stat:
            self.stat = stat
            self._modem.note("registration", stat=stat, reject=self.reject)
            self._modem.personality.hooks.registration_changed(self._modem)

    def _schedule(self, delay_ms: int, callback: Callable[[], None]) -> None:
        self._cancel()
        self._scheduled = self._modem.clock.call_later(delay_ms, callback)

    def _cancel(self) -> None:
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
