"""A world is its seed: numbers, timeline, and nothing secret in it."""

import asyncio

import pytest

from nce_sim.clock import LoopClock, NothingScheduled, VirtualClock, run_virtual
from nce_sim.ports.typist import Typist
from nce_sim.sim_card import SimCard, luhn_digit, masked
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)

# ICCIDs as modems printed them, check digit last.
READ_FROM_MODEMS = ["89882280666040869103"]
LUHN = [("7992739871", "3"), ("0", "0"), ("18", "2")]


def run(seed):
    world = World(seed)
    world.core.listen(
        SERVICE, lambda d: world.core.send(Datagram(d.destination, d.source, d.payload))
    )
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.attach()
    typist.ask('AT+QISDE=0;+QIACT=1;+QIOPEN=1,0,"UDP","udp.os.1nce.com",4445', 600)
    for number in range(5):
        typist.ask(f'AT+QISENDEX=0,"0{number}"', 500)
        typist.ask("AT+QIRD=0,1500")
    return world


@pytest.mark.parametrize(("digits", "check"), LUHN)
def test_luhn_digits_are_those_of_the_textbook(digits, check):
    assert luhn_digit(digits) == check


def test_a_sims_numbers_belong_together():
    sim = SimCard.numbered(4_086_910)
    assert sim.iccid == "8988228066604086910"
    assert sim.imsi == "901405104086910"
    assert sim.msisdn == "882285104086910"


def test_numbers_are_masked_wherever_they_might_be_logged():
    world = run(1)
    sim = world.sims[0]
    for text in (repr(sim), str(sim), sim.masked, *map(str, world.timeline.records())):
        for number in (sim.iccid, sim.imsi, sim.msisdn):
            assert number not in text
    assert masked("8988228066604086910") == "898822*********6910"


@pytest.mark.parametrize("iccid", ["89882280666040869103", "898822806660408691", "x" * 19])
def test_an_iccid_of_another_length_is_refused(iccid):
    with pytest.raises(ValueError, match="19 digits"):
        SimCard(iccid, "901405104086910", "882285104086910")


def test_a_call_in_passing_is_made_in_its_turn_and_is_no_reason_to_go_on():
    clock, made = VirtualClock(), []
    clock.call_in_passing(20, lambda: made.append(("passing", clock.now_ms())))
    clock.call_in_passing(25, lambda: made.append("taken back")).cancel()
    clock.call_later(30, lambda: made.append(("later", clock.now_ms())))
    clock.call_in_passing(30, lambda: made.append(("after it", clock.now_ms())))
    assert clock.next_due_ms() == 30
    clock.advance(100)
    assert made == [("passing", 20), ("later", 30), ("after it", 30)]
    clock.call_in_passing(1_000, lambda: made.append("too early"))
    assert clock.next_due_ms() is None
    with pytest.raises(ValueError, match="past"):
        clock.call_in_passing(-1, print)

    async def waits_for_ever(virtual):
        virtual.call_in_passing(1_000, print)
        await asyncio.Event().wait()

    with pytest.raises(NothingScheduled):
        run_virtual(waits_for_ever)


def test_a_call_in_passing_on_a_real_clock_is_a_call_like_any_other():
    async def scene():
        done = asyncio.Event()
        LoopClock().call_in_passing(1, done.set)
        await asyncio.wait_for(done.wait(), 10)

    asyncio.run(scene())


def test_the_same_seed_gives_the_same_timeline():
    assert run(1).timeline.hash() == run(1).timeline.hash()
    assert run(1).timeline.hash() != run(2).timeline.hash()


def test_another_part_of_the_world_does_not_shift_a_stream():
    world, other = World(4), World(4)
    other.random("something new").random()
    other.add_modem(other.add_sim())
    assert world.random("core").random() == other.random("core").random()
    assert world.add_sim().iccid == other.sims[0].iccid


def test_subscribers_see_every_record_until_they_leave():
    world, seen = World(1), []
    leave = world.timeline.subscribe(seen.append)
    world.add_sim()
    leave()
    world.add_sim()
    assert [record.kind for record in seen] == ["subscriber"]
    assert world.timeline.count == 2


def test_payloads_are_kept_but_not_shown():
    world = run(1)
    record = world.timeline.records(kind="datagram")[0]
    assert record.fields["payload"] == b"\x00"
    assert "<1 bytes>" in str(record)


def test_a_careful_host_makes_no_mistakes():
    assert run(1).timeline.records(kind="mistake") == []


def test_an_unknown_family_is_refused_by_name():
    world = World(1)
    with pytest.raises(ValueError, match="bg95"):
        world.add_modem(world.add_sim(), "bg9")


def test_the_calendar_runs_with_the_clock():
    world = World(1)
    before = world.now()
    world.advance(86_400_000)
    assert (world.now() - before).days == 1


def test_real_time_cannot_be_advanced():
    class Loop:
        def time(self):
            return 0.0

    with pytest.raises(TypeError, match="LoopClock"):
        World(1, clock=LoopClock(Loop())).advance(1)
