"""Sleep between two reports: PSM, eDRX, and telling the network that no data follows.

TS 23.682, 4.5.4 and 4.5.13; TS 27.007, 7.38 (+CPSMS), 7.40 (+CEDRXS), 7.41 (+CEDRXRDP).

    saving = PowerSaving(modem)
    await saving.request_psm(periodic_tau_s=86_400, active_time_s=10)
    await modem.attach()
    await saving.read_granted()         # Granted(periodic_tau_s, active_time_s), None when refused
    await saving.sleep(60_000)          # True once the modem is off
    await saving.wake()                 # answers again, attached, with the same requests

The network may grant less, more or nothing; roaming partners differ. In PSM the modem
receives nothing: the network may store data until it wakes. Sockets do not survive PSM.
"""

from collections import namedtuple

from nce_modem.at import syntax
from nce_modem.errors import CommandFailed, CommandTimeout, ModemReset, ModemSilent, UsageError
from nce_modem.families.family import ALWAYS_AWAKE, RAI, RELEASE
from nce_modem.progress import Noticed
from nce_modem.registration import is_read_answer
from nce_modem.timers import (
    LTE_M,
    NB_IOT,
    decode_active_time,
    decode_edrx_cycle,
    decode_paging_window,
    decode_periodic_tau,
    encode_active_time,
    encode_edrx_cycle,
    encode_periodic_tau,
)
from nce_modem.waiting import wait_event

# Seconds; None where the network gave nothing, which means no PSM when it is the active time.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, DatagramSocket, Link, Modem, NamedTuple, Urc

    class Granted(NamedTuple):
        periodic_tau_s: int | None
        active_time_s: int | None

    class Edrx(NamedTuple):
        act: int
        requested_ms: int | None
        cycle_ms: int | None
        window_ms: int | None

else:
    Granted = namedtuple("Granted", ("periodic_tau_s", "active_time_s"))  # type: ignore[no-redef,unused-ignore]
    # act: LTE_M or NB_IOT; milliseconds or None; a `cycle_ms` of None: the network gave no eDRX.
    Edrx = namedtuple("Edrx", ("act", "requested_ms", "cycle_ms", "window_ms"))  # type: ignore[no-redef,unused-ignore]

ASLEEP = ("+CPSMSTATUS", "+UUPSMR", "%XMODEMSLEEP")
UP_MS = 10_000  # after waking, for which it is known that the modem is attached
LOOK_MS = 1000  # between two looks at a pin that shows sleep


class PowerSaving:
    """The power saving that one modem asks the network for, and the result.

    From now on powering on leaves the modem's PSM setting alone (`Modem.keeps_psm`).
    """

    def __init__(self, modem: "Modem") -> None:
        self.modem = modem
        self._psm: "str | None" = None  # the +CPSMS command in force
        self._edrx: "str | None" = None
        self._told: "Granted | None" = None  # by +QPSMTIMER
        self._is_asleep = False
        self._has_slept = False  # since `wake`, and lost its sockets with it
        modem.keeps_psm = True
        modem.link.offer_urcs_to(self._take)

    def _take(self, urc: "Urc") -> bool:
        values = syntax.fields(urc.text)
        if urc.prefix == "+QPSMTIMER" and len(values) > 1:
            self._told = Granted(syntax.number(values[0]), syntax.number(values[1]))
            return True
        if urc.prefix == "+CPSMSTATUS":
            # "EXIT PSM" comes from a module that boots, perhaps without a banner.
            self._has_slept = True
            self._is_asleep = values[0].upper() == "ENTER PSM"
        elif urc.prefix == "+UUPSMR":
            # 2 is PSM put off by an application.
            self._is_asleep = values[0] == "1"
            self._has_slept = self._has_slept or self._is_asleep
        elif urc.prefix == "%XMODEMSLEEP":
            # A time of 0 ends it. The modem answers meanwhile, and keeps its sockets.
            self._is_asleep = values[0] in ("1", "4") and values[1:2] != ["0"]
        return urc.prefix in ASLEEP

    # Asking.

    async def request_psm(self, periodic_tau_s: int, active_time_s: int) -> None:
        """Ask for PSM: an update every `periodic_tau_s`, reachable for `active_time_s` after use.

        Raises ValueError beyond what the timers can say, `CommandFailed` when the modem refuses,
        `UsageError` where it has no PSM.
        """
        timers = [encode_periodic_tau(periodic_tau_s), encode_active_time(active_time_s)]
        text = 'AT+CPSMS=1,,,"%s","%s"' % tuple(timers)
        await self._power_on()  # and know the family
        family = self.modem.family
        is_new = True
        if family.profile.radio == "simcom":
            # SIMCom asks the network for nothing when it is on already (its manual, CPSMS).
            for values in await family.ask_fields(self.modem.link, "AT+CPSMS?"):
                is_new = values[:1] != ["1"] or values[-2:] != timers
            if is_new:
                await self._ask("AT+CPSMS=0")
        await self._ask(text)
        self._psm = text
        if is_new and getattr(family, "psm_counts_from_next_start", False):
            from nce_modem.power import restart

            was_attached = self.modem.address is not None
            await restart(self.modem, "AT+CFUN=1,1", "its new PSM setting")
            if was_attached:
                await self.modem.attach()
        await self._announce()

    async def _announce(self) -> None:
        family = self.modem.family
        if family.profile.sleep_command:
            await family.ask_fields(self.modem.link, family.profile.sleep_command)

    def save_state(self) -> "list[str | None]":
        """The requests in force, for `restore_state` after a deep sleep of the host."""
        return [self._psm, self._edrx]

    def restore_state(self, requests: "list[str | None]") -> None:
        """Go on with the requests of an earlier run, which the modem keeps; then `wake`."""
        self._psm, self._edrx = requests

    async def request_no_psm(self) -> None:
        """Take the request back; the modem stays awake."""
        await self._ask("AT+CPSMS=0")
        self._psm = self._told = None

    async def request_edrx(self, cycle_s: float, act: int = LTE_M) -> None:
        """Ask to be paged every `cycle_s` (the next longer cycle there is), with `LTE_M`
        or `NB_IOT`, the numbers that `nce_modem.timers` has for them.

        Raises `UsageError` for another `act`, ValueError for a cycle that is too long.
        """
        if act not in (LTE_M, NB_IOT):
            message = "eDRX with %r; act may be LTE_M (%d) or NB_IOT (%d) of nce_modem.timers"
            raise UsageError(message % (act, LTE_M, NB_IOT))
        text = 'AT+CEDRXS=2,%d,"%s"' % (act, encode_edrx_cycle(cycle_s, act))
        try:
            await self._ask(text)
        except CommandFailed:
            text = text.replace("=2,", "=1,", 1)  # no unsolicited results here
            await self._ask(text)
        self._edrx = text

    async def request_no_edrx(self) -> None:
        """Take the request back."""
        await self._ask("AT+CEDRXS=0")
        self._edrx = None

    async def _power_on(self) -> None:
        if not self.modem.is_ready:
            await self.modem.power_on()

    async def _ask(self, text: str) -> None:
        await self._power_on()
        profile = self.modem.family.profile
        if ALWAYS_AWAKE in profile.capabilities:
            message = "%s has no PSM and no eDRX; switch it off between two reports"
            raise UsageError(message % profile.name)
        await self.modem.family.ask(self.modem.link, text)

    # The grants of the network.

    async def read_granted(self) -> "Granted | None":
        """The `Granted` PSM timers, None when the network granted no PSM."""
        family, link = self.modem.family, self.modem.link
        granted = None
        # Nordic and Sequans are at 5, which tells the timers and the cause of a refusal.
        usual = [text for text in family.profile.setup if "+CEREG=" in text][-1:] or ["AT+CEREG=2"]
        if usual[0][-1] != "5":
            try:
                await family.ask(link, "AT+CEREG=4")
            except CommandFailed:
                return self._told
        try:
            answer = await family.ask(link, "AT+CEREG?")
            for line in answer.lines:
                granted = granted_of(syntax.split_prefix(line)[1]) or granted
        finally:
            if usual[0][-1] != "5":
                await family.ask_fields(link, usual[0].lstrip("?"))
        return granted or self._told

    async def read_edrx(self) -> "Edrx | None":
        """The `Edrx` in force, None when there is none."""
        # SARA-R410 answers +CEDRXS here.
        for values in await self.modem.family.ask_fields(
            self.modem.link, "AT+CEDRXRDP", expects=("+CEDRXRDP", "+CEDRXS")
        ):
            found = edrx_of(values)
            if found is not None:
                return found
        return None

    # Sleeping.

    async def send_last(self, port: "DatagramSocket", data: bytes, answers: int = 1) -> None:
        """Send a datagram and tell the network that it is the last (release assistance, RAI).

        answers: datagrams that are awaited after it, 0 or 1. The modem sleeps sooner then. Raises
        what `port.send` raises; `UsageError` where the family has no `RAI`.
        """
        self._check_assistance(port, RAI)
        if answers not in (0, 1):
            raise UsageError("answers=%r; the network can be told of 0 or 1 answers" % (answers,))
        from nce_modem.families.last_datagram import send_last

        modem = self.modem

        async def send(link: "Link", socket: "DatagramSocket", data: bytes, peer: "Any") -> None:
            await send_last(modem, socket, data, answers)

        await port._send(data, port.peer, send)

    async def release(self, port: "DatagramSocket") -> None:
        """Tell the network that no data follows, so that the modem sleeps sooner.

        port: an open one. Raises `UsageError` where the family has no `RELEASE`.
        """
        self._check_assistance(port, RELEASE)
        await self.modem.family.release(self.modem.link, port)  # type: ignore[attr-defined]

    def _check_assistance(self, port: "DatagramSocket", capability: str) -> None:
        family = self.modem.family
        is_offered = capability in family.profile.capabilities and port.peer is not None
        if not is_offered or port._family is not family:
            raise UsageError(
                "%s has no release assistance here; the modem sleeps after the network's "
                "inactivity timer" % family.profile.name
            )

    async def sleep(self, timeout_ms: int) -> bool:
        """Wait until the modem is in PSM; False when it is not within `timeout_ms`.

        It takes the network's inactivity timer and then the active time, so allow for both. A
        modem that announces nothing is asked at the end: one that does not answer is asleep. A
        board that sees a pin of the modem may say so by `is_modem_asleep` (GM02S: PS_STATUS).
        """
        modem = self.modem
        if self._psm is not None and modem.is_ready and modem.family.profile.radio == "ublox":
            await self._announce()  # UPSMR is lost with each sleep, and some have none
        looks: "Any" = getattr(modem.board, "is_modem_asleep", None)
        deadline_ms = modem.now_ms() + timeout_ms
        while not (self._is_asleep or modem.is_off):
            left_ms = deadline_ms - modem.now_ms()
            if left_ms <= 0:
                if await self._answers():
                    return False
                break
            if looks is not None:
                if looks():
                    self._is_asleep = self._has_slept = True
                    break
                left_ms = min(left_ms, LOOK_MS)
            modem.link.heard.clear()
            await wait_event(modem.link.heard, left_ms)
        if self._has_slept and modem.is_ready:
            modem.lose_everything("PSM")  # so that nobody asks it
        if self._is_asleep:
            modem.pace.wakes_registered = True
        return True

    async def _answers(self) -> bool:
        """Whether a modem answers; one that does not lost everything with its sleep."""
        family = self.modem.family
        for _ in range(2):
            try:
                await family.ask(self.modem.link, "AT", timeout_ms=1000, drains=False)
                return True
            except (CommandTimeout, ModemSilent):
                pass
            except ModemReset:
                return True
        self._is_asleep = self._has_slept = True
        return False

    async def wake(self) -> None:
        """Wake the modem (by its power key where it has one), attached and with the same requests.

        What it keeps is not set again: see `nce_modem.waking`. A first `attach` after this asks
        nothing. Sockets opened before are dead, except on Nordic's, which keeps them unless it
        lost its power: then this is a first attach. Raises what `attach` raises.
        """
        modem = self.modem
        if self._has_slept and modem.is_ready:
            modem.lose_everything("PSM")
            modem.pace.wakes_registered = True
        self._is_asleep = self._has_slept = False
        if modem.is_ready and await self._lost_power():
            modem.lose_everything("a loss of power in PSM")
            modem.tell(Noticed("the modem lost its power while it slept"))
        is_up = False
        if modem.is_ready or modem.iccid is not None:
            from nce_modem.waking import run

            async with modem._attach_lock:
                is_up = await run(modem, self._psm, self._edrx)
            modem.unload("waking registering")
        if not is_up:
            await self._set_up()
            await modem.attach()
        modem.link.memory["up"] = modem.now_ms() + UP_MS

    async def _set_up(self) -> None:
        """As after any start, with the same requests."""
        modem = self.modem
        await modem.power_on()
        # Before attaching: the request travels with the next update.
        for text in (self._psm, self._edrx):
            if text is not None:
                await modem.family.ask(modem.link, text)
        if self._psm is not None:
            await self._announce()

    async def _lost_power(self) -> bool:
        """Whether a modem that keeps its settings in PSM has lost them: +CEREG back at 0."""
        family, registrations = self.modem.family, self.modem.registrations
        try:
            answer = await family.ask(self.modem.link, "AT+CEREG?")
        except (CommandFailed, CommandTimeout, ModemSilent, ModemReset):
            return False  # powering on finds out
        registrations.forget()
        for line in answer.lines:
            prefix, text = syntax.split_prefix(line)
            if syntax.fields(text)[0] == "0":
                return True
            registrations.update(prefix, text)
        return False


def granted_of(text: str) -> "Granted | None":
    """`Granted` of the text after +CEREG with n=4 or 5, None when it holds no active time."""
    # [<n>,]<stat>,<tac>,<ci>,<AcT>,[cause type],[cause],<Active-Time>,<Periodic-TAU>
    is_read = is_read_answer([field.strip() for field in text.split(",")])
    values = syntax.fields(text)[6 + is_read :] + ["", ""]
    found = Granted(decode_periodic_tau(values[1]), decode_active_time(values[0]))
    return found if found.active_time_s is not None else None


def edrx_of(values: "list[str]") -> "Edrx | None":
    """`Edrx` of the fields of +CEDRXRDP, None for `0` and for unreadable fields."""
    act = syntax.number(values[0]) if values else None
    if act not in (LTE_M, NB_IOT) or len(values) < 2:
        return None
    bits = values[1:] + ["", ""]
    return Edrx(
        act,
        decode_edrx_cycle(bits[0], act),
        decode_edrx_cycle(bits[1], act),
        decode_paging_window(bits[2], act),
    )
