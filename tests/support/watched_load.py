"""A world with ten thousand SIMs under load, watched by three browsers: what becomes of them.

    with chromium() as browser, portal_world("--sims", "3", "--db", path) as world:
        order_sims(world, SIMS - 3)
        found = watched(browser, world, rate=200, seconds=120, say=print)
    found.rate, found.server.growth, found.faults       # no faults: an empty list

The story of the load judges it, and `make bench` prints it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from support.portal_browser import owner, signed_in
from support.portal_load import Traffic, memory_mb, metric, processor_s

SIMS = 10_000
RATE = 200  # messages a second
SETTLING = 1 / 3  # of the time: caches and short lists are full then
SAID_EVERY_S = 10
_SEEN = """sent => [...document.querySelector("main").innerText.matchAll(/level (\\d+)/g)]
  .some(found => +found[1] >= sent)"""


@dataclass(frozen=True)
class Memory:
    """What somebody holds, in MB: once settled, and at the end."""

    settled: float
    last: float

    @property
    def growth(self) -> float:
        """The last by the settled."""
        return self.last / self.settled

    def __str__(self) -> str:
        return f"{self.settled:.0f} to {self.last:.0f} MB"


@dataclass(frozen=True)
class Watched:
    """What came of a load.

    sent: messages. rate: those that were stored, a second. lag: how many messages the inspector
    was behind while more came. share: of one processor, that the server had. server: the resident
    memory of the world's process. pages: the heap of each page's scripts, without garbage.
    faults: what went wrong, a text each.
    """

    sent: int
    rate: float
    lag: int
    share: float
    server: Memory
    pages: dict[str, Memory]
    faults: list[str]


def watched(
    browser, world, rate, seconds, say: Callable[[str], object] = lambda text: None
) -> Watched:
    """Let messages come for so many seconds; `say` is told each ten seconds how it stands.

    Playwright's TimeoutError when the inspector does not show a message within its patience.
    """
    inspector = owner(browser, world, at="/os/inspector")
    dashboard = signed_in(browser, world, world.user("Admin"))
    map_ = signed_in(browser, world, world.user("User"), at="/world")
    pages = {"Device Inspector": inspector, "Dashboard": dashboard, "World": map_}
    server = world.process.pid
    before = metric(world, "nce_messages_total")
    begin_s, begin_used_s = time.monotonic(), processor_s(server)
    with Traffic(world, rate) as traffic:

        def watch(begin_s: float, end_s: float) -> tuple[float, list[float]]:
            while begin_s < end_s:
                step_s = min(SAID_EVERY_S, end_s - begin_s)
                inspector.wait_for_timeout(1_000 * step_s)
                begin_s += step_s
                say(
                    f"{begin_s:.0f} of {seconds} s: {traffic.stored} of {traffic.sent} messages "
                    f"are stored, the server holds {memory_mb(server):.0f} MB"
                )
            return memory_mb(server), [heap_mb(page) for page in pages.values()]

        settled_server, settled_pages = watch(0, seconds * SETTLING)
        last_server, last_pages = watch(seconds * SETTLING, seconds)
        # What was sent until now is soon seen, though more comes.
        inspector.wait_for_function(_SEEN, arg=traffic.sent)
        lag = traffic.sent - newest(inspector)
        last = dashboard.get_by_role("region", name="What happened last")
        last.get_by_text("Message").first.wait_for()
    share = (processor_s(server) - begin_used_s) / (time.monotonic() - begin_s)
    arrived = metric(world, "nce_messages_total") - before
    heaps = zip(pages, settled_pages, last_pages, strict=True)
    return Watched(
        traffic.sent,
        traffic.rate,
        lag,
        share,
        Memory(settled_server, last_server),
        {name: Memory(settled, last) for name, settled, last in heaps},
        [*faults_of(traffic, arrived), *(f for page in pages.items() for f in complaints(*page))],
    )


def faults_of(traffic, arrived):
    """What went wrong with the messages."""
    if not arrived == traffic.stored == traffic.sent:
        yield f"of {traffic.sent} messages {traffic.stored} are confirmed, {arrived:.0f} counted"
    for answer in traffic.refused:
        yield f"a message got {answer.hex()}"


def complaints(name, page):
    """What a page says is wrong."""
    if page.get_by_text("Not live").count():
        yield f"{name} is not live"
    for trouble in page.trouble:
        yield f"{name}: {trouble}"


def heap_mb(page):
    """What the scripts of a page hold, after the garbage is gone."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    used = tools.send("Runtime.getHeapUsage")["usedSize"]
    tools.detach()
    return used / 1e6


def newest(page):
    """The number of the newest message that the inspector shows."""
    found = [int(number) for number in re.findall(r"level (\d+)", page.inner_text("main"))]
    return max(found, default=-1)
