"""Memory of a world with ten thousand SIMs: what each of them takes, all services included.

Counted by tracemalloc in a process of its own, so that the figure does not depend on the machine.
The timeline is bounded as `nce sim up` has it and was full before, so that it does not count.
"""

import subprocess
import sys

BEFORE, SIMS = 20_000, 10_000  # a record of each SIM fills the timeline


def bytes_for_each():
    import tracemalloc

    from nce_sim.backend import Backend
    from nce_sim.scenarios.open_world import TIMELINE_BYTES
    from nce_sim.settings import Settings
    from nce_sim.world import World

    world = World(1, settings=Settings(timeline_bytes=TIMELINE_BYTES))
    with Backend(world):
        for _ in range(BEFORE):
            world.timeline.add("bench", "subscriber", sim="898822**********", address="10.0.0.1")
        tracemalloc.start()
        for _ in range(SIMS):
            world.add_sim()
        world.advance(60_000)
        taken, _ = tracemalloc.get_traced_memory()
    return taken // SIMS


def rows():
    done = subprocess.run(
        [sys.executable, __file__], stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    return [("memory for each SIM", int(done.stdout), "B", f"of {SIMS:,}; the database apart")]


if __name__ == "__main__":
    print(bytes_for_each())
