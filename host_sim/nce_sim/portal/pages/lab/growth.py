"""A timeline that grows: what is known of a device and what is new become its last seconds.

    news = …                                # the answer of `timeline` with `known.next` as `after`
    known = grown(known, news, timedelta(seconds=300))

It is what the whole answer would be, except that the oldest slice of bytes goes as a whole.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from nce_sim.control.answers import DeviceTimeline, RadioState

# As many as the answer of the verb has.
_MOST_STATES, _MOST_MOMENTS = 2_000, 500

Level = tuple[datetime, int | None]


def has_news(found: DeviceTimeline) -> bool:
    """Whether an answer tells of something that came after the one before it."""
    return bool(found.states)


def grown(known: DeviceTimeline, news: DeviceTimeline, span: timedelta) -> DeviceTimeline:
    """The device's last `span`, where `known` holds until the start of `news`."""
    start = news.end - span
    if news.start <= start:
        return news  # it is the whole
    until = news.start if has_news(news) else datetime.max.replace(tzinfo=UTC)
    moments = [one for one in known.moments if start <= one.time < until]
    # What was left out is older than what goes out of sight now.
    has_moved = bool(known.moments) and known.moments[0].time < start
    moments += news.moments
    left_out = news.left_out + max(0, len(moments) - _MOST_MOMENTS)
    volumes = [one for one in known.volumes if start <= one.time < until]
    return replace(
        news,
        start=start,
        states=tuple(_states(known, news, until, start)[-_MOST_STATES:]),
        signal=tuple(_signal(known, news, until, start)[-_MOST_STATES:]),
        volumes=(*volumes, *news.volumes),
        moments=tuple(moments[-_MOST_MOMENTS:]),
        left_out=left_out if has_moved else known.left_out + left_out,
    )


def _states(
    known: DeviceTimeline, news: DeviceTimeline, until: datetime, start: datetime
) -> list[RadioState]:
    states = [one for one in known.states if one.start < until]
    if states:  # the last of them lasted until there is news
        states[-1] = replace(states[-1], end=news.start)
    for one in news.states:
        if states and states[-1].state == one.state:
            states[-1] = replace(states[-1], end=one.end)
        else:
            states.append(one)
    last = states[-1:]
    states = [one for one in states[:-1] if one.end > start] + last
    return [replace(one, start=max(start, one.start)) for one in states]


def _signal(
    known: DeviceTimeline, news: DeviceTimeline, until: datetime, start: datetime
) -> list[Level]:
    levels: list[Level] = []
    before = [level for level in known.signal if level[0] < until]
    for time, dbm in (*before, *news.signal):
        if time <= start:
            levels = [(start, dbm)]
        elif not levels or levels[-1][1] != dbm:
            levels.append((time, dbm))
    return levels
