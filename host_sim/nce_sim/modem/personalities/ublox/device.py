"""u-blox's commands about the device: identity, profile, radio, power.

ATI +CCID +UMNOPROF +URAT +UBANDMASK +UPSV +UPSMR +CPWROFF +CSGT +UPSD +UPSDA +UPSND
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.commands.packet import activate_context
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.ublox.memory import UbloxNvm, UbloxRam
from nce_sim.modem.personalities.ublox.sockets import NOT_ALLOWED, sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import FULL, Selection

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()
PROFILES = CommandTable()  # of the modems with PSD profiles: SARA-R422 and SARA-R5
FORCED = CommandTable()  # SARA-R422

ACTIVATE_MS = 400
UART_SLEEP_MS = 6_000
FRAME_US, DEFAULT_FRAMES = 4_615, 2_000  # a GSM frame; 2000 of them are 9.2 s
RATS = {"LTE-M": 7, "NB-IoT": 8, "2G": 9}  # as AT+URAT numbers them


@COMMANDS.add("I")
def identification(modem: Modem, command: Command) -> None:
    """`ATI`: manufacturer, model, revision, IMEI; `ATI9` the versions."""
    personality = modem.personality
    if command.text == "9":
        modem.info(f"{personality.revision},A02.00")
        return
    for line in (personality.manufacturer, personality.model, personality.revision, modem.imei):
        modem.info(line)


@COMMANDS.add("+CCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT+CCID`: twenty digits, without quotes."""
    if command.form is not Form.TEST:
        modem.info(f"+CCID: {ready_sim(modem).iccid_with_luhn}")


@COMMANDS.add("+UMNOPROF")
def operator_profile(modem: Modem, command: Command) -> None:
    """`AT+UMNOPROF`: the operator's profile; while deregistered, for the next start (S)."""
    if command.form is Form.READ:
        modem.info(f"+UMNOPROF: {modem.nvm.of(UbloxNvm).operator_profile}")
    elif command.form is Form.SET:
        profile = command.arguments.integer(0, 0, 255)
        if modem.radio.is_registered:
            modem.mistake("UMNOPROF while registered")
            raise CommandFailed(NOT_ALLOWED)
        modem.nvm.of(UbloxNvm).operator_profile = profile
    elif command.form is Form.TEST:
        modem.info("+UMNOPROF: (0-6,8,19,28,31,32,90,100)")
    else:
        raise CommandFailed()


@COMMANDS.add("+URAT")
def access_technologies(modem: Modem, command: Command) -> None:
    """`AT+URAT`: which to look for after the next start; not in profile 0, with the radio off."""
    if command.form is Form.TEST:
        modem.info("+URAT: (7,8,9),(7,8,9),(7,8,9)")
        return
    if modem.ram.of(UbloxRam).operator_profile == 0:
        modem.mistake("URAT under profile 0")
        raise CommandFailed(NOT_ALLOWED)
    if command.form is Form.READ:
        modem.info(f"+URAT: {','.join(map(str, modem.nvm.of(UbloxNvm).rats))}")
        return
    arguments = command.set_arguments
    wanted = tuple(arguments.integer(i, 7, 9) for i in range(len(arguments)))
    if modem.radio.function == FULL and modem.radio.selection is not Selection.DEREGISTERED:
        modem.mistake("URAT while the radio is on")
        raise CommandFailed(NOT_ALLOWED)
    modem.nvm.of(UbloxNvm).rats = wanted


@COMMANDS.add("+UBANDMASK")
def bands(modem: Modem, command: Command) -> None:
    """`AT+UBANDMASK=<rat>,<mask>`: kept, without an effect."""
    masks = modem.nvm.of(UbloxNvm).band_masks
    if command.form is Form.READ:
        modem.info("+UBANDMASK: " + ",".join(f"{rat},{mask}" for rat, mask in masks.items()))
    elif command.form is Form.SET:
        masks[command.arguments.integer(0, 0, 1)] = command.arguments.integer(1, 0, 1 << 64)
    else:
        raise CommandFailed()


@COMMANDS.add("+UPSV")
def uart_saving(modem: Modem, command: Command) -> None:
    """`AT+UPSV`: 4 lets the UART sleep after 6 s (S); what wakes it is lost."""
    if command.form is Form.TEST:
        modem.info("+UPSV: (0,4)")
    else:
        _save_uart(modem, command, {0: None, 4: UART_SLEEP_MS})


@PROFILES.add("+UPSV")
def uart_saving_by_frames(modem: Modem, command: Command) -> None:
    """`AT+UPSV`: SARA-R5 has `1,<frames>` and 3, by DTR, too (S); DTR is always on here."""
    if command.form is Form.TEST:
        modem.info("+UPSV: (0,1,3,4),(40-65000)")
        return
    by_mode: dict[int, int | None] = {0: None, 3: None, 4: UART_SLEEP_MS}
    if command.form is Form.SET and command.arguments.values[:1] == ["1"]:
        frames = command.arguments.integer(1, 40, 65_000, default=DEFAULT_FRAMES)
        by_mode[1] = frames * FRAME_US // 1_000
    _save_uart(modem, command, by_mode)


def _save_uart(modem: Modem, command: Command, by_mode: dict[int, int | None]) -> None:
    ram = modem.ram.of(UbloxRam)
    if command.form is Form.READ:
        modem.info(f"+UPSV: {','.join(map(str, ram.uart_saving))}")
        return
    arguments = command.set_arguments
    mode = arguments.integer(0, 0, 4)
    if mode not in by_mode:
        raise ArgumentMistake(f"UPSV={mode} is none of {tuple(by_mode)}")
    frames = (arguments.integer(1, 40, 65_000, default=DEFAULT_FRAMES),) if mode == 1 else ()
    arguments.at_most(2 if mode == 1 else 1)
    ram.uart_saving = (mode, *frames)
    modem.ram.uart_sleep_ms = by_mode[mode]


@COMMANDS.add("+CPWROFF")
def power_down(modem: Modem, command: Command) -> None:
    """`AT+CPWROFF`: OK, then off."""
    if command.form is not Form.TEST:
        modem.later(10, modem.power_down)


@COMMANDS.add("+CSGT")
def greeting(modem: Modem, command: Command) -> None:
    """`AT+CSGT=1,"text"`: a line to say after every boot."""
    if command.form is Form.READ:
        text = modem.nvm.greeting
        modem.info(f'+CSGT: {int(text is not None)},"{text or ""}"')
    elif command.form is Form.SET:
        is_on = command.arguments.integer(0, 0, 1)
        modem.nvm.greeting = str(command.arguments.text(1)) if is_on else None


@PROFILES.add("+UPSD")
def profile_settings(modem: Modem, command: Command) -> None:
    """`AT+UPSD=0,<tag>,<value>`: a profile; not while it is active."""
    arguments = command.set_arguments
    arguments.integer(0, 0, 6)
    settings = modem.ram.of(UbloxRam).psd_profile
    if len(arguments) == 1:
        for tag, value in sorted(settings.items()):
            modem.info(f"+UPSD: 0,{tag},{value}")
        return
    tag = arguments.integer(1, 0, 255)
    if len(arguments) == 2:
        modem.info(f"+UPSD: 0,{tag},{settings.get(tag, '0')}")
        return
    if sockets_of(modem).profile_is_active:
        modem.mistake("UPSD while the profile is active")
        raise CommandFailed(NOT_ALLOWED)
    settings[tag] = arguments.values[2]


@PROFILES.add("+UPSDA")
def profile_action(modem: Modem, command: Command) -> Steps:
    """`AT+UPSDA=0,3` activates: OK, then `+UUPSDA` with the address; 4 deactivates."""
    arguments = command.set_arguments
    arguments.integer(0, 0, 6)
    action = arguments.integer(1, 0, 5)
    store = sockets_of(modem)
    if action == 3:
        if store.profile_is_active or modem.radio.session is None:
            raise CommandFailed(NOT_ALLOWED)
        if modem.ram.of(UbloxRam).psd_profile[100] != "1":
            modem.mistake("UPSDA before UPSD=0,100,1")
            raise CommandFailed(NOT_ALLOWED)
        modem.later(ACTIVATE_MS, lambda: _activated(modem))
    elif action == 4:
        if not store.profile_is_active:
            raise CommandFailed(NOT_ALLOWED)
        yield Pause(ACTIVATE_MS)
        store.profile_is_active = False
        store.by_id.clear()
        store.streams.abort_all()
    return None


@FORCED.add("+CGACT")
def activate_context_for_profile(modem: Modem, command: Command) -> Steps:
    """`AT+CGACT=1,<cid>`: a SARA-R422 wants it, though the context shows active (S)."""
    yield from activate_context(modem, command)
    if command.form is Form.SET:
        modem.ram.of(UbloxRam).context_was_activated = bool(command.arguments.integer(0, 0, 1))
    return None


@FORCED.add("+UPSDA")
def profile_action_behind_context(modem: Modem, command: Command) -> Steps:
    """`AT+UPSDA`: refused before `AT+CGACT=1`; that it is an ERROR is inferred."""
    is_activation = command.set_arguments.values[1:2] == ["3"]
    if is_activation and not modem.ram.of(UbloxRam).context_was_activated:
        modem.mistake("UPSDA before CGACT=1")
        raise CommandFailed(NOT_ALLOWED)
    return (yield from profile_action(modem, command))


def _activated(modem: Modem) -> None:
    host = modem.radio.host
    if host is None:
        modem.urc("+UUPSDA: 30")
        return
    sockets_of(modem).profile_is_active = True
    modem.urc(f'+UUPSDA: 0,"{host}"')


@PROFILES.add("+UPSND")
def profile_status(modem: Modem, command: Command) -> None:
    """`AT+UPSND=0,0` the address, `=0,8` whether the profile is active."""
    arguments = command.set_arguments
    arguments.integer(0, 0, 6)
    tag = arguments.integer(1, 0, 8)
    is_active = sockets_of(modem).profile_is_active
    if tag == 8:
        modem.info(f"+UPSND: 0,8,{int(is_active)}")
    elif tag == 0:
        modem.info(f'+UPSND: 0,0,"{modem.radio.host if is_active else "0.0.0.0"}"')
    else:
        raise ArgumentMistake(f"UPSND has no tag {tag} here")
