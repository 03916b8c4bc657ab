"""Nordic nRF9160 and nRF9151 under the three applications that give them socket commands."""

from __future__ import annotations

import dataclasses
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.commands import STANDARD, stored_commands
from nce_sim.modem.commands.calls import CALLS
from nce_sim.modem.commands.capabilities import LISTS
from nce_sim.modem.line.results import ERROR
from nce_sim.modem.memory import LineSettings
from nce_sim.modem.personalities.nordic import (
    device,
    handle_sockets,
    old_sockets,
    ping,
    secure_commands,
    select_sockets,
)
from nce_sim.modem.personalities.nordic.memory import NordicNvm, NordicRam
from nce_sim.modem.personalities.nordic.sockets import NordicSockets
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import Personality, Sleep
from nce_sim.modem.power_saving import T3412_EXTENDED_UNITS_S, timer_ms
from nce_sim.modem.stored import BIT, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

# service, roam, message: reports that are switched on; none is ever sent (a Thingy:91's log: S).
CIND = Stored("+CIND", (0, 0, 0), (BIT, BIT, BIT))
STORED = (
    Stored("+CNEC", (0,), ((0, 24),)),
    Stored("+CEMODE", (0,), ((0, 2),)),
    CIND,
)
# Neither calls nor a GSM network: there is nothing to dial, answer or register there.
ABSENT = ("I", "+CREG", "+CGREG", "+CNUM", *CALLS)


class Nrf91Hooks(StandardHooks):
    """What an nRF91 does on its own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        mode = modem.nvm.of(NordicNvm).system_mode
        return bool({"LTE-M": mode.lte_m, "NB-IoT": mode.nb_iot}.get(cell.rat, 0))

    def entering_psm(self, modem: Modem) -> None:
        if modem.ram.of(NordicRam).modem_sleep:
            granted = modem.power_saving.granted_psm
            ms = timer_ms(granted[0], T3412_EXTENDED_UNITS_S) if granted else 0
            modem.urc(f"%XMODEMSLEEP: 1,{ms or 0}")

    def left_psm(self, modem: Modem) -> None:
        if modem.ram.of(NordicRam).modem_sleep:
            modem.urc("%XMODEMSLEEP: 1,0")


NRF91_SLM1 = Personality(
    name="nrf91-slm1",
    manufacturer="Nordic Semiconductor ASA",
    model="nRF9160-SICA",
    short_model="nRF9160 SICA B0A",  # AT%HWVERSION
    revision="mfw_nrf9160_1.2.3",
    short_revision="nrf9160_1.2.3",  # AT%SHORTSWVER
    imei_tac="35265610",
    commands=STANDARD.joined(
        stored_commands(STORED), LISTS, device.COMMANDS, old_sockets.COMMANDS, ping.COMMANDS
    ).without(*ABSENT),
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
    argument_cme=None,
    abort_result=ERROR,
    attach_cid=0,
    most_cmee=1,
    bare_error_prefixes=("#",),
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
    commands=STANDARD.joined(
        stored_commands(STORED),
        LISTS,
        device.COMMANDS,
        select_sockets.COMMANDS,
        ping.COMMANDS,
        secure_commands.SELECT_COMMANDS,
    ).without(*ABSENT),
    make_sockets=partial(NordicSockets, first_id=1, most=8),
    most_cmee=2,
)

NRF91_SM = dataclasses.replace(
    NRF91_SLM2,
    name="nrf91-sm",
    model="nRF9151-LACA",
    short_model="nRF9151 LACA B0A",
    revision="mfw_nrf91x1_2.0.2",
    short_revision="nrf91x1_2.0.2",
    imei_tac="35935513",
    commands=STANDARD.joined(
        stored_commands(STORED),
        LISTS,
        device.COMMANDS,
        handle_sockets.COMMANDS,
        ping.COMMANDS,
        secure_commands.HANDLE_COMMANDS,
    ).without(*ABSENT),
    make_sockets=partial(NordicSockets, first_id=0, most=8),
    receive_urc="#XAPOLL",
)
