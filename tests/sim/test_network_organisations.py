"""What the network keeps apart for organisations: address blocks, breakout and APN."""

import pytest

from nce_sim import Address, Datagram, NetworkSettings, Settings, World
from nce_sim.network.addresses import AddressBlocks
from nce_sim.network.causes import PdpRejected
from nce_sim.network.internet import Breakout

OURS, THEIRS = 8_000_001, 8_000_002
SERVICE = Address("10.60.2.239", 4445)
TINY = ["10.160.0.0/30", "10.160.0.4/30", "10.160.0.8/30"]


@pytest.fixture
def world():
    return World(1)


def test_each_organisation_has_blocks_of_its_own():
    blocks = AddressBlocks(TINY, first_host=1)
    hosts = [blocks.next_host(owner) for owner in (1, 2, 1, 1, 1, 1)]

    assert hosts == [
        *("10.160.0.1", "10.160.0.5", "10.160.0.2", "10.160.0.3", "10.160.0.0"),
        "10.160.0.9",  # the next block that nobody has
    ]
    assert blocks.blocks_of(1) == ["10.160.0.0/30", "10.160.0.8/30"]
    assert blocks.blocks_of(2) == ["10.160.0.4/30"]
    with pytest.raises(ValueError, match="full"):
        blocks.take_block(3)


def test_an_address_that_is_free_again_comes_after_the_others():
    blocks = AddressBlocks(TINY[:1], first_host=1)
    first = blocks.next_host(1)
    blocks.release(first, 1)

    assert [blocks.next_host(1) for _ in range(4)] == [
        *("10.160.0.2", "10.160.0.3", "10.160.0.0"),
        first,
    ]


def test_addresses_of_an_earlier_run_are_not_handed_out_again():
    blocks = AddressBlocks(TINY, first_host=1)
    blocks.claim_host("10.160.0.6", 1)
    blocks.claim_block("10.160.0.0/30", 2)

    assert [blocks.next_host(1) for _ in range(4)] == [
        *("10.160.0.5", "10.160.0.7", "10.160.0.4"),
        "10.160.0.9",
    ]
    assert blocks.next_host(2) == "10.160.0.1"


@pytest.mark.parametrize(
    ("block", "text"), [("10.160.0.0/30", "another"), ("10.9.0.0/24", "none of this world's")]
)
def test_a_block_that_cannot_be_claimed_is_refused(block, text):
    blocks = AddressBlocks(TINY, first_host=1)
    blocks.next_host(1)

    with pytest.raises(ValueError, match=text):
        blocks.claim_block(block, 2)


def test_a_transferred_sim_gets_an_address_of_the_other_organisation_and_its_sessions_end(world):
    sim, ended = world.add_sim(), []
    assert world.core.address_of(sim) == "10.160.0.1"
    world.core.open_session(sim, print, on_closed=ended.append)

    world.core.readdress(sim, THEIRS, world.core.blocks.next_host(THEIRS))
    world.core.transferred(sim)
    assert ended == ["the SIM was transferred"]
    assert world.core.sim_at("10.160.0.1") is None
    assert world.core.sim_at("10.160.1.1") is sim
    assert world.core.organisation_of(sim) == THEIRS
    assert world.core.open_session(sim, print).host == "10.160.1.1"
    assert world.core.address_of(world.add_sim()) == "10.160.0.2"


def test_a_sim_that_is_taken_out_leaves_its_address_and_its_session_ends(world):
    sim, ended = world.add_sim(), []
    world.core.open_session(sim, print, on_closed=ended.append)
    world.core.remove_subscriber(sim)

    assert ended == ["the SIM is no longer a subscriber"]
    assert world.core.sim_at("10.160.0.1") is None
    assert world.core.sim_of(sim.iccid) is None
    with pytest.raises(PdpRejected, match="not a subscriber"):
        world.core.open_session(sim, print)


@pytest.mark.parametrize(
    ("breakout", "region", "reaches"),
    [
        (Breakout("Manual", "N. Virginia"), "N. Virginia", True),
        (Breakout("Manual", "Tokyo"), "Tokyo", False),
        (Breakout("Automatic", "Frankfurt"), "Frankfurt", False),
        (None, "Frankfurt", True),
    ],
)
def test_a_breakout_of_one_organisation_is_not_that_of_another(world, breakout, region, reaches):
    ours, theirs = world.add_sim(), world.issue_sim(THEIRS)
    world.core.internet.set_breakout(THEIRS, Breakout("Manual", "Tokyo"))
    world.core.internet.set_breakout(THEIRS, breakout)
    heard = []
    world.core.listen(SERVICE, heard.append)
    for sim in (ours, theirs):
        session = world.core.open_session(sim, print)
        session.send(Datagram(Address(session.host, 4000), SERVICE, b"x"))
        world.advance(5_000)
        assert session.region == ("Frankfurt" if sim is ours else region)

    expected = ["10.160.0.1", "10.160.1.1"] if reaches else ["10.160.0.1"]
    assert [datagram.source.host for datagram in heard] == expected


def test_a_twin_program_has_the_breakout_of_its_organisation(world):
    sim = world.add_sim()
    heard = []
    world.core.listen(SERVICE, heard.append)
    for breakout in (Breakout("Manual", "Tokyo"), Breakout("Manual", "Frankfurt")):
        world.core.internet.set_breakout(OURS, breakout)
        world.core.send(Datagram(Address(world.core.address_of(sim), 1), SERVICE, b"x"))
        world.advance(100)

    assert len(heard) == 1


def test_an_unknown_breakout_is_refused(world):
    with pytest.raises(ValueError, match="Automatic or Manual"):
        world.core.internet.set_breakout(OURS, Breakout("manual", "Frankfurt"))
    with pytest.raises(ValueError, match="no breakout in 'Rome'"):
        world.core.internet.set_breakout(OURS, Breakout("Manual", "Rome"))


def test_a_custom_apn_is_accepted_from_the_sims_of_its_organisation_alone(world):
    ours, theirs = world.add_sim(), world.issue_sim(THEIRS)
    world.core.set_apn(THEIRS, "Fleet.Example")

    assert world.core.open_session(theirs, print, apn="fleet.example")
    assert world.core.open_session(theirs, print, apn="iot.1nce.net")
    with pytest.raises(PdpRejected):
        world.core.open_session(ours, print, apn="fleet.example")
    world.core.set_apn(THEIRS, None)
    with pytest.raises(PdpRejected):
        world.core.open_session(theirs, print, apn="fleet.example")


def test_no_custom_apn_makes_an_empty_one_welcome():
    world = World(1, settings=Settings(network=NetworkSettings()))
    sim = world.add_sim()
    world.core.set_apn(OURS, "")

    with pytest.raises(PdpRejected):
        world.core.open_session(sim, print, apn="")
