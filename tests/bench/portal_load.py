"""The portal under load: ten thousand SIMs, 200 messages a second, three browsers, two minutes.

The story of the load is the same code, and judges it: tests/portal/story_load.py. A growth is what
is held at the end by what is held after the first third, when caches and short lists are full.
"""

import tempfile
from pathlib import Path

SECONDS = 120
TITLE = "portal under load"


def rows():
    from support.portal_browser import chromium, portal_world, what_is_missing
    from support.portal_load import order_sims
    from support.watched_load import RATE, SIMS, watched

    missing = what_is_missing()
    if missing is not None:
        return [(TITLE, "skipped", "", missing)]
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        portal_world("--sims", "3", "--db", str(Path(folder) / "world.db")) as world,
    ):
        say(f"{SIMS:,} SIMs are ordered")
        order_sims(world, SIMS - 3)
        found = watched(browser, world, RATE, SECONDS, say)
    return table(found, RATE, SIMS)


def say(text):
    print(f"  {text}", flush=True)


def table(found, wanted, sims):
    """The rows of a load that was watched."""
    load = f"{sims:,} SIMs, {len(found.pages)} browsers, {SECONDS} s"
    told = "; ".join(found.faults) or "all are stored, no page complains, all are live"
    wanted = f"{wanted} are wanted; the server had {found.share:.0%} of a processor"
    return [
        (f"{TITLE}: messages stored", round(found.rate), "1/s", wanted),
        (f"{TITLE}: messages sent", found.sent, "", load),
        (f"{TITLE}: messages that the inspector is behind", found.lag, "", "while more come"),
        (f"{TITLE}: faults", len(found.faults), "", told),
        (f"{TITLE}: memory of the server", found.server.growth, "x", str(found.server)),
        *(
            (f"{TITLE}: heap of the page {name}", memory.growth, "x", str(memory))
            for name, memory in found.pages.items()
        ),
    ]
