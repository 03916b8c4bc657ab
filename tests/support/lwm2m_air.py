"""Bytes of an LwM2M client on the air: ours, other people's, and the least that there can be.

ours("coap")["register"]         # (bytes up, bytes down): CoAP, of one device in virtual time
ours("coaps")["register"]        # the same in records of DTLS: what UDP carries
requests()["update"]             # the client's one message, by who wrote it, made comparable

Other clients are the recorded ones, which had names and servers of their own: endpoint name,
location and token are replaced by ours, and of the links only those of objects stay that all have.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial

from nce.coap.parameters import LTE_M
from nce.lwm2m.device import Lwm2mDevice
from nce.lwm2m.equipment import Equipment
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.location import Location
from nce.lwm2m.sensors import Temperature
from nce_modem import Modem
from nce_sim import Backend, PipeBoard, World
from nce_sim.clock import run_virtual
from nce_sim.services.controller.actions import Lwm2mAction
from support.hand_coap import FORMAT, OBSERVE, PATH, QUERY, message, read, uint
from support.lwm2m_replay import conversations
from support.lwm2m_world import activate

KEY = b"the customer's key"
STEPS = ("bootstrap", "register", "notify", "update", "deregister")
APPLICATION_DATA = 23  # RFC 6347, 4.1
OBJECTS = ("1", "3", "5", "6")  # those that all clients have
OURS = "ours"
TLV = 11542
# Where the recordings have each step: conversation, and number. Wakaama's notification is that of
# npm's client, which is made of it: the recorded one is in SenML JSON.
RECORDED = {
    "Anjay 3.14": {
        "bootstrap": ("bs-anjay-leshan-leshan-format=112", 0),
        "register": ("bs-anjay-leshan-leshan-format=112", 0),
        "update": ("bs-anjay-leshan-leshan-format=110", 1),
        "notify": ("mg-anjay-wakaama", 20),
    },
    "Leshan 2.0.0-M19": {
        "bootstrap": ("bs-leshan-wakaama-wakaama", 0),
        "register": ("fw-leshan", 0),
        "update": ("bs-leshan-leshan-leshan", 1),
        "notify": ("mg-leshan-leshan", 117),
    },
    "Wakaama": {
        "bootstrap": ("bs-wakaama-leshan-leshan", 0),
        "register": ("bs-wakaama-leshan-leshan", 0),
        "update": ("bs-wakaama-leshan-leshan", 1),
        "notify": ("mg-npm-leshan", 64),
    },
}
_CLIENT = ("cs", "cb")


async def _live(clock, transport):
    """A device's datagrams, from its bootstrap to its deregistration."""
    world, tape = World(1, clock), []
    with Backend(world) as backend:
        activate(world, backend)
        sim = world.add_sim()
        organisation_id = backend.devices.organisation_of(sim.iccid)
        with backend.storage.unit() as work:
            backend.authenticator.set_key(
                organisation_id, sim.iccid, "LWM2M", KEY.decode(), work=work
            )
        modem = Modem(PipeBoard(world.add_modem(sim, "bg95")))
        celsius = [21.5]
        objects = [
            Temperature(lambda: celsius[0]),
            Equipment("1NCE", "board"),
            FirmwareUpdate(None, has_begun=False),
            Location(),
        ]

        def note(record):
            if record.kind == "datagram":
                tape.append((record.fields["direction"], record.fields["payload"]))

        world.timeline.subscribe(note)
        async with Lwm2mDevice(
            modem,
            objects,
            transport=transport,
            key=KEY,
            refresh_s=5,
            random_bytes=world.random("device").randbytes,
            parameters=LTE_M,  # a network that wakes up costs no second copy
        ) as device:
            with backend.storage.unit() as work:
                action = Lwm2mAction("observe-start", "/3303/0/5700")
                backend.controller.create(organisation_id, sim.iccid, action, work)
            await asyncio.sleep(30)
            celsius[0] += 1
            await asyncio.sleep(30)
            device.update()
            await asyncio.sleep(30)
            await device.close(deregister=True)
        await modem.close()
        newest = backend.inspector.history(sim.iccid, page_size=None)[0]
        if newest.value != {"/3303/0/5700": 22.5}:
            raise AssertionError("the notification did not arrive")
    return tape


def tape_of(transport):
    """`(direction, payload)` of each datagram of a device's life."""
    return run_virtual(partial(_live, transport=transport))


def _step(one):
    """The step that a message begins."""
    if one.code == "2.05":
        return "notify"
    method, path = one.what.split()
    if path.startswith("/rd/"):
        return "deregister" if method == "DELETE" else "update"
    return {"/rd": "register", "/bs": "bootstrap"}.get(
        path, "bootstrap" if path[:2] in ("/0", "/1") else "observe"
    )


def steps_of(tape):
    """The step of each datagram of plain CoAP: an acknowledgement's is that of what it answers."""
    known = {}
    for _way, datagram in tape:
        one = read(datagram)
        if one.kind == "CON":
            known[one.mid] = _step(one)
        yield known[one.mid]


def ours():
    """Bytes up and down of each step, by transport; with DTLS a handshake too, both ways."""
    plain, secure = tape_of("coap"), tape_of("coaps")
    steps = list(steps_of(plain))
    records = [one for one in secure if one[1][0] == APPLICATION_DATA]
    if [way for way, _ in plain] != [way for way, _ in records]:
        raise AssertionError("the device says other things over DTLS")
    found = {"coap": _sums(plain, steps), "coaps": _sums(records, steps)}
    other = sum(len(data) for _, data in secure if data[0] != APPLICATION_DATA)
    found["coaps"]["handshake"] = other // 2  # one with each server
    return found, plain


def _sums(tape, steps):
    sums = {step: [0, 0] for step in STEPS}
    for (way, datagram), step in zip(tape, steps, strict=True):
        if step in sums:
            sums[step][way == "down"] += len(datagram)
    return sums


# -- one message of each client ------------------------------------------------------------------


def _is_of(one, step):
    if step == "notify":
        return one.code == "2.05"
    return one.code == "0.02" and _step(one) == step


def recorded(name, step):
    """The last message of another client that begins a step."""
    of, order = RECORDED[name][step]
    (exchange,) = [one for one in conversations()[of] if one["order"] == order]
    sent = [read(bytes.fromhex(data)) for way, data in exchange["messages"] if way in _CLIENT]
    # Anjay offers 1.2 first.
    return [one for one in sent if _is_of(one, step)][-1]


def _links(payload):
    kept = [
        link
        for link in re.split(r",(?=<)", payload.decode())
        if link.startswith("</>") or re.match(r"</(\d+)", link)[1] in OBJECTS
    ]
    return ",".join(kept).encode()


def comparable(one, model):
    """A message with the token, name and place of `model`, ours of the same step."""
    names = [value for value in model.values(QUERY) if value[:3] == b"ep="]
    options = [
        (number, names[0] if number == QUERY and value[:3] == b"ep=" else value)
        for number, value in one.options
    ]
    if model.path.startswith("/rd/"):
        options = [pair for pair in options if pair[0] != PATH]
        options += [(PATH, part.encode()) for part in model.path.split("/")[1:]]
        options.sort(key=lambda pair: pair[0])
    payload = one.payload
    if one.code == "2.05":
        payload = model.payload
    elif one.path == "/rd":
        payload = _links(payload)
    return message(one.kind, one.code, one.mid, model.token, options, payload)


def least(step, model):
    """What RFC 7252 and LwM2M 1.1 require of a step, option by option.

    Four bytes of header; the token can be none when one request is under way (RFC 7252, 5.3.1),
    but for a notification, whose token is the server's. In options, a length of 13 and more takes
    another byte (3.1).
    """
    name = next((one for one in model.values(QUERY) if one[:3] == b"ep="), b"")
    if step == "bootstrap":  # 6.1.7.1: `ep`; `pct` is optional
        return message("CON", "0.02", 1, b"", [(PATH, b"bs"), (QUERY, name)])
    if step == "register":
        # 6.2.1: `ep` and `lwm2m`; `lt` is 86400 and `b` is U unless they are told. 7.2.3: object 5
        # came with 1.0, ours is 1.1.
        links = b"</1/0>,</3/0>,</5>;ver=1.1,</5/0>,</6/0>"
        options = [(PATH, b"rd"), (FORMAT, uint(40)), (QUERY, b"lwm2m=1.1"), (QUERY, name)]
        return message("CON", "0.02", 1, b"", options, links)
    if step == "update":  # 6.2.2: nothing that has not changed
        place = [(PATH, one) for one in model.values(PATH)]
        return message("CON", "0.02", 1, b"", place)
    # RFC 7641, 3.2: Observe, here of one byte; the format is the one that the server accepts.
    options = [(OBSERVE, b"\1"), (FORMAT, uint(TLV))]
    return message("CON", "2.05", 1, model.token, options, model.payload)


def requests(plain):
    """The message of each step by who wrote it: ours, the others', and the least."""
    sent = [read(datagram) for way, datagram in plain if way == "up"]
    table = {}
    for step in ("bootstrap", "register", "update", "notify"):
        model = [one for one in sent if _is_of(one, step)][-1]
        row = {OURS: comparable(model, model)}
        row |= {name: comparable(recorded(name, step), model) for name in RECORDED}
        row["least"] = least(step, model)
        table[step] = {name: len(datagram) for name, datagram in row.items()}
    return table
