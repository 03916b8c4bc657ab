"""What outlives a power cut, in memory: stores of one value, and the outbox's folder."""


class Kept:
    """A store of one value; counts the times it was saved."""

    def __init__(self, data=None):
        self.data = data
        self.saves = 0

    def load(self):
        return self.data

    def save(self, data):
        self.data = data
        self.saves += 1


class PowerCutError(BaseException):
    """The power went in the middle of a write; no handler of the firmware's sees it."""


class Flash:
    """A folder; the power goes at write `cut_at`, counted from 1: `part_of` its data stays."""

    def __init__(self, cut_at=None, part_of=lambda data: data[: len(data) // 2]):
        self.files = {}
        self.writes = 0
        self.cut_at = cut_at
        self._part_of = part_of

    def names(self):
        return sorted(self.files)

    def read(self, name, offset=0, size=-1):
        if name not in self.files:
            raise OSError(2)
        data = self.files[name][offset:]
        return data if size < 0 else data[:size]

    def append(self, name, data):
        is_cut = self.is_cut()
        self.files[name] = self.files.get(name, b"") + (self._part_of(data) if is_cut else data)
        if is_cut:
            raise PowerCutError

    def remove(self, name):
        if self.is_cut():
            raise PowerCutError
        del self.files[name]

    def is_cut(self):
        """Count a write; whether it is the last."""
        self.writes += 1
        return self.writes == self.cut_at


class FullFlash(Flash):
    """A flash of `size` bytes; what does not fit raises ENOSPC, after a part of it when `is_torn`.

    A read-only one (`is_worn`) neither takes nor removes anything.
    """

    def __init__(self, size, is_torn=False):
        super().__init__()
        self.size = size
        self.is_torn = is_torn
        self.is_worn = False
        self.refused = 0

    def append(self, name, data):
        room = self.size - sum([len(self.files[one]) for one in self.files])
        if len(data) > room or self.is_worn:
            self.refused += 1
            if not self.is_worn:
                part = data[: max(0, room)] if self.is_torn else b""
                self.files[name] = self.files.get(name, b"") + part
            raise OSError(30 if self.is_worn else 28, "the flash takes no more")
        super().append(name, data)

    def remove(self, name):
        if self.is_worn:
            raise OSError(30, "the flash is read-only")
        super().remove(name)
