"""Attaching as a table of steps, each with a bound and each idempotent.

3GPP TS 27.007: SIM (8.3), APN (10.1.1), radio (8.2), registration (7.2, 10.1.20, 10.1.22), PDP.
A step that fails raises one `AttachError`: where, why, with which evidence, and what to try.
"""

import asyncio

from nce_modem import progress
from nce_modem.at.masking import mask
from nce_modem.at.parameter import apn, is_address
from nce_modem.at.results import TRANSIENT_CME
from nce_modem.errors import CommandFailed, CommandTimeout, ModemReset
from nce_modem.registering import (
    ask_registration,
    forget_forbidden,
    is_context,
    restart_radio,
    welcome,
)
from nce_modem.registration import DENIED
from nce_modem.search import CLEAR, COUNT, GIVE_UP, RESTART
from nce_modem.waiting import wait_event, within

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, Step


# The pause before each repetition of a step that failed for a passing reason.
RETRY_MS = (500, 1000, 2000, 4000, 8000)
REGISTRATION_POLL_MS = 3000
# How long a modem that wakes from PSM may take to be registered again before an attach is counted:
# its tracking area update is given T3430, 15 s (TS 24.301, 10.2), after it has found the cell.
UPDATE_MS = 20_000


class StepFailed(Exception):
    """A step failed: `code` is a CME code, `cause` an EMM cause.

    A retry helps only when the fault `may_pass` by itself.
    """

    def __init__(
        self,
        evidence: str,
        code: "int | None" = None,
        stat: "int | None" = None,
        cause: "int | None" = None,
        may_pass: bool = False,
    ) -> None:
        super().__init__(evidence)
        self.may_pass = may_pass
        self.evidence = evidence
        self.code = code
        self.stat = stat
        self.cause = cause


async def check_sim(modem: "Modem", limit_ms: int) -> None:
    """AT+CPIN? until it says READY, then read the ICCID."""
    run, command = modem.link.run, modem.family.command
    while True:
        try:
            answer = await run(command("AT+CPIN?"))
            state = answer.lines[-1].partition(":")[2].strip() if answer.lines else ""
            if state == "READY":
                break
            if state == "NOT READY":
                await wakes_sim(modem)
            elif "PIN" in state or "PUK" in state:
                raise StepFailed("+CPIN: %s" % state, 12 if "PUK" in state else 11)
        except CommandFailed as error:
            # With the radio off no SIM (10) or a failed one (13); else these are final.
            if error.code in (10, 13) and await wakes_sim(modem):
                continue
            # SIM busy (14) and a bare ERROR mean "not yet"; any other code is final.
            if error.code is not None and error.code not in TRANSIENT_CME:
                raise StepFailed("AT+CPIN? was answered %s" % error.final, error.code)
        await asyncio.sleep(1)
    values = await modem.family.ask_fields(modem.link, modem.family.profile.iccid_command)
    iccid = values[-1][0].rstrip("Ff") if values else ""  # filled to whole octets
    # 18 to 20 digits (ITU-T E.118); anything else is not an ICCID.
    is_iccid = 18 <= len(iccid) <= 20 and not iccid.strip("0123456789")
    modem.iccid = iccid if is_iccid else None
    modem.tell(progress.SimReady(mask(iccid) if is_iccid else ""))


async def wakes_sim(modem: "Modem") -> bool:
    """Whether the SIM was off with the radio (AT+CFUN=0), and is switched on now."""
    from nce_modem.recovery import wake_sim

    return await wake_sim(modem)


async def set_apn(modem: "Modem", limit_ms: int) -> None:
    """+CGDCONT of the attach bearer, written only when it differs: it is kept in NVM."""
    run, command = modem.link.run, modem.family.command
    text = 'AT+CGDCONT=%d,"IP",%s' % (modem.family.profile.cid, apn(modem.apn))
    if not await has_apn(modem):
        # LTE attaches with this context: it can change only while the radio is off.
        try:
            await run(command("AT+CFUN=4"))
        except CommandFailed:
            pass
        modem.registrations.forget()
        await run(command(text))
        # A stray result may have been read as the answer; with a wrong APN nothing works.
        if not await has_apn(modem):
            raise StepFailed("the modem did not store the APN", may_pass=True)
    await modem.family.configure_context(modem.link, modem.apn)


async def has_apn(modem: "Modem") -> bool:
    """Whether the context of the attach bearer has the APN."""
    answer = await modem.link.run(modem.family.command("AT+CGDCONT?"))
    return any(is_context(line, modem.family.profile.cid, modem.apn) for line in answer.lines)


async def switch_radio_on(modem: "Modem", limit_ms: int) -> None:
    """AT+CFUN=1 unless the radio is on; before that any choice of radio access and bands."""
    if modem.rats or modem.bands:
        from nce_modem.radio import choose

        await choose(modem)
    run, command = modem.link.run, modem.family.command
    answer = await run(command("AT+CFUN?"))
    if not answer.lines or answer.lines[-1].partition(":")[2].strip() != "1":
        await run(command("AT+CFUN=1"))


async def register(modem: "Modem", limit_ms: int) -> None:
    """Wait until any domain is registered, by URC and by asking; roaming may take minutes."""
    start_ms = modem.now_ms()
    update_ms = 0
    if modem.pace.wakes_registered:
        update_ms = modem.limits_ms.get("update", UPDATE_MS)
    search = None
    latest = modem.registrations
    told = None
    while True:
        modem.registration_heard.clear()
        await ask_registration(modem)
        if latest.registered is not None:
            welcome(modem, latest.registered)
            return
        if search is None:  # an attach that finds the modem registered needs none
            from nce_modem.search import Search

            search = Search(start_ms, update_ms)
        denied = latest.denied
        cause = denied.cause if denied else None
        action = search.take(denied is not None, cause, modem.now_ms())
        if action & COUNT:
            modem.pace.count(modem.now_ms())
        if action & RESTART:
            await restart_radio(modem)
            continue
        if cause is None and search.asks_cause(denied is not None, modem.now_ms()):
            from nce_modem.diagnosis import last_cause

            cause = await last_cause(modem)
            action = search.take(denied is not None, cause, modem.now_ms())
        if action & GIVE_UP:
            raise StepFailed(latest.evidence(), stat=DENIED, cause=cause)
        if action & CLEAR:
            await forget_forbidden(modem)
        if latest.evidence() != told:
            told = latest.evidence()
            modem.tell(progress.Registering(latest.stat))
        left_ms = start_ms + limit_ms - modem.now_ms()
        if left_ms <= 0:
            raise StepFailed(
                "%s after %d s" % (told, limit_ms // 1000), stat=latest.stat, cause=cause
            )
        await wait_event(modem.registration_heard, min(left_ms, REGISTRATION_POLL_MS))


async def activate(modem: "Modem", limit_ms: int) -> None:
    """Bring the IP bearer up unless it is; stores the address in `modem.address`."""
    if modem.context_is_stale:
        # The network took the context: the modem keeps its sockets until they are closed.
        await modem.family.close_stale_sockets(modem.link)
        modem.context_is_stale = False
    address = await modem.family.activate_context(modem.link)
    if not address or address == "0.0.0.0" or not is_address(address):
        # Seen at times just after the activation: the address comes later.
        raise StepFailed("the context is active but has no address", may_pass=True)
    if address != modem.address:
        modem.address = address
        modem.tell(progress.PdpActive(address))


# (name, bound in milliseconds, the step, whether a refusal may pass by itself)
STEPS = (
    ("sim", 20_000, check_sim, False),
    ("apn", 40_000, set_apn, True),
    ("radio", 60_000, switch_radio_on, True),
    ("registration", 300_000, register, False),
    ("pdp", 200_000, activate, True),
)
# +CFUN may take long where the SIM or the NVM is slow: its time comes on top.
SWITCHES_RADIO = (set_apn, switch_radio_on)


async def run(modem: "Modem", may_retry: bool = False, is_again: bool = False) -> None:
    """Take every step in turn; raises `AttachError`, or the line's own error when it is lost.

    With `may_retry` a command without an answer raises `CommandTimeout`: the modem may have
    restarted without a boot banner. Each step asks before it acts, so nothing is done twice.
    A bearer that keeps failing restarts the radio, then the modem: see `recovery`.
    """
    steps = STEPS
    if modem.family.profile.has_sim_after_radio:
        steps = STEPS[1:3] + STEPS[:1] + STEPS[3:]
    for name, usual_ms, step, is_retried in steps:
        if not modem.is_ready:
            raise modem.link.error_of(ModemReset, "the modem restarted while attaching")
        more_ms = modem.family.profile.timeouts.get("+CFUN", 0) if step in SWITCHES_RADIO else 0
        limit_ms = modem.limits_ms.get(name, usual_ms + more_ms)
        evidence = error = None
        try:
            # The step bounds itself; this bounds the step.
            await within(_retrying(modem, step, limit_ms, is_retried), limit_ms / 1000 + 5)
        except (StepFailed, CommandFailed, CommandTimeout) as failure:
            if may_retry and isinstance(failure, CommandTimeout):
                raise
            error = failure
            evidence = str(failure)
        except asyncio.TimeoutError:
            evidence = "not done in %d s" % (limit_ms // 1000)
        if evidence is not None:
            if name == "pdp":
                from nce_modem.recovery import treat_bearer

                if await treat_bearer(modem, error, is_again):
                    await run(modem, may_retry, True)
                    return
            from nce_modem.diagnosis import attach_error

            raise await attach_error(modem, name, evidence, error)


async def _retrying(modem: "Modem", step: "Step", limit_ms: int, is_retried: bool) -> None:
    """Repeat a step that failed for a passing reason: a transient CME, or ERROR without a code."""
    deadline_ms = modem.now_ms() + limit_ms
    for delay_ms in RETRY_MS + (None,):
        try:
            return await step(modem, deadline_ms - modem.now_ms())
        except (CommandFailed, StepFailed) as error:
            if delay_ms is None or modem.now_ms() + delay_ms >= deadline_ms:
                raise
            if not _may_pass(error, is_retried):
                raise
        await asyncio.sleep(delay_ms / 1000)
    return None


def _may_pass(error: "CommandFailed | StepFailed", is_retried: bool) -> bool:
    if isinstance(error, StepFailed):
        return error.may_pass
    return is_retried and (error.code is None or error.code in TRANSIENT_CME)
