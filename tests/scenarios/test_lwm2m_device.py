"""A device with a modem and 1NCE OS's LwM2M service: plain and over DTLS, awake and asleep."""

import asyncio
import base64
import hashlib
import json

import pytest

import application
from memory_stores import Kept
from nce.coap import codes, options
from nce.coap.block import block_of, block_value, size_of
from nce.coap.message import ACK, Message, decode, encode
from nce.lwm2m import events, kinds
from nce.lwm2m.connectivity import ConnectivityMonitoring
from nce.lwm2m.device import ENDPOINT_DIGITS, Lwm2mDevice
from nce.lwm2m.equipment import Equipment
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.light import Light
from nce.lwm2m.location import Location
from nce.lwm2m.model import READ, WRITE, Definition, Instance, Resource
from nce.lwm2m.package import head_of
from nce.lwm2m.sensors import Temperature
from nce_modem import Modem
from nce_modem.connection import read_connection
from nce_modem.power_saving import PowerSaving
from nce_sim import Backend, BackendSettings, DtlsSettings, PipeBoard, World
from nce_sim.clock import run_virtual
from nce_sim.firmware.update_image import pack
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.wire.datagram import Address, Datagram
from support.update_disk import ROOM, UpdateDisk, boot
from update import Update

KEY = "the customer's key"
DTLS = DtlsSettings(session_ids=True, connection_id_bytes=8)
TLV = 11542


class Place:
    """A world with 1NCE OS, a SIM that may use LwM2M, and a BG95."""

    def __init__(self, clock, **settings):
        self.clock = clock
        self.world = World(1, clock)
        self.backend = Backend(self.world, settings=BackendSettings(dtls=DTLS, **settings))
        self.sim = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim, "bg95")
        self.organisation_id = self.backend.devices.organisation_of(self.sim.iccid)
        self.random_bytes = self.world.random("device").randbytes
        self.told = []

    def admit(self):
        with self.backend.storage.unit() as work:
            self.backend.device_integrator.change(
                self.organisation_id, "LWM2M", is_active=True, settings={}, work=work
            )
            self.backend.authenticator.set_key(
                self.organisation_id, self.sim.iccid, "LWM2M", KEY, work=work
            )

    def device(self, modem, objects, transport="coaps", **given):
        return Lwm2mDevice(
            modem,
            objects,
            transport=transport,
            key=KEY.encode(),
            random_bytes=self.random_bytes,
            on_event=self.told.append,
            **given,
        )

    async def act(self, action, path, data=None, seconds=120):
        """What became of an action of the Device Controller."""
        with self.backend.storage.unit() as work:
            asked = self.backend.controller.create(
                self.organisation_id, self.sim.iccid, Lwm2mAction(action, path, data=data), work
            )
        for _ in range(seconds * 2):
            await asyncio.sleep(0.5)
            found = self.backend.controller.request(self.organisation_id, asked.request_id)
            if found.status in ("SUCCEEDED", "FAILED"):
                return found
        raise AssertionError(f"{action} {path} is {found.status}")

    async def read(self, path):
        found = await self.act("read", path)
        assert found.status == "SUCCEEDED", found
        return json.loads(found.result["payload"]) if "payload" in found.result else found.result

    def history(self):
        """The values of all messages, the oldest first."""
        found = self.backend.inspector.history(self.sim.iccid, page_size=None)
        return [item.value for item in reversed(found)]

    def kinds(self):
        return [event.kind for event in self.told]


def play(scene, **settings):
    """Run `scene(place)` in virtual time."""

    async def main(clock):
        place = Place(clock, **settings)
        with place.backend:
            place.admit()
            return await scene(place)

    return run_virtual(main)


MEASURE = Definition(
    33315,  # no definition of the registry's
    "1.0",
    False,
    (
        Resource(0, kinds.STRING, READ | WRITE),
        Resource(1, kinds.INTEGER, READ | WRITE),
        Resource(2, kinds.FLOAT, READ | WRITE),
        Resource(4, kinds.OPAQUE, READ | WRITE),
    ),
)


def test_a_write_to_an_object_that_no_definition_names_has_the_type_of_the_device():
    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        measure = Instance(MEASURE, values={0: "", 1: 0, 2: 0.0, 4: b""})
        async with place.device(modem, [measure]):
            for resource, data in ((0, "42"), (1, "42"), (2, "-1.5"), (4, "YWJj")):
                assert (await place.act("write", f"/33315/0/{resource}", data)).result[
                    "code"
                ] == "204"
            assert (await place.act("write", "/33315/0/1", "4x")).result["code"] == "400"
        await modem.close()
        return measure.values

    assert play(scene) == {0: "42", 1: 42, 2: -1.5, 4: b"abc"}


@pytest.mark.parametrize("transport", [pytest.param("coap", marks=pytest.mark.slow), "coaps"])
def test_a_device_is_read_written_executed_and_observed(transport):
    async def scene(place):
        celsius, seen, resets = [21.5], [], []
        modem = Modem(PipeBoard(place.modem))
        objects = [
            Temperature(lambda: celsius[0]),
            Light(lambda one: seen.append((one.is_on, one.dimmer, one.rgb))),
            Equipment("1NCE", "demo", factory_reset=lambda: resets.append(1)),
            ConnectivityMonitoring(lambda: read_connection(modem)),
        ]
        async with place.device(modem, objects, transport, refresh_s=5) as device:
            assert place.backend.lwm2m.is_registered(place.sim.iccid)
            assert await device.send([(3303, 0, 5700)]) == codes.CHANGED
            assert place.history() == [{"/3303/0/5700": 21.5}]
            for path, data in (
                ("/3311/0/5850", "true"),
                ("/3311/0/5851", "40"),
                ("/3311/0/5706", "ff8000"),
            ):
                assert (await place.act("write", path, data)).status == "SUCCEEDED"
            assert seen[-1] == (True, 40, (255, 128, 0))
            refused = await place.act("write", "/3311/0/5851", "101")
            assert (refused.status, refused.result["code"]) == ("FAILED", "400")
            assert (await place.act("execute", "/3/0/5")).status == "SUCCEEDED"
            await asyncio.sleep(5)
            assert resets == [1]
            assert (await place.act("read", "/4/0")).status == "SUCCEEDED"
            shown = place.history()[-1]
            assert shown["/4/0/0"] == 6
            assert shown["/4/0/4/0"] == place.world.core.address_of(place.sim)
            assert shown["/4/0/10"] == 262 or shown["/4/0/10"] > 0
            assert (await place.act("observe-start", "/3303/0/5700")).status == "SUCCEEDED"
            for value in (22.5, 23.5):
                celsius[0] = value
                await asyncio.sleep(20)
            assert [item.get("/3303/0/5700") for item in place.history()[-2:]] == [22.5, 23.5]
            assert (await place.act("observe-end", "/3303/0/5700")).status == "SUCCEEDED"
        await modem.close()

    play(scene)


def test_a_position_reaches_the_locator():
    async def scene(place):
        modem, where = Modem(PipeBoard(place.modem)), Location()
        async with place.device(modem, [where], "coap") as device:
            where.update(56.9462890625, 24.10498046875)
            await device.send([(6, 0)])
        await modem.close()
        with place.backend.storage.unit():
            return place.history()[-1]

    shown = play(scene)
    assert (shown["/6/0/0"], shown["/6/0/1"]) == (56.9462890625, 24.10498046875)
    assert shown["/6/0/5"] > 1_700_000_000_000


def test_the_endpoint_is_what_1nce_calls_the_device():
    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        async with place.device(modem, [], "coap") as device:
            name = device.client.endpoint_name
        await modem.close()
        return name, place.sim.iccid

    name, iccid = play(scene)
    assert name == iccid[:ENDPOINT_DIGITS] == iccid


def test_lwm2m_1_1_int_401_psk():
    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        device = place.device(modem, [], register_limit_s=120)
        device._key = b"another key"
        with pytest.raises(OSError, match="not registered within 120 s"):
            await device.__aenter__()
        assert events.FAILED in place.kinds()
        async with place.device(modem, []):
            pass
        await modem.close()

    play(scene)


@pytest.mark.slow
def test_after_the_modem_was_reset_the_device_bootstraps_and_registers_again():
    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        async with place.device(modem, [Temperature(lambda: 21.5)]) as device:
            place.told.clear()
            place.modem.faults.kill(silent_ms=5_000)
            await asyncio.sleep(600)
            assert events.BOOTSTRAPPED in place.kinds()
            assert events.REGISTERED in place.kinds()
            await device.send([(3303, 0)])
        await modem.close()

    play(scene)


def test_a_deep_sleep_costs_one_update_and_no_bootstrap():
    async def scene(place):
        store, session = Kept(), Kept()
        given = {"store": store, "session_store": session, "is_queue_mode": True, "awake_ms": 5000}
        modem = Modem(PipeBoard(place.modem))
        async with place.device(modem, [Temperature(lambda: 21.5)], **given) as device:
            await device.asleep(60)
        place.told.clear()
        # The program starts afresh, a minute later by the clock of the board.
        await asyncio.sleep(60)
        device = place.device(modem, [Temperature(lambda: 22.5)], slept_ms=60_000, **given)
        await device.start()
        await device.send([(3303, 0, 5700)])
        await device.close()
        await modem.close()
        return place.kinds(), place.history()

    kinds, history = play(scene)
    assert history == [{"/3303/0/5700": 22.5}]
    assert events.BOOTSTRAPPED not in kinds
    assert events.REGISTERED not in kinds
    assert kinds.count(events.UPDATED) <= 1


def test_a_server_that_lost_the_secure_session_is_met_by_a_new_handshake():
    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        given = {"session_store": Kept(), "is_queue_mode": True, "awake_ms": 5000}
        async with place.device(modem, [Temperature(lambda: 21.5)], **given) as device:
            await device.asleep(60)
            place.backend.lwm2m_endpoint.coaps.dtls.close()
            await device.send([(3303, 0, 5700)])
        await modem.close()
        return place.history()

    assert play(scene) == [{"/3303/0/5700": 21.5}]


def test_the_controller_updates_the_firmware(monkeypatch):
    disk = UpdateDisk().stand_in(monkeypatch)
    files = {"main.py": b"print(2)" * 60, "rounds/coap.py": b"y = 2\n" * 99}
    image = pack(files)
    package = head_of(len(image), hashlib.sha256(image).digest(), "2.0") + image
    restarts = []

    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        firmware = FirmwareUpdate(
            lambda: Update(mpy=0xB06, room=lambda: ROOM), lambda: restarts.append(1)
        )
        # By TLV the bytes go to the flash as they come; SenML has to be held.
        async with place.device(modem, [firmware], preferred_format=TLV):
            data = base64.b64encode(package).decode()
            assert (await place.act("write", "/5/0/0", data)).status == "SUCCEEDED"
            await place.act("read", "/5/0")
            assert place.history()[-1]["/5/0/3"] == 2
            assert place.history()[-1]["/5/0/7"] == "2.0"
            assert (await place.act("execute", "/5/0/2")).status == "SUCCEEDED"
            await asyncio.sleep(10)
            assert restarts == [1]
            assert boot() == application.A
            application.confirm()
            await place.act("read", "/5/0")
            assert (place.history()[-1]["/5/0/3"], place.history()[-1]["/5/0/5"]) == (0, 1)
        await modem.close()

    play(scene)
    assert disk.files_of(application.A) == files


FILES = Address("10.60.9.9", 5683)


def serve(place, body, deaf=range(0)):
    """A CoAP server of one file, as a customer runs it; some requests are not heard."""
    asked = []

    def receive(datagram):
        message = decode(datagram.payload)
        asked.append(message)
        if len(asked) in deaf:
            return
        block = block_of(message.options, options.BLOCK2)
        part = body[block.offset : block.offset + size_of(block.szx)]
        more = block.offset + len(part) < len(body)
        listed = (
            (options.ETAG, b"1"),
            (options.BLOCK2, block_value(block.offset, more, block.szx)),
        )
        answer = Message(ACK, codes.CONTENT, message.mid, message.token, listed, part)
        place.world.core.send(Datagram(FILES, datagram.source, encode(answer)))

    place.world.core.listen(FILES, receive)
    return asked


def test_a_package_is_pulled_over_the_modem_and_goes_on_where_it_was(monkeypatch):
    disk = UpdateDisk().stand_in(monkeypatch)
    image = pack({"main.py": b"print(3)" * 400})
    digest = hashlib.sha256(image)
    package = head_of(len(image), digest.digest(), "3") + image

    async def scene(place):
        asked = serve(place, package, deaf=range(4, 10))
        modem = Modem(PipeBoard(place.modem))
        firmware = FirmwareUpdate(lambda: Update(mpy=0xB06, room=lambda: ROOM))
        async with place.device(modem, [firmware]):
            uri = f"coap://{FILES.host}/3.package#sha256={digest.hexdigest()}"
            assert (await place.act("write", "/5/0/1", uri)).status == "SUCCEEDED"
            for _ in range(300):
                await asyncio.sleep(2)
                if firmware.read(3) != 1:
                    break
            shown = firmware.read(3), firmware.read(5)
        await modem.close()
        return shown, [block_of(one.options, options.BLOCK2).offset for one in asked]

    shown, offsets = play(scene)
    assert shown == (2, 0)
    assert disk.files_of(application.A)["main.py"] == b"print(3)" * 400
    # What was answered is not asked for again.
    assert offsets[:4] == [0, 512, 1024, 1536]
    assert set(offsets[4:]) <= {one for one in offsets if one >= 1536}


LIFETIME_S = 3_600
DAYS = 30


def thirty_days(days):
    """What a device in queue mode with PSM, a Send an hour and a lifetime of one hour costs."""

    async def scene(place):
        modem = Modem(PipeBoard(place.modem))
        saving = PowerSaving(modem)
        await saving.request_psm(86_400, 4)
        given = {
            "session_store": Kept(),
            "is_queue_mode": True,
            "awake_ms": 4_000,
            "power_saving": saving,
            "refresh_s": LIFETIME_S,
        }
        values = iter(range(10_000))
        async with place.device(modem, [Temperature(lambda: next(values))], **given) as device:
            begun_s = asyncio.get_running_loop().time()
            for hour in range(1, 24 * days + 1):
                await asyncio.sleep(begun_s + hour * 3_600 - asyncio.get_running_loop().time())
                await device.send([(3303, 0, 5700)])
        await modem.close()
        return place.told, place.history()

    return play(scene, lwm2m=Lwm2mSettings(lifetime_s=LIFETIME_S))


def check_days(days):
    told, history = thirty_days(days)
    kinds = [event.kind for event in told]
    updates = kinds.count(events.UPDATED)
    taken = [event.detail[1] for event in told if event.kind == events.SENT]
    assert taken == [codes.CHANGED] * (24 * days)
    # 1NCE OS keeps a week.
    shown = [item["/3303/0/5700"] for item in history if "/3303/0/5700" in item]
    assert len(shown) == 24 * min(days, 7)
    assert shown == sorted(set(shown))
    assert kinds.count(events.BOOTSTRAPPED) == kinds.count(events.REGISTERED) == 1
    # An update is due before the lifetime ends: the time that all its copies take (93 s) and as
    # much again at most, so that a fleet does not update at once.
    most = days * 86_400 // (LIFETIME_S - 2 * 93) + 1
    assert days * 24 - 1 <= updates <= most
    print(f"{len(taken)} sends, {updates} updates, {days * 24} at least")


@pytest.mark.slow
def test_two_days_of_queue_mode():
    check_days(2)


@pytest.mark.exhaustive
def test_thirty_days_of_queue_mode():
    check_days(DAYS)
