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
from nce_sim.wire.datagram import Address
from nce_sim.world import World
from support.hand_coap import FORMAT, OBSERVE, PATH, message, uint
from support.lwm2m_thousands import REGISTER, TEMPERATURE, ManyClients, request
from support.lwm2m_world import activate

CLIENTS = 4_000
COAP = Address("10.60.2.219", 5683)


def resident_bytes():
    """What the process holds of the machine's memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def timed(call, *arguments):
    """Seconds of processor time."""
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start


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
        clients = ManyClients(world, CLIENTS)
        gc.freeze()  # as `nce sim up` does
        before = resident_bytes()
        took["bootstrap"] = timed(clients.all_ask, request("/bs", "ep=a", "pct=112"), 0x44)
        took["bootstrap"] += timed(world.advance, 10_000)
        took["registration"] = timed(clients.all_ask, REGISTER, 0x41)
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
