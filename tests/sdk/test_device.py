"""`Device` over a scripted bearer in virtual time: what is tried again, how often, what is not.

The DTLS port is a stand-in too: each handshake ends as the script says. The whole of it, with real
DTLS, runs in `tests/scenarios`.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import nce.device
from memory_stores import FullFlash, Kept
from nce import durable
from nce.coap import options
from nce.coap.message import ACK, CON, NON, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.credentials import BootstrapMalformed, Credentials
from nce.device import ACKNOWLEDGED, REFETCH_AFTER_MS, UNPROVEN, Delivery, Device, Undelivered
from nce.dtls.advice import refused, timed_out
from nce.dtls.errors import HandshakeTimeout
from nce.dtls.suites import ALL
from nce.errors import NceError, UsageError
from nce.folder import Folder
from nce.forward import RecordRefused
from nce.outbox import Outbox
from nce.refusals import BootstrapRefused, Refused
from nce.slots import Slots
from nce.watched import StoreFailed, watched
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


def hint(number):
    """One alert in the clear, which may be forged."""
    return lambda: HandshakeTimeout("silence, but once somebody said", 3, number)


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
        self.opened = []  # (host, port)
        self.open_ports = 0
        self.is_plain = script.get("is_plain", False)  # records go to the Authenticator's port
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
        self.opened.append((host, port))
        is_bootstrap = port == 5683 and not self.is_plain
        return Port(self, "bootstraps" if is_bootstrap else "answers", port == 4445)


class Port:
    max_datagram = 1200

    def __init__(self, world, script, is_udp):
        self.world = world
        self.script = script
        self.is_udp = is_udp
        self.waiting = []
        self.is_closed = False

    async def send(self, data):
        request = data if self.is_udp else decode(data)
        self.world.requests.append(request)
        if self.script == "bootstraps":
            count = self.world.log.count("bootstraps")
            answer = self.world.next("bootstraps", (0x45, LINE % count))
        else:
            answer = self.world.next("answers", 0x44)
        if isinstance(answer, OSError):
            raise answer
        if answer is not None and not self.is_udp and request.type == CON:
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
        self.position = 7
        self.is_new = True
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
    store = Kept()
    world = World()
    run(world, send_one, credentials_store=store)
    assert store.saves == 1
    again = World()
    run(again, send_one, credentials_store=store)
    assert "bootstraps" not in again.log
    assert again.offers[0][0] == b"key-0"
    assert store.saves == 1


def test_what_the_store_cannot_have_kept_is_fetched_anew():
    store = Kept(b"\xff garbage")
    world = World()
    run(world, send_one, credentials_store=store)
    assert world.log.count("bootstraps") == 1
    assert store.data == LINE % 0


@pytest.mark.parametrize("failure", [silence, alert(115), alert(51), alert(20), alert(80)])
def test_refused_credentials_are_fetched_again_once(failure):
    store = Kept(KNOWN.to_bytes())
    world = World(handshakes=[failure])
    delivery, _elapsed = run(world, send_one, credentials_store=store)
    assert delivery.attempts == 2
    assert world.log.count("bootstraps") == 1
    assert [key for key, _options in world.offers] == [b"known", b"key-0"]
    assert store.saves == 1


@pytest.mark.parametrize("failure", [silence, alert(115), alert(51), alert(40), hint(115)])
def test_credentials_given_by_hand_are_never_replaced(failure):
    store = Kept()
    world = World(handshakes=[failure] * 100)
    pinned = Credentials(ICCID, b"0123456789abcdef", "my.server.example", 5684)
    error, _elapsed = run(world, send_one, credentials=pinned, credentials_store=store)
    assert isinstance(error, Undelivered)
    assert "bootstraps" not in world.log
    assert {key for key, _options in world.offers} == {b"0123456789abcdef"}
    assert {host for host, _port in world.opened} == {"my.server.example"}
    assert store.saves == 0


def test_one_unprotected_alert_teaches_nothing_before_the_next_handshake_hears_it_too():
    for number, learnt in ((40, "suites"), (115, "bootstraps")):
        world = World(handshakes=[hint(number)])
        delivery, _elapsed = run(world, send_one, credentials_store=Kept(KNOWN.to_bytes()))
        assert delivery.attempts == 2
        assert "bootstraps" not in world.log
        assert not any("suites" in options for _key, options in world.offers)
        world = World(handshakes=[hint(number), hint(number)])
        delivery, _elapsed = run(world, send_one, credentials_store=Kept(KNOWN.to_bytes()))
        assert delivery.attempts == 3
        assert ("bootstraps" in world.log) == (learnt == "bootstraps")
        assert ("suites" in world.offers[-1][1]) == (learnt == "suites")
        world = World(handshakes=[hint(number), hint(70), hint(number)])
        run(world, send_one, credentials_store=Kept(KNOWN.to_bytes()))
        assert "bootstraps" not in world.log
        assert "suites" not in world.offers[-1][1]


@pytest.mark.parametrize(
    ("line", "domain", "words"),
    [
        (b"8988228066604086910,taken,coaps://evil.example:5684", "os.1nce.com", "evil.example"),
        (b"8988228066604086910,taken,coaps://evilos.1nce.com:5684", "os.1nce.com", "evilos"),
        (b"8988228066604086910,taken,coaps://os.1nce.com.evil.net", "os.1nce.com", "evil.net"),
        (b"8988228066604086910,taken,coaps://10.60.2.219:5684", "os.1nce.com", "domain=..."),
        (b"8988228066604086999,taken,coaps://coap.os.1nce.com", "os.1nce.com", "not for this SIM"),
        (b"8988228066604086999,taken,coaps://coap.os.1nce.com", None, "not for this SIM"),
    ],
)
def test_a_bootstrap_for_another_sim_or_out_of_the_domain_is_not_taken(line, domain, words):
    store = Kept()
    world = World(bootstraps=[(0x45, line)] * 4)
    world.iccid = ICCID + "5"
    error, _elapsed = run(world, send_one, domain=domain, credentials_store=store)
    assert isinstance(error, Undelivered)
    assert isinstance(error.cause, BootstrapMalformed)
    assert words in str(error)
    assert "taken" not in str(error)
    assert "86999" not in str(error)
    assert world.offers == []
    assert store.saves == 0


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("coap.os.1nce.com", "os.1nce.com"),
        ("COAP.OS.1NCE.COM", "os.1nce.com"),
        ("os.1nce.com", "os.1nce.com"),
        ("coap.my.example", "my.example"),
        ("10.60.2.219", None),
    ],
)
def test_a_bootstrap_within_the_domain_or_as_allowed_is_taken(host, domain):
    world = World(bootstraps=[(0x45, b"%s,key,coaps://%s:9" % (ICCID.encode(), host.encode()))])
    world.iccid = ICCID
    delivery, _elapsed = run(world, send_one, domain=domain)
    assert delivery.proof == ACKNOWLEDGED
    assert world.opened[-1] == (host, 9)


def test_credentials_of_the_store_that_are_another_sims_are_not_used():
    for iccid, asks in ((ICCID, 0), (ICCID + "5", 0), (None, 0), ("8988228066604086999", 1)):
        store = Kept(KNOWN.to_bytes())
        world = World(bootstraps=[(0x45, b"8988228066604086999,new,coaps://coap.os.1nce.com")])
        world.iccid = iccid
        run(world, send_one, credentials_store=store)
        assert world.log.count("bootstraps") == asks
        assert world.offers[0][0] == (b"new" if asks else b"known")


def test_a_sim_that_is_changed_while_the_device_runs_gets_credentials_of_its_own():
    world = World()

    async def main(device):
        world.iccid = ICCID
        await device.send(b"first")
        world.iccid = "8988228066604086999"
        world.bootstraps = [(0x45, b"8988228066604086999,new,coaps://coap.os.1nce.com")]
        world.answers = [BearerLost("the card was pulled")]
        return await device.send(b"second")

    delivery, _elapsed = run(world, main)
    assert delivery.attempts == 2
    assert [key for key, _options in world.offers] == [b"key-0", b"new"]
    assert world.log.count("bootstraps") == 2


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


def test_a_session_whose_handshake_failed_is_closed_as_a_whole():
    world = World(handshakes=[silence, alert(51)])
    delivery, _elapsed = run(world, send_one)
    assert delivery.attempts == 3
    # Two that failed, and the last one at the end: none of them is forgotten by its store.
    assert world.forgotten == [False] * 3


def test_credentials_that_were_refused_stay_so_whatever_the_next_handshake_meets():
    # Refused just after they were fetched: they are not asked for again at once. Then nobody is
    # heard for a while; the next question is due all the same.
    world = World(handshakes=[alert(51)] + [lambda: timed_out(1, 6, 0, b"key")] * 7)

    async def main(device):
        for _ in range(2):
            with pytest.raises(Undelivered):
                await device.send(b"record")
        assert world.log.count("bootstraps") == 1
        await asyncio.sleep(REFETCH_AFTER_MS / 1000)
        return await device.send(b"record")

    delivery, _elapsed = run(world, main)
    assert delivery == Delivery(0x44, 1, ACKNOWLEDGED)
    assert world.log.count("bootstraps") == 2
    assert [key for key, _options in world.offers][-2:] == [b"key-0", b"key-1"]


def test_a_handshake_lost_on_the_way_is_no_reason_to_fetch():
    world = World(handshakes=[lambda: timed_out(1, 6, 0, b"key"), lambda: BearerLost("gone")])
    delivery, _elapsed = run(world, send_one)
    assert delivery.attempts == 3
    assert world.log.count("bootstraps") == 1


def test_a_server_without_our_suite_is_offered_all_of_them():
    world = World(handshakes=[alert(40), alert(40)])
    delivery, _elapsed = run(world, send_one, credentials_store=Kept(KNOWN.to_bytes()))
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


@pytest.mark.parametrize("code", [0x41, 0x42, 0x43, 0x45, 0x5F])
def test_only_2_04_acknowledges_a_record(code, tmp_path):
    # 1NCE OS answers 2.04; another success is somebody else's, or of something else.
    world = World(answers=[(code, b"")])
    error, _elapsed = run(world, send_one)
    assert isinstance(error, Refused)
    assert error.code == code
    assert f"2.{code & 0x1F:02d}" in str(error)
    assert world.log.count("answers") == 1
    world = World(answers=[(code, b"")])
    arguments = kept_in(tmp_path)

    async def main(device):
        device.store(b"not taken")
        device.store(b"taken")
        return await device.flush()

    assert run(world, main, **arguments)[0] == 1
    assert arguments["outbox"].refused.records() == [(0, code, b"not taken")]


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
    for store, asks in ((None, False), (Kept(), True)):
        world = World()
        run(world, send_one, session_store=store)
        assert world.offers[0][1]["connection_id"] is asks


NO_URANDOM = """
import asyncio, hashlib, hmac, os, random, tempfile
del os.urandom
from nce.coap import mid_store, server
from nce import authenticate, device
made = device.Device(None, random_bytes=bytes)
print(made._random_bytes(3))
try:
    device.Device(None)
except AttributeError as error:
    print(error)
"""


def test_a_port_without_urandom_needs_only_random_bytes_of_its_own():
    command = [sys.executable, "-c", NO_URANDOM]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == repr(bytes(3))
    assert "urandom" in done.stdout.splitlines()[1]


# --- other transports -------------------------------------------------------------------------


def test_a_record_by_udp_needs_no_credentials_and_proves_nothing():
    world = World()
    delivery, _elapsed = run(world, send_one, transport="udp")
    assert delivery == Delivery(None, 1, UNPROVEN)
    assert world.opened == [("udp.os.1nce.com", 4445)]
    assert world.requests == [b"record"]


def test_a_lost_socket_of_udp_is_opened_again():
    world = World(answers=[BearerLost("socket")])
    delivery, _elapsed = run(world, send_one, transport="udp")
    assert delivery == Delivery(None, 2, UNPROVEN)
    assert world.requests == [b"record"] * 2


@pytest.mark.parametrize(
    ("arguments", "record", "topic"),
    [
        ({"transport": "tcp"}, b"x", None),
        ({"transport": "udp", "topic": "gps"}, b"x", None),
        ({"transport": "udp"}, b"x", "gps"),
        ({"transport": "udp"}, bytes(509), None),
    ],
)
def test_what_a_transport_does_not_carry_is_told_before_anything_is_sent(arguments, record, topic):
    world = World()
    with pytest.raises(UsageError):
        raise run(world, lambda device: device.send(record, topic), **arguments)[0]
    assert world.log == []


def test_plain_coap_goes_to_its_port_with_its_topic():
    world = World(is_plain=True)

    async def main(device):
        return await device.send(b"a"), await device.send(b"b", confirmable=False)

    (first, second), _elapsed = run(world, main, transport="coap", topic="gps")
    assert (first.proof, second.proof) == (ACKNOWLEDGED, UNPROVEN)
    assert world.opened == [("coap.os.1nce.com", 5683)]
    assert [request.type for request in world.requests] == [CON, NON]
    assert all((options.URI_QUERY, b"t=gps") in request.options for request in world.requests)


def test_plain_coap_goes_on_with_its_message_ids_over_every_socket():
    world = World(is_plain=True, answers=[0x44, BearerLost("socket"), 0x44, BearerLost("again")])

    async def main(device):
        for _ in range(4):
            await device.send(b"record")

    run(world, main, transport="coap")
    mids = [request.mid for request in world.requests]
    assert len(mids) == 6
    assert mids == [(mids[0] + count) & 0xFFFF for count in range(6)]


def test_a_session_that_goes_on_repeats_no_message_id():
    # FakeDtls stands at record 7 in each session: as if restored.
    world = World()
    run(world, send_one)
    assert world.requests[-1].mid == 7


def test_each_session_counts_its_message_ids_from_its_own_position(monkeypatch):
    class Counted(FakeDtls):
        def __init__(self, port, *credentials, **options):
            super().__init__(port, *credentials, **options)
            self.position = 1000 * len(self.world.offers)

    monkeypatch.setattr(nce.device, "DtlsPort", Counted)
    world = World(answers=[0x44, BearerLost("socket"), 0x44, BearerLost("again")])

    async def main(device):
        for _ in range(4):
            await device.send(b"record")

    run(world, main)
    assert [one.mid for one in world.requests[1:]] == [1000, 1001, 2000, 2001, 3000, 3001]


# --- the outbox -------------------------------------------------------------------------------


def kept_in(folder, **arguments):
    return {"outbox": Outbox(Folder(str(folder))), **arguments}


def payloads(world):
    return [request.payload for request in world.requests if request.code == 2]


def test_stored_records_go_the_most_urgent_first_and_leave_when_acknowledged(tmp_path):
    world = World()
    arguments = kept_in(tmp_path)

    async def main(device):
        for number, priority in enumerate((0, 0, 5, 1)):
            assert device.store(b"%d" % number, priority) == number
        assert world.log == [], "storing needs no network"
        return await device.flush(), await device.flush(), len(arguments["outbox"])

    result, _elapsed = run(world, main, **arguments)
    assert result == (4, 0, 0)
    assert payloads(world) == [b"2", b"3", b"0", b"1"]


def test_a_record_has_the_least_priority_unless_it_is_given_one(tmp_path):
    world = World()

    async def main(device):
        device.store(b"plain")
        for priority in (0, 1, 255):
            device.store(b"%d" % priority, priority)
        return await device.flush()

    assert run(world, main, **kept_in(tmp_path))[0] == 4
    assert payloads(world) == [b"255", b"1", b"plain", b"0"]


def test_records_share_a_datagram_where_they_fit_and_are_joined(tmp_path):
    world = World()

    async def main(device):
        for number in range(50):
            device.store(b"%099d" % number)
        return await device.flush()

    result, _elapsed = run(world, main, **kept_in(tmp_path, join=b"\n".join))
    assert result == 50
    sent = payloads(world)
    assert [len(payload) for payload in sent] == [999] * 5
    assert b"\n".join(sent).split(b"\n") == [b"%099d" % number for number in range(50)]


def test_entering_a_device_with_an_outbox_waits_for_no_network(tmp_path):
    world = World(attaches=[NoSim("the slot is empty")])

    async def main(clock):
        async with Device(world, **kept_in(tmp_path)) as device:
            device.store(b"kept")
            with pytest.raises(NoSim):
                await device.flush()
            assert await device.flush() == 1

    run_virtual(main)
    assert payloads(world) == [b"kept"]


def test_what_could_not_be_delivered_waits_and_goes_on_with_the_first(tmp_path):
    world = World(answers=[0x44] + [None] * 8)  # four attempts of two copies each

    async def main(device):
        for number in range(3):
            device.store(b"%d" % number)
        with pytest.raises(Undelivered):
            await device.flush()
        return await device.flush()

    result, _elapsed = run(world, main, **kept_in(tmp_path))
    assert result == 2
    assert payloads(world) == [b"0"] + [b"1"] * 9 + [b"2"]


@pytest.mark.parametrize("code", [0x80, 0x82, 0x86, 0x8D, 0x8F])
def test_a_refused_record_goes_to_a_list_and_the_next_ones_on_their_way(tmp_path, code):
    world = World(answers=[(code, b"no")])
    told = []
    arguments = kept_in(tmp_path, on_event=told.append)
    outbox = arguments["outbox"]

    async def main(device):
        for record in (b"refused", b"good", b"better"):
            device.store(record)
        return await device.flush()

    result, _elapsed = run(world, main, **arguments)
    assert result == 2
    assert payloads(world) == [b"refused", b"good", b"better"]
    assert not len(outbox)
    assert outbox.refused.records() == [(0, code, b"refused")]
    assert Outbox(Folder(str(tmp_path))).refused.records() == [(0, code, b"refused")]
    refused = [event for event in told if isinstance(event, RecordRefused)]
    assert [(event.number, event.error.code) for event in refused] == [(0, code)]
    assert "no" in str(refused[0].error)


@pytest.mark.parametrize("code", [0x81, 0x83, 0x84, 0x85, 0x88, 0x9D, 0xA0, 0xA3, 0xA4])
def test_a_refusal_that_is_not_for_the_records_sake_keeps_them_all(tmp_path, code):
    world = World(answers=[code])
    arguments = kept_in(tmp_path)

    async def main(device):
        for number in range(3):
            device.store(b"%d" % number)
        with pytest.raises(Refused):
            await device.flush()
        assert len(arguments["outbox"]) == 3
        return await device.flush()

    result, _elapsed = run(world, main, **arguments)
    assert result == 3
    assert payloads(world) == [b"0", b"0", b"1", b"2"]
    assert arguments["outbox"].refused.records() == []


def test_a_refused_bootstrap_refuses_no_record(tmp_path):
    world = World(bootstraps=[(0x80, b"")])
    arguments = kept_in(tmp_path)

    async def main(device):
        device.store(b"kept")
        with pytest.raises(BootstrapRefused):
            await device.flush()
        return len(arguments["outbox"])

    assert run(world, main, **arguments)[0] == 1


def test_of_records_that_share_a_datagram_the_guilty_one_is_found(tmp_path):
    class Picky(World):
        """Refuses whatever holds the seventh record."""

        def next(self, name, otherwise=None):
            answer = super().next(name, otherwise)
            is_bad = name == "answers" and b"<7>" in self.requests[-1].payload
            return 0x8D if is_bad else answer

    def wrapped(records):
        return b"[" + b"".join(records) + b"]"

    world = Picky()
    arguments = kept_in(tmp_path, join=wrapped)
    outbox = arguments["outbox"]

    async def main(device):
        for number in range(80):
            device.store(b"<%d>" % number)
        return await device.flush()

    result, _elapsed = run(world, main, **arguments)
    assert result == 79
    assert outbox.refused.records() == [(7, 0x8D, b"<7>")]
    sent = payloads(world)
    # Together, then each by itself, then together again.
    assert len(sent) == 1 + 32 + 2
    accepted = [payload[1:-1] for payload in sent if b"<7>" not in payload]
    assert b"".join(accepted) == b"".join(b"<%d>" % n for n in range(80) if n != 7)


def test_two_that_flush_at_once_send_nothing_twice(tmp_path):
    world = World()

    async def main(device):
        for number in range(6):
            device.store(b"%d" % number)
        flushing = asyncio.gather(device.flush(), device.flush())
        await asyncio.sleep(0)
        device.store(b"later")
        return await flushing

    result, _elapsed = run(world, main, **kept_in(tmp_path))
    assert sum(result) == 7
    assert payloads(world) == [b"%d" % number for number in range(6)] + [b"later"]


def test_a_wrong_record_is_not_stored_and_a_device_without_outbox_says_so(tmp_path):
    arguments = kept_in(tmp_path)

    async def main(device):
        for record in (b"", bytes(1025), {"a": 1}):
            with pytest.raises(UsageError):
                device.store(record)
        return await device.flush()

    assert run(World(), main, **arguments)[0] == 0

    async def without(device):
        with pytest.raises(UsageError, match="outbox"):
            device.store(b"x")
        return await device.flush()

    assert run(World(), without)[0] == 0


# --- keys that change, and flash that fails -----------------------------------------------------


class Authenticator(World):
    """1NCE OS as a device meets it: a key that a call makes anew 5 minutes after the last one, and
    that a customer may set; a wrong one is met with silence."""

    def __init__(self, key=b"key of before", **script):
        super().__init__(**script)
        self.key = key
        self.calls_ms = []
        self.is_deaf = False

    def next(self, name, otherwise=None):
        if name == "handshakes" and self.offers[-1][0] != self.key:
            self.log.append(name)
            return silence
        if name == "bootstraps":
            now_ms = self.clock.now_ms()
            if not self.calls_ms or now_ms - self.calls_ms[-1] >= REFETCH_AFTER_MS:
                self.key = b"key made at %d" % now_ms
            self.calls_ms.append(now_ms)
            self.log.append(name)
            if self.is_deaf:
                return None
            return 0x45, ICCID.encode() + b"," + self.key + b",coaps://coap.os.1nce.com:5684"
        return super().next(name, otherwise)


class FlashFullError(OSError):
    pass


class FullAtTimes(Kept):
    """A store that is full for as long as somebody says so."""

    is_full = True

    def save(self, data):
        if self.is_full:
            raise FlashFullError("no space left")
        super().save(data)


class CutDisk:
    """A disk of whose next write `limit` bytes are there when the power goes."""

    def __init__(self, limit):
        self._limit = limit
        self.load = durable.load

    def write(self, path, data):
        Path(path).write_bytes(data[: self._limit])
        raise FlashFullError("the power went")


def test_a_power_cut_at_every_byte_of_storing_costs_no_more_than_another_question(tmp_path):
    size = 12 + len(KNOWN.to_bytes()) + 12
    outcomes = set()
    for limit in range(size):
        path = str(tmp_path / str(limit))
        world = Authenticator()
        if limit % 2:  # on top of credentials that are no longer good, or of nothing
            Slots(path).save(KNOWN.to_bytes())

        async def until_the_power_goes(device):
            await device.send(b"record")

        run(
            world,
            until_the_power_goes,
            credentials_store=Slots(path, CutDisk(limit)),
            retry_pauses_ms=(1000,),
        )
        asked = len(world.calls_ms)
        # The next life has what is whole of the old or the new one, and delivers by it.
        world.log = []
        delivery, _elapsed = run(world, send_one, credentials_store=Slots(path))
        assert delivery.proof == ACKNOWLEDGED
        assert asked == 1
        assert len(world.calls_ms) <= 2
        outcomes.add(len(world.calls_ms))
    assert outcomes == {1, 2}


def test_credentials_that_cannot_be_kept_keep_no_record_back_and_that_is_told():
    world = Authenticator()
    told = []
    delivery, elapsed_s = run(
        world, send_one, credentials_store=FullAtTimes(), on_event=told.append
    )
    assert (delivery.proof, delivery.attempts) == (ACKNOWLEDGED, 1)
    assert len(world.calls_ms) == 1
    assert elapsed_s < 1
    failed = [event for event in told if isinstance(event, StoreFailed)]
    assert [event.what for event in failed] == ["credentials"]
    assert "no space left" in str(failed[0].error)


def test_a_store_is_told_once_to_have_failed_and_again_after_it_has_worked():
    told = []
    store = FullAtTimes()
    kept = watched(store, "session", told.append)
    for is_full in (True, True, False, False, True, True, False, True):
        store.is_full = is_full
        try:
            kept.save(b"data")
        except FlashFullError:
            assert is_full
        else:
            assert not is_full
    assert [event.what for event in told] == ["session"] * 3

    class Broken(Kept):
        def load(self):
            raise FlashFullError("no such block")

    assert watched(Broken(), "session", told.append).load() is None
    assert len(told) == 4


def test_an_outbox_that_cannot_note_what_is_delivered_goes_on_and_tells_it_once():
    world = World()
    told = []
    flash = FullFlash(4000)
    outbox = Outbox(flash)

    async def main(device):
        for number in range(5):
            device.store(b"%d" % number)
        flash.is_worn = True
        counts = [await device.flush(), await device.flush()]
        with pytest.raises(OSError, match="takes no more"):
            device.store(b"no room")
        flash.is_worn = False
        device.store(b"5")
        counts.append(await device.flush())
        flash.size = 0
        with pytest.raises(OSError, match="takes no more"):
            device.store(b"no room")
        flash.size = 4000
        device.store(b"6")
        flash.is_worn = True
        counts.append(await device.flush())
        return counts

    result, _elapsed = run(world, main, outbox=outbox, on_event=told.append)
    assert result == [5, 0, 1, 1]
    assert payloads(world) == [b"%d" % number for number in range(7)]
    failed = [event for event in told if isinstance(event, StoreFailed)]
    assert [event.what for event in failed] == ["outbox"] * 2


def test_a_key_changed_by_somebody_else_is_fetched_after_one_failed_handshake():
    world = Authenticator()
    store = Kept()

    async def main(device):
        await device.send(b"before")
        for hour in range(1, 4):
            await asyncio.sleep(3600)
            world.key = b"set by the customer %d" % hour
            world.calls_ms.append(world.clock.now_ms())  # so that asking does not change it
            await device._drop(True)
            delivery = await device.send(b"after")
            assert delivery.attempts == 2
        return store.data

    data, _elapsed = run(world, main, credentials_store=store)
    assert b"set by the customer 3" in data
    assert world.log.count("bootstraps") == 4


def test_a_key_of_digits_is_read_as_hex_when_the_server_refuses_it_and_kept_so():
    digits = b"00112233445566778899aabbccddeeff"
    world = Authenticator()
    store = Kept(Credentials(ICCID, digits, "coap.os.1nce.com", 5684).to_bytes())
    world.key = bytes.fromhex(digits.decode())
    delivery, _elapsed = run(world, send_one, credentials_store=store)
    assert delivery.attempts == 2
    assert "bootstraps" not in world.log
    again = Authenticator(key=world.key)
    delivery, _elapsed = run(again, send_one, credentials_store=store)
    assert delivery.attempts == 1
    assert store.saves == 1
    # Refused both ways, it is fetched again; and what is kept as HEX is not tried as text.
    for kept, asks in ((store.data, 2), (store.data[: -len(b"#hex")], 3)):
        world = Authenticator()
        delivery, _elapsed = run(world, send_one, credentials_store=Kept(kept))
        assert delivery.attempts == asks
        assert world.log.count("bootstraps") == 1


def test_a_handshake_lost_on_the_way_does_not_leave_a_text_of_digits_read_as_hex():
    digits = b"00112233445566778899aabbccddeeff"

    class Fixed(Authenticator):
        def next(self, name, otherwise=None):
            if name == "bootstraps":
                self.calls_ms.append(self.clock.now_ms())  # the customer's key stays as it is
            return super().next(name, otherwise)

    # The first proof is lost although the key is right, just after it was fetched.
    store = Kept()
    world = Fixed(key=digits, handshakes=[silence])
    delivery, _elapsed = run(world, send_one, credentials_store=store)
    assert delivery.attempts == 3
    assert [key for key, _options in world.offers] == [
        digits,
        bytes.fromhex(digits.decode()),
        digits,
    ]
    assert world.log.count("bootstraps") == 1
    assert store.data.endswith(b":5684")


def test_a_reading_that_was_not_refused_is_tried_again_before_the_other_one():
    digits = b"00112233445566778899aabbccddeeff"
    as_hex = bytes.fromhex(digits.decode())

    def lost():
        return timed_out(1, 6, 0, b"key")

    world = World(handshakes=[silence, lost, lost])
    store = Kept(Credentials(ICCID, digits, "coap.os.1nce.com", 5684).to_bytes())
    delivery, _elapsed = run(world, send_one, credentials_store=store)
    assert delivery.attempts == 4
    assert [key for key, _options in world.offers] == [digits] + [as_hex] * 3
    assert store.data.endswith(b"#hex")


def test_a_store_that_cannot_keep_a_proven_reading_leaves_no_socket():
    class Full(Kept):
        def save(self, data):
            raise FlashFullError("no space left")

    digits = b"00112233445566778899aabbccddeeff"
    world = Authenticator(key=bytes.fromhex(digits.decode()))
    store = Full(Credentials(ICCID, digits, "coap.os.1nce.com", 5684).to_bytes())
    delivery, _elapsed = run(world, send_one, credentials_store=store)
    assert delivery.proof == ACKNOWLEDGED


def test_an_answer_that_was_lost_is_asked_for_again_before_the_key_changes():
    # The question that nobody answered has changed the key: the old one is worth nothing now.
    world = Authenticator(key=b"gone")

    async def main(device):
        world.is_deaf = True
        with pytest.raises(Undelivered):
            await device.send(b"lost")
        world.is_deaf = False
        return await device.send(b"record")

    delivery, _elapsed = run(world, main, credentials_store=Kept(KNOWN.to_bytes()))
    assert delivery.proof == ACKNOWLEDGED
    assert world.calls_ms[-1] - world.calls_ms[0] < REFETCH_AFTER_MS
    assert world.key == b"key made at %d" % world.calls_ms[0]


def test_entering_a_device_without_an_outbox_secures_and_leaving_closes():
    world = World(attaches=[BearerLost("at first")])

    async def main(device):
        async with device as entered:
            assert entered is device
            assert world.log == ["attaches", "attaches", "bootstraps", "handshakes"]
            assert world.open_ports == 1
            await device.send(b"record")
        assert world.open_ports == 0
        return world.log.count("handshakes")

    result, _elapsed = run(world, main)
    assert result == 1
    assert world.forgotten == [False]


def test_a_flush_ends_when_what_it_was_to_deliver_is_gone():
    flash = FullFlash(4000)
    outbox = Outbox(flash)

    class Turning(World):
        def next(self, name, otherwise=None):
            if name == "answers":  # the second record is damaged while the first is on its way
                flash.files["00000000"] = flash.files["00000000"].replace(b"second", b"sEcOnD")
            return super().next(name, otherwise)

    world = Turning()

    async def main(device):
        device.store(b"first")
        device.store(b"second")
        return await device.flush()

    assert run(world, main, outbox=outbox)[0] == 1
    assert payloads(world) == [b"first"]
    assert (len(outbox), outbox.damaged) == (0, 1)
