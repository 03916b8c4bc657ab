"""Verbs that tell what was: a device's timeline, exchange and datagrams; the settings."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from nce_sim.control.parameters import Integer
from nce_sim.control.verb import MODEM, Arguments, Reach, Verb, modem_of
from nce_sim.modem.core import Modem
from nce_sim.record.history import History, Traces, first_news, history_of, slice_of
from nce_sim.record.pcap import pcap_of
from nce_sim.record.steps import is_of_exchange, last_exchange
from nce_sim.record.timeline import Record
from nce_sim.world import World

LONGEST_S = 7 * 86_400
MOST_CAPTURED_BYTES = 600_000  # an answer has its limit, and base64 needs a third more
_SHOWN_OF_MANY = 3


def traces_of(world: World, modem: Modem) -> Traces:
    """Under which names a device stands on the timeline; those of its card outside, too."""
    sim = modem.holder.owner
    if sim is None:
        return Traces(modem.name, None, None)
    return Traces(modem.name, world.core.address_of(sim), sim.masked)


async def _timeline(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    modem = modem_of(world, arguments["modem"])
    end_ms = world.clock.now_ms()
    start_ms = end_ms - 1_000 * arguments["last_s"]
    slices, of = arguments["slices"], traces_of(world, modem)
    news = _news(world, arguments)
    since_ms = start_ms if news is None else first_news(news, of, start_ms)
    if since_ms is None:
        slice_ms = slice_of(end_ms - start_ms, slices)
        found = History(end_ms, end_ms, slice_ms, (), (), (), (), 0)
    else:
        found = history_of(world.timeline.since(0), of, start_ms, end_ms, slices, since_ms)

    def at(time_ms: int) -> str:
        return _iso(world, time_ms)

    return {
        "modem": arguments["modem"],
        "name": modem.name,
        "start": at(found.start_ms),
        "end": at(found.end_ms),
        "slice_ms": found.slice_ms,
        "next": world.timeline.count,
        "has_forgotten": world.timeline.forgotten > 0,
        "states": [
            {"start": at(one.start_ms), "end": at(one.end_ms), "state": one.state}
            for one in found.states
        ],
        "signal": [{"time": at(one.at_ms), "rsrp_dbm": one.rsrp_dbm} for one in found.signal],
        "volumes": [
            {"time": at(one.at_ms), "up": one.up, "down": one.down, "lost": one.lost}
            for one in found.volumes
        ],
        "moments": [
            {"time": at(one.at_ms), "kind": one.kind, "text": one.text, "is_bad": one.is_bad}
            for one in found.moments
        ],
        "left_out": found.left_out,
    }


def _news(world: World, arguments: Arguments) -> Iterator[Record] | None:
    """The records that the asker does not know; None when they know nothing that holds."""
    after, timeline = arguments["after"], world.timeline
    # A greater number is of another world, which was here before.
    if after is None or not timeline.forgotten <= after <= timeline.count:
        return None
    return timeline.since(after)


async def _exchange(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    of = traces_of(world, modem_of(world, arguments["modem"]))
    told = {"modem": arguments["modem"], "next": world.timeline.count}
    news = _news(world, arguments)
    if news is not None and not any(is_of_exchange(record, of) for record in news):
        return {**told, "steps": None}
    found = last_exchange(world.timeline.records(), of)
    return {
        **told,
        "steps": [
            {
                "time": _iso(world, record.at_ms),
                "at_ms": record.at_ms,
                "start": step.start,
                "end": step.end,
                "text": step.text,
                "is_bad": step.is_bad,
            }
            for record, step in found
        ],
    }


async def _capture(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    of = traces_of(world, modem_of(world, arguments["modem"]))
    first_ms = world.clock.now_ms() - 1_000 * arguments["last_s"]
    records = (
        record
        for record in world.timeline.records(source=f"session {of.host}")
        if record.at_ms >= first_ms
    )
    capture = pcap_of(records, world.settings.calendar_start_s, MOST_CAPTURED_BYTES)
    return {
        "modem": arguments["modem"],
        "packets": capture.packets,
        "left_out": capture.left_out,
        "pcap": base64.b64encode(capture.data).decode(),
    }


async def _settings(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    world = reach.world
    found = [("seed", str(world.seed)), *_flat("", world.settings)]
    return {"settings": [{"name": name, "value": value} for name, value in found]}


def _flat(prefix: str, settings: Any) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(settings):
        value, name = getattr(settings, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from _flat(f"{name}.", value)
        elif isinstance(value, tuple) and len(value) > _SHOWN_OF_MANY:
            yield name, f"{', '.join(map(str, value[:_SHOWN_OF_MANY]))} and {len(value) - 3} more"
        elif isinstance(value, tuple):
            yield name, ", ".join(map(str, value)) or "none"
        elif isinstance(value, Mapping):
            yield name, "; ".join(f"{key}: {one}" for key, one in value.items()) or "none"
        else:
            yield name, str(value)


def _iso(world: World, at_ms: int) -> str:
    moment = datetime.fromtimestamp(world.settings.calendar_start_s + at_ms / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds")


_LAST_S = Integer(1, LONGEST_S, default=3_600)
_AFTER = Integer(0, 10**15, default=None)  # `next` of an answer

RECORD_VERBS: Mapping[str, Verb] = {
    "timeline": Verb(
        "Tell a device's radio state, signal, bytes and events of the last seconds.",
        _timeline,
        {
            "modem": MODEM,
            "last_s": _LAST_S,
            "slices": Integer(1, 1_000, default=120),
            "after": _AFTER,
        },
        is_look=True,
    ),
    "exchange": Verb(
        "Tell a device's last exchange, step by step.",
        _exchange,
        {"modem": MODEM, "after": _AFTER},
        is_look=True,
    ),
    "capture": Verb(
        "Give a device's datagrams of the last seconds as a pcap, in base64.",
        _capture,
        {"modem": MODEM, "last_s": _LAST_S},
        is_look=True,
    ),
    "settings": Verb("Tell the settings that the world began with.", _settings, is_look=True),
}
