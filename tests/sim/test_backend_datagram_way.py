"""A CoAPS datagram's way through the server, call by call: few objects, each visited once.

A step is a call from one object of `nce_sim.endpoints` into another, or into a function of another
of its modules. A call of an object to itself is no step, nor is the note for the timeline
(`trace`), which hands nothing on. The codecs of `nce_sim.wire` are not counted.
"""

from __future__ import annotations

import sys

import dtls_handmade_peer as handmade
import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

COAPS = Address("10.60.2.219", 5684)
POST, CHANGED = b"\x41\x02\x42\x41\x01\xffhello", b"\x61\x44\x42\x41\x01"
ROOM = "nce_sim.endpoints."
OBSERVER = ROOM + "trace"


def owner_of(frame):
    """The object or the module that a frame of the room belongs to; None outside."""
    module = frame.f_globals.get("__name__", "")
    if not module.startswith(ROOM) or module == OBSERVER:
        return None
    return frame.f_locals.get("self", module)


def steps_of(work):
    """(caller, called) of every call that `work()` makes across objects, in order."""
    steps = []

    def look(frame, event, _argument):
        if event != "call":
            return
        owner, caller = owner_of(frame), frame.f_back
        if owner is None or (caller is not None and owner_of(caller) is owner):
            return
        module = frame.f_globals["__name__"].removeprefix(ROOM)
        steps.append(f"{module}: {frame.f_code.co_qualname}")

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return steps


def between(steps, first, last):
    """From a step to another, both included."""
    names = [step.rpartition(": ")[2] for step in steps]
    start = names.index(first)
    return steps[start : names.index(last, start) + 1]
