"""The modem, the device and its outbox, as `config.py` wants them: what blueprints that run share.

station = Station(board, settings, console)
station.keep({"level": 42})     # on flash, or in memory while the flash takes nothing
await station.deliver()         # all that waits; raises what prevents it
await station.renew()           # a fresh modem and device; records stay
"""

import asyncio
import gc
import os

from nce.errors import UsageError
from nce.folder import Folder
from nce.outbox import Outbox
from nce.slots import Slots
from nce_modem import Modem
from record_template import template_of

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce.device import Device
    from nce_modem.seams import Any, Board, Callable
    from settings_check import Settings

MOST_IN_MEMORY = 8  # records, while the flash takes none
ANSWER_LIMIT_S = 60  # of the user's code, to a message from outside


class Station:
    """See above. `folder_of(path)` and `store_of(path)` make what keeps records and keys;
    `bearer_of` is given the modem, and returns what the device sends by; `device_of` is given the
    station, and returns what takes the device's place. `transport`: not that of the settings."""

    def __init__(
        self,
        board: "Board",
        settings: "Settings",
        console: "Console",
        transport: "str | None" = None,
        random_bytes: "Callable[[int], bytes]" = os.urandom,
        folder_of: "Callable[[str], Any]" = Folder,
        store_of: "Callable[[str], Any]" = Slots,
        bearer_of: "Callable[[Modem], Any] | None" = None,
        device_of: "Callable[[Any], Any] | None" = None,
    ) -> None:
        self.settings = settings
        self.console = console
        self._board = board
        self._transport = transport or settings.TRANSPORT
        self._random_bytes = random_bytes
        self._folder_of = folder_of
        self._store_of = store_of
        self._bearer_of = bearer_of
        self._device_of = device_of
        self._template = template_of(settings.TEMPLATE)
        self._held: "list[Any]" = []  # records that are not on flash
        self._is_full_told = False
        self.outbox: "Outbox | None" = None
        self._make()

    def _make(self) -> None:
        settings = self.settings
        family = None if settings.FAMILY == "ask" else settings.FAMILY
        self.modem = Modem(
            self._board,
            family=family,
            apn=settings.APN,
            rats=settings.RATS,
            bands=settings.BANDS,
            on_event=self.console.event,
        )
        self._device: "Device | None" = None

    @property
    def device(self) -> "Device":
        """The device, made when it is first needed."""
        if self._device is None:
            if self.outbox is None:
                self._open_outbox()
            made_by = self._device_of
            device: "Device" = self._made_device() if made_by is None else made_by(self)
            self._device = device
        return self._device

    @property
    def stored(self) -> "int | None":
        """How many records were ever stored, also before a restart; None without the flash."""
        return None if self.device is None or self.outbox is None else self.outbox.next_number

    def _made_device(self) -> "Device":
        from nce.device import Device  # not before: it takes heap, and SMS go without

        is_secure = self._transport == "coaps"
        return Device(
            self.modem if self._bearer_of is None else self._bearer_of(self.modem),
            self._template,
            self.settings.TOPIC,
            transport=self._transport,
            outbox=self.outbox,
            credentials_store=self.store("key") if is_secure else None,
            session_store=self.store("session") if is_secure else None,
            random_bytes=self._random_bytes,
            on_event=self.console.event,
        )

    @property
    def holds_records(self) -> bool:
        """Whether records are in memory alone, as the flash took none."""
        return bool(self._held)

    def store(self, name: str) -> "Any":
        """Two slots on flash, in the folder of the settings."""
        return self._store_of(path_in(self.settings.FOLDER, name))

    def _open_outbox(self) -> None:
        try:
            folder = self._folder_of(path_in(self.settings.FOLDER, "outbox"))
            self.outbox = Outbox(folder, self.settings.OUTBOX_BYTES)
        except OSError as error:
            self._tell_full(error)
        else:
            if len(self.outbox):
                self.console.say("%d records wait on flash" % len(self.outbox))

    def _tell_full(self, error: "OSError") -> None:
        if not self._is_full_told:
            self.console.trouble("the flash takes no record: %s" % error)
        self._is_full_told = True

    def keep(self, record: "Any") -> None:
        """Keep a record until it is delivered.

        Raises ValueError for one that does not fit the template, `UsageError` for its size.
        """
        while len(self._held) >= MOST_IN_MEMORY:
            self._held.pop(0)
            self.console.trouble("a record is lost: the flash takes none, and memory is full")
        self._held.append(record)
        self._store_held()

    def _store_held(self) -> None:
        device = self.device
        while self._held and self.outbox is not None:
            record = self._held.pop(0)
            try:
                device.store(record)
            except UsageError:
                raise
            except OSError as error:
                self._held.insert(0, record)
                self._tell_full(error)
                return
            self._is_full_told = False

    async def deliver(self) -> None:
        """Deliver all that waits; raises as `Device.flush` and `Device.send` do."""
        device = self.device
        if self._transport == "udp":
            await (
                self.modem.attach()
            )  # nothing tells that a datagram is lost: the network is there
        count = await device.flush()
        self._store_held()  # there may be room now
        if self.outbox is not None and len(self.outbox):
            count += await device.flush()
        while self._held:
            await device.send(self._held[0])
            self._held.pop(0)
            count += 1
        if count:
            self.console.say("%d records are delivered" % count)

    async def hand_over(self, message: "bytes | str", sender: str) -> "bytes | str | None":
        """What the user's code answers to a message from outside; None for nothing, and for an
        error of that code, which is told."""
        import readings

        try:
            answer = await asyncio.wait_for(
                readings.received(message, sender, self.modem), ANSWER_LIMIT_S
            )
            if answer is None or isinstance(answer, (bytes, str)):
                return answer
            raise TypeError("%r is no answer: return bytes, text or None" % (answer,))
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            self.console.say("the message is dropped: %s: %s" % (type(error).__name__, error))
        return None

    async def proxy(self) -> "Any":
        """A session with 1NCE OS's CoAP proxy, as secure as the device's, in the place of that:
        two at once take more heap than a small board has."""
        from nce.proxy import Proxy  # not before: most blueprints go without

        await self.device.close()
        gc.collect()
        is_secure = self._transport == "coaps"
        bearer = self.modem if self._bearer_of is None else self._bearer_of(self.modem)
        return Proxy(bearer, self.device.credentials if is_secure else None, self._random_bytes)

    async def close(self) -> None:
        """Give the sockets and the line back."""
        device, self._device = self._device, None
        if device is not None:
            await device.close()
        await self.modem.close()

    async def renew(self) -> None:
        """A fresh modem and device. The pace of attaching is kept: the network is not asked
        more often for it."""
        self.console.say("starting afresh with the modem")
        pace = self.modem.save_state()
        await self.close()
        self.outbox = None
        self._make()
        self.modem.restore_state(pace)
        gc.collect()


def path_in(folder: str, name: str) -> str:
    """A path in the folder of the settings."""
    return folder + "/" + name if folder else name
