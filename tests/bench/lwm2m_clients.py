"""4000 LwM2M clients at once: bootstrapped, registered, observed, updating and notifying.

A process holds the world in virtual time and the clients, whose bytes are written by hand; the
database is a file, and every answer waits for its commit. An uplink is a `POST /data` of the same
world, measured in turn: what LwM2M costs beside it does not depend on the machine.

By DTLS half as many do the same, in another such process. Mbed TLS makes their records, in a third
one that is not counted: another implementation, as the oracle, which takes nothing of the figures.
"""

import contextlib
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from nce_sim.backend import Backend
from nce_sim.scenarios.open_world import TIMELINE_BYTES
from nce_sim.services.controller.actions import Lwm2mAction
from nce_sim.settings import Settings
from nce_sim.wire.datagram import Address
from nce_sim.world import World
from support.hand_coap import FORMAT, OBSERVE, PATH, message, uint
from support.lwm2m_thousands import REGISTER, TEMPERATURE, ManyClients, request
from support.lwm2m_world import activate

COAP = Address("10.60.2.219", 5683)
PLAIN, DTLS = "plain", "dtls"
CLIENTS = {PLAIN: 4_000, DTLS: 2_000}
FIRST = 100  # clients before all others: what they fill is no client's memory
KEY = b"the customer's key"
LIMIT_S = 300
# Where a process of its own finds what this one has.
PLACES = {"PYTHONPATH": str(Path(__file__).parents[1])}


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
    for start in range(0, len(world.sims), 100):
        with backend.storage.unit() as work:
            for sim in world.sims[start : start + 100]:
                action = Lwm2mAction("observe-start", "/3303/0/5700")
                backend.controller.create(organisation_id, sim.iccid, action, work)
        clients.pass_time(200)
    clients.pass_time(5_000)
    if len(clients.tokens) != len(world.sims):
        raise SystemExit(f"{len(clients.tokens)} of {len(world.sims)} clients are observed")


def bootstrap_all(clients):
    clients.all_ask(request("/bs", "ep=a", "pct=11542"), 0x44)
    clients.pass_time(10_000)


def by_dtls(world, backend, count, closing):
    """Clients that have the customer's key, and the name of each at DTLS, by host."""
    from support.lwm2m_secure_thousands import SecureClients

    clients = closing.enter_context(SecureClients(world, count))
    organisation_id = world.settings.account.organisation_id
    with backend.storage.unit() as work:
        for sim in world.sims:
            backend.authenticator.set_key(
                organisation_id, sim.iccid, "LWM2M", KEY.hex(), "HEX", work=work
            )
    names = (sim.iccid for sim in world.sims)
    return clients, dict(zip((home.host for home in clients.homes), names, strict=True))


def life(way, db, count):
    """Seconds for each step of a client, and bytes for each."""
    # As `nce sim up` has it: listeners get each record at once, so only a few are kept.
    world, took = World(seed=1, settings=Settings(timeline_bytes=TIMELINE_BYTES)), {}
    with contextlib.ExitStack() as closing:
        backend = closing.enter_context(Backend(world, db=db))
        activate(world, backend)
        if way == DTLS:
            clients, names = by_dtls(world, backend, count, closing)
        else:
            clients = ManyClients(world, count)
        gc.freeze()  # as `nce sim up` does
        before = resident_bytes()
        if way == DTLS:
            took["handshake"] = timed(clients.connect, lambda host: (names[host], KEY)) / 2
        took["bootstrap"] = timed(bootstrap_all, clients)
        if way == DTLS:
            keys = clients.keys
            took["handshake"] += timed(clients.connect, lambda host: (names[host], keys[host])) / 2
        took["registration"] = timed(clients.all_ask, REGISTER, 0x41)
        organisation_id = world.settings.account.organisation_id
        listed = backend.lwm2m.clients(organisation_id)
        places = {
            one.registration.client.host: "/rd/" + one.registration.location
            for one in listed
            if one.registration.client.is_secure == (way == DTLS)
        }
        if len(places) != count:
            raise SystemExit(f"{len(places)} of {count} clients are registered")
        took["observation"] = timed(observe_all, world, backend, clients)
        held = (resident_bytes() - before) / count

        def update(host, mid):
            return request(places[host])(host, mid)

        def notify(host, mid):
            listed = [(OBSERVE, uint(mid)), (FORMAT, uint(11542))]
            return message("CON", "2.05", mid, clients.tokens[host], listed, TEMPERATURE)

        def uplink(host, mid):
            return message("CON", "0.02", mid, b"tk", [(PATH, b"data")], TEMPERATURE)

        took["update"] = timed(clients.all_ask, update, 0x44)
        took["notification"] = timed(clients.all_ask, notify, 0)
        if way == PLAIN:
            clients.service = COAP
            took["uplink"] = timed(clients.all_ask, uplink, 0x44)
        stored = backend.inspector.history(world.sims[-1].iccid, page_size=None)
        if len(stored) < (2 if way == PLAIN else 1):
            raise SystemExit("a notification is confirmed and not stored")
    return {name: seconds / count for name, seconds in took.items()}, held


def both_lives(way, folder):
    """`life` of a few, then of all."""
    life(way, str(folder / "first.db"), FIRST)
    return life(way, str(folder / "world.db"), CLIENTS[way])


def measured(way):
    """`both_lives` in a process of its own, so that its memory is."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, __file__, way, folder],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=LIMIT_S,
            env={**os.environ, **PLACES},
            process_group=0,  # a terminal's Ctrl-C is for us, who end it
        )
    return json.loads(done.stdout)


def speeds(took, note):
    return [
        (f"LwM2M {name}s per CPU second", round(1 / seconds), "1/s", note)
        for name, seconds in took.items()
        if name != "uplink"
    ]


def memory_row(held, how):
    note = f"resident, for one that is bootstrapped, registered and observed; {how}"
    return ("LwM2M: memory per client", round(held), "B", note)


def rows():
    took, held = measured(PLAIN)
    table = speeds(took, f"{CLIENTS[PLAIN]} clients at once, plain; clients and commits included")
    table += [
        (f"LwM2M: {title} / an uplink", took[name] / took["uplink"], "x", "in turn")
        for title, name in (("an update", "update"), ("a notification", "notification"))
    ]
    table.append(memory_row(held, "plain"))
    try:
        import support.lwm2m_secure_thousands  # noqa: F401 - whether it can be
    except pytest.skip.Exception as error:
        return [*table, ("LwM2M by DTLS", "skipped", "", str(error))]
    secure, held = measured(DTLS)
    table += speeds(secure, f"{CLIENTS[DTLS]} clients at once, DTLS; Mbed TLS is not counted")
    table += [
        (f"LwM2M: {name} by DTLS / plain", secure[name] / seconds, "x", "one after the other")
        for name, seconds in took.items()
        if name in secure
    ]
    note = "each of the two that a client makes"
    table.append(
        ("LwM2M: DTLS handshake / an uplink", secure["handshake"] / took["uplink"], "x", note)
    )
    table.append(memory_row(held, "DTLS"))
    return table


if __name__ == "__main__":
    print(json.dumps(both_lives(sys.argv[1], Path(sys.argv[2]))))
