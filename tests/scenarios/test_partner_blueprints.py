"""The blueprints `memfault` and `ota`, over a simulated modem and 1NCE OS's CoAP proxy."""

import asyncio
import functools
import gc
import hashlib
import json

import pytest

import application
import boot
import readings
from nce_sim.clock import run_virtual
from nce_sim.deliveries import Body
from nce_sim.deliveries.virtual import Answer
from nce_sim.firmware.update_image import pack
from nce_sim.services.plugins.partners import MemfaultDetails, MenderDetails, key_pair
from support.field_device import Field, run_in_field, runner_for, settings_for
from support.mender_stand_in import MenderStandIn
from update import Update

CHUNKS = "https://chunks.memfault.com/"
KEYS = key_pair(1_024)
ROOM = (1 << 20, 512)
IMAGE = pack({"main.py": b"print('new')\n" * 40, "rounds/coap.py": b"y = 2\n" * 700})


def install(field, details):
    with field.backend.storage.unit() as work:
        field.backend.plugins.install(field.sim_organisation, details, work)


def said(field, words):
    return [line for line in field.console_lines if words in line]


# -- memfault --------------------------------------------------------------------------------


def test_chunks_go_to_memfault_and_wait_while_it_takes_none(monkeypatch):
    got = []

    def trouble(field):
        field.sim_organisation = field.world.settings.account.organisation_id
        field.status = 202

        def serve(request):
            got.append((request.url, request.body, field.status))
            return Answer(field.status, body=Body())

        async def chunks(modem):
            return [b"chunk %d" % field.measured, bytes(900 + field.measured)]

        field.backend.deliveries.transport.serve(CHUNKS, serve)
        monkeypatch.setattr(readings, "chunks", chunks)
        field.at(5, lambda: install(field, MemfaultDetails()))
        field.at(25, lambda: setattr(field, "status", 503))
        field.at(35, lambda: setattr(field, "status", 202))

    field, arrived = run_in_field(trouble, monkeypatch, "memfault", hours=0.75)
    assert len(arrived) == field.measured == 5
    # The first ones are refused until the plugin is there.
    assert said(field, "Memfault takes no chunk: 4.03 the plugin of MEMFAULT is not installed")
    assert said(field, "Memfault takes no chunk: 5.03")
    assert {url for url, _, _ in got} == {f"{CHUNKS}api/v0/chunks/{field.sim.iccid}"}
    taken = [body for _, body, status in got if status == 202]
    wanted = []
    for number in range(1, 6):
        wanted += [b"chunk %d" % number, bytes(900 + number)]
    assert taken == wanted


def test_a_chunk_goes_by_plain_coap_in_blocks_and_one_that_is_too_large_nowhere(monkeypatch):
    got = []

    def trouble(field):
        field.sim_organisation = field.world.settings.account.organisation_id
        install(field, MemfaultDetails())

        def serve(request):
            got.append(request.body)
            return Answer(202, body=Body("text/plain", bytes(3_000)))

        async def chunks(modem):
            return [bytes(range(250)) * 20, bytes(5_121)]

        field.backend.deliveries.transport.serve(CHUNKS, serve)
        monkeypatch.setattr(readings, "chunks", chunks)

    field, _ = run_in_field(trouble, monkeypatch, "memfault", hours=0.1, TRANSPORT="coap")
    assert got == [bytes(range(250)) * 20]
    assert said(field, "a chunk of 5121 bytes is dropped")
    assert said(field, "1 chunks are at Memfault")


# -- ota -------------------------------------------------------------------------------------


class Ota:
    """A device that lives several times, its flash and its world the same."""

    def __init__(self, clock, monkeypatch, folder):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(gc, "collect", lambda: 0)
        self.monkeypatch = monkeypatch
        self.field = Field(clock, "ota", "bg95", monkeypatch)
        self.mender = MenderStandIn(self.field.world, self.field.backend)
        self.field.sim_organisation = self.field.world.settings.account.organisation_id
        install(self.field, MenderDetails("tenant-1", *KEYS))
        monkeypatch.setattr(readings, "read", self.field.read)

    async def live(self, minutes):
        """Start the board, and let it run."""
        self.monkeypatch.setattr(application, "chosen", "")
        application.choose()
        self.monkeypatch.setattr(boot, "is_updated", application.chosen != application.ROOT)
        runner = runner_for(
            self.field,
            settings_for("ota"),
            update_of=functools.partial(Update, room=lambda: ROOM, mpy=None),
        )
        task = asyncio.create_task(runner.run())
        done, _ = await asyncio.wait({task}, timeout=minutes * 60)
        assert not done, task.exception()
        task.cancel()
        await asyncio.wait({task})
        await runner._rounds.station.close()

    def marker(self):
        marker = application.Marker()
        return marker.current, marker.state


def play(scene, monkeypatch, tmp_path):
    async def main(clock):
        ota = Ota(clock, monkeypatch, tmp_path)
        with ota.field.backend:
            await scene(ota)
        return ota

    return run_virtual(main)


def test_an_update_is_downloaded_tried_kept_and_reported(monkeypatch, tmp_path):
    async def scene(ota):
        field, mender = ota.field, ota.mender
        name = mender.deploy("1.2.0", IMAGE)
        await ota.live(5)
        assert said(field, "Mender has not accepted this device")
        mender.accepts = True
        mender.storage.cut_after = 3_000
        await ota.live(5)
        assert said(field, "no update: "), "the download was cut"
        assert mender.statuses == ["downloading"]
        await ota.live(5)
        assert mender.statuses[1:] == ["downloading", "installing", "rebooting"]
        assert len(field.board.restarts) == 1
        assert ota.marker() == (application.A, application.TRIAL)
        # The download went on where it was.
        whole = max(last - first for first, last in mender.storage.ranges) + 1
        assert whole == len(IMAGE)
        assert sum(
            first > 6_000 and last - first < whole - 1 for first, last in mender.storage.ranges
        )
        await ota.live(15)
        assert ota.marker() == (application.A, application.CONFIRMED)
        assert said(field, "the update works, and is kept")
        assert mender.statuses[4:] == ["success"]
        assert mender.inventory[-1] == {"device_type": "nce-board", "artifact_name": name}
        await ota.live(5)
        assert mender.statuses[5:] == []
        assert len(field.board.restarts) == 1
        assert len(field.arrived()) == field.measured

    play(scene, monkeypatch, tmp_path)


def test_an_update_that_is_not_confirmed_is_rolled_back_and_reported(monkeypatch, tmp_path):
    async def scene(ota):
        ota.mender.accepts = True
        ota.mender.deploy("1.2.0", IMAGE)
        await ota.live(5)
        assert ota.mender.statuses == ["downloading", "installing", "rebooting"]
        for _ in range(3):  # three starts that come to nothing
            monkeypatch.setattr(application, "chosen", "")
            application.choose()
            assert application.chosen == application.A
        await ota.live(5)
        assert ota.marker()[1] == application.ROLLED_BACK
        assert ota.mender.statuses[3:] == ["failure"]
        assert said(ota.field, "is not kept: it was started as often as its trial allows")

    play(scene, monkeypatch, tmp_path)


def test_a_power_cut_before_the_trial_only_puts_it_off(monkeypatch, tmp_path):
    async def scene(ota):
        ota.mender.accepts = True
        ota.mender.deploy("1.2.0", IMAGE)
        apply, cuts = Update.apply, ["the power is cut"]

        def cut(self, *arguments):
            if cuts:
                raise OSError(cuts.pop())
            apply(self, *arguments)

        monkeypatch.setattr(Update, "apply", cut)
        await ota.live(5)
        assert said(ota.field, "no update: the power is cut")
        assert ota.marker() == (application.ROOT, application.CONFIRMED)
        await ota.live(5)
        assert ota.marker() == (application.A, application.TRIAL)
        await ota.live(15)
        assert ota.mender.statuses == ["downloading", "installing", "rebooting", "success"]

    play(scene, monkeypatch, tmp_path)


def damaged(image):
    return image[:-1] + b"?"


REFUSED = (
    ("another digest", {"digest": "00" * 32}, "the digest of the image is not the one"),
    ("no digest in the name", {"digest": "x" * 64}, "name an artifact VERSION-SHA256"),
    ("a short digest", {"digest": "ab"}, "name an artifact VERSION-SHA256"),
    ("no artifact", {"data": b"no archive" * 200}, "this is no tar archive"),
    ("no image in it", {"data": b"\0" * 1_024}, "there is no data/0000.tar"),
)


def test_what_is_not_the_announced_image_is_refused_and_reported(monkeypatch, tmp_path):
    async def scene(ota):
        ota.mender.accepts = True
        for name, options, message in REFUSED:
            ota.mender.statuses.clear()
            ota.mender.deploy("1.2.0", IMAGE, **options)
            await ota.live(5)
            assert said(ota.field, message), name
            assert ota.mender.statuses[-1] == "failure", name
            assert ota.marker() == (application.ROOT, application.CONFIRMED), name
        assert ota.field.board.restarts == []
        ota.mender.deploy("1.3.0", damaged(IMAGE), digest=hashlib.sha256(IMAGE).hexdigest())
        await ota.live(5)
        assert ota.mender.statuses[-1] == "failure"
        ota.mender.deploy("1.2.0", IMAGE, device_type="another")
        ota.mender.statuses.clear()
        await ota.live(5)
        assert said(ota.field, "it is for other devices")
        assert ota.mender.statuses == []

    play(scene, monkeypatch, tmp_path)


@pytest.mark.slow
def test_a_server_that_fails_keeps_no_record_back(monkeypatch, tmp_path):
    async def scene(ota):
        field, storage = ota.field, ota.mender.storage
        ota.mender.accepts = True
        ota.mender.deploy("1.2.0", IMAGE)
        for status in (500, 404):
            storage.status = status
            await ota.live(5)
        assert said(field, "the server answers 500")
        assert said(field, "the server says 404")
        assert len(field.arrived()) == field.measured
        assert json.loads(field.stores["mender"].load() or b"{}") == {}

    play(scene, monkeypatch, tmp_path)
