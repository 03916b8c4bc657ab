"""The driver in front of a simulated modem of any family, or of a real one: one bench for both.

    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
    play(scene, "gm02s")                 # virtual time, a simulated day at the most

`play_real(scene, path)` runs the same scene on a modem at a serial device, in real time.
"""

import asyncio
import random

from nce_modem import Modem
from nce_modem.families.named import family_named
from nce_modem.families.nordic_slm import FIRST_SLM, SLM
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.core import Address, Datagram
from nce_sim.ports.pipe import PipeBoard
from nce_sim.settings import Settings
from nce_sim.world import World

ECHO = Address("10.60.2.239", 4445)
A_DAY_S = 86_400
REAL_LIMIT_S = 1200

# Personality -> the family that asking must find.
KNOWN = {
    "bg95": "Quectel BG95",
    "bg96": "Quectel BG96",
    "bg77": "Quectel BG77",
    "ec21": "Quectel EC21",
    "ec25": "Quectel EC25",
    "eg91": "Quectel EG91",
    "eg95": "Quectel EG95",
    "sim7000": "SIMCom SIM7000",
    "sim7070": "SIMCom SIM7070",
    "sim7080": "SIMCom SIM7080",
    "a7672": "SIMCom A76XX",
    "sim7600": "SIMCom SIM7600",
    "sara-r4": "u-blox SARA-R410",
    "sara-r422": "u-blox SARA-R422",
    "sara-r5": "u-blox SARA-R5",
    "nrf91-slm1": "Nordic nRF91 (first SLM)",
    "nrf91-slm2": "Nordic nRF91 (SLM)",
    "nrf91-sm": "Nordic nRF91 (Serial Modem)",
    "gm02s": "Sequans GM02S",
}
# These differ from EC25 in their name alone: asking knows them, and one stands for all elsewhere.
EC25_TWINS = ("ec21", "eg91", "eg95")
TWINS = (*EC25_TWINS, "sara-r422")  # SARA-R5 but for its context, its suite and its restart
FAMILIES = {name: KNOWN[name] for name in sorted(set(PERSONALITIES) - set(TWINS))}
# The driver's family of a personality, where `family_named` has another name for it, or none.
ROWS = {
    "a7672": family_named("a76xx"),
    "sara-r4": family_named("sara-r410"),
    "nrf91-slm1": FIRST_SLM,
    "nrf91-slm2": SLM,
    "nrf91-sm": family_named("nrf91"),
}
# Those that have TCP, as the row of each family says.
STREAM_FAMILIES = tuple(
    name for name in FAMILIES if (ROWS.get(name) or family_named(name)).profile.stream
)
# Which modems tell a reset of TCP from an orderly close; the others say "closed" for both.
TELLS_RESETS = ("nrf91-slm1", "nrf91-slm2", "nrf91-sm", "sara-r4", "sara-r5")
# The command that hands a datagram to the modem.
SEND_COMMANDS = {
    "bg95": "+QISEND",
    "bg96": "+QISEND",
    "bg77": "+QISEND",
    "sim7000": "+CIPSEND",
    "sim7070": "+CASEND",
    "sim7080": "+CASEND",
    "ec25": "+QISEND",
    "a7672": "+CIPSEND",
    "sim7600": "+CIPSEND",
    "sara-r4": "+USOST",
    "sara-r5": "+USOST",
    "nrf91-slm1": "#XSEND",
    "nrf91-slm2": "#XSEND",
    "nrf91-sm": "#XSEND",
    "gm02s": "+SQNSSENDEXT",
}


class ChoppedReader:
    """Hands a reader's bytes on in pieces of random size."""

    def __init__(self, reader, seed):
        self._reader = reader
        self._random = random.Random(seed)

    async def read(self, size):
        return await self._reader.read(self._random.randint(1, min(size, 40)))


class Bench(PipeBoard):
    """A world with one modem of a family on a pipe and an echo service; a board for the driver.

    `knobs` is the simulated modem, None on a real one: tests that need it do not run there.
    """

    has_echo = True
    sms_number = "+882285100"

    def __init__(self, clock, personality, seed=1, is_chopped=False, has_echo=True, settings=None):
        self.seed = seed
        self.is_chopped = is_chopped
        self.world = World(seed, clock=clock, settings=settings or Settings())
        self.sim = self.world.add_sim()
        self.knobs = self.world.add_modem(self.sim, personality=personality)
        super().__init__(self.knobs)
        self.echo = ECHO
        self.told = []
        self.arrived = []
        self.device_address = None  # that the echo service heard from last
        self.loss = 0.0  # of answers
        self._random = random.Random(seed)
        if has_echo:
            self.world.core.listen(ECHO, self._answer)

    def _answer(self, datagram):
        self.arrived.append(datagram.payload)
        self.device_address = datagram.source
        if self._random.random() >= self.loss:
            self.world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))

    def push(self, data, source=ECHO):
        """Send what answers nothing to the device."""
        self.world.core.send(Datagram(source, self.device_address, data))

    def left(self, data):
        """How many times `data` left the modem, whatever became of it on the air."""
        return sum(
            record.fields["payload"] == data and record.fields["direction"] == "up"
            for record in self.world.timeline.records(kind="datagram")
        )

    async def open_uart(self):
        reader, writer = await super().open_uart()
        return (ChoppedReader(reader, self.seed) if self.is_chopped else reader), writer


class RealBench:
    """A modem on a serial device; `echo` answers there, when somebody said where."""

    knobs = None

    def __init__(self, echo, sms_number):
        self.told = []
        self.sms_number = sms_number
        self.has_echo = echo is not None
        host, _, port = (echo or "udp.os.1nce.com:4445").rpartition(":")
        self.echo = Address(host, int(port))


class OnModem:
    """Runs a scene on a simulated modem or, when `family` is None, on a real one."""

    def __init__(self, family, board=None, echo=None, sms_number=None):
        self.family = family
        self._real = board, echo, sms_number

    def __call__(self, scene, **options):
        if self.family is None:
            return play_real(scene, *self._real)
        return play(scene, self.family, **options)


def play(scene, personality, seed=1, is_chopped=True, **options):
    """Power on, then run `scene(bench, modem)` in virtual time."""

    async def within(clock):
        bench = Bench(clock, personality, seed, is_chopped, **options)
        modem = Modem(bench, on_event=bench.told.append)
        try:
            await modem.power_on()
            return await asyncio.wait_for(scene(bench, modem), A_DAY_S)
        finally:
            await modem.close()

    return run_virtual(within)


def play_real(scene, board, echo=None, sms_number=None):
    """The same on the modem of a board, in real time."""

    async def within():
        bench = RealBench(echo, sms_number)
        modem = Modem(board, on_event=bench.told.append)
        try:
            await modem.power_on()
            return await asyncio.wait_for(scene(bench, modem), REAL_LIMIT_S)
        finally:
            await modem.close()

    return asyncio.run(within())
