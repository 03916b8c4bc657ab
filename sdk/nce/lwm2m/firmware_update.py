"""Firmware update (object 5, version 1.1): pushed in blocks, or pulled from a CoAP server.

    from nce.lwm2m.device import Lwm2mDevice

    firmware = FirmwareUpdate(Update, board.restart)    # `update` of firmware/
    async with Lwm2mDevice(modem, objects=[firmware, ...]) as device: ...

The image goes to the update's folder block by block, is checked, put on trial by Update (resource
2), and kept or rolled back by the next start: docs/firmware.md, "Updates". A transfer that broke
off goes on where it was, also after a restart. An image that is wrong is erased.

What decides what the device runs is the digest in the package's head. It counts when LwM2M itself
goes over DTLS; else nothing is installed (result 5), unless the program says `is_secure=True` and
takes the network for enough. A package that is pulled by plain CoAP needs its digest in the URI.
"""

import asyncio

from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.firmware_update import DEFINITION

if 1 - 1:
    from nce.lwm2m.fetch import OpenPort
    from nce.lwm2m.firmware_steps import FirmwareSteps
    from nce.seams import Any, Callable, FirmwareStore, Store, Tell

_PACKAGE = const(0)
_PACKAGE_URI = const(1)
_UPDATE = const(2)
_CANCEL = const(10)
_SEVERITY = const(11)
_LONGEST_DEFERRAL = const(13)
_MOST_URI = const(255)


class FirmwareUpdate(Instance):
    """See above.

    update_of: makes the `update.Update`, when it is first needed; at once with `has_begun`.
    restart: restarts the board; without it a person has to.
    store: keeps the URI of a download over a restart (`nce.slots.Slots`).
    is_secure: whether what servers say comes over DTLS; None is what `Lwm2mDevice` finds.
    is_welcome: asked before an update; while it says no, the update is deferred, for as long as
        the server allows (resource 13). None is never asked.
    on_event: called with a text when something fails.
    """

    def __init__(
        self,
        update_of: "Callable[[], FirmwareStore]",
        restart: "Callable[[], object] | None" = None,
        store: "Store | None" = None,
        is_secure: "bool | None" = None,
        is_welcome: "Callable[[], bool] | None" = None,
        on_event: "Tell | None" = None,
        name: str = "",
        has_begun: bool = True,
    ) -> None:
        self.is_secure = is_secure
        self._given = (update_of, restart, store, is_welcome, on_event)
        self._steps: "FirmwareSteps | None" = None
        self._is_begun = asyncio.Event()
        values: "dict[int, Any]" = {
            _PACKAGE: lambda: None,
            _PACKAGE_URI: lambda: "" if self._steps is None else self._steps.uri,
            _UPDATE: None,
            3: lambda: 0 if self._steps is None else self._steps.state,
            5: lambda: 0 if self._steps is None else self._steps.result,
            7: lambda: "" if self._steps is None else self._steps.version(),
            8: {0: 0, 1: 1},  # CoAP, and over DTLS
            9: 2,  # pushed and pulled
            _CANCEL: None,
            _SEVERITY: 1,  # mandatory
            12: unix_s(),
            _LONGEST_DEFERRAL: 0,
        }
        if name:
            values[6] = name
        super().__init__(DEFINITION, 0, values)
        if has_begun:
            self._begin()

    @property
    def steps(self) -> "FirmwareSteps":
        """What does it, loaded when it is first needed."""
        return self._begin() if self._steps is None else self._steps

    def _begin(self) -> "FirmwareSteps":
        from nce.lwm2m.firmware_steps import FirmwareSteps

        self._steps = FirmwareSteps(self, *self._given)
        self._is_begun.set()
        return self._steps

    def is_writable(self, resource: int) -> bool:
        """As `Instance.is_writable`."""
        return resource <= _PACKAGE_URI or super().is_writable(resource)

    def open_sink(self, resource: int) -> "Any":
        """Where a package goes, block by block."""
        return self.steps.open_sink() if resource == _PACKAGE else None

    def write(self, resource: int, value: "Any") -> None:
        """Take a package, a URI, or another resource."""
        if resource == _PACKAGE:
            self.steps.take_package(value)
        elif resource == _PACKAGE_URI:
            self.steps.take_uri(value)
        else:
            super().write(resource, value)

    def execute(self, resource: int, arguments: "tuple[tuple[int, str | None], ...]") -> None:
        """Update, or cancel."""
        if resource == _UPDATE:
            self.steps.execute_update()
        else:
            self.steps.execute_cancel()

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a URI that is too long, and for a severity that is none."""
        if resource == _PACKAGE_URI and len(value) > _MOST_URI:
            raise ValueError("a URI has %d characters at most" % _MOST_URI)
        if resource == _SEVERITY and not 0 <= value <= 2:
            raise ValueError("a severity is 0 to 2")
        if resource == _LONGEST_DEFERRAL and value < 0:
            raise ValueError("a deferral is 0 or more seconds")

    @property
    def is_busy(self) -> bool:
        """Whether a download goes on, for which the modem has to stay awake."""
        return self._steps is not None and self._steps.is_busy

    async def refresh(self) -> None:
        """See what became of a trial."""
        if self._steps is not None:
            self._steps.settle()

    async def run(self, open_port: "OpenPort") -> None:
        """Do what takes time, until it is cancelled: download, wait for a person, restart.

        open_port: see `nce.lwm2m.fetch`; `Lwm2mDevice` gives it.
        """
        await self._is_begun.wait()
        await self.steps.run(open_port)
