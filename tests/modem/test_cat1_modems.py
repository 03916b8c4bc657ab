"""LTE Cat 1 modems with 3G and 2G behind LTE: every bearer, and their own commands."""

import asyncio

import pytest

from nce_modem import PdpLost, UsageError
from nce_modem.cells import read_cell
from nce_modem.progress import Registered
from nce_sim.clock import run_virtual
from nce_sim.link_profile import GSM, LTE, UMTS
from nce_sim.network.core import Address, Datagram
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import A_DAY_S, EC25_TWINS, ECHO, KNOWN, Bench, Modem, play

FAMILIES = ("ec25", "a7672", "sim7600")
# Radio access of the cell -> its link; by family, <AcT> of +COPS, and what the driver calls it.
BEARERS = {
    "LTE": (LTE, {"ec25": 7, "a7672": 7, "sim7600": 7}, {"ec25": "LTE", "a7672": "LTE"}),
    "3G": (UMTS, {"ec25": 2, "a7672": 2, "sim7600": 2}, {"ec25": "UMTS", "a7672": "UMTS"}),
    "2G": (GSM, {"ec25": 3, "a7672": 0, "sim7600": 0}, {"ec25": "EGPRS", "a7672": "GSM"}),
}


def at_a_place(scene, personality, cell, **options):
    """Run `scene(bench, modem)` where there is just this cell."""

    async def within(clock):
        bench = Bench(clock, personality, settings=Settings(cell=cell))
        modem = Modem(bench, on_event=bench.told.append, **options)
        try:
            return await asyncio.wait_for(scene(bench, modem), A_DAY_S)
        finally:
            await modem.close()

    return run_virtual(within)


@pytest.mark.parametrize("rat", BEARERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_bearer_carries_a_datagram_and_is_told_by_its_name(family, rat):
    link, numbers, names = BEARERS[rat]
    name = names.get(family, names["a7672"])

    async def scene(bench, modem):
        await modem.attach()
        (event,) = [each for each in bench.told if isinstance(each, Registered)]
        # A76XX's +CGREG has no <AcT>; +CEREG does not know 2G and 3G.
        assert event.act == (name if family == "ec25" or rat == "LTE" else None)
        answer = await modem.family.ask(modem.link, "AT+COPS?")
        assert answer.lines[0].endswith(f",{numbers[family]}")
        cell = await read_cell(modem)
        assert (cell.act, cell.tac, cell.ci) == (name, 0x2B0F, 0x01A2D003)
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"over " + rat.encode())
        assert await port.receive(10_000) == b"over " + rat.encode()
        assert bench.knobs.radio.cell.rat == rat

    at_a_place(scene, family, CellSettings(rat=rat, link=link))


# What the three domains say where LTE is, and where it is not (TS 27.007, 10.1.22: 4 is "unknown,
# e.g. out of E-UTRAN coverage"); A76XX AT manual V1.09, 4.2.1, 5.2.1 and 5.2.2: which have <AcT>.
PLACE = '"2B0F","1A2D003"'
DOMAINS = [
    ("ec25", "LTE", [f"+CREG: 2,5,{PLACE},7", f"+CGREG: 2,5,{PLACE},7", f"+CEREG: 2,5,{PLACE},7"]),
    ("ec25", "3G", [f"+CREG: 2,5,{PLACE},2", f"+CGREG: 2,5,{PLACE},2", "+CEREG: 2,4"]),
    ("a7672", "LTE", [f"+CREG: 2,5,{PLACE}", f"+CGREG: 2,5,{PLACE}", f"+CEREG: 2,5,{PLACE},7"]),
    ("a7672", "2G", [f"+CREG: 2,5,{PLACE}", f"+CGREG: 2,5,{PLACE}", "+CEREG: 2,4"]),
]


@pytest.mark.parametrize(("family", "rat", "expected"), DOMAINS)
def test_each_domain_answers_as_the_makers_modem_does(family, rat, expected):
    async def scene(bench, modem):
        await modem.attach()
        found = []
        for name in ("+CREG", "+CGREG", "+CEREG"):
            answer = await modem.family.ask(modem.link, f"AT{name}?")
            found += answer.lines
        assert found == expected

    at_a_place(scene, family, CellSettings(rat=rat))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("wanted", "rat"), [("LTE", "LTE"), ("UMTS", "3G"), ("GSM", "2G")])
def test_the_owner_restricts_the_search_to_one_access(family, wanted, rat):
    async def scene(bench, modem):
        for other in ("3G", "2G"):
            bench.world.operator.add_cell(CellSettings(rat=other, rsrp_dbm=-100))
        await modem.attach()
        assert bench.knobs.radio.cell.rat == rat

    at_a_place(scene, family, CellSettings(rat="LTE"), rats=(wanted,))


@pytest.mark.parametrize("family", [*EC25_TWINS, *FAMILIES])
def test_asking_finds_each_model_where_there_is_but_lte_m(family):
    async def scene(bench, modem):
        await modem.attach()
        assert modem.family.profile.name == KNOWN[family]
        # LTE-M lives in a carrier of LTE.
        assert bench.knobs.radio.cell.rat == "LTE"

    play(scene, family)


@pytest.mark.parametrize("family", ["a7672", "sim7600"])
def test_datagrams_that_wait_together_stay_apart(family):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"first")
        await asyncio.sleep(1)
        for text in (b"second", b"OK\r\nthird"):
            bench.push(text)
        await asyncio.sleep(1)
        found = [await port.receive(100) for _ in range(4)]
        assert found == [b"first", b"second", b"OK\r\nthird", None]

    play(scene, family)


@pytest.mark.parametrize("family", ["a7672", "sim7600"])
def test_a_socket_hears_anybody_and_there_are_no_others(family):
    async def scene(bench, modem):
        await modem.attach()
        with pytest.raises(UsageError, match="no unconnected sockets"):
            await modem.open_unconnected(5683)
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"here")
        assert await port.receive(5000) == b"here"
        stranger = Address("203.0.113.9", 7)
        bench.world.core.send(Datagram(stranger, bench.device_address, b"from elsewhere"))
        assert await port.receive(5000) in (None, b"from elsewhere")  # NAT decides

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lost_network_is_told_and_the_next_attach_opens_it_again(family):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        bench.knobs.faults.drop_pdp()
        with pytest.raises(PdpLost):
            await port.receive(10_000)
        await modem.attach()
        port = await modem.open_datagram("udp.os.1nce.com", ECHO.port)
        await port.send(b"again")
        assert await port.receive(10_000) == b"again"

    play(scene, family)
