"""What the kill proofs hold a server to: they must neither believe a loss nor invent one."""

import pytest
from promises import Lost, Register


def test_a_refusal_of_the_value_that_is_kept_leaves_it():
    limits = Register("limits")
    limits.asked(1)
    limits.given(1)
    limits.asked(1)
    limits.refused(1)
    limits.check(1)
    with pytest.raises(Lost, match="limits: 2 is read"):
        limits.check(2)


def test_a_request_without_an_answer_may_have_been_done_or_not():
    for read in (1, 2):
        limits = Register("limits")
        limits.asked(1)
        limits.given(1)
        limits.asked(2)
        limits.check(read)
        with pytest.raises(Lost):
            limits.check(3 - read)  # what was read once stays


def test_a_value_that_was_acknowledged_replaces_the_one_before():
    limits = Register("limits")
    for value in (1, 2):
        limits.asked(value)
        limits.given(value)
    with pytest.raises(Lost):
        limits.check(1)
