"""Blueprint: LwM2M. The device registers with 1NCE OS; servers read, write and execute; each
interval it sends `/3/0` and what it measures (Send).

| object | what |
|---|---|
| 3, 4, 7 | the device with reboot and factory reset; its connection; how much went |
| 5 | firmware update, pushed or pulled: docs/firmware.md, "Updates" |
| 6 | where it is: `readings.position` |
| 10 | power saving, with `config.LWM2M_QUEUE_MODE` |
| 3311, 3338, 3347, 3342 | lights with dimmer and colour, a buzzer with level, buttons, switches |
| 3303, 3304 | temperature and humidity, of `readings.environment`, where it has them |
| others | `readings.objects` |

With `config.LWM2M_QUEUE_MODE` the modem sleeps in between (PSM), and servers wait for its updates.
The LED shows the state: three blinks, connecting; one long, registered.
"""

import asyncio
import os

import readings
from board_objects import BoardObjects
from nce.lwm2m import events
from nce.lwm2m.connectivity import ConnectivityMonitoring
from nce.lwm2m.device import ENDPOINT_DIGITS, Lwm2mDevice
from nce.lwm2m.equipment import Equipment
from nce.lwm2m.location import Location
from nce.lwm2m.statistics import ConnectivityStatistics
from nce_modem import UsageError
from signs import DELIVERED, LOOK_EVERY_MS, WORKING, Signs
from station import Station

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

REGISTER_LIMIT_S = 1_800
SEND_LIMIT_S = 600
CONNECTING = (60, 90, 60, 90, 60)
REGISTERED = DELIVERED
MANUFACTURER = "1NCE"
# A firmware package goes to the flash as it comes, while SenML has to be held; a Send has SenML.
TLV = 11_542
# What is said of an event; others are not.
SENTENCES = {
    events.BOOTSTRAPPED: "LwM2M: bootstrapped",
    events.REGISTERED: "LwM2M: registered",
    events.DEREGISTERED: "LwM2M: deregistered",
    events.SLEEP: "LwM2M: nothing to do; the modem sleeps, where the network lets it",
}


class Rounds:
    """What `running.Runner` runs; `options` are those of `Station`. `update_of` makes an
    `update.Update`."""

    def __init__(
        self,
        board: "Board",
        settings: "Settings",
        console: "Console",
        update_of: "Any" = None,
        **options: "Any",
    ) -> None:
        self.station = Station(board, settings, console, **options)
        self._restart: "Any" = getattr(board, "restart", None)
        self._update_of = update_of
        self._random_bytes = options.get("random_bytes", os.urandom)
        self._signs = Signs(board, console)
        self.shown = BoardObjects(board, console)
        self.place = Location()
        self.device: "Lwm2mDevice | None" = None
        self._environment: "dict[str, Any]" = {}
        self._sensors: "list[Any]" = []
        self._saving: "Any" = None

    async def measure(self) -> None:
        """Read the sensors, and see where the device is."""
        self._environment = await readings.environment()
        position = await readings.position(self.station.modem)
        if position is not None:
            self.place.update(*position)

    async def deliver(self) -> None:
        """Be registered, and send the device and its sensors."""
        device = await self._started()
        await device.registered(REGISTER_LIMIT_S)
        paths: "list[Any]" = [(3, 0)]
        paths += [(one.definition.number, one.number) for one in self._sensors]
        await device.send(paths, SEND_LIMIT_S)
        self.station.console.say("1 record is delivered")

    async def renew(self) -> None:
        """A fresh modem and device; what servers know of it is kept."""
        await self._stop()
        await self.station.renew()

    async def pause(self, milliseconds: int) -> bool:
        """Look at buttons and switches for a while."""
        if not self.shown.has_inputs:
            await asyncio.sleep(milliseconds / 1000)
            return False
        self.shown.look()
        await asyncio.sleep(min(milliseconds, LOOK_EVERY_MS) / 1000)
        return False

    async def _stop(self) -> None:
        device, self.device = self.device, None
        if device is not None:
            await device.close()

    async def _started(self) -> "Lwm2mDevice":
        """The device, made and begun where it is not there."""
        if self.device is not None:
            return self.device
        station, settings = self.station, self.station.settings
        modem = station.modem
        if settings.LWM2M_QUEUE_MODE:
            await self._ask_for_psm()
        await modem.attach()  # the SIM names the device
        key = settings.LWM2M_KEY
        device = Lwm2mDevice(
            modem,
            self._objects(modem),
            transport=settings.TRANSPORT,
            key=key.encode() if isinstance(key, str) else key,
            store=station.store("lwm2m"),
            session_store=station.store("session") if settings.TRANSPORT == "coaps" else None,
            power_saving=self._saving,
            random_bytes=self._random_bytes,
            on_event=self._tell,
            preferred_format=TLV,
            is_queue_mode=settings.LWM2M_QUEUE_MODE,
            awake_ms=settings.PSM_ACTIVE_S * 1000 if self._saving is not None else 93_000,
        )
        await device.start()
        self.device = device
        return device

    def _objects(self, modem: "Any") -> "list[Any]":
        from nce_modem.connection import read_connection
        from vitals import read_battery

        async def battery() -> "tuple[int | None, int | None]":
            found = await read_battery(modem)
            return found.percent, found.millivolts

        restart = self._restart
        equipment = Equipment(
            MANUFACTURER,
            readings.DEVICE_TYPE,
            serial=(modem.iccid or "")[:ENDPOINT_DIGITS],
            firmware_version=readings.VERSION,
            hardware_version=modem.model or "",
            software_version=modem.revision or "",
            device_type=readings.DEVICE_TYPE,
            binding="UQ" if self.station.settings.LWM2M_QUEUE_MODE else "U",
            reboot=restart,
            factory_reset=self._forget if restart is not None else None,
            battery=battery,
        )
        self._sensors = self._of_the_environment() + readings.objects()
        made: "list[Any]" = [equipment, self.place, ConnectivityStatistics()]
        made.append(ConnectivityMonitoring(lambda: read_connection(modem)))
        made.append(self._firmware_update())
        if self._saving is not None:
            from nce.lwm2m.cellular import CellularConnectivity

            settings = self.station.settings
            timers = settings.PSM_UPDATE_S, settings.PSM_ACTIVE_S
            made.append(CellularConnectivity(self._change_psm, *timers))
        return made + self.shown.all + self._sensors

    def _of_the_environment(self) -> "list[Any]":
        from nce.lwm2m.sensors import Humidity, Temperature

        made: "list[Any]" = []
        if "temperature" in self._environment:
            made.append(Temperature(lambda: self._environment["temperature"]))
        if "humidity" in self._environment:
            made.append(Humidity(lambda: self._environment["humidity"]))
        return made

    def _firmware_update(self) -> "Any":
        from nce.lwm2m.firmware_update import FirmwareUpdate

        return FirmwareUpdate(
            self._update_of or _update,
            self._restart,
            self.station.store("package"),
            is_secure=self.station.settings.TRANSPORT == "coaps",
            on_event=self.station.console.trouble,
            name=readings.DEVICE_TYPE,
            has_begun=self._update_of is not None or _has_begun(),
        )

    def _forget(self) -> None:
        """Factory reset: what servers and the modem told is forgotten, then the board restarts."""
        for name in ("lwm2m", "session", "package"):
            self.station.store(name).save(b"")
        if self._restart is not None:
            self._restart()

    # --- power saving ---

    async def _ask_for_psm(self) -> None:
        from nce_modem.power_saving import PowerSaving

        settings = self.station.settings
        saving = PowerSaving(self.station.modem)
        try:
            if settings.PSM_UPDATE_S is not None:
                await saving.request_psm(settings.PSM_UPDATE_S, settings.PSM_ACTIVE_S)
            if settings.EDRX_S is not None:
                await saving.request_edrx(settings.EDRX_S)
        except UsageError as error:
            self.station.console.trouble("no power saving: %s" % error)
            return
        self._saving = saving

    def _change_psm(self, update_s: "int | None", active_s: int) -> None:
        """A server wrote object 10."""

        async def change() -> None:
            try:
                if update_s is None:
                    await self._saving.request_no_psm()
                else:
                    await self._saving.request_psm(update_s, active_s)
            except (OSError, ValueError) as error:
                self.station.console.trouble("the power saving stays as it is: %s" % error)

        asyncio.create_task(change())  # noqa: RUF006 - it ends by itself

    # --- what a person sees ---

    def _tell(self, event: "Any") -> None:
        console = self.station.console
        if event.kind == events.FAILED:
            console.say("LwM2M: %s" % event.detail)
        elif event.kind == events.HANDLER_FAILED:
            path, error = event.detail
            console.trouble("LwM2M: /%s: %s" % ("/".join([str(one) for one in path]), error))
        elif event.kind in SENTENCES:
            console.say(SENTENCES[event.kind])
        pattern = {
            events.CONNECT: CONNECTING,
            events.REGISTERED: REGISTERED,
            events.UPDATED: WORKING,
        }.get(event.kind)
        if pattern is not None:
            asyncio.create_task(self._show(pattern))  # noqa: RUF006 - it takes a second at most

    async def _show(self, pattern: "tuple[int, ...]") -> None:
        await self._signs.show(pattern)
        self.shown.show_again()


def _update() -> "Any":
    from update import Update

    return Update()


def _has_begun() -> bool:
    """Whether an update was ever begun: its files are there."""
    import application

    for slot in (0, 1):
        try:
            os.stat("%supdate.%d" % (application.root(), slot))
            return True
        except OSError:
            pass
    return False
