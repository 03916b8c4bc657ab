"""Bearers by country: what the table says, and operators that obey it."""

import pytest

from nce_sim import Settings, World
from nce_sim.network.bearers import COUNTRIES, CREDIT, bearers, in_country
from nce_sim.network.causes import AttachRejected
from nce_sim.network.cell import RATS

# Written from the document (1nce_os_2.md, 6.3), not from the table: country, day, operator, RATs.
ROWS = (
    ("DE", "2026-11-01", "Telekom", ("2G", "LTE", "LTE-M", "NB-IoT")),
    ("DE", "2028-06-30", "Telekom", ("2G", "LTE", "LTE-M", "NB-IoT")),
    ("DE", "2028-07-01", "Telekom", ("LTE", "LTE-M", "NB-IoT")),
    ("DE", "2028-07-01", "Vodafone", ("2G", "LTE", "LTE-M", "NB-IoT")),
    ("GB", "2026-11-01", "EE", ("2G", "LTE")),
    ("FR", "2026-11-01", "Orange", ("2G", "3G", "LTE", "LTE-M", "NB-IoT")),
    ("FR", "2027-01-01", "Orange", ("3G", "LTE", "LTE-M", "NB-IoT")),
    ("NL", "2026-11-01", "KPN", ("2G", "LTE", "LTE-M")),
    ("BE", "2026-11-01", "Proximus", ("LTE", "NB-IoT")),
    ("CH", "2026-11-01", "Swisscom", ("LTE", "LTE-M", "NB-IoT")),
    ("IT", "2026-11-01", "TIM", ("2G", "LTE", "NB-IoT")),
    ("LV", "2026-11-01", "Bite", ("2G", "LTE")),
    ("SE", "2026-11-01", "Tele2", ("LTE-M",)),
    ("US", "2026-08-03", "T-Mobile", ("2G", "LTE", "LTE-M", "NB-IoT")),
    ("US", "2026-08-04", "T-Mobile", ("LTE", "LTE-M", "NB-IoT")),
    ("US", "2026-11-01", "AT&T", ("LTE", "LTE-M")),
    ("BR", "2026-11-01", "Claro", ("2G", "3G", "LTE")),
    ("AU", "2026-11-01", "Optus", ("NB-IoT",)),
    ("JP", "2026-03-31", "docomo", ("3G", "LTE", "LTE-M")),
    ("JP", "2026-04-01", "docomo", ("LTE", "LTE-M")),
)


@pytest.mark.parametrize(("code", "day", "operator", "rats"), ROWS)
def test_an_operator_has_the_bearers_of_the_document(code, day, operator, rats):
    assert bearers(code, day)[operator] == rats


def test_every_row_is_whole_and_the_source_is_named():
    codes = [operator.plmn for country in COUNTRIES.values() for operator in country.operators]
    assert len(set(codes)) == len(codes)
    assert "CC BY 4.0" in CREDIT
    for code, country in COUNTRIES.items():
        assert len(code) == 2
        assert country.code.isdecimal()
        for operator in country.operators:
            assert len(operator.plmn) in (5, 6), operator
            assert {bearer.rat for bearer in operator.bearers} <= set(RATS)


def test_a_country_without_a_row_is_refused():
    with pytest.raises(ValueError, match="'XX'; choose one of DE, GB"):
        in_country("XX")


@pytest.mark.parametrize("code", list(COUNTRIES))
def test_a_sim_attaches_where_its_country_has_coverage(code):
    world = World(1, settings=in_country(code))
    sim = world.add_sim()
    scanned = {(found.carrier.plmn, found.rat) for found in world.operator.scan()}
    start = "2026-01-01"
    expected = {
        (operator.plmn, rat)
        for operator in COUNTRIES[code].operators
        for rat in bearers(code, start)[operator.name]
    }

    assert scanned == expected
    best = world.operator.select()[0]
    session = world.operator.attach(sim, best, "iot.1nce.net", deliver=print, on_closed=print)
    event = world.timeline.records(kind="event")[-1].subject
    assert event.detail["country"]["iso_code"] == code.lower()
    assert event.detail["country"]["name"] == COUNTRIES[code].name
    assert session.cell is best


def test_an_operator_refuses_a_technology_that_it_has_no_roaming_for():
    settings = in_country("IT")
    world = World(1, settings=settings)
    sim = world.add_sim()
    [wind] = [cell for cell in settings.more_cells if (cell.plmn, cell.rat) == ("22288", "LTE")]
    narrow = world.operator.add_cell(
        type(wind)(**{**wind.__dict__, "rat": "NB-IoT", "ci": wind.ci + 9})
    )

    with pytest.raises(AttachRejected, match="takes no guests on NB-IoT"):
        world.operator.register(sim, narrow)


def test_a_technology_that_was_switched_off_before_the_world_began_is_not_there():
    later = in_country("DE", Settings(calendar_start_s=1_861_920_000))  # January 2029
    plain = World(1, settings=later)

    assert "2G" not in {
        found.rat for found in plain.operator.scan() if found.carrier.plmn != "26203"
    }
    assert ("26203", "2G") in {(found.carrier.plmn, found.rat) for found in plain.operator.scan()}


def test_the_world_that_stands_nowhere_in_particular_is_as_it_was():
    assert Settings().more_cells == ()
    assert Settings().roaming == {}
    assert in_country("DE").cell.plmn == Settings().cell.plmn
    assert in_country("DE").network == Settings().network


def test_an_automatic_breakout_follows_the_country():
    for code, region in (
        ("US", "N. Virginia"),
        ("JP", "Tokyo"),
        ("BR", "Sao Paulo"),
        ("PL", "Frankfurt"),
    ):
        world = World(1, settings=in_country(code))
        sim, cell = world.add_sim(), world.operator.cells[0]
        world.core.internet.breakout = world.core.internet.breakout._replace(mode="Automatic")
        assert world.core.open_session(sim, print, cell=cell).region == region
