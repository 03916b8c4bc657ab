"""A firmware update by LwM2M's object 5, from the first block to the new application: the engine,
the adapter and the firmware's own `update.Update`, over lives of a board.
"""

import asyncio
import hashlib

import pytest

import application
from application import ROOT, A
from lwm2m_cloud import Cloud
from memory_stores import Kept
from nce.coap import codes
from nce.lwm2m.device import Lwm2mDevice
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.package import head_of
from nce_sim.clock import run_virtual
from nce_sim.firmware.update_image import pack
from support.update_disk import ROOM, UpdateDisk, boot
from update import Update

# Of object 5.
STATE, RESULT = 3, 5
IDLE, DOWNLOADED, UPDATING = 0, 2, 3

FILES = {"main.py": b"print(1)" * 90, "rounds/coap.py": b"x = 1\n" * 200}
IMAGE = pack(FILES)
PACKAGE = head_of(len(IMAGE), hashlib.sha256(IMAGE).digest(), "2.0") + IMAGE


@pytest.fixture
def disk(monkeypatch):
    return UpdateDisk().stand_in(monkeypatch)


class Life:
    """A start of the board, with the server's hand on it."""

    def __init__(self, store):
        self.cloud = Cloud()
        self.restarts = 0
        self.told = []
        self.firmware = FirmwareUpdate(
            lambda: Update(mpy=0xB06, room=lambda: ROOM),
            self._restart,
            store,
            is_secure=True,
            on_event=self.told.append,
        )

    def _restart(self):
        self.restarts += 1

    async def read(self):
        """State and result, as the server reads them."""
        found = []
        for resource in (STATE, RESULT):
            answer = await self.cloud.asked(codes.GET, f"/5/0/{resource}", accept=0)
            found.append(int(answer.payload))
        return tuple(found)

    async def execute(self):
        return (await self.cloud.asked(codes.POST, "/5/0/2")).code


def live(scene, store=None):
    """Run `scene(life)` in a fresh life of the board; the life, and what the scene returned."""
    life = Life(store)

    async def run():
        async with Lwm2mDevice(life.cloud, [life.firmware], transport="coap"):
            return await scene(life)

    return life, run_virtual(lambda clock: run())


async def push_all(life):
    code = await life.cloud.push("/5/0/0", PACKAGE)
    return code, await life.read()


async def look(life):
    return await life.read()


async def put_on_trial(life):
    before = life.restarts
    code = await life.execute()
    shown = await life.read()
    await asyncio.sleep(10)
    return before, code, shown, life.restarts


def test_an_update_is_downloaded_checked_tried_and_kept(disk):
    _, (code, shown) = live(push_all)
    assert (code, shown) == (codes.CHANGED, (DOWNLOADED, 0))
    assert disk.files_of(A) == FILES
    assert boot() == ROOT  # nobody said update
    _, found = live(put_on_trial)
    assert found == (0, codes.CHANGED, (UPDATING, 0), 1)
    assert boot() == A

    async def good_run(life):
        before = await life.read()
        application.confirm()
        return before, await life.read()

    _, found = live(good_run)
    assert found == ((UPDATING, 0), (IDLE, 1))
    assert boot() == A


def test_an_update_that_does_not_work_is_rolled_back_told_and_erased(disk):
    live(push_all)
    live(put_on_trial)
    assert [boot() for _ in range(4)] == [A, A, A, ROOT]
    _, found = live(look)
    assert found == (IDLE, 8)
    assert disk.files_of(A) == {}


def test_a_push_goes_on_after_a_power_cut(disk):
    async def half(life):
        return await life.cloud.push("/5/0/0", PACKAGE, until=1024)

    async def rest(life):
        begun = await life.read()
        # A file that was not whole is gone: so far the server has to go back.
        code = await life.cloud.push("/5/0/0", PACKAGE, at=1024)
        return begun, code, await life.cloud.push("/5/0/0", PACKAGE, at=512), await life.read()

    assert live(half)[1] == codes.CONTINUE
    _, found = live(rest)
    assert found == (
        (IDLE, 4),
        codes.REQUEST_ENTITY_INCOMPLETE,
        codes.CHANGED,
        (DOWNLOADED, 0),
    )


@pytest.mark.parametrize("at", [3, 60, 400, len(PACKAGE) - 1])
def test_a_package_with_a_changed_byte_is_refused_and_erased(disk, at):
    changed = bytearray(PACKAGE)
    changed[at] ^= 1

    async def push(life):
        code = await life.cloud.push("/5/0/0", bytes(changed))
        return code, await life.read(), await life.execute()

    life, (code, (state, result), executed) = live(push)
    assert code >> 5 == 4
    assert state == IDLE
    assert result in (5, 6)
    assert executed == codes.METHOD_NOT_ALLOWED
    assert disk.files_of(A) == {}
    assert life.told


def test_a_reset_erases_what_was_downloaded(disk):
    async def reset(life):
        await life.cloud.push("/5/0/0", PACKAGE)
        await life.cloud.asked(codes.PUT, "/5/0/1", b"", content_format=0)
        return await life.read()

    _, found = live(reset)
    assert found == (IDLE, 0)
    assert disk.files_of(A) == {}


def test_without_dtls_no_package_is_taken(disk):
    life = Life(None)
    life.firmware.is_secure = None

    async def run():
        async with Lwm2mDevice(life.cloud, [life.firmware], transport="coap"):
            return await life.cloud.push("/5/0/0", PACKAGE), await life.read()

    assert run_virtual(lambda clock: run()) == (codes.BAD_REQUEST, (IDLE, 5))
    assert disk.files_of(A) == {}


def test_the_store_of_a_push_holds_no_uri(disk):
    store = Kept()
    live(push_all, store)
    assert b'"uri": ""' in store.data
