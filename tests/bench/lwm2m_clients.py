"""4000 LwM2M clients at once: bootstrapped, registered, observed, updating and notifying.

One process holds the world in virtual time and the clients, whose bytes are written by hand; the
database is a file, and every answer waits for its commit. An uplink is a `POST /data` of the same
world, measured in turn: what LwM2M costs beside it does not depend on the machine.
"""

import gc
import os
import tempfile
import time
from pathlib import Path

from nce_sim.backend import Backend
from nce_sim.scenarios.open_world import TIMELINE_BYTES
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.settings import Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.hand_coap import FORMAT, OBSERVE, PATH, QUERY, message, uint
from support.lwm2m_client import SERVICE
from support.lwm2m_world import activate

CLIENTS = 4_000
WAVE = 500  # requests in the same instant: fewer than may wait for a commit
UPLINKS = 4_000
COAP = Address("10.60.2.219", 5683)
LINKS = b"</1/0>,</3/0>,</3303/0>,</3311/0>"
TEMPERATURE = bytes.fromhex("e4164441ac0000")  # 21.5, in TLV
CODES = {1: 0x45, 2: 0x44, 3: 0x44, 4: 0x42}  # by method: what a client answers
MOST_WAITING_MS = 60_000


class Clients:
    """All of them; each answers at once whatever it is asked."""

    def __init__(self, world):
        self.core, self.world = world.core, world
        self.homes = [Address(world.core.address_of(sim), 5683) for sim in self._sims()]
        self.answers, self.tokens = {}, {}
        self._mid = 0
        world.core.set_twin(self._take)

    def _sims(self):
        return [self.world.add_sim() for _ in range(CLIENTS)]

    def _take(self, datagram):
        data, home = datagram.payload, datagram.destination
        if data[0] & 0x30 or not 0 < data[1] < 32:
            self.answers[home.host] = data
            return
        length = data[0] & 15
        token = data[4 : 4 + length]
        head = bytes([0x60 | length, CODES[data[1]]]) + data[2 : 4 + length]
        if data[1] == 1:
            self.tokens[home.host] = token
            head += b"\x61\x01\x62\x2d\x16\xff" + TEMPERATURE  # Observe 1, Content-Format 11542
        self.core.send(Datagram(home, datagram.source, head))

    def all_ask(self, request_of, expected, service=SERVICE):
        """Every client sends one message; each must be answered with the code `expected`."""
        self._mid += 1
        for start in range(0, CLIENTS, WAVE):
            homes = self.homes[start : start + WAVE]
            for home in homes:
                self.answers.pop(home.host, None)
                self.core.send(Datagram(home, service, request_of(home.host, self._mid)))
            waited_ms = 0
            while any(home.host not in self.answers for home in homes):
                self.world.advance(20)
                waited_ms += 20
                if waited_ms > MOST_WAITING_MS:
                    raise SystemExit(f"clients have no answer in {MOST_WAITING_MS} ms")
        wrong = {data[1] for data in self.answers.values()} - {expected}
        if wrong:
            raise SystemExit(f"answers have the codes {wrong}, not {expected:#x}")


def resident_bytes():
    """What the process holds of the machine's memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def timed(call, *arguments):
    """Seconds of processor time."""
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start


def request(path, *queries, payload=b"", number=None):
    """Makes a request of a path; the ID is the client's next."""
    listed = [(PATH, one.encode()) for one in path.split("/")[1:]]
    listed += [(QUERY, one.encode()) for one in queries]
    listed += [] if number is None else [(FORMAT, uint(number))]
    return lambda host, mid: message("CON", "0.02", mid, b"tk", listed, payload)


def observe_all(world, backend, clients):
    organisation_id = world.settings.account.organisation_id
    for start in range(0, CLIENTS, 100):
        with backend.storage.unit() as work:
            for sim in world.sims[start : start + 100]:
                action = Lwm2mAction("observe-start", "/3303/0/5700")
                backend.controller.create(organisation_id, sim.iccid, action, work)
        world.advance(200)
    world.advance(5_000)
    if len(clients.tokens) != CLIENTS:
        raise SystemExit(f"{len(clients.tokens)} of {CLIENTS} clients are observed")


def life(db):
    """Seconds for each step of all clients, and bytes for each client."""
    # As `nce sim up` has it: listeners get each record at once, so only a few are kept.
    world, took = World(seed=1, settings=Settings(timeline_bytes=TIMELINE_BYTES)), {}
    with Backend(world, db=db) as backend:
        activate(world, backend)
        clients = Clients(world)
        gc.freeze()  # as `nce sim up` does
        before = resident_bytes()
        took["bootstrap"] = timed(clients.all_ask, request("/bs", "ep=a", "pct=112"), 0x44)
        took["bootstrap"] += timed(world.advance, 10_000)
        register = request("/rd", "ep=a", "lt=86400", "lwm2m=1.1", "b=U", payload=LINKS, number=40)
        took["registration"] = timed(clients.all_ask, register, 0x41)
        organisation_id = world.settings.account.organisation_id
        listed = backend.lwm2m.clients(organisation_id)
        places = {
            one.registration.client.host: "/rd/" + one.registration.location for one in listed
        }
        if len(places) != CLIENTS:
            raise SystemExit(f"{len(places)} of {CLIENTS} clients are registered")
        took["observation"] = timed(observe_all, world, backend, clients)
        held = (resident_bytes() - before) / CLIENTS

        def update(host, mid):
            return request(places[host])(host, mid)

        def notify(host, mid):
            listed = [(OBSERVE, uint(mid)), (FORMAT, uint(11542))]
            return message("CON", "2.05", mid, clients.tokens[host], listed, TEMPERATURE)

        def uplink(host, mid):
            return message("CON", "0.02", mid, b"tk", [(PATH, b"data")], TEMPERATURE)

        took["update"] = timed(clients.all_ask, update, 0x44)
        took["notification"] = timed(clients.all_ask, notify, 0)
        took["uplink"] = timed(clients.all_ask, uplink, 0x44, COAP)
        stored = backend.inspector.history(world.sims[-1].iccid, page_size=None)
        if len(stored) < 2:
            raise SystemExit("a notification is confirmed and not stored")
    return took, held


def rows():
    with tempfile.TemporaryDirectory() as folder:
        took, held = life(str(Path(folder) / "world.db"))
    note = f"{CLIENTS} clients at once, plain; clients and commits included"
    table = [
        (f"LwM2M {name}s per CPU second", round(CLIENTS / seconds), "1/s", note)
        for name, seconds in took.items()
        if name != "uplink"
    ]
    for title, name in (("an update", "update"), ("a notification", "notification")):
        ratio = took[name] / took["uplink"]
        table.append((f"LwM2M: {title} / an uplink", ratio, "x", "in turn"))
    note = "resident, for one that is bootstrapped, registered and observed"
    table.append(("LwM2M: memory per client", round(held), "B", note))
    return table
