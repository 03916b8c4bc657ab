"""A blueprint on trial: a board runs it for several lives, and what 1NCE has got is the judge.

    board = ProcessBoard(tmp_path)              # or anything that is a `TrialBoard`
    trial = await try_blueprint(board, TRIALS["coap"])
    trial.judge()

Time is real, so the cells are found in a moment; the deadline waits for a world that stood still,
as it does beside other work. The firmware is the one that ships, started by a program that
shortens its pauses and prints each record that the outbox took; of `lwm2m`, which has no outbox,
each that a server confirmed. On the way the modem resets, the cell is away, and the power is cut
while a record waits (the board is killed in the middle of whatever it does); then the next life
goes on with the same flash. A trial ends when all that was kept has arrived.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nce_sim.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.firmware.process import FirmwareProcess, Interpreter
from nce_sim.firmware.tree import SOURCE_ROOT, compile_tree
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.modem.core import Modem
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.settings import CellSettings, Settings
from nce_sim.sim_card import SimCard
from nce_sim.world import World
from support import lwm2m_world

BLUEPRINTS = SOURCE_ROOT / "firmware" / "blueprints"
MODULE = "trial"
DEADLINE_S = 400
MOST_STANDING_S = 400  # of standing still, for which a deadline waits
LOOK_S = 0.5
END_S = 30  # for the last life to end
SILENCE_S = 120
HOLE_S = 8
CELL = CellSettings(search_ms=(300, 900), attach_ms=(100, 300), cell_lost_ms=(500, 1_500))
RESETS_APART_S = (6, 8, 10, 12)  # it is on again after five
CUT_AFTER_S = 1.5
MOST_WAIT_S = 12
RECORDS_OF_A_STAGE = 2
# What a board kept, and had not told when its power was cut: a new life leaves out their numbers.
MOST_UNTOLD = 5
MOST_LIVES = 10
INTERVAL_S = 3
MOST_READS = 5
KEY = "the customer's key"  # for LwM2M
HEAP_KIB = 320  # with 64-bit words, and the code in it: docs/firmware.md, "Heap"

# Starts `main` with shorter pauses; nothing else of the firmware is changed.
PROGRAM = """
import running, settings_check

settings_check.LEAST_INTERVAL_S = 1
running.FIRST_PAUSE_S = 2
running.LONGEST_PAUSE_S = 8
{hook}

import main
from blueprints.start import start

start(main.run)
"""

# Print what was kept.
OF_THE_OUTBOX = """
from station import Station

whole = Station.keep

def keep(station, record):
    whole(station, record)
    print("kept", record.get("{field}"))

Station.keep = keep
"""
# Print what is about to be sent, and what a server has confirmed.
OF_A_SEND = """
from nce.lwm2m.budget import Budget
from rounds.lwm2m import Rounds

Budget.take = lambda budget, now_ms: True  # a trial has the resets of weeks within minutes
whole = Rounds.deliver

async def deliver(rounds):
    number = rounds._environment["{field}"]
    print("begun", number)
    await whole(rounds)
    print("kept", number)

Rounds.deliver = deliver
"""

READINGS = """
VERSION = "0.1.0"
DEVICE_TYPE = "nce-board"
number = {first}

def following():
    global number
    number += 1
    return number - 1

async def read(modem):
    return {{"battery_level": following(), "signal_strength": 0, "software_version": VERSION}}

async def environment():
    return {{"temperature": following(), "humidity": 0, "brightness": 0,
             "maintenance_needed": False}}

async def position(modem):
    return None

def objects():
    return []

async def chunks(modem):
    return [b"a chunk"]

async def received(message, sender, modem):
    return None
"""


@dataclass(frozen=True)
class Plan:
    """A blueprint, its settings, and what tells its records apart.

    template: the name of the template in the portal's place, None for none. field: the asset that
    is a record's number; path: that of a value that is one, where values have paths. most_lost:
    records that may be lost, where nothing acknowledges one. stages: the names of the troubles
    that come, one after the other. records: how many arrive before each of them, and after the
    last. hook: the part of the program that tells what is kept. heap_kib: of a process.
    """

    blueprint: str
    settings: Mapping[str, Any]
    template: str | None = "status"
    protocol: str = "COAP"
    field: str = "battery_level"
    most_lost: int = 0
    stages: tuple[str, ...] = ("reset", "hole", "power cut")
    records: int = RECORDS_OF_A_STAGE
    path: str | None = None
    hook: str = OF_THE_OUTBOX
    heap_kib: int = HEAP_KIB


TRIALS = {
    plan.blueprint: plan
    for plan in (
        Plan("coap", {"TRANSPORT": "coaps"}),
        Plan("udp", {"TOPIC": None, "LISTEN_PORT": 3000}, protocol="UDP", most_lost=6),
        Plan(
            "energy_saver",
            {"TEMPLATE": "blueprints.environment_codec", "TRANSPORT": "coap"},
            template="environment",
            field="temperature",
        ),
        Plan(
            "gps",
            {"TEMPLATE": "blueprints.gps_codec", "POSITIONS": "track"},
            template="gps",
            field="time_ms",
        ),
        Plan("sms", {"TOPIC": None, "TEMPLATE": None}, template=None, protocol="SMS"),
        Plan("low_power", {"PSM_ACTIVE_S": 2, "INTERVAL_S": 6}, records=1),  # it sleeps in between
        Plan("controller", {"LISTEN_PORT": 3000}),
        Plan("memfault", {}),
        Plan("ota", {}),
        Plan(
            "lwm2m",
            {"TRANSPORT": "coaps", "LWM2M_KEY": KEY},
            template=None,
            protocol="LWM2M",
            field="temperature",
            path="/3303/0/5700",
            stages=("reset", "hole", "power cut", "read"),
            hook=OF_A_SEND,
            heap_kib=640,
        ),
    )
}


class Life(Protocol):
    """A board from its start to its end."""

    def lines(self) -> AsyncGenerator[str, None]:
        """What it prints; it ends when the board does by itself, as before a deep sleep."""

    async def kill(self) -> None:
        """End it at once; to do it twice is harmless."""


class TrialBoard(Protocol):
    """How the board of a trial runs. It keeps its flash from one life to the next.

    folder: what `FOLDER` of config.py is. has_power_key: whether it can switch the modem on.
    """

    folder: str
    has_power_key: bool

    async def start(self, modem: Modem, files: Mapping[str, str]) -> Life:
        """Begin a life with these files (name -> text) beside the firmware, running `MODULE`."""


@dataclass
class Trial:
    """What a trial has come to; `lines` are the console's, `kept` the numbers that it kept."""

    plan: Plan
    lines: list[str] = field(default_factory=list)
    begun: int = 0  # records that are kept or about to be
    kept: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    lives: int = 0
    next_number: int = 0  # of a record of the next life; it has a byte
    troubles: list[str] = field(default_factory=list)
    standing_s: float = 0.0  # how long the world stood still, since the computer was busy

    @property
    def lost(self) -> list[float]:
        """Numbers that were kept, and did not arrive."""
        return [number for number in self.kept if number not in self.arrived]

    @property
    def overtaken(self) -> list[float]:
        """Numbers that were kept and lost: two records that were kept later have arrived."""
        later = [at for at, number in enumerate(self.kept) if number in self.arrived][-2:]
        before = self.kept[: later[0]] if len(later) == 2 else []
        return [number for number in before if number not in self.arrived]

    def hear(self, line: str) -> None:
        """Note a line of the console."""
        self.lines.append(line)
        if not line.startswith(("begun ", "kept ")):
            return
        number = float(line.split()[1])
        self.begun += 1
        self.next_number = int(number) + 1 + MOST_UNTOLD
        if line.startswith("kept "):
            self.kept.append(number)

    def judge(self) -> None:
        """AssertionError, with the console, when a record is lost or too few arrived."""
        told = f"{self.plan.blueprint}: {self}"
        assert self.troubles == list(self.plan.stages), told
        assert self.lives == 1 + self.troubles.count("power cut"), told
        assert len(self.kept) == len(set(self.kept)), told
        assert len(self.lost) <= self.plan.most_lost, told
        assert len(set(self.arrived)) >= self.plan.records * len(self.plan.stages), told

    def __str__(self) -> str:
        console = "\n  ".join(self.lines[-60:])
        return (
            f"the console:\n  {console}\n{self.lives} lives, troubles {self.troubles}, kept "
            f"{self.kept}, arrived {self.arrived}, lost {self.lost}; the world stood still for "
            f"{self.standing_s:.0f} s"
        )


class Scene:
    """A world with one device, and the life of it that goes on."""

    def __init__(self, plan: Plan, board: TrialBoard, trial: Trial) -> None:
        self.world = World(seed=1, clock=LoopClock(), settings=Settings(cell=CELL))
        self.plan = plan
        self.board = board
        self.trial = trial
        self.sim: SimCard = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim)
        self.modem.power_saving.rrc_inactivity_ms = 1_000  # so that it sleeps soon
        if not board.has_power_key:
            self.modem.power_on()
        self.world.operator.sms.set_forwarder(lambda method, body, done: done(200))
        self.life: Life | None = None
        self.backend: Backend | None = None  # once the trial has begun
        self.is_over = False

    def begin(self, backend: Backend) -> None:
        """What the customer does in 1NCE OS first."""
        self.backend = backend
        if self.plan.template is not None:
            text = (BLUEPRINTS / f"{self.plan.template}_template.json").read_text(encoding="utf-8")
            backend.add_template(self.plan.template, text, (self.plan.protocol,))
        if self.plan.protocol == "LWM2M":
            lwm2m_world.activate(self.world, backend)
            lwm2m_world.set_key(self.world, backend, self.sim.iccid, KEY.encode())

    def arrived(self, backend: Backend) -> list[float]:
        """The numbers of the records that 1NCE has, the oldest first."""
        if self.plan.protocol == "SMS":
            texts = [each.user_data.text for each in self.world.operator.sms.messages(self.sim)]
            found = [re.search(rf"\b{self.plan.field}=(\d+)", text) for text in texts]
            return [float(each[1]) for each in found if each is not None]
        history = backend.inspector.history(self.sim.iccid, page_size=None)
        # A datagram that was begun when the power went may end as anything.
        values = [message.value for message in reversed(history) if message.is_json]
        name = self.plan.path or self.plan.field
        return [float(value[name]) for value in values if self.plan.path in (None, *value)]

    def cover(self, is_covered: bool) -> None:
        for cell in self.world.operator.cells:
            cell.is_in_coverage = is_covered


Trouble = Callable[[Scene], Awaitable[None]]


async def modem_resets(scene: Scene) -> None:
    """By itself, in the middle of the work."""
    scene.modem.faults.reset()


async def coverage_is_away(scene: Scene) -> None:
    """For a while."""
    scene.cover(False)
    await asyncio.sleep(HOLE_S)
    scene.cover(True)


async def power_is_cut(scene: Scene) -> None:
    """The board's, while a record waits since the cell is away; the modem has its own supply."""
    scene.cover(False)
    trial, count = scene.trial, scene.trial.begun
    for _ in range(MOST_WAIT_S * 10):
        # None is kept while an earlier one is being sent: then that one waits.
        if trial.begun > count:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(CUT_AFTER_S)
    assert scene.life is not None
    await scene.life.kill()
    scene.cover(True)


async def sim_is_disabled(scene: Scene) -> None:
    """By the customer, for a while: the network ends the session."""
    scene.world.set_sim_enabled(scene.sim, False)
    await asyncio.sleep(HOLE_S)
    scene.world.set_sim_enabled(scene.sim, True)


async def server_reads(scene: Scene) -> None:
    """The customer reads the device by LwM2M, and has an answer; a request that met the bootstrap
    after a reset is asked again."""
    for _ in range(MOST_READS):
        request = await lwm2m_world.done(scene, "read", "/3/0/0")
        if request.status == "SUCCEEDED":
            return
        await asyncio.sleep(INTERVAL_S)
    raise AssertionError(f"{request}; {scene.trial}")


def resets_apart(seconds: float) -> Trouble:
    """The modem resets, and again so much later: on the way back, whatever is under way then."""

    async def resets(scene: Scene) -> None:
        scene.modem.faults.reset()
        await asyncio.sleep(seconds)
        scene.modem.faults.reset()

    return resets


TROUBLES: dict[str, Trouble] = {
    "reset": modem_resets,
    "hole": coverage_is_away,
    "power cut": power_is_cut,
    "SIM disabled": sim_is_disabled,
    **{f"resets {seconds} s apart": resets_apart(seconds) for seconds in RESETS_APART_S},
    "read": server_reads,
}


async def try_blueprint(board: TrialBoard, plan: Plan, deadline_s: float = DEADLINE_S) -> Trial:
    """Run the blueprint until all troubles are over, and all that was kept has arrived.

    AssertionError, with the console, when that takes longer than `deadline_s`.
    """
    trial = Trial(plan)
    scene = Scene(plan, board, trial)
    with Backend(scene.world) as backend:
        scene.begin(backend)
        living = asyncio.ensure_future(_live(scene, trial))
        stages = asyncio.ensure_future(_stages(scene, trial, backend, living))
        try:
            if not await _is_done(stages, trial, deadline_s):
                raise AssertionError(f"{plan.blueprint} is not done: {trial}")
        finally:
            stages.cancel()
            # A life that ends because of it must not be followed by another.
            scene.is_over = True
            living.cancel()
            await asyncio.wait({living}, timeout=END_S)
            trial.arrived = scene.arrived(backend)
    return trial


async def _is_done(stages: asyncio.Future[None], trial: Trial, deadline_s: float) -> bool:
    """Wait for the stages; False at the deadline, for which standing still does not count."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    while loop.time() - begun_s - min(trial.standing_s, MOST_STANDING_S) < deadline_s:
        looked_s = loop.time()
        done, _ = await asyncio.wait({stages}, timeout=LOOK_S)
        if done:
            stages.result()
            return True
        trial.standing_s += max(0.0, loop.time() - looked_s - LOOK_S)
    return False


async def _stages(
    scene: Scene, trial: Trial, backend: Backend, living: asyncio.Future[None]
) -> None:
    async def until(is_time: Callable[[list[float]], bool]) -> None:
        while not is_time(trial.arrived):
            if living.done():
                living.result()
                raise AssertionError(f"the firmware ended by itself: {trial}")
            if trial.plan.most_lost == 0 and trial.overtaken:
                raise AssertionError(f"{trial.overtaken} are lost: {trial}")
            await asyncio.sleep(0.1)
            trial.arrived = scene.arrived(backend)

    for name in trial.plan.stages:
        enough = len(set(trial.arrived)) + trial.plan.records
        await until(lambda arrived, enough=enough: len(set(arrived)) >= enough)  # type: ignore[misc]
        trial.troubles.append(name)
        await TROUBLES[name](scene)
    enough = len(set(trial.arrived)) + trial.plan.records
    await until(
        lambda arrived: len(set(arrived)) >= enough and len(trial.lost) <= trial.plan.most_lost
    )


async def _live(scene: Scene, trial: Trial) -> None:
    """Life after life."""
    while trial.lives < MOST_LIVES and not scene.is_over:
        trial.lives += 1
        settings = {"INTERVAL_S": INTERVAL_S, "TEMPLATE": "blueprints.status_codec"}
        settings.update(BLUEPRINT=scene.plan.blueprint, FOLDER=scene.board.folder)
        settings.update(scene.plan.settings)
        files = {
            "config.py": "".join(f"{name} = {value!r}\n" for name, value in settings.items()),
            "readings.py": READINGS.format(first=trial.next_number),
            f"{MODULE}.py": PROGRAM.format(hook=scene.plan.hook.format(field=scene.plan.field)),
        }
        life = scene.life = await scene.board.start(scene.modem, files)
        try:
            async with aclosing(life.lines()) as lines:
                async for line in lines:
                    trial.hear(line)
        except FirmwareFailed as error:
            if trial.troubles[-1:] != ["power cut"]:
                raise AssertionError(f"{error}; {trial}") from None
        finally:
            await life.kill()


class ProcessBoard:
    """A process on this host, its flash a folder.

    compiled: where the firmware is compiled, once for all boards that name the same folder.
    limit_s, silence_s: of a life, and of what it prints.
    """

    has_power_key = True

    def __init__(
        self,
        scratch: Path,
        compiled: Path | None = None,
        heap_kib: int = HEAP_KIB,
        limit_s: float = DEADLINE_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._limits = {"deadline_s": limit_s, "silence_s": silence_s}
        self.folder = str(scratch / "flash")
        self._tree = scratch / "tree"
        self._interpreter = Interpreter.find("micropython", heap_kib)
        Path(self.folder).mkdir()
        compiled = compiled or scratch / "compiled"
        compile_tree(SOURCE_ROOT, compiled)
        shutil.copytree(compiled, self._tree)

    async def start(self, modem: Modem, files: Mapping[str, str], module: str = MODULE) -> Life:
        """Begin a life."""
        for name, text in files.items():
            (self._tree / name).write_text(text, encoding="utf-8")
        return await _ProcessLife.begin(self._interpreter, self._tree, modem, module, self._limits)


class _ProcessLife(FirmwareProcess):
    """One run of the tree."""

    def __init__(self, interpreter: Interpreter, tree: Path, limits: Mapping[str, float]) -> None:
        super().__init__(interpreter, tree, **limits)
        self._tree = tree
        self._port: SocketpairPort | None = None

    @classmethod
    async def begin(
        cls,
        interpreter: Interpreter,
        tree: Path,
        modem: Modem,
        module: str,
        limits: Mapping[str, float],
    ) -> _ProcessLife:
        life = cls(interpreter, tree, limits)
        life._port = port = SocketpairPort(modem)
        await life.start(module, port.child_fds)
        port.child_started()
        return life

    def _surroundings(self) -> dict[str, Any]:
        return {"cwd": self._tree, "env": {**os.environ, "MICROPYPATH": ".frozen"}}

    async def kill(self) -> None:
        await super().kill()
        if self._port is not None:
            self._port.close()
            self._port = None


def is_micropython_here() -> bool:
    """Whether there is one beside this Python."""
    return Path(sys.executable).with_name("micropython").exists()
