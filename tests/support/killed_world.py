"""A world that acknowledges changes until it is killed: a program for `test_account_goes_on`.

python killed_world.py DB     prints a number once the change with that number is committed
"""

import sys

from nce_sim.backend import Backend
from nce_sim.world import World


def main(db):
    world = World(1)
    with Backend(world, db=db) as backend:
        account, sim = world.account, world.add_sim()
        number = int(account.subscription(sim).label or 0)
        while True:
            number += 1
            with backend.storage.unit(backend.wall_ms()) as work:
                account.set_label(sim, str(number), work)
                account.set_limit(sim, "data", number, work)
                account.set_enabled(sim, number % 2 == 0, work)
            print(number, flush=True)
            # Counts are written in passing, and may be behind.
            account.count_data(sim, 1)
            world.advance(300)


if __name__ == "__main__":
    main(sys.argv[1])
