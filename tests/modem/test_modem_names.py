"""The driver asks the modem for names: every family against the simulated name servers."""

import pytest

from nce_modem import errors
from support.driver_bench import FAMILIES, play

HOST, NAME, UNKNOWN = "203.0.113.7", "telemetry.example.com", "nobody.example.com"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_is_resolved_by_the_modem(family):
    async def scene(bench, modem):
        bench.world.core.internet.add_name(NAME, HOST)
        await modem.attach()
        assert await modem.resolve(NAME) == HOST
        assert await modem.resolve("coap.os.1nce.com") == "10.60.2.219"
        assert await modem.resolve(HOST) == HOST
        asked = [each.fields["name"] for each in bench.world.timeline.records(kind="dns")]
        assert asked[:2] == [NAME, "coap.os.1nce.com"]

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unknown_name_is_an_error_that_names_it_and_leaves_the_modem_usable(family):
    async def scene(bench, modem):
        bench.world.core.internet.add_name(NAME, HOST)
        await modem.attach()
        with pytest.raises(errors.OpenFailed, match=UNKNOWN):
            await modem.resolve(UNKNOWN)
        assert await modem.resolve(NAME) == HOST
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.send(b"after")
        assert await port.receive(30_000) == b"after"

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hole_in_the_coverage_ends_a_look_up_with_an_error_within_a_bound(family):
    async def scene(bench, modem):
        await modem.attach()
        bench.world.operator.cells[0].is_in_coverage = False
        started_ms = bench.world.clock.now_ms()
        with pytest.raises(errors.ModemError):
            await modem.resolve(NAME)
        assert bench.world.clock.now_ms() - started_ms < 180_000

    play(scene, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_with_two_addresses_gives_the_first(family):
    async def scene(bench, modem):
        bench.world.core.internet.add_name(NAME, HOST, "203.0.113.8")
        await modem.attach()
        assert await modem.resolve(NAME) == HOST

    play(scene, family)
