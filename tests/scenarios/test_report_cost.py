"""What a report costs: AT commands from wake to acknowledged, and milliseconds awake, enforced."""

import pytest

from nce_sim.link_profile import LinkProfile
from support.report_cost import HEAD, SERVERS, SLEEPERS, run

MOST = 15  # lines from wake to acknowledged, in the median
# More: SIM7000 asks before each of the four datagrams that a handshake brings. GM02S has two
# commands for its signal, which is a part of the record.
MOST_OF = {("sim7000", "handshake each time"): 20, ("gm02s", "handshake each time"): 16}
# Alike in all that counts here; the long runs have them.
TWINS = ("bg96", "bg77", "sim7070", "sara-r422")
AWAKE_MS = 13_000  # of which SARA's start is ten seconds
AIR = LinkProfile("some loss", (50, 900), loss=0.02)


def check(costs, hours, worst=None):
    """All reports arrived, and none was dear: none at all on a good link, few on a bad one."""
    most = MOST_OF.get((costs.family, costs.server), MOST)
    counts = sorted(len(each.lines) for each in costs.reports)
    assert costs.arrived >= hours
    assert len(counts) == hours - 1  # the first one attaches
    assert counts[len(counts) // 2] <= most, costs.row()
    if worst is not None:
        assert counts[-1] <= worst, costs.row()
    awake_ms = sorted(each.awake_ms for each in costs.reports)
    assert awake_ms[len(awake_ms) // 2] <= AWAKE_MS, costs.row()


def test_a_report_takes_fifteen_commands(figure):
    costs = run("bg95", "handshake each time", hours=3)
    check(costs, 3, worst=MOST)
    figure("commands from wake to acknowledged: " + " ".join(costs.row().split()))


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("family", [name for name in SLEEPERS if name not in TWINS])
def test_three_days_of_reports_of_each_family(family, server):
    costs = run(family, server, hours=3 * 24)
    print(f"\n{HEAD}\n{costs.row()}\n{costs.phases()}")
    check(costs, 3 * 24)


@pytest.mark.exhaustive
@pytest.mark.parametrize("server", SERVERS)
def test_thirty_days_of_reports(server):
    print("\n" + HEAD)
    for family in SLEEPERS:
        costs = run(family, server, hours=30 * 24)
        print(costs.row(), costs.phases(), flush=True)
        check(costs, 30 * 24)


@pytest.mark.exhaustive
@pytest.mark.parametrize("server", SERVERS)
def test_thirty_days_on_a_slow_link_that_loses_some(server):
    """A datagram takes up to 0.9 s, so that the handshake's flights are often sent twice."""
    print("\n" + HEAD)
    costs = run("bg95", server, hours=30 * 24, link=AIR)
    print(costs.row(), costs.phases(), flush=True)
    counts = sorted(len(each.lines) for each in costs.reports)
    assert costs.arrived >= 30 * 24
    assert counts[len(counts) // 2] <= MOST + 3 * (server != "session kept")


@pytest.mark.exhaustive
def test_thirty_days_of_fixes():
    print("\n" + HEAD)
    costs = run("bg95", "session kept", hours=30 * 24, blueprint="gps")
    print(costs.row(), costs.phases(), flush=True)
    assert costs.arrived >= 30 * 24
    counts = sorted(len(each.lines) for each in costs.reports)
    assert counts[len(counts) // 2] <= MOST
