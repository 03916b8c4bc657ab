"""Impairment is what was declared, and the same for the same seed."""

from random import Random

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.link_profile import LTE_M, NB_IOT, LinkProfile
from nce_sim.network.link import Link
from nce_sim.wire.datagram import Address, Datagram

A, B = Address("10.160.0.1", 1), Address("10.60.2.239", 2)


def carry(profile, count, seed=1, gap_ms=0, size=10):
    clock, arrived, fates = VirtualClock(), [], []
    link = Link(clock, Random(seed), profile)
    for number in range(count):
        datagram = Datagram(A, B, number.to_bytes(2, "big") + bytes(size - 2))
        fates.append(
            link.carry(
                datagram,
                lambda d: arrived.append((clock.now_ms(), int.from_bytes(d.payload[:2], "big"))),
            )
        )
        clock.advance(gap_ms)
    clock.advance(100_000)
    return arrived, fates


@pytest.mark.parametrize(("profile", "low", "high"), [(LTE_M, 10, 100), (NB_IOT, 1_000, 10_000)])
def test_latency_stays_within_the_bearers_figures(profile, low, high):
    for seed in range(50):
        [(at_ms, _)], _ = carry(profile, 1, seed)
        assert low <= at_ms <= high


def test_latency_alone_does_not_reorder():
    arrived, _ = carry(LTE_M, 500, gap_ms=3)
    assert [number for _, number in arrived] == list(range(500))


def test_reordering_does():
    arrived, fates = carry(LinkProfile("x", (10, 20), reordering=0.2), 500, gap_ms=3)
    numbers = [number for _, number in arrived]
    assert sorted(numbers) == list(range(500)) != numbers
    assert 60 <= fates.count("reordered") <= 140


def test_loss_and_duplication_come_at_their_rates():
    arrived, fates = carry(LinkProfile("x", (10, 20), loss=0.3, duplication=0.1), 2_000)
    assert 520 <= fates.count("lost") <= 680
    assert len(arrived) == 2_000 - fates.count("lost") + fates.count("duplicated")


@pytest.mark.parametrize(("payload_size", "fate"), [(1172, "sent"), (1173, "too_big")])
def test_the_mtu_counts_the_headers(payload_size, fate):
    _, fates = carry(LinkProfile("x", (1, 1), mtu=1200), 1, size=payload_size)
    assert fates == [fate]


def test_a_seed_decides_everything():
    rough = LinkProfile("x", (10, 400), loss=0.2, duplication=0.1, reordering=0.1)
    assert carry(rough, 300, seed=7) == carry(rough, 300, seed=7)
    assert carry(rough, 300, seed=7) != carry(rough, 300, seed=8)


@pytest.mark.parametrize("knobs", [{"loss": 1.5}, {"duplication": -0.1}, {"latency_ms": (9, 1)}])
def test_a_profile_that_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError):
        LinkProfile("x", **{"latency_ms": (1, 2), **knobs})
