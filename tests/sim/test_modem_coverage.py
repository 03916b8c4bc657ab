"""A registered modem and its cell: holes, other cells, other technologies, sleep in a hole."""

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.link_profile import LinkProfile
from nce_sim.modem import Power
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.events import KINDS
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, RoamingRule, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
PSM = 'AT+CPSMS=1,,,"00111000","00000010"'
OTHER = CellSettings(
    plmn="26202", operator_long="Other", rat="NB-IoT", tac=0x77, ci=0x99, rsrp_dbm=-110
)


def registered(family="bg95", *, prepare=(), **settings) -> Typist:
    world = World(4, VirtualClock(), Settings(**settings))
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    cid = typist.modem.personality.attach_cid
    typist.ask(f'AT+CGDCONT={cid},"IP","iot.1nce.net"')
    typist.quieten()
    if "+QURCCFG" in typist.modem.personality.commands:
        typist.ask('AT+QURCCFG="urcport","uart1"')  # EC2x: the USB port as delivered
    for line in (*prepare, "AT+CEREG=2"):
        typist.ask(line)
    typist.ask("AT+CFUN=1")
    for _ in range(60):
        if typist.modem.radio.is_registered:
            break
        world.advance(500)
    assert typist.modem.radio.is_registered
    typist.take()
    return typist


def sessions(typist) -> int:
    """How many the network has opened: on LTE each is an attach."""
    records = typist.world.timeline.records(kind="event")
    return sum(record.subject.kind is KINDS["pdp_created"] for record in records)


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
def test_a_modem_says_that_its_cell_is_gone_and_comes_back_with_the_same_bearer(family):
    typist = registered(family)
    cell = typist.world.operator.cells[0]
    session = typist.modem.radio.session
    cell.is_in_coverage = False
    assert b"+CEREG: 2\r\n" in typist.wait(6_000)
    assert typist.modem.radio.cell is None
    if "+CSQ" in typist.modem.personality.commands:
        assert "+CSQ: 99,99" in typist.ask("AT+CSQ")
    assert typist.wait(600_000) == b""
    cell.is_in_coverage = True
    assert b'+CEREG: 5,"2B0F","1A2D003",' in typist.wait(15_000)
    assert typist.modem.radio.session is session
    assert session.is_open
    assert sessions(typist) == 1


def test_the_other_word_for_no_coverage_is_a_setting():
    typist = registered(cell=CellSettings(stat_without_coverage=4))
    typist.world.operator.cells[0].is_in_coverage = False
    assert b"+CEREG: 4\r\n" in typist.wait(6_000)
    typist.world.operator.cells[0].is_in_coverage = True
    assert b"+CEREG: 5," in typist.wait(15_000)


def test_a_short_hole_goes_unnoticed():
    typist = registered(cell=CellSettings(cell_lost_ms=(2_000, 2_000)))
    cell = typist.world.operator.cells[0]
    cell.schedule_holes([(0, 1_900), (10_000, 12_100)])
    assert typist.wait(9_000) == b""
    assert b"+CEREG: 2\r\n" in typist.wait(3_100)


def test_another_cell_and_technology_takes_over_with_its_own_link():
    slow = LinkProfile("slow", (7_000, 7_000), 0)
    typist = registered(more_cells=(CellSettings(**{**vars(OTHER), "link": slow}),))
    session = typist.modem.radio.session
    typist.world.operator.cells[0].is_in_coverage = False
    told = typist.wait(20_000)
    assert b"+CEREG: 2\r\n" in told
    assert b'+CEREG: 5,"0077","99",9\r\n' in told
    assert typist.modem.radio.session is session
    assert sessions(typist) == 1
    arrived = []
    typist.world.core.listen(SERVICE, arrived.append)
    session.send(Datagram(Address(session.host, 1), SERVICE, b"from there"))
    typist.wait(6_900)
    assert arrived == []
    typist.wait(200)
    assert arrived[0].payload == b"from there"
    # It stays where it is while that lasts.
    typist.world.operator.cells[0].is_in_coverage = True
    assert typist.wait(60_000) == b""


def test_a_cell_that_the_settings_leave_out_is_not_taken():
    typist = registered(prepare=['AT+QCFG="iotopmode",0,1'], more_cells=(OTHER,))
    typist.world.operator.cells[0].is_in_coverage = False
    assert b"+CEREG: 5" not in typist.wait(120_000)


def test_an_operator_that_refuses_the_update_ends_the_attach():
    refused = {"26202": RoamingRule(is_forbidden=True)}
    typist = registered("sara-r4", more_cells=(OTHER,), roaming=refused)
    typist.ask("AT+CEREG=3")
    typist.world.operator.cells[0].is_in_coverage = False
    assert b"+CEREG: 3,,,,0,11" in typist.wait(20_000)
    assert typist.modem.radio.session is None
    assert typist.modem.sim.forbidden_plmns == ["26202"]
    typist.world.operator.cells[0].is_in_coverage = True
    assert b"+CEREG: 5," in typist.wait(40_000)
    assert sessions(typist) == 2


@pytest.mark.parametrize("family", ["bg95", "nrf91-sm"])
def test_a_sleeper_finds_out_when_it_wakes_and_keeps_its_bearer(family):
    typist = registered(family, prepare=[PSM])
    typist.wait(60_000)
    assert typist.modem.power_saving.is_asleep
    cell = typist.world.operator.cells[0]
    cell.is_in_coverage = False
    typist.wait(3_600_000)
    assert typist.modem.power_saving.is_asleep
    if typist.modem.power is Power.ASLEEP:
        typist.press(typist.modem.personality.power_on_pulse_ms)
        typist.wait(10_000)
        typist.ask("ATE0")
    else:
        typist.modem.power_saving.wake("a datagram to send")
    typist.wait(120_000)
    assert typist.modem.radio.stat == 2
    assert not typist.modem.power_saving.is_asleep
    cell.is_in_coverage = True
    typist.wait(12_000)
    assert typist.modem.radio.stat == 5
    assert sessions(typist) == 1
    typist.wait(60_000)
    assert typist.modem.power_saving.is_asleep


def test_a_session_that_ended_in_the_hole_is_asked_for_anew():
    typist = registered()
    cell = typist.world.operator.cells[0]
    cell.is_in_coverage = False
    typist.wait(60_000)
    typist.world.operator.throw_out(typist.modem.sim, "reset by the operator", 10)
    typist.wait(60_000)
    cell.is_in_coverage = True
    assert b"+CEREG: 5," in typist.wait(40_000)
    assert sessions(typist) == 2
