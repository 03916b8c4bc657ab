"""`Device` over a scripted bearer in virtual time: what is tried again, how often, what is not.

The DTLS port is a stand-in too: each handshake ends as the script says. The whole of it, with real
DTLS, runs in `tests/scenarios`.
"""

import asyncio

import pytest

import nce.device
from nce.coap import options
from nce.coap.message import ACK, CON, NON, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.credentials import BootstrapMalformed, Credentials
from nce.device import ACKNOWLEDGED, REFETCH_AFTER_MS, UNPROVEN, Delivery, Device, Undelivered
from nce.dtls.advice import refused, timed_out
from nce.dtls.suites import ALL
from nce.errors import NceError, UsageError
from nce.refusals import BootstrapRefused, Refused
from nce_sim.clock import run_virtual

ICCID = "8988228066604086910"
LINE = b"8988228066604086910,key-%d,coaps://coap.os.1nce.com:5684"
KNOWN = Credentials(ICCID, b"known", "coap.os.1nce.com", 5684)
# No acknowledgement within 3 s: two transmissions.
QUICK = Parameters(1000, 100, 1, 1, 1, 2, 1)
RETRY_PAUSES_S = (1, 5, 30)


class BearerLost(OSError):
    pass


class NoSim(OSError):
    is_permanent = True


class NotNow(OSError):
    def __init__(self, retry_after_ms):
        super().__init__(f"not before {retry_after_ms} ms have passed")
        self.retry_after_ms = retry_after_ms


def silence():
    return timed_out(5, 5, 0, b"key")


def alert(number):
    return lambda: refused(number, b"key")


class World:
    """What the device meets, one entry of each list at each step; then everything goes well."""

    def __init__(self, **script):
        self.attaches = script.get("attaches", [])
        self.bootstraps = script.get("bootstraps", [])  # (code, payload), or None for silence
        self.handshakes = script.get("handshakes", [])  # errors to be made and raised
        self.answers = script.get("answers", [])  # codes; None is silence; an error is raised
        self.log = []
        self.requests = []
        self.offers = []
        self.forgotten = []
        self.open_ports = 0
        self.clock = None

    def next(self, name, otherwise=None):
        self.log.append(name)
        script = getattr(self, name)
        return script.pop(0) if script else otherwise

    async def attach(self):
        error = self.next("attaches")
        await asyncio.sleep(0.1)
        if error is not None:
            raise error

    async def open_datagram(self, host, port):
        self.open_ports += 1
        return Port(self, "bootstraps" if port == 5683 else "answers")


class Port:
    max_datagram = 1200

    def __init__(self, world, script):
        self.world = world
        self.script = script
        self.waiting = []
        self.is_closed = False

    async def send(self, data):
        request = decode(data)
        self.world.requests.append(request)
        if self.script == "bootstraps":
            count = self.world.log.count("bootstraps")
            answer = self.world.next("bootstraps", (0x45, LINE % count))
        else:
            answer = self.world.next("answers", 0x44)
        if isinstance(answer, OSError):
            raise answer
        if answer is not None and request.type == CON:
            code, payload = answer if isinstance(answer, tuple) else (answer, b"")
            message = Message(ACK, code, request.mid, request.token, (), payload)
            self.waiting.append(encode(message))

    async def receive(self, timeout_ms):
        await asyncio.sleep(0.05 if self.waiting else timeout_ms / 1000)
        return self.waiting.pop(0) if self.waiting else None

    async def close(self, **_how):
        assert not self.is_closed
        self.is_closed = True
        self.world.open_ports -= 1


class FakeDtls:
    def __init__(self, port, identity, key, random_bytes, store, **options):
        self.port = port
        self.world = port.world
        self.max_datagram = port.max_datagram
        self.world.offers.append((key, options))
        self.send, self.receive = port.send, port.receive

    async def connect(self):
        make = self.world.next("handshakes")
        await asyncio.sleep(0.5)
        if make is not None:
            raise make()

    async def close(self, forget=False):
        self.world.forgotten.append(forget)
        await self.port.close()


class Store:
    def __init__(self, data=None):
        self.data = data
        self.saves = 0

    def load(self):
        return self.data

    def save(self, data):
        self.data = data
        self.saves += 1


@pytest.fixture(autouse=True)
def scripted_dtls(monkeypatch):
    monkeypatch.setattr(nce.device, "DtlsPort", FakeDtls)


def run(world, main, **arguments):
    """`await main(device)` in virtual time; (result or error, seconds that passed)."""

    async def in_virtual_time(clock):
        world.clock = clock
        device = Device(world, coap_options={"parameters": QUICK}, **arguments)
        began_ms = clock.now_ms()
        try:
            result = await main(device)
        except NceError as error:
            result = error
        except OSError as error:
            result = error
        await device.close()
        assert world.open_ports == 0, "a socket leaks"
        return result, (clock.now_ms() - began_ms) / 1000

    return run_virtual(in_virtual_time)


def send_one(device):
    return device.send(b"record")


def test_a_record_from_power_on_to_its_acknowledgement():
    world = World()
    delivery, _elapsed = run(world, send_one)
    assert delivery == Delivery(0x44, 1, ACKNOWLEDGED)
    assert world.log == ["attaches", "bootstraps", "handshakes", "answers"]
    assert world.offers[0][0] == b"key-0"


def test_credentials_are_fetched_once_and_kept_over_a_reboot():
    store = Store()
    world = World()
    run(world, send_one, credentials_store=store)
    assert store.saves == 1
    again = World()
    run(again, send_one, credentials_store=store)
    assert "bootstraps" not in again.log
    assert again.offers[0][0] == b"key-0"
    assert store.saves == 1


def test_what_the_store_cannot_have_kept_is_fetched_anew():
    store = Store(b"\xff garbage")
    world = World()
    run(world, send_one, credentials_store=store)
    assert world.log.count("bootstraps") == 1
    assert store.data == LINE % 0


@pytest.mark.parametrize("failure", [silence, alert(115), alert(51), alert(20), alert(80)])
def test_refused_credentials_are_fetched_again_once(failure):
    store = Store()
    world = World(handshakes=[failure])
    delivery, _elapsed = run(world, send_one, credentials=KNOWN, credentials_store=store)
    assert delivery.attempts == 2
    assert world.log.count("bootstraps") == 1
    assert [key for key, _options in world.offers] == [b"known", b"key-0"]
    assert store.saves == 1


def test_a_server_that_refuses_every_key_is_not_stormed_with_bootstraps():
    world = World(handshakes=[silence] * 4 * 100)

    async def main(device):
        failures = 0
        began_ms = world.clock.now_ms()
        while world.clock.now_ms() - began_ms < 2 * REFETCH_AFTER_MS + 1000:
            try:
                await device.send(b"record")
            except Undelivered:
                failures += 1
        return failures

    failures, elapsed_s = run(world, main)
    assert failures >= 15
    # At the start, and once for each 5 minutes that passed.
    assert world.log.count("bootstraps") == 1 + int(elapsed_s * 1000 // REFETCH_AFTER_MS)


def test_a_handshake_lost_on_the_way_is_no_reason_to_fetch():
    world = World(handshakes=[lambda: timed_out(1, 6, 0, b"key"), lambda: BearerLost("gone")])
    delivery, _elapsed = run(world, send_one)
    assert delivery.attempts == 3
    assert world.log.count("bootstraps") == 1


def test_a_server_without_our_suite_is_offered_all_of_them():
    world = World(handshakes=[alert(40), alert(40)])
    delivery, _elapsed = run(world, send_one, credentials=KNOWN)
    assert delivery.attempts == 3
    offered = [options.get("suites") for _key, options in world.offers]
    assert offered == [None, ALL, ALL]
    # Refused again, the reason may be the identity.
    assert world.log.count("bootstraps") == 1
    world = World(handshakes=[alert(40)])
    run(world, send_one, credentials=KNOWN, dtls_options={"suites": ALL[:1]})
    assert [options["suites"] for _key, options in world.offers] == [ALL[:1]] * 2


def test_a_lost_bearer_is_attached_anew_a_bounded_number_of_times():
    world = World(attaches=[BearerLost("no signal")] * 100)
    error, elapsed_s = run(world, send_one)
    assert isinstance(error, Undelivered)
    assert error.attempts == 4
    assert isinstance(error.cause, BearerLost)
    assert "no signal" in str(error)
    assert world.log == ["attaches"] * 4
    assert elapsed_s == pytest.approx(sum(RETRY_PAUSES_S) + 4 * 0.1, abs=0.05)


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_socket_that_dies_is_replaced_and_the_record_sent_again(failures):
    world = World(answers=[BearerLost("socket")] * failures)
    delivery, _elapsed = run(world, send_one)
    assert delivery.attempts == failures + 1
    # The session was not to blame: it is kept.
    assert world.forgotten[:failures] == [False] * failures


def test_a_server_that_falls_silent_is_met_with_a_new_handshake():
    world = World(answers=[None, None])
    delivery, _elapsed = run(world, send_one)
    assert delivery.attempts == 2
    assert world.forgotten[0] is True
    assert world.log.count("handshakes") == 2


@pytest.mark.parametrize("step", ["attaches", "answers"])
def test_what_no_retry_can_mend_is_raised_at_once(step):
    world = World(**{step: [NoSim("no SIM card")]})
    error, elapsed_s = run(world, send_one)
    assert isinstance(error, NoSim)
    assert world.log.count("attaches") == 1
    assert elapsed_s < 1


def test_a_bearer_that_names_a_late_hour_is_not_asked_again_and_again():
    world = World(attaches=[NotNow(RETRY_PAUSES_S[-1] * 1000 + 1)] * 100)
    error, elapsed_s = run(world, send_one)
    assert isinstance(error, Undelivered)
    assert isinstance(error.cause, NotNow)
    assert (error.attempts, world.log) == (1, ["attaches"])
    assert elapsed_s < 1


def test_a_bearer_that_names_a_near_hour_is_asked_then():
    world = World(attaches=[NotNow(12_000)])
    delivery, elapsed_s = run(world, send_one)
    assert delivery.attempts == 2
    assert 12 < elapsed_s < 14


def test_a_sim_that_1nce_os_does_not_know_is_told_at_once():
    world = World(bootstraps=[(0x81, b'{"statusText":"Unauthorized"}')])
    error, elapsed_s = run(world, send_one)
    assert isinstance(error, BootstrapRefused)
    assert "accept the terms" in str(error)
    assert elapsed_s < 1


@pytest.mark.parametrize("answer", [(0xA0, b""), (0x45, b"nonsense"), None])
def test_an_authenticator_at_fault_is_asked_again_after_a_pause(answer):
    count = 2 if answer is None else 1  # silence is met with a retransmission first
    world = World(bootstraps=[answer] * count)
    delivery, elapsed_s = run(world, send_one)
    assert delivery.attempts == 2
    assert elapsed_s > RETRY_PAUSES_S[0]
    assert issubclass(BootstrapMalformed, NceError)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x80, "topic"),
        (0x81, "portal"),
        (0x84, "nothing is served"),
        (0x8D, "split"),
        (0xA0, "later"),
    ],
)
def test_refusals_are_raised_with_a_reason_and_not_repeated(code, words):
    world = World(answers=[(code, b"words of the server")])
    error, _elapsed = run(world, send_one)
    assert isinstance(error, Refused)
    assert error.code == code
    assert words in str(error)
    assert "words of the server" in str(error)
    assert world.log.count("answers") == 1


def test_a_record_after_a_refused_one_needs_no_new_session():
    world = World(answers=[0x80])

    async def main(device):
        with pytest.raises(Refused):
            await device.send(b"refused")
        return await device.send(b"taken")

    delivery, _elapsed = run(world, main)
    assert delivery == Delivery(0x44, 1, ACKNOWLEDGED)
    assert world.log.count("handshakes") == 1


def test_a_record_that_is_not_confirmable_proves_nothing_and_says_so():
    world = World()
    delivery, _elapsed = run(world, lambda device: device.send(b"record", confirmable=False))
    assert delivery == Delivery(None, 1, UNPROVEN)
    request = world.requests[-1]
    assert request.type == NON
    assert (options.NO_RESPONSE, b"\x1a") in request.options


def test_records_of_many_tasks_go_one_after_the_other_and_each_once():
    world = World(answers=[BearerLost("socket"), 0x44, 0x44, BearerLost("socket")])
    records = [b"record %d" % number for number in range(10)]

    async def main(device):
        return await asyncio.gather(*[device.send(record) for record in records])

    deliveries, _elapsed = run(world, main)
    assert all(delivery.proof == ACKNOWLEDGED for delivery in deliveries)
    assert sum(delivery.attempts - 1 for delivery in deliveries) == 2
    sent = [request.payload for request in world.requests if request.code == 2]
    assert sorted(set(sent)) == sorted(records)
    assert len(sent) == len(records) + 2
    assert world.log.count("bootstraps") == 1


@pytest.mark.parametrize("after_s", [0.05, 0.12, 0.3, 0.65, 0.7, 1.5])
def test_a_cancelled_send_leaves_no_socket_and_a_device_that_works(after_s):
    world = World(handshakes=[silence])

    async def main(device):
        task = asyncio.ensure_future(device.send(b"cancelled"))
        await asyncio.sleep(after_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert world.open_ports <= 1
        return await device.send(b"next")

    delivery, _elapsed = run(world, main)
    assert delivery.proof == ACKNOWLEDGED


def test_cancelling_one_of_two_does_not_disturb_the_other():
    world = World(answers=[None])

    async def main(device):
        first = asyncio.ensure_future(device.send(b"first"))
        second = asyncio.ensure_future(device.send(b"second"))
        await asyncio.sleep(1)
        first.cancel()
        return await second

    delivery, _elapsed = run(world, main)
    assert delivery == Delivery(0x44, 1, ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("record", "topic"), [(b"", None), (b"x" * 1025, None), ({"a": 1}, None), (b"x", "no spaces")]
)
def test_a_wrong_record_is_told_before_anything_is_sent(record, topic):
    world = World()
    error, _elapsed = run(world, lambda device: device.send(record, topic))
    assert isinstance(error, UsageError)
    assert world.log == []


def test_a_session_that_is_kept_asks_for_a_connection_id():
    for store, asks in ((None, False), (Store(), True)):
        world = World()
        run(world, send_one, session_store=store)
        assert world.offers[0][1]["connection_id"] is asks
