"""OMA's test cases of the device's objects (ETS 1.0), by requests of a server as it makes them."""

import asyncio

from lwm2m_cloud import Cloud
from nce.coap import codes
from nce.lwm2m.cellular import CellularConnectivity
from nce.lwm2m.connectivity import ConnectivityMonitoring
from nce.lwm2m.device import Lwm2mDevice
from nce.lwm2m.equipment import Equipment
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.location import Location
from nce.lwm2m.statistics import ConnectivityStatistics
from test_lwm2m_firmware import IMAGE, WHOLE, Files, Update
from test_lwm2m_objects import LTE_M

TEXT, TLV = 0, 11542
URI = b"coaps://files.example/fw"


class Managed:
    """A registered device with some objects, and what its server asks."""

    def __init__(self, *objects):
        self.cloud = Cloud()
        self.objects = list(objects)
        self.device = None

    def play(self, scene):
        async def run():
            self.device = Lwm2mDevice(self.cloud, self.objects, transport="coap", refresh_s=5)
            async with self.device:
                return await scene(self)

        return asyncio.run(run())

    async def text(self, path):
        answer = await self.cloud.asked(codes.GET, path, accept=TEXT)
        assert answer.code == codes.CONTENT, path
        return answer.payload

    async def code(self, code, path, payload=b"", **given):
        return (await self.cloud.asked(code, path, payload, **given)).code

    async def reads(self, path):
        return (await self.cloud.asked(codes.GET, path, accept=TLV)).code == codes.CONTENT

    async def observes(self, path, change):
        """Whether a change comes as a notification."""
        assert await self.code(codes.GET, path, accept=TLV, observe=0) == codes.CONTENT
        seen = len(self.cloud.answers)
        change()
        await asyncio.sleep(10)
        return len(self.cloud.answers) > seen

    async def shown(self):
        """State and result of object 5."""
        return int(await self.text("/5/0/3")), int(await self.text("/5/0/5"))


class Firmware(Managed):
    """With object 5, its flash in memory."""

    def __init__(self, files=None, room=9999):
        self.flash = {"room": room}
        self.restarts = []
        self.firmware = FirmwareUpdate(
            lambda: Update(self.flash), lambda: self.restarts.append(1), has_begun=False
        )
        super().__init__(self.firmware)
        if files is not None:
            run = self.firmware.run
            self.firmware.run = lambda open_port: run(files.open_port)

    async def push(self, data):
        return await self.cloud.push("/5/0/0", data)

    async def pull(self, uri=URI):
        assert await self.code(codes.PUT, "/5/0/1", uri, content_format=TEXT) == codes.CHANGED
        for _ in range(2000):
            await asyncio.sleep(1)
            if self.firmware.read(3) != 1:
                break
        return await self.shown()

    async def update(self):
        return await self.code(codes.POST, "/5/0/2")


def test_ets_1_0_651_device():
    device = Equipment("1NCE", "demo", "898822", "1.0", reboot=lambda: None)

    async def scene(managed):
        assert await managed.text("/3/0/0") == b"1NCE"
        assert await managed.text("/3/0/3") == b"1.0"
        assert await managed.reads("/3/0")
        # 652: an observation of the error codes.
        return await managed.observes("/3/0/11", lambda: device.add_error(4))

    assert Managed(device).play(scene)


def test_ets_1_0_701_connectivity_monitoring():
    answers = [LTE_M]

    async def read():
        return answers[0]

    def weaker():
        answers[0] = type(LTE_M)(*(("LTE-M", -70, -110) + tuple(LTE_M)[3:]))

    async def scene(managed):
        await asyncio.sleep(6)
        assert await managed.text("/4/0/2") == b"-95"
        assert await managed.reads("/4/0")
        # 710: an observation of the signal.
        return await managed.observes("/4/0/2", weaker)

    assert Managed(ConnectivityMonitoring(read)).play(scene)


def test_ets_1_0_751_setting_a_package():
    async def scene(managed):
        assert await managed.push(WHOLE) == codes.CHANGED
        return await managed.shown()

    assert Firmware().play(scene) == (2, 0)


def test_ets_1_0_755_firmware_state():
    async def scene(managed):
        assert await managed.shown() == (0, 0)
        assert await managed.text("/5/0/9") == b"2"
        assert await managed.reads("/5/0")
        assert await managed.code(codes.GET, "/5/0/0", accept=TLV) == codes.METHOD_NOT_ALLOWED
        # 756: an observation of the state.
        assert await managed.code(codes.GET, "/5/0/3", accept=TLV, observe=0) == codes.CONTENT
        seen = len(managed.cloud.answers)
        await managed.push(WHOLE)
        await asyncio.sleep(5)
        return [one for one in managed.cloud.answers[seen:] if one.code == codes.CONTENT]

    assert Firmware().play(scene)


def test_ets_1_0_760_setting_a_uri():
    async def scene(managed):
        await managed.pull()
        return await managed.text("/5/0/1")

    assert Firmware(Files()).play(scene) == URI


def test_ets_1_0_770_success_by_coap():
    async def scene(managed):
        assert await managed.pull() == (2, 0)
        assert await managed.update() == codes.CHANGED
        assert await managed.shown() == (3, 0)
        await asyncio.sleep(10)
        assert managed.restarts == [1]
        managed.flash["state"], managed.flash["result"] = 0, 1
        return await managed.shown()

    managed = Firmware(Files())
    assert managed.play(scene) == (0, 1)


def test_ets_1_0_771_success_by_push():
    async def scene(managed):
        await managed.push(WHOLE)
        assert await managed.update() == codes.CHANGED
        managed.flash["state"], managed.flash["result"] = 0, 1
        return await managed.shown()

    managed = Firmware()
    assert managed.play(scene) == (0, 1)
    assert managed.flash["data"] == IMAGE


def test_ets_1_0_772_not_downloaded():
    async def scene(managed):
        return await managed.update(), await managed.shown()

    assert Firmware().play(scene) == (codes.METHOD_NOT_ALLOWED, (0, 0))


def test_ets_1_0_773_no_storage():
    async def scene(managed):
        return await managed.push(WHOLE), await managed.shown()

    code, shown = Firmware(room=100).play(scene)
    assert (code, shown) == (codes.REQUEST_ENTITY_TOO_LARGE, (0, 2))


def test_ets_1_0_774_out_of_memory():
    def fail(offset, data):
        raise MemoryError

    async def scene(managed):
        managed.firmware.steps._made().write = fail
        await managed.push(WHOLE)
        return await managed.shown()

    assert Firmware().play(scene) == (0, 3)


def test_ets_1_0_775_connection_lost():
    async def scene(managed):
        return await managed.pull()

    assert Firmware(Files(broken=range(3, 1000))).play(scene) == (0, 4)


def test_ets_1_0_776_integrity():
    async def scene(managed):
        await managed.push(WHOLE[:-1] + b"\0")
        return await managed.shown(), managed.flash["data"]

    assert Firmware().play(scene) == ((0, 5), b"")


def test_ets_1_0_777_package_type():
    async def scene(managed):
        await managed.push(b"ELF!" + WHOLE)
        return await managed.shown()

    assert Firmware().play(scene) == (0, 6)


def test_ets_1_0_778_invalid_uri():
    async def scene(managed):
        return await managed.pull(b"nonsense")

    assert Firmware(Files()).play(scene) == (0, 7)


def test_ets_1_0_779_update_failed():
    async def scene(managed):
        await managed.push(WHOLE)
        await managed.update()
        managed.flash["state"], managed.flash["result"] = 2, 8  # rolled back
        return await managed.shown()

    assert Firmware().play(scene) == (2, 8)


def test_ets_1_0_801_location():
    place = Location()
    place.update(56.5, 24.25)

    async def scene(managed):
        assert await managed.text("/6/0/0") == b"56.5"
        assert await managed.reads("/6/0")
        # 810: an observation of the place.
        return await managed.observes("/6/0/0", lambda: place.update(57.5, 24.25))

    assert Managed(place).play(scene)


def test_ets_1_0_901_statistics():
    statistics = ConnectivityStatistics()

    async def scene(managed):
        assert await managed.reads("/7/0")
        # 905: the period is set, and counting begins again.
        assert await managed.code(codes.PUT, "/7/0/8", b"60", content_format=TEXT) == codes.CHANGED
        assert await managed.code(codes.POST, "/7/0/6") == codes.CHANGED
        assert int(await managed.text("/7/0/4")) < 200
        await asyncio.sleep(61)
        before = await managed.text("/7/0/2")
        await managed.reads("/7/0")
        # 910: an observation; here of the period.
        assert await managed.observes("/7/0/8", lambda: statistics.set(8, 0))
        return before, await managed.text("/7/0/2")

    before, after = Managed(statistics).play(scene)
    assert before == after  # the period is over


def test_ets_1_0_1200_cellular_connectivity():
    asked = []
    cellular = CellularConnectivity(lambda *asking: asked.append(asking), 3600)

    async def scene(managed):
        assert await managed.text("/10/0/4") == b"3600"
        code = await managed.code(codes.PUT, "/10/0/4", b"7200", content_format=TEXT)
        wrong = await managed.code(codes.PUT, "/10/0/5", b"20000", content_format=TEXT)
        return code, wrong, await managed.text("/10/0/4")

    assert Managed(cellular).play(scene) == (codes.CHANGED, codes.BAD_REQUEST, b"7200")
    assert asked == [(7200, 10)]
