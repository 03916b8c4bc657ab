"""The search for a network as a table: what was heard, in which state, and what to do about it.

One attach is one search. It counts as an attach of the operator's daily limit as soon as it cannot
be the update of a modem that woke from PSM. No I/O: `nce_modem.attach.register` asks and acts.

    search = Search(now_ms, update_ms=0)
    search.take(is_denied=True, cause=8, now_ms=now_ms)     # COUNT | RESTART: denied before
    search.take(is_denied=True, cause=8, now_ms=now_ms)     # GIVE_UP
"""

from nce_modem.registering import PERMANENT_CAUSES

CAUSE_POLL_MS = 30_000  # asking for the cause that +CEREG=2 leaves out
WRONG_OPERATOR = (11, 13, 15)  # EMM causes that forbid the operator, not the subscription

# States of a search.
NEW = 0  # nothing was heard in it
WAKING = 1  # perhaps the update after PSM, so it is not counted
COUNTED = 2
CURED = 3  # the SIM's list of forbidden operators was cleared, once for each search

# What is heard, apart from being registered.
SEARCHING = 0
OVERDUE = 1  # searching for longer than an update takes
DENIED = 2  # for a cause that may pass, or that is not known
FORBIDDEN = 3  # this operator is
REFUSED = 4  # for good

# What to do, added up: then look again.
NOTHING = 0
COUNT = 1  # as an attach
RESTART = (
    2  # the radio, at once: the modem was denied before this search, and may stay so for hours
)
CLEAR = 4  # the list of forbidden operators
GIVE_UP = 8

# By state, then by what was heard: (what to do, the next state).
TABLE = (
    # SEARCHING, OVERDUE, DENIED, FORBIDDEN, REFUSED
    (
        (NOTHING, WAKING),
        (COUNT, COUNTED),
        (COUNT | RESTART, COUNTED),
        (COUNT | RESTART, COUNTED),
        (COUNT | RESTART, COUNTED),
    ),
    (
        (NOTHING, WAKING),
        (COUNT, COUNTED),
        (COUNT, COUNTED),
        (COUNT | CLEAR, CURED),
        (COUNT | GIVE_UP, COUNTED),
    ),
    (
        (NOTHING, COUNTED),
        (NOTHING, COUNTED),
        (NOTHING, COUNTED),
        (CLEAR, CURED),
        (GIVE_UP, COUNTED),
    ),
    (
        (NOTHING, CURED),
        (NOTHING, CURED),
        (NOTHING, CURED),
        (NOTHING, CURED),
        (GIVE_UP, CURED),
    ),
)


class Search:
    """One search: its `state`, and when to ask for the cause of a denial."""

    def __init__(self, now_ms: int, update_ms: int) -> None:
        self.state = NEW
        self._overdue_ms = now_ms + update_ms
        self._ask_ms = now_ms + CAUSE_POLL_MS

    def asks_cause(self, is_denied: bool, now_ms: int) -> bool:
        """Whether to ask for the cause now: every 30 s of a denied modem, else every 60 s.

        A modem that was refused may be searching again by now. Nothing is asked before the search
        counts.
        """
        if self.state in (NEW, WAKING):
            return False
        if now_ms < self._ask_ms - CAUSE_POLL_MS * is_denied:
            return False
        self._ask_ms = now_ms + 2 * CAUSE_POLL_MS
        return True

    def take(self, is_denied: bool, cause: "int | None", now_ms: int) -> int:
        """What to do about a modem that is not registered: a sum of COUNT, RESTART, ..."""
        heard = SEARCHING
        if is_denied and cause in PERMANENT_CAUSES:
            heard = REFUSED
        elif cause in WRONG_OPERATOR:
            heard = FORBIDDEN
        elif is_denied:
            heard = DENIED
        elif now_ms >= self._overdue_ms:
            heard = OVERDUE
        action, self.state = TABLE[self.state][heard]
        return action
