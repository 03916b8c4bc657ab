"""A CoAPS datagram's way through the server, call by call: few objects, each visited once.

A step is a call from one object of `nce_sim.endpoints` into another, or into a function of another
of its modules. A call of an object to itself is no step. Not counted: the codecs of
`nce_sim.wire`, the note for the timeline (`trace`), which hands nothing on, and constructors that
`dataclass` and `namedtuple` write.
"""

from __future__ import annotations

import sys

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.endpoints.lwm2m.endpoint import Lwm2mEndpoint
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support import dtls_handmade_peer as handmade

COAPS = Address("10.60.2.219", 5684)
POST, CHANGED = b"\x41\x02\x42\x41\x01\xffhello", b"\x61\x44\x42\x41\x01"
ROOM = "nce_sim.endpoints."
OBSERVER = ROOM + "trace"
WRITTEN_BY_A_LIBRARY = "<string>"

WAY_IN = [
    "Endpoint._receive",
    "CoapsServer.receive_datagram",
    "DtlsServer.receive_datagram",
    "Association.receive",
    # above DTLS
    "CoapServer.receive_datagram",
    "CoapPeer.endpoint",
    "admit",
]
WAY_OUT = [
    "CoapJob.stored",
    "CoapsServer.respond",
    "CoapServer.respond",
    "CoapServer.datagrams_to_send",
    # below CoAP
    "Association.send",
    "Endpoint.flush",
    "DtlsServer.datagrams_to_send",
]


def owner_of(frame):
    """The object, or else the module, that a frame of the room belongs to; None outside."""
    module = frame.f_globals.get("__name__", "")
    is_ours = module.startswith(ROOM) and module != OBSERVER
    if not is_ours or frame.f_code.co_filename == WRITTEN_BY_A_LIBRARY:
        return None
    return frame.f_locals.get("self", module)


def is_at_home(frame):
    """Whether a frame was called by its own object, or from its own module."""
    owner, caller = owner_of(frame), frame.f_back
    if isinstance(owner, str):
        return caller.f_globals.get("__name__") == owner
    return owner_of(caller) is owner


def steps_of(work, other_endpoints):
    """The calls across objects that `work()` makes, in order, without those of other endpoints."""
    steps = []

    def look(frame, event, _argument):
        if event != "call" or owner_of(frame) is None or is_at_home(frame):
            return
        callers, above = [], frame
        while above is not None:
            callers.append(above.f_locals.get("self"))
            above = above.f_back
        if not any(one is other for one in callers for other in other_endpoints):
            steps.append(frame.f_code.co_qualname.replace("Machine.", "Association."))

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return steps


def between(steps, first, last):
    """From one step to another, both included."""
    start = steps.index(first)
    return steps[start : steps.index(last, start) + 1]


@pytest.mark.parametrize("cid", [None, b"\x01\x02"])
def test_a_datagram_passes_through_fewer_than_eight_objects_each_way(cid):
    world, received = World(seed=5), []
    settings = BackendSettings(dtls=DtlsSettings(connection_id_bytes=6))
    with Backend(world, settings=settings) as backend:
        sim = world.add_sim()
        home = Address(world.core.address_of(sim), 40000)
        world.core.open_session(sim, received.append)
        backend.authenticator.set_psk(sim.iccid, handmade.KEY.decode())
        client = handmade.Client(identity=sim.iccid.encode(), cid=cid)

        def send(datagram):
            received.clear()
            world.core.send(Datagram(home, COAPS, datagram))
            world.clock.advance(2_000)
            return [one.payload for one in received]

        [request] = send(client.hello())
        [flight] = send(client.answer_cookie(request))
        send(client.answer_flight(flight))
        datagram = client.send(POST)
        others = [one for one in backend.endpoints if getattr(one, "address", None) != COAPS]
        assert {type(one) for one in others} == {Endpoint, Lwm2mEndpoint}
        steps = steps_of(lambda: send(datagram), others)
        [answer] = [one.payload for one in received]
    assert client.open(answer)[0][1] == CHANGED
    way_in = between(steps, WAY_IN[0], WAY_IN[-1])
    way_out = between(steps, WAY_OUT[0], WAY_OUT[-1])
    assert way_in == WAY_IN
    assert way_out == WAY_OUT
    assert len(way_in) < 8
    assert len(way_out) < 8
