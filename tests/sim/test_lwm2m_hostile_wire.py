"""From bootstrap to deregistration over a wire that loses, doubles and reorders datagrams."""

from __future__ import annotations

from random import Random

import pytest

from support.hand_coap import FORMAT, OBSERVE, PATH, QUERY, message, read, uint
from support.lwm2m_bench import Bench
from support.lwm2m_client import HandClient, SecureHandClient

TOKEN = b"observed"


class Wire:
    """Mixed into a client: each datagram of either way may be lost, come twice, or come late."""

    def __init__(self, *arguments, seed=1, loss=0.3, twice=0.1, late=0.2, **options):
        self.random, self.chances = Random(seed), (loss, twice, late)
        self.passed = self.lost = 0
        self.is_calm = False
        super().__init__(*arguments, **options)

    def _through(self, deliver):
        loss, twice, late = (0, 0, 0) if self.is_calm else self.chances
        for _ in range(1 + (self.random.random() < twice)):
            self.passed += 1
            if self.random.random() < loss:
                self.lost += 1
                continue
            delay_ms = self.random.randrange(6_000) if self.random.random() < late else 0
            self.world.clock.call_later(delay_ms, deliver)

    def take(self, datagram):
        self._through(lambda: HandClient.take(self, datagram))

    def put(self, data):
        self._through(lambda: HandClient.send(self, data))

    # -- what a client does about it (RFC 7252, 4.2) ---------------------------------------

    def until(self, send, is_there, most=60):
        """Repeat a message until it is answered; its copies have the same ID."""
        for _ in range(most):
            send()
            for _ in range(8):
                self.world.advance(500)
                if is_there():
                    return True
        return False

    def surely(self, method, path, query=(), payload=b"", options=()):
        """The answer, however often the request has to be sent."""
        mid = self.new_mid()
        code = {"POST": "0.02", "DELETE": "0.04"}[method]
        listed = [(PATH, one.encode()) for one in path.split("/")[1:]]
        listed += [*((QUERY, one.encode()) for one in query), *options]
        data = message("CON", code, mid, b"t", listed, payload)
        assert self.until(lambda: self.send(data), lambda: self.answer_to(mid) is not None)
        return self.answer_to(mid)

    def surely_notify(self, payload, number):
        mid = self.new_mid()
        data = message("CON", "2.05", mid, TOKEN, [(OBSERVE, uint(number))], payload)
        assert self.until(lambda: self.send(data), lambda: self.kind_of_reply(mid))
        return self.kind_of_reply(mid)


class PlainClient(Wire, HandClient):
    send = Wire.put


class SecureClient(Wire, SecureHandClient):
    def send(self, data):
        self.put(self.dtls.send(data))


def live(bench, client, notifications):
    """A life; the bootstrap begins again as often as it fails, as a device does."""
    for _ in range(20):
        client.surely("POST", "/bs", ["ep=a"])
        client.until(lambda: None, lambda: not bench.endpoint.bootstraps, most=80)
        if bench.service.named("bootstrapped")[-1][2] is None:
            break
    else:
        raise AssertionError("no bootstrap comes to its end")
    registered = client.surely("POST", "/rd", ["ep=a", "lt=60"], b"</3/0>", [(FORMAT, uint(40))])
    assert registered.code == "2.01"
    bench.service.observed_paths[TOKEN] = ("3303",)
    ends = 0
    for number in range(notifications):
        assert client.surely_notify(b"%d" % number, number) == "ACK"
        if number % 50 == 0:
            bench.ask(client, "GET", (str(number),))
            ends += 1
    assert client.surely("POST", "/rd/1").code == "2.04"
    bench.world.advance(200_000)
    assert client.surely("DELETE", "/rd/1").code == "2.02"
    assert len(bench.ends) == ends
    told = [one[3].payload for one in bench.service.named("notified")]
    assert told == [b"%d" % number for number in range(notifications)], "each once, in order"
    for kind in ("register", "update", "deregister"):
        assert len(bench.service.named(kind)) == 1, kind
    assert client.lost > 0.2 * client.passed
    bench.world.advance(300_000)
    assert len(bench.endpoint.downlink) == len(bench.endpoint.bootstraps) == 0


def test_a_short_life_at_a_loss_of_30_percent():
    bench = Bench()
    live(bench, PlainClient(bench.world), 40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
def test_a_thousand_notifications_at_a_loss_of_30_percent(seed):
    bench = Bench()
    live(bench, PlainClient(bench.world, seed=seed), 1_000)


def test_each_step_of_a_bootstrap_is_taken_once_in_order_whatever_comes_twice():
    bench = Bench()
    client = PlainClient(bench.world, loss=0, twice=1, late=0.5)
    client.surely("POST", "/bs", ["ep=a"])
    bench.world.advance(60_000)
    assert [one.what for one in client.seen] == ["DELETE /0", "PUT /0/0", "POST /bs"]
    assert [one[0] for one in bench.service.told] == ["bootstrap", "bootstrapped"]


def test_a_short_life_by_dtls():
    bench = Bench()
    client = SecureClient(bench.world, twice=0.1)
    bench.service.psks[client.iccid] = (b"0123456789abcdef",)
    client.is_calm = True
    assert client.connect(b"0123456789abcdef")
    client.is_calm = False
    live(bench, client, 15)


def test_what_is_read_back_is_what_was_written():
    data = message("CON", "0.02", 7, b"tk", [(PATH, b"rd"), (QUERY, b"x" * 300)], b"p")
    assert read(data).values(QUERY) == [b"x" * 300]
