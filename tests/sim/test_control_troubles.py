"""Trouble of 1NCE OS on demand, and what a device on a simulated modem makes of it."""

import asyncio

import pytest

from nce import Device
from nce.device import REFETCH_AFTER_MS, Undelivered
from nce.refusals import BootstrapRefused, Refused
from nce_modem import Modem
from nce_sim import Backend, World, run_virtual
from nce_sim.control.parameters import BadRequest, taken
from nce_sim.control.verb import Reach
from nce_sim.control.verb import Refused as VerbRefused
from nce_sim.control.verbs import VERBS
from nce_sim.endpoints.troubles import MOST_TROUBLES, Troubles, coap_response
from nce_sim.ports.pipe import PipeBoard


class Scene:
    """A device that is attached and has delivered one record."""

    def __init__(self, world, backend, sim, device):
        self.world, self.backend, self.sim, self.device = world, backend, sim, device
        self.reach = Reach(world, backend)

    async def tell(self, verb, **arguments):
        return await VERBS[verb].run(self.reach, taken(VERBS[verb].parameters, arguments))

    def values(self):
        return [item.value for item in self.backend.inspector.history(self.sim.iccid)][::-1]

    async def timed(self, sending):
        """How many seconds it took."""
        before_ms = self.world.clock.now_ms()
        await sending
        return (self.world.clock.now_ms() - before_ms) / 1000


def play(scene, transport="coaps", is_ready=True):
    async def main(clock):
        world = World(1, clock=clock)
        sim = world.add_sim()
        modem = world.add_modem(sim)
        modem.power_on()
        with Backend(world) as backend:
            driver = Modem(PipeBoard(modem))
            device = Device(driver, transport=transport)
            here = Scene(world, backend, sim, device)
            try:
                if is_ready:
                    await device.send(b"ready")
                return await scene(here)
            finally:
                await device.close()
                await driver.close()

    return run_virtual(main)


@pytest.mark.parametrize("transport", ["coaps", "coap"])
def test_what_is_refused_twice_arrives_once_it_is_taken(transport):
    async def scene(here):
        told = await here.tell("trouble", endpoint=transport, kind="error", count=2)
        assert (told["status"], told["left"], told["met"]) == (503, 2, 0)
        for left in (1, 0):
            with pytest.raises(Refused) as refused:
                await here.device.send(b"no")
            assert refused.value.code == 0xA3  # 5.03
            listed = (await here.tell("troubles"))["troubles"]
            assert [one["left"] for one in listed] == [left] * bool(left)
        await here.device.send(b"yes")
        return here.values()

    assert play(scene, transport) == [b"ready", b"yes"]


STATUSES = (("400", 0x80), ("429", 0x9D), ("500", 0xA0), ("504", 0xA4))


def test_an_error_has_the_code_that_was_asked_for():
    async def scene(here):
        codes = []
        for status, _ in STATUSES:
            await here.tell("trouble", endpoint="coaps", kind="error", count=1, status=status)
            with pytest.raises(Refused) as refused:
                await here.device.send(b"no")
            codes.append(refused.value.code)
        return codes

    assert play(scene) == [code for _, code in STATUSES]


def test_a_request_without_an_answer_is_sent_again_by_the_device():
    async def scene(here):
        await here.tell("trouble", endpoint="coaps", kind="silence", count=1)
        took_s = await here.timed(here.device.send(b"again"))
        return took_s, here.values(), list(here.backend.troubles)

    took_s, values, left = play(scene)
    assert values == [b"ready", b"again"]
    assert took_s > 45  # MAX_TRANSMIT_WAIT passes first: its repeats get no answer either
    assert left == []


def test_silence_that_lasts_ends_in_an_error_and_nothing_is_stored():
    async def scene(here):
        await here.tell("trouble", endpoint="coaps", kind="silence")
        with pytest.raises(Undelivered):
            await here.device.send(b"lost")
        return here.values()

    assert play(scene) == [b"ready"]


def test_a_slow_service_answers_later_and_stores_once():
    async def scene(here):
        quick_s = await here.timed(here.device.send(b"quick"))
        await here.tell("trouble", endpoint="coaps", kind="slow", delay_ms=5_000, count=1)
        slow_s = await here.timed(here.device.send(b"slow"))
        return slow_s - quick_s, here.values()

    more_s, values = play(scene)
    assert 4 < more_s < 8
    assert values == [b"ready", b"quick", b"slow"]


def test_a_service_that_is_down_is_back_when_it_is_told():
    async def scene(here):
        number = (await here.tell("trouble", endpoint="coaps", kind="down"))["number"]
        with pytest.raises(Undelivered):
            await here.device.send(b"lost")
        [listed] = (await here.tell("troubles"))["troubles"]
        assert listed["met"] > 4
        assert await here.tell("end-trouble", number=number) == {"ended": 1}
        await here.device.send(b"back")
        return here.values()

    assert play(scene) == [b"ready", b"back"]


def test_udp_is_lost_in_silence():
    async def scene(here):
        await asyncio.sleep(5)  # the first message is on its way
        await here.tell("trouble", endpoint="udp", kind="silence", count=1)
        for payload in (b"lost", b"kept"):
            await here.device.send(payload)
        await asyncio.sleep(5)
        assert here.values() == [b"ready", b"kept"]
        return [record.fields for record in here.world.timeline.records(kind="trouble")]

    assert play(scene, "udp") == [{"number": 1, "endpoint": "udp", "trouble": "silence"}]


def test_the_device_authenticator_fails_alone():
    async def scene(here):
        await here.tell("trouble", endpoint="bootstrap", kind="error", count=1, status="401")
        with pytest.raises(BootstrapRefused) as refused:
            await here.device.send(b"no key")
        assert (refused.value.code, refused.value.is_permanent) == (0x81, True)
        await here.device.send(b"with a key")
        return here.values()

    assert play(scene, is_ready=False) == [b"with a key"]


def test_a_device_fetches_the_key_again_that_was_rotated():
    async def scene(here):
        before = here.backend.authenticator.psk(here.sim.iccid)
        await here.tell("rotate-key", sim="1")
        assert here.backend.authenticator.psk(here.sim.iccid) != before
        await here.device.send(b"the session has its keys")
        # 1NCE is silent when a key is wrong; five minutes later the device asks for it again.
        await here.device.close()
        with pytest.raises(Undelivered, match="fetch it again"):
            await here.device.send(b"the old key")
        await asyncio.sleep(REFETCH_AFTER_MS / 1000)
        await here.device.send(b"a new handshake has the new key")
        return len(here.values()), here.backend.counters

    messages, counters = play(scene)
    assert (messages, counters.bootstraps) == (3, 2)
    assert counters.handshakes == 2


REFUSED = (
    ({"endpoint": "udp", "kind": "error"}, "udp answers nothing"),
    ({"endpoint": "coap", "kind": "slow"}, "delay_ms is of the kind slow"),
    ({"endpoint": "coap", "kind": "error", "delay_ms": 5}, "delay_ms is of the kind slow"),
    ({"endpoint": "coap", "kind": "slow", "delay_ms": 5, "status": "500"}, "the status 500"),
    ({"endpoint": "api", "kind": "down", "count": 3}, "counts no requests"),
)


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_parts_that_do_not_fit_together_are_refused(arguments, words):
    async def main(clock):
        world = World(1, clock=clock)
        with Backend(world) as backend:
            values = taken(VERBS["trouble"].parameters, arguments)
            with pytest.raises(VerbRefused, match=words):
                await VERBS["trouble"].run(Reach(world, backend), values)
            assert list(backend.troubles) == []

    run_virtual(main)


def test_values_are_bounded():
    parameters = VERBS["trouble"].parameters
    for name, value in (("count", 0), ("delay_ms", 600_001), ("status", "302"), ("kind", "x")):
        with pytest.raises(BadRequest, match=name):
            taken(parameters, {"endpoint": "coap", "kind": "slow", name: value})


def test_there_is_a_bound_on_troubles_and_all_end_at_once():
    world = World(1)
    troubles = Troubles(world.clock, world.timeline)
    for _ in range(MOST_TROUBLES):
        troubles.begin("coap", "down")
    with pytest.raises(ValueError, match="end one first"):
        troubles.begin("coap", "down")
    with pytest.raises(ValueError, match="no trouble 999"):
        troubles.end(999)
    assert troubles.end() == MOST_TROUBLES
    assert not troubles.is_down("coap")


def test_a_slow_endpoint_may_refuse_too_and_a_closed_one_answers_nothing():
    world, heard = World(1), []
    troubles = Troubles(world.clock, world.timeline)
    troubles.begin("coap", "slow", delay_ms=1_000)
    troubles.begin("coap", "error", status=429, count=1)
    for _ in range(2):
        troubles.meet(("coap",), lambda: heard.append("on"), heard.append)
    world.advance(999)
    assert heard == []
    world.advance(1)
    assert heard == [429, "on"]
    troubles.meet(("coap",), lambda: heard.append("late"))
    troubles.close()
    world.advance(5_000)
    assert heard == [429, "on"]


def test_a_5_03_says_when_to_ask_again():
    assert coap_response(503, 5) == (0xA3, b"", ((14, b"\x05"),))  # Max-Age, RFC 7252, 5.10
    assert coap_response(429, 5) == (0x9D, b"", ())
