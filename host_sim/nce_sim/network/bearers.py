"""Which operators of a country carry which technology, and worlds that stand there.

    settings = in_country("FR")                       # cells and rules of Orange, SFR, Bouygues
    world = World(1, settings=settings)
    bearers("DE", "2028-07-01")                       # {"Telekom": ("LTE", "LTE-M", "NB-IoT"), …}

1NCE publishes no list of operators: that 1NCE's SIMs are welcome on each of these is inferred.
The rows and the ends of 2G and 3G are from 1NCE's page on discontinued networks and from
CREDIT (state of October 2026; spec 1nce_os_2.md, 6.3). Network codes are those of ITU-T E.212.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NamedTuple

from nce_sim.link_profile import GSM, LTE, LTE_M, NB_IOT, UMTS, LinkProfile
from nce_sim.settings import CellSettings, RoamingRule, Settings

CREDIT = "Band Atlas · Hyper Nexus (https://www.aiotrf.com/ai/band-atlas/), CC BY 4.0"


class Bearer(NamedTuple):
    """One technology of an operator, until the day when it is switched off (ISO date)."""

    rat: str
    until: str | None = None


class VisitedOperator(NamedTuple):
    """One operator and what its guests may use."""

    name: str
    plmn: str
    bearers: tuple[Bearer, ...]


class Country(NamedTuple):
    """A country by its name and its country code of E.164."""

    name: str
    code: str
    operators: tuple[VisitedOperator, ...]


# The letters of the rows below.
_RATS = {"2": "2G", "3": "3G", "4": "LTE", "M": "LTE-M", "N": "NB-IoT"}


def _operator(name: str, plmn: str, rats: str, **ends: str) -> VisitedOperator:
    """`rats` are the letters of `_RATS`; `ends` are dates by "2G" or "3G", as `g2` and `g3`."""
    until = {"2": ends.get("g2"), "3": ends.get("g3")}
    return VisitedOperator(
        name, plmn, tuple(Bearer(_RATS[letter], until.get(letter)) for letter in rats)
    )


_FRENCH = {"g2": "2026-12-31", "g3": "2028-12-31"}  # Orange's; the others "alike"

COUNTRIES: dict[str, Country] = {
    "DE": Country(
        "Germany",
        "49",
        (
            _operator("Telekom", "26201", "24MN", g2="2028-06-30"),
            _operator("Vodafone", "26202", "24MN", g2="2028-09-30"),
            _operator("O2", "26203", "24MN"),
        ),
    ),
    "GB": Country(
        "United Kingdom",
        "44",
        (
            _operator("EE", "23430", "24"),
            _operator("O2", "23410", "24"),
            _operator("Vodafone", "23415", "24MN"),
            _operator("Three", "23420", "4M"),  # LTE-M was seen there with a SIM of 1NCE's
        ),
    ),
    "FR": Country(
        "France",
        "33",
        (
            _operator("Orange", "20801", "234MN", **_FRENCH),
            _operator("SFR", "20810", "234MN", **_FRENCH),
            _operator("Bouygues", "20820", "234MN", **_FRENCH),
        ),
    ),
    "NL": Country(
        "Netherlands",
        "31",
        (
            _operator("KPN", "20408", "24M", g2="2027-12-31"),
            _operator("Vodafone", "20404", "24MN"),
            _operator("Odido", "20416", "4MN"),
        ),
    ),
    "BE": Country(
        "Belgium",
        "32",
        (
            _operator("Orange", "20610", "4MN"),
            _operator("Proximus", "20601", "4N"),
            _operator("Telenet", "20605", "4N"),
        ),
    ),
    # In the field 1NCE offered LTE-M alone.
    "CH": Country(
        "Switzerland",
        "41",
        (_operator("Swisscom", "22801", "4MN"), _operator("Sunrise", "22802", "4MN")),
    ),
    "AT": Country(
        "Austria",
        "43",
        (_operator("A1", "23201", "4MN"), _operator("Magenta", "23203", "4MN")),
    ),
    "IT": Country(
        "Italy",
        "39",
        (
            _operator("TIM", "22201", "24N"),
            _operator("Vodafone", "22210", "24MN"),
            _operator("WindTre", "22288", "24"),
        ),
    ),
    "ES": Country(
        "Spain",
        "34",
        (
            _operator("Movistar", "21407", "24MN"),
            _operator("Vodafone", "21401", "24MN"),
            _operator("Orange", "21403", "24MN"),
        ),
    ),
    "PL": Country(
        "Poland",
        "48",
        (_operator("Orange", "26003", "24MN"), _operator("T-Mobile", "26002", "24MN")),
    ),
    "LV": Country(
        "Latvia",
        "371",
        (
            _operator("LMT", "24701", "24MN"),
            _operator("Tele2", "24702", "24"),
            _operator("Bite", "24705", "24"),
        ),
    ),
    "SE": Country(
        "Sweden",
        "46",
        (
            _operator("Telia", "24001", "4MN"),
            _operator("Telenor", "24008", "4MN"),
            _operator("Tele2", "24007", "M"),
        ),
    ),
    "NO": Country(
        "Norway",
        "47",
        (_operator("Telia", "24202", "4MN"), _operator("Telenor", "24201", "4MN")),
    ),
    # The split by operator is unchecked.
    "FI": Country(
        "Finland",
        "358",
        (
            _operator("DNA", "24412", "4MN"),
            _operator("Elisa", "24405", "4MN"),
            _operator("Telia", "24491", "4MN"),
        ),
    ),
    "US": Country(
        "United States",
        "1",
        (
            _operator("AT&T", "310410", "4M"),  # its NB-IoT ended in the first quarter of 2025
            _operator("T-Mobile", "310260", "24MN", g2="2026-08-03"),
            _operator("Verizon", "311480", "4MN"),
        ),
    ),
    "CA": Country(
        "Canada",
        "1",
        (
            _operator("Rogers", "302720", "4MN"),
            _operator("Bell", "302610", "4M"),
            _operator("Telus", "302220", "4M"),
        ),
    ),
    "BR": Country(
        "Brazil",
        "55",
        (
            _operator("Vivo", "72410", "4MN"),
            _operator("TIM", "72402", "4N"),
            _operator("Claro", "72405", "234"),  # used by 1NCE
        ),
    ),
    "AU": Country(
        "Australia",
        "61",
        (_operator("Telstra", "50501", "4MN"), _operator("Optus", "50502", "N")),
    ),
    "NZ": Country(
        "New Zealand",
        "64",
        (_operator("One NZ", "53001", "MN"), _operator("Spark", "53005", "M")),
    ),
    "JP": Country(
        "Japan",
        "81",
        (
            _operator("docomo", "44010", "34M", g3="2026-03-31"),
            _operator("KDDI", "44051", "M"),
            _operator("SoftBank", "44020", "MN"),
        ),
    ),
}


class _Air(NamedTuple):
    """How a technology is on the air here; all [U]."""

    link: LinkProfile
    band: int
    earfcn: int


_AIR = {
    "2G": _Air(GSM, 8, 37),
    "3G": _Air(UMTS, 1, 10_562),
    "LTE": _Air(LTE, 20, 6_300),
    "LTE-M": _Air(LTE_M, 20, 6_400),
    "NB-IoT": _Air(NB_IOT, 20, 6_253),
}
# The cell of the first operator is the strongest; each further operator is weaker by this. [U]
_WEAKER_DB = 3


def country(code: str) -> Country:
    """The country of an ISO code; ValueError when the table has no row for it."""
    found = COUNTRIES.get(code.upper())
    if found is None:
        raise ValueError(f"no bearers are known of {code!r}; choose one of {', '.join(COUNTRIES)}")
    return found


def bearers(code: str, on: str) -> dict[str, tuple[str, ...]]:
    """The technologies of each operator on a day (ISO date)."""
    return {
        operator.name: _alive(operator, date.fromisoformat(on))
        for operator in country(code).operators
    }


def in_country(code: str, settings: Settings | None = None) -> Settings:
    """The settings of a world that stands in a country: its cells and roaming rules.

    What was switched off before the world's calendar begins is not there. Everything else of
    `settings` stays: its own roaming rules, and the other values of its first cell.
    """
    settings = settings or Settings()
    found = country(code)
    day = datetime.fromtimestamp(settings.calendar_start_s, UTC).date()
    cells: list[CellSettings] = []
    rules: dict[str, RoamingRule] = {}
    for place, operator in enumerate(found.operators):
        rats = _alive(operator, day)
        rules[operator.plmn] = RoamingRule(
            rats=rats, country=(found.name, code.lower(), found.code)
        )
        cells += [_cell(settings.cell, operator, rat, place) for rat in rats]
    # LTE-M is what devices of today use first, as in the world that stands nowhere in particular.
    cells.sort(key=lambda cell: cell.rat != "LTE-M")
    return replace(
        settings, cell=cells[0], more_cells=tuple(cells[1:]), roaming={**rules, **settings.roaming}
    )


def _alive(operator: VisitedOperator, day: date) -> tuple[str, ...]:
    return tuple(
        bearer.rat
        for bearer in operator.bearers
        if bearer.until is None or day <= date.fromisoformat(bearer.until)
    )


def _cell(first: CellSettings, operator: VisitedOperator, rat: str, place: int) -> CellSettings:
    air = _AIR[rat]
    number = 16 * place + list(_AIR).index(rat)
    return replace(
        first,
        plmn=operator.plmn,
        operator_long=f"{operator.name} 1nce.net",
        operator_short=f"{operator.name} 1nce"[:16],
        rat=rat,
        band=air.band,
        earfcn=air.earfcn,
        tac=first.tac + place,
        ci=first.ci + number,
        pci=(first.pci + number) % 504,
        rsrp_dbm=first.rsrp_dbm - _WEAKER_DB * place,
        link=air.link,
    )
