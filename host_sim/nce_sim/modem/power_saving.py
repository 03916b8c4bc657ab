"""Power saving: RRC, PSM and eDRX, as the network grants them.

3GPP TS 24.008, 10.5.7.3, 10.5.7.4a and 10.5.5.32; TS 23.682, 4.5.4 (PSM) and 4.5.13 (eDRX).

The cell grants, overrides or refuses what the modem asks for. After the last datagram the RRC
connection is released, T3324 runs, then the modem sleeps until T3412 ends or something wakes it.
The session keeps or loses what comes down meanwhile.

    modem.power_saving.granted_psm          # ("00100001", "00000001"): T3412 extended, T3324
    modem.power_saving.is_asleep
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.clock import Handle
from nce_sim.modem.power import Power

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

RRC_INACTIVITY_MS = 10_000  # [U] from the last datagram to the release

# Seconds per unit, by bits 8 to 6; None is "deactivated".
T3412_EXTENDED_UNITS_S = (600, 3_600, 36_000, 2, 30, 60, 1_152_000, None)
T3324_UNITS_S = (2, 60, 360, 60, 60, 60, 60, None)
# eDRX cycles in milliseconds, by access technology of AT+CEDRXS (4 LTE-M, 5 NB-IoT) and value.
EDRX_CYCLES_MS = (
    5_120,
    10_240,
    20_480,
    40_960,
    61_440,
    81_920,
    102_400,
    122_880,
    143_360,
    163_840,
    327_680,
    655_360,
    1_310_720,
    2_621_440,
    5_242_880,
    10_485_760,
)


NB_IOT = 5  # <AcT-type> of AT+CEDRXS
# Values that another takes the place of (TS 24.008, table 10.5.5.32): in WB-S1 and in NB-S1 mode.
WB_S1_REPLACED = {0b1110: 0b1101, 0b1111: 0b1101}
NB_S1_REPLACED = dict.fromkeys((0b0000, 0b0001, 0b0100, 0b0110, 0b0111, 0b1000), 0b0010)


def edrx_cycle_ms(technology: int, bits: str) -> int:
    """The cycle that four bits mean for an access technology of `AT+CEDRXS`."""
    value = int(bits, 2)
    replaced = NB_S1_REPLACED if technology == NB_IOT else WB_S1_REPLACED
    return EDRX_CYCLES_MS[replaced.get(value, value)]


def timer_ms(bits: str, units_s: tuple[int | None, ...]) -> int | None:
    """A GPRS timer as milliseconds; None when it is deactivated."""
    unit_s = units_s[int(bits[:3], 2)]
    return None if unit_s is None else int(bits[3:], 2) * unit_s * 1_000


class PowerSaving:
    """RRC state and sleep of one modem."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.rrc_inactivity_ms = RRC_INACTIVITY_MS
        self._inactivity: Handle | None = None
        self._active: Handle | None = None
        self._periodic: Handle | None = None
        self.periodic_update_ms: int | None = None  # when T3412 ends
        self.is_asleep = False
        self.is_connected = False
        self._awaits_last = False
        self.granted_psm: tuple[str, str] | None = None
        self.granted_edrx: tuple[int, str, str] | None = None  # AcT, cycle, paging window

    # -- what the network says -------------------------------------------------------------

    def registered(self) -> None:
        """The attach or tracking area update went through; timers are granted with it."""
        self._stop_timers()
        self.granted_psm = self._answer_psm()
        self.granted_edrx = self._answer_edrx()
        if self.granted_psm is not None:
            periodic_ms = timer_ms(self.granted_psm[0], T3412_EXTENDED_UNITS_S)
            if periodic_ms is not None:
                self.periodic_update_ms = self._modem.clock.now_ms() + periodic_ms
                self._periodic = self._modem.clock.call_later(periodic_ms, self._update_due)
        self.activity()

    def settings_changed(self) -> None:
        """The host asks for other timers: a tracking area update follows at once."""
        if self._modem.radio.is_registered and not self.is_asleep:
            self.registered()

    def _answer_psm(self) -> tuple[str, str] | None:
        wanted, cell = self._modem.ram.psm, self._modem.radio.cell
        if wanted.mode != 1 or cell is None:
            return None
        granted = cell.grant_psm(wanted.t3412, wanted.t3324)
        return None if granted is None else (granted.t3412, granted.t3324)

    def _answer_edrx(self) -> tuple[int, str, str] | None:
        cell = self._modem.radio.cell
        technology = 5 if cell is not None and cell.rat == "NB-IoT" else 4
        wanted = self._modem.nvm.edrx.get(technology)
        if wanted is None or cell is None:
            return None
        granted = cell.grant_edrx(wanted, self._modem.nvm.paging_windows.get(technology))
        return None if granted is None else (technology, granted.cycle, granted.paging_window)

    # -- RRC -------------------------------------------------------------------------------

    def activity(self) -> None:
        """Something goes over the air: connect, and put off the release."""
        self._awaits_last = False
        if self._active is not None:
            self._active.cancel()
            self._active = None
        if not self.is_connected:
            self.is_connected = True
            self._report()
        if self._inactivity is not None:
            self._inactivity.cancel()
        self._inactivity = self._modem.clock.call_later(self.rrc_inactivity_ms, self._released)

    def heard(self) -> None:
        """A datagram came down; perhaps the last that was awaited."""
        was_last = self._awaits_last
        self.activity()
        if was_last:
            self.release()

    def nothing_follows(self, answers: int) -> None:
        """Release assistance: nothing is to come, or no more than so many datagrams down."""
        cell = self._modem.radio.cell
        if cell is None or not cell.settings.rai_is_heeded or not self.is_connected:
            return
        self._modem.note("rai", answers=answers)
        self._awaits_last = answers > 0
        if not answers:
            self.release()

    def release(self) -> None:
        """Release the RRC connection now (release assistance, or a vendor's command)."""
        if self._inactivity is not None:
            self._inactivity.cancel()
            self._released()

    def _released(self) -> None:
        self._inactivity = None
        self.is_connected = False
        self._report()
        if self.granted_psm is None:
            return
        active_ms = timer_ms(self.granted_psm[1], T3324_UNITS_S)
        if active_ms is not None:
            self._active = self._modem.clock.call_later(active_ms, self._fall_asleep)

    def _report(self) -> None:
        cell = self._modem.radio.cell
        state = "connected" if self.is_connected else "idle"
        self._modem.note("rrc", state=state, rsrp_dbm=None if cell is None else cell.rsrp_dbm)
        row = self._modem.personality.rrc_report
        if self._modem.stored(row)[0]:
            self._modem.urc(f"{row.name}: {int(self.is_connected)}")

    def paging_delay_ms(self) -> int:
        """How long a downlink datagram waits for the next paging occasion."""
        if self.is_connected or self.granted_edrx is None:
            return 0
        cycle_ms = edrx_cycle_ms(self.granted_edrx[0], self.granted_edrx[1])
        return -self._modem.clock.now_ms() % cycle_ms

    # -- sleep -----------------------------------------------------------------------------

    def sleep_now(self) -> None:
        """Sleep without waiting for T3324; harmless when the modem is not registered."""
        if not self.is_asleep and self._modem.radio.is_registered:
            self._fall_asleep()

    def _fall_asleep(self) -> None:
        if self._modem.terminal.is_busy:
            self._active = self._modem.clock.call_later(1_000, self._fall_asleep)
            return
        modem = self._modem
        if not modem.personality.hooks.may_sleep(modem):
            self._active = None
            modem.note("psm", state="put off")
            return
        for timer in (self._inactivity, self._active):
            if timer is not None:
                timer.cancel()
        self._inactivity = self._active = None
        self.is_connected = False
        modem.note("psm", state="entered")
        modem.personality.hooks.entering_psm(modem)
        self.is_asleep = True
        if modem.radio.session is not None:
            modem.radio.session.sleep()
        sleep = modem.personality.sleep
        if sleep.uart_sleeps:
            modem.later(sleep.line_lasts_ms, self._stop) if sleep.line_lasts_ms else self._stop()

    @property
    def is_about_to_stop(self) -> bool:
        """Whether the radio sleeps already and the line is going to."""
        return self.is_asleep and self._modem.personality.sleep.uart_sleeps

    def _stop(self) -> None:
        if self.is_asleep:
            self._modem.radio.suspend()
            self._modem.fall_asleep()

    def _update_due(self) -> None:
        self._periodic = None
        if self.is_asleep:
            self.wake("T3412")
        else:
            self.registered()

    def wake(self, reason: str) -> None:
        """End the sleep; harmless when awake."""
        if not self.is_asleep:
            return
        self.is_asleep = False
        self._modem.note("psm", state="left", reason=reason)
        if self._modem.power is Power.ASLEEP:
            self._modem.wake_up()
        else:
            self._modem.personality.hooks.left_psm(self._modem)
            self._modem.radio.woke()

    def cell_lost(self) -> None:
        """No cell any more: nothing to be connected to, and no sleep until there is one."""
        self._stop_timers()
        if self.is_connected:
            self.is_connected = False
            self._report()

    def reset(self) -> None:
        """Detached or without power: nothing of it is left."""
        self._stop_timers()
        self.is_asleep = self.is_connected = False
        self.granted_psm = self.granted_edrx = None

    def _stop_timers(self) -> None:
        for timer in (self._inactivity, self._active, self._periodic):
            if timer is not None:
                timer.cancel()
        self._inactivity = self._active = self._periodic = None
        self.periodic_update_ms = None
