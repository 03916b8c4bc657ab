"""The search for a network, row by row: what is heard, and what is done about it."""

import nce_modem.search
from nce_modem.search import CLEAR, COUNT, GIVE_UP, NOTHING, RESTART, Search

search = nce_modem.search

# What is heard, in order: (milliseconds, denied, cause) -> (what is done, the state after it).
# An update after PSM has 20 s here; 0 where the modem did not wake from PSM.
COURSES = (
    # A modem that searches: counted at once, and that is all.
    (0, ((0, False, None, COUNT, search.COUNTED), (3000, False, None, NOTHING, search.COUNTED))),
    # Waking from PSM: counted when an update would be over.
    (20_000, ((0, False, None, NOTHING, search.WAKING),
              (19_999, False, None, NOTHING, search.WAKING),
              (20_000, False, None, COUNT, search.COUNTED),
              (30_000, False, None, NOTHING, search.COUNTED))),
    # Denied before the attach began, for whatever cause: the radio is restarted, once.
    (0, ((0, True, None, COUNT | RESTART, search.COUNTED),
         (3000, True, None, NOTHING, search.COUNTED))),
    (0, ((0, True, 8, COUNT | RESTART, search.COUNTED), (3000, True, 8, GIVE_UP, search.COUNTED))),
    (20_000, ((0, True, 11, COUNT | RESTART, search.COUNTED),
              (3000, True, 11, CLEAR, search.CURED))),
    # Denied while waking: that was an attach, and no restart is due.
    (20_000, ((0, False, None, NOTHING, search.WAKING),
              (3000, True, None, COUNT, search.COUNTED),
              (6000, True, 17, NOTHING, search.COUNTED))),
    (20_000, ((0, False, None, NOTHING, search.WAKING),
              (3000, True, 13, COUNT | CLEAR, search.CURED))),
    (20_000, ((0, False, None, NOTHING, search.WAKING),
              (3000, True, 6, COUNT | GIVE_UP, search.COUNTED))),
    # A forbidden operator: the list is cleared once, also when the modem searches again by now.
    (0, ((0, False, None, COUNT, search.COUNTED),
         (3000, False, 15, CLEAR, search.CURED),
         (6000, True, 15, NOTHING, search.CURED),
         (9000, False, 11, NOTHING, search.CURED),
         (12_000, True, None, NOTHING, search.CURED),
         (15_000, False, None, NOTHING, search.CURED),
         (18_000, True, 3, GIVE_UP, search.CURED))),
    # A cause for good counts with a denial alone.
    (0, ((0, False, None, COUNT, search.COUNTED),
         (3000, False, 8, NOTHING, search.COUNTED),
         (6000, True, 8, GIVE_UP, search.COUNTED))),
)  # fmt: skip

# State, denied, milliseconds since the last time -> whether the cause is asked for.
ASKED = (
    (search.NEW, True, 60_000, False),
    (search.WAKING, False, 60_000, False),
    (search.COUNTED, True, 0, True),  # a denial at once
    (search.COUNTED, False, 29_999, False),
    (search.COUNTED, False, 30_000, True),
    (search.CURED, True, 0, True),
    (search.CURED, False, 29_999, False),
)
# After it was asked for.
ASKED_AGAIN = ((True, 29_999, False), (True, 30_000, True), (False, 59_999, False),
               (False, 60_000, True))  # fmt: skip


def test_every_course_of_a_search():
    for update_ms, steps in COURSES:
        found = Search(1000, update_ms)
        for at_ms, is_denied, cause, action, state in steps:
            done = found.take(is_denied, cause, 1000 + at_ms)
            assert (done, found.state) == (action, state), (update_ms, at_ms, done, found.state)


def test_every_cause_has_its_row():
    # EMM causes (TS 24.301, 9.9.3.9): for good, of the operator, and passing.
    for cause in range(1, 120):
        found = Search(0, 0)
        found.take(False, None, 0)
        action = GIVE_UP if cause in (3, 5, 6, 7, 8, 14) else NOTHING
        action = CLEAR if cause in (11, 13, 15) else action
        assert found.take(True, cause, 0) == action, cause


def test_the_cause_is_asked_for_at_its_times():
    for state, is_denied, passed_ms, expected in ASKED:
        found = Search(1000, 0)
        found.state = state
        assert found.asks_cause(is_denied, 1000 + passed_ms) == expected, (state, passed_ms)
    for is_denied, passed_ms, expected in ASKED_AGAIN:
        found = Search(1000, 0)
        found.state = search.COUNTED
        assert found.asks_cause(True, 5000)
        assert found.asks_cause(is_denied, 5000 + passed_ms) == expected, (is_denied, passed_ms)


def test_what_is_done_adds_up():
    assert (NOTHING, COUNT, RESTART, CLEAR, GIVE_UP) == (0, 1, 2, 4, 8)
