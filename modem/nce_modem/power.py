"""From any state to a modem that answers and is set up.

AT is sent a few times. A silent modem may be in a prompt, in data mode or within a quote, where an
earlier owner left it; the bytes that end these are sent. Then the power key is pressed as long as
switching on takes, then as long as switching off takes, and so on: one key does both, and a modem
that hangs must be switched off first. In between `line_rate` looks for it at other rates. The
whole procedure has a bound.
"""

import asyncio

from nce_modem.at.command import Command
from nce_modem.errors import CommandFailed, CommandTimeout, ModemReset
from nce_modem.waiting import wait_event

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


TRIES = 3  # a restart, or a refusal while the modem still boots, begins the set-up again
FIRST_PROBES = 2
# ESC ends the prompt of a short message (TS 27.005, 3.5.1), +++ the data mode of Nordic's SLM.
RELEASE = b"\x1b+++"
# An odd quote hides all line ends from Nordic's applications. Each silent round sends one more: a
# quote too many, to a modem that had none open, is ended by that of the next round.
QUOTE = b'"'
RESTART_S = 2  # from the answer to a restart to the first question
# Only its bytes end a prompt that counts. They go to the peer of an earlier owner, so this
# is tried only where there is no power key; with ESC, which means nothing before a command.
MOST_COUNTED = 1500
AT_ONCE = 250  # bytes of them; a heap may have no more in one piece
# An earlier owner may have set results to numbers (V0), or switched them off (Q1).
PROBES = ("AT", "ATQ0V1")
# The line of a set-up that takes back an earlier request for PSM.
NO_PSM = "?AT+CPSMS=0"


async def run(modem: "Modem") -> None:
    """Wake the modem and run its family's set-up; leaves `model` and `revision`.

    Raises `ModemSilent` when it never answers, else what the last try raised.
    """
    for left in range(TRIES, 0, -1):
        try:
            await _wake(modem)
            await _set_up(modem)
            if "rate" in modem.link.memory or getattr(modem.board, "rtscts", False):
                from nce_modem.line_rate import settle

                await settle(modem)
            modem.unload("line_rate")
            return
        except (ModemReset, CommandFailed, CommandTimeout):
            if left == 1:
                raise
        await asyncio.sleep(modem.family.profile.sync_gap_ms / 1000)


async def restart(modem: "Modem", text: str, what: str) -> None:
    """Restart the modem by the command `text`, for the sake of `what`, and set it up again."""
    try:
        await modem.family.ask(modem.link, text, survives_reset=True)
    except CommandTimeout:
        pass  # it was quick
    modem.lose_everything("restart for " + what)
    # Until it is down: it may answer for a moment yet.
    modem.link.heard.clear()
    await asyncio.sleep(RESTART_S)
    await run(modem)
    modem.is_ready = True


async def _wake(modem: "Modem") -> None:
    profile = modem.family.profile
    deadline_ms = modem.now_ms() + profile.power_on_ms
    modem.link.received = bytearray()
    if await _answers(modem, FIRST_PROBES, deadline_ms):
        return
    await _end(modem, RELEASE)
    probes, most_counted = 1, MOST_COUNTED
    pulse_ms, other_ms = profile.power_pulse_ms, profile.power_off_pulse_ms
    while not await _answers(modem, probes, deadline_ms):
        await _end(modem, QUOTE)
        if await _answers(modem, 1, deadline_ms):
            return
        is_over = modem.now_ms() >= deadline_ms
        if is_over or hasattr(modem.board, "baudrate"):
            from nce_modem.line_rate import found_elsewhere

            if await found_elsewhere(modem, is_over, probes > 1):
                return
        if modem.board.power_key is not None:
            await press_power_key(modem, pulse_ms)
            pulse_ms, other_ms = other_ms, pulse_ms
        elif most_counted:
            for _ in range(0, most_counted, AT_ONCE):
                await modem.link.write(b"\x1b" * AT_ONCE, "ESC")
            await _end(modem, b"")
            most_counted = 0
        probes = max(1, profile.boot_wait_ms // (profile.probe_timeout_ms + profile.sync_gap_ms))


async def _end(modem: "Modem", data: bytes) -> None:
    """Send what ends a state in which an earlier owner left the modem."""
    modem.link.heard.clear()
    await modem.link.write(data + modem.family.profile.dialect.end, "the end of a prompt or quote")
    await wait_event(modem.link.heard, modem.family.profile.sync_gap_ms)


async def press_power_key(modem: "Modem", pulse_ms: int) -> None:
    """Press the key for `pulse_ms`; everything that the modem held counts as lost."""
    if modem.is_ready:
        modem.lose_everything("power key")
    modem.is_off = False
    modem.board.power_key(True)  # type: ignore[misc]
    try:
        await asyncio.sleep((pulse_ms + 1) / 1000)  # a board's sleep may be 1 ms shorter
    finally:
        modem.board.power_key(False)  # type: ignore[misc]


async def _answers(modem: "Modem", probes: int, deadline_ms: int) -> bool:
    """Whether the modem answers one of `probes` ATs; False once it says that it switches off."""
    for number in range(probes):
        modem.link.heard.clear()
        try:
            await modem.link.run(
                Command(
                    PROBES[number % 2],
                    timeout_ms=modem.family.profile.probe_timeout_ms,
                    drains=False,
                    survives_reset=True,
                    expects=(),
                )
            )
            return True
        except (CommandFailed, CommandTimeout):
            pass
        if modem.now_ms() >= deadline_ms or modem.is_off:
            return False
        await wait_event(modem.link.heard, modem.family.profile.sync_gap_ms)
    return False


async def _set_up(modem: "Modem") -> None:
    family = modem.family
    for text in family.profile.setup:
        if modem.keeps_psm and text == NO_PSM:
            continue
        try:
            await family.ask(modem.link, text.lstrip("?"))
        except CommandFailed:
            if text[0] != "?":
                raise
    modem.model = await first_line(modem, "AT+CGMM")
    modem.revision = await first_line(modem, "AT+CGMR")
    modem.family = await family.refine(modem.link, modem.model, modem.revision)
    modem.link.family_changed(modem.family)
    if not modem.sockets:
        await modem.family.close_stale_sockets(modem.link)


async def first_line(modem: "Modem", text: str) -> str:
    """The first line of an answer without its prefix, "" when there is none."""
    values = await modem.family.ask_fields(modem.link, text)
    return ",".join(values[0]) if values else ""
