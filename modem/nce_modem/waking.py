"""Waking a modem that is known, with few commands: what it keeps over its sleep is asked for, and
not set again.

    is_up = await run(modem, 'AT+CPSMS=1,,,"00111000","00000010"', None)

What a boot loses is set on one line (V.250, 5.2.1; Quectel, SIMCom and u-blox document it), with
the questions that show whether this is the modem that fell asleep: the PSM request, then its card
and its APN. The registration comes by unsolicited result. Nordic's and Sequans' modems lose
nothing in PSM, so they are asked for what a loss of power would have changed. Anything unexpected
ends in False: the modem is then set up and attached as after any start.
"""

import asyncio

from nce_modem import progress
from nce_modem.at import syntax
from nce_modem.at.command import Command, is_digits
from nce_modem.at.parameter import apn, is_address
from nce_modem.errors import CommandFailed, ModemError
from nce_modem.registering import is_context, welcome
from nce_modem.waiting import wait_event

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Answer, Modem


# By `Profile.radio`: what a boot loses, besides the echo, the numbers of errors and +CEREG. UPSV
# and UDCONF come back as an earlier owner stored them by AT&W.
SET_UPS = {
    "quectel": "+QISDE=0",
    "simcom": "+CPSMSTATUS=1",
    "ublox": "+UPSV=0;+UDCONF=1,0;+CGEREP=1",
}
SET_UP = "ATE0+CMEE=1;%s;+CPSMS?;+CEREG=2"
# Modems that keep all of it. A start would have put the number of +CEREG back to 0.
KEEPING = ("nordic", "sequans")
TRIES = 3  # of the first line, while the modem still boots
SET_UP_MS = 2000
POLL_MS = 3000  # of the registration, as its unsolicited result may be lost
UPDATE_MS = 20_000  # as in `nce_modem.attach`


async def run(modem: "Modem", psm: "str | None", edrx: "str | None") -> bool:
    """Whether the modem is awake and attached as before; False leaves it to be set up.

    psm, edrx: the commands that asked for them, or None.
    """
    was_ready = modem.is_ready
    try:
        await modem.link.open(modem.board)
        profile = modem.family.profile
        is_up = False
        if modem.is_ready:
            is_up = not modem.context_is_stale  # `PowerSaving` has asked for its registration
        elif profile.radio in KEEPING:
            is_up = await _goes_on(modem)
        elif profile.radio in SET_UPS and modem.iccid is not None:
            is_up = await _boots(modem, SET_UP % SET_UPS[profile.radio], psm, edrx)
        if is_up and await _registered(modem) and await _bears(modem, was_ready):
            modem.pace.succeed()
            return True
    except ModemError:
        pass  # the long way tells what it is
    modem.is_ready = modem.is_ready and was_ready
    return False


async def _goes_on(modem: "Modem") -> bool:
    """Of a modem that keeps all, after a sleep of the host: whether it did."""
    modem.registrations.forget()
    limit_ms = modem.family.profile.probe_timeout_ms
    answer = await modem.family.ask(modem.link, "AT+CEREG?", timeout_ms=limit_ms, drains=False)
    found = _fields(modem, answer, "+CEREG")
    modem.is_ready = bool(found) and found[0] != "0"
    return modem.is_ready


async def _boots(modem: "Modem", text: str, psm: "str | None", edrx: "str | None") -> bool:
    """Of a modem whose sleep ends with a start: whether it is the same one, and set up."""
    if await _answers(modem):
        text += ";+CEREG?"  # it may be registered, and tells of no change
    elif not await _starts(modem):
        return False
    if edrx is not None:
        text += ";" + edrx[2:]
    modem.registrations.forget()
    answer = None
    for _ in range(TRIES):
        try:
            answer = await modem.family.ask(
                modem.link, text, timeout_ms=SET_UP_MS, drains=False, survives_reset=True
            )
            break
        except CommandFailed:
            return False
        except ModemError:
            if not modem.link.is_open:
                raise
    if answer is None:
        return False
    asked, wanted = _fields(modem, answer, "+CPSMS"), []
    _fields(modem, answer, "+CEREG")
    if psm is not None:
        wanted = syntax.fields(psm.partition("=")[2])
        if asked[:1] != wanted[:1] or asked[-2:] != wanted[-2:]:
            return False
    modem.is_ready = True
    modem.link.memory["apn"] = apn(modem.apn)  # for SIM7000, which sets it with the bearer
    # The card has been read by then.
    return await _registered(modem) and await _is_same(modem)


async def _is_same(modem: "Modem") -> bool:
    """Whether card and APN are still the same."""
    profile = modem.family.profile
    text = profile.iccid_command + ";+CGDCONT?"
    lines = (await modem.family.ask(modem.link, text, accepts=is_digits)).lines
    return any(modem.iccid in line for line in lines) and any(  # type: ignore[operator]
        is_context(line, profile.cid, modem.apn) for line in lines
    )


def _fields(modem: "Modem", answer: "Answer", prefix: str) -> "list[str]":
    """The fields of the last line with this prefix; those of the registration are kept."""
    found: "list[str]" = []
    for line in answer.lines:
        name, text = syntax.split_prefix(line)
        if name == prefix:
            found = syntax.fields(text)
            if name == "+CEREG":
                modem.registrations.update(name, text)
    return found


async def _answers(modem: "Modem") -> bool:
    """Whether the modem is on: the key may switch one off that is."""
    limit_ms = modem.family.profile.probe_timeout_ms
    for _ in range(1 if modem.pace.wakes_registered else 2):  # it was seen to fall asleep, or not
        try:
            await modem.link.run(
                Command("AT", timeout_ms=limit_ms, drains=False, survives_reset=True, expects=())
            )
            return True
        except CommandFailed:
            return True
        except ModemError:
            if not modem.link.is_open:
                raise
    return False


async def _starts(modem: "Modem") -> bool:
    """Press the key of a modem that is asleep; whether it begins to speak."""
    profile, key = modem.family.profile, modem.board.power_key
    if key is None:
        return False
    modem.is_off = False
    modem.link.heard.clear()
    key(True)
    try:
        await asyncio.sleep(profile.power_pulse_ms / 1000)
    finally:
        key(False)
    is_heard = await wait_event(modem.link.heard, profile.boot_wait_ms)
    if is_heard:
        await asyncio.sleep(profile.sync_gap_ms / 1000)
    return is_heard


async def _registered(modem: "Modem") -> bool:
    """Wait for the end of an update; False when it takes longer, is denied, or is an attach."""
    latest = modem.registrations
    is_update = modem.pace.wakes_registered
    end_ms = modem.now_ms() + modem.limits_ms.get("update", UPDATE_MS)
    while True:
        modem.registration_heard.clear()
        if latest.registered is not None:
            welcome(modem, latest.registered)
            return True
        left_ms = end_ms - modem.now_ms()
        if latest.denied is not None:
            modem.pace.count(modem.now_ms())
            return False
        if not is_update or left_ms <= 0 or not modem.is_ready:
            return False
        if not await wait_event(modem.registration_heard, min(left_ms, POLL_MS)):
            _fields(modem, await modem.family.ask(modem.link, "AT+CEREG?"), "+CEREG")


async def _bears(modem: "Modem", was_ready: bool) -> bool:
    """Bring the IP bearer up; whether it has an address."""
    address = await modem.family.activate_context(modem.link)
    if not address or address == "0.0.0.0" or not is_address(address):
        return False
    if address != modem.address or not was_ready:
        modem.address = address
        modem.tell(progress.PdpActive(address))
    return True
