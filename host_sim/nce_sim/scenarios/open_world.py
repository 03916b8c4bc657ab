"""A world for other programs: modems on ptys, services at loopback twins, in real time.

world = OpenWorld(sims=3)
await world.start()
print(world.description())
world.on_record(print)
...
await world.close()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

from nce_bcl import BclError
from nce_sim.backend import Backend, open_storage
from nce_sim.backend_settings import BackendSettings
from nce_sim.control.channel import ControlChannel
from nce_sim.control.place import ControlError
from nce_sim.control.script import Step, play
from nce_sim.control.snapshot_verbs import START
from nce_sim.control.verb import Reach
from nce_sim.modem.core import Modem
from nce_sim.network.addresses import SHIFTS
from nce_sim.network.bearers import in_country
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.twin import TwinBlock, TwinError, TwinPorts, twin_of
from nce_sim.record.timeline import Record
from nce_sim.scenarios.accounts import read_accounts, take_up
from nce_sim.scenarios.open_api import ApiPlace, OpenApi
from nce_sim.scenarios.snapshots import Snapshots, State
from nce_sim.settings import Settings
from nce_sim.sim_card import SimCard
from nce_sim.start_time import clock_from, first_instant, settings_from
from nce_sim.steered_clock import SteeredClock
from nce_sim.storage import Storage, StorageError, export_to, import_from, load
from nce_sim.world import World

# Of the timeline: listeners get each record at once, so only a few are kept.
TIMELINE_BYTES = 8_000_000

# The block of twins: the first free one, this one, or none.
Twins = int | Literal["auto", "off"]


class OpenWorldFailed(RuntimeError):
    """The world cannot be opened; the message says why and what to try."""


class OpenWorld:
    """SIMs, each with a modem on a pty and a twin address, and one backend.

    SIMs of the database beyond `sims` are there without a modem.

    `start_ms` is the first instant, in milliseconds since 1970; by default the computer's time, or
    the instant after the database's last record. `import_from` fills a new database with an
    export, which `close` writes to `export_to`. `control` is the name of the control channel;
    None opens no channel, "" takes the first free name. `api` is the place of the HTTP API; None
    opens none. `speed` is how much faster than real time the world's time passes.
    """

    def __init__(
        self,
        sims: int = 1,
        seed: int = 1,
        db: str | None = None,
        template: str | None = None,
        *,
        family: str = "bg95",
        backend: BackendSettings | None = None,
        settings: Settings | None = None,
        twins: Twins = "auto",
        start_ms: int | None = None,
        control: str | None = None,
        api: ApiPlace | None = None,
        speed: float = 1.0,
        country: str | None = None,
        accounts: str | None = None,
        import_from: str | None = None,
        export_to: str | None = None,
    ) -> None:
        self._family, self._backend_settings = family, backend or BackendSettings()
        self._settings = settings or Settings(timeline_bytes=TIMELINE_BYTES)
        self._sims, self._seed, self._db, self._template = sims, seed, db, template
        self._which_twins, self._start_ms = twins, start_ms
        self._control_name = control
        self._api_place, self._speed = api, speed
        self._country, self._accounts = country, accounts
        self._import_from, self._export_to = import_from, export_to
        self._api: OpenApi | None = None
        self._here: Settings | None = None
        self._clock: SteeredClock | None = None
        self._reach: Reach | None = None
        self._snapshots: Snapshots | None = None
        self._script: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[Record], None]] = []
        self._is_open = False
        self._with_modem: list[SimCard] = []
        self._ports: list[PtyPort] = []
        self._block: TwinBlock | None = None
        self._twins: TwinPorts | None = None
        self._storage: Storage | None = None
        self._backend: Backend | None = None
        self._world: World | None = None
        self._control: ControlChannel | None = None

    async def start(self) -> None:
        """Open everything; OpenWorldFailed when an address is taken or the template is wrong."""
        try:
            await self._start()
        except TwinError as error:
            await self.close()
            raise OpenWorldFailed(
                f"{error.strerror}. `--twins N` (0 to {SHIFTS - 1}) takes another block, "
                "`--twins auto` the first free one; `--twins off` runs with modems alone"
            ) from error
        except (BclError, ControlError, OSError, ValueError) as error:
            await self.close()
            raise OpenWorldFailed(str(error)) from error

    async def _start(self) -> None:
        self._storage = open_storage(self._db)
        if self._import_from is not None:
            import_from(self._storage, self._import_from)
        start_ms = first_instant(self._start_ms, self._storage.last_record_ms)
        settings = settings_from(self._settings, start_ms)
        if self._country is not None:
            settings = in_country(self._country, settings)
        accounts = None if self._accounts is None else read_accounts(self._accounts)
        if self._which_twins != "off":
            shift = None if self._which_twins == "auto" else self._which_twins
            self._block = TwinBlock.claim(settings, self._backend_settings.addresses, shift)
            settings = self._block.settings
        self._here = settings
        world, backend = self._make(clock_from(start_ms, self._speed), self._storage)
        organisation_id = world.settings.account.organisation_id
        if accounts is not None:
            await take_up(accounts, backend, organisation_id)
        if self._template is not None:
            backend.add_template("cli", self._template)
        modems = self._make_modems(world)
        self._ports = [PtyPort(modem) for modem in modems]
        for modem in modems:
            modem.power_on()
        if self._block is not None:
            self._twins = TwinPorts(world.core, asyncio.get_running_loop(), self._block)
            await self._twins.open()
        self._snapshots = Snapshots(self)
        reach = self._reach = Reach(world, backend, self._snapshots)
        if self._control_name is not None:
            self._control = await ControlChannel.open(reach, self._control_name)
        if self._api_place is not None:
            self._api = OpenApi(self._api_place, reach, organisation_id)
            await self._api.start()
        if self._storage.is_sqlite:
            self._snapshots.take(START)
        self._is_open = True

    def _make(self, clock: SteeredClock, storage: Storage) -> tuple[World, Backend]:
        world = self._world = World(self._seed, clock=clock, settings=self._here)
        self._clock = clock
        self._backend = Backend(world, storage, self._backend_settings)
        return world, self._backend

    def _make_modems(self, world: World) -> list[Modem]:
        self._with_modem = [world.add_sim() for _ in range(self._sims)]
        return [world.add_modem(sim, self._family) for sim in self._with_modem]

    # -- its states ------------------------------------------------------------------------

    def parts(self) -> tuple[World, Backend, SteeredClock]:
        """What runs now; after `go_back` these are others."""
        if self._world is None or self._backend is None or self._clock is None:
            raise OpenWorldFailed("the world is not open")
        return self._world, self._backend, self._clock

    @property
    def reach(self) -> Reach:
        """What verbs act on."""
        if self._reach is None:
            raise OpenWorldFailed("the world is not open")
        return self._reach

    def go_back(self, state: State) -> None:
        """Put a world of an earlier state behind the same ptys, twins and doors.

        Nothing else has a turn meanwhile. StorageError when the database cannot be replaced: then
        the world goes on as it is, with modems that attach again.
        """
        former, backend, clock = self.parts()
        now_ms, speed, positions = clock.now_ms(), clock.speed, former.positions()
        backend.stop()
        clock.stop()
        failure: StorageError | None = None
        try:
            load(backend.storage, state.path)
            now_ms, speed, positions = state.now_ms, state.speed, state.positions
        except StorageError as error:
            failure = error
        world, backend = self._make(SteeredClock(start_ms=now_ms, speed=speed), backend.storage)
        modems = self._make_modems(world)
        world.set_positions(positions)
        world.timeline.follow(former.timeline)
        for listener in self._listeners:
            world.timeline.subscribe(listener)
        if failure is None:
            world.timeline.add("control", "restored", name=state.name)
        if self._reach is not None:
            self._reach.move(world, backend)
        if self._twins is not None:
            self._twins.serve(world.core)
        if self._api is not None:
            self._api.serve()
        for port, modem in zip(self._ports, modems, strict=True):
            port.join(modem)
            modem.power_on()
        if failure is not None:
            raise failure

    def play(self, steps: Sequence[Step], on_step: Callable[[str], object]) -> None:
        """Begin a script; `on_step` is told each step."""
        self._script = asyncio.ensure_future(play(self.reach, steps, on_step))
        self._script.add_done_callback(_tell_failure)

    def description(self) -> dict[str, Any]:
        """SIMs and endpoints, as `nce sim up` prints them."""
        if self._world is None or self._backend is None:
            raise OpenWorldFailed("the world is not open")
        core = self._world.core
        names: dict[str, str] = {}
        for name, hosts in core.settings.names.items():
            for host in hosts:
                names.setdefault(host, name)
        order = list(names)  # what has a name comes first
        has_twins = self._block is not None
        sims = []
        paths = {sim: port.path for sim, port in zip(self._with_modem, self._ports, strict=True)}
        for sim in self._world.sims:
            address = core.add_subscriber(sim)
            sims.append(
                {
                    "iccid": sim.iccid,
                    "imsi": sim.imsi,
                    "msisdn": sim.msisdn,
                    "address": address,
                    "twin": twin_of(address) if has_twins else None,
                    "pty": paths.get(sim),
                }
            )
        endpoints = [
            {
                "service": names.get(address.host, address.host),
                "address": str(address),
                "twin": f"{twin_of(address.host)}:{address.port}" if has_twins else None,
            }
            for address in sorted(
                core.listeners(),
                key=lambda one: order.index(one.host) if one.host in names else len(order),
            )
        ]
        return {
            "sims": sims,
            "endpoints": endpoints,
            "twins": None if self._block is None else self._block.shift,
            "time": self._world.now().isoformat(timespec="milliseconds"),
            "control": {
                "socket": None if self._control is None else str(self._control.path),
                **({} if self._api is None else self._api.control()),
            },
            "api": None if self._api is None else self._api.description(),
            "portal": None if self._api is None else self._api.portal(),
        }

    @property
    def start_ms(self) -> int:
        """The time at which the world's clock shows 0, in milliseconds since 1970."""
        if self._world is None:
            raise OpenWorldFailed("the world is not open")
        return self._world.settings.calendar_start_s * 1000

    def on_record(self, listener: Callable[[Record], None]) -> None:
        """Call `listener` with every record of the world's timeline."""
        if self._world is None:
            raise OpenWorldFailed("the world is not open")
        self._listeners.append(listener)
        self._world.timeline.subscribe(listener)

    async def close(self) -> None:
        """Close everything and commit the messages that arrived. Closing twice is harmless.

        OpenWorldFailed when the export cannot be written; everything is closed then, too.
        """
        if self._script is not None:
            self._script.cancel()
            await asyncio.gather(self._script, return_exceptions=True)
            self._script = None
        if self._api is not None:
            await self._api.close()
        if self._control is not None:
            await self._control.close()
        if self._twins is not None:
            self._twins.close()
        elif self._block is not None:
            self._block.close()
        for port in self._ports:
            port.close()
        self._ports.clear()
        if self._snapshots is not None:
            self._snapshots.close()
        try:
            if self._backend is not None:
                self._backend.stop()
            if self._is_open:
                self._is_open = False
                self._export()
        finally:
            if self._storage is not None:
                self._storage.close()

    def _export(self) -> None:
        if self._export_to is not None and self._storage is not None:
            try:
                export_to(self._storage, self._export_to)
            except StorageError as error:
                raise OpenWorldFailed(str(error)) from error


def _tell_failure(script: asyncio.Task[None]) -> None:
    if not script.cancelled() and script.exception() is not None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "the script failed", "exception": script.exception()}
        )
