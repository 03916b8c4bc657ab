"""One session of the driver, and a fault of the catalogue at any command of it.

    passed = clean_session("bg95")          # its commands
    case = Case("bg95", number, count=17, name=None, point="received")
    try_case(case)                          # "success", "unanswered", "send:SocketDead"

A session is everything from a cold modem to one datagram there and back: find the family,
attach, open, send, receive, close. `try_case` raises `Wrong` when what the session came to is not
right for its fault (`fault_outcomes`), took longer than the limits here allow, lied about
a datagram, or could not be repeated once the trouble was over. `every_stream_fault` has the same
with a TCP stream in place of the datagram: it is a `kind` of session, and a case names its kind.
"""

import asyncio
import gc
from collections import Counter, namedtuple
from functools import cache

from nce_modem import Modem, errors
from nce_sim.clock import run_virtual
from nce_sim.modem.faults import POINTS
from nce_sim.modem.faults.catalogue import CATALOGUE, At
from nce_sim.modem.personalities import PERSONALITIES
from support import fault_outcomes
from support.driver_bench import ECHO, SEND_COMMANDS, Bench
from support.fault_outcomes import Wrong

RECEIVE_MS = 30_000
FIRST, SECOND = b"first", b"second"
# A session once the trouble is over may fail once: a driver learns by that that all is gone.
RECOVERY_TRIES = 2
A_DAY_S = 86_400

# What only works on a command that has not begun.
RECEIVED_ONLY = ("ERROR without a number", "error for a prompt", "prompt lost")

# How long things may take, in numbers of the makers and the standards, and none of the driver's.
# Of each family: the longest command of all, of sending, of reading, of closing. Quectel TCP/IP
# manuals (COPS 180 s; 30, 10 and 20 s of the 120 that they allow), SIMCom AT manuals (COPS 120 s,
# CIPSEND 60, CASEND 30), u-blox AT manuals (COPS 180 s, USOST 10 and its prompt, USORF 10,
# USOCL 120), A76XX AT manual (120 s for all whose result comes by itself, CIPRXGET 9), Nordic
# (CGACT 150 s, a send on air 30), Sequans (SQNSD 60 s and its margin, a send 20). 5 s is what
# commands have of which no manual speaks.
LONGEST_MS = {
    "bg77": (180_000, 30_000, 10_000, 20_000),
    "bg95": (180_000, 30_000, 10_000, 20_000),
    "bg96": (180_000, 30_000, 10_000, 20_000),
    "gm02s": (75_000, 20_000, 5000, 5000),
    "nrf91-slm1": (150_000, 30_000, 5000, 5000),
    "nrf91-slm2": (150_000, 30_000, 5000, 5000),
    "nrf91-sm": (150_000, 30_000, 5000, 5000),
    "sara-r4": (180_000, 12_000, 10_000, 120_000),
    "sara-r5": (180_000, 12_000, 10_000, 120_000),
    "sim7000": (120_000, 60_000, 5000, 5000),
    "sim7070": (120_000, 30_000, 5000, 5000),
    "sim7080": (120_000, 30_000, 5000, 5000),
    "ec25": (180_000, 30_000, 10_000, 20_000),
    "a7672": (120_000, 120_000, 9000, 120_000),
    "sim7600": (120_000, 120_000, 9000, 120_000),
}
# What a phase takes without a fault: the slowest modem boots in 13 s.
USUAL_MS = {
    "detect": 18_000,
    "attach": 10_000,
    "open": 1000,
    "send": 1000,
    "receive": 2000,
    "close": 2000,  # a read of the first SLM takes one, and a stream waits for it
}
PROMPT_MS = 10_000  # u-blox's and Sequans's drivers wait so long; Quectel says at once
DRAIN_MS = 4300  # two stages of 2 s for an overdue answer, and 300 ms of quiet
SILENT_AFTER = 3  # commands without an answer: catalogue of failures, row 20
POWER_ON_MS = 60_000  # off and on by one key, and a boot of up to 15 s, twice
LONGEST_PAUSE_MS = 60_000  # that attaching waits by itself before another try
LONGEST_STEP_MS = 305_000  # a roamer's first search: five minutes, and five seconds to end it
# The result of opening comes behind the command's own, as late as this (Quectel's +QIOPEN).
LONGEST_OPEN_MS = 150_000
# Between two runs of the simulator's garbage collector: worlds are rings of objects.
CASES_PER_COLLECTION = 25
MOST_SHOWN = 40  # of what failed


class Session:
    """What one session came to: `phase` is where it is, or where it ended by `error`."""

    faults = CATALOGUE
    send_commands = SEND_COMMANDS
    first, second = FIRST, SECOND

    def __init__(self, bench):
        self.bench = bench
        self.phase = "detect"
        self.error = self.answer = None
        self.is_sent = False
        self.phase_ms = {}
        self.struck_in = None

    async def play(self, data, modem=None):
        """From `modem`, or from a cold one, to an answer to `data`; returns the modem."""
        port = None
        try:
            if modem is None:
                modem = Modem(self.bench)
                await self._timed("detect", modem.power_on())
            await self._timed("attach", modem.attach())
            port = await self._timed("open", self.open(modem))
            await self._timed("send", self.send(port, data))
            self.is_sent = True
            self.answer = await self._timed("receive", self.receive(port, data))
        except errors.ModemError as error:
            self.error = error
        ended_in = self.phase
        if port is not None:
            await self._timed("close", self.close(port))
        if self.error is not None:
            self.phase = ended_in
        return modem

    async def open(self, modem):
        return await modem.open_datagram(ECHO.host, ECHO.port)

    async def send(self, port, data):
        await port.send(data)

    async def receive(self, port, data):
        return await port.receive(RECEIVE_MS)

    async def close(self, port):
        await port.close()

    async def _timed(self, phase, coroutine):
        clock = self.bench.world.clock
        self.phase = phase
        begun_ms = clock.now_ms()
        try:
            return await coroutine
        finally:
            self.phase_ms[phase] = clock.now_ms() - begun_ms

    @property
    def outcome(self):
        """`success`, `unanswered`, or phase and error: `attach:AttachError/pdp`."""
        if self.error is not None:
            step = "/" + self.error.step if isinstance(self.error, errors.AttachError) else ""
            return f"{self.phase}:{type(self.error).__name__}{step}"
        return "unanswered" if self.answer is None else "success"

    def check(self, case, command):
        """Whether this is right for the fault that struck, and what was said is true."""
        fault = fault_of(case)
        fault_outcomes.check(case.personality, fault, case.point, self, command)
        if self.bench.left(FIRST) > 1:
            raise Wrong("left twice")
        if self.is_sent and self.bench.left(FIRST) == 0:
            fault_outcomes.check_lie(case.personality, fault, self.bench, FIRST)
        if self.answer not in (None, FIRST):
            fault_outcomes.check_other_answer(fault, self.bench, self.answer)

    def check_recovered(self, tries):
        """Whether this session, the last of so many, and those before it did right."""
        if self.answer != SECOND:
            raise Wrong(f"an answer to an earlier datagram: {self.answer}")
        # A try that ended in an error may have sent it: nobody knows then, and the text says so.
        if not 1 <= self.bench.left(SECOND) <= tries:
            raise Wrong(f"left {self.bench.left(SECOND)} times in {tries} tries")
        if self.bench.left(FIRST) > 1:
            raise Wrong("left twice, later")


# count: of the commands, or lines of them, that pass a point; of those called `name` if set.
# number: of the fault among those of the kind of session.
Case = namedtuple(
    "Case", ("personality", "number", "count", "name", "point", "kind"), defaults=(Session,)
)


def fault_of(case):
    return case.kind.faults[case.number]


def play(scene):
    return run_virtual(lambda clock: asyncio.wait_for(scene(clock), A_DAY_S))


@cache
def clean_session(personality, kind=Session):
    """What passed in a session without a fault: point -> [(command's name, phase), ...]."""

    async def scene(clock):
        bench = Bench(clock, personality)
        session = kind(bench)
        passed = {point: [] for point in POINTS}

        def watch(point, seen=0):
            def note():
                records = bench.world.timeline.records(kind="command")
                # A line that is AT alone has no command.
                text = records[-1].fields["text"] if len(records) > seen else "AT"
                passed[point].append((text.partition("=")[0].rstrip("?"), session.phase))
                watch(point, len(records))

            bench.knobs.faults.at_command(None, note, when=point)

        for point in POINTS:
            watch(point)
        modem = await session.play(kind.first)
        assert session.answer == kind.first
        await modem.close()
        for phase, took_ms in session.phase_ms.items():
            assert took_ms <= USUAL_MS[phase], (phase, took_ms)
        return passed

    return play(scene)


def cases_of(personality, kind=Session):
    """Every fault that concerns a family, at every command, and at every point of the send."""
    passed = clean_session(personality, kind)
    send = kind.send_commands[personality]
    found = []
    for number, fault in enumerate(kind.faults):
        if fault.concerns(PERSONALITIES[personality]):
            for count in range(1, len(passed[fault.point]) + 1):
                found.append(Case(personality, number, count, None, fault.point, kind))
            for point in POINTS:
                is_passed = any(name == send for name, _phase in passed[point])
                if is_passed and point != fault.point and fault.name not in RECEIVED_ONLY:
                    found.append(Case(personality, number, 1, send, point, kind))
    return found


def struck_command(case):
    """`(name, phase)` of the command that a case's fault strikes."""
    passed = clean_session(case.personality, case.kind)[case.point]
    if case.name is not None:
        passed = [each for each in passed if each[0] == case.name]
    return passed[case.count - 1]


def name_of(case):
    fault = fault_of(case)
    name, phase = struck_command(case)
    return (
        f"{case.personality}: row {fault.row}, {fault.name}, at {case.point} of command "
        f"{case.count} ({name}, {phase})"
    )


def limit_ms(personality, phase, fault):
    """How long a phase may take: what it takes anyway, and what one fault may cost.

    A fault that strikes once leaves one command without its answer, and the line is blocked for
    the drain behind it; one that stays does so until the line counts as silent. Switching the
    modem off and on has a limit of its own, and so has each step of attaching. After any of these
    the phase begins again, hence its own time twice.
    """
    longest_ms, *own_ms = LONGEST_MS[personality]
    if phase in ("send", "receive", "close"):
        # Nothing but their own commands.
        longest_ms = PROMPT_MS + own_ms[("send", "receive", "close").index(phase)]
    total_ms = fault.lasts_ms + 2 * USUAL_MS[phase] + SILENT_AFTER * (longest_ms + DRAIN_MS)
    if phase in ("detect", "attach"):
        total_ms += 2 * POWER_ON_MS
    if phase == "attach":
        total_ms += LONGEST_PAUSE_MS + LONGEST_STEP_MS
    elif phase == "open":
        total_ms += LONGEST_OPEN_MS
    elif phase == "receive":
        total_ms += RECEIVE_MS
    return total_ms


def check_time(case, session):
    for phase, took_ms in session.phase_ms.items():
        most_ms = limit_ms(case.personality, phase, fault_of(case))
        if took_ms > most_ms:
            raise Wrong(f"{phase} took {took_ms} ms of {most_ms} ms: {session.error!r}")


def try_case(case):
    """Run one; returns the outcome. `Wrong`, or a bug."""
    name, _phase = struck_command(case)

    async def scene(clock):
        bench = Bench(clock, case.personality)
        session = case.kind(bench)

        def strike():
            session.struck_in = session.phase

        bench.knobs.faults.at_command(case.name, strike, count=case.count, when=case.point)
        # No modem breaks its own lines; what the line breaks is row 8, and the engine's own tests.
        byte = case.count % 7
        when = At(case.count, case.name, case.point, byte=byte, is_between_lines=True)
        fault_of(case).arm(bench.knobs, when)
        modem = await session.play(case.kind.first)
        if session.struck_in is None:
            raise Wrong("the fault never struck")
        session.check(case, name)
        check_time(case, session)
        await recover(bench, modem, case.kind)
        return session.outcome

    return play(scene)


async def recover(bench, modem, kind=Session):
    """Once the trouble is over, all is well again."""
    bench.knobs.faults.disarm()
    for tried in range(1, RECOVERY_TRIES + 1):
        session = kind(bench)
        modem = await session.play(kind.second, modem)
        if session.outcome == "success":
            break
        if tried == RECOVERY_TRIES:
            raise Wrong(f"did not recover: {session.outcome}, {session.error!r}")
        await asyncio.sleep(max(1, getattr(session.error, "retry_after_ms", 0) / 1000))
    session.check_recovered(tried)
    await modem.close()


def try_all(cases):
    """`[(case, outcome or None, what went wrong or None)]` of the cases, in their order."""
    results = []
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for number, case in enumerate(cases):
            try:
                results.append((case, try_case(case), None))
            except Exception as error:  # noqa: BLE001 - collected: one bug shows in many cases
                results.append((case, None, f"{type(error).__name__}: {error}"))
            if number % CASES_PER_COLLECTION == 0:
                gc.collect()
    finally:
        if was_enabled:
            gc.enable()
    return results


def report(title, results, figure):
    """Print how many cases there were and what they came to; none may have failed."""
    outcomes = Counter(outcome for _, outcome, wrong in results if wrong is None)
    failures = [f"{name_of(case)}: {wrong}" for case, _, wrong in results if wrong is not None]
    told = ", ".join(f"{count} {name}" for name, count in outcomes.most_common())
    figure(f"{title}: {len(results)} cases tried; {told}; {len(failures)} failed")
    assert not failures, "\n".join([f"{len(failures)} failed", *failures[:MOST_SHOWN]])
