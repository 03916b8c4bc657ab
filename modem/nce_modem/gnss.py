"""The position of the device, by the satellite receiver of its modem.

    from nce_modem.gnss import NoFix, locate
    fix = await locate(modem, timeout_s=180)
    fix.latitude, fix.longitude         # "56.921371", "24.096416": degrees as text, see `Fix`

Most modems share one radio between the receiver and LTE: `locate` switches LTE off there and on
again, whatever happens meanwhile. Its sockets are dead then: `attach()` again, which is quick.
Loaded only when asked for; the commands are a family's part, named by `Profile.gnss`.
"""

import asyncio
from collections import namedtuple

from nce_modem.decimal_text import checked
from nce_modem.errors import CommandFailed, CommandTimeout, ModemError, PdpLost, UsageError
from nce_modem.families import load

# Text as the modem gave it, or None where it gives none; `utc` is "2026-01-01 12:00:00.000".
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Any,
        Callable,
        Family,
        Link,
        Modem,
        NamedTuple,
        Sequence,
        Transcript,
        Urc,
    )

    class Fix(NamedTuple):
        latitude: str  # decimal degrees, south is negative
        longitude: str  # west is negative
        altitude_m: str | None
        speed_mps: str | None
        course_deg: str | None
        utc: str | None
        satellites: int | None  # used, or in view where the modem tells only those
        hdop: str | None
        accuracy_m: str | None

else:
    Fix = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Fix",
        (
            "latitude", "longitude", "altitude_m", "speed_mps", "course_deg", "utc", "satellites",
            "hdop", "accuracy_m",
        ),
    )  # fmt: skip

# The class that `Profile.gnss` names, and its module; here, as few families are in use at once.
ROOMS = {
    "Quectel": "quectel_gnss",
    "Sim7000": "simcom_gnss",
    "Sim7080": "simcom_gnss",
    "A76xx": "simcom_gnss",
    "Sim7600": "simcom_gnss",
    "SerialModem": "nordic_gnss",
    "Slm": "nordic_gnss",
    "Gm02sp": "sequans_gnss",
    "Ublox": "ublox_gnss",
}
LOOK_MS = 1000  # between two questions for a fix


class NoFix(ModemError):
    """There was no fix in time; `satellites` were seen, None where the modem does not say."""

    def __init__(
        self,
        message: str,
        satellites: "int | None" = None,
        transcript: "Transcript | None" = None,
    ) -> None:
        super().__init__(message, transcript)
        self.satellites = satellites


class Receiver:
    """The hooks of a family's receiver; `satellites` were seen with the last look.

    `radio_off` is the command that switches LTE off for it, "" where both work at once.
    """

    radio_off = ""

    def __init__(self, family: "Family", link: "Link") -> None:
        self.family = family
        self.link = link
        self.satellites: "int | None" = None

    async def prepare(self) -> None:
        """What has to be done while LTE is still on."""

    async def begin(self) -> None:
        """Switch the receiver on."""

    async def wait(self, timeout_ms: int) -> "Fix | None":
        """A fix; None when there was none for `timeout_ms`. Here: by asking again and again."""
        while timeout_ms > 0:
            fix = await self.look()
            if fix is not None:
                return fix
            pause_ms = min(LOOK_MS, timeout_ms)
            await asyncio.sleep(pause_ms / 1000)
            timeout_ms -= pause_ms
        return None

    async def told(
        self, text: str, result: "Callable[[Urc], Any]", timeout_ms: int
    ) -> "Fix | None":
        """Run a command, then await what `result` makes of an unsolicited line: a `Fix`, or "" for
        the end without one."""
        command = self.family.command(text, is_idempotent=False)
        try:
            return await self.link.run_until(command, result, timeout_ms) or None
        except CommandTimeout:
            if self.link.is_silent:
                raise
            return None  # lines get lost

    async def look(self) -> "Fix | None":
        """The fix that the modem has now; None for none, and for an answer that is no position."""
        raise NotImplementedError

    def ending(self) -> "Sequence[str]":
        """The commands that switch it off; they may be refused when it is off already."""
        return ()


def optional(text: str, limit: int = 100_000) -> "str | None":
    """A field that is a number, None for any other text."""
    return checked(text, limit)


def utc_of(date: str, clock: str) -> "str | None":
    """`yyyymmdd` and `hhmmss.sss` as "yyyy-mm-dd hh:mm:ss.sss"; None when they are no time."""
    seconds, point, fraction = clock.partition(".")
    digits = date + seconds
    if len(date) != 8 or len(digits) != 14 or checked(digits + point + fraction, 10**14) is None:
        return None
    month, day, hour, minute, second = [int(digits[at : at + 2]) for at in range(4, 14, 2)]
    if not (0 < month < 13 and 0 < day < 32 and hour < 24 and minute < 60 and second < 61):
        return None
    return "%s-%s-%s %s:%s:%s%s%s" % (
        date[:4], date[4:6], date[6:], clock[:2], clock[2:4], seconds[4:], point, fraction
    )  # fmt: skip


def fix_of(latitude: "str | None", longitude: "str | None", *more: "Any") -> "Fix | None":
    """A `Fix` of degrees and the other fields in its order; None unless both are on the earth."""
    if latitude is None or longitude is None:
        return None
    latitude, longitude = checked(latitude, 90), checked(longitude, 180)
    if latitude is None or longitude is None:
        return None
    return Fix(latitude, longitude, *more)


async def locate(modem: "Modem", timeout_s: int = 180, keeps_lte: bool = False) -> "Fix":
    """A `Fix`, at the latest after `timeout_s`; the receiver is off again afterwards.

    A cold start takes half a minute under an open sky and for ever indoors. `keeps_lte` leaves
    LTE as it is: where both share a radio, a fix then needs a modem that sleeps (PSM, eDRX).
    Raises `NoFix`; `UsageError` where the family has no receiver; any error of the line.
    """
    if not 0 < timeout_s <= 3600:
        raise UsageError("timeout_s=%r; wait 1 to 3600 seconds for a fix" % (timeout_s,))
    if not modem.is_ready:
        await modem.power_on()
    profile = modem.family.profile
    if not profile.gnss:
        message = "%s has no satellite receiver; connect one to the board, such as by a UART"
        raise UsageError(message % profile.name)
    receiver: "Receiver" = load(ROOMS[profile.gnss], profile.gnss)(modem.family, modem.link)
    # Nobody attaches meanwhile: that would switch LTE on.
    async with modem._attach_lock:
        return await _locate(modem, receiver, timeout_s, keeps_lte)


async def _locate(modem: "Modem", receiver: "Receiver", timeout_s: int, keeps_lte: bool) -> "Fix":
    generation = modem.generation
    give_back: "list[str]" = []
    try:
        if receiver.radio_off and not keeps_lte:
            await receiver.prepare()
            await _radio_off(modem, receiver.radio_off, give_back)
        await receiver.begin()
        fix = await receiver.wait(timeout_s * 1000)
    except CommandFailed as error:
        message = "the receiver did not start: %s%s" % (error, "; LTE is on" if keeps_lte else "")
        raise NoFix(message, receiver.satellites, modem.link.channel.transcript)
    finally:
        if modem.generation == generation:  # a restart has switched all of it off
            await _run_all(receiver, list(receiver.ending()) + give_back)
    if fix is None:
        seen = receiver.satellites
        message = "no fix in %d s%s; go where the sky is open" % (
            timeout_s, "" if seen is None else ", with %d satellites seen" % seen
        )  # fmt: skip
        if receiver.radio_off and keeps_lte:
            message += "; LTE may have had the radio all the time: leave keeps_lte out"
        raise NoFix(message, seen, modem.link.channel.transcript)
    return fix


async def _radio_off(modem: "Modem", command: str, give_back: "list[str]") -> None:
    """Switch LTE off, unless it is; `give_back` gets the command that undoes it, first of all."""
    family, link = modem.family, modem.link
    level = await family.ask_fields(link, "AT+CFUN?")
    if not level or level[-1][0] != "1":
        return
    give_back.append("AT+CFUN=1")
    # Before the modem tells of each socket that it closes.
    modem._lose_sockets(PdpLost, "lost its bearer: LTE is off for the satellite receiver")
    modem.address = None
    modem.context_is_stale = True
    await family.ask(link, command)
    modem.registrations.forget()


async def _run_all(receiver: "Receiver", commands: "list[str]") -> None:
    """Run all commands, also after an error of the line, which is raised in the end."""
    failure: "ModemError | None" = None
    for text in commands:
        try:
            await receiver.family.ask(receiver.link, text)
        except CommandFailed as error:
            if text.startswith("AT+CFUN"):
                failure = error
        except CommandTimeout as error:
            failure = error
    if failure is not None:
        raise failure
