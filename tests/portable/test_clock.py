"""The one clock of the adapters: ticks that wrap are added up, and time never goes back."""

from nce.clock import Ticks, now_ms


class Period:
    """A `time` whose ticks wrap after 1024 ms."""

    def __init__(self, ticks):
        self.ticks = ticks

    def ticks_ms(self):
        return self.ticks & 1023

    def ticks_add(self, ticks, delta):
        return (ticks + delta) & 1023


def test_ticks_that_wrap_go_on():
    source = Period(1000)
    clock = Ticks(source)
    total = 0
    for elapsed in (0, 1, 23, 24, 511, 512, 513, 1000, 1023, 0, 5):
        source.ticks += elapsed
        total += elapsed
        assert clock.now_ms() == total, elapsed


def test_now_is_whole_milliseconds_that_do_not_go_back():
    readings = [now_ms() for _ in range(1000)]
    assert readings == sorted(readings)
    assert all([isinstance(reading, int) for reading in readings])
