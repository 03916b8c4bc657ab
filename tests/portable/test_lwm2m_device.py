"""The adapter: bearer, ports and the engine together, as a program sees them."""

import asyncio

from lwm2m_cloud import BOOTSTRAP, SERVER, Cloud
from memory_stores import Kept
from nce.coap import codes
from nce.errors import NetworkError, PeerError, UsageError
from nce.lwm2m import events
from nce.lwm2m.device import Lwm2mDevice
from nce.lwm2m.model import Instance
from nce.lwm2m.objects import security, server, temperature
from nce.lwm2m.sensors import Temperature
from nce.lwm2m.statistics import ConnectivityStatistics

TLV = 11542


def device_of(cloud, objects=(), **given):
    told = []
    given.setdefault("on_event", told.append)
    made = Lwm2mDevice(cloud, objects, transport="coap", **given)
    return made, told


def kinds_of(told):
    return [event.kind for event in told]


def paths_of(cloud):
    return [path for path, _query, _payload in cloud.said]


def error_of(kind, coroutine):
    try:
        asyncio.run(coroutine)
    except kind as error:
        return str(error)
    raise AssertionError("nothing was raised")


class Saving:
    """Power saving that counts."""

    def __init__(self):
        self.said = []

    async def sleep(self, limit_ms):
        self.said.append("sleep")
        return True

    async def wake(self):
        self.said.append("wake")


def test_a_device_bootstraps_and_registers():
    async def scene():
        cloud = Cloud()
        device, told = device_of(cloud, [Temperature(lambda: 21.5)])
        async with device:
            await asyncio.sleep(100)
        return cloud, told

    cloud, told = asyncio.run(scene())
    assert cloud.opened == [BOOTSTRAP, SERVER]
    assert paths_of(cloud) == ["/bs", "/rd"]
    assert "ep=8988228066600000019" in cloud.said[0][1]
    assert b"</3303/0>" in cloud.said[1][2]
    assert events.BOOTSTRAPPED in kinds_of(told)
    assert events.REGISTERED in kinds_of(told)
    assert not cloud.ports


def test_a_server_reads_while_the_program_sleeps():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)])
        async with device:
            cloud.ask(codes.GET, "/3303/0/5700", accept=TLV)
            await asyncio.sleep(1)
        return cloud.answers[-1]

    answer = asyncio.run(scene())
    assert (answer.code, answer.payload) == (codes.CONTENT, b"\xe4\x16\x44\x41\xac\x00\x00")


def test_a_change_is_told_to_an_observer_at_once():
    async def scene():
        cloud = Cloud()
        sensor = Temperature(lambda: 21.5)
        device, _told = device_of(cloud, [sensor], refresh_s=3600)
        async with device:
            cloud.ask(codes.GET, "/3303/0/5701", accept=TLV, observe=0)
            await asyncio.sleep(1)
            seen = len(cloud.answers)
            sensor.set(5701, "K")
            await asyncio.sleep(1)
            return cloud.answers[seen:]

    (notification,) = asyncio.run(scene())
    assert notification.payload.endswith(b"K")


def test_values_are_sent_unasked():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)])
        async with device:
            assert await device.send([(3303, 0, 5700)]) == codes.CHANGED
            assert paths_of(cloud)[-1] == "/dp"
            cloud.refused["/dp"] = codes.METHOD_NOT_ALLOWED
            try:
                await device.send([(3303, 0, 5700)])
            except PeerError as error:
                assert "4.05" in str(error)
            else:
                raise AssertionError("it was taken")
            cloud.refused = {}
            cloud.deaf = ("/dp",)
            try:
                await device.send([(3303, 0, 5700)], limit_s=30)
            except NetworkError as error:
                assert "no answer within 30 s" in str(error)
            else:
                raise AssertionError("it was taken")

    asyncio.run(scene())


def test_a_send_without_an_answer_in_time_leaves_its_place_to_others():
    async def scene():
        cloud = Cloud()
        values = iter(range(100))
        device, _told = device_of(cloud, [Temperature(lambda: float(next(values)))])
        async with device:
            cloud.deaf = ("/dp",)
            for number in range(6):
                try:
                    await device.send([((3, 0, 13), 2, 9000 + number, None)], limit_s=2)
                except NetworkError as error:
                    assert "no answer within 2 s" in str(error)
                else:
                    raise AssertionError("it was taken")
            assert len(device.client.sending) == 0
            # A program that does not wait any longer itself.
            task = asyncio.create_task(device.send([(3303, 0, 5700)]))
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.sleep(1)
            assert len(device.client.sending) == 0
            cloud.deaf = ()
            await device.send([(3303, 0, 5700)])
        return [payload for path, _query, payload in cloud.said if path == "/dp"]

    # The first was on its way already, and none of the others follows.
    payloads = asyncio.run(scene())
    assert b"\x19\x23\x28" in payloads[0]
    assert not [one for one in payloads if b"\x19\x23" in one and one != payloads[0]]


def test_a_send_of_a_device_that_is_not_started_or_is_closed_meanwhile():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)])
        try:
            await device.send([(3303, 0)])
        except UsageError as error:
            assert "not started" in str(error)
        else:
            raise AssertionError("it was taken")
        async with device:
            cloud.deaf = ("/dp",)
            waiting = asyncio.create_task(device.send([(3303, 0)]))
            await asyncio.sleep(1)
        try:
            await asyncio.wait_for(waiting, 5)
        except NetworkError as error:
            return str(error)

    assert "closed" in asyncio.run(scene())


def test_a_listener_that_fails_ends_no_device():
    async def scene():
        def fail(event):
            raise RuntimeError("the program's own mistake")

        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)], on_event=fail)
        async with device:
            await asyncio.sleep(200)
            assert await device.send([(3303, 0, 5700)]) == codes.CHANGED
            answer = await cloud.asked(codes.GET, "/3303/0/5700", accept=TLV)
            return answer.code

    assert asyncio.run(scene()) == codes.CONTENT


def test_a_device_that_was_closed_is_registered_again_before_it_says_so():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)])
        for _ in range(2):
            async with device:
                assert await device.send([(3303, 0, 5700)]) == codes.CHANGED
        await device.start()
        try:
            await device.send([(3303, 0, 5700)])
        except UsageError as error:
            assert "wait for a registration" in str(error)
        else:
            raise AssertionError("it was sent")
        await asyncio.sleep(1)
        await device.close()

    asyncio.run(scene())


def test_what_cannot_work_is_said_at_the_start():
    for told, given in (
        ("refresh_s", {"refresh_s": 0}),
        ("refresh_s", {"refresh_s": -5}),
        ("bytes", {"key": "a text"}),
    ):
        assert told in error_of(UsageError, device_of(Cloud(), **given)[0].start())


def test_why_there_is_no_way_to_the_bootstrap_server_is_said():
    cloud = Cloud()

    async def refuse(host, port):
        raise NetworkError("the key is wrong")

    cloud.open_datagram = refuse

    async def scene():
        async with device_of(cloud, register_limit_s=60)[0]:
            pass

    assert "the last trouble: the key is wrong" in error_of(NetworkError, scene())


def test_a_bearer_that_raises_anything_is_tried_again():
    async def scene():
        cloud = Cloud()
        device, told = device_of(cloud, [Temperature(lambda: 21.5)])
        open_datagram, failures = cloud.open_datagram, [TypeError("a"), asyncio.TimeoutError()]

        async def open_at_last(host, port):
            if failures:
                raise failures.pop()
            return await open_datagram(host, port)

        cloud.open_datagram = open_at_last
        async with device:
            await device.send([(3303, 0, 5700)])
            (port,) = cloud.ports

            async def fail(timeout_ms):
                raise RuntimeError("the driver's own mistake")

            port.receive = fail
            cloud.ask(codes.GET, "/3303/0/5700", accept=TLV)  # wakes what waits for the former
            await asyncio.sleep(1)
            await device.send([(3303, 0, 5700)], limit_s=20)
        return [one.detail for one in told if one.kind == events.FAILED]

    assert len(asyncio.run(scene())) == 3


def test_a_lack_of_memory_is_tried_again():
    async def scene():
        cloud = Cloud()
        device, told = device_of(cloud, [Temperature(lambda: 21.5)])
        attach, count = cloud.attach, [0]

        async def attach_short_of_memory():
            count[0] += 1
            if count[0] == 2:  # the first one asks for the endpoint's name
                raise MemoryError
            await attach()

        cloud.attach = attach_short_of_memory
        async with device:
            (port,) = cloud.ports
            receive = port.receive

            async def receive_short_of_memory(timeout_ms):
                port.receive = receive
                raise MemoryError

            port.receive = receive_short_of_memory
            cloud.ask(codes.GET, "/3303/0/5700", accept=TLV)
            await asyncio.sleep(100)
            assert port.is_closed
            cloud.ask(codes.GET, "/3303/0/5700", accept=TLV)
            await asyncio.sleep(1)
        return cloud, told

    cloud, told = asyncio.run(scene())
    assert cloud.answers[-1].code == codes.CONTENT
    failures = [one.detail for one in told if one.kind == events.FAILED]
    assert len([one for one in failures if isinstance(one, MemoryError)]) == 2


def test_a_server_that_falls_silent_is_met_again_over_a_new_port():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud, [Temperature(lambda: 21.5)])
        async with device:
            cloud.deaf = ("/dp",)
            try:
                await device.send([(3303, 0)], limit_s=200)
            except NetworkError:
                pass
            cloud.deaf = ()
            await device.send([(3303, 0)])
        return cloud

    opened = asyncio.run(scene()).opened
    assert opened[:3] == [BOOTSTRAP, SERVER, SERVER]
    assert set(opened[3:]) <= {SERVER}


def test_without_a_registration_in_time_it_says_what_was_wrong():
    cloud = Cloud()
    cloud.refused["/bs"] = codes.BAD_REQUEST

    async def scene():
        async with device_of(cloud, register_limit_s=60)[0]:
            pass

    told = error_of(NetworkError, scene())
    assert "not registered within 60 s" in told
    assert "4.00" in told
    assert not cloud.ports


def test_a_lost_bearer_is_attached_again_and_the_registration_updated():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud)
        async with device:
            before = cloud.attached
            cloud.lose()
            await asyncio.sleep(60)
            assert cloud.attached > before
        return cloud

    assert paths_of(asyncio.run(scene())) == ["/bs", "/rd", "/rd/r1"]


def test_a_new_attachment_is_a_new_bootstrap():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud)
        async with device:
            cloud.generation += 1
            cloud.lose()
            await asyncio.sleep(200)
        return cloud

    assert paths_of(asyncio.run(scene()))[:4] == ["/bs", "/rd", "/bs", "/rd"]


def test_in_queue_mode_the_modem_sleeps_between_two_updates():
    async def scene():
        cloud = Cloud()
        saving = Saving()
        device, told = device_of(cloud, is_queue_mode=True, power_saving=saving)
        async with device:
            await asyncio.sleep(600)
            assert saving.said == ["sleep"]
            assert not cloud.ports
            assert kinds_of(told)[-1] == events.SLEEP
            await asyncio.sleep(3600)
        return cloud, saving

    cloud, saving = asyncio.run(scene())
    assert paths_of(cloud) == ["/bs", "/rd", "/rd/r1"]
    assert saving.said == ["sleep", "wake", "sleep"]


def test_a_send_wakes_the_modem():
    async def scene():
        cloud = Cloud()
        saving = Saving()
        device, _told = device_of(
            cloud, [Temperature(lambda: 21.5)], is_queue_mode=True, power_saving=saving
        )
        async with device:
            await asyncio.sleep(600)
            await device.send([(3303, 0, 5700)])
            return saving.said

    assert asyncio.run(scene()) == ["sleep", "wake"]


def test_a_deep_sleep_costs_one_update_or_nothing():
    async def first(cloud, store):
        device, _told = device_of(cloud, is_queue_mode=True, store=store)
        async with device:
            return await device.asleep(600)

    async def second(cloud, store, slept_ms, seconds):
        device, told = device_of(cloud, is_queue_mode=True, store=store, slept_ms=slept_ms)
        await device.start()
        await asyncio.sleep(seconds)
        await device.close()
        return told

    cloud, store = Cloud(), Kept()
    wakes_ms = asyncio.run(first(cloud, store))
    assert 3_000_000 < wakes_ms < 3_500_000
    asyncio.run(second(cloud, store, 600_000, 5))
    assert paths_of(cloud) == ["/bs", "/rd"]
    asyncio.run(second(cloud, store, wakes_ms - 605_000, 60))
    assert paths_of(cloud) == ["/bs", "/rd", "/rd/r1"]


def test_an_update_that_the_program_asks_for_is_sent_at_once():
    async def scene():
        cloud = Cloud()
        device, _told = device_of(cloud)
        await device.start()
        await device.registered(60)
        await asyncio.sleep(1)
        device.update()
        await asyncio.sleep(1)
        said = paths_of(cloud)
        await device.close()
        return said

    assert asyncio.run(scene()) == ["/bs", "/rd", "/rd/r1"]


def test_a_device_that_leaves_tells_its_server_and_forgets():
    async def scene():
        cloud, store = Cloud(), Kept()
        device, _told = device_of(cloud, store=store)
        await device.start()
        await device.registered(60)
        await device.close(deregister=True)
        return cloud, store

    cloud, store = asyncio.run(scene())
    assert paths_of(cloud) == ["/bs", "/rd", "/rd/r1"]
    assert store.data == b""


def test_objects_may_bring_their_own_server():
    async def scene():
        cloud = Cloud()
        accounts = [
            Instance(security.DEFINITION, 0, {0: "coap://10.60.2.240", 1: False, 2: 3, 10: 7}),
            Instance(server.DEFINITION, 0, {0: 7, 1: 300, 6: False, 7: "U"}),
        ]
        device, _told = device_of(cloud, accounts, endpoint_name="tank-7")
        async with device:
            pass
        return cloud

    cloud = asyncio.run(scene())
    assert paths_of(cloud) == ["/rd"]
    assert "ep=tank-7" in cloud.said[0][1]


def test_a_sensor_that_fails_is_told_and_the_others_go_on():
    def fail():
        raise RuntimeError("no sensor")

    async def scene():
        cloud = Cloud()
        good = Temperature(lambda: 20.0, 1)
        device, told = device_of(cloud, [Temperature(fail), good])
        async with device:
            pass
        return told, good

    told, good = asyncio.run(scene())
    (event,) = [one for one in told if one.kind == events.HANDLER_FAILED]
    assert event.detail[0] == (3303, 0)
    assert good._told == 20.0


def test_the_radio_is_asked_when_the_bootstrap_is_over_and_before_the_registration():
    async def scene():
        cloud, seen = Cloud(), []

        class Radio(Temperature):
            needs_radio = True

            async def refresh(self):
                seen.append(paths_of(cloud))

        async with device_of(cloud, [Radio(lambda: 20.0)], refresh_s=1)[0]:
            first = list(seen)
            await asyncio.sleep(1.5)
        return first, seen

    first, seen = asyncio.run(scene())
    assert first == [["/bs"]]
    assert len(seen) > 1


def test_datagrams_are_counted():
    async def scene():
        cloud, statistics = Cloud(), ConnectivityStatistics()
        async with device_of(cloud, [statistics])[0]:
            pass
        return statistics

    statistics = asyncio.run(scene())
    assert statistics.read(2) == 1
    assert statistics.read(3) == 1


def test_what_is_wrong_with_the_arguments_is_told_at_once():
    for given, word in (
        ({"transport": "udp"}, "coaps or coap"),
        ({}, "the key that was set for LwM2M"),
    ):
        try:
            Lwm2mDevice(Cloud(), **given)
        except UsageError as error:
            assert word in str(error)
        else:
            raise AssertionError(word)

    class Nameless(Cloud):
        iccid = None

    async def scene():
        async with device_of(Nameless())[0]:
            pass

    assert "endpoint_name" in error_of(UsageError, scene())


def test_the_five_lines_of_a_sensor():
    sensor = Instance(temperature.DEFINITION, 0, {5700: lambda: 1.5, 5701: "Cel"})

    async def scene():
        cloud = Cloud()
        async with device_of(cloud, [sensor])[0]:
            cloud.ask(codes.GET, "/3303/0", accept=TLV)
            await asyncio.sleep(1)
        return cloud.answers[-1].code

    assert asyncio.run(scene()) == codes.CONTENT
