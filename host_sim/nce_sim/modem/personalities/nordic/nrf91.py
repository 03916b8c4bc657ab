"""Nordic nRF9160 and nRF9151 under the three applications that give them socket commands."""

from __future__ import annotations

import dataclasses
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.calls import CALLS
from nce_sim.modem.commands.capabilities import LISTS
from nce_sim.modem.line.editor import LineRules
from nce_sim.modem.line.results import ERROR
from nce_sim.modem.memory import LineSettings
from nce_sim.modem.personalities.nordic import (
    device,
    messages,
    ping,
    positioning,
    secure_commands,
    stream_handles,
    stream_old,
    stream_select,
)
from nce_sim.modem.personalities.nordic.memory import NordicNvm, NordicRam
from nce_sim.modem.personalities.nordic.messaging import NordicMessaging
from nce_sim.modem.personalities.nordic.sockets import NordicSockets
from nce_sim.modem.personalities.nordic.sources import SLM1_SOURCES, SLM2_SOURCES, SM_SOURCES
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import MessageStores, Personality, Sleep
from nce_sim.modem.registration import FULL
from nce_sim.modem.stored import BIT, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

CNEC = Stored("+CNEC", (0,), ((0, 24),))
EMM_ERRORS = 8  # of AT+CNEC (TS 27.007, 9.1b)
# service, roam, message: reports that are switched on; none is ever sent (a Thingy:91's log: S).
CIND = Stored("+CIND", (0, 0, 0), (BIT, BIT, BIT))
STORED = (CNEC, Stored("+CEMODE", (0,), ((0, 2),)), CIND)
# What the modem itself has not (D). `+CSQ` was not found in its guide. Neither calls nor a GSM
# network: there is nothing to dial, answer or register there (I).
MISSING = (
    *messages.MISSING,
    *("I", "E", "V", "Q", "X", "&F", "Z", "&W", "&V", "&C", "&D", "S0", "S3", "S4", "S5"),
    *("+CREG", "+CGREG", "+CSQ", "+CNUM"),
    *CALLS,
)
# SLM passes on what it does not know itself; Serial Modem knows ATE0 and ATE1.
PASSED_ON = "([+%#].*)?"


PSM = 1  # <type> of %XMODEMSLEEP


class Nrf91Hooks(StandardHooks):
    """What an nRF91 does on its own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        mode = modem.nvm.of(NordicNvm).system_mode
        return bool({"LTE-M": mode.lte_m, "NB-IoT": mode.nb_iot}.get(cell.rat, 0))

    def entering_psm(self, modem: Modem) -> None:
        told = modem.ram.of(NordicRam).modem_sleep
        end_ms = modem.power_saving.periodic_update_ms
        if told is None or end_ms is None:
            return
        sleep_ms = end_ms - modem.clock.now_ms()
        if sleep_ms < told.threshold_ms:
            return
        modem.urc(f"%XMODEMSLEEP: {PSM},{sleep_ms}")

        def warn() -> None:
            is_the_same = modem.power_saving.periodic_update_ms == end_ms
            if modem.power_saving.is_asleep and is_the_same:
                modem.urc(f"%XMODEMSLEEP: {PSM},{told.warning_ms}")

        if 0 < told.warning_ms < sleep_ms:
            modem.later(sleep_ms - told.warning_ms, warn)

    def receiver_is_blocked(self, modem: Modem) -> bool:
        # D: one radio; with LTE on it needs PSM or eDRX "to give the GNSS receiver the time".
        if modem.radio.function != FULL or modem.power_saving.is_asleep:
            return False
        saving = modem.power_saving
        return saving.granted_edrx is None or saving.is_connected

    def left_psm(self, modem: Modem) -> None:
        if modem.ram.of(NordicRam).modem_sleep is not None:
            modem.urc(f"%XMODEMSLEEP: {PSM},0")

    def last_cause(self, modem: Modem) -> str:
        return f'"{modem.ram.of(NordicRam).last_failure or "OTHER 0"}"'

    def refused(self, modem: Modem) -> None:
        assert modem.radio.reject is not None
        cause = modem.radio.reject[1]
        modem.ram.of(NordicRam).last_failure = f"EMM {cause}"
        if modem.stored(CNEC)[0] & EMM_ERRORS:
            modem.urc(f"+CNEC_EMM: {cause}")


NRF91_SLM1 = Personality(
    name="nrf91-slm1",
    manufacturer="Nordic Semiconductor ASA",
    model="nRF9160-SICA",
    short_model="nRF9160 SICA B0A",  # AT%HWVERSION
    revision="mfw_nrf9160_1.2.3",
    short_revision="nrf9160_1.2.3",  # AT%SHORTSWVER
    imei_tac="35265610",
    sources=SLM1_SOURCES,
    commands=STANDARD.without(*MISSING).joined(
        stored_commands(STORED),
        LISTS,
        device.COMMANDS,
        messages.COMMANDS,
        stream_old.COMMANDS,
        ping.COMMANDS,
        positioning.SLM.commands,
    ),
    make_messaging=NordicMessaging,
    messages=MessageStores((("MT", 0),)),
    hooks=Nrf91Hooks(),
    make_sockets=partial(NordicSockets, first_id=1, most=1),
    make_ram=NordicRam,
    make_nvm=NordicNvm,
    boot_ms=1_200,
    boot_banner=((0, "Ready"),),
    sim_ready_ms=500,
    power_down_text="",
    power_down_ms=300,
    # No power key: it starts with its supply. That a board wires its one line to nRESET, and that
    # any pulse there restarts the modem, is assumed: False leaves a host AT#XRESET alone.
    power_on_pulse_ms=0,
    power_off_pulse_ms=1_000_000,
    key_resets=True,
    reset_silence_ms=200,
    access_technologies=MappingProxyType({"LTE-M": 7, "NB-IoT": 9}),
    line_settings=LineSettings(echo=0, error_format=0),
    start_function=0,
    answer_ms=3,
    line_limit=4096,
    # S: its build has CR and LF, and a CR alone ends nothing; other builds have one of them:
    # dataclasses.replace(NRF91_SLM1, line_rules=LineRules(b"\r", PASSED_ON, True)).
    line_rules=LineRules(b"\r\n", PASSED_ON, foreign_lines_are_errors=True),
    urcs_in_data_mode_are_lost=True,  # S
    scan_has_tail=False,
    argument_cme=None,
    abort_result=ERROR,
    attach_cid=0,
    most_cmee=1,
    sim_errors_are_bare=True,
    banner_is_bare=True,
    functions=(0, 1, 4, 20, 21, 30, 31, 40, 41, 44),
    sleep=Sleep(boots=False, uart_sleeps=False),
    secret_commands=frozenset({"+CPIN", "+CLCK", "+CPWD", "%CMNG"}),
)

NRF91_SLM2 = dataclasses.replace(
    NRF91_SLM1,
    name="nrf91-slm2",
    revision="mfw_nrf9160_1.3.6",
    short_revision="nrf9160_1.3.6",
    sources=SLM2_SOURCES,
    commands=STANDARD.without(*MISSING).joined(
        stored_commands(STORED),
        LISTS,
        device.COMMANDS,
        messages.COMMANDS,
        messages.APPLICATION,
        stream_select.COMMANDS,
        ping.COMMANDS,
        positioning.SLM.commands,
        secure_commands.SELECT_COMMANDS,
    ),
    make_sockets=partial(NordicSockets, first_id=1, most=8),
)

NRF91_SM = dataclasses.replace(
    NRF91_SLM2,
    name="nrf91-sm",
    model="nRF9151-LACA",
    short_model="nRF9151 LACA B0A",
    revision="mfw_nrf91x1_2.0.2",
    short_revision="nrf91x1_2.0.2",
    imei_tac="35935513",
    sources=SM_SOURCES,
    commands=STANDARD.without(*(name for name in MISSING if name != "E")).joined(
        stored_commands(STORED),
        LISTS,
        device.COMMANDS,
        messages.COMMANDS,
        messages.APPLICATION,
        stream_handles.COMMANDS,
        ping.COMMANDS,
        positioning.SERIAL_MODEM.commands,
        secure_commands.HANDLE_COMMANDS,
    ),
    line_limit=8192,
    line_rules=LineRules(b"\r", f"[Ee][01]|{PASSED_ON}"),
    line_feed_enters_data_mode=True,  # I
    urcs_in_data_mode_are_lost=False,
    make_sockets=partial(NordicSockets, first_id=0, most=8, tells_in_data_mode=True),
    receive_urc="#XAPOLL",
)
