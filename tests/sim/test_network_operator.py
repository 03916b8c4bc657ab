"""Cells, operators, roaming rules, registration and what the cell grants."""

import dataclasses

import pytest

from nce_sim.link_profile import LTE_M, NB_IOT
from nce_sim.network.causes import AttachRejected, PdpRejected
from nce_sim.network.cell import swaying
from nce_sim.settings import CellSettings, RoamingRule, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
IMEI = "352009111891510"
APN = "iot.1nce.net"
TELEKOM = CellSettings(rsrp_dbm=-94)
VODAFONE = dataclasses.replace(
    TELEKOM,
    plmn="26202",
    operator_long="Vodafone.de 1nce.net",
    operator_short="VF 1nce.net",
    rsrp_dbm=-80,
    ci=2,
)
NARROW = dataclasses.replace(TELEKOM, rat="NB-IoT", rsrp_dbm=-85, link=NB_IOT, ci=3)
OLD = dataclasses.replace(TELEKOM, rat="2G", rsrp_dbm=-70, band=8, ci=4)


def world_of(*cells, **rules):
    return World(1, settings=Settings(cell=cells[0], more_cells=cells[1:], **rules))


def attach(world, sim, cell=None, apn=APN, imei=IMEI, **callbacks):
    callbacks = {"deliver": print, "on_closed": print, **callbacks}
    cell = cell or world.operator.cells[0]
    return world.operator.attach(sim, cell, apn, imei=imei, **callbacks)


def types(world):
    return [record.fields["type"] for record in world.timeline.records(kind="event")]


# -- cells -------------------------------------------------------------------------------------


def test_cells_are_tried_by_the_modems_preference_then_by_signal():
    operator = world_of(TELEKOM, VODAFONE, NARROW, OLD).operator

    def names(**wishes):
        return [cell.ci for cell in operator.select(**wishes)]

    best_first = [4, 2, 3, TELEKOM.ci]
    assert names() == best_first
    assert names(rats=("LTE-M", "NB-IoT")) == [2, TELEKOM.ci, 3]
    assert names(rats=("NB-IoT", "LTE-M")) == [3, 2, TELEKOM.ci]
    assert names(rats=("LTE-M",), plmn="26201") == [TELEKOM.ci]
    assert names(bands=(8,)) == [4]
    assert names(rats=("LTE-M",), forbidden_plmns=("26202",)) == [TELEKOM.ci]
    assert names(plmn="26202", forbidden_plmns=("26202",)) == [2]


def test_a_scan_names_every_operator_and_technology_once_and_tells_the_forbidden():
    rules = {"26202": RoamingRule(is_forbidden=True), "26201": RoamingRule(rats=("2G", "LTE-M"))}
    operator = world_of(TELEKOM, VODAFONE, NARROW, OLD, roaming=rules).operator
    operator.add_cell(dataclasses.replace(TELEKOM, ci=9))
    found = [(f.status, f.carrier.long_name, f.rat) for f in operator.scan()]
    assert found == [
        (1, "Telekom.de 1nce.net", "2G"),
        (3, "Vodafone.de 1nce.net", "LTE-M"),
        (3, "Telekom.de 1nce.net", "NB-IoT"),
        (1, "Telekom.de 1nce.net", "LTE-M"),
    ]


def test_holes_come_and_go_by_schedule_and_watchers_hear_of_them():
    world = world_of(TELEKOM)
    [cell], seen = world.operator.cells, []
    stop = cell.watch(lambda c: seen.append((world.clock.now_ms(), c.is_in_coverage)))
    cell.schedule_holes([(1_000, 2_000)], every_ms=10_000, times=3)
    world.advance(25_000)
    assert seen == [
        (1_000, False),
        (2_000, True),
        (11_000, False),
        (12_000, True),
        (21_000, False),
        (22_000, True),
    ]
    stop()
    cell.is_in_coverage = False
    assert len(seen) == 6
    assert world.operator.select() == []


def test_signal_drifts_and_a_cell_too_weak_is_out_of_coverage():
    world = world_of(TELEKOM)
    [cell] = world.operator.cells
    cell.drift = swaying(20, period_ms=4_000)
    levels = []
    for _ in range(4):
        levels.append((cell.rsrp_dbm, cell.sinr_db))
        world.advance(1_000)
    assert levels == [(-94, 14), (-74, 34), (-94, 14), (-114, -6)]
    cell.drift = lambda now_ms: -60
    assert not cell.is_in_coverage


def test_nothing_crosses_a_hole_but_the_session_survives_it():
    world = world_of(TELEKOM)
    [cell], sim, heard, got = world.operator.cells, world.add_sim(), [], []
    world.core.listen(SERVICE, heard.append)
    session = attach(world, sim, deliver=got.append)
    up = Datagram(Address(session.host, 1), SERVICE, b"up")
    cell.is_in_coverage = False
    session.send(up)
    world.core.send(Datagram(SERVICE, Address(session.host, 1), b"down"))
    world.advance(1_000)
    assert (heard, got, session.is_open) == ([], [], True)
    fates = [record.fields["fate"] for record in world.timeline.records(kind="datagram")]
    assert fates == ["no_coverage"] * 2
    # What the gateway handed down is billed, what never came up is not.
    assert (session.meter.tx, session.meter.rx) == (0, 32)
    cell.is_in_coverage = True
    session.send(up)
    world.advance(1_000)
    assert [datagram.payload for datagram in heard] == [b"up"]


def test_a_look_up_in_a_hole_ends_with_nothing():
    world, answers = world_of(TELEKOM), []
    session = attach(world, world.add_sim())
    world.operator.cells[0].is_in_coverage = False
    session.resolve("udp.os.1nce.com", answers.append)
    world.advance(19_999)
    assert answers == []
    world.advance(1)
    assert answers == [[]]


def test_an_unknown_technology_is_refused():
    with pytest.raises(ValueError, match="NB-IoT"):
        world_of(dataclasses.replace(TELEKOM, rat="5G"))


# -- registration ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "cell", "cause"),
    [
        (RoamingRule(is_forbidden=True), TELEKOM, 11),
        (RoamingRule(rats=("LTE-M",)), NARROW, 15),
        (RoamingRule(rats=("LTE-M",), rat_emm_cause=13), NARROW, 13),
    ],
)
def test_roaming_rules_refuse_with_their_cause(rule, cell, cause):
    world = world_of(cell, roaming={"26201": rule})
    with pytest.raises(AttachRejected) as rejected:
        attach(world, world.add_sim())
    assert rejected.value.emm_cause == cause
    assert types(world) == []


def test_a_wrong_apn_ends_as_it_was_seen_to():
    world = world_of(TELEKOM)
    sim = world.add_sim()
    with pytest.raises(AttachRejected) as rejected:
        attach(world, sim, apn="internet")
    assert (rejected.value.emm_cause, rejected.value.esm_cause) == (19, 8)
    # The portal showed nothing but a location.
    assert types(world) == [1, 2]
    assert world.operator.status_of(sim) == "OFFLINE"


def test_an_attach_on_lte_lasts_as_long_as_its_bearer():
    world = world_of(TELEKOM)
    sim = world.add_sim()
    session = attach(world, sim)
    assert (world.operator.status_of(sim), world.operator.rat_of(sim)) == ("ONLINE", "LTE-M")
    session.close()
    assert (world.operator.status_of(sim), world.operator.rat_of(sim)) == ("OFFLINE", None)
    assert types(world) == [1, 2, 3, 5]


def test_attach_and_bearer_are_apart_on_2g():
    world = world_of(OLD)
    [cell], sim = world.operator.cells, world.add_sim()
    registration = world.operator.register(sim, cell, imei=IMEI)
    with pytest.raises(PdpRejected) as rejected:
        registration.open_session("internet", print)
    assert rejected.value.esm_cause == 27
    assert world.operator.status_of(sim) == "ATTACHED"
    session = registration.open_session(APN, print)
    session.close()
    assert world.operator.status_of(sim) == "ATTACHED"
    registration.detach()
    assert world.operator.status_of(sim) == "OFFLINE"
    with pytest.raises(ValueError, match="register"):
        registration.open_session(APN, print)


def test_a_session_goes_along_to_another_cell():
    world = world_of(TELEKOM, NARROW, VODAFONE, roaming={"26202": RoamingRule(is_forbidden=True)})
    broad, narrow, forbidden = world.operator.cells
    sim = world.add_sim()
    session = attach(world, sim, broad)
    registration = world.operator.registration_of(sim)
    registration.move_to(narrow)
    assert session.cell is narrow
    assert session.uplink.profile is NB_IOT
    assert types(world) == [1, 2, 3, 2, 4]
    with pytest.raises(AttachRejected):
        registration.move_to(forbidden)
    assert world.operator.rat_of(sim) == "NB-IoT"
    registration.move_to(broad)
    assert session.downlink.profile is LTE_M


def test_a_disabled_sim_is_thrown_out_at_once_and_kept_out():
    world = world_of(OLD)
    [cell], sim, ends = world.operator.cells, world.add_sim(), []
    registration = world.operator.register(
        sim, cell, on_detached=lambda reason, cause: ends.append((reason, cause))
    )
    registration.open_session(APN, print, on_closed=ends.append)
    world.set_sim_enabled(sim, False)
    assert ends == ["the SIM is disabled", ("the SIM is disabled", 8)]
    with pytest.raises(AttachRejected) as rejected:
        world.operator.register(sim, cell)
    assert rejected.value.emm_cause == 8
    assert types(world) == [1, 2, 3, 9, 0, 15, 16, 5]
    world.set_sim_enabled(sim, True)
    world.operator.register(sim, cell)
    assert types(world)[-3:] == [8, 1, 2]


def test_the_imei_lock_takes_the_next_device_and_no_other():
    world = world_of(TELEKOM)
    sim, closed = world.add_sim(), []
    attach(world, sim, on_closed=closed.append)
    world.account.lock_imei(sim)
    assert closed == ["the IMEI lock was switched on"]
    attach(world, sim).close()
    with pytest.raises(AttachRejected) as rejected:
        attach(world, sim, imei="358888888888888")
    assert rejected.value.emm_cause == 6
    attach(world, sim, imei=IMEI[:14] + "7").close()  # another check digit, the same device
    world.account.unlock_imei(sim)
    attach(world, sim, imei="358888888888888")


def test_a_reset_ends_the_session_and_lets_the_device_in_again():
    world = world_of(TELEKOM)
    sim, closed = world.add_sim(), []
    attach(world, sim, on_closed=closed.append)
    world.account.reset_connection(sim)
    assert closed == ["connection reset"]
    attach(world, sim)


# -- power saving ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "psm", "edrx"),
    [
        ({}, ("00100001", "00000011"), ("1001", "0011")),
        ({"psm_is_granted": False, "edrx_is_granted": False}, None, None),
        (
            {"psm_t3412": "01000001", "edrx_cycle": "0101", "paging_window": "0000"},
            ("01000001", "00000011"),
            ("0101", "0000"),
        ),
        ({"psm_t3324": "00000101"}, ("00100001", "00000101"), ("1001", "0011")),
        ({"rat": "2G"}, None, None),
    ],
)
def test_power_saving_is_granted_overridden_or_denied(settings, psm, edrx):
    [cell] = world_of(dataclasses.replace(TELEKOM, **settings)).operator.cells
    assert cell.grant_psm("00100001", "00000011") == psm
    assert cell.grant_edrx("1001") == edrx
    window = settings.get("paging_window", "0110")
    assert cell.grant_edrx("1001", "0110") == (edrx and (edrx[0], window))


@pytest.mark.parametrize(("room", "kept"), [(0, []), (2, [b"0", b"1"])])
def test_what_comes_for_a_sleeper_is_kept_or_lost(room, kept):
    settings = Settings()
    network = dataclasses.replace(settings.network, buffered_in_psm=room)
    world = World(1, settings=dataclasses.replace(settings, network=network))
    got = []
    session = attach(world, world.add_sim(), deliver=got.append)
    session.sleep()
    for number in range(3):
        down = Datagram(SERVICE, Address(session.host, 1), b"%d" % number)
        world.core.send(down)
    world.advance(60_000)
    assert got == []
    session.wake()
    world.advance(1_000)
    assert [datagram.payload for datagram in got] == kept
