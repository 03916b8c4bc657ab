"""What whoever writes may rely on: an answer that came, an answer that a kill cut off, a refusal.

value = Register("the limits")              # one value that is written over
value.asked(1); value.given(1)              # or .refused(1), or nothing: nobody knows
value.check(read)                           # Lost when neither 1 nor an unanswered value is read

things = Things("templates")                # many, each with an id
things.asked("a"); things.given("a", "id of a")
things.check([("id of a", "a")])
"""

from collections import Counter

ANY = object()  # before the first value is known


class Lost(AssertionError):
    """Something that was acknowledged is not there, or something is there that should not be."""


class Register:
    """A value: the one acknowledged last, or one that was asked for since."""

    def __init__(self, name):
        self.name = name
        self.kept = ANY  # acknowledged last, or read since
        self._asked = None  # (value,) of the request without an answer

    def asked(self, value):
        self._asked = (value,)

    def given(self, value, found_id=None):
        self.kept, self._asked = value, None

    def refused(self, value):
        self._asked = None  # it may have been the value that is kept

    def check(self, value):
        possible = (self.kept, *(self._asked or ()))
        if value not in possible and self.kept is not ANY:
            raise Lost(f"{self.name}: {value!r} is read, none of {possible}")
        self.given(value)


class Things:
    """Things with ids; two of them may have the same content only if both were asked for."""

    def __init__(self, name):
        self.name = name
        self.contents = {}  # of all ids that were ever told or read
        self.kept = set()  # ids that have to be there
        self.leaving = set()  # ids that somebody removes
        self.gone = set()
        self._owed = Counter()  # contents that were acknowledged without an id
        self._asked = Counter()  # contents without an answer

    def asked(self, content):
        self._asked[content] += 1

    def given(self, content, found_id):
        self.refused(content)
        if found_id is None:
            self._owed[content] += 1
        else:
            self._know(found_id, content)

    def refused(self, content):
        self._asked[content] -= 1

    def check(self, rows):
        """Compare with the ids and contents that are read; what was not answered is known now."""
        found = dict(rows)
        if len(found) != len(rows):
            raise Lost(f"{self.name}: an id is listed twice")
        missing = self.kept - found.keys()
        if missing:
            raise Lost(f"{self.name}: {[(one, self.contents[one]) for one in missing]} are lost")
        if self.gone & found.keys():
            raise Lost(f"{self.name}: {self.gone & found.keys()} were removed, and are back")
        for found_id, content in rows:
            if found_id not in self.contents:
                debts = self._owed if self._owed[content] > 0 else self._asked
                if debts[content] <= 0:
                    raise Lost(f"{self.name}: nobody asked for {found_id} {content!r}")
                debts[content] -= 1
            self._know(found_id, content)
        if self._owed.total():
            raise Lost(f"{self.name}: {+self._owed} were acknowledged, and are lost")
        self._asked.clear()
        self.gone |= self.leaving - found.keys()
        self.leaving.clear()

    def _know(self, found_id, content):
        if self.contents.setdefault(found_id, content) != content:
            raise Lost(
                f"{self.name}: {found_id} is {content!r}, and was {self.contents[found_id]!r}"
            )
        self.kept.add(found_id)


class Removal:
    """The removal of one of `things`, as a promise of its own."""

    def __init__(self, things):
        self.things = things

    def asked(self, one):
        self.things.kept.discard(one)
        self.things.leaving.add(one)

    def given(self, one, found_id=None):
        self.things.leaving.discard(one)
        self.things.gone.add(one)

    def refused(self, one):
        self.things.leaving.discard(one)
        self.things.kept.add(one)
