"""A card's PIN, and the operators it was told to keep away from."""

from nce_sim.sim_card import PinLock, PinState, SimCard


def locked_sim():
    sim = SimCard.numbered(1)
    sim.lock = PinLock("1234", puk="12345678")
    return sim


def test_a_card_of_1nce_has_no_pin():
    assert SimCard.numbered(1).pin_state is PinState.READY


def test_a_pin_opens_the_card_until_it_loses_power():
    sim = locked_sim()
    assert sim.pin_state is PinState.PIN
    assert not sim.lock.verify("0000")
    assert sim.lock.pin_tries_left == 2
    assert sim.lock.verify("1234")
    assert (sim.pin_state, sim.lock.pin_tries_left) == (PinState.READY, 3)
    sim.lock.power_cycled()
    assert sim.pin_state is PinState.PIN


def test_three_wrong_pins_ask_for_the_puk_which_sets_another():
    sim = locked_sim()
    for _ in range(3):
        assert not sim.lock.verify("0000")
    assert sim.pin_state is PinState.PUK
    assert not sim.lock.verify("1234")
    assert not sim.lock.unblock("00000000", "9999")
    assert sim.lock.unblock("12345678", "9999")
    assert sim.pin_state is PinState.READY
    sim.lock.power_cycled()
    assert sim.lock.verify("9999")


def test_ten_wrong_puks_end_the_card():
    sim = locked_sim()
    for _ in range(3):
        sim.lock.verify("0000")
    for _ in range(10):
        assert not sim.lock.unblock("0", "1")
    assert sim.pin_state is PinState.BLOCKED
    assert not sim.lock.unblock("12345678", "1234")


def test_neither_pin_nor_puk_is_shown():
    assert "1234" not in repr(locked_sim()) + repr(locked_sim().lock)


def test_the_last_four_operators_that_refused_are_kept():
    sim = SimCard.numbered(1)
    for plmn in ("26201", "26202", "26201", "26203", "26207", "23410"):
        sim.forbid_plmn(plmn)
    assert sim.forbidden_plmns == ["26202", "26203", "26207", "23410"]
