"""Blueprint: as `coap`; after each record it asks Mender for an update, and installs it.

Mender's artifact is named `VERSION-DIGEST`, where DIGEST is the image's SHA-256 in hex: the name
comes by DTLS from 1NCE OS, and decides what this board runs. The image may come from anywhere.

An update is downloaded into the folder that does not run, goes on where it was after a power cut,
is checked, and tried. `main` keeps it after its first good run, or it is rolled back; the next
round tells Mender which.
"""

import binascii
import json

import readings
from mender import DOWNLOADING, FAILURE, INSTALLING, REBOOTING, SUCCESS, Mender
from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from mender import Deployment
    from nce_modem.seams import Any, Board
    from settings_check import Settings
    from update import Update

# What installs is loaded when there is something to install: most rounds need the heap elsewhere.
_DIGEST_BYTES = 32


class Rounds(coap.Rounds):
    """As `rounds.coap`, and updates. `update_of` makes an `update.Update`."""

    def __init__(
        self,
        board: "Board",
        settings: "Settings",
        console: "Console",
        update_of: "Any" = None,
        **options: "Any",
    ) -> None:
        super().__init__(board, settings, console, **options)
        self._board = board
        self._update_of = update_of
        self._has_told = False  # the inventory, since the start
        self._notes: "dict[str, Any]" = {}
        held = self.station.store("mender").load()
        try:
            self._notes = json.loads(held) if held else {}
        except ValueError:
            pass  # as if there were none: Mender knows

    @property
    def _running(self) -> str:
        """The name of the artifact that runs."""
        name: str = self._notes.get("running", readings.VERSION)
        return name

    async def deliver(self) -> None:
        """Send the records, then look for an update; what fails there keeps no record."""
        await super().deliver()
        proxy = await self.station.proxy()
        try:
            await self._look(Mender(proxy, self.station.settings.MENDER_HOST))
        except (OSError, ValueError) as error:
            self.station.console.trouble("no update: %s" % error)
        finally:
            await proxy.close()

    async def _look(self, mender: "Mender") -> None:
        if not await mender.authenticate():
            self.station.console.say("Mender has not accepted this device: accept it there")
            return
        if "trial" in self._notes and not await self._is_settled(mender):
            return
        if not self._has_told:
            attributes = {"device_type": readings.DEVICE_TYPE, "artifact_name": self._running}
            await mender.tell_inventory(attributes)
            self._has_told = True
        found = await mender.next_deployment(readings.DEVICE_TYPE, self._running)
        if found is not None:
            await self._install(mender, found)

    def _update(self) -> "Update":
        from update import Update

        return Update() if self._update_of is None else self._update_of()

    async def _is_settled(self, mender: "Mender") -> bool:
        """Tell Mender what became of a trial; False while it goes on."""
        from update import DOWNLOADED, IDLE, UPDATING
        from update import SUCCESS as KEPT

        update = self._update()
        if update.state == DOWNLOADED and not update.result:
            self._try(update)  # the power went before it was put on trial
        if update.state == UPDATING:
            return False
        is_kept = update.state == IDLE and update.result == KEPT
        deployment_id, name = self._notes["trial"]
        if is_kept:
            self._keep({"running": name, "trial": [deployment_id, name]})
        else:
            reason = update.reason or "it was never started"
            self.station.console.trouble("update %s is not kept: %s" % (name, reason))
            update.cancel()
        await mender.report(deployment_id, SUCCESS if is_kept else FAILURE)
        self._keep({"running": self._running})
        self.station.console.say("Mender knows that %s %s" % (name, ("failed", "runs")[is_kept]))
        return True

    async def _install(self, mender: "Mender", found: "Deployment") -> None:
        from app_folder import ImageRefused
        from artifact import WrongArtifact

        console, update = self.station.console, self._update()
        version, _, digest = found.name.rpartition("-")
        try:
            sha256 = binascii.unhexlify(digest)
        except ValueError:
            sha256 = b""
        if len(sha256) != _DIGEST_BYTES or not version:
            console.trouble("name an artifact VERSION-SHA256, not %s" % found.name[:24])
            await mender.report(found.id, FAILURE)
            return
        console.trouble("update %s" % version)
        if not await mender.report(found.id, DOWNLOADING):
            return
        try:
            await self._download(update, found, sha256, version)
            update.finish()
        except (ImageRefused, WrongArtifact) as error:
            console.trouble("update %s is refused: %s" % (version, error))
            update.cancel()
            await mender.report(found.id, FAILURE)
            return
        if not (
            await mender.report(found.id, INSTALLING) and await mender.report(found.id, REBOOTING)
        ):
            console.trouble("update %s was called off" % version)
            update.cancel()
            return
        self._keep({"running": self._running, "trial": [found.id, found.name]})
        self._try(update)

    def _try(self, update: "Update") -> None:
        """Put what is downloaded on trial; a board that can restart does it now."""
        restart = getattr(self._board, "restart", None)
        update.apply(restart)
        if restart is None:
            self.station.console.trouble(
                "update %s runs from the next start on: restart the board" % update.version
            )

    async def _download(
        self, update: "Update", found: "Deployment", sha256: bytes, version: str
    ) -> None:
        from artifact import WebFile, find_image

        source = WebFile(self.station.modem, found.uri)
        at, size = await find_image(source)
        offset = update.begin(size, sha256, version)
        if 0 < offset < size:
            self.station.console.say("%d of %d bytes are here" % (offset, size))
        if offset < size:
            await source.save(
                at + offset, size - offset, lambda part: update.write(update.offset, part)
            )

    def _keep(self, notes: "dict[str, Any]") -> None:
        """Note on flash what the next start has to know."""
        self._notes = notes
        self.station.store("mender").save(json.dumps(self._notes).encode())
