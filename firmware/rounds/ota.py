"""Blueprint: as `coap`; after each record it asks Mender for an update, and installs it.

Mender's artifact is named `VERSION-DIGEST`, where DIGEST is the image's SHA-256 in hex: the name
comes by DTLS from 1NCE OS, and decides what this board runs. The image may come from anywhere.

An update is downloaded into the folder that does not run, goes on where it was after a power cut,
is checked, and tried. `main` keeps it after its first good run, or it is rolled back; the next
round tells Mender which.
"""

import binascii
import json

import artifact
import readings
from app_folder import ImageRefused
from mender import (
    DOWNLOADING,
    FAILURE,
    INSTALLING,
    REBOOTING,
    SUCCESS,
    Deployment,
    Mender,
)
from rounds import coap
from update import DOWNLOADED, IDLE, UPDATING, Update

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

_DIGEST_BYTES = 32


class Rounds(coap.Rounds):
    """As `rounds.coap`, and updates. `update_of` makes an `Update`."""

    def __init__(
        self,
        board: "Board",
        settings: "Settings",
        console: "Console",
        update_of: "Any" = Update,
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
        proxy = self.station.proxy()
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
        update = self._update_of()
        if not await self._is_settled(mender, update):
            return
        if not self._has_told:
            attributes = {"device_type": readings.DEVICE_TYPE, "artifact_name": self._running}
            await mender.tell_inventory(attributes)
            self._has_told = True
        found = await mender.next_deployment(readings.DEVICE_TYPE, self._running)
        if found is not None:
            await self._install(mender, update, found)

    async def _is_settled(self, mender: "Mender", update: "Update") -> bool:
        """Tell Mender what became of a trial; False while it goes on."""
        trial = self._notes.get("trial")
        if trial is None:
            return update.state != UPDATING
        if update.state == UPDATING:
            return False
        is_kept = update.state == IDLE and update.result == 1
        deployment_id, name = trial
        if is_kept:
            self._keep(running=name)
        else:
            reason = update.reason or "it was never started"
            self.station.console.trouble("update %s is not kept: %s" % (name, reason))
            update.cancel()
        await mender.report(deployment_id, SUCCESS if is_kept else FAILURE)
        self._keep(trial=None)
        self.station.console.say("Mender knows that %s %s" % (name, ("failed", "runs")[is_kept]))
        return True

    async def _install(self, mender: "Mender", update: "Update", found: "Deployment") -> None:
        console = self.station.console
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
        except (ImageRefused, artifact.WrongArtifact) as error:
            console.trouble("update %s is refused: %s" % (version, error))
            if update.state != UPDATING:
                update.cancel()
            await mender.report(found.id, FAILURE)
            return
        if not (
            await mender.report(found.id, INSTALLING) and await mender.report(found.id, REBOOTING)
        ):
            console.trouble("update %s was called off" % version)
            update.cancel()
            return
        self._keep(trial=[found.id, found.name])
        restart = getattr(self._board, "restart", None)
        if restart is None:
            console.trouble("update %s runs from the next start on: restart the board" % version)
        update.apply(restart)

    async def _download(
        self, update: "Update", found: "Deployment", sha256: bytes, version: str
    ) -> None:
        source = artifact.WebFile(self.station.modem, found.uri)
        at, size = await artifact.find_image(source)
        offset = update.begin(size, sha256, version)
        if offset and update.state != DOWNLOADED:
            self.station.console.say("%d of %d bytes are here" % (offset, size))
        if offset < size:
            await source.save(
                at + offset, size - offset, lambda part: update.write(update.offset, part)
            )

    def _keep(self, **changes: "Any") -> None:
        """Note on flash what the next start has to know."""
        self._notes.update(changes)
        self.station.store("mender").save(json.dumps(self._notes).encode())
