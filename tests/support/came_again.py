"""What at-least-once delivery of the recorded track means at the Device Inspector."""

from nce_sim.firmware.process import SOURCE_ROOT
from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of

ROWS = rows_of(SOURCE_ROOT / TRACK)


def fixes_that_came_again(decoded):
    """Every fix is there, in order; returns how many came again, each before a later one."""
    repeated = due = 0
    for value in decoded:
        if due < len(ROWS) and value == ROWS[due]:
            due += 1
        else:
            # The declared window: without `join` a datagram has one record, and what is not
            # acknowledged is the next to be sent.
            assert due
            assert value == ROWS[due - 1]
            repeated += 1
    assert due == len(ROWS) == 114
    return repeated
